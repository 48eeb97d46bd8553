"""What a code is called before an editor has named it: from sources that need no license."""

from django.conf import settings

_GLOBAL_PERIODS = {
    "000": "same-day global period",
    "010": "10-day global period",
    "090": "90-day global period",
    "MMM": "maternity package",
    "ZZZ": "add-on",
}


def may_be_shown(owner: str) -> bool:
    """Return whether the published wording of this owner may stand on a page."""
    return owner == "CMS" or settings.SHOW_AMA_DESCRIPTORS


def fallback_label(hcpcs: str, category: str, global_days: str) -> str:
    """Return a name for a code without an editor's text or published wording that may be shown.

    It says what the file does: the category, and the global period where there is one. The code
    is part of it: hundreds of codes share all else, and no two links may read alike.
    """
    period = _GLOBAL_PERIODS.get(global_days)
    name = category.partition(":")[0] if hcpcs[0].isalpha() else category
    return f"{name}, code {hcpcs}" + (f", {period}" if period else "")
