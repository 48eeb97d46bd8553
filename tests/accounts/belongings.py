"""One row of every table that a person can have, for tests of taking along and leaving."""

from datetime import date
from decimal import Decimal

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts import models

DAY = date(2026, 7, 1)
STEP = {"label": "47562", "factor": "", "value": "10.21", "note": ""}
POINTS = {"p10": 1, "p25": 2, "p50": 3, "p75": 4, "p90": 5}


def everything_of(user):
    """Make one row of each table; return how many of each model there are now."""
    site = models.Site.objects.create(user=user, name="Main hospital")
    custom = models.CustomCode.objects.create(
        user=user, name="=1+1", wrvu=Decimal("0.3"), reason="Contract"
    )
    rules = models.RuleSet.objects.create(user=user, name="Ours")
    contract = models.Contract.objects.create(
        user=user, employer="Hospital", starts_on=DAY, rules="own", rule_set=rules
    )
    contract.sites.add(site)
    models.Tier.objects.create(contract=contract, above=Decimal(5000), rate=Decimal(60))
    procedure = models.Procedure.objects.create(
        user=user, performed_on=DAY, hcpcs="47562", site=site, contract=contract, custom=custom,
        wrvu=Decimal("10.210001"), working=[STEP],
    )  # fmt: skip
    models.Profile.objects.get_or_create(user=user)
    models.TrackedCode.objects.create(user=user, hcpcs="47562", note="as agreed")
    codes = models.CodeSet.objects.create(user=user, name="Clinic day")
    models.SetLine.objects.create(set=codes, hcpcs="99213")
    models.Minimum.objects.create(user=user, name="Gallbladders", at_least=30)
    models.Survey.objects.create(
        user=user, name="Own", year=2025, specialty="General Surgery", **POINTS
    )
    models.StatementLayout.objects.create(user=user, employer="Hospital", columns={"code": "CPT"})
    statement = models.Statement.objects.create(
        user=user,
        employer="Hospital",
        starts_on=DAY,
        ends_on=DAY,
        file_name="july.csv",
        matched_at=timezone.now(),
    )
    models.StatementLine.objects.create(
        statement=statement, procedure=procedure, verdict="matched", hcpcs="47562"
    )
    models.SupportRequest.objects.create(email=user.email, subject="My log", text="How?")
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    UserSession.objects.get_or_create(
        session_key="a" * 32, defaults={"user": user, "ip": "192.0.2.1", "user_agent": "Phone"}
    )
