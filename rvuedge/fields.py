"""A decimal column that is exact on every database."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models


class ExactDecimalField(models.DecimalField):
    """A Decimal kept as a whole number of its smallest unit.

    SQLite has no decimal type: Django's own DecimalField becomes a REAL there, and sums drift. A
    whole number is exact in SQLite and PostgreSQL, and so are its sums, minima and maxima.
    """

    description = "A decimal number stored as an integer"

    def get_internal_type(self):
        return "BigIntegerField"

    def db_type_parameters(self, connection):
        return {}

    def from_db_value(self, value, expression, connection):
        return None if value is None else Decimal(value).scaleb(-self.decimal_places)

    def get_db_prep_value(self, value, connection, prepared=False):
        if value is None or hasattr(value, "as_sql"):
            return value
        return self.to_units(value)

    def get_db_prep_save(self, value, connection):
        return self.get_db_prep_value(value, connection)

    def to_units(self, value):
        """Return how many of the smallest unit `value` is; refuse what does not fit exactly."""
        number = self.to_python(value)
        units = number.scaleb(self.decimal_places)
        if units != units.to_integral_value():
            raise ValidationError(f"{number} has more than {self.decimal_places} decimals.")
        return int(units)
