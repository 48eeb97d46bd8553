"""Pages made from CMS's own files, read back against the file parsed in the simplest way."""

import csv
import random
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import transaction

from codes import taxonomy
from codes.fee_schedule.activate import show
from codes.fee_schedule.load import load
from codes.fee_schedule.read import read
from codes.models import FeeSchedule
from tests.codes.page.facts import BARE_ZERO
from tests.codes.page.reader import Page, check

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_files,
    pytest.mark.xdist_group("real_files"),
]

FACTOR = Decimal("33.4009")
IN_MANHATTAN = "/cpt-codes/digestive/47562/?where=10016"


@pytest.fixture(scope="module")
def cms(shared_folder):
    return shared_folder / "data" / "cms"


@pytest.fixture(scope="module")
def releases(cms, django_db_setup, django_db_blocker):
    """2025D and 2026C with ZIP codes, in a transaction undone when these tests are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        for release in ("2025D", "2026C"):
            load(read([cms / f"rvu{release[2:].lower()}"], release=release), confirmed=True)
        load(read([cms / "zip_locality" / "ZIP5_OCT2025.txt"]))
        show(FeeSchedule.objects.get(release="2026C"))
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def file(cms):
    """Return the cells of RVU26C by code: a list of rows each."""
    path = cms / "rvu26c" / "PPRRVU2026_Jul_nonQPP.csv"
    rows = {}
    with path.open(encoding="cp1252", newline="") as lines:
        for cells in list(csv.reader(lines))[10:]:
            rows.setdefault(cells[0], []).append(cells)
    return rows


@pytest.fixture
def site(releases, client):
    return client


def address(hcpcs):
    return f"/cpt-codes/{taxonomy.leaf_of(hcpcs).slug}/{hcpcs}/"


def text(site, address):
    return check(site.get(address).content.decode()).text


def test_200_codes_at_random_print_what_the_file_says(site, file):
    assert len(file) == 17_096
    seed = random.randrange(2**32)
    for hcpcs in random.Random(seed).sample(sorted(file), 200):
        told = f"{hcpcs}, seed {seed}"
        response = site.get(address(hcpcs))
        assert response.status_code == 200, told
        page = check(response.content.decode())
        assert not BARE_ZERO.search(page.text), told
        assert hcpcs in page.title, told
        for cells in file[hcpcs]:
            status, not_used, work, office, office_na = cells[3:8]
            malpractice = cells[10]
            if Decimal(work):
                assert f" {work} " in page.text, told
            if status in "ART" and not not_used and not office_na and Decimal(cells[11]):
                total = Decimal(work) + Decimal(office) + Decimal(malpractice)
                amount = (total * FACTOR).quantize(Decimal("0.01"), ROUND_HALF_UP)
                cap = cells[29]
                # Where the hospital's rate is lower it is paid instead: see codes/payment.py.
                if not Decimal(cap) or Decimal(cap) >= Decimal(office):
                    assert f"${amount:,.2f}" in page.text, told


@pytest.mark.parametrize(
    "hcpcs",
    ["47562", "99213", "70450", "70555", "86153", "93005", "0054T", "00100", "99381", "99024",
     "J1885", "G0411", "D0120", "GXXX1", "45378", "59400", "77750", "0001F"],
)  # fmt: skip
def test_a_page_of_each_kind_is_sound(site, hcpcs):
    response = site.get(address(hcpcs))
    assert response.status_code == 200
    assert not BARE_ZERO.search(check(response.content.decode()).text)


def test_47562_in_manhattan(site):
    page = text(site, IN_MANHATTAN)
    assert "Medicare allows $738.71 , 16.9% more than the national amount" in page
    assert "Manhattan among the 109 localities" in page
    assert "Lowest: Arkansas $560.25. Highest: Miami $776.57." in page


def test_47562_among_its_neighbors_and_through_the_years(site):
    page = text(site, address("47562"))
    assert "more physician work than 495 of the 846 codes" in page
    assert "The one in the middle has 7.42 work RVUs" in page
    assert "10.47 × 0.975 = 10.21" in page
    assert "fell from $648.87 to $631.95" in page


def test_G0411_is_compared_with_no_rank(site):
    page = text(site, address("G0411"))
    assert "Of the 1,276 codes" in page
    assert "198 (15.5%) have G0411’s status" in page
    assert "Among the 211 payable codes" in page
    assert "20 (9.5%) carry no physician work" in page


def test_a_county_is_found_in_the_newest_county_file(site):
    page = text(site, "/cpt-codes/office-visits/99213/?where=Cook,+IL")
    assert "In Chicago (Cook, IL), office, Medicare allows" in page


def test_a_made_up_code_is_a_404_with_real_neighbors(site):
    response = site.get("/47561/")
    assert response.status_code == 404
    assert address("47562") in Page(response.content.decode()).links


def test_a_page_costs_four_queries_at_most(site, django_assert_max_num_queries):
    site.get(IN_MANHATTAN)
    for hcpcs in ("47562", "70450", "G0411", "00100"):
        with django_assert_max_num_queries(4):
            site.get(address(hcpcs))
