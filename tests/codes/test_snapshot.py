"""A public page shows one moment, while another connection stores something else."""

import threading

import pytest
from django.db import connection

from codes.fee_schedule.activate import activate
from codes.fee_schedule.load import load
from codes.fee_schedule.remove import remove
from codes.shown import shown
from codes.views import code, lists, public
from rvuedge.snapshot import is_in_transaction, snapshot
from tests.factories import package, rate_row

pytestmark = pytest.mark.django_db(transaction=True)


def figures(work, expense):
    """Two codes, so that the page compares this one with another."""
    return [
        rate_row(hcpcs, work_rvu=work, pe_nonfac=expense, pe_fac=expense)
        for hcpcs in ("99213", "99214")
    ]


OLD, NEW = figures("1.11", "2.22"), figures("7.77", "8.88")


def elsewhere(change):
    """Make a change in another thread, and so on a connection of its own, until it is stored."""
    failed = []

    def run():
        try:
            change()
        except BaseException as error:  # or it would be lost with the thread
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not failed
    assert not thread.is_alive()


def replaced_in_place():
    load(package("2026C", rates=NEW), confirmed=True)


def another_activated():
    activate("2026D")


def another_activated_and_this_one_removed():
    activate("2026D")
    remove("2026C")


@pytest.fixture
def site():
    load(package("2026C", rates=OLD), activate=True)
    load(package("2026D", rates=NEW), confirmed=True)


def meanwhile(monkeypatch, module, name, change):
    """Let `change` be stored elsewhere as soon as a function has returned, the first time."""
    original, done = getattr(module, name), []

    def once(*arguments):
        result = original(*arguments)
        if not done:
            done.append(True)
            elsewhere(change)
        return result

    monkeypatch.setattr(module, name, once)
    return done


@pytest.mark.parametrize(
    "change", [replaced_in_place, another_activated, another_activated_and_this_one_removed]
)
@pytest.mark.parametrize(
    ("module", "name"), [(public, "shown"), (code, "_rows")], ids=["at the beginning", "half way"]
)
def test_a_code_page_is_all_old_or_all_new(client, site, monkeypatch, module, name, change):
    address = shown().directory["99213"].get_absolute_url()
    before = client.get(address)
    done = meanwhile(monkeypatch, module, name, change)
    during = client.get(address)
    after = client.get(address)
    assert done
    assert during.content == before.content
    assert during["ETag"] == before["ETag"] != after["ETag"]
    assert b"1.11" in during.content
    assert b"7.77" in after.content
    assert change is another_activated or b"1.11" not in after.content


def test_a_list_and_what_is_remembered_of_it_are_all_old_or_all_new(client, site, monkeypatch):
    done = meanwhile(monkeypatch, public, "shown", replaced_in_place)
    during = client.get("/cpt-codes/").content  # nothing is remembered yet
    after = client.get("/cpt-codes/").content
    assert done
    assert b"1.11" in during
    assert b"7.77" not in during
    assert b"7.77" in after
    assert b"1.11" not in after


def test_a_download_is_all_old_or_all_new(client, site, monkeypatch):
    done = meanwhile(monkeypatch, lists, "_as_csv", replaced_in_place)
    text = b"".join(client.get("/cpt-codes/?format=csv").streaming_content)
    assert done
    assert text.count(b"1.11") == 2
    assert b"7.77" not in text


def test_what_is_read_without_a_snapshot_is_not_remembered_under_an_older_version(site):
    before = shown()
    elsewhere(replaced_in_place)
    assert before.directory["99213"].work == "7.77"
    assert before.remember("directory", dict) == {}  # it was not kept
    assert shown().directory["99213"].work == "7.77"
    assert shown().remember("directory", dict) != {}


def test_a_snapshot_is_over_at_its_end_whatever_happened_in_it(site):
    with pytest.raises(ZeroDivisionError), snapshot():
        assert shown().schedule.release == "2026C"
        with snapshot():  # one within another is the same
            elsewhere(another_activated)
            assert shown().schedule.release == "2026C"
        assert is_in_transaction()
        raise ZeroDivisionError
    assert not is_in_transaction()
    assert shown().schedule.release == "2026D"


def test_nobody_waits_for_a_reader(site):
    with snapshot():
        assert shown().schedule.release == "2026C"
        elsewhere(replaced_in_place)  # it would not come to its end
    assert shown().directory["99213"].work == "7.77"


def test_a_connection_that_was_lost_begins_anew(site):
    with snapshot():
        connection.close()
    assert not is_in_transaction()
    with snapshot():
        assert shown().schedule.release == "2026C"
