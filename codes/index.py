"""The search index of what the site shows, built once for each version of it."""

from codes import taxonomy
from codes.labels import may_be_shown
from codes.models import Descriptor, Rate
from codes.search import Entry, Index
from codes.shown import Shown

_WITH_TEXT = 1  # the weight of a code that an editor has described: first among equals


def index(state: Shown) -> Index:
    """Return the index of every code of the active release, but for placeholders."""
    directory = state.directory  # before `remember`, which makes one thing at a time

    def make() -> Index:
        wording = _published_wording(state)
        return Index(
            Entry(
                hcpcs=listed.hcpcs,
                system="CPT" if listed.system == taxonomy.CPT else "HCPCS",
                label=listed.label,
                synonyms=listed.synonyms,
                words=" ".join(filter(None, (listed.category_name, *wording.get(hcpcs, ())))),
                weight=_WITH_TEXT if listed.has_text else 0,
            )
            for hcpcs, listed in directory.items()
            if not taxonomy.is_placeholder(hcpcs)
        )

    return state.remember("index", make)


def _published_wording(state: Shown) -> dict[str, list[str]]:
    """Return the texts of the federal files by code, where their owner allows them to be shown."""
    long_texts = Descriptor.objects.values_list("code_id", "text", "owner")
    short_texts = (
        Rate.objects.filter(schedule=state.schedule, modifier="")
        .order_by()
        .values_list("code_id", "descriptor", "descriptor_owner")
    )
    wording: dict[str, list[str]] = {}
    for hcpcs, text, owner in (*long_texts, *short_texts):
        if may_be_shown(owner):
            wording.setdefault(hcpcs, []).append(text)
    return wording
