"""A code's page as Markdown: the same figures, sections and notices, for programs that read text.

It prints what the templates print, from the same values, and works nothing out by itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.utils import timezone

from codes.notices import notices, written
from codes.page.amounts import Amounts
from codes.page.figures import Figures
from codes.page.history import History

Page = Mapping[str, Any]  # the context of templates/codes/code_detail.html


def code_page(page: Page, amounts: Amounts) -> str:
    """Return the page of a code; `amounts` are the national ones."""
    parts = [
        _head(page),
        _key_figures(page),
        _texts(page),
        _rvus(page),
        _payment(page, amounts),
        _billing(page),
        _comparison(page),
        _history(page["history"]),
        _specialties(page),
        _articles(page),
        _questions(page),
        _source(page),
        _notices(page),
    ]
    return _joined(parts)


def gone_page(page: Page) -> str:
    """Return the page of a code that the release shown does not hold; see code_gone.html."""
    code, last, release = page["code"], page["last"].release, page["schedule"].release
    if page["is_future"]:
        told = f"It first appears in release {last}, which is loaded but not in force here."
    else:
        told = (
            f"The last loaded release that holds it is {last}; what follows is history, not a "
            "price."
        )
    parts = [
        [f"# {code}: {page['label']}", "", f"{code.hcpcs} is not in release {release}. {told}"],
        _history(page["history"]),
        _notices(page),
    ]
    return _joined(parts)


def _joined(parts: Iterable[Iterable[str]]) -> str:
    """Return the lines of all parts as one text, never with two empty lines together."""
    lines = [line for part in parts for line in part]
    kept = [line for before, line in pairwise(["", *lines]) if line or before]
    return "".join(f"{line}\n" for line in kept)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return a table of GitHub's Markdown, with an empty line before it."""
    lines = ["", _row(headings), _row(["---"] * len(headings))]
    return [*lines, *(_row(row) for row in rows)]


def _row(cells: Sequence[object]) -> str:
    texts = (" ".join(str(cell).split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(texts)} |"


def _heading(text: str, level: int = 2) -> list[str]:
    return ["", f"{'#' * level} {text}", ""]


def _head(page: Page) -> Iterator[str]:
    code, schedule, status = page["code"], page["schedule"], page["status"]
    body = page["body"]
    yield f"# {page['title']}"
    yield ""
    yield body["description"].strip() if body else page["page_description"]
    yield ""
    yield f"- Page: {page['canonical']}"
    for name, path in page["crumbs"][-1:]:
        yield f"- Category: [{name}]({path})"
    yield f"- Status: {status.letter}, {status.short}"
    yield (
        f"- Figures: CMS release {schedule.release} ({schedule.name}), in force from "
        f"{written(schedule.effective_on)}"
    )
    if body.get("synonyms"):
        yield f"- Also known as: {', '.join(body['synonyms'])}"
    if not body:
        yield f"- {code.hcpcs} has no text by our editors: what stands here follows from the file"


def _key_figures(page: Page) -> Iterator[str]:
    figures: Figures = page["figures"]
    yield from _heading("Key figures")
    if figures.has_parts and figures.edge:
        yield from table(
            ["Billed as", "Work RVUs", "Practice", "Malpr.", "Total", "National"],
            (
                [row.name, row.work, row.practice, row.malpractice, row.total, row.amount]
                for row in figures.rows
            ),
        )
        return
    for one in figures.key:
        value = f"{one.value} {one.unit}".strip() if one.value else one.words
        note = f" ({one.note.rstrip('.')})" if one.note else ""
        yield f"- {one.title}: **{value}**{note}"


def _texts(page: Page) -> Iterator[str]:
    body, code = page["body"], page["code"]
    yield from _heading("In Plain Language")
    if not body:
        wording = page["descriptor"]
        yield (
            f"{code} has no text by our editors yet: what stands here follows from the federal "
            "file alone and has not been reviewed."
            + (f" The published wording is “{wording}”." if wording else "")
        )
        return
    yield body["plain_language"].strip()
    yield from _heading("Clinical Context")
    yield body["clinical_context"].strip()
    if page["related"]:
        yield from _heading("Use another code, or add one, if…", 3)
        yield from table(
            ["Code", "When", "How", "Work RVUs"],
            (
                [
                    _link(listed, hcpcs),
                    note,
                    "instead" if kind == "instead" else "with it",
                    (listed.work or "none") if listed else "not loaded",
                ]
                for hcpcs, kind, note, listed in page["related"]
            ),
        )


def _rvus(page: Page) -> Iterator[str]:
    figures: Figures = page["figures"]
    release = page["schedule"].release
    yield from _heading("RVU Information")
    if figures.is_reference:
        yield (
            "RVUs marked as reference are published by CMS but not used by Medicare. They belong "
            "in no Medicare total."
        )
    yield from table(
        ["Row", "Work", "Practice, office", "Practice, facility", "Malpractice",
         "Total, office", "Total, facility"],
        (
            [row.name, row.work, row.practice_office, row.practice_facility, row.malpractice,
             row.total_office, row.total_facility]
            for row in figures.rows
        ),
    )  # fmt: skip
    if page["is_zero"]:
        yield from _heading("What this zero means", 3)
        yield figures.zero
    yield ""
    yield (
        "NA: CMS regards the setting as rare or not applicable. The file repeats the other "
        "setting’s practice expense there; it is no price, so it is not printed. Release "
        f"{release}."
    )


def _payment(page: Page, amounts: Amounts) -> Iterator[str]:
    schedule, code, status = page["schedule"], page["code"], page["status"]
    yield from _heading("Medicare payment")
    main = amounts.main
    if main is None:
        yield (
            f"Medicare sets no amount for {code.hcpcs} by RVUs (status {status.letter}), so there "
            f"is none by locality to work out here. Release {schedule.release}."
        )
        return
    row = f", {main.row.lower()}" if page["figures"].has_parts else ""
    yield f"Nationally, {main.setting}{row}, Medicare allows **{main.amount}**."
    yield from table(
        ["Part", "RVUs", "National index", "Adjusted"],
        ([line.label, line.rvus, line.gpci, line.amount] for line in main.lines),
    )
    if amounts.others:
        yield from table(
            ["Row", "Setting", "Medicare amount"],
            ([one.row, one.setting, one.amount] for one in amounts.others),
        )
    if amounts.strip:
        yield ""
        yield (
            f"Among {amounts.strip.count} localities the lowest is {amounts.strip.lowest}, the "
            f"highest {amounts.strip.highest}."
        )
    yield ""
    yield (
        f"Release {schedule.release}, factor {amounts.factor}. The patient or another insurer "
        "pays part of the amount. Work RVUs times the conversion factor is not what anyone is "
        "paid: all three parts count."
    )


def _billing(page: Page) -> Iterator[str]:
    yield from _heading("Billing & Documentation")
    for one in page["sentences"]:
        yield f"- {one.topic} ({one.raw}): {one.text}"
    if page["body"].get("billing"):
        yield ""
        yield page["body"]["billing"].strip()
    shares = page["shares"]
    if page["global_days"] and shares:
        yield from _heading(f"Global period: {page['global_days']} days", 3)
        yield (
            f"Of the fee, {shares['before']}% is for care before, {shares['operation']}% for the "
            f"operation and {shares['after']}% for care after."
        )
    if page["modifier_rows"]:
        yield from _heading("Modifiers that change the value", 3)
        yield from table(
            ["Modifier", "Use", "Share", "Usual wRVU credit", "National amount"],
            page["modifier_rows"],
        )
        yield ""
        yield (
            f"Release {page['schedule'].release}. Medicare pays 22 and 52 by report. wRVU credit "
            "is a matter of your contract, not of Medicare: the usual credit follows Medicare’s "
            "share."
        )
    if page["documentation"]:
        yield from _heading("Documentation", 3)
        yield page["documentation"]


def _comparison(page: Page) -> Iterator[str]:
    compared = page["comparison"]
    yield from _heading("How This Code Compares")
    yield "\n\n".join(compared.sentences)
    if compared.is_ranked and page["neighbors"]:
        yield from table(
            ["Code", "Name", "Work RVUs"],
            (
                [
                    one.hcpcs if one.is_here else _link(listed, one.hcpcs),
                    listed.label if listed else "not in the starter catalogue",
                    one.work,
                ]
                for one, listed in page["neighbors"]
            ),
        )
    elif compared.statuses:
        yield from table(
            ["What Medicare does with them", "Codes"],
            ([bar.label, bar.count] for bar in compared.statuses),
        )


def _history(history: History) -> Iterator[str]:
    yield from _heading("History")
    if history.sentence:
        yield history.sentence
    yield from table(
        ["Release", "Status", "Work", f"Practice, {history.setting}", "Malpr.", "Total", "Factor",
         "National", "Changed"],
        (
            [row.release, row.status, row.work, row.practice, row.malpractice, row.total,
             row.factor, row.amount, row.changed]
            for row in history.rows
        ),
    )  # fmt: skip
    if history.moves:
        yield ""
        yield from (f"- {move}" for move in history.moves)


def _specialties(page: Page) -> Iterator[str]:
    yield from _heading("Specialties")
    if page["specialties"]:
        yield from (f"- [{name}]({path})" for name, path in page["specialties"])
    else:
        yield "Specialties are named by an editor, never guessed from the file. None are yet."


def _articles(page: Page) -> Iterator[str]:
    if page["articles"]:
        yield from _heading("From the blog")
        yield from (f"- [{one.title}]({one.url}): {one.summary}" for one in page["articles"])


def _questions(page: Page) -> Iterator[str]:
    if page["questions"]:
        yield from _heading("Frequently Asked Questions")
    for number, one in enumerate(page["questions"]):
        if number:
            yield ""
        yield f"### {one.question}"
        yield ""
        yield one.answer.strip()


def _source(page: Page) -> Iterator[str]:
    schedule, edition, body = page["schedule"], page["edition"], page["body"]
    rows = ", ".join(str(row) for row in page["raw_rows"])
    released = f", released {written(schedule.released_on)}" if schedule.released_on else ""
    file = f", file {page['pprrvu']}" if page["pprrvu"] else ""
    partial = (
        ""
        if schedule.is_complete
        else " Loaded from the starter catalogue; comparisons are of the whole release."
    )
    yield from _heading("Source and review")
    yield (
        f"- Figures: CMS release {schedule.release} ({schedule.name}){released}{file}, rows "
        f"{rows}.{partial}"
    )
    yield f"- Text: {_review(edition)}"
    if body.get("sources"):
        yield f"- Sources of the text: {'; '.join(body['sources'])}."
    if page["descriptor"] and body:
        yield f"- Published wording: “{page['descriptor']}”"


def _review(edition: Any) -> str:
    if not edition:
        return "No editor’s text yet. Derived from the file, not yet reviewed."
    if edition.reviewed_on:
        role = edition.reviewer_role or "clinical editor"
        return f"Our own words. Reviewed by the {role} on {written(edition.reviewed_on)}."
    began = written(timezone.localtime(edition.starts_at).date())
    return f"Our own words, published {began}. Not yet reviewed by a second editor."


def _notices(page: Page) -> Iterator[str]:
    yield from _heading("Notices")
    yield "\n\n".join(notices(page["schedule"], is_dental=page["is_dental"]))


def _link(listed: Any, hcpcs: str) -> str:
    return f"[{hcpcs}]({listed.get_absolute_url()})" if listed else hcpcs
