"""Sites and custom codes: what a person names for themselves."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import CustomCode, Site, User
from codes import taxonomy


class _OwnForm(forms.ModelForm):
    """A row of one person, under a name that they have not used yet."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.user = user

    def clean_name(self) -> str:
        name: str = " ".join(self.cleaned_data["name"].split())
        others = type(self.instance).objects.for_user(self.instance.user)
        if others.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(f"You have “{name}” already. Choose another name.")
        return name


class SiteForm(_OwnForm):
    class Meta:
        model = Site
        fields = ["name", "setting", "is_retired"]
        error_messages = {
            "name": {"required": "Give the site a name, as you call it."},
            "setting": {"invalid_choice": "Choose facility or office."},
        }


class CustomCodeForm(_OwnForm):
    wrvu = forms.DecimalField(
        min_value=0,
        max_value=Decimal(10_000),
        max_digits=10,
        decimal_places=4,
        error_messages={
            "required": "Say how many wRVUs one unit counts.",
            "invalid": "Write wRVUs as a number: 2.5.",
        },
    )

    class Meta:
        model = CustomCode
        fields = ["name", "hcpcs", "wrvu", "reason", "is_retired"]
        error_messages = {
            "name": {"required": "Give it a name: what you call this work."},
            "reason": {"required": "Say where the value comes from, for later."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Cut and checked below, with a sentence, and not by what a column holds.
        self.fields["hcpcs"] = forms.CharField(max_length=20, required=False)

    def clean_hcpcs(self) -> str:
        hcpcs: str = self.cleaned_data["hcpcs"].strip().upper()
        if hcpcs and not taxonomy.is_code(hcpcs):
            raise ValidationError(
                f"{hcpcs} is no code. A code has five digits, or a letter and four digits; leave "
                "it empty for work without one."
            )
        return hcpcs
