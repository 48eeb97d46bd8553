"""What a person did: logged services, where, and what they must reach. Nothing about a patient."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models.owned import Owned, OwnedQuerySet
from accounts.patient_data import refuse_patient_data
from accounts.validators import check_hcpcs, check_modifiers
from codes.credit_kinds import Kind
from rvuedge.fields import ExactDecimalField


class Setting(models.TextChoices):
    FACILITY = "facility", "Facility"
    NONFACILITY = "nonfacility", "Office"


class Role(models.TextChoices):
    """What part a person had. Case logs count by it; credit follows modifiers alone."""

    PERFORMED = "performed", "Performed"
    ASSISTED = "assisted", "Assisted"
    SUPERVISED = "supervised", "Taught or supervised"
    SIMULATED = "simulated", "Simulated"
    OBSERVED = "observed", "Observed"


class Site(Owned):
    """A place where a person works."""

    name = models.CharField(max_length=60, validators=[refuse_patient_data])
    setting = models.CharField(max_length=11, choices=Setting, default=Setting.FACILITY)
    position = models.PositiveIntegerField(default=0)
    is_retired = models.BooleanField("no longer offered", default=False)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="accounts_site_names_differ"),
        ]

    def __str__(self) -> str:
        return self.name


class CustomCode(Owned):
    """Work with a value of one's own: a contractor-priced code, or work that has no code.

    Its credit is an estimate: marked wherever it stands, and never part of an official total.
    """

    name = models.CharField(max_length=80, validators=[refuse_patient_data])
    hcpcs = models.CharField(
        "code",
        max_length=5,
        blank=True,
        validators=[check_hcpcs],
        help_text="Where it values a code that Medicare does not; empty for other work.",
    )
    wrvu = ExactDecimalField("wRVUs each", max_digits=10, decimal_places=4)
    reason = models.CharField(
        "where the value comes from", max_length=120, validators=[refuse_patient_data]
    )
    is_retired = models.BooleanField("no longer offered", default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="accounts_custom_names_differ"),
            models.CheckConstraint(
                condition=Q(wrvu__gte=0, wrvu__lte=10_000),
                name="accounts_custom_value_0_to_10000",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProcedureQuerySet(OwnedQuerySet):
    def between(self, first, last):
        """Those of a range of days, both included."""
        return self.filter(performed_on__gte=first, performed_on__lte=last)

    def official(self):
        """Only what Medicare's table values: the only entries that a total adds up."""
        return self.filter(kind=Kind.OFFICIAL)


class Procedure(Owned):
    """A logged service, with the credit that it was given and the working behind it.

    The stored value is never changed by a new release or by new terms: accounts/valuing.py offers
    a recalculation and shows the difference first.
    """

    key = models.UUIDField(
        default=uuid.uuid4, help_text="Made where it was typed: sent twice, it is kept once."
    )
    performed_on = models.DateField("date of service")
    hcpcs = models.CharField("code", max_length=5, blank=True, validators=[check_hcpcs])
    custom = models.ForeignKey(
        CustomCode, null=True, blank=True, on_delete=models.RESTRICT, related_name="procedures"
    )
    modifiers = models.CharField(max_length=14, blank=True, validators=[check_modifiers])
    units = models.PositiveSmallIntegerField(default=1)
    percent = ExactDecimalField(
        "share by hand",
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Per cent, for 22, 52, 53, 66 or a shared visit, where terms leave it open.",
    )
    base_units = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="ASA base units, anesthesia only."
    )
    minutes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Anesthesia only.")
    setting = models.CharField(max_length=11, choices=Setting, default=Setting.FACILITY)
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.SET_NULL, related_name="procedures"
    )
    role = models.CharField(max_length=10, choices=Role, default=Role.PERFORMED)
    case = models.UUIDField(
        null=True, blank=True, help_text="The same for all codes of one session."
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Within its case.")
    note = models.CharField(max_length=80, blank=True, validators=[refuse_patient_data])
    logged_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    # What it was credited with, and why.
    kind = models.CharField(max_length=9, choices=Kind.choices(), default=Kind.NONE)
    work_rvu = ExactDecimalField(max_digits=8, decimal_places=2, null=True)
    wrvu = ExactDecimalField("wRVUs", max_digits=16, decimal_places=6, default=0)
    asa_units = ExactDecimalField(max_digits=8, decimal_places=1, null=True)
    release = models.CharField(max_length=6, blank=True, help_text="Whose work RVU was taken.")
    contract = models.ForeignKey(
        "accounts.Contract", null=True, on_delete=models.SET_NULL, related_name="procedures"
    )
    working = models.JSONField(default=list, help_text="The steps from work RVU to wRVUs.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why nothing was credited.")

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        ordering = ["-performed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="accounts_each_entry_kept_once"),
            models.CheckConstraint(
                condition=Q(custom__isnull=False) | ~Q(hcpcs=""),
                name="accounts_procedure_has_a_code_or_own_value",
            ),
            models.CheckConstraint(
                condition=Q(units__gte=1, units__lte=999), name="accounts_units_1_to_999"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "performed_on"], name="accounts_log_by_day"),
            models.Index(fields=["user", "hcpcs"], name="accounts_log_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code_and_modifiers} on {self.performed_on}"

    @property
    def code_and_modifiers(self) -> str:
        name = self.hcpcs or str(self.custom)
        return f"{name}-{self.modifiers.replace(',', '-')}" if self.modifiers else name

    @property
    def modifier_tuple(self) -> tuple[str, ...]:
        return tuple(self.modifiers.split(",")) if self.modifiers else ()


class Minimum(Owned):
    """How many of a kind of service somebody has to reach, as they or their program set it."""

    name = models.CharField(max_length=80, validators=[refuse_patient_data])
    at_least = models.PositiveIntegerField()
    codes = models.JSONField(default=list, help_text='Codes and ranges: ["47562", "49505-49525"].')
    roles = models.JSONField(default=list, help_text="Roles that count; empty for all.")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="accounts_minimum_names_differ"),
        ]

    def __str__(self) -> str:
        return self.name
