"""The starter catalogue in the database: loaded once, renewed, and never in an editor's way."""

import io
import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from codes.fee_schedule.activate import activate
from codes.fee_schedule.database import Refused
from codes.fee_schedule.load import load
from codes.fee_schedule.records import CountyRow, DescriptorRow, LocalityRow, ZipRow
from codes.fee_schedule.remove import remove
from codes.management.commands import export_catalogue_figures
from codes.management.commands import load_catalogue as command
from codes.models import (
    CategoryStatistics,
    Code,
    CodeContent,
    CodeEdition,
    County,
    Descriptor,
    FeeSchedule,
    Locality,
    Rate,
    RelatedCode,
    Specialty,
    Standing,
    ZipRange,
)
from codes.starter import CatalogueError, read_specialties, read_texts, related_codes
from codes.starter_export import export
from codes.starter_figures import figures_path, read_figures, read_localities, releases, write
from codes.starter_load import REASON, check, load_catalogue
from rvuedge.publishing import State
from tests.codes import little_catalogue
from tests.codes.little_catalogue import change
from tests.factories import UserFactory, package, rate_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    return little_catalogue.copy(tmp_path)


@pytest.fixture
def loaded(folder):
    load_catalogue(folder)
    return folder


def content(hcpcs="38525"):
    return CodeContent.objects.get(code=hcpcs)


def whole(release="2026C", *more, **values):
    """One release, whole: what an import of CMS's own files brings."""
    rows = [rate_row("38525", work_rvu="6.60"), rate_row("99213"), *more]
    return package(release, rows, **values)


# The first load ---------------------------------------------------------------------------------


def test_the_first_load_brings_texts_figures_and_places(folder):
    summary = load_catalogue(folder)
    assert (summary.texts, summary.releases) == (3, ["2025D", "2026C"])
    assert (summary.zip_ranges, summary.activated) == (2, "2026C")
    assert summary.specialties == Specialty.objects.count() == len(read_specialties())
    assert FeeSchedule.objects.active().release == "2026C"
    assert list(ZipRange.objects.values_list("first", "last", "rural")) == [
        ("35004", "36925", ""), ("99501", "99950", ""),
    ]  # fmt: skip
    assert Locality.objects.filter(schedule__release="2026C").count() == 2
    assert County.objects.get().name == "All counties"
    assert Descriptor.objects.get().text == "A drug, as CMS words it"


def test_a_release_says_that_it_is_an_excerpt_and_of_what(loaded):
    schedule = FeeSchedule.objects.get(release="2026C")
    assert not schedule.is_complete
    assert (schedule.row_count, schedule.code_count) == (1100, 1000)
    assert schedule.released_on == date(2026, 6, 30)
    assert schedule.conversion_factor == Decimal("33.4009")
    assert schedule.zip_quarter == "20254"
    assert schedule.notes == [
        "Starter catalogue: 3 of 1,000 codes. Ranks and distributions are those of the whole "
        "release.",
        "The counties are those of 25LOCCO.csv.",
        "ZIP codes are those of quarter 20254; one that does not exist between two of the same "
        "locality is taken for theirs.",
    ]
    names = [(source["kind"], source["name"].split("/")[-1]) for source in schedule.sources]
    assert names == [
        ("PPRRVU", "PPRRVU2026C.csv"),
        ("PPRRVU", "2026C.json"),
        ("GPCI", "GPCI2026.csv"),
        ("LOCCO", "25LOCCO.csv"),
        ("ZIP5", "ZIP5_OCT2025.txt"),
    ]


def test_no_comparison_is_made_within_the_excerpt(loaded):
    standing = Standing.objects.get(schedule__release="2026C", code="38525")
    assert (standing.below, standing.neighbors) == (400, [["38500", "3.50"], ["38530", "8.00"]])
    assert (standing.change, standing.work_before) == ("work", Decimal("7.00"))
    assert standing.national_fac == Decimal("231.13")  # (6.50 + 0.33 + 0.09) × 33.4009
    assert standing.statistics.with_work == 50
    for statistics in CategoryStatistics.objects.all():
        assert statistics.statuses == {"A": 60, "C": 11}
        assert statistics.median == Decimal("3.00")


def test_texts_are_published_and_not_reviewed(loaded):
    edition = CodeEdition.objects.in_force().get(subject__code="38525")
    text = next(text for text in read_texts(loaded) if text.code == "38525")
    assert edition.reason == REASON
    assert (edition.made_by, edition.reviewed_on, edition.reviewer_role) == (None, None, "")
    assert edition.body == content().to_body()
    assert edition.body["label"] == text.label
    assert edition.body["questions"] == [list(question) for question in text.faq]
    assert {tuple(row) for row in edition.body["related"]} == {tuple(r) for r in text.related}
    assert {s.slug for s in edition.specialties.all()} == set(text.specialties)


def test_related_codes_without_figures_are_there_but_not_in_the_release(loaded):
    related = RelatedCode.objects.exclude(code__in=little_catalogue.CODES)
    codes = Code.objects.filter(pk__in=related.values("code"))
    assert codes.exists()
    assert not codes.filter(standings__isnull=False).exists()


def test_the_whole_catalogue_loads():
    summary = load_catalogue()
    assert (summary.texts, summary.releases) == (len(read_texts()), releases())
    standing = Standing.objects.get(schedule__release="2026C", code="99213")
    assert (standing.work_rvu, standing.national_nonfac) == (Decimal("1.30"), Decimal("95.19"))
    wordings = Rate.objects.exclude(descriptor="").exclude(descriptor_owner="CMS")
    assert not wordings.exists()
    assert not Descriptor.objects.exclude(owner="CMS").exists()
    assert not load_catalogue().is_new


# Again ------------------------------------------------------------------------------------------


def test_a_second_load_writes_nothing_and_asks_little(loaded, django_assert_num_queries):
    before = FeeSchedule.objects.active().changed_at
    with django_assert_num_queries(7):  # specialties, releases, texts and their 3 lists, editions
        summary = load_catalogue(loaded)
    assert not summary.is_new
    assert FeeSchedule.objects.active().changed_at == before


def test_a_changed_text_is_published_anew(loaded):
    change(loaded / "blood-lymph.toml", 'label = ".*"', 'label = "Deep nodes of the armpit"')
    before = FeeSchedule.objects.active().changed_at
    assert load_catalogue(loaded).texts == 1
    assert content().label == "Deep nodes of the armpit"
    editions = CodeEdition.objects.filter(subject__code="38525").order_by("number")
    assert [edition.number for edition in editions] == [1, 2]
    assert editions[1].body == content().to_body()
    assert content().questions.count() == 3
    assert FeeSchedule.objects.active().changed_at > before


def test_changed_figures_are_loaded_anew_and_stay_active(loaded):
    write(figures_path("2026C", loaded), replace(
        read_figures("2026C", loaded),
        rates=little_catalogue.figures("2026C", work="6.40").rates,
    ))  # fmt: skip
    summary = load_catalogue(loaded)
    assert (summary.releases, summary.zip_ranges, summary.activated) == (["2026C"], 0, "")
    schedule = FeeSchedule.objects.active()
    assert (schedule.release, schedule.row_count) == ("2026C", 1100)
    assert Standing.objects.get(schedule=schedule, code="38525").work_rvu == Decimal("6.40")
    assert not load_catalogue(loaded).is_new


def test_an_older_release_loaded_anew_leaves_the_later_ones_facts(loaded):
    write(figures_path("2025D", loaded), little_catalogue.figures("2025D", row_count=999))
    assert load_catalogue(loaded).releases == ["2025D"]
    standing = Standing.objects.get(schedule__release="2026C", code="38525")
    assert (standing.change, standing.work_before) == ("work", Decimal("7.00"))


def test_a_release_that_was_removed_comes_back(loaded):
    remove("2025D")
    assert load_catalogue(loaded).releases == ["2025D"]


# Editors ----------------------------------------------------------------------------------------


def edit(**values):
    CodeContent.objects.filter(code="38525").update(**values)


def test_an_edited_text_is_left_alone(loaded):
    edit(billing="An editor’s own words.")
    change(loaded / "blood-lymph.toml", 'label = ".*"', 'label = "Deep nodes of the armpit"')
    summary = load_catalogue(loaded)
    assert (summary.texts, summary.left_alone, summary.is_new) == (0, 1, False)
    assert content().billing == "An editor’s own words."


@pytest.mark.parametrize("part", ["questions", "related", "specialties"])
def test_an_edited_list_is_left_alone_too(loaded, part):
    getattr(content(), part).first().delete()
    assert load_catalogue(loaded).left_alone == 1


def test_an_editors_edition_is_left_alone(loaded):
    text = content()
    text.send_to_review(UserFactory())
    text.approve(UserFactory(), "Coder")
    text.publish(by=UserFactory(), reason=REASON)
    assert load_catalogue(loaded).left_alone == 0  # it says the same
    change(loaded / "blood-lymph.toml", 'label = ".*"', 'label = "Deep nodes of the armpit"')
    assert load_catalogue(loaded).left_alone == 1


def test_a_withdrawn_text_does_not_come_back(loaded):
    edit(state=State.ARCHIVED)
    change(loaded / "blood-lymph.toml", 'label = ".*"', 'label = "Deep nodes of the armpit"')
    assert load_catalogue(loaded).left_alone == 1


def test_an_editors_draft_is_not_published(folder):
    load(whole())
    CodeContent.objects.create(code_id="38525", label="A draft")
    summary = load_catalogue(folder)
    assert (summary.texts, summary.left_alone) == (2, 1)
    assert not CodeEdition.objects.filter(subject__code="38525").exists()


def test_specialties_keep_the_names_that_editors_gave_them(loaded):
    slug = read_texts(loaded)[0].specialties[0]
    Specialty.objects.filter(slug=slug).update(name="Another name")
    assert not load_catalogue(loaded).is_new
    change(loaded / "blood-lymph.toml", 'label = ".*"', 'label = "Deep nodes of the armpit"')
    assert load_catalogue(loaded).texts == 1
    assert [slug, "Another name"] in content().to_body()["specialties"]


def test_a_specialty_is_known_by_its_name_too(loaded):
    slug = read_texts(loaded)[0].specialties[0]
    Specialty.objects.filter(slug=slug).update(slug="another-slug")
    summary = load_catalogue(loaded)
    assert (summary.specialties, summary.left_alone) == (0, 0)
    assert not Specialty.objects.filter(slug=slug).exists()


# Whole releases ---------------------------------------------------------------------------------


def test_a_whole_release_takes_the_place_of_the_excerpt(loaded):
    report = load(whole())
    assert (report.outcome, report.is_active) == ("replaced", True)
    schedule = FeeSchedule.objects.get(release="2026C")
    assert (schedule.is_complete, schedule.code_count) == (True, 2)
    assert not any(source["name"].endswith(".json") for source in schedule.sources)
    assert not load_catalogue(loaded).is_new


def test_a_whole_release_is_not_replaced_by_an_excerpt(folder):
    load(whole())
    summary = load_catalogue(folder)
    assert (summary.releases, summary.activated) == (["2025D"], "2026C")
    assert FeeSchedule.objects.get(release="2026C").is_complete


def test_a_release_of_another_name_stays_active(folder):
    load(whole("2026D"))
    activate("2026D")
    assert load_catalogue(folder).activated == ""
    assert FeeSchedule.objects.active().release == "2026D"


def test_what_changed_since_a_whole_release_is_not_overwritten(loaded):
    load(whole("2026B"))
    standing = Standing.objects.get(schedule__release="2026C", code="38525")
    assert standing.work_before == Decimal("6.60")
    write(figures_path("2025D", loaded), little_catalogue.figures("2025D", row_count=999))
    load_catalogue(loaded)
    standing.refresh_from_db()
    assert standing.work_before == Decimal("6.60")
    assert standing.below == 400


def test_zip_codes_and_wordings_at_hand_are_kept(folder):
    rows = [
        ZipRow("35004", "AL", "10112", "00", "", False),
        ZipRow("99501", "AK", "02102", "01", "", False),
    ]
    load(package("", zip_codes=rows, zip_quarter="20254"))
    load(whole("2026A", rate_row("J1885"), descriptors=[DescriptorRow("J1885", "Newer words")]))
    assert load_catalogue(folder).zip_ranges == 0
    assert ZipRange.objects.count() == 2
    assert Descriptor.objects.get().text == "Newer words"


# Faults -----------------------------------------------------------------------------------------


def test_with_a_problem_nothing_is_stored(folder):
    change(folder / "blood-lymph.toml", 'label = ".*"', 'label = "Nodes"')
    with pytest.raises(CatalogueError, match=r"blood-lymph.toml, 38525: label: It has 1 words"):
        load_catalogue(folder)
    assert not (FeeSchedule.objects.exists() or Specialty.objects.exists())


def test_of_two_loads_at_once_the_second_finds_nothing_to_do(folder, monkeypatch):
    @contextmanager
    def after_another():
        monkeypatch.undo()
        load_catalogue(folder)
        yield

    monkeypatch.setattr("codes.starter_load.exclusively", after_another)
    assert not load_catalogue(folder).is_new
    assert CodeEdition.objects.count() == 3


def test_a_load_that_breaks_off_stores_nothing(folder, monkeypatch):
    def broken(*arguments):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("codes.starter_load._write_texts", broken)
    with pytest.raises(Refused, match="disk is full"):
        load_catalogue(folder)
    assert not (FeeSchedule.objects.exists() or ZipRange.objects.exists())


# The commands -----------------------------------------------------------------------------------


def run(folder, monkeypatch, *arguments):
    monkeypatch.setattr(command, "load_catalogue", partial(load_catalogue, folder))
    monkeypatch.setattr(command, "check", partial(check, folder))
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("load_catalogue", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}"
    assert not err.getvalue()
    return out.getvalue(), ""


def test_the_command_says_in_a_line_what_it_did(folder, monkeypatch):
    count = len(read_specialties())
    assert run(folder, monkeypatch)[0] == (
        f"Starter catalogue: 3 texts, 2 releases, 2 ranges of ZIP codes, {count} specialties, "
        "the site shows 2026C.\n"
    )
    assert run(folder, monkeypatch)[0] == (
        "Starter catalogue: nothing new (3 texts, the site shows 2026C).\n"
    )
    edit(label="An editor’s words")
    change(folder / "ear.toml", 'label = ".*"', 'label = "A tube in the eardrum"')
    assert run(folder, monkeypatch)[0] == (
        "Starter catalogue: 1 text, 1 edited text left alone, the site shows 2026C.\n"
    )


def test_the_command_only_checks(folder, monkeypatch, django_assert_num_queries):
    with django_assert_num_queries(0):
        out, _ = run(folder, monkeypatch, "--check")
    assert out == "Starter catalogue: 3 texts, nothing amiss.\n"


def test_the_command_lists_what_is_amiss(folder, monkeypatch):
    change(folder / "blood-lymph.toml", 'label = ".*"', 'label = "Nodes"')
    problem = "blood-lymph.toml, 38525: label: It has 1 words, not 3 to 9.\n"
    for arguments in ([], ["--check"]):
        _, err = run(folder, monkeypatch, *arguments)
        assert err == f"{problem}Starter catalogue: 1 problem."
    change(folder / "ear.toml", 'label = ".*"', 'label = "Tube"')
    assert run(folder, monkeypatch)[1].endswith("Starter catalogue: 2 problems.")


def test_the_command_says_what_the_database_refuses(folder, monkeypatch):
    def refused():
        raise Refused("The database’s disk is full.")

    out = io.StringIO()
    monkeypatch.setattr(command, "load_catalogue", refused)
    with pytest.raises(CommandError, match="disk is full"):
        call_command("load_catalogue", stdout=out)


def complete_releases():
    """2025D and 2026C whole, with one code more than the catalogue's, and CMS's texts."""
    codes = [
        rate_row("38525", descriptor="Wording of AMA", work_rvu="6.50"),
        rate_row("69436", descriptor="Wording of AMA", work_rvu="2.01"),
        rate_row("69436", "53", descriptor="Wording of AMA", work_rvu="1.00"),
        rate_row("69433", work_rvu="1.57"),
        rate_row("J1885", descriptor="Wording of CMS", status="E", work_rvu=0),
    ]
    load(package("2025D", codes[:2]), confirmed=True)
    one = Decimal("1.000")
    load(
        package(
            "2026C",
            codes,
            localities=[LocalityRow("10112", "00", "AL", "ALABAMA", one, None, one, one)],
            counties=[CountyRow("AL", "All counties", "10112", "00")],
            zip_codes=[
                ZipRow("35004", "AL", "10112", "00", "R", False),
                ZipRow("35006", "AL", "10112", "00", "", False),
            ],
            zip_quarter="20254",
            descriptors=[DescriptorRow("J1885", "Long wording of CMS")],
        ),
        confirmed=True,
    )


def test_figures_are_made_of_whole_releases(folder):
    complete_releases()
    files, doubts = export(folder, ["2025D", "2026C"])
    assert [path.name for path in files] == ["2025D.json", "2026C.json", "localities.json"]
    figures = read_figures("2026C", folder)
    assert [(row.hcpcs, row.modifier, row.descriptor) for row in figures.rates] == [
        ("38525", "", ""), ("69436", "", ""), ("69436", "53", ""), ("J1885", "", "Wording of CMS"),
    ]  # fmt: skip
    assert (figures.row_count, figures.code_count) == (5, 4)
    assert figures.named == ["69433"]
    assert figures.wordings[0].text == "Long wording of CMS"
    assert next(f for f in figures.codes if f.hcpcs == "69436").below == 1  # 69433
    assert read_figures("2025D", folder).wordings == []
    assert [run[:2] for run in read_localities(folder).zip_codes] == [("35004", "35006")]
    assert any(doubt.endswith("is not in 2026C.") for doubt in doubts)


def test_labels_close_to_a_descriptor_are_doubtful(folder):
    complete_releases()
    for part in ("label", "description"):
        change(folder / "ear.toml", f'{part} = "+[^"]*"+', f'{part} = "Wording of AMA"')
    _, doubts = export(folder, ["2025D", "2026C"])
    assert [doubt for doubt in doubts if "close" in doubt] == [
        "ear.toml, 69436: the label is close to the descriptor.",
        "ear.toml, 69436: the description is close to the descriptor.",
    ]


def test_an_exported_catalogue_is_what_it_was_made_of(folder):
    complete_releases()
    facts = ("code_id", "below", "neighbors", "change", "work_before", "statistics__codes")
    standings = Standing.objects.filter(
        code__in=little_catalogue.CODES, schedule__release="2026C"
    ).values_list(*facts)
    before = list(standings)
    export(folder, ["2025D", "2026C"])
    # The made-up releases lack the codes that the texts name.
    named = json.dumps(sorted(related_codes(read_texts(folder))))
    change(figures_path("2026C", folder), r'"named": \[.*\]', f'"named": {named}')
    FeeSchedule.objects.all().delete()
    load_catalogue(folder)
    assert list(standings.all()) == before


def test_figures_are_not_made_of_excerpts(loaded):
    with pytest.raises(Refused, match="2025D is not loaded whole"):
        export(loaded, ["2025D", "2026C"])


def test_figures_are_not_made_without_places(folder):
    load(whole())
    with pytest.raises(Refused, match="No localities are loaded with 2026C"):
        export(folder, ["2026C"])


def test_the_exporting_command_says_what_it_wrote(folder, monkeypatch):
    complete_releases()
    made = partial(export, folder, ["2025D", "2026C"])
    monkeypatch.setattr(export_catalogue_figures, "export", made)
    out = io.StringIO()
    call_command("export_catalogue_figures", stdout=out)
    *doubts, last = out.getvalue().splitlines()
    assert all(doubt.startswith("Doubtful: ") for doubt in doubts)
    assert last.startswith("3 files written, ")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Refused("2020A is not loaded whole."), "2020A is not loaded whole."),
        (CatalogueError(["ear.toml: it is no TOML."]), "Nothing was written."),
        (OperationalError("no such table"), "The database cannot be read: no such table."),
    ],
)
def test_the_exporting_command_says_what_is_missing(monkeypatch, error, sentence):
    def fail():
        raise error

    monkeypatch.setattr(export_catalogue_figures, "export", fail)
    err = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("export_catalogue_figures", stderr=err)
    assert str(raised.value) == sentence
    assert err.getvalue() == ("ear.toml: it is no TOML.\n" if "Nothing" in sentence else "")
