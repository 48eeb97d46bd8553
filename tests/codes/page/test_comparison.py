"""How 47562 stands among digestive codes and G0411 among G codes, as counted in RVU26C."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from codes.page.comparison import comparison


@dataclass(frozen=True)
class Standing:
    code_id: str
    status: str = "A"
    is_payable: bool = True
    work_rvu: Decimal = Decimal("0.00")
    below: int | None = None
    neighbors: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Statistics:
    codes: int
    payable: int
    with_work: int
    statuses: Mapping[str, int] = field(default_factory=dict)
    median: Decimal | None = None
    maximum: Decimal | None = None

    @property
    def without_work(self) -> int:
        return self.payable - self.with_work


DIGESTIVE = Statistics(
    codes=898,
    payable=854,
    with_work=846,
    statuses={"A": 833, "C": 39, "R": 21, "N": 2, "X": 2, "I": 1},
    median=Decimal("7.42"),
    maximum=Decimal("90.67"),
)
G_CODES = Statistics(
    codes=1276,
    payable=211,
    with_work=191,
    statuses={
        **{"M": 787, "X": 198, "A": 191, "I": 31, "C": 21, "R": 18, "E": 15, "N": 11},
        **{"T": 2, "B": 2},
    },
    median=Decimal("0.95"),
    maximum=Decimal("20.41"),
)
GALLBLADDER = Standing(
    "47562",
    work_rvu=Decimal("10.21"),
    below=495,
    neighbors=(("49505", "7.76"), ("43285", "10.21"), ("47563", "11.18"), ("47600", "17.04")),
)
GROUP_SESSION = Standing("G0411", status="X", is_payable=False)


def test_47562_has_more_work_than_495_of_846():
    found = comparison(GALLBLADDER, DIGESTIVE, "Digestive system", "2026C")
    assert found.is_ranked
    assert found.sentences == (
        "47562 carries more physician work than 495 of the 846 codes in Digestive system that "
        "Medicare pays and that carry work (58.5%), release 2026C. The one in the middle has 7.42 "
        "work RVUs, the most is 90.67.",
        "Among the 854 payable codes in Digestive system, 8 (0.9%) carry no physician work: they "
        "are left out of ranks.",
    )
    assert found.statuses == ()


def test_neighbors_stand_in_order_of_work_with_the_code_among_them():
    found = comparison(GALLBLADDER, DIGESTIVE, "Digestive system", "2026C")
    assert [(one.hcpcs, one.work, one.is_here) for one in found.neighbors] == [
        ("49505", "7.76", False),
        ("43285", "10.21", False),
        ("47562", "10.21", True),
        ("47563", "11.18", False),
        ("47600", "17.04", False),
    ]
    # The longest bar is that of the most work: 10.21 of 17.04 is 59.92%.
    assert [one.width for one in found.neighbors][2:] == ["59.92", "65.61", "100"]


def test_G0411_is_one_of_198_without_a_rank():
    found = comparison(GROUP_SESSION, G_CODES, "G codes", "2026C")
    assert not found.is_ranked
    assert found.sentences == (
        "Of the 1,276 codes in G codes, release 2026C, 198 (15.5%) have G0411’s status: no "
        "physician payment. A rank by work RVU would mean nothing here, so none is shown.",
        "Among the 211 payable codes in G codes, 20 (9.5%) carry no physician work: they are left "
        "out of ranks.",
    )
    assert found.neighbors == ()


def test_statuses_are_counted_in_groups_the_largest_first():
    found = comparison(GROUP_SESSION, G_CODES, "G codes", "2026C")
    assert [(bar.label, bar.count, bar.y) for bar in found.statuses] == [
        ("Quality measures (M)", 787, 0),
        ("Payable (A, R, T)", 211, 37),
        ("Not a physician service (X), with G0411", 198, 74),
        ("Medicare wants another code (I)", 31, 111),
        ("Contractor sets the price (C)", 21, 148),
        ("Off the fee schedule (E)", 15, 185),
        ("Not covered (N)", 11, 222),
        ("Bundled (B, P)", 2, 259),
    ]
    assert sum(bar.count for bar in found.statuses) == 1276
    assert found.height == 37 * 8
    assert [bar.is_here for bar in found.statuses].index(True) == 2
    assert found.statuses[0].width == "88"  # room for the number beside it
    assert found.statuses[2].width == "22.14"  # 198 of 787


def test_a_status_that_is_in_no_group_is_counted_all_the_same():
    retired = replace(G_CODES, codes=1277, statuses={**G_CODES.statuses, "G": 1})
    found = comparison(GROUP_SESSION, retired, "G codes", "2026C")
    assert ("Others (G)", 1) in [(bar.label, bar.count) for bar in found.statuses]


def test_a_payable_code_without_work_has_no_rank_by_work():
    tracing = Standing("93005")
    heart = Statistics(codes=300, payable=250, with_work=150, statuses={"A": 250, "C": 50})
    found = comparison(tracing, heart, "Heart tests", "2026C")
    assert found.sentences == (
        "93005 has no work RVUs, so it has no rank by work in Heart tests.",
        "Among the 250 payable codes in Heart tests, 100 (40%) carry no physician work: they are "
        "left out of ranks. Release 2026C.",
    )


def test_the_only_code_with_work_is_ranked_with_nothing():
    alone = Standing("69990", work_rvu=Decimal("3.37"), below=0)
    found = comparison(alone, Statistics(1, 1, 1, {"A": 1}), "Operating microscope", "2026C")
    assert found.sentences == (
        "69990 is the only code in Operating microscope of release 2026C that Medicare pays and "
        "that carries physician work, so there is nothing to rank it with.",
    )
    assert (found.is_ranked, found.neighbors) == (True, ())


def test_one_code_is_spoken_of_in_the_singular():
    lone = Standing("99024", status="B", is_payable=False)
    counts = Statistics(1, 0, 0, {"B": 1})
    (sentence,) = comparison(lone, counts, "Special services", "2026C").sentences
    assert sentence.startswith("Of the 1 code in Special services, release 2026C, 1 (100%) has")
    one_without = Statistics(10, 5, 4, {"A": 5, "B": 5})
    _, sentence = comparison(lone, one_without, "Special services", "2026C").sentences
    assert sentence == (
        "Among the 5 payable codes in Special services, 1 carries no physician work: it is left "
        "out of ranks."
    )


@pytest.mark.parametrize(
    ("below", "percent"),
    [(0, "(0%)"), (1, "(0.1%)"), (2500, "(50%)"), (4999, "(99.9%)")],
)
def test_a_part_is_never_called_none_or_all(below, percent):
    many = Statistics(5000, 5000, 5000, {"A": 5000}, Decimal("1.00"), Decimal("9.00"))
    standing = Standing("99213", work_rvu=Decimal("1.30"), below=below)
    (sentence,) = comparison(standing, many, "A category", "2026C").sentences
    assert percent in sentence
