"""Decimals are exact in the database: SQLite and PostgreSQL give the same, to the last digit."""

import random
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max, Min, Sum
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from codes.models import FeeSchedule, Locality, Rate
from rvuedge.fields import ExactDecimalField
from tests.factories import FeeScheduleFactory, LocalityFactory

pytestmark = pytest.mark.django_db

gpcis = st.decimals(min_value=0, max_value=Decimal("999.999"), places=3)
ONE = Decimal("1.000")


def localities(values):
    """Store a locality for each value, as its work index."""
    schedule = FeeScheduleFactory()
    Locality.objects.bulk_create(
        [
            Locality(
                schedule=schedule,
                mac=f"{n:05}",
                number="00",
                work_gpci=Decimal(value),
                pe_gpci=ONE,
                mp_gpci=ONE,
            )
            for n, value in enumerate(values)
        ],
        batch_size=2000,
    )
    return Locality.objects.filter(schedule=schedule)


def work(rows):
    return [row.work_gpci for row in rows.order_by("mac")]


def test_a_value_comes_back_with_its_decimals():
    written = ["1.064", "0.5", "12", "0.000", "999.999", "-0.125"]
    read = [str(value) for value in work(localities(written))]
    assert read == ["1.064", "0.500", "12.000", "0.000", "999.999", "-0.125"]


def test_the_column_holds_whole_numbers():
    localities(["1.064"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT work_gpci FROM codes_locality")
        assert cursor.fetchone() == (1064,)


@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(gpcis, min_size=1, max_size=40), st.integers(0, 2**32))
def test_the_sum_of_10_000_rows_is_exact(values, seed):
    Locality.objects.all().delete()
    rows = random.Random(seed).choices(values, k=10_000)
    stored = localities(rows)
    found = stored.aggregate(sum=Sum("work_gpci"), least=Min("work_gpci"), most=Max("work_gpci"))
    assert found == {"sum": sum(rows), "least": min(rows), "most": max(rows)}
    assert all(type(value) is Decimal for value in found.values())


def test_a_tenth_ten_thousand_times_is_a_thousand():
    """In binary it is not: floats drift to 1000.0000000001588."""
    assert localities(["0.1"] * 10_000).aggregate(Sum("work_gpci")) == {
        "work_gpci__sum": Decimal("1000.000")
    }


def test_nothing_is_none_and_so_are_its_sums():
    schedule = FeeScheduleFactory(release="2025D", qp_conversion_factor=None)
    schedule.refresh_from_db()
    assert schedule.qp_conversion_factor is None
    assert FeeSchedule.objects.filter(qp_conversion_factor=None).count() == 1
    assert Rate.objects.aggregate(Sum("work_rvu"), Max("work_rvu")) == {
        "work_rvu__sum": None,
        "work_rvu__max": None,
    }


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"work_gpci": Decimal("1.064")}, ["1.064"]),
        ({"work_gpci": "1.064"}, ["1.064"]),
        ({"work_gpci": 1}, ["1.000"]),
        ({"work_gpci__gte": Decimal("1.064")}, ["1.064", "1.500"]),
        ({"work_gpci__gt": Decimal("1.064")}, ["1.500"]),
        ({"work_gpci__lte": Decimal("1")}, ["0.999", "1.000"]),
        ({"work_gpci__lt": Decimal("1")}, ["0.999"]),
        ({"work_gpci__in": [Decimal("0.999"), Decimal("1.5"), Decimal(7)]}, ["0.999", "1.500"]),
        ({"work_gpci__range": (Decimal("0.9991"), Decimal("1.2"))}, None),
        ({"work_gpci__range": (Decimal("1"), Decimal("1.2"))}, ["1.000", "1.064"]),
    ],
)
def test_filters_compare_numbers(condition, found):
    stored = localities(["1.500", "0.999", "1.064", "1.000"])
    if found is None:  # a bound that the column cannot hold is refused, not rounded
        with pytest.raises(ValidationError):
            list(stored.filter(**condition))
        return
    assert [
        str(row.work_gpci) for row in stored.filter(**condition).order_by("work_gpci")
    ] == found


def test_order_is_that_of_numbers_not_of_text():
    stored = localities(["10.000", "9.000", "0.500"])
    assert [str(row.work_gpci) for row in stored.order_by("-work_gpci")] == [
        "10.000",
        "9.000",
        "0.500",
    ]


def test_values_and_updates_are_decimals_too():
    stored = localities(["1.064"])
    stored.update(work_gpci=Decimal("1.1"))
    assert list(stored.values_list("work_gpci", flat=True)) == [Decimal("1.100")]
    row = stored.get()
    row.work_gpci = "1.25"
    row.save()
    assert stored.get().work_gpci == Decimal("1.250")


@pytest.mark.parametrize("value", ["1.0645", "0.0001", "1e-9"])
def test_more_decimals_than_the_column_holds_are_refused(value):
    with pytest.raises(ValidationError, match="more than 3 decimals"), transaction.atomic():
        localities([value])
    assert not Locality.objects.exists()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "sNaN", "one"])
def test_what_is_no_number_is_refused(value):
    field = ExactDecimalField(max_digits=6, decimal_places=3)
    with pytest.raises(ValidationError):
        field.to_units(value)


def test_zeros_beyond_the_last_decimal_are_no_digits():
    field = ExactDecimalField(max_digits=6, decimal_places=3)
    assert field.to_units(Decimal("1.06400000")) == 1064
    assert field.to_units(Decimal("1E+2")) == 100_000
    assert field.to_units("0.125") == 125


def test_the_model_still_limits_the_digits():
    row = LocalityFactory.build(schedule=FeeScheduleFactory(), work_gpci=Decimal("1234.567"))
    with pytest.raises(ValidationError, match="work_gpci"):
        row.full_clean()
