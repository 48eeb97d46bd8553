import pytest

from codes.labels import fallback_label, may_be_shown


@pytest.mark.parametrize(
    ("hcpcs", "category", "days", "label"),
    [
        ("47562", "Digestive system", "090", "Digestive system, code 47562, 90-day global period"),
        ("10060", "Skin and breast", "010", "Skin and breast, code 10060, 10-day global period"),
        ("65205", "Eye", "000", "Eye, code 65205, same-day global period"),
        ("59400", "Maternity care", "MMM", "Maternity care, code 59400, maternity package"),
        ("10004", "Needle aspiration", "ZZZ", "Needle aspiration, code 10004, add-on"),
        ("99213", "Office visits", "XXX", "Office visits, code 99213"),
        ("99999", "Care planning", "YYY", "Care planning, code 99999"),
        ("G0411", "G codes: CMS services and measures", "XXX", "G codes, code G0411"),
        ("D7140", "D codes: dental", "YYY", "D codes, code D7140"),
    ],
)  # fmt: skip
def test_a_code_without_words_is_named_after_its_category_and_global_period(
    hcpcs, category, days, label
):
    assert fallback_label(hcpcs, category, days) == label


@pytest.mark.parametrize(
    ("owner", "licensed", "shown"),
    [
        ("CMS", False, True),
        ("AMA", False, False),
        ("ADA", False, False),
        ("AMA", True, True),
        ("ADA", True, True),
    ],
)
def test_only_wording_that_needs_no_license_is_shown_without_one(settings, owner, licensed, shown):
    settings.SHOW_AMA_DESCRIPTORS = licensed
    assert may_be_shown(owner) is shown
