"""Changing the log: kept once, cases counted together, and every change can be taken back."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts import entries
from accounts.entries import EntryError, Undo
from accounts.models import CustomCode, Procedure, Site
from codes.fee_schedule.load import load
from tests.accounts.logs import DAY, entry
from tests.factories import UserFactory, package, rate_row

pytestmark = pytest.mark.django_db

SURGERY = {"mult_proc": "2", "global_days": "090"}


@pytest.fixture
def user():
    rates = [
        rate_row("47562", work_rvu="10.00", **SURGERY),
        rate_row("49650", work_rvu="6.00", **SURGERY),
        rate_row("49591", work_rvu="4.00", **SURGERY),
        rate_row("99213", work_rvu="1.30"),
    ]
    load(package("2026C", rates=rates), confirmed=True, activate=True)
    return UserFactory()


def added(user, *codes, **fields):
    return entries.add(user, [entry(user, code, **fields) for code in codes])


def values(user):
    return {one.hcpcs: one.wrvu for one in Procedure.objects.for_user(user)}


def rows(user):
    return sorted(Procedure.objects.for_user(user).values_list(), key=str)


def test_an_entry_is_kept_once_however_often_it_comes(user):
    one = entry(user, "47562")
    entries.add(user, [one])
    again = entries.add(user, [entry(user, "47562", key=one.key)])
    assert (again.repeated, again.procedures) == (1, [one])
    assert Procedure.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_entry_sent_twice_at_once_is_kept_once(user):
    key, start = uuid.uuid4(), threading.Barrier(4)

    def send(_):
        try:
            start.wait()
            return entries.add(user, [entry(user, "47562", key=key)]).procedures[0].pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        kept = set(pool.map(send, range(4)))
    assert kept == {Procedure.objects.get().pk}


def test_two_people_may_have_the_same_key(user):
    key = uuid.uuid4()
    entries.add(user, [entry(user, key=key)])
    other = UserFactory()
    entries.add(other, [entry(other, key=key)])
    assert Procedure.objects.count() == 2


def test_an_entry_belongs_to_whoever_adds_it(user):
    entries.add(user, [entry(UserFactory(), "99213")])
    assert Procedure.objects.get().user == user


def test_a_case_is_counted_anew_when_one_joins(user):
    first = added(user, "49650").procedures[0]
    entries.add(user, [entry(user, "47562")], joins=first.key)
    # 10.00 in full; 6.00 × 50%
    assert values(user) == {"47562": Decimal("10"), "49650": Decimal("3")}


def test_a_third_joins_the_same_case(user):
    first = added(user, "49650").procedures[0]
    entries.add(user, [entry(user, "47562")], joins=first.key)
    last = entries.add(user, [entry(user, "49591")], joins=first.key).procedures[0]
    assert len(set(Procedure.objects.values_list("case", flat=True))) == 1
    assert last.position == 2
    assert values(user)["49591"] == Decimal("2")


def test_a_case_that_is_gone_cannot_be_joined(user):
    with pytest.raises(EntryError, match="no longer in your log"):
        entries.add(user, [entry(user, "47562")], joins=uuid.uuid4())
    assert not Procedure.objects.exists()


def test_taking_back_an_addition_counts_its_case_as_before(user):
    first = added(user, "49650").procedures[0]
    before = rows(user)
    done = entries.add(user, [entry(user, "47562")], joins=first.key)
    assert entries.take_back(user, done.undo) == 1
    assert rows(user) == before


def test_a_deletion_counts_the_rest_of_the_case_anew_and_can_be_taken_back(user):
    added(user, "47562", "49650", case=uuid.uuid4())
    before = rows(user)

    done = entries.delete(user, [Procedure.objects.get(hcpcs="47562")])
    assert values(user) == {"49650": Decimal("6")}

    entries.take_back(user, Undo.from_json(done.undo.to_json()))
    assert rows(user) == before


def test_an_edit_counts_anew_and_can_be_taken_back(user):
    one = added(user, "47562").procedures[0]
    before = rows(user)
    one.units = 3
    done = entries.change(user, [one])
    assert values(user) == {"47562": Decimal("30")}
    entries.take_back(user, done.undo)
    assert rows(user) == before


def test_an_entry_that_leaves_its_case_counts_alone_and_so_do_the_others(user):
    added(user, "47562", "49650", case=uuid.uuid4())
    one = Procedure.objects.get(hcpcs="47562")
    one.case = None
    entries.change(user, [one])
    assert values(user) == {"47562": Decimal("10"), "49650": Decimal("6")}


def test_what_was_changed_again_is_not_taken_back(user):
    one = added(user, "47562").procedures[0]
    one.units = 2
    undo = entries.change(user, [one]).undo
    one.units = 3
    entries.change(user, [one])
    with pytest.raises(EntryError, match="changed again"):
        entries.take_back(user, undo)
    assert Procedure.objects.get().units == 3


def test_nobody_takes_back_into_the_log_of_another(user):
    undo = entries.delete(user, added(user, "47562").procedures).undo
    assert entries.take_back(UserFactory(), undo) == 0
    assert not Procedure.objects.exists()


def test_an_entry_returns_without_a_site_that_is_gone(user):
    site = Site.objects.create(user=user, name="Clinic")
    undo = entries.delete(user, added(user, "47562", site=site).procedures).undo
    site.delete()
    entries.take_back(user, undo)
    assert Procedure.objects.get().site is None


def test_an_entry_does_not_return_without_its_custom_code(user):
    custom = CustomCode.objects.create(user=user, name="Call", wrvu=Decimal(2), reason="x")
    undo = entries.delete(user, added(user, "", custom=custom).procedures).undo
    custom.delete()
    with pytest.raises(EntryError, match="custom code"):
        entries.take_back(user, undo)


def test_only_ones_own_entries_are_changed_or_deleted(user):
    one = added(user, "47562").procedures[0]
    other = UserFactory()
    with pytest.raises(EntryError):
        entries.change(other, [one])
    assert entries.delete(other, [one]).procedures == []
    assert Procedure.objects.get() == one


def test_a_plan_saves_nothing(user):
    one = added(user, "47562").procedures[0]
    before = rows(user)
    plan = entries.planned(user, [one], {"add_modifier": "52", "role": "assisted"})
    assert (plan[0].modifiers, plan[0].wrvu, plan[0].role) == ("52", Decimal("5"), "assisted")
    assert one.modifiers == ""
    assert rows(user) == before


def test_a_modifier_is_added_once_and_removed(user):
    one = added(user, "47562", modifiers="52").procedures[0]
    same = entries.planned(user, [one], {"add_modifier": "52"})[0]
    gone = entries.planned(user, [one], {"remove_modifier": "52"})[0]
    assert (same.modifiers, gone.modifiers) == ("52", "")


def test_a_day_is_repeated_with_its_cases_apart(user):
    case = uuid.uuid4()
    added(user, "47562", "49650", case=case)
    added(user, "99213")
    key, tomorrow = uuid.uuid4(), DAY + timedelta(days=1)

    done = entries.add(user, entries.repeated(user, DAY, tomorrow, key))
    again = entries.add(user, entries.repeated(user, DAY, tomorrow, key))

    assert (len(done.procedures), again.repeated) == (3, 3)
    copied = Procedure.objects.filter(performed_on=tomorrow)
    assert sum(one.wrvu for one in copied) == Decimal("14.3")  # 10 + 6 × 50% + 1.30
    assert case not in set(copied.values_list("case", flat=True))
