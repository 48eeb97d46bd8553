"""Forms for tracked codes and for sets of codes."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import CodeSet, SetLine, TrackedCode
from accounts.patient_data import refuse_patient_data
from accounts.validators import check_hcpcs, joined, modifiers_of
from codes.models import Code

MOST_LINES = 60
SPARE_LINES = 3


class CodeField(forms.CharField):
    """A code as people type it: in small letters, with spaces around."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("error_messages", {"required": "Enter a code, such as 47562."})
        super().__init__(max_length=20, **options)

    def clean(self, value: Any) -> str:
        code = super().clean(value).upper()
        if code:
            check_hcpcs(code)
        return code


class AddForm(forms.Form):
    """A code to track, typed by hand."""

    code = CodeField()
    name = forms.CharField(max_length=80, required=False, validators=[refuse_patient_data])
    group = forms.CharField(max_length=40, required=False, validators=[refuse_patient_data])

    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("name", "group")}


class TrackedForm(forms.ModelForm):
    class Meta:
        model = TrackedCode
        fields = ["name", "note", "group"]


class SetForm(forms.ModelForm):
    class Meta:
        model = CodeSet
        fields = ["name", "is_case"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = CodeSet.objects.for_user(self.instance.user).exclude(pk=self.instance.pk)
        if others.filter(name=name).exists():
            raise ValidationError(f"You have a set named “{name}” already. Choose another name.")
        return name


class LineForm(forms.Form):
    """One code of a set; a row without a code is no line."""

    code = CodeField(required=False)
    modifiers = forms.CharField(max_length=30, required=False)
    units = forms.IntegerField(
        min_value=1,
        max_value=999,
        required=False,
        error_messages={
            "invalid": "Units are a whole number from 1 to 999.",
            "min_value": "Units are a whole number from 1 to 999.",
            "max_value": "Units are a whole number from 1 to 999.",
        },
    )

    def clean_modifiers(self) -> str:
        return joined(modifiers_of(self.cleaned_data["modifiers"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_missing = not cleaned.get("code") and "code" not in self.errors
        if is_missing and (cleaned.get("modifiers") or cleaned.get("units")):
            self.add_error("code", "Enter the code that this belongs to, or empty the row.")
        return cleaned


class BaseLines(forms.BaseFormSet):
    """The rows of a set. A code has to be one that some loaded release holds."""

    def clean(self) -> None:
        codes = {form.cleaned_data.get("code") for form in self.forms if form.is_valid()}
        codes.discard("")
        codes.discard(None)
        known = set(Code.objects.filter(pk__in=codes).values_list("pk", flat=True))
        for form in self.forms:
            code = form.cleaned_data.get("code") if hasattr(form, "cleaned_data") else ""
            if code and code not in known:
                form.add_error("code", f"{code} is in no release that is loaded here.")
        if codes or any(form.errors for form in self.forms):
            return
        raise ValidationError("Enter at least one code: a set without codes logs nothing.")

    def lines(self) -> list[SetLine]:
        """Return the rows that have a code, in their order."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("code")]
        return [
            SetLine(
                hcpcs=row["code"],
                modifiers=row["modifiers"],
                units=row["units"] or 1,
                position=position,
            )
            for position, row in enumerate(rows)
        ]


Lines = forms.formset_factory(
    LineForm,
    formset=BaseLines,
    extra=0,
    max_num=MOST_LINES,
    absolute_max=MOST_LINES + SPARE_LINES,
    validate_max=True,
)
