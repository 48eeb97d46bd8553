"""Pages that a process keeps as they were rendered."""

import pytest

from codes.fee_schedule.activate import activate
from codes.views.copies import copies
from tests.codes.page.release import addresses, load_releases

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(settings):
    settings.PUBLIC_COPIES = 2
    copies._kept.clear()
    load_releases()
    yield addresses()["47562"]
    copies._kept.clear()


def test_a_page_is_rendered_once_and_then_costs_one_query(
    client, address, django_assert_num_queries
):
    first = client.get(address)
    with django_assert_num_queries(1):
        second = client.get(address)
    assert (second.content, second["ETag"]) == (first.content, first["ETag"])
    assert second["Content-Type"] == "text/html; charset=utf-8"


def test_another_release_makes_another_page(client, address):
    before = client.get(address).content
    activate("2025D")
    assert client.get(address).content != before


def test_another_host_has_a_page_of_its_own(client, address):
    client.get(address)
    other = client.get(address, headers={"host": "www.localhost"}).content.decode()
    assert 'href="http://www.localhost/cpt-codes/' in other


def test_pages_with_a_query_are_not_kept(client, address):
    client.get(f"{address}?where=10016")
    assert not copies._kept


def test_no_more_pages_are_kept_than_the_setting_says(client, address):
    for one in list(addresses().values())[:4]:
        client.get(one)
    assert len(copies._kept) <= 2
