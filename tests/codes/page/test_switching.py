"""While one release takes the place of another, every page is wholly of one of them."""

import threading

import pytest
from django.db import connection

from codes.fee_schedule.activate import activate
from tests.codes.page.release import load_releases, pages_by_release

ADDRESS = "/cpt-codes/digestive/47562/?where=10016"


@pytest.mark.django_db(transaction=True)
def test_while_releases_are_switched_every_page_is_of_one_of_them(client):
    load_releases()
    pages = pages_by_release(client, ADDRESS)
    stop = threading.Event()
    faults = []

    def switch():
        try:
            while not stop.is_set():
                activate("2025D")
                activate("2026C")
        except Exception as error:  # told by the test's own thread
            faults.append(error)
        finally:
            connection.close()

    switching = threading.Thread(target=switch)
    switching.start()
    try:
        seen = [client.get(ADDRESS).content for _ in range(40)]
    finally:
        stop.set()
        switching.join(30)
    assert faults == []
    assert set(seen) <= set(pages.values())
