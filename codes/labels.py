"""What a code is called before an editor has named it: from sources that need no license."""

from django.conf import settings

from codes import taxonomy

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


def fallback_label(hcpcs: str, category: str, global_days: str, descriptor: str) -> str:
    """Return a name for a code without an editor's text.

    CMS's own wording where the code is CMS's; else the category and what the indicators say.
    `descriptor` is the file's wording and is only used if its owner allows it.
    """
    if descriptor and may_be_shown(taxonomy.descriptor_owner(hcpcs)):
        return descriptor
    period = _GLOBAL_PERIODS.get(global_days)
    name = category.partition(":")[0] if hcpcs[0].isalpha() else category
    return f"{name}, {period}" if period else f"{name}, code {hcpcs}"
