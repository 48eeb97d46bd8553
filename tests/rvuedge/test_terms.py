"""Words of the glossary within a text: found once, whole, and the longest first."""

import pytest

from rvuedge.terms import NONE, Term, Terms

GPCI = Term("gpci", "/glossary/gpci/", ("GPCI",), ("Geographic practice cost index",))
RVU = Term("rvu", "/glossary/rvu/", ("RVU",), ("relative value unit",))
WORK = Term("work-rvu", "/glossary/work-rvu/", ("wRVU",), ("work RVU",))
RATE = Term("rate", "", (), ("rate", "RVU rate"))
TERMS = Terms([GPCI, RVU, WORK, RATE])


def words(text, used=()):
    return [(text[one.start : one.end], one.term.slug) for one in TERMS.find(text, used)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The GPCI of a place", [("GPCI", "gpci")]),
        ("GPCIs differ", [("GPCIs", "gpci")]),
        ("A gpci in small letters", []),  # an abbreviation is written as it is
        ("Geographic Practice Cost Index", [("Geographic Practice Cost Index", "gpci")]),
        ("Work RVUs, then an RVU", [("Work RVUs", "work-rvu"), ("RVU", "rvu")]),
        ("A non-RVU thing, an RVUX", []),
        ("RVU and RVU again", [("RVU", "rvu")]),
        ("The RVU rate", []),  # the longer wording stands in the way, and is not linked
        ("", []),
    ],
)
def test_terms_are_found_whole_and_once(text, found):
    assert words(text) == found


def test_what_was_used_before_is_not_found_again():
    assert words("RVU and GPCI", used=["rvu"]) == [("GPCI", "gpci")]


def test_without_terms_nothing_is_found():
    assert list(NONE.find("RVU")) == []


def test_of_two_terms_with_one_wording_the_first_has_it_and_it_is_named():
    terms = Terms([RVU, Term("other", "/o/", (), ("Relative Value Unit",))])
    assert terms.shared == ["Relative Value Unit"]
    assert terms.of("relative value UNIT") == RVU
    assert terms.of("nothing of the kind") is None
