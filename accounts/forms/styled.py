"""What all forms of the signed-in pages look like: the design's classes on Django's widgets."""

from typing import Any

from django import forms
from django.forms.utils import pretty_name

_CLASSES = (
    (forms.CheckboxInput, ""),
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.Select, "select narrow"),
    (forms.Textarea, "textarea"),
    (forms.DateInput, "input narrow"),
    (forms.NumberInput, "input number-size"),
    (forms.TextInput, "input narrow"),
)


DATE = {"invalid": "Write the date as 2026-07-01."}
# What is wrong and what to do, where Django says only the first. A form's own words come before.
_SENTENCES: tuple[tuple[type[forms.Field], dict[str, str]], ...] = (
    (forms.DateField, DATE),
    (
        forms.DecimalField,
        {
            "invalid": "Write a number, such as 48 or 52.50.",
            "max_digits": "This number is too long: check it for a digit too many.",
            "max_whole_digits": "This number is too large: check it for a digit too many.",
        },
    ),
    (forms.IntegerField, {"invalid": "Write a whole number."}),
    (forms.ChoiceField, {"invalid_choice": "This is none of the choices. Take one of the list."}),
)
_ITSELF = forms.Field.default_error_messages["required"]


class StyledForm(forms.Form):
    """A form whose fields carry the design's classes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        style(self)


class StyledModelForm(forms.ModelForm):
    """The same for one row of a table."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        style(self)


def style(form: forms.BaseForm) -> None:
    for key, field in form.fields.items():
        widget = field.widget
        classes = next((name for kind, name in _CLASSES if isinstance(widget, kind)), "input")
        if classes:
            widget.attrs.setdefault("class", classes)
        if isinstance(field, forms.DecimalField):
            widget.attrs.setdefault("inputmode", "decimal")
        _say_what_to_do(field, field.label or pretty_name(key))


def _say_what_to_do(field: forms.Field, label: object) -> None:
    """Replace Django's own sentences that leave it open what to do."""
    words = next((words for kind, words in _SENTENCES if isinstance(field, kind)), {})
    for code, sentence in words.items():
        if field.error_messages.get(code) == type(field).default_error_messages.get(code):
            field.error_messages[code] = sentence
    if field.error_messages.get("required") == _ITSELF:
        field.error_messages["required"] = f"“{label}” is missing: fill it in."


def date_input() -> forms.DateInput:
    """Return a date field's widget that browsers show as a calendar, and that reads as one."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
