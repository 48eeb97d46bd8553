"""Lists of codes as CSV, for spreadsheets that take some texts for formulas."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence

from codes import indicators, taxonomy
from codes.models import FeeSchedule, Standing
from codes.rows import no_work
from codes.shown import Listed
from rvuedge import spreadsheets

COLUMNS = (
    "code",
    "system",
    "name",
    "category",
    "status",
    "status meaning",
    "global period",
    "other rows",
    "work RVUs",
    "why no work RVUs",
    "reference work RVUs",
    "practice expense RVUs, office",
    "practice expense RVUs, facility",
    "why no practice expense RVUs",
    "malpractice RVUs",
    "why no malpractice RVUs",
    "total RVUs, office",
    "total RVUs, facility",
    "national amount, office",
    "national amount, facility",
    "change in this release",
    "work RVUs before",
)


def harmless(cell: object) -> str:
    """Return a cell's text such that no spreadsheet runs it; nothing for None."""
    return "" if cell is None else spreadsheets.harmless(str(cell))


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Return rows of cells as lines of CSV, each cell made harmless."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([harmless(cell) for cell in row])


def preamble(schedule: FeeSchedule, asked: str, count: int) -> list[list[str]]:
    """Return the lines before the headings: what this is, and where the figures come from."""
    released = f", released {schedule.released_on:%B %-d, %Y}" if schedule.released_on else ""
    effective = f"{schedule.effective_on:%B %-d, %Y}"
    lines = [
        f"RVU Edge: {count} codes{f', {asked}' if asked else ''}",
        f"Source: CMS Physician Fee Schedule, release {schedule.release} ({schedule.name})"
        f"{released}, for services from {effective}",
    ]
    if not schedule.is_complete:
        lines.append("Only the codes of the starter catalogue, not the whole release")
    lines += [
        "Names are RVU Edge's own or CMS's, never CPT descriptors. National amounts in US "
        f"dollars, before geographic adjustment, at {schedule.conversion_factor} for one RVU",
        f"CPT codes only are copyright {schedule.copyright_year} American Medical Association. "
        "All rights reserved. Not affiliated with or endorsed by CMS or the AMA",
    ]
    return [[line] for line in lines]


def code_rows(
    standings: Iterable[Standing], directory: Mapping[str, Listed]
) -> Iterator[list[object]]:
    """Return a row of COLUMNS for each standing.

    RVUs and amounts that do not count are empty, and so are zeros; the column beside them says
    why in a word: none (nothing is counted), NA (rarely or never done there), or what Medicare
    does instead.
    """
    for one in standings:
        listed = directory[one.code_id]
        payable = one.is_payable and one.has_values
        reference = not one.is_payable and one.work_rvu
        yield [
            one.code_id,
            taxonomy.system(one.code_id),
            listed.label,
            listed.category_name,
            one.status,
            indicators.status(one.status).short,
            one.global_days,
            one.modifiers,
            one.work_rvu if payable and one.work_rvu else "",
            no_work(one),
            one.work_rvu if reference else "",
            one.pe_nonfac if payable and one.total_nonfac is not None and one.pe_nonfac else "",
            one.pe_fac if payable and one.total_fac is not None and one.pe_fac else "",
            _no_practice(one) if payable else no_work(one),
            one.mp_rvu if payable and one.mp_rvu else "",
            ("" if one.mp_rvu else "none") if payable else no_work(one),
            one.total_nonfac,
            one.total_fac,
            one.national_nonfac,
            one.national_fac,
            one.get_change_display() if one.change else "",
            one.work_before or "",
        ]


def _no_practice(standing: Standing) -> str:
    """Say for each setting of a code with RVUs why it has no practice expense there, if so."""
    settings = (
        ("office", standing.total_nonfac, standing.pe_nonfac),
        ("facility", standing.total_fac, standing.pe_fac),
    )
    return "; ".join(
        f"{name}: {'NA' if total is None else 'none'}"
        for name, total, practice in settings
        if total is None or not practice
    )
