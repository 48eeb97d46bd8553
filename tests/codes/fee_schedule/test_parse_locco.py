"""LOCCO: free text becomes counties, each with its state."""

import pytest

from codes.fee_schedule.parse import locco, tables
from codes.fee_schedule.records import CountyRow, FileError
from tests.codes.fee_schedule import federal

ROWS = [
    ("10112", "00", "ALABAMA", "STATEWIDE", "ALL COUNTIES"),
    ("01182", "18", "CALIFORNIA", "LOS ANGELES", "LOS ANGELES /ORAGNGE CNTY"),
    ("01112", "05", "", "SAN FRANCISCO", "SAN FRANCISCO/CONTRA COSTA"),
    ("01112", "75", "", "REST OF STATE*", "ALL OTHER COUNTIES"),
]


def parse(content: bytes) -> locco.CountyFile:
    return locco.parse_csv("L.csv", tables.decode("L.csv", content))


def refusal(content: bytes) -> str:
    with pytest.raises(FileError) as error:
        parse(content)
    return str(error.value)


def counties(text: str, *states: str) -> list[tuple[str, str]]:
    return list(locco.counties_of(text, states))


def test_states_are_carried_down_and_zeros_put_back_without_a_note():
    found = parse(federal.locco_csv(ROWS))
    assert found.rows == [
        CountyRow("AL", "All counties", "10112", "00"),
        CountyRow("CA", "Los Angeles", "01182", "18"),
        CountyRow("CA", "Oragnge", "01182", "18"),  # as CMS misspells it
        CountyRow("CA", "San Francisco", "01112", "05"),
        CountyRow("CA", "Contra Costa", "01112", "05"),
        CountyRow("CA", "All other counties", "01112", "75"),
    ]
    assert (found.year, found.notes) == (2026, [])


def test_a_converted_copy():
    content = (
        b"mac,locality_number,state,fee_schedule_area,counties,state_abb\r\n"
        b"12202,01,DISTRICT OF COLUMBIA,DC + MD/VA SUBURBS,DISTRICT OF COLUMBIA,\r\n"
        b"13292,04,NEW YORK,QUEENS,QUEENS,NY\r\n"
    )
    found = parse(content)
    assert found.rows == [
        CountyRow("DC", "District of Columbia", "12202", "01"),
        CountyRow("NY", "Queens", "13292", "04"),
    ]
    assert found.year is None


def test_separators():
    assert counties("BUTTS, CHEROKEE, LAKE AND WILL", "GA") == [
        ("GA", "Butts"),
        ("GA", "Cherokee"),
        ("GA", "Lake"),
        ("GA", "Will"),
    ]
    assert counties("PALM BEACH, AND ST. LUCIE", "FL") == [
        ("FL", "Palm Beach"),
        ("FL", "St. Lucie"),
    ]
    assert counties("ALAMEDA/SAN MATEO", "CA") == [("CA", "Alameda"), ("CA", "San Mateo")]
    assert counties("CUMBERLAND & YORK", "ME") == [("ME", "Cumberland"), ("ME", "York")]


def test_and_within_a_name_separates_nothing():
    assert counties("CLEVELAND, RANDOLPH", "AR") == [("AR", "Cleveland"), ("AR", "Randolph")]


def test_counties_of_several_states():
    assert counties(
        "DISTRICT OF COLUMBIA; FAIRFAX, FAIRFAX CITY IN VIRGINIA; "
        "MONTGOMERY AND PRINCE GEORGE'S IN MARYLAND",
        "DC",
    ) == [
        ("DC", "District of Columbia"),
        ("VA", "Fairfax"),
        ("VA", "Fairfax City"),
        ("MD", "Montgomery"),
        ("MD", "Prince George's"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ALL COUNTIES", "All counties"),
        ("ALL COUNTY EQUIVALENTS", "All counties"),
        ("ALL OTHER COUNTIES", "All other counties"),
        ("ALL OTHER COUNTIES EXCEPT MONTGOMERY", "All other counties"),
        ("ALL COUNTIES, EXCEPT ALEXANDRIA CITY AND FAIRFAX", "All other counties"),
    ],
)
def test_whole_states(text, name):
    assert counties(text, "VA") == [("VA", name)]


def test_small_letters_and_stars():
    rows = [("05302", "99", "Missouri", "Rest of state*", "Clay, St. Louis City*")]
    assert [row[:2] for row in parse(federal.locco_csv(rows)).rows] == [
        ("MO", "Clay"),
        ("MO", "St. Louis City"),
    ]


def test_two_states_in_one_locality():
    assert counties("ALL COUNTIES", "HI", "GU") == [("HI", "All counties"), ("GU", "All counties")]


def test_names_with_capitals_of_their_own():
    assert counties("DEKALB, DUPAGE", "GA") == [("GA", "DeKalb"), ("GA", "DuPage")]


def test_a_locality_that_comes_twice_is_taken_once_with_a_note():
    found = parse(federal.locco_csv([*ROWS, ROWS[-1]]))
    assert len(found.rows) == 6
    assert found.notes == [
        "L.csv: rows that repeat an earlier one word for word were taken once: "
        "1, the first on line 13."
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("Counties", "Places", 'no line has the heading "Counties"'),
        ("Fee Schedule Area ", "Area", "'AREA' is no known heading"),
        ("Fee Schedule Area ", "Counties", "'COUNTIES' is no known heading"),
        ("State ", "Fee Schedule Area ", "is no known heading"),
        ("ALABAMA ", "ALABAMIA ", "line 5, column STATE: 'ALABAMIA' is not the name of a state"),
        ("ALL COUNTIES ", " ", "line 5, column COUNTIES: the cell is empty"),
        ("ALL COUNTIES ", "=1+1", "column COUNTIES"),
        ("10112", "1E04", "column MAC"),
        ("10112", "101x", "column MAC"),
        (",18,", ",188,", "column LOCALITY NUMBER"),
        (",STATEWIDE ", "", "the row has 4 columns instead of 5"),
    ],
)
def test_what_is_amiss_is_refused(old, new, reason):
    content = federal.locco_csv(ROWS).decode()
    assert old in content
    assert reason in refusal(content.replace(old, new, 1).encode())


def test_a_column_that_is_missing():
    content = b"Locality Number,State,Counties\r\n01,ALABAMA,ALL COUNTIES\r\n"
    assert "no column has the heading MAC" in refusal(content)
