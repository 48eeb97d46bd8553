"""What somebody has to reach."""

from typing import Any

from django import forms

from accounts.forms.styled import StyledModelForm
from accounts.minimums import read_ranges, written
from accounts.models import Minimum
from accounts.models.log import Role


class MinimumForm(StyledModelForm):
    codes = forms.CharField(
        label="Codes",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Codes and ranges, with commas between: 47562, 49505-49525.",
    )
    roles = forms.MultipleChoiceField(
        label="Roles that count",
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: every role counts.",
    )

    class Meta:
        model = Minimum
        fields = ["name", "at_least", "codes", "roles"]
        labels = {"at_least": "At least how many"}
        help_texts = {"name": "As your program calls it, such as “Laparoscopic gallbladder”."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at_least"].min_value = 1
        self.fields["at_least"].widget.attrs.update({"min": 1, "max": 100_000})
        if self.instance.pk:
            self.initial["codes"] = written(self.instance.codes)

    def clean_codes(self) -> list[str]:
        ranges = read_ranges(self.cleaned_data["codes"])
        if not ranges:
            raise forms.ValidationError("Name one code at least, such as 47562.")
        return ranges

    def clean_at_least(self) -> int:
        number: int = self.cleaned_data["at_least"]
        if not 1 <= number <= 100_000:
            raise forms.ValidationError("Give a number from 1 to 100,000.")
        return number

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Minimum.objects.for_user(self.instance.user).exclude(pk=self.instance.pk)
        if others.filter(name=name).exists():
            raise forms.ValidationError(f"You have a minimum called {name} already.")
        return name
