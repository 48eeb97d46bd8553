"""Every code of the federal file falls in exactly one leaf, the narrowest that holds it."""

import csv
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import taxonomy
from tests.codes.rates import release_2026c, shared


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("99213", True),
        ("00100", True),
        ("0001F", True),
        ("0054T", True),
        ("0001U", True),
        ("0002M", True),
        ("0001A", True),  # COVID-19 vaccine administration, 2021 to 2023
        ("G0411", True),
        ("GXXX1", True),
        ("V5364", True),
        ("W0001", False),  # Level II ends with V
        ("g0411", False),
        ("9921", False),
        ("992133", False),
        ("99213\n", False),
        ("9921B", False),
        ("X0001", False),
        ("GXXXX1", False),
        ("٩٩٢١٣", False),
        ("", False),
    ],
)
def test_what_has_the_form_of_a_code(text, is_code):
    assert taxonomy.is_code(text) is is_code


@pytest.mark.parametrize(
    ("hcpcs", "system", "owner"),
    [
        ("47562", "CPT", "AMA"),
        ("0054T", "CPT", "AMA"),
        ("G0411", "HCPCS", "CMS"),
        ("J1885", "HCPCS", "CMS"),
        ("D0120", "HCPCS", "ADA"),
    ],
)
def test_a_letter_code_is_never_cpt(hcpcs, system, owner):
    assert (taxonomy.system(hcpcs), taxonomy.descriptor_owner(hcpcs)) == (system, owner)


@pytest.mark.parametrize(
    ("hcpcs", "slug", "group"),
    [
        ("99213", "office-visits", "evaluation-management"),
        ("99381", "preventive-visits", "evaluation-management"),
        ("99242", "consultations", "evaluation-management"),
        ("99024", "special-services", "medicine"),
        ("99417", "prolonged-services", "evaluation-management"),  # inside preventive's numbers
        ("99453", "remote-monitoring", "evaluation-management"),
        ("47562", "digestive", "surgery"),
        ("70450", "diagnostic-imaging", "radiology"),
        ("86153", "immunology", "pathology-laboratory"),
        ("97151", "adaptive-behavior", "medicine"),  # inside physical medicine
        ("97110", "physical-medicine", "medicine"),
        ("00100", "anesthesia-head", "anesthesia"),
        ("0054T", "category-iii", "other-cpt"),
        ("0001F", "category-ii", "other-cpt"),
        ("0001A", "vaccine-administration", "medicine"),
        ("G0411", "g-codes", "hcpcs-level-ii"),
        ("GXXX1", "g-codes", "hcpcs-level-ii"),
        ("J1885", "j-codes", "hcpcs-level-ii"),
    ],
)
def test_a_code_stands_in_the_narrowest_range(hcpcs, slug, group):
    leaf = taxonomy.leaf_of(hcpcs)
    assert (leaf.slug, leaf.group) == (slug, group)


def test_a_number_in_no_range_has_no_leaf():
    assert taxonomy.leaf_of("60700") is None
    assert taxonomy.leaf_of("00001") is None


def test_only_a_placeholder_is_one():
    assert taxonomy.is_placeholder("GXXX1")
    assert not taxonomy.is_placeholder("G0411")
    assert not taxonomy.is_placeholder("99213")


def test_names_and_slugs_are_unique():
    groups = [group.slug for group in taxonomy.GROUPS]
    assert len({*groups, *taxonomy.LEAF_SLUGS}) == len(groups) + len(taxonomy.LEAF_SLUGS)
    names = {leaf.slug: leaf.name for leaf in taxonomy.LEAVES}
    assert len(set(names.values())) == len(names)
    assert {leaf.group for leaf in taxonomy.LEAVES} == set(groups)
    # A category's name must fit its column (codes.models.Category).
    assert max(map(len, names.values())) <= 80


@given(st.from_regex(r"[0-9]{4}[0-9AFTUM]|[A-V][0-9]{4}", fullmatch=True))
def test_whatever_looks_like_a_code_can_be_looked_up(hcpcs):
    leaf = taxonomy.leaf_of(hcpcs)
    assert leaf is None or leaf.start[0].isalpha() == hcpcs[0].isalpha()


@pytest.mark.real_files
def test_every_code_of_rvu26c_has_a_leaf_and_the_leaves_their_sizes():
    leaves = {code: taxonomy.leaf_of(code) for code in release_2026c()}
    assert len(leaves) == 17_096
    assert None not in leaves.values()
    sizes = Counter(leaf.slug for leaf in leaves.values())
    groups = Counter(leaf.group for leaf in leaves.values())
    assert (sizes["digestive"], sizes["musculoskeletal"], sizes["g-codes"]) == (898, 1650, 1276)
    assert (sizes["category-ii"], sizes["category-iii"], sizes["d-codes"]) == (565, 635, 847)
    assert groups["anesthesia"] == 276
    assert groups["surgery"] == 5933
    assert groups["radiology"] == 662
    assert groups["evaluation-management"] == 172
    assert groups["hcpcs-level-ii"] == 6092
    assert sum(taxonomy.system(code) == taxonomy.CPT for code in leaves) == 11_004


@pytest.mark.real_files
def test_the_ranges_are_those_of_the_reference():
    """Each code stands with the same others as in the reference, also where ranges overlap."""
    path = shared("data/domain/taxonomy.csv")
    with path.open(encoding="utf-8", newline="") as file:
        ranges = list(csv.DictReader(file))

    def family(code: str) -> tuple[str, int]:
        letters = code.replace("X", "0").strip("0123456789")
        if not letters:
            return "", int(code)
        number = int(code.replace("X", "0").replace(letters, ""))
        return ("before " if code.startswith(letters) else "after ") + letters, number

    def reference(code: str) -> tuple[str, str]:
        letter, number = family(code)
        holding = [
            (family(row["end"])[1] - family(row["start"])[1], row["category"], row["leaf"])
            for row in ranges
            if family(row["start"])[0] == letter
            and family(row["start"])[1] <= number <= family(row["end"])[1]
        ]
        return min(holding)[1:]

    together = {(taxonomy.leaf_of(code).slug, reference(code)) for code in release_2026c()}
    ours = Counter(slug for slug, _ in together)
    theirs = Counter(leaf for _, leaf in together)
    assert [slug for slug, count in ours.items() if count > 1] == []
    assert [leaf for leaf, count in theirs.items() if count > 1] == []
