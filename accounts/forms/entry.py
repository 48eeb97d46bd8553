"""One logged service as it is typed: quickly, in full, or without a network."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.forms.styled import DATE
from accounts.models import CustomCode, Procedure, Site, User
from accounts.models.log import Role, Setting
from accounts.validators import joined, modifiers_of
from codes import taxonomy
from codes.models import Code, FeeSchedule

EARLIEST = date(2000, 1, 1)
MOST_UNITS = 999
MOST_MINUTES = 24 * 60
MOST_BASE_UNITS = 60
TODAY, YESTERDAY, OTHER = "today", "yesterday", "other"

_WHOLE = {
    "invalid": "Write a whole number.",
    "min_value": "Write a number from 0 up.",
    "max_value": "Write a number up to %(limit_value)s.",
}
_PERCENT = dict.fromkeys(
    ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits"),
    "Write per cent as a number from 0 to 300: 75 or 62.5.",
)


def day_in_words(day: date) -> str:
    """Return "July 1, 2026"."""
    return f"{day:%B} {day.day}, {day.year}"


def check_day(day: date, today: date) -> date:
    """Return the day; ValidationError if nothing can have been done on it."""
    if day > today:
        raise ValidationError(
            f"{day_in_words(day)} has not come yet. Choose today or an earlier day."
        )
    if day < EARLIEST:
        raise ValidationError(f"{day_in_words(day)} is too long ago: the log begins with 2000.")
    return day


def known_code(text: str) -> str:
    """Return a code in capitals; ValidationError unless it may be one.

    Any release that is loaded makes it known. Where only a part of the codes is loaded, the form
    of a code is enough.
    """
    hcpcs = text.strip().upper()
    if not hcpcs:
        raise ValidationError("Give a code: five digits, or a letter and four digits.")
    if not taxonomy.is_code(hcpcs):
        raise ValidationError(
            f"{text.strip()[:20]} is no code. A code has five digits, or a letter and four digits."
        )
    if not Code.objects.filter(pk=hcpcs).exists() and _all_codes_are_here():
        raise ValidationError(
            f"{hcpcs} is in no release here. Check its digits, or log it as a custom code."
        )
    return hcpcs


def _all_codes_are_here() -> bool:
    return FeeSchedule.objects.filter(is_active=True, is_complete=True).exists()


class _Modifiers(forms.MultipleChoiceField):
    """Any modifiers: which of them are offered is for the page to say."""

    def valid_value(self, value: str) -> bool:
        return True


class EntryForm(forms.Form):
    """What all ways of logging ask for, but the code itself."""

    modifier = _Modifiers(required=False)
    more_modifiers = forms.CharField(max_length=40, required=False)
    units = forms.IntegerField(
        min_value=1,
        max_value=MOST_UNITS,
        error_messages={
            **_WHOLE,
            "min_value": "At least 1 unit.",
            "max_value": f"At most {MOST_UNITS} units.",
            "required": "Say how many units, at least 1.",
        },
    )
    site = forms.ModelChoiceField(
        Site.objects.none(),
        required=False,
        error_messages={"invalid_choice": "This is none of your sites. Choose one of the list."},
    )
    setting = forms.ChoiceField(
        choices=[("", ""), *Setting.choices],
        required=False,
        error_messages={"invalid_choice": "Choose facility or office."},
    )
    role = forms.ChoiceField(
        choices=Role.choices,
        required=False,
        error_messages={"invalid_choice": "Choose one of the roles of the list."},
    )
    percent = forms.DecimalField(
        required=False,
        min_value=0,
        max_value=300,
        max_digits=6,
        decimal_places=2,
        error_messages=_PERCENT,
    )
    base_units = forms.IntegerField(
        required=False, min_value=0, max_value=MOST_BASE_UNITS, error_messages=_WHOLE
    )
    minutes = forms.IntegerField(
        required=False, min_value=0, max_value=MOST_MINUTES, error_messages=_WHOLE
    )
    note = forms.CharField(
        max_length=80, required=False, validators=Procedure._meta.get_field("note").validators[:1]
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "log-%s")
        super().__init__(*args, **kwargs)
        self.user = user
        self.sites = list(Site.objects.for_user(user).filter(is_retired=False))
        self.fields["site"].queryset = Site.objects.for_user(user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = [*cleaned.get("modifier", ()), cleaned.get("more_modifiers", "")]
        try:
            cleaned["modifiers"] = modifiers_of(" ".join(typed))
        except ValidationError as error:
            self.add_error("more_modifiers", error)
        site = cleaned.get("site")
        cleaned["setting"] = cleaned.get("setting") or (
            site.setting if site else Setting.FACILITY.value
        )
        cleaned["role"] = cleaned.get("role") or Role.PERFORMED.value
        return cleaned

    def fill(self, procedure: Procedure) -> Procedure:
        """Write what was typed into an entry."""
        typed = self.cleaned_data
        procedure.user = self.user
        procedure.performed_on = typed["performed_on"]
        procedure.modifiers = joined(typed["modifiers"])
        for name in ("units", "site", "setting", "role", "percent", "base_units", "minutes"):
            setattr(procedure, name, typed[name])
        procedure.note = typed["note"]
        return procedure


class QuickForm(EntryForm):
    """The quick log: settings that apply to the next tap.

    `sent_alone` is for what a script sends: it makes a key for each entry, and the phone may be
    a day ahead of the person's own time zone.
    """

    key = forms.UUIDField(error_messages={"invalid": "The form did not arrive whole. Send again."})
    day = forms.ChoiceField(
        choices=[(TODAY, "Today"), (YESTERDAY, "Yesterday"), (OTHER, "Other")],
        required=False,
        error_messages={"invalid_choice": "Choose today, yesterday or another day."},
    )
    date = forms.DateField(required=False, error_messages=DATE)
    joins = forms.UUIDField(
        required=False,
        error_messages={"invalid": "Untick “same case”: the other entry is not known here."},
    )

    def __init__(self, *args: Any, today: date, sent_alone: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.sent_alone = sent_alone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        day = cleaned.get("day") or TODAY
        if day == OTHER and "date" not in self.errors:
            if cleaned.get("date") is None:
                self.add_error("date", "Say on which day, or choose today.")
            else:
                try:
                    latest = self.today + timedelta(days=self.sent_alone)
                    cleaned["performed_on"] = check_day(cleaned["date"], latest)
                except ValidationError as error:
                    self.add_error("date", error)
        elif day != OTHER:
            cleaned["performed_on"] = self.today - timedelta(days=day == YESTERDAY)
        return cleaned

    def entry(self, hcpcs: str = "", custom: CustomCode | None = None) -> Procedure:
        """Return the entry for a code. What is sent twice gets the same key twice; another code
        or other settings from the same page are another entry.
        """
        hcpcs = hcpcs or (custom.hcpcs if custom else "")
        one = self.fill(Procedure(hcpcs=hcpcs, custom=custom))
        one.key = self.derived_key(hcpcs, custom.pk if custom else "")
        return one

    def derived_key(self, *what: object) -> uuid.UUID:
        """Return the key of what is logged with these settings. A page has one key for all."""
        typed = self.cleaned_data
        if self.sent_alone:
            key: uuid.UUID = typed["key"]
            return key
        settings = (
            typed["performed_on"],
            joined(typed["modifiers"]),
            typed["units"],
            typed["site"] and typed["site"].pk,
            typed["setting"],
            typed["role"],
            typed["percent"],
            typed["base_units"],
            typed["minutes"],
            typed["note"],
        )
        return uuid.uuid5(typed["key"], "\n".join(map(str, (*what, *settings))))


class ChangeForm(EntryForm):
    """An entry in full, as its own page changes it."""

    hcpcs = forms.CharField(max_length=20, required=False)
    custom = forms.ModelChoiceField(CustomCode.objects.none(), required=False)
    performed_on = forms.DateField(error_messages={"required": "Say on which day.", **DATE})
    leaves_case = forms.BooleanField(required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        customs = CustomCode.objects.for_user(self.user)
        self.fields["custom"].queryset = customs  # type: ignore[attr-defined]

    def clean_performed_on(self) -> date:
        return check_day(self.cleaned_data["performed_on"], self.today)

    def clean_hcpcs(self) -> str:
        text = self.cleaned_data["hcpcs"]
        return known_code(text) if text.strip() else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not (cleaned.get("hcpcs") or cleaned.get("custom") or "hcpcs" in self.errors):
            self.add_error("hcpcs", "Give a code, or choose one of your custom codes.")
        return cleaned

    def fill(self, procedure: Procedure) -> Procedure:
        super().fill(procedure)
        custom = self.cleaned_data["custom"]
        procedure.custom = custom
        procedure.hcpcs = self.cleaned_data["hcpcs"] or (custom.hcpcs if custom else "")
        if self.cleaned_data["leaves_case"]:
            procedure.case, procedure.position = None, 0
        return procedure


def typed_of(procedure: Procedure) -> dict[str, Any]:
    """Return an entry as ChangeForm's initial values."""
    names: Sequence[str] = (
        "hcpcs", "performed_on", "units", "site", "setting", "role", "percent", "base_units",
        "minutes", "note", "custom",
    )  # fmt: skip
    values = {name: getattr(procedure, name) for name in names}
    percent = values["percent"]
    if isinstance(percent, Decimal):
        values["percent"] = f"{percent.normalize():f}"
    return {**values, "more_modifiers": procedure.modifiers.replace(",", " ")}
