"""/llms.txt: what this site is, for programs that read text, from what it shows at the moment."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse

from blog.sitemaps import resource_titles
from codes import browse
from codes.notices import notices, written
from codes.shown import Shown
from codes.views.public import public_page

# What a machine may want besides pages; each is left out where this site does not have it.
_DATA = (
    ("API", "codes:api_root", "Figures of any release as JSON, decimals as strings."),
    ("API description", "codes:api_openapi", "OpenAPI 3."),
    ("API, for people", "codes:api_docs", "The same, as a page."),
    ("Fee schedule changes", "codes:changes", "What each release changed, with CSV."),
    ("Changes as Atom", "codes:changes_feed", "One entry for each release."),
    ("Sitemap", "sitemap", "Every public page by kind, with when it last changed."),
)


@public_page
def llms(request: HttpRequest, state: Shown) -> HttpResponse:
    text = "".join(f"{line}\n" for line in _lines(request, state))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _lines(request: HttpRequest, state: Shown) -> Iterator[str]:
    schedule = state.schedule
    assert schedule is not None  # noqa: S101 (public_page has seen to it)
    root = request.build_absolute_uri("/")[:-1]

    def link(title: str, path: str, note: str = "") -> str:
        return f"- [{title}]({root}{path})" + (f": {note}" if note else "")

    example = next((one for one in state.directory.values() if one.has_text), None)
    partial = "" if schedule.is_complete else " These are codes of the starter catalogue."
    yield "# RVU Edge"
    yield ""
    yield (
        "> RVUs, Medicare payment and billing rules for CPT and HCPCS codes, from Medicare’s "
        "Physician Fee Schedule, with texts by editors. Every number names its release."
    )
    yield ""
    yield (
        f"Shown now: release {schedule.release} ({schedule.name}), in force from "
        f"{written(schedule.effective_on)}, with {len(state.directory):,} codes, of which "
        f"{browse.described(state):,} have a text by an editor.{partial}"
    )
    yield ""
    yield "## How addresses are made"
    yield ""
    yield f"- A code: {root}/cpt-codes/<category>/<CODE>/, in capitals"
    yield f"- Any code by its number alone: {root}/<CODE>/ leads to its address"
    yield f"- A code as Markdown, with the same figures: {root}/cpt-codes/<category>/<CODE>.md"
    if example:
        page = example.get_absolute_url()
        yield f"- For example {root}{page} and {root}{page.removesuffix('/')}.md"
    yield f"- Search: {root}{reverse('codes:search')}?q=<words>"
    yield ""
    yield "## How to read the figures"
    yield ""
    yield (
        "- RVUs: work, practice expense (office or facility) and malpractice. Amount = the sum of "
        f"RVUs × locality indices, times {schedule.conversion_factor}, rounded once"
    )
    yield "- A zero is never printed bare: each says whether it is no work, not valued or not used"
    yield "- NA: the setting does not apply; it is not a price"
    yield ""
    yield "## Data"
    yield ""
    for title, name, note in _DATA:
        try:
            yield link(title, reverse(name), note)
        except NoReverseMatch:
            continue  # not part of this site
    yield ""
    yield "## Categories"
    yield ""
    for shelf in browse.shelves(state).values():
        if shelf.here:
            yield link(shelf.name, shelf.get_absolute_url(), _codes(shelf.here))
    yield ""
    yield "## Specialties"
    yield ""
    for one in browse.specialties(state).values():
        yield link(one.name, one.get_absolute_url())
    yield ""
    yield "## Resources"
    yield ""
    for title, path, note in resource_titles(state):
        yield link(title, path, note)
    yield ""
    yield "## Notices"
    yield ""
    for notice in notices(schedule):
        yield f"- {notice}"


def _codes(count: int) -> str:
    return "1 code" if count == 1 else f"{count:,} codes"
