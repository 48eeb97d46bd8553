"""Pages that a process keeps as they were rendered."""

import pytest

from codes.fee_schedule.activate import activate
from codes.models import CodeContent
from codes.views.code import pieces
from codes.views.copies import copies
from tests.codes.page.release import addresses, load_releases

pytestmark = pytest.mark.django_db


def forget():
    copies.recent.clear()
    pieces.clear()


@pytest.fixture
def address(settings):
    settings.PUBLIC_COPIES = 2
    forget()
    load_releases()
    yield addresses()["47562"]
    forget()


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
    assert len(copies.recent) == 0


def test_no_more_pages_are_kept_than_the_setting_says(client, address):
    for one in list(addresses().values())[:4]:
        client.get(one)
    assert len(copies.recent) <= 2


def test_at_another_place_only_the_payment_is_worked_out_anew(
    client, address, django_assert_max_num_queries
):
    elsewhere = client.get(f"{address}?where=10016").content
    with django_assert_max_num_queries(2):  # what is shown, and where the ZIP code lies
        again = client.get(f"{address}?where=10016").content
    assert again == elsewhere
    with django_assert_max_num_queries(2):
        nationally = client.get(f"{address}?where=").content
    assert b"Manhattan (ZIP code 10016)" in elsewhere
    assert b"Manhattan (ZIP code 10016)" not in nationally


def test_a_text_published_since_is_in_no_kept_part(client, address):
    client.get(f"{address}?where=10016")
    content = CodeContent.objects.get(code="47562")
    content.label = "Gallbladder removal by scope"
    content.save()
    content.publish()
    assert "Gallbladder removal by scope" in client.get(f"{address}?where=10016").content.decode()


def test_no_more_parts_are_kept_than_the_setting_says(client, address):
    for one in list(addresses().values())[:4]:
        client.get(f"{one}?where=10016")
    assert 0 < len(pieces) <= 2
