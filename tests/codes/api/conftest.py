"""A release of sixteen codes with two localities, and the one before it, read through the API."""

import pytest

from codes.models import FeeSchedule
from tests.codes.little_release import load_release
from tests.factories import LocalityFactory, ZipRangeFactory


@pytest.fixture
def release(db, settings):
    settings.API_MOST_REQUESTS = 10**6
    load_release()
    active = FeeSchedule.objects.active()
    FeeSchedule.objects.filter(pk=active.pk).update(zip_quarter="20263")
    LocalityFactory(schedule=active, mac="10112", number="00", name="ALABAMA")
    LocalityFactory(schedule=active, mac="02102", number="01", state="AK", name="ALASKA*")
    ZipRangeFactory(first="35004", last="36925")
    FeeSchedule.objects.mark_changed()


@pytest.fixture
def get(client, release):
    """Fetch an address that must be there, and return its document."""

    def fetch(address, **headers):
        response = client.get(f"/api/v1/{address}", headers=headers)
        assert response.status_code == 200, response.content
        return response.json()

    return fetch
