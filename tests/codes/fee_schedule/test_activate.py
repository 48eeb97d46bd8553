"""Which release is shown, what goes with one that is removed, and what the status says."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.core import serializers
from django.db import IntegrityError, models, transaction

from codes.fee_schedule.activate import activate
from codes.fee_schedule.database import Refused
from codes.fee_schedule.load import load
from codes.fee_schedule.records import DescriptorRow, LocalityRow, OppsCapRow
from codes.fee_schedule.remove import remove
from codes.fee_schedule.status import _lines, checksum, status_line
from codes.models import Code, Descriptor, FeeSchedule, Rate, Standing
from tests.factories import (
    CodeContentFactory,
    CodeFactory,
    FeeScheduleFactory,
    RelatedCodeFactory,
    package,
    rate_row,
)

pytestmark = pytest.mark.django_db


def load_codes(release, *numbers, **values):
    rates = [rate_row(number, **values) for number in numbers]
    load(package(release, rates=rates), confirmed=True)


def test_going_on_and_back_is_the_same_command():
    load_codes("2026B", "99213")
    load_codes("2026C", "99213")
    assert activate("2026C")
    assert FeeSchedule.objects.active().release == "2026C"
    assert activate("2026B")
    assert FeeSchedule.objects.active().release == "2026B"
    assert FeeSchedule.objects.filter(is_active=True).count() == 1


def test_activating_twice_changes_nothing():
    load_codes("2026C", "99213")
    activate("2026C")
    moment = FeeSchedule.objects.get().changed_at
    assert not activate("2026C")
    assert FeeSchedule.objects.get().changed_at == moment


def test_activating_marks_the_change():
    load_codes("2026C", "99213")
    loaded = FeeSchedule.objects.get().changed_at
    activate("2026C")
    activated = FeeSchedule.objects.get().changed_at
    assert activated > loaded
    load_codes("2025D", "99213")  # the history of its codes is longer now
    longer = FeeSchedule.objects.active().changed_at
    assert longer > activated
    remove("2025D")
    assert FeeSchedule.objects.active().changed_at > longer


def test_an_unknown_release_is_refused_with_those_that_are_loaded():
    with pytest.raises(Refused, match=r"^2026C is not loaded. No release is loaded.$"):
        activate("2026C")
    load_codes("2026B", "99213")
    load_codes("2025D", "99213")
    with pytest.raises(Refused, match=r"^2026C is not loaded. Loaded are: 2026B, 2025D.$"):
        activate("2026C")


def test_the_database_itself_allows_one_active_release():
    FeeScheduleFactory(release="2026B", is_active=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        FeeScheduleFactory(release="2026C", is_active=True)


# Removing ---------------------------------------------------------------------------------


def test_a_removed_release_takes_its_own_codes_along():
    load_codes("2025D", "99213", "99214", "G0411")
    load(package("", descriptors=[DescriptorRow("G0411", "A text")]))
    load_codes("2026C", "99213")
    assert remove("2025D") == (3, 2)
    assert [code.hcpcs for code in Code.objects.all()] == ["99213"]
    assert not Descriptor.objects.exists()
    assert [rate.schedule.release for rate in Rate.objects.all()] == ["2026C"]


def test_codes_that_editors_wrote_of_or_link_to_stay():
    load_codes("2025D", "99213", "99214", "99215")
    content = CodeContentFactory(code__hcpcs="99213")
    RelatedCodeFactory(content=content, code__hcpcs="99214")
    assert remove("2025D") == (3, 1)
    assert [code.hcpcs for code in Code.objects.all()] == ["99213", "99214"]


def test_codes_of_caps_stay_with_their_release():
    load_codes("2025D", "70450")
    cap = OppsCapRow("70450", "TC", "A", "10112", "00", Decimal("66.20"), Decimal("66.20"))
    load(package("2026C", rates=[rate_row("99213")], opps_caps=[cap]), confirmed=True)
    assert remove("2025D") == (1, 0)


def test_the_release_after_it_is_compared_with_the_one_before():
    load_codes("2025A", "99213", work_rvu="0.97")
    load_codes("2025D", "99213", work_rvu="1.30")
    load_codes("2026C", "99213", work_rvu="1.30")
    assert Standing.objects.get(schedule__release="2026C").change == ""
    remove("2025D")
    visit = Standing.objects.get(schedule__release="2026C")
    assert (visit.change, visit.work_before) == ("work", Decimal("0.97"))
    remove("2025A")
    visit = Standing.objects.get(schedule__release="2026C")
    assert (visit.change, visit.work_before) == ("", None)


def test_the_active_release_is_not_removed():
    load_codes("2026C", "99213")
    activate("2026C")
    with pytest.raises(Refused, match="activate another one first"):
        remove("2026C")
    with pytest.raises(Refused, match=r"2025A is not loaded. Loaded are: 2026C."):
        remove("2025A")
    assert Rate.objects.count() == 1


def test_a_release_that_records_rest_on_is_not_removed(monkeypatch):
    def protected(self):
        raise models.ProtectedError("records", set())

    load_codes("2026C", "99213")
    monkeypatch.setattr(FeeSchedule, "delete", protected)
    with pytest.raises(Refused, match="other records rest on it"):
        remove("2026C")


# Status -----------------------------------------------------------------------------------


def test_status_is_one_line():
    assert status_line().startswith("active: none; loaded: none; checksum: ")
    load_codes("2026C", "99213", "99214")
    load(package("2026B", rates=[rate_row("99213")]), complete=False)
    activate("2026C")
    assert status_line() == (
        "active: 2026C; loaded: 2026B (1 rows, an excerpt), 2026C (2 rows); "
        f"checksum: {checksum()}"
    )


def test_the_checksum_is_made_of_lines_that_every_database_gives_alike():
    load(everything(), activate=True)
    lines = list(_lines())
    assert lines[0].endswith(" 33.4009")
    assert (
        'codes.Locality ["10112", "00", "AL", "ALABAMA", "1.000", null, "0.875", "0.566", null]'
        in lines
    )
    assert any(
        line.startswith('codes.Standing ["99213", "office-visits", "", "A"') for line in lines
    )


def everything(work="1.30"):
    indices = (Decimal("1.000"), None, Decimal("0.875"), Decimal("0.566"))
    return package(
        rates=[rate_row("99213", work_rvu=work), rate_row("99214"), rate_row("70450", "26")],
        localities=[LocalityRow("10112", "00", "AL", "ALABAMA", *indices)],
    )


def test_the_checksum_is_that_of_the_content_not_of_its_rows():
    load(everything(), activate=True)
    content = CodeContentFactory(code__hcpcs="99213")
    content.publish(reviewer_role="Coder")
    before = checksum()
    # The same again, under other keys and in another order.
    load_codes("2026B", "27447")
    activate("2026B")
    remove("2026C")
    again = everything()
    again.rates.reverse()
    load(again, activate=True, confirmed=True)
    remove("2026B")
    assert checksum() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda: Rate.objects.filter(code="99213").update(bilat="1"),
        lambda: Standing.objects.filter(code="99214").update(below=7),
        lambda: FeeSchedule.objects.get().localities.update(pe_gpci=Decimal("0.876")),
        lambda: FeeSchedule.objects.get().statistics.update(codes=99),
        lambda: CodeContentFactory(code__hcpcs="99213").publish(),
        lambda: FeeSchedule.objects.update(is_active=False),
    ],
)
def test_the_checksum_changes_with_all_that_is_shown(change):
    load(everything(), activate=True)
    before = checksum()
    change()
    assert checksum() != before


@pytest.mark.parametrize(
    "change",
    [
        lambda: CodeContentFactory(code__hcpcs="99213"),  # a draft
        lambda: load_codes("2024AR", "99213"),  # before the one that it is compared with
        lambda: activate("2026C"),
    ],
)
def test_the_checksum_does_not_change_with_what_is_not_shown(change):
    load(everything(), activate=True)
    load_codes("2025A", "99213")
    before = checksum()
    change()
    assert checksum() == before


def test_the_checksum_survives_a_dump_and_its_restoration():
    load(everything(), activate=True)
    CodeContentFactory(code__hcpcs="99213").publish()
    before = checksum()
    kept = [*apps.get_app_config("codes").get_models()]
    dump = serializers.serialize("json", (row for model in kept for row in model.objects.all()))
    for model in reversed(kept):
        model._base_manager.all()._raw_delete("default")
    assert not FeeSchedule.objects.exists()
    for row in serializers.deserialize("json", dump):
        row.save()
    assert checksum() == before


def test_codes_keep_their_rows_when_made_by_hand():
    CodeFactory(hcpcs="99213")
    load_codes("2026C", "99213")
    assert Code.objects.count() == 1
