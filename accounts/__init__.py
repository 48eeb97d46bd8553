"""People and all that belongs to one person."""
