"""What all forms of the signed-in pages look like: the design's classes on Django's widgets."""

from typing import Any

from django import forms

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
    for field in form.fields.values():
        widget = field.widget
        classes = next((name for kind, name in _CLASSES if isinstance(widget, kind)), "input")
        if classes:
            widget.attrs.setdefault("class", classes)
        if isinstance(field, forms.DecimalField):
            widget.attrs.setdefault("inputmode", "decimal")


def date_input() -> forms.DateInput:
    """Return a date field's widget that browsers show as a calendar, and that reads as one."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
