"""The codes that a person follows, and sets of codes that are logged in one tap."""

from django.db import models

from accounts.models.owned import Owned
from accounts.patient_data import refuse_patient_data
from accounts.validators import check_hcpcs, check_modifiers


class TrackedCode(Owned):
    """A code that a person saved, with the figures it had then."""

    hcpcs = models.CharField("code", max_length=5, validators=[check_hcpcs])
    name = models.CharField(
        "own name", max_length=80, blank=True, validators=[refuse_patient_data]
    )
    note = models.CharField(max_length=200, blank=True, validators=[refuse_patient_data])
    group = models.CharField(max_length=40, blank=True, validators=[refuse_patient_data])
    position = models.PositiveIntegerField(default=0)
    is_favorite = models.BooleanField("favorite", default=False)
    tracked_at = models.DateTimeField(auto_now_add=True)
    release = models.CharField(max_length=6, blank=True, help_text="Active when it was tracked.")
    figures = models.JSONField(
        default=dict, help_text="What that release said: work_rvu, total_nonfac, status, …"
    )
    told_release = models.CharField(
        max_length=6, blank=True, help_text="The last release that a mail told of."
    )

    class Meta:
        ordering = ["group", "position", "hcpcs"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "hcpcs"], name="accounts_each_code_tracked_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.hcpcs


class CodeSet(Owned):
    """Several codes that are logged together: "clinic day"."""

    name = models.CharField(max_length=60, validators=[refuse_patient_data])
    position = models.PositiveIntegerField(default=0)
    is_case = models.BooleanField(
        "one case",
        default=False,
        help_text="Its codes belong to one session: the multiple-procedure rules apply.",
    )

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="accounts_set_names_differ"),
        ]

    def __str__(self) -> str:
        return self.name


class SetLine(models.Model):
    """One code of a set. It belongs to whoever owns the set."""

    set = models.ForeignKey(CodeSet, on_delete=models.CASCADE, related_name="lines")
    hcpcs = models.CharField("code", max_length=5, validators=[check_hcpcs])
    modifiers = models.CharField(max_length=14, blank=True, validators=[check_modifiers])
    units = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(units__gte=1, units__lte=999),
                name="accounts_set_line_units_1_to_999",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hcpcs}-{self.modifiers}" if self.modifiers else self.hcpcs
