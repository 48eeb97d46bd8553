"""The HTML of every private page, with a row of everything, and of the ways into an account."""

import pytest

from tests.accounts.belongings import everything_of
from tests.accounts.test_private_addresses import ADDRESSES, ENTRANCE, PRIVATE
from tests.codes.little_release import load_release
from tests.factories import PersonFactory
from tests.markup import faults

pytestmark = pytest.mark.django_db

FRAGMENTS = {"accounts:log_suggestions"}  # a script puts it into a page


def wrong_pages(client, addresses) -> tuple[dict[str, list[str]], int]:
    """Return the faults of each page that is not valid, and how many pages there were."""
    found, count = {}, 0
    for address in sorted(set(addresses)):
        answer = client.get(address)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            count += 1
            if wrong := faults(answer.content.decode()):
                found[address] = wrong
    return found, count


def test_private_pages_are_valid(client):
    load_release()
    user = PersonFactory()
    client.force_login(user)
    everything_of(user)
    whole = [address for name, address in PRIVATE.items() if name not in FRAGMENTS]
    found, count = wrong_pages(client, whole)
    assert found == {}
    assert count > 20


def test_the_ways_into_an_account_are_valid(client):
    load_release()
    found, count = wrong_pages(client, [ADDRESSES[name] for name in ENTRANCE])
    assert found == {}
    assert count >= 4
