import csv

import pytest

from codes.localities import STATES, locality_title, state_name
from tests.codes.rates import shared


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("MANHATTAN", "Manhattan"),
        ("REST OF CALIFORNIA", "Rest of California"),
        ("ALASKA*", "Alaska"),
        ("MONTANA** ", "Montana"),
        ("HAWAII, GUAM", "Hawaii, Guam"),
        ("DC + MD/VA SUBURBS", "DC + MD/VA Suburbs"),
        ("NYC SUBURBS/LONG ISLAND", "NYC Suburbs/Long Island"),
        ("POUGHKPSIE/N NYC SUBURBS", "Poughkpsie/N NYC Suburbs"),
        ("NORTHERN NJ", "Northern NJ"),
        ("METROPOLITAN ST. LOUIS", "Metropolitan St. Louis"),
        ("SEATTLE (KING CNTY)", "Seattle (King Cnty)"),
        (
            "LOS ANGELES-LONG BEACH-ANAHEIM (LOS ANGELES/ORANGE CNTY)",
            "Los Angeles-Long Beach-Anaheim (Los Angeles/Orange Cnty)",
        ),
        ("Already Written", "Already Written"),
        ("", ""),
    ],
)
def test_names_are_written_as_people_write_them(name, title):
    assert locality_title(name) == title


def test_a_state_is_named_and_an_unknown_one_stays():
    assert state_name("NY") == "New York"
    assert state_name("VI") == "Virgin Islands"
    assert state_name("ZZ") == "ZZ"
    assert len(STATES) == 56  # 50 states, the District and five territories


@pytest.mark.real_files
def test_every_name_of_2026_is_told_from_the_others():
    path = shared("data/cms/rvu26c/GPCI2026.csv")
    with path.open(encoding="cp1252", newline="") as file:
        lines = [line for line in csv.reader(file) if line and line[0].isdigit()]
    titles = [locality_title(line[3]) for line in lines]
    assert len(set(titles)) == len(titles) == 109
    assert not [title for title in titles if title.isupper() or "*" in title]
    assert {line[1] for line in lines} <= STATES.keys()
