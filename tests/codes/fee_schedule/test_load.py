"""What a load stores, on rows made for it. How the files are read is tested elsewhere."""

import hashlib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, OperationalError

from codes import taxonomy
from codes.fee_schedule import load as loading
from codes.fee_schedule.database import Refused, Unconfirmed, bulk_insert, exclusively, in_words
from codes.fee_schedule.examine import digest_of, examine
from codes.fee_schedule.load import Outcome, load, sync_categories, zip_ranges
from codes.fee_schedule.records import (
    AnesthesiaRow,
    CountyRow,
    DescriptorRow,
    LocalityRow,
    Member,
    OppsCapRow,
    RateRow,
    ZipRow,
)
from codes.models import (
    Category,
    CategoryStatistics,
    Code,
    County,
    Descriptor,
    FeeSchedule,
    Locality,
    OppsCap,
    Rate,
    Standing,
    ZipRange,
)
from tests.factories import CodeContentFactory, package, rate_row

pytestmark = pytest.mark.django_db

ALABAMA = LocalityRow(
    "10112", "00", "AL", "ALABAMA", Decimal("1.000"), Decimal("0.988"), Decimal("0.875"),
    Decimal("0.566"),
)  # fmt: skip
ALASKA = LocalityRow(
    "02102", "01", "AK", "ALASKA*", Decimal("1.500"), None, Decimal("1.081"), Decimal("0.566")
)
BIRMINGHAM = ZipRow("35203", "AL", "10112", "00", "", False)
ANCHORAGE = ZipRow("99501", "AK", "02102", "01", "", False)


def codes(*numbers, **values):
    return [rate_row(number, **values) for number in numbers]


def tables():
    """Return how many rows each table of the import has."""
    models = (
        FeeSchedule, Category, Code, Rate, Standing, CategoryStatistics, Locality, County, OppsCap,
        ZipRange, Descriptor,
    )  # fmt: skip
    return {model.__name__: model.objects.count() for model in models}


# A release ----------------------------------------------------------------------------------


def test_every_column_of_every_row_is_kept():
    row = RateRow(
        hcpcs="27447", modifier="26", descriptor='Knee, "total"', status="R", not_used=True,
        work_rvu=Decimal("19.11"), pe_nonfac=Decimal("11.58"), nonfac_na=True,
        pe_fac=Decimal("11.57"), fac_na=True, mp_rvu=Decimal("4.02"),
        total_nonfac=Decimal("34.71"), total_fac=Decimal("34.70"), pctc="1", global_days="090",
        pre_pct=Decimal("0.10"), intra_pct=Decimal("0.69"), post_pct=Decimal("0.21"),
        mult_proc="2", bilat="1", asst="3", cosurg="4", team="5", pricing_ind="9",
        endo_base="45378", conv_factor=Decimal("33.4009"), supervision="6A", calc_flag="0",
        img_family="88", opps_pe_nonfac=Decimal("3.48"), opps_pe_fac=Decimal("3.47"),
        opps_mp=Decimal("0.07"),
    )  # fmt: skip
    load(package(rates=[row]))
    stored = Rate.objects.get()
    assert {name: getattr(stored, name) for name in RateRow._fields} == row._asdict()
    assert stored.descriptor_owner == "AMA"


def test_a_release_is_loaded_inactive_with_its_provenance():
    files = [Member("PPRRVU2026_Jul_nonQPP.csv", "PPRRVU", "b7d1", 3)]
    report = load(
        package(
            rates=codes("99213", "99214", "27447"),
            members=files,
            released_on=date(2026, 6, 30),
            notes=["A zero was restored."],
        )
    )
    schedule = FeeSchedule.objects.get()
    assert (schedule.release, schedule.is_active, schedule.is_complete) == ("2026C", False, True)
    assert (schedule.row_count, schedule.code_count) == (3, 3)
    assert schedule.released_on == date(2026, 6, 30)
    assert schedule.effective_on == date(2026, 7, 1)
    assert schedule.copyright_year == 2026
    assert schedule.conversion_factor == Decimal("33.4009")
    assert schedule.qp_conversion_factor == Decimal("33.5675")  # known, the file has none
    assert schedule.anesthesia_factor == Decimal("20.4976")
    assert schedule.qp_anesthesia_factor == Decimal("20.5998")
    assert schedule.sources == [
        {"name": "PPRRVU2026_Jul_nonQPP.csv", "kind": "PPRRVU", "sha256": "b7d1", "rows": 3}
    ]
    assert schedule.digest == hashlib.sha256(b"PPRRVU b7d1\n").hexdigest()
    assert schedule.notes == ["A zero was restored."]
    assert (report.outcome, report.is_active) == (Outcome.LOADED, False)
    assert report.stored == {"rows": 3, "codes": 3}


def test_it_can_be_activated_at_once():
    load(package("2026B", rates=codes("99213")), activate=True)
    assert load(package("2026C", rates=codes("99213")), activate=True).is_active
    assert FeeSchedule.objects.active().release == "2026C"
    assert load(package("2026C", rates=codes("99213")), activate=True).is_active  # once more


def test_steps_are_told():
    steps = []
    load(package(rates=codes("99213")), progress=steps.append)
    assert steps == ["Checking.", "Storing rates.", "Comparing codes.", "Storing localities."]


def test_what_the_file_lacks_is_taken_from_what_is_known():
    load(package(rates=codes("99213"), conversion_factor=None, copyright_year=None))
    schedule = FeeSchedule.objects.get()
    assert schedule.conversion_factor == Decimal("33.4009")
    assert schedule.copyright_year == 2026


@pytest.mark.parametrize(
    ("factor", "note"),
    [
        ({"conversion_factor": Decimal("33.4010")}, "The conversion factor of 2026C is 33.4010"),
        ({"qp_conversion_factor": Decimal("34")}, "The QP conversion factor of 2026C is 34"),
        ({"anesthesia_factor": Decimal("21")}, "The anesthesia factor of 2026C is 21"),
        ({"qp_anesthesia_factor": Decimal("21")}, "The QP anesthesia factor of 2026C is 21"),
    ],
)
def test_another_factor_than_the_known_one_asks_and_is_noted_and_kept(factor, note):
    odd = package(rates=codes("99213"), **factor)
    with pytest.raises(Unconfirmed) as question:
        load(odd)
    assert str(question.value).startswith(note)
    report = load(odd, confirmed=True)
    assert report.notes == [str(question.value)]
    schedule = FeeSchedule.objects.get()
    assert schedule.notes == report.notes
    [(name, value)] = factor.items()
    assert getattr(schedule, name) == value


def test_the_question_of_a_factor_names_both():
    with pytest.raises(Unconfirmed) as question:
        load(package("2024A", rates=codes("99213"), conversion_factor=Decimal("33.2875")))
    assert str(question.value) == (
        "The conversion factor of 2024A is 33.2875 in the file, but known as 32.7442."
    )


def test_an_odd_factor_of_a_file_alone_asks_too():
    load(package(rates=codes("99213"), localities=[ALABAMA]))
    factors = {"anesthesia": [AnesthesiaRow("10112", "00", Decimal("19.31"))]}
    with pytest.raises(Unconfirmed, match=r"^The anesthesia factor of 2026C is 21 in the file"):
        load(package(**factors, anesthesia_factor=Decimal("21")))
    assert FeeSchedule.objects.get().anesthesia_factor == Decimal("20.4976")


def test_a_factor_of_a_year_to_come_is_measured_with_the_release_before():
    load(package("2026D", rates=codes("99213")))
    # 33.4009 x 1.1 = 36.74099, x 0.9 = 30.06081
    for factor in ("36.7409", "30.0609"):
        usual = package("2027A", rates=codes("99213"), conversion_factor=Decimal(factor))
        assert examine(usual).question == ""
    odd = package("2027A", rates=codes("99213"), conversion_factor=Decimal("36.7410"))
    assert examine(odd).question == (
        "The conversion factor of 2027A is 36.7410 in the file, 10.0% more than 33.4009 of 2026D."
    )
    odd = package("2027A", rates=codes("99213"), conversion_factor=Decimal("16.7004"))
    assert "16.7004 in the file, 50.0% less than 33.4009 of 2026D." in examine(odd).question


# The same release again -------------------------------------------------------------------


def test_the_same_bytes_change_nothing():
    contents = {"rates": codes("99213"), "localities": [ALABAMA]}
    load(package(**contents))
    before, schedule = tables(), FeeSchedule.objects.get()
    report = load(package(**contents))
    assert (report.outcome, report.stored) == (Outcome.UNCHANGED, {})
    assert load(package(rates=codes("99213"))).outcome is Outcome.UNCHANGED  # a part of them
    assert tables() == before
    after = FeeSchedule.objects.get()
    assert (after.loaded_at, after.changed_at) == (schedule.loaded_at, schedule.changed_at)


def test_other_bytes_replace_a_release_after_a_confirmation():
    load(package(rates=codes("99213", "99214"), localities=[ALABAMA]), activate=True)
    old = FeeSchedule.objects.get()
    new = package(rates=codes("99213", work_rvu="1.40"), localities=[ALASKA])
    with pytest.raises(Unconfirmed) as question:
        load(new, force=True)
    assert str(question.value) == (
        "2026C is loaded already, with other content, which this would replace: "
        "1 codes against 2 (50.0% fewer), 3 of 6 RVUs changed (50.0%), and 0 rows added, 1 gone, "
        "1 changed (1 revalued). What differs: rates, localities. "
        "The file ends at 99213, where 2026C goes on to 99214 with 1 more code: it may have been "
        "cut off."
    )
    assert Rate.objects.count() == 2
    report = load(new, confirmed=True, force=True)
    schedule = FeeSchedule.objects.get()
    assert (report.outcome, report.is_active) == (Outcome.REPLACED, True)
    assert (schedule.pk, schedule.is_active) == (old.pk, True)
    assert schedule.digest != old.digest
    assert schedule.loaded_at > old.loaded_at
    assert [rate.work_rvu for rate in Rate.objects.all()] == [Decimal("1.40")]
    assert [locality.name for locality in Locality.objects.all()] == ["ALASKA*"]
    assert [code.hcpcs for code in Code.objects.all()] == ["99213"]
    assert Standing.objects.count() == 1


def saved_again(**contents):
    """Return a package of the same content from files of other bytes."""
    before = package(**contents)
    members = [replace(one, sha256=f"other {one.sha256}") for one in before.members]
    return replace(before, members=members)


FEW = {
    "rates": codes("99213", "99214"),
    "localities": [ALABAMA],
    "anesthesia": [AnesthesiaRow("10112", "00", Decimal("19.31"))],
    "counties": [CountyRow("AL", "ALL COUNTIES", "10112", "00")],
    "opps_caps": [OppsCapRow("70450", "TC", "A", "10112", "00", Decimal("1"), Decimal("2"))],
    "released_on": date(2026, 6, 30),
}


def test_other_bytes_of_the_same_content_change_nothing():
    load(package(**FEW))
    before, sources = tables(), FeeSchedule.objects.get().sources
    found = examine(saved_again(**FEW))
    assert (found.is_stored, found.question, found.comparison) == (True, "", None)
    assert load(saved_again(**FEW)).outcome is Outcome.UNCHANGED
    indices = {"localities": FEW["localities"]}
    assert load(saved_again(**indices)).outcome is Outcome.UNCHANGED  # a part of it
    assert tables() == before
    assert FeeSchedule.objects.get().sources == sources


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"rates": codes("99213", "99214", bilat="2")}, "rates"),
        ({"rates": codes("99213", "99214", descriptor="Another")}, "rates"),
        ({"localities": [ALABAMA._replace(mp_gpci=Decimal("0.567"))]}, "localities"),
        ({"anesthesia": [AnesthesiaRow("10112", "00", Decimal("19.32"))]}, "anesthesia factors"),
        ({"counties": [CountyRow("AL", "NO COUNTIES", "10112", "00")]}, "counties"),
        ({"opps_caps": [FEW["opps_caps"][0]._replace(modifier="")]}, "OPPS caps"),
        ({"released_on": date(2026, 7, 1)}, "the day of release"),
        ({"copyright_year": 2025}, "the year of the copyright"),
        ({"qp_conversion_factor": Decimal("33.5676")}, "the QP conversion factor"),
    ],
)
def test_the_question_names_what_differs(other, named):
    load(package(**FEW))
    question = examine(saved_again(**{**FEW, **other})).question
    assert f"What differs: {named}." in question


def test_files_of_a_new_kind_are_no_repetition():
    load(package(rates=FEW["rates"]))
    found = examine(package(rates=FEW["rates"], counties=FEW["counties"]))
    assert not found.is_stored
    assert "counties, files of a kind that was not there (LOCCO)" in found.question


def test_the_question_of_a_changed_file_hides_no_status_indicator_or_factor():
    load(package(rates=codes("99213", "99214", "99215", "99291")))
    rates = [
        *codes("99213", status="N"),
        *codes("99214", bilat="2"),
        *codes("99215", global_days="000"),
        *codes("99291"),
    ]
    found = examine(package(rates=rates, conversion_factor=Decimal("34.0000")))
    assert found.question == (
        "The conversion factor of 2026C is 34.0000 in the file, but known as 33.4009. "
        "2026C is loaded already, with other content, which this would replace: 4 codes against "
        "4 (0.0% fewer), 0 of 24 RVUs changed (0.0%), and 0 rows added, 0 gone, 3 changed "
        "(1 status, 1 global period, 1 indicator). What differs: rates, the conversion factor. "
        "The conversion factor would be 34.0000 instead of 33.4009."
    )


def test_what_the_new_files_do_not_bring_is_kept():
    load(package(rates=codes("99213"), localities=[ALABAMA]))
    report = load(package(rates=codes("99214")), confirmed=True)
    assert report.notes == ["Kept from the import before: GPCI.csv."]
    schedule = FeeSchedule.objects.get()
    assert [source["kind"] for source in schedule.sources] == ["GPCI", "PPRRVU"]
    assert schedule.localities.count() == 1


def test_an_excerpt_is_replaced_by_the_whole_without_asking():
    load(package(rates=codes("99213", "27447")), complete=False)
    assert not FeeSchedule.objects.get().is_complete
    report = load(package(rates=codes("99214")))
    assert report.outcome is Outcome.REPLACED
    assert FeeSchedule.objects.get().is_complete


def test_an_excerpt_of_the_same_bytes_is_replaced_too():
    load(package(rates=codes("99213")), complete=False)
    assert load(package(rates=codes("99213"))).outcome is Outcome.REPLACED


def test_an_excerpt_never_replaces_the_whole():
    load(package(rates=codes("99213")))
    assert load(package(rates=codes("99214")), complete=False).outcome is Outcome.UNCHANGED
    assert [code.hcpcs for code in Code.objects.all()] == ["99213"]


def test_an_excerpt_is_replaced_by_another_without_asking():
    load(package(rates=codes("99213")), complete=False)
    assert load(package(rates=codes("99214")), complete=False).outcome is Outcome.REPLACED


def test_the_same_bytes_under_another_name_are_refused():
    files = [Member("PPRRVU.csv", "PPRRVU", "b7d1", 1)]
    load(package("2026B", rates=codes("99213"), members=files))
    with pytest.raises(Refused, match=r"^PPRRVU.csv is loaded already, as 2026B.$"):
        load(package("2026C", rates=codes("99213"), members=files))


def test_texts_that_editors_wrote_keep_their_code():
    load(package(rates=codes("99213", "99214", "99215")))
    CodeContentFactory(code__hcpcs="99214")
    load(package(rates=codes("99213")), confirmed=True)
    assert [code.hcpcs for code in Code.objects.all()] == ["99213", "99214"]


# Doubts -----------------------------------------------------------------------------------


def test_more_than_five_percent_fewer_codes_ask():
    numbers = [str(number) for number in range(20100, 20200)]
    load(package("2026B", rates=codes(*numbers)))
    load(package("2026C", rates=codes(*numbers[5:])))
    with pytest.raises(Unconfirmed) as question:
        load(package("2026D", rates=codes(*numbers[10:])))
    assert str(question.value) == (
        "2026D differs a lot from 2026C: 90 codes against 95 (5.3% fewer), "
        "0 of 540 RVUs changed (0.0%), and 0 rows added, 5 gone, 0 changed."
    )
    assert load(package("2026D", rates=codes(*numbers[10:])), confirmed=True).compared_with


# Both orders in which CMS has sorted its files: each cut before its last two codes.
DIGITS_FIRST = ("0001F", "00100", "99213", "A0021", "G0411", "V5363", "V5364")
LETTERS_FIRST = ("A0021", "V5364", "0012F", "00120", "99213", "99606", "99607")


@pytest.mark.parametrize("order", [DIGITS_FIRST, LETTERS_FIRST])
def test_a_file_that_ends_earlier_than_the_release_before_asks(order):
    many = [str(number) for number in range(20100, 20200)]
    at = order.index("99213")
    whole = [*order[:at], *many, *order[at:]]
    load(package("2025A", rates=codes(*whole)))
    assert examine(package("2025B", rates=codes(*whole))).question == ""
    assert examine(package("2025B", rates=codes(*whole[:50], *whole[52:]))).question == ""
    assert examine(package("2025B", rates=codes(*whole[:-2]))).question == (
        f"The file ends at {order[-3]}, where 2025A goes on to {order[-1]} with 2 more codes: "
        "it may have been cut off."
    )


def test_a_file_in_no_order_has_no_end():
    load(package("2025A", rates=codes("99213", "99214", *map(str, range(20100, 20150)))))
    assert (
        examine(package("2025B", rates=codes("99213", *map(str, range(20100, 20150))))).question
        == ""
    )


def test_a_whole_file_that_is_compared_with_nothing_ends_as_all_do():
    many = [str(number) for number in range(20100, 21101)]
    assert examine(package(rates=codes(*many, "V5364"))).question == ""
    assert examine(package(rates=codes(*many, "99607"))).question == ""
    assert examine(package(rates=codes(*many))).question == (
        "The file ends at 21100, where every release since 2020 ends at V5364 or 99607: it may "
        "have been cut off after 1,001 codes."
    )


def test_more_than_twenty_percent_changed_values_ask():
    load(package("2026B", rates=codes("99213", "99214", "99215", "27447", "70450")))
    four = codes("99213", "99214", "99215", "27447")
    # Practice expense and its total: 2 of 30. All six values of two rows: 12 of 30.
    load(package("2026C", rates=[*four, rate_row("70450", pe_fac="0.34")]))
    with pytest.raises(Unconfirmed, match=r"12 of 30 RVUs changed \(40.0%\)"):
        load(
            package(
                "2026D",
                rates=[
                    *four[:3],
                    *codes("27447", work_rvu="2", pe_fac="2", pe_nonfac="2", mp_rvu="2"),
                    *codes("70450", work_rvu="2", pe_fac="2", pe_nonfac="2", mp_rvu="2"),
                ],
            )
        )


def test_no_excerpt_is_measured_or_measured_with():
    load(package("2026A", rates=codes("99213", "99214")), complete=False)
    load(package("2026B", rates=codes("99213")))
    load(package("2026C", rates=codes("27447")), complete=False)
    assert Standing.objects.get(schedule__release="2026B").change == ""


# Refusals ---------------------------------------------------------------------------------


def refusal(*args, **options):
    before = tables()
    with pytest.raises(Refused) as error:
        load(*args, **options)
    assert tables() == before
    return str(error.value)


def test_nothing_is_refused():
    assert refusal(package()) == "There is nothing to import."


def test_files_of_a_release_need_its_name():
    assert refusal(package("", localities=[ALABAMA])) == (
        "GPCI.csv belongs to a release: say which with --release."
    )
    assert refusal(package("2026E", localities=[ALABAMA])).startswith("'2026E' is no release")


def test_files_beside_a_release_need_it_loaded():
    assert refusal(package("2026C", localities=[ALABAMA])) == (
        "GPCI.csv cannot be added to 2026C, which is not loaded: import the PPRRVU file of that "
        "release first."
    )


def test_a_year_to_come_needs_its_factor_in_the_file():
    rates = codes("99213")
    assert refusal(package("2027A", rates=rates, conversion_factor=None)) == (
        "PPRRVU.csv names no conversion factor."
    )
    assert load(package("2027A", rates=rates)).outcome is Outcome.LOADED
    assert FeeSchedule.objects.get().qp_conversion_factor is None


def test_anesthesia_factors_need_localities():
    load(package(rates=codes("99213")))
    assert "import both" in refusal(
        package(anesthesia=[AnesthesiaRow("10112", "00", Decimal("19.31"))])
    )


def test_codes_without_a_category_are_named():
    rates = codes("99213", *(f"W000{n}" for n in range(7)))
    assert refusal(package(rates=rates)) == (
        "No category has a place for W0000, W0001, W0002, W0003, W0004 and 2 more: "
        "codes/taxonomy.py needs a range for it before this release can be loaded."
    )


def test_zip_codes_need_their_quarter():
    assert refusal(package("", zip_codes=[BIRMINGHAM])) == (
        "The file of ZIP codes names no quarter."
    )


def test_what_breaks_a_rule_of_the_database_is_refused():
    rates = [rate_row("99213"), rate_row("99213", work_rvu="2.00")]
    assert refusal(package(rates=rates)).startswith("The change would break a rule")


# Localities -------------------------------------------------------------------------------


def test_localities_with_their_anesthesia_factors():
    report = load(
        package(
            rates=codes("99213"),
            localities=[ALABAMA, ALASKA, ALABAMA],
            anesthesia=[
                AnesthesiaRow("02102", "01", Decimal("28.38")),
                AnesthesiaRow("10112", "00", Decimal("19.31")),
            ],
        )
    )
    assert report.stored["localities"] == 2
    assert report.notes == []
    alaska, alabama = Locality.objects.order_by("state")
    assert (alaska.work_gpci, alaska.work_gpci_unfloored) == (Decimal("1.500"), None)
    assert alaska.anesthesia_factor == Decimal("28.38")
    assert alabama.work_gpci_unfloored == Decimal("0.988")
    assert alabama.anesthesia_factor == Decimal("19.31")


def test_anesthesia_factors_come_to_stored_localities_and_stay_with_new_ones():
    load(package(rates=codes("99213"), localities=[ALABAMA]))
    digest = FeeSchedule.objects.get().digest
    factor = [AnesthesiaRow("10112", "00", Decimal("19.31"))]
    report = load(package(anesthesia=factor, anesthesia_factor=Decimal("20.4976")))
    assert report.outcome is Outcome.ATTACHED
    assert Locality.objects.get().anesthesia_factor == Decimal("19.31")
    assert Locality.objects.get().work_gpci == Decimal("1.000")
    assert FeeSchedule.objects.get().digest != digest
    assert load(package(anesthesia=factor)).outcome is Outcome.UNCHANGED
    load(package(localities=[ALABAMA._replace(pe_gpci=Decimal("0.900"))]))
    alabama = Locality.objects.get()
    assert (alabama.pe_gpci, alabama.anesthesia_factor) == (Decimal("0.900"), Decimal("19.31"))


def test_localities_without_a_factor_are_noted():
    report = load(
        package(
            rates=codes("99213"),
            localities=[ALABAMA, ALASKA],
            anesthesia=[AnesthesiaRow("10112", "00", Decimal("19.31"))],
        )
    )
    assert report.notes == [
        "There are anesthesia factors for 1 localities, but indices for 2: "
        "not every locality has both."
    ]


INVENTED = [ALABAMA, ALASKA._replace(number="99")]


def test_localities_are_measured_with_the_zip_codes_beside_them():
    contents = {
        "rates": codes("99213"),
        "localities": INVENTED,
        "zip_codes": [BIRMINGHAM, ANCHORAGE],
        "zip_quarter": "20263",
    }
    assert refusal(package(**contents)) == (
        "GPCI.csv has 2 localities, the file of ZIP codes 2: it lacks 02102-01, and only it has "
        "02102-99. If you are sure of it, import it with --force."
    )
    report = load(package(**contents), force=True)
    assert report.notes == [
        "GPCI.csv has 2 localities, the file of ZIP codes 2: it lacks 02102-01, and only it has "
        "02102-99."
    ]
    assert Locality.objects.count() == 2


def test_localities_are_measured_with_the_newest_stored_zip_codes():
    load(package("", zip_codes=[BIRMINGHAM], zip_quarter="20251"))
    load(package("", zip_codes=[BIRMINGHAM, ANCHORAGE], zip_quarter="20254"))
    contents = {"rates": codes("99213"), "localities": [ALABAMA]}
    assert "1 localities, the file of ZIP codes of 20254 2: it lacks 02102-01." in refusal(
        package("2026C", **contents)
    )
    assert load(package("2023A", **contents)).outcome is Outcome.LOADED  # other localities then
    assert load(package("2027B", **contents), confirmed=True).outcome is Outcome.LOADED


def test_localities_are_measured_with_those_of_the_nearest_release():
    load(package("2024AR", rates=codes("99213"), localities=[ALABAMA]))
    load(package("2025D", rates=codes("99214"), localities=[ALABAMA, ALASKA]), force=True)
    found = refusal(package("2026C", rates=codes("99215"), localities=INVENTED), confirmed=True)
    assert found.startswith("GPCI.csv has 2 localities, 2025D 2: it lacks 02102-01, and only it")
    rates = codes("27447")
    assert load(package("2023D", rates=rates, localities=INVENTED), confirmed=True).stored
    found = refusal(package("2024B", rates=rates, localities=INVENTED), confirmed=True)
    assert found.startswith("GPCI.csv has 2 localities, 2024AR 1: only it has 02102-99.")


def test_localities_are_measured_with_those_that_they_replace():
    load(package(rates=codes("99213"), localities=[ALABAMA, ALASKA]))
    assert "2026C 2" in refusal(package(localities=INVENTED))


# Counties, caps, descriptors --------------------------------------------------------------


def test_counties_and_caps():
    cap = OppsCapRow("70450", "TC", "A", "10112", "00", Decimal("66.20"), Decimal("66.21"))
    county = CountyRow("AL", "All counties", "10112", "00")
    contents = {"counties": [county, county], "opps_caps": [cap, cap]}
    report = load(package(rates=codes("99213"), **contents))
    assert report.stored == {"rows": 1, "codes": 1, "counties": 1, "OPPS caps": 1}
    stored = OppsCap.objects.get()
    assert (stored.code_id, stored.modifier, stored.status) == ("70450", "TC", "A")
    assert (stored.facility, stored.nonfacility) == (Decimal("66.20"), Decimal("66.21"))
    assert str(County.objects.get()) == "All counties, AL"


def test_counties_and_caps_are_attached_to_a_release():
    load(package(rates=codes("99213")))
    load(package(counties=[CountyRow("AL", "All counties", "10112", "00")]))
    report = load(package(counties=[CountyRow("AK", "All counties", "02102", "01")]))
    assert (report.outcome, report.stored) == (Outcome.ATTACHED, {"counties": 1})
    assert [county.state for county in County.objects.all()] == ["AK"]
    assert FeeSchedule.objects.get().row_count == 1


def test_descriptors_of_known_codes_with_their_owners():
    load(package(rates=codes("G0411", "D0120", "99213")))
    texts = [
        DescriptorRow("G0411", "Group session"),
        DescriptorRow("D0120", "Dental visit"),
        DescriptorRow("A0021", "Of no loaded release"),
        DescriptorRow("AS", "A modifier"),
    ]
    report = load(package("", descriptors=texts))
    assert (report.outcome, report.stored) == (Outcome.ATTACHED, {"descriptors": 2})
    assert report.notes == [
        "1 of 3 descriptors are of codes that no loaded release has, and were left out."
    ]
    owners = dict(Descriptor.objects.values_list("code_id", "owner"))
    assert owners == {"G0411": "CMS", "D0120": "ADA"}
    assert Descriptor.objects.first().source == "HCPCS.csv"
    assert load(package("", descriptors=texts)).outcome is Outcome.UNCHANGED
    newer = load(package("", descriptors=[DescriptorRow("G0411", "Another text")]))
    assert newer.stored == {"descriptors": 1}
    assert Descriptor.objects.get(code="G0411").text == "Another text"
    assert Descriptor.objects.count() == 2


def test_descriptors_beside_a_release():
    report = load(package(rates=codes("G0411"), descriptors=[DescriptorRow("G0411", "A text")]))
    assert report.outcome is Outcome.LOADED
    assert report.stored == {"rows": 1, "codes": 1, "descriptors": 1}


# ZIP codes --------------------------------------------------------------------------------


def test_ranges_end_at_every_gap_and_every_difference():
    def row(number, mac="10112", plus_four=False):
        return ZipRow(number, "AL", mac, "00", "R", plus_four)

    rows = [
        row("35005"), row("35004"), row("35006"), row("35006"),  # one run, one number twice
        row("35008"),  # a gap
        row("35009", plus_four=True), row("35010", mac="10212"),
    ]  # fmt: skip
    assert zip_ranges(rows) == [
        ("35004", "35006", "AL", "10112", "00", "R", False),
        ("35008", "35008", "AL", "10112", "00", "R", False),
        ("35009", "35009", "AL", "10112", "00", "R", True),
        ("35010", "35010", "AL", "10212", "00", "R", False),
    ]
    assert zip_ranges([row("00601")])[0][:2] == ("00601", "00601")


def test_zip_codes_alone_need_no_release():
    report = load(package("", zip_codes=[BIRMINGHAM], zip_quarter="20254"))
    assert (report.outcome, report.stored) == (Outcome.ATTACHED, {"ZIP code ranges": 1})
    again = load(package("", zip_codes=[BIRMINGHAM], zip_quarter="20254"))
    assert again.outcome is Outcome.UNCHANGED
    load(package("", zip_codes=[ANCHORAGE], zip_quarter="20254"))
    assert [zips.state for zips in ZipRange.objects.all()] == ["AK"]


def test_each_release_has_the_nearest_quarter_of_zip_codes():
    for release, number in (("2022A", "99212"), ("2025D", "99213"), ("2026C", "99214")):
        load(package(release, rates=codes(number)), confirmed=True)

    def quarters():
        return dict(FeeSchedule.objects.values_list("release", "zip_quarter"))

    load(package("", zip_codes=[BIRMINGHAM], zip_quarter="20254"))
    assert quarters() == {"2022A": "", "2025D": "20254", "2026C": "20254"}
    load(package("", zip_codes=[BIRMINGHAM], zip_quarter="20264"))
    assert quarters() == {"2022A": "", "2025D": "20254", "2026C": "20264"}
    load(package("", zip_codes=[BIRMINGHAM], zip_quarter="20262"))
    assert quarters()["2026C"] == "20264"  # as near, but newer
    load(package("2027D", rates=codes("99215")), confirmed=True)
    assert quarters()["2027D"] == "20264"
    load(package("2028A", rates=codes("99217")), confirmed=True)
    assert quarters()["2028A"] == ""


def test_the_file_of_zip_codes_is_a_source_of_the_releases_that_use_it():
    def kinds(release):
        return [source["kind"] for source in FeeSchedule.objects.get(release=release).sources]

    load(package("2026C", rates=codes("99213")))
    digest = FeeSchedule.objects.get().digest
    load(package("", zip_codes=[BIRMINGHAM], zip_quarter="20263"))
    load(package("2026D", rates=codes("99214")), confirmed=True)
    assert kinds("2026C") == ["PPRRVU", "ZIP5"]
    assert kinds("2026D") == ["PPRRVU", "ZIP5"]
    assert FeeSchedule.objects.get(release="2026C").digest == digest
    assert load(package("2026C", rates=codes("99213"))).outcome is Outcome.UNCHANGED


def test_what_comes_beside_the_active_release_marks_its_change():
    load(package(rates=codes("G0411")), activate=True)
    before = FeeSchedule.objects.get().changed_at
    load(package("", descriptors=[DescriptorRow("G0411", "A text")]))
    after = FeeSchedule.objects.get().changed_at
    assert after > before
    load(package("", descriptors=[DescriptorRow("G0411", "A text")]))
    assert FeeSchedule.objects.get().changed_at == after


# Categories -------------------------------------------------------------------------------


def test_categories_are_those_of_the_taxonomy():
    keys = sync_categories()
    assert set(keys) == {*taxonomy.LEAF_SLUGS, *(group.slug for group in taxonomy.GROUPS)}
    visits = Category.objects.get(slug="office-visits")
    assert (visits.name, visits.parent.slug) == ("Office visits", "evaluation-management")
    leaves = visits.parent.leaves.values_list("slug", flat=True)
    assert list(leaves) == [
        slug for slug in taxonomy.LEAF_SLUGS if slug in set(leaves)
    ]  # in the order of the ranges


def test_a_renamed_category_keeps_its_row():
    keys = sync_categories()
    Category.objects.filter(slug="office-visits").update(name="Old name", position=999)
    assert sync_categories() == keys
    assert Category.objects.get(slug="office-visits").name == "Office visits"


def test_a_code_whose_range_moved_moves_in_every_release():
    load(package("2026B", rates=codes("99213", "99214")))
    elsewhere = Category.objects.get(slug="eye")
    Code.objects.filter(pk="99213").update(category=elsewhere)
    Standing.objects.filter(code="99213").update(category=elsewhere)
    load(package("2026C", rates=codes("99213", "99215")))
    assert Code.objects.get(pk="99213").category.slug == "office-visits"
    standings = Standing.objects.filter(category__slug="office-visits")
    assert standings.filter(code="99213").count() == 2


# Standings --------------------------------------------------------------------------------


def standing(hcpcs, release="2026C"):
    return Standing.objects.get(code=hcpcs, schedule__release=release)


def test_a_code_stands_where_its_work_stands():
    office = [
        ("99202", "0.93"), ("99203", "1.60"), ("99204", "2.60"), ("99205", "3.50"),
        ("99211", "0.18"), ("99212", "0.70"), ("99213", "1.30"), ("99214", "1.92"),
        ("99215", "2.80"),
    ]  # fmt: skip
    rates = [rate_row(hcpcs, work_rvu=work) for hcpcs, work in office]
    load(package(rates=[*rates, rate_row("27447", work_rvu="19.11", nonfac_na=True)]))
    visit = standing("99213")
    assert visit.below == 3
    assert visit.neighbors == [
        ["99211", "0.18"], ["99212", "0.70"], ["99202", "0.93"],
        ["99203", "1.60"], ["99214", "1.92"], ["99204", "2.60"], ["99215", "2.80"],
    ]  # fmt: skip
    assert (visit.total_nonfac, visit.total_fac) == (Decimal("2.85"), Decimal("1.72"))
    assert (visit.national_nonfac, visit.national_fac) == (Decimal("95.19"), Decimal("57.45"))
    assert (visit.is_payable, visit.has_values, visit.modifiers) == (True, True, "")
    assert visit.statistics.category == visit.category == visit.code.category
    knee = standing("27447")
    assert (knee.total_nonfac, knee.national_nonfac) == (None, None)
    assert knee.national_fac is not None
    numbers = visit.statistics
    assert (numbers.codes, numbers.payable, numbers.with_work) == (9, 9, 9)
    assert numbers.statuses == {"A": 9}
    assert [
        str(value)
        for value in (
            numbers.minimum,
            numbers.quartile_1,
            numbers.median,
            numbers.quartile_3,
            numbers.maximum,
        )
    ] == ["0.18", "0.82", "1.60", "2.70", "3.50"]
    assert numbers.histogram == {"width": "0.5", "counts": [1, 2, 1, 2, 0, 2, 0, 1]}


def test_chapters_count_what_their_leaves_count():
    load(package(rates=codes("99213", "99221", "99284", "70450")))
    counts = dict(CategoryStatistics.objects.values_list("category__slug", "codes"))
    assert (counts["evaluation-management"], counts["office-visits"]) == (3, 1)
    assert counts["radiology"] == 1
    assert counts["eye"] == 0
    assert len(counts) == Category.objects.count()


@pytest.mark.parametrize(
    "values", [{"status": "I"}, {"status": "A", "not_used": True}, {"status": "C"}]
)
def test_what_medicare_does_not_pay_by_rvus_has_no_price_and_no_place(values):
    load(package(rates=[rate_row("99213", **values), rate_row("99214")]))
    visit = standing("99213")
    assert not visit.is_payable
    assert visit.has_values
    assert (visit.below, visit.neighbors) == (None, [])
    assert visit.total_nonfac is visit.total_fac is None
    assert visit.national_nonfac is visit.national_fac is None
    assert standing("99214").below == 0


def test_restricted_codes_without_rvus_have_no_price():
    none = {"work_rvu": "0", "pe_nonfac": "0", "pe_fac": "0", "mp_rvu": "0"}
    load(package(rates=[rate_row("D0120", status="R", **none)]))
    dental = standing("D0120")
    assert (dental.is_payable, dental.has_values) == (True, False)
    assert (dental.total_nonfac, dental.national_nonfac, dental.below) == (None, None, None)


def test_the_row_without_modifier_speaks_or_else_the_only_one():
    load(
        package(
            rates=[
                rate_row("70450", "TC", work_rvu="0"),
                rate_row("70450", "26", work_rvu="0.83"),
                rate_row("70450", work_rvu="0.85"),
                rate_row("86153", "26", work_rvu="0.67"),
            ]
        )
    )
    assert (standing("70450").work_rvu, standing("70450").modifiers) == (Decimal("0.85"), "26,TC")
    assert (standing("86153").work_rvu, standing("86153").modifiers) == (Decimal("0.67"), "26")


def test_changes_against_the_release_before():
    old = [
        rate_row("99213"), rate_row("99214", work_rvu="1.00"), rate_row("99215"),
        rate_row("99202", bilat="0"), rate_row("99203", status="I"),
    ]  # fmt: skip
    new = [
        rate_row("99213"), rate_row("99214", work_rvu="0.98", bilat="1"),
        rate_row("99215", pe_fac="1.00"), rate_row("99202", bilat="1"),
        rate_row("99203", status="A", work_rvu="2.00"), rate_row("99204"),
    ]  # fmt: skip
    load(package("2025D", rates=old))
    report = load(package("2026C", rates=new), confirmed=True)
    assert report.compared_with == "2025D"
    changes = dict(
        Standing.objects.filter(schedule__release="2026C").values_list("code_id", "change")
    )
    assert changes == {
        "99213": "", "99214": "work", "99215": "values", "99202": "indicators",
        "99203": "status", "99204": "new",
    }  # fmt: skip
    assert standing("99214").work_before == Decimal("1.00")
    assert standing("99204").work_before is None
    assert standing("99214", "2025D").change == ""
    assert standing("99214", "2025D").work_before is None


def test_an_older_release_that_comes_later_refreshes_its_successor():
    load(package("2026C", rates=codes("99213", work_rvu="1.30")))
    load(package("2025A", rates=codes("99213", work_rvu="0.97")))
    assert standing("99213").work_before == Decimal("0.97")
    load(package("2025D", rates=codes("99213", work_rvu="1.00")), confirmed=True)
    assert standing("99213").work_before == Decimal("1.00")
    assert standing("99213", "2025D").work_before == Decimal("0.97")
    # An excerpt in between is compared with, by nobody.
    load(package("2026A", rates=codes("99213", work_rvu="9.00")), complete=False)
    assert standing("99213").work_before == Decimal("1.00")
    load(package("2025D", rates=codes("99213", work_rvu="1.01")), confirmed=True)
    assert standing("99213").work_before == Decimal("1.01")
    assert standing("99213", "2026A").work_before == Decimal("1.01")


def test_refreshing_leaves_what_is_right_already():
    same = rate_row("99214", work_rvu="1.92")
    load(package("2026C", rates=[same, *codes("99213", work_rvu="1.30")]))
    load(package("2025A", rates=[same, *codes("99213", work_rvu="0.97")]), confirmed=True)
    load(package("2025D", rates=[same, *codes("99213", work_rvu="1.30")]), confirmed=True)
    assert (standing("99213").change, standing("99213").work_before) == ("", Decimal("1.30"))
    assert (standing("99214").change, standing("99214").work_before) == ("", Decimal("1.92"))


def test_an_excerpt_leaves_what_is_said_of_later_releases():
    load(package("2026C", rates=codes("99213")), complete=False)
    Standing.objects.update(change="work", work_before=Decimal("0.97"))  # the catalogue knows
    load(package("2025D", rates=codes("99213")), complete=False)
    assert standing("99213").change == "work"


def test_a_replaced_release_is_compared_with_the_one_before_not_with_itself():
    load(package("2025D", rates=codes("99213", work_rvu="0.97")))
    load(package("2026C", rates=codes("99213", work_rvu="1.30")), confirmed=True)
    report = load(package("2026C", rates=codes("99213", work_rvu="1.31")), confirmed=True)
    assert report.compared_with == "2025D"
    assert standing("99213").work_before == Decimal("0.97")


# The transaction --------------------------------------------------------------------------


def test_a_failure_half_way_leaves_nothing(monkeypatch):
    def fail(*args):
        raise RuntimeError("half way")

    load(package(rates=codes("99213", "99214"), localities=[ALABAMA]))
    before, digest = tables(), FeeSchedule.objects.get().digest
    monkeypatch.setattr(loading, "_store_localities", fail)
    with pytest.raises(RuntimeError):
        load(package(rates=codes("27447"), localities=[ALABAMA]), confirmed=True)
    with pytest.raises(RuntimeError):
        load(package("2026D", rates=codes("27447")), confirmed=True)
    assert tables() == before
    assert FeeSchedule.objects.get().digest == digest
    assert {rate.code_id for rate in Rate.objects.all()} == {"99213", "99214"}


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OperationalError("database is locked"), "The database is busy with another change."),
        (OperationalError("canceling statement due to lock timeout"), "The database is busy"),
        (OperationalError("database or disk is full"), "The database's disk is full."),
        (
            OperationalError('could not extend file "base/1": No space left on device\nHINT: …'),
            "The database's disk is full.",
        ),
        (
            OperationalError("connection refused.\nIs it running?"),
            "The database cannot be written to (connection refused). Nothing was stored.",
        ),
        (OperationalError(), "The database cannot be written to (OperationalError)."),
        (IntegrityError("UNIQUE"), "The change would break a rule of the database (UNIQUE)."),
    ],
)
def test_what_the_database_cannot_do_is_said_in_words(error, sentence):
    assert in_words(error).startswith(sentence)
    with pytest.raises(Refused) as refused, exclusively():
        raise error
    assert str(refused.value) == in_words(error)


def test_bulk_insert_counts_and_takes_nothing():
    assert bulk_insert(Category, ("slug", "name", "position"), []) == 0
    assert bulk_insert(Category, ("slug", "name", "position"), [("a", "A", 1), ("b", "B", 2)]) == 2


def test_bulk_insert_refuses_what_a_column_cannot_hold_exactly():
    with pytest.raises(Exception, match="more than 2 decimals"):
        load(package(rates=codes("99213", work_rvu="1.305")))
    assert not Rate.objects.exists()


def test_an_examination_changes_nothing():
    load(package("2026B", rates=codes("99213")))
    before = tables()
    rates = codes("99214", "99213", work_rvu="2.00")
    found = examine(package("2026C", rates=rates, localities=[ALABAMA]))
    assert found.problems == []
    assert found.comparison.added_codes == ["99214"]
    assert found.question.startswith("2026C differs a lot from 2026B")
    assert tables() == before


def test_the_digest_knows_no_order_and_no_file_of_another_subject():
    rates = {"kind": "PPRRVU", "sha256": "1"}
    indices = {"kind": "GPCI", "sha256": "2"}
    zips = {"kind": "ZIP5", "sha256": "3"}
    assert digest_of([rates, indices]) == digest_of([indices, zips, rates])
    assert digest_of([rates]) != digest_of([rates, indices])
    assert digest_of([rates]) != digest_of([{"kind": "GPCI", "sha256": "1"}])
