"""Making the starter catalogue's figures out of whole releases in the database."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from codes import taxonomy
from codes.content_checks import is_like
from codes.fee_schedule.database import Refused
from codes.fee_schedule.records import CountyRow, LocalityRow, Member, RateRow
from codes.models import (
    CategoryStatistics,
    County,
    Descriptor,
    FeeSchedule,
    Locality,
    Rate,
    Standing,
    ZipRange,
)
from codes.starter import FOLDER, Text, mentioned_codes, read_texts, related_codes
from codes.starter_figures import (
    LOCALITIES,
    CategoryFacts,
    CodeFacts,
    CodeWording,
    Figures,
    Localities,
    ZipRun,
    figures_path,
    write,
    zip_runs,
)

# The history that a page shows, oldest first; the last one is what it is about.
RELEASES = ("2020A", "2021A", "2022A", "2024AR", "2025A", "2025D", "2026B", "2026C")

_RATE_COLUMNS = ("code_id", *RateRow._fields[1:])
_FACT_COLUMNS = ("code_id", *CodeFacts._fields[1:])
_CATEGORY_COLUMNS = ("category__slug", *CategoryFacts._fields[1:])


def export(folder: Path = FOLDER, names: Sequence[str] = RELEASES) -> tuple[list[Path], list[str]]:
    """Write the figures of the catalogue's codes; return the files and what is doubtful.

    Every release named must be loaded whole, and localities and ZIP codes with the newest.
    Refused, with a sentence, where something is missing. Doubts are sentences about codes that
    texts name but the newest release lacks, and about wording close to a descriptor.
    """
    texts = read_texts(folder)
    schedules = [_whole(name) for name in names]
    newest = schedules[-1]
    codes = sorted(text.code for text in texts)
    doubts = _doubts(texts, newest)
    files = []
    for schedule in schedules:
        figures = _figures(schedule, codes)
        if schedule == newest:
            named = _existing(schedule, related_codes(texts))
            figures = replace(figures, named=named, wordings=_wordings(codes))
        path = figures_path(schedule.release, folder)
        write(path, figures)
        files.append(path)
    path = folder / LOCALITIES
    write(path, _localities(newest))
    return [*files, path], doubts


def _whole(release: str) -> FeeSchedule:
    schedule = FeeSchedule.objects.filter(release=release, is_complete=True).first()
    if schedule is None:
        raise Refused(f"{release} is not loaded whole: run import_fee_schedule first.")
    return cast(FeeSchedule, schedule)


def _figures(schedule: FeeSchedule, codes: list[str]) -> Figures:
    rows = Rate.objects.filter(schedule=schedule, code__in=codes).order_by("code", "modifier")
    facts = Standing.objects.filter(schedule=schedule, code__in=codes).order_by("code")
    categories = CategoryStatistics.objects.filter(schedule=schedule)
    return Figures(
        release=schedule.release,
        released_on=schedule.released_on,
        copyright_year=schedule.copyright_year,
        conversion_factor=schedule.conversion_factor,
        qp_conversion_factor=schedule.qp_conversion_factor,
        anesthesia_factor=schedule.anesthesia_factor,
        qp_anesthesia_factor=schedule.qp_anesthesia_factor,
        row_count=schedule.row_count,
        code_count=schedule.code_count,
        sources=_sources(schedule, {"PPRRVU"}),
        named=[],
        rates=[_unworded(RateRow._make(row)) for row in rows.values_list(*_RATE_COLUMNS)],
        codes=[CodeFacts._make(row) for row in facts.values_list(*_FACT_COLUMNS)],
        categories=[
            CategoryFacts._make(row)
            for row in categories.order_by("category__position").values_list(*_CATEGORY_COLUMNS)
        ],
        wordings=[],
    )


def _unworded(row: RateRow) -> RateRow:
    """Return a row without a wording that is not free to use."""
    return row if taxonomy.descriptor_owner(row.hcpcs) == "CMS" else row._replace(descriptor="")


def _existing(schedule: FeeSchedule, codes: Iterable[str]) -> list[str]:
    found = Standing.objects.filter(schedule=schedule, code__in=codes)
    return sorted(found.values_list("code_id", flat=True))


def _wordings(codes: list[str]) -> list[CodeWording]:
    rows = Descriptor.objects.filter(code__in=codes, owner=Descriptor.Owner.CMS).order_by("code")
    return [CodeWording._make(row) for row in rows.values_list("code_id", "text", "source")]


def _localities(schedule: FeeSchedule) -> Localities:
    localities = Locality.objects.filter(schedule=schedule).order_by("state", "mac", "number")
    counties = County.objects.filter(schedule=schedule).order_by("state", "name", "mac", "number")
    zip_codes = ZipRange.objects.filter(quarter=schedule.zip_quarter)
    for rows, what in (
        (localities, "localities"),
        (counties, "counties"),
        (zip_codes, "ZIP codes"),
    ):
        if not rows.exists():
            raise Refused(f"No {what} are loaded with {schedule.release}.")
    return Localities(
        release=schedule.release,
        zip_quarter=schedule.zip_quarter,
        sources=_sources(schedule, {"GPCI", "ANES", "LOCCO", "ZIP5"}),
        localities=[
            LocalityRow._make(row) for row in localities.values_list(*LocalityRow._fields)
        ],
        counties=[CountyRow._make(row) for row in counties.values_list(*CountyRow._fields)],
        zip_codes=zip_runs(ZipRun._make(row) for row in zip_codes.values_list(*ZipRun._fields)),
    )


def _sources(schedule: FeeSchedule, kinds: set[str]) -> list[Member]:
    return [Member(**source) for source in schedule.sources if source["kind"] in kinds]


def _doubts(texts: list[Text], newest: FeeSchedule) -> list[str]:
    rates = Rate.objects.filter(schedule=newest).order_by("-modifier")
    wording = dict(rates.values_list("code_id", "descriptor"))
    doubts = []
    for text in texts:
        missing = [code for code in mentioned_codes(text) if code not in wording]
        doubts += [f"{text.place}: {code} is not in {newest}." for code in missing]
        descriptor = wording.get(text.code, "")
        if taxonomy.descriptor_owner(text.code) != "CMS":
            close = [part for part in ("label", "description") if
                     is_like(getattr(text, part), descriptor)]  # fmt: skip
            doubts += [f"{text.place}: the {part} is close to the descriptor." for part in close]
    return doubts
