"""Putting the starter catalogue into the database: what is new of it, and nothing else.

A release is loaded from the catalogue's figures only where it is not loaded whole, and again only
when they have changed. The whole release, once imported, takes its place.

A text is written only where the code has none, or where the text there is the catalogue's own:
its newest edition came from here, has not been reviewed or ended, and the working copy is as it
was then. Whatever an editor has changed since is left alone, for good.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Model

from codes import taxonomy
from codes.fee_schedule.activate import show
from codes.fee_schedule.database import bulk_insert, exclusively
from codes.fee_schedule.load import load, sync_categories
from codes.fee_schedule.records import Member, Package
from codes.fee_schedule.standings import leaf_of
from codes.models import (
    CategoryStatistics,
    Code,
    CodeContent,
    CodeEdition,
    Descriptor,
    FeeSchedule,
    Question,
    RelatedCode,
    Specialty,
    Standing,
    ZipRange,
)
from codes.starter import (
    FOLDER,
    CatalogueError,
    Text,
    check_texts,
    read_specialties,
    read_texts,
)
from codes.starter import Specialty as SpecialtyEntry
from codes.starter_figures import (
    CategoryFacts,
    CodeFacts,
    Figures,
    Localities,
    check_figures,
    digest,
    figures_path,
    read_figures,
    read_localities,
    releases,
)
from rvuedge.publishing import State

REASON = "Starter catalogue"

_ZIP_FIELDS = (
    "quarter", "first", "last", "state", "mac", "number", "needs_plus_four", "rural",
)  # fmt: skip


@dataclass
class Summary:
    """What a load did. Nothing at all where the catalogue was there already."""

    specialties: int = 0
    releases: list[str] = field(default_factory=list)
    zip_ranges: int = 0
    texts: int = 0
    left_alone: int = 0  # texts that an editor has changed since
    activated: str = ""

    @property
    def is_new(self) -> bool:
        return bool(self.specialties or self.releases or self.texts or self.activated)


@dataclass
class _Plan:
    """What of the catalogue the database does not hold yet."""

    specialties: list[SpecialtyEntry]
    releases: list[str]
    texts: list[Text]
    left_alone: int
    is_nothing_shown: bool

    @property
    def is_empty(self) -> bool:
        return not (self.specialties or self.releases or self.texts or self.is_nothing_shown)


def check(folder: Path = FOLDER) -> tuple[list[Text], list[str]]:
    """Return the texts and everything that is amiss with the catalogue. No database.

    CatalogueError where it cannot be read.
    """
    texts = read_texts(folder)
    slugs = [specialty.slug for specialty in read_specialties(folder)]
    read_localities(folder)
    figures = [read_figures(name, folder) for name in releases(folder)]
    if not figures:
        raise CatalogueError(["figures: there are none: see export_catalogue_figures."])
    newest = figures[-1]
    codes = {row.hcpcs for row in newest.codes}
    problems = [problem for release in figures for problem in check_figures(release)]
    return texts, [*problems, *check_texts(texts, slugs, codes, newest.named)]


def load_catalogue(folder: Path = FOLDER) -> Summary:
    """Store what is new of the catalogue, in one transaction, and return what that was.

    Where no release is active, the newest of the catalogue's becomes so. CatalogueError if
    something is amiss with the catalogue, Refused if the database does not take it; then nothing
    was stored. With nothing new, nothing is written, and nobody is waited for.
    """
    texts, specialties = read_texts(folder), read_specialties(folder)
    plan = _plan(texts, specialties, folder)
    if plan.is_empty:
        return Summary(left_alone=plan.left_alone)
    _, problems = check(folder)
    if problems:
        raise CatalogueError(problems)
    with exclusively():
        plan = _plan(texts, specialties, folder)  # somebody else may have been first
        summary = Summary(left_alone=plan.left_alone)
        summary.specialties = _add_specialties(plan.specialties)
        if plan.releases:
            summary.zip_ranges = _load_releases(plan.releases, folder)
            summary.releases = plan.releases
        if plan.is_nothing_shown:
            summary.activated = _activate(releases(folder))
        _write_texts(plan.texts, specialties)
        summary.texts = len(plan.texts)
        if summary.is_new:
            FeeSchedule.objects.mark_changed()
    return summary


def _plan(texts: list[Text], specialties: list[SpecialtyEntry], folder: Path) -> _Plan:
    slugs = _slugs(specialties)
    schedules = {schedule.release: schedule for schedule in FeeSchedule.objects.all()}
    new_texts, left_alone = _new_texts(texts, slugs)
    return _Plan(
        specialties=[entry for entry in specialties if entry.slug not in slugs],
        releases=[
            name for name in releases(folder) if not _is_loaded(schedules.get(name), name, folder)
        ],
        texts=new_texts,
        left_alone=left_alone,
        is_nothing_shown=not any(schedule.is_active for schedule in schedules.values()),
    )


# Figures --------------------------------------------------------------------------------------


def _is_loaded(schedule: FeeSchedule | None, release: str, folder: Path) -> bool:
    """Return whether a release is loaded whole, or from these very figures."""
    if schedule is None:
        return False
    here = digest(release, folder)
    return schedule.is_complete or here in {source["sha256"] for source in schedule.sources}


def _load_releases(names: Sequence[str], folder: Path) -> int:
    """Load these releases; return how many ranges of ZIP codes came with them."""
    localities = read_localities(folder)
    ranges = 0
    for name in names:
        figures = read_figures(name, folder)
        package = _package(figures, digest(name, folder), folder)
        if name == localities.release:
            ranges = _add_zip_codes(localities)
            package.localities = localities.localities
            package.counties = localities.counties
            package.members += [s for s in localities.sources if s.kind != "ZIP5"]
            package.notes += _notes(localities)
        # Whoever imported localities of his own will replace these by the whole release.
        load(package, complete=False, force=True)
    categories = sync_categories()
    for name in releases(folder):  # all of them: loading one compares the later ones anew
        schedule = FeeSchedule.objects.filter(release=name, is_complete=False).first()
        if schedule:
            _state_facts(schedule, read_figures(name, folder), categories)
    _name_zip_file(localities)
    return ranges


def _package(figures: Figures, sha256: str, folder: Path) -> Package:
    path = figures_path(figures.release, folder)
    own = Member(f"{folder.name}/{path.parent.name}/{path.name}", "PPRRVU", sha256,
                 len(figures.rates))  # fmt: skip
    codes = len(figures.codes)
    return Package(
        release=figures.release,
        released_on=figures.released_on,
        copyright_year=figures.copyright_year,
        conversion_factor=figures.conversion_factor,
        qp_conversion_factor=figures.qp_conversion_factor,
        anesthesia_factor=figures.anesthesia_factor,
        qp_anesthesia_factor=figures.qp_anesthesia_factor,
        rates=figures.rates,
        members=[*figures.sources, own],
        notes=[
            f"{REASON}: {codes:,} of {figures.code_count:,} codes. Ranks and distributions are "
            "those of the whole release."
        ],
    )


def _notes(localities: Localities) -> list[str]:
    names = {source.kind: source.name for source in localities.sources}
    return [
        f"The counties are those of {names.get('LOCCO', 'another year')}.",
        f"ZIP codes are those of quarter {localities.zip_quarter}; one that does not exist "
        "between two of the same locality is taken for theirs.",
    ]


def _state_facts(schedule: FeeSchedule, figures: Figures, categories: Mapping[str, int]) -> None:
    """Say of an excerpt what is true of the whole release; load.py could only count the excerpt.

    What has changed since the release before stays as load.py found it where that one is loaded
    whole.
    """
    schedule.row_count, schedule.code_count = figures.row_count, figures.code_count
    schedule.save(update_fields=["row_count", "code_count"])
    statistics = dict(schedule.statistics.values_list("category_id", "pk"))
    spread = [(statistics[categories[row.slug]], row) for row in figures.categories]
    _update(CategoryStatistics, CategoryFacts._fields[1:], spread)
    standings = dict(schedule.standings.values_list("code_id", "pk"))
    facts = [(standings[row.hcpcs], row) for row in figures.codes]
    compared = FeeSchedule.objects.before(schedule.release).exists()
    _update(Standing, CodeFacts._fields[1:3] if compared else CodeFacts._fields[1:], facts)
    known = set(Descriptor.objects.values_list("code_id", flat=True))
    Descriptor.objects.bulk_create(
        Descriptor(code_id=hcpcs, text=text, source=source,
                   owner=taxonomy.descriptor_owner(hcpcs))
        for hcpcs, text, source in figures.wordings
        if hcpcs not in known
    )  # fmt: skip


def _update(model: type[Model], names: Sequence[str], rows: Iterable[tuple[int, Any]]) -> None:
    """Set some columns of many rows, given their keys and what has the values by these names.

    Django's bulk_update needs ten times as long.
    """
    fields = [model._meta.get_field(name) for name in names]
    cells = [
        [*(f.get_db_prep_save(getattr(facts, f.name), connection) for f in fields), pk]
        for pk, facts in rows
    ]
    columns = ", ".join(f"{connection.ops.quote_name(f.column)} = %s" for f in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {columns} WHERE id = %s", cells)  # noqa: S608


def _add_zip_codes(localities: Localities) -> int:
    quarter = localities.zip_quarter
    if ZipRange.objects.filter(quarter=quarter).exists():
        return 0
    cells = ((quarter, *run, "") for run in localities.zip_codes)
    return bulk_insert(ZipRange, _ZIP_FIELDS, cells)


def _name_zip_file(localities: Localities) -> None:
    """Name the file of ZIP codes among the sources of each release that uses it."""
    members = [vars(source) for source in localities.sources if source.kind == "ZIP5"]
    for schedule in FeeSchedule.objects.filter(zip_quarter=localities.zip_quarter):
        if not any(source["kind"] == "ZIP5" for source in schedule.sources):
            schedule.sources = [*schedule.sources, *members]
            schedule.save(update_fields=["sources"])


def _activate(names: Sequence[str]) -> str:
    """Show the newest of these releases, all of which are loaded by now."""
    show(FeeSchedule.objects.get(release=names[-1]))
    return names[-1]


# Texts ----------------------------------------------------------------------------------------


def _add_specialties(entries: Iterable[SpecialtyEntry]) -> int:
    return len(Specialty.objects.bulk_create(Specialty(**e._asdict()) for e in entries))


def _slugs(entries: Iterable[SpecialtyEntry]) -> dict[str, str]:
    """Return the slug here of each entry that is stored: an editor may have changed it.

    An entry is known by its slug or else by its name.
    """
    by_name = dict(Specialty.objects.values_list("name", "slug"))
    stored = set(by_name.values())
    slugs = {e.slug: e.slug if e.slug in stored else by_name.get(e.name, "") for e in entries}
    return {entry: slug for entry, slug in slugs.items() if slug}


def _new_texts(texts: Sequence[Text], slugs: Mapping[str, str]) -> tuple[list[Text], int]:
    """Return the texts to write, and how many others an editor has taken over."""
    codes = [text.code for text in texts]
    contents = CodeContent.objects.filter(code__in=codes)
    by_code = {
        content.code_id: content
        for content in contents.prefetch_related("specialties", "questions", "related")
    }
    editions = CodeEdition.objects.filter(subject__code__in=codes).order_by("number")
    newest = {edition.subject_id: edition for edition in editions}
    new, left_alone = [], 0
    for text in texts:
        content = by_code.get(text.code)
        if content is None:
            new.append(text)
        elif _compared(content.to_body()) != _wanted(text, slugs):
            if _is_ours(content, newest.get(content.pk)):
                new.append(text)
            else:
                left_alone += 1
    return new, left_alone


def _is_ours(content: CodeContent, newest: CodeEdition | None) -> bool:
    """Return whether a text is as the catalogue left it (see the top of this file)."""
    return (
        newest is not None
        and newest.reason == REASON
        and (newest.made_by_id, newest.reviewed_on, newest.ends_at) == (None, None, None)
        and content.state == State.PUBLISHED
        and _compared(content.to_body()) == _compared(newest.body)
    )


def _compared(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body as it is compared: specialties without the names an editor may change."""
    return {**body, "specialties": sorted(slug for slug, _ in body["specialties"])}


def _wanted(text: Text, slugs: Mapping[str, str]) -> dict[str, Any]:
    """Return the body that a text of the catalogue would have here."""
    return {
        "label": text.label,
        "synonyms": list(text.synonyms),
        "description": text.description,
        "plain_language": text.plain_language,
        "clinical_context": text.clinical_context,
        "billing": text.billing,
        "specialties": sorted(slugs.get(slug, slug) for slug in text.specialties),
        "questions": [list(question) for question in text.faq],
        "related": [[*other] for other in sorted(text.related, key=lambda other: other.kind)],
        "sources": list(text.sources),
    }


def _write_texts(texts: Sequence[Text], entries: Iterable[SpecialtyEntry]) -> None:
    """Write the working copies and publish them, without a review."""
    if not texts:
        return
    _add_codes({text.code for text in texts} | {o.code for text in texts for o in text.related})
    slugs = _slugs(entries)
    specialties = {specialty.slug: specialty for specialty in Specialty.objects.all()}
    for text in texts:
        content, _ = CodeContent.objects.update_or_create(
            code_id=text.code,
            defaults={
                "label": text.label,
                "synonyms": list(text.synonyms),
                "description": text.description,
                "plain_language": text.plain_language,
                "clinical_context": text.clinical_context,
                "billing": text.billing,
                "sources": list(text.sources),
            },
        )
        content.specialties.set([specialties[slugs[slug]] for slug in text.specialties])
        content.questions.all().delete()
        content.related.all().delete()
        Question.objects.bulk_create(
            Question(content=content, position=number, **entry._asdict())
            for number, entry in enumerate(text.faq)
        )
        RelatedCode.objects.bulk_create(
            RelatedCode(content=content, position=number, code_id=other.code, kind=other.kind,
                        note=other.note)
            for number, other in enumerate(text.related)
        )  # fmt: skip
        content.publish(reason=REASON)


def _add_codes(hcpcs: set[str]) -> None:
    """Make the codes that no release here has: a text may name them, a page may not link them."""
    categories = sync_categories()
    new = sorted(hcpcs - set(Code.objects.filter(pk__in=hcpcs).values_list("pk", flat=True)))
    Code.objects.bulk_create(
        Code(hcpcs=code, category_id=categories[leaf_of(code).slug]) for code in new
    )
