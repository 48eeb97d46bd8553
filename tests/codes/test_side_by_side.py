"""Codes side by side as plain values: figures, bars, what differs and what is the same."""

from decimal import Decimal

import pytest

from codes import taxonomy
from codes.families import FAMILIES, families_of
from codes.side_by_side import Past, side_by_side
from tests.factories import FeeScheduleFactory, rate_row

NOW, LAST_YEAR, ONCE = (
    FeeScheduleFactory.build(release=release) for release in ("2026C", "2025D", "2020A")
)
NOTHING = {"work_rvu": "0", "pe_nonfac": "0", "pe_fac": "0", "mp_rvu": "0"}


def made(*rows, before=(), last_year=(), first=None):
    """Compare rows of 2026C, with those of the years before."""
    past = {}
    for release, some in ((ONCE, before), (LAST_YEAR, last_year), (NOW, rows)):
        for row in some:
            past.setdefault(row.hcpcs, []).append(Past(release, row))
    return side_by_side({row.hcpcs: past[row.hcpcs] for row in rows}, NOW, first)


def rules(found):
    return {rule.name: rule.values for rule in found}


def test_figures_are_those_of_the_release_and_its_factor():
    visit, bigger = made(rate_row("99213"), rate_row("99214", work_rvu="1.92")).columns
    assert (visit.work, visit.total_office, visit.total_facility) == ("1.30", "2.85", "1.72")
    assert (visit.amount_office, visit.amount_facility) == ("$95.19", "$57.45")
    assert (bigger.work, bigger.total_office) == ("1.92", "3.47")


def test_bars_share_one_scale():
    half, whole = made(
        rate_row("10004", work_rvu="1.00", pe_nonfac="0.75", mp_rvu="0.25"),
        rate_row("10005", work_rvu="2.00", pe_nonfac="2.00", mp_rvu="0"),
    ).columns
    assert [(part.name, part.x, part.width) for part in half.bar] == [
        ("work", 0, 25),
        ("practice", 25, Decimal("18.75")),
        ("malpractice", Decimal("43.75"), Decimal("6.25")),
    ]
    assert [(part.name, part.width) for part in whole.bar] == [("work", 50), ("practice", 50)]


def test_a_figure_that_does_not_count_is_a_word():
    facility, by_contractor, reference = made(
        rate_row("47562", nonfac_na=True),
        rate_row("40799", status="C", **NOTHING),
        rate_row("99381", status="N", work_rvu="1.50"),
    ).columns
    assert (facility.total_office, facility.amount_office) == ("NA", "NA")
    assert (by_contractor.work, by_contractor.total_office) == ("no national value", "none")
    assert by_contractor.bar == reference.bar == ()
    assert reference.work == "1.50 ref."
    assert "0.00" not in str((facility, by_contractor, reference))


def test_rules_are_parted_into_what_differs_and_what_is_the_same():
    found = made(
        rate_row("10004", global_days="000"), rate_row("10005", global_days="090", nonfac_na=True)
    )
    assert rules(found.differing) == {
        "Priced": ("in an office and in a facility", "in a facility"),
        "Global period": ("Same day (000)", "90 days (090)"),
    }
    assert rules(found.shared)["Status"] == ("Paid separately (A)",) * 2


def test_work_is_compared_with_the_oldest_release():
    found = made(
        rate_row("99213"),
        rate_row("99202", work_rvu="0.93"),
        rate_row("99417"),
        before=[rate_row("99213", work_rvu="0.97"), rate_row("99202", work_rvu="0.93")],
        first=ONCE,
    )
    assert [(column.first_work, column.change) for column in found.columns] == [
        ("0.97", "+34.0%"),
        ("0.93", "none"),
        ("not in it", ""),
    ]
    assert "A contract that still uses the 2020 table credits 0.97 for 99213, not 1.30." in (
        found.sentences
    )


def test_the_adjustment_of_2026_is_a_rule():
    found = made(
        rate_row("47562", work_rvu="10.21"),
        rate_row("99213"),
        rate_row("27447", work_rvu="20.00"),
        rate_row("99417"),
        last_year=[
            rate_row("47562", work_rvu="10.47"),
            rate_row("99213"),
            rate_row("27447", work_rvu="19.00"),
        ],
    )
    assert rules(found.differing)["Work since 2025"] == (
        "lowered by the 2.5% efficiency adjustment of 2026",
        "the same as in 2025",
        "revalued",
        "not known",
    )
    assert "Work since 2025" not in rules(made(rate_row("99213"), rate_row("99214")).shared)


def test_the_most_and_the_least_work_are_named():
    found = made(rate_row("99213"), rate_row("99214", work_rvu="2.60"))
    assert found.sentences == (
        "99214 has the most work (2.60), 99213 the least (1.30): 2.0 times as much.",
    )
    equal = made(rate_row("99213"), rate_row("99214"))
    assert equal.sentences == ("All with work are credited 1.30 work RVUs.",)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.slug)
def test_a_family_names_each_of_its_codes_once(family):
    assert len(family.codes) == len(set(family.codes)) >= 2
    assert all(taxonomy.is_code(code) and taxonomy.leaf_of(code) for code in family.codes)
    assert family in families_of(family.codes[0])


@pytest.mark.real_files
@pytest.mark.xdist_group("real_files")
def test_every_code_of_every_family_is_in_the_real_release(shared_folder):
    from codes.fee_schedule.read import read

    rows = read([shared_folder / "data" / "cms" / "rvu26c"], release="2026C").rates
    named = {code for family in FAMILIES.values() for code in family.codes}
    assert named <= {row.hcpcs for row in rows}
