"""The employer's statement, held against the log. What is reported is never added to the log."""

from django.db import models
from django.db.models import F, Q

from accounts.models.contracts import Contract
from accounts.models.log import Procedure
from accounts.models.owned import Owned
from accounts.patient_data import refuse_patient_data
from accounts.validators import check_modifiers
from rvuedge.fields import ExactDecimalField


class StatementLayout(Owned):
    """Which column of an employer's file means what: mapped once, remembered."""

    employer = models.CharField(max_length=80, validators=[refuse_patient_data])
    columns = models.JSONField(help_text='{"date": "Svc Date", "code": "CPT", …}')
    date_order = models.CharField(
        max_length=3,
        choices=[("mdy", "month/day/year"), ("dmy", "day/month/year"), ("ymd", "year-month-day")],
        default="mdy",
    )

    class Meta:
        ordering = ["employer"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "employer"], name="accounts_one_layout_for_each_employer"
            ),
        ]

    def __str__(self) -> str:
        return self.employer


class Statement(Owned):
    """One statement: the rows that could be read, not the file."""

    employer = models.CharField(max_length=80, validators=[refuse_patient_data])
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.SET_NULL, related_name="statements"
    )
    starts_on = models.DateField("first day")
    ends_on = models.DateField("last day")
    dollars_per_wrvu = ExactDecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True,
        help_text="To say a difference in dollars.",
    )  # fmt: skip
    file_name = models.CharField(max_length=120)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    rows_read = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=list, help_text='[[row, "what was wrong"], …]')
    matched_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-ends_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="accounts_statement_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employer}, {self.starts_on} to {self.ends_on}"


class StatementLine(models.Model):
    """One finding: a line of the statement, an entry of the log, or both."""

    class Verdict(models.TextChoices):
        MATCHED = "matched", "Matched"
        NEAR = "near", "Matched nearly"
        DIFFERENT = "different", "Different wRVUs"
        MISSING_THERE = "missing there", "Missing from the statement"
        MISSING_HERE = "missing here", "Only on the statement"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ASKED = "asked", "Asked"
        SETTLED = "settled", "Settled"

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="lines")
    row = models.PositiveIntegerField(null=True, help_text="In the file; empty if not there.")
    performed_on = models.DateField(null=True)
    hcpcs = models.CharField("code", max_length=5, blank=True)
    modifiers = models.CharField(max_length=14, blank=True, validators=[check_modifiers])
    units = models.PositiveSmallIntegerField(null=True)
    wrvu = ExactDecimalField("wRVUs reported", max_digits=16, decimal_places=6, null=True)
    dollars = ExactDecimalField(max_digits=12, decimal_places=2, null=True)
    procedure = models.ForeignKey(
        Procedure, null=True, on_delete=models.SET_NULL, related_name="statement_lines"
    )
    logged = models.JSONField(
        default=dict, help_text="The entry as it was when matched: it may be edited or deleted."
    )
    logged_wrvu = ExactDecimalField("wRVUs tracked", max_digits=16, decimal_places=6, null=True)
    verdict = models.CharField(max_length=13, choices=Verdict)
    score = models.PositiveSmallIntegerField(default=100, help_text="How well both fit, of 100.")
    cause = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=7, choices=Status, default=Status.OPEN)
    note = models.CharField(max_length=200, blank=True, validators=[refuse_patient_data])

    class Meta:
        ordering = ["performed_on", "row", "pk"]
        indexes = [models.Index(fields=["statement", "verdict"], name="accounts_lines_by_verdict")]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.hcpcs}"
