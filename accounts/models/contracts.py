"""What a contract says about pay and credit. Amended by a new row, so that old terms stay."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models.log import Site
from accounts.models.owned import Owned, OwnedQuerySet
from accounts.patient_data import refuse_patient_data
from rvuedge.fields import ExactDecimalField


class RuleSet(Owned):
    """Which share of a work RVU a modifier is credited with, where it differs from Medicare's."""

    name = models.CharField(max_length=60, validators=[refuse_patient_data])
    factors = models.JSONField(default=dict, help_text="As credit.RuleSet reads and writes it.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="accounts_rule_names_differ"),
        ]

    def __str__(self) -> str:
        return self.name


class ContractQuerySet(OwnedQuerySet):
    def on(self, day):
        """Those in force on a day."""
        return self.filter(starts_on__lte=day).filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=day)
        )


class Contract(Owned):
    """The terms from one date to another. Dollars, wRVUs for a whole contract year, FTE."""

    class Schedule(models.TextChoices):
        IN_FORCE = "in force", "The release in force on the date of service"
        YEAR = "year", "Frozen at a year"
        RELEASE = "release", "Frozen at one release"

    class Rules(models.TextChoices):
        MEDICARE = "medicare", "Medicare's percentages"
        FULL = "full", "Full credit for every modifier"
        OWN = "own", "Percentages of its own"

    class TrueUp(models.TextChoices):
        MONTH = "month", "Each month"
        QUARTER = "quarter", "Each quarter"
        YEAR = "year", "Once a year"

    employer = models.CharField(max_length=80, validators=[refuse_patient_data])
    starts_on = models.DateField("first day")
    ends_on = models.DateField("last day", null=True, blank=True)
    sites = models.ManyToManyField(
        Site, blank=True, related_name="contracts", help_text="None chosen: every site."
    )
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="amendments"
    )
    schedule = models.CharField(max_length=8, choices=Schedule, default=Schedule.IN_FORCE)
    schedule_year = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    schedule_release = models.CharField(max_length=6, blank=True)
    rules = models.CharField("credit rules", max_length=8, choices=Rules, default=Rules.MEDICARE)
    rule_set = models.ForeignKey(
        RuleSet, null=True, blank=True, on_delete=models.RESTRICT, related_name="contracts"
    )
    counts_reference = models.BooleanField(
        "counts reference values",
        default=False,
        help_text="Codes that Medicare does not pay but publishes RVUs for, as 99381.",
    )
    fte = ExactDecimalField("clinical FTE", max_digits=4, decimal_places=3, default=Decimal(1))
    base = ExactDecimalField("base pay a year", max_digits=12, decimal_places=2, default=0)
    threshold = ExactDecimalField(
        "threshold a year", max_digits=12, decimal_places=2, default=0,
        help_text="wRVUs that the base covers.",
    )  # fmt: skip
    rate = ExactDecimalField(
        "dollars per wRVU", max_digits=10, decimal_places=4, null=True, blank=True,
        help_text="Above the threshold, up to the first tier.",
    )  # fmt: skip
    is_retroactive = models.BooleanField(
        "tiers reach back",
        default=False,
        help_text="A tier's rate pays for all wRVUs once it is reached, not only for those above.",
    )
    target = ExactDecimalField(
        "target a year", max_digits=12, decimal_places=2, null=True, blank=True,
        help_text="wRVUs to keep pace with, where it is not the threshold.",
    )  # fmt: skip
    year_starts = models.PositiveSmallIntegerField(
        "contract year begins in month",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    true_up = models.CharField(max_length=7, choices=TrueUp, default=TrueUp.YEAR)
    is_cumulative = models.BooleanField(
        "settled on the year so far",
        default=True,
        help_text="Otherwise each period stands alone with its share of the threshold.",
    )
    note = models.CharField(max_length=200, blank=True, validators=[refuse_patient_data])

    objects = ContractQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="accounts_contract_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(base__gte=0, threshold__gte=0, fte__gt=0)
                & (Q(rate__isnull=True) | Q(rate__gte=0)),
                name="accounts_contract_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(schedule="year") | Q(schedule_year__isnull=False),
                name="accounts_contract_names_its_year",
            ),
            models.CheckConstraint(
                condition=~Q(schedule="release") | ~Q(schedule_release=""),
                name="accounts_contract_names_its_release",
            ),
            models.CheckConstraint(
                condition=~Q(rules="own") | Q(rule_set__isnull=False),
                name="accounts_contract_names_its_rules",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employer}, from {self.starts_on}"

    @property
    def schedule_words(self) -> str:
        """What the contract says about the fee schedule, in a few words."""
        if self.schedule == self.Schedule.YEAR:
            return f"frozen at {self.schedule_year}"
        if self.schedule == self.Schedule.RELEASE:
            return f"frozen at {self.schedule_release}"
        return "the release in force on each date"


class Tier(models.Model):
    """From how many wRVUs a year another rate holds. It belongs to whoever owns the contract."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="tiers")
    above = ExactDecimalField("above wRVUs a year", max_digits=12, decimal_places=2)
    rate = ExactDecimalField("dollars per wRVU", max_digits=10, decimal_places=4)

    class Meta:
        ordering = ["above"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "above"], name="accounts_tiers_differ"),
            models.CheckConstraint(
                condition=Q(above__gte=0, rate__gte=0), name="accounts_tier_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"above {self.above}: {self.rate}"
