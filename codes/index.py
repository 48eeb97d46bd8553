"""The search index of what the site shows, built once for each version of it."""

from collections.abc import Mapping

from codes import taxonomy
from codes.labels import may_be_shown
from codes.models import Descriptor, Rate, Standing
from codes.rows import no_work
from codes.search import Entry, Index
from codes.shown import Shown

# Anesthesia is named after the operation it is for: whoever types that alone means the operation.
_ANESTHESIA = "anesthesia"
_WITH_TEXT = 1  # the weight of a code that an editor has described: first among equals


def index(state: Shown) -> Index:
    """Return the index of every code of the active release, but for placeholders."""
    directory = state.directory

    def make() -> Index:
        wording = _published_wording(state)
        return Index(
            Entry(
                hcpcs=listed.hcpcs,
                system="CPT" if listed.system == taxonomy.CPT else "HCPCS",
                # A label that is made of the file says nothing that people look for but this.
                label=listed.label if listed.is_named else listed.category_name,
                synonyms=listed.synonyms,
                words=" ".join(filter(None, (listed.category_name, *wording.get(hcpcs, ())))),
                weight=_WITH_TEXT if listed.has_text else 0,
                only_with=_ANESTHESIA if listed.category_name.startswith("Anesthesia") else "",
            )
            for hcpcs, listed in directory.items()
            if not taxonomy.is_placeholder(hcpcs)
        )

    return state.remember("index", make)


def no_work_words(state: Shown) -> Mapping[str, str]:
    """Return what stands in the place of work RVUs, by code, for the codes that have none."""

    def make() -> dict[str, str]:
        columns = ("code", "status", "is_payable", "has_values", "work_rvu")
        rows = Standing.objects.filter(schedule=state.schedule).order_by().only(*columns)
        words = ((row.code_id, no_work(row)) for row in rows.iterator())
        return {hcpcs: word for hcpcs, word in words if word}

    return state.remember("no work words", make)


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
