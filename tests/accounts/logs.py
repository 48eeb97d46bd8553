"""What tests of the log share: a person with favorites and sites, and a way to tap."""

import re
import uuid
from datetime import date

from accounts.models import CodeSet, Procedure, SetLine, Site, TrackedCode
from tests.codes.little_release import load_release

DAY = date(2026, 8, 18)


def prepared(user, favorites=("47562", "99213")):
    """Load the little release; give the person favorites, two sites and a set."""
    load_release()
    for place, hcpcs in enumerate(favorites):
        TrackedCode.objects.create(user=user, hcpcs=hcpcs, position=place, is_favorite=True)
    Site.objects.create(user=user, name="Main hospital", setting="facility", position=0)
    Site.objects.create(user=user, name="Clinic", setting="nonfacility", position=1)
    clinic_day = CodeSet.objects.create(user=user, name="Clinic day")
    SetLine.objects.create(set=clinic_day, hcpcs="99213", units=6)
    SetLine.objects.create(set=clinic_day, hcpcs="99214", units=2, position=1)


def typed(**fields):
    """Return what the log's form sends: one unit, today, unless others are named."""
    return {"key": str(uuid.uuid4()), "units": "1", "day": "today", **fields}


def entry(user, hcpcs="99213", day=DAY, **fields):
    """Return an entry that is not stored yet."""
    return Procedure(user=user, hcpcs=hcpcs, performed_on=day, **fields)


def text_of(response):
    """Return a page without its tags, spaces folded."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
