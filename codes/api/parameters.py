"""What can be asked of each address: read strictly, refused by name, and told in OpenAPI.

A parameter that is not known, is given twice or is not exactly of its form is an error: a program
that misspells a filter would otherwise take the whole list for its part.
"""

import re
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from codes.api import cursors
from codes.filters import LONGEST_WORDS, SORTS, StandingFilter
from codes.ledger import Why
from codes.models import Standing
from codes.payment import Clinician, Setting

MOST = 100  # rows of a page
_MOST_VALUES = 20
_SHOWN = 40  # characters of a name that is not known

CODE = "[0-9A-Za-z]{5}"
RELEASE = "20[0-9]{2}[A-D]R?"
SLUG = "[a-z0-9-]{1,50}"


class Pattern(serializers.RegexField):
    """A text that wholly matches a pattern; no space is forgiven."""

    def __init__(self, pattern: str, *, wrong: str, **options: Any) -> None:
        self.pattern = pattern
        options.setdefault("trim_whitespace", False)
        super().__init__(
            f"^(?:{pattern})$", error_messages={"invalid": wrong, "blank": wrong}, **options
        )

    def to_internal_value(self, data: Any) -> str:
        if not (isinstance(data, str) and re.fullmatch(self.pattern, data)):
            self.fail("invalid")
        return data


class Whole(serializers.IntegerField):
    """A whole number in plain digits: int() would also take " 1_0 " and other scripts'."""

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch("[0-9]{1,6}", str(data), re.ASCII):
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """true or false, in just these words."""

    default_error_messages = {"invalid": "Give true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid")
        return bool(data == "true")


class Day(serializers.DateField):
    def to_internal_value(self, value: Any) -> Any:
        if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", str(value), re.ASCII):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class Choice(serializers.ChoiceField):
    default_error_messages = {"invalid_choice": "“{input}” is none of the choices."}

    def fail(self, key: str, **kwargs: Any) -> None:
        if "input" in kwargs:
            kwargs["input"] = str(kwargs["input"])[:_SHOWN]
        super().fail(key, **kwargs)


def several(choices: Any, **options: Any) -> serializers.ListField:
    """Return a parameter that may be given several times: any of its values will do."""
    return serializers.ListField(
        child=Choice(choices=choices), required=False, max_length=_MOST_VALUES, **options
    )


def _decimal(**options: Any) -> Pattern:
    wrong = "Give a number with at most two decimals, such as 1.50."
    return Pattern(r"[0-9]{1,6}(\.[0-9]{1,2})?", wrong=wrong, required=False, **options)


def release(**options: Any) -> Pattern:
    wrong = "A release is named like 2026C or 2024AR."
    return Pattern(RELEASE, wrong=wrong, required=False, **options)


def code(**options: Any) -> Pattern:
    return Pattern(CODE, wrong="A code has five letters or digits.", **options)


class Query(serializers.Serializer):
    """The parameters of an address. None, unless a subclass names some."""

    @classmethod
    def read(cls, asked: QueryDict) -> dict[str, Any]:
        """Return the values that were asked for; ValidationError names what is wrong."""
        fields = cls().fields
        errors: dict[str, list[str]] = {}
        data: dict[str, Any] = {}
        for name, values in asked.lists():
            field = fields.get(name)
            if field is None:
                errors[name[:_SHOWN]] = ["There is no such parameter here."]
            elif isinstance(field, serializers.ListField):
                data[name] = values
            elif len(values) > 1:
                errors[name] = ["Give this once."]
            else:
                data[name] = values[0]
        query = cls(data=data)
        if not query.is_valid():
            errors |= {name: list(found) if isinstance(found, list) else found
                       for name, found in query.errors.items() if name not in errors}  # fmt: skip
        if errors:
            raise ValidationError(errors)
        return dict(query.validated_data)


class PageQuery(Query):
    size = Whole(
        required=False, default=50, min_value=1, max_value=MOST, help_text="Rows of a page."
    )
    cursor = Pattern(
        cursors.PATTERN,
        wrong="This is no cursor of this list: begin without one.",
        required=False,
        help_text="Where the page begins: taken from `next` of the page before.",
    )


class CodesQuery(PageQuery):
    """The filters of the public list of codes; several of them all have to fit."""

    q = serializers.CharField(
        required=False,
        max_length=LONGEST_WORDS,
        help_text="Words, synonyms or the beginning of a code, as on the search page.",
    )
    category = Pattern(
        SLUG,
        wrong="A category is named by its slug.",
        required=False,
        help_text="The slug of a category or of a chapter: see /api/v1/categories/.",
    )
    specialty = Pattern(
        SLUG,
        wrong="A specialty is named by its slug.",
        required=False,
        help_text="The slug of a specialty: see /api/v1/specialties/.",
    )
    status = several(
        [one for one, _ in StandingFilter.base_filters["status"].extra["choices"]],
        help_text="Medicare's status letter. May be given several times.",
    )
    payable = several(["yes", "no"], help_text="Whether Medicare pays by these RVUs.")
    global_days = several(
        [one for one, _ in StandingFilter.base_filters["global_days"].extra["choices"]],
        help_text="The global period. May be given several times.",
    )
    split = several(["yes"], help_text="Only codes with rows for 26 or TC.")
    change = several(
        [kind.value for kind in Standing.Change if kind],
        help_text="What the active release changed. May be given several times.",
    )
    work_min = _decimal(help_text="Least work RVUs, of codes that Medicare pays by RVUs.")
    work_max = _decimal(help_text="Most work RVUs, of codes that Medicare pays by RVUs.")
    sort = Choice(choices=list(SORTS), required=False, default="code", help_text="The order.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        low, high = attrs.get("work_min"), attrs.get("work_max")
        if low and high and Decimal(high) < Decimal(low):
            raise ValidationError({"work_max": f"No number is at least {low}, at most {high}."})
        return attrs


class RatesQuery(PageQuery):
    code = code(required=False, help_text="Only the rows of this code.")
    status = several(
        [one for one, _ in StandingFilter.base_filters["status"].extra["choices"]],
        help_text="Medicare's status letter. May be given several times.",
    )


class ChangesQuery(PageQuery):
    since = release(help_text="The earlier release; the loaded one before unless named.")
    reason = Choice(
        choices=[one.value for one in Why], required=False, help_text="Only what changed for it."
    )
    code = Pattern(
        "[0-9A-Za-z]{1,5}",
        wrong="Give a code, or how codes begin.",
        required=False,
        help_text="A code, or how codes begin: 4756.",
    )


class SearchQuery(PageQuery):
    q = serializers.CharField(max_length=LONGEST_WORDS, help_text="Words, or a code.")


class LocalitiesQuery(PageQuery):
    release = release(help_text="The active release unless another one is named.")
    state = Pattern(
        "[A-Za-z]{2}", wrong="A state has two letters.", required=False, help_text="NY, for one."
    )
    zip = Pattern(
        "[0-9]{5}", wrong="A ZIP code has five digits.", required=False,
        help_text="Only the locality of this ZIP code.",
    )  # fmt: skip


class PaymentQuery(Query):
    code = code(help_text="The code, in capitals or not.")
    modifiers = Pattern(
        "[0-9A-Za-z]{2}(,[0-9A-Za-z]{2}){0,3}",
        wrong="Up to four modifiers of two letters or digits, with commas between: 50,RT.",
        required=False,
        help_text="Up to four, with commas between: 50,RT.",
    )
    units = Whole(required=False, default=1, min_value=1, max_value=999)
    setting = Choice(
        choices=[one.value for one in reversed(Setting)],
        required=False,
        default=Setting.NONFACILITY.value,
        help_text="Where the service is given: an office is nonfacility, a hospital facility.",
    )
    locality = Pattern(
        "[0-9]{5}-[0-9A-Z]{2}",
        wrong="A locality is named like 13202-01: see /api/v1/localities/.",
        required=False,
        help_text="The key of a locality. Without it and without zip: the national amount.",
    )
    zip = Pattern(
        "[0-9]{5}", wrong="A ZIP code has five digits.", required=False,
        help_text="The ZIP code where the service is given, in place of locality.",
    )  # fmt: skip
    date = Day(required=False, help_text="The day of the service: the release in force then.")
    release = release(help_text="The release, in place of date. Without both: the active one.")
    qp = Flag(required=False, default=False, help_text="The factor of qualifying participants.")
    participating = Flag(required=False, default=True, help_text="false: 95% are allowed.")
    clinician = Choice(
        choices=[one.value for one in Clinician],
        required=False,
        default=Clinician.PHYSICIAN.value,
        help_text="Who bills: npp is a nurse practitioner, physician assistant or CNS.",
    )
    days = Whole(
        required=False, min_value=0, max_value=90, help_text="Days of care, with modifier 55."
    )
    base_units = Whole(
        required=False, min_value=0, max_value=999, help_text="Of an anesthesia service."
    )
    minutes = Whole(
        required=False, min_value=0, max_value=9999, help_text="Of an anesthesia service."
    )
    at_induction = Flag(
        required=False, default=False, help_text="With modifier AD: present at induction."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for one, other in (("locality", "zip"), ("date", "release")):
            if one in attrs and other in attrs:
                raise ValidationError({other: f"Give {one} or {other}, not both."})
        return attrs
