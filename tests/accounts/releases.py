"""Two releases for tests: 47562 falls by 2.5% from 2025D to 2026C, 99213 stays, 99201 goes."""

from decimal import Decimal

from codes.models import FeeSchedule
from tests.factories import FeeScheduleFactory, StandingFactory

GALLBLADDER = {
    "code__hcpcs": "47562",
    "global_days": "090",
    "pe_nonfac": Decimal("6.53"),
    "pe_fac": Decimal("6.53"),
    "mp_rvu": Decimal("2.48"),
    "total_nonfac": None,
    "national_nonfac": None,
}


def make_2025d(is_active=True):
    schedule = FeeScheduleFactory(release="2025D", is_active=is_active)
    StandingFactory(
        schedule=schedule,
        **GALLBLADDER,
        work_rvu=Decimal("10.47"),
        total_fac=Decimal("19.48"),
        national_fac=Decimal("630.11"),
    )
    StandingFactory(schedule=schedule, code__hcpcs="99213")
    StandingFactory(schedule=schedule, code__hcpcs="99201")
    return schedule


def make_2026c(is_active=True):
    """Make 2026C and, if it is active, take the place of what was."""
    if is_active:
        FeeSchedule.objects.update(is_active=False)
    schedule = FeeScheduleFactory(release="2026C", is_active=is_active)
    StandingFactory(
        schedule=schedule,
        **GALLBLADDER,
        work_rvu=Decimal("10.21"),
        total_fac=Decimal("19.22"),
        national_fac=Decimal("641.97"),
    )
    StandingFactory(schedule=schedule, code__hcpcs="99213")
    return schedule
