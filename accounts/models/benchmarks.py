"""Percentiles to compare with: Medicare's public ones, and those of a person's own survey."""

from django.db import models
from django.db.models import F, Q

from accounts.models.owned import Owned
from accounts.patient_data import refuse_patient_data
from rvuedge.fields import ExactDecimalField

NAMES = ("p10", "p25", "p50", "p75", "p90")


def _point():
    return ExactDecimalField(max_digits=12, decimal_places=2)


class Points(models.Model):
    """Five percentiles of wRVUs in a year."""

    p10 = _point()
    p25 = _point()
    p50 = _point()
    p75 = _point()
    p90 = _point()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    p10__gte=0,
                    p25__gte=F("p10"),
                    p50__gte=F("p25"),
                    p75__gte=F("p50"),
                    p90__gte=F("p75"),
                ),
                name="%(app_label)s_%(class)s_points_ascend",
            ),
        ]


class Benchmark(Points):
    """Medicare fee-for-service wRVUs of one specialty in one year: a part of a practice only.

    From CMS's "Physician & Other Practitioners by Provider and Service" file (DOMAIN.md 6).
    """

    year = models.PositiveSmallIntegerField()
    release = models.CharField(max_length=6, help_text="Whose work RVUs were taken.")
    specialty = models.CharField(max_length=100, help_text="Rndrng_Prvdr_Type, as published.")
    clinicians = models.PositiveIntegerField()
    floor = models.PositiveIntegerField(
        default=0, help_text="Services that a clinician had at least."
    )
    source = models.CharField(max_length=120, help_text="The name of the file.")
    digest = models.CharField(max_length=64)
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta(Points.Meta):
        ordering = ["-year", "specialty"]
        constraints = [
            *Points.Meta.constraints,
            models.UniqueConstraint(
                fields=["year", "specialty"], name="accounts_one_benchmark_a_year"
            ),
            models.CheckConstraint(
                condition=Q(clinicians__gte=30), name="accounts_benchmark_of_30_or_more"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.specialty} {self.year}"


class Survey(Owned, Points):
    """Percentiles that a license holder typed or uploaded. Nobody else ever sees them."""

    name = models.CharField("source", max_length=80, validators=[refuse_patient_data])
    year = models.PositiveSmallIntegerField()
    specialty = models.CharField(max_length=100)
    is_per_fte = models.BooleanField("per full-time equivalent", default=True)
    entered_at = models.DateTimeField(auto_now_add=True)

    class Meta(Points.Meta):
        ordering = ["-year", "name", "specialty"]
        constraints = [
            *Points.Meta.constraints,
            models.UniqueConstraint(
                fields=["user", "name", "year", "specialty"], name="accounts_survey_lines_differ"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.year}, {self.specialty}"
