"""The public pages about codes. None of them depends on who asks."""
