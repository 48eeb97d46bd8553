"""Counts of services: a file as CMS makes it, broken in every way, and the order it gives."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from codes import doubts
from codes.fee_schedule.records import FileError
from codes.models import Doubt, Utilization
from codes.utilization import order_in_words, read, replace, year_in
from tests.factories import CodeContentFactory, FeeScheduleFactory, StandingFactory

HEADINGS = (
    "Rndrng_Prvdr_Geo_Lvl,Rndrng_Prvdr_Geo_Cd,Rndrng_Prvdr_Geo_Desc,HCPCS_Cd,HCPCS_Desc,"
    "HCPCS_Drug_Ind,Place_Of_Srvc,Tot_Rndrng_Prvdrs,Tot_Benes,Tot_Srvcs"
)
OFFICE = 'National,,National,99213,"A visit, ""low""",N,O,9,9,1000.4'
FACILITY = "National,,National,99213,A visit,N,F,9,9,20.5"
OTHER = "National,,National,99214,A visit,N,O,9,9,1500"
STATE = "State,01,Alabama,99213,A visit,N,O,9,9,77"


def lines(*rows, headings=HEADINGS):
    return [f"{row}\n" for row in (headings, *rows)]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "MUP_PHY_R25_P05_V20_D23_Geo.csv"
    path.write_text("".join(lines(OFFICE, FACILITY, OTHER, STATE)), encoding="utf-8")
    return path


def test_both_settings_of_the_nation_are_added_up_and_states_left_out():
    assert read(lines(OFFICE, FACILITY, OTHER, STATE)) == {"99213": 1000 + 21, "99214": 1500}


def test_a_file_that_begins_with_a_byte_order_mark_is_read():
    assert read(lines(OTHER, headings=f"\ufeff{HEADINGS}")) == {"99214": 1500}


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "No row is of the level National"),
        ([STATE], "No row is of the level National"),
        ([OTHER, OTHER], "Line 3: 99214 has a second national row for O"),
        ([OTHER.replace("1500", "1,500")], "Line 2: it has 11 cells under 10 headings"),
        ([OTHER.replace("1500", "-1")], "Line 2, Tot_Srvcs: “-1” is no count"),
        ([OTHER.replace("1500", "1e9")], "Line 2, Tot_Srvcs: “1e9” is no count"),
        ([OTHER.replace("1500", "٣")], "Line 2, Tot_Srvcs: “٣” is no count"),
        ([OTHER.replace("99214", "9921")], "Line 2, HCPCS_Cd: “9921” is no code"),
        ([OTHER.replace(",O,", ",X,")], "Line 2, Place_Of_Srvc: “X” is neither F nor O"),
        ([OTHER.replace("A visit", '"A visit')], "Line 2: unexpected end of data"),
        ([OTHER.replace("A visit", "x" * 200_000)], "Line 2: field larger than field limit"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(rows, sentence):
    with pytest.raises(FileError) as refusal:
        read(lines(*rows))
    assert sentence in str(refusal.value)


@pytest.mark.parametrize("headings", ["", "a,b,c", HEADINGS.replace("Tot_Srvcs", "Services")])
def test_another_file_is_refused_by_its_headings(headings):
    with pytest.raises(FileError, match="there is no column"):
        read(lines(OTHER, headings=headings))


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("MUP_PHY_R25_P05_V20_D23_Geo.csv", 2023),
        ("MUP_PHY_DY22_Geo.csv", 2022),
        ("services.csv", None),
    ],
)
def test_the_year_is_that_of_the_name(name, year):
    assert year_in(name) == year


@pytest.mark.django_db
def test_an_import_takes_the_place_of_another_year(file):
    replace({"99215": 1}, 2022)
    StandingFactory(schedule=FeeScheduleFactory(is_active=True), code__hcpcs="99213")
    said = StringIO()
    call_command("import_utilization", file, stdout=said)
    assert said.getvalue().strip() == (
        "2,521 services of 2023 for 2 codes, 1 of which are in the release that is shown."
    )
    assert [str(one) for one in Utilization.objects.order_by("hcpcs")] == [
        "99213: 1,021 in 2023",
        "99214: 1,500 in 2023",
    ]


@pytest.mark.django_db
def test_a_refused_file_leaves_what_was_there(file):
    replace({"99215": 1}, 2022)
    file.write_bytes(file.read_bytes() + b"\xff")
    with pytest.raises(CommandError, match=r"_Geo\.csv: .* is not UTF-8 text\. Nothing was"):
        call_command("import_utilization", file)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_utilization", file.with_name("none_D23_.csv"))
    assert Utilization.objects.get().hcpcs == "99215"


@pytest.mark.django_db
@pytest.mark.parametrize("options", [{}, {"year": 1999}, {"year": 2999}])
def test_a_year_that_nobody_knows_is_asked_for(file, options):
    with pytest.raises(CommandError, match="--year 2023"):
        call_command("import_utilization", file.rename(file.with_name("geo.csv")), **options)


@pytest.mark.django_db
def test_the_queue_begins_with_the_most_billed_and_goes_on_with_the_best_paid():
    schedule = FeeScheduleFactory(is_active=True)
    for hcpcs, amount in (("99212", "50"), ("99213", "95"), ("99214", "136"), ("99215", "190")):
        StandingFactory(schedule=schedule, code__hcpcs=hcpcs, national_nonfac=amount)
        content = CodeContentFactory(code__hcpcs=hcpcs)
        Doubt.objects.create(content=content, schedule=schedule, reason="revalued")

    def order():
        return [doubt.content.code_id for doubt in doubts.weighed(doubts.waiting())]

    assert order() == ["99215", "99214", "99213", "99212"]
    assert order_in_words() == "the best paid first: no counts of services have been imported"
    replace({"99213": 1021, "99212": 1500}, 2023)
    assert order() == ["99212", "99213", "99215", "99214"]
    assert order_in_words() == "the most billed first, by Medicare’s services of 2023"
