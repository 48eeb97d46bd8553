"""What a person says of their work, and the word with which they leave."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms

from accounts import time_zones
from accounts.models import Profile, User
from codes.localities import state_name
from codes.models import Specialty
from codes.places import Place, find_place, localities
from codes.shown import Shown


class ProfileForm(forms.ModelForm):
    """`place` is a ZIP code, county or name; what is typed there wins over the menu beside it."""

    place = forms.CharField(required=False, max_length=80)
    locality = forms.ChoiceField(required=False)
    time_zone = forms.ChoiceField(choices=time_zones.choices)

    class Meta:
        model = Profile
        fields = ["stage", "specialty", "locality", "clinical_fte", "time_zone", "mails_changes"]
        error_messages = {
            "clinical_fte": {
                "required": "Say how much you work with patients: 1 is full time.",
                "invalid": "Write the FTE as a number: 0.8, or 1.",
                "max_decimal_places": "Write the FTE with three decimals at most: 0.825.",
                "max_digits": "The FTE is a number above 0 and up to 2.",
                "max_whole_digits": "The FTE is a number above 0 and up to 2.",
            }
        }

    def __init__(self, *args: Any, state: Shown, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = state
        self.found = Place()
        self.fields["specialty"].queryset = Specialty.objects.order_by("name")
        self.fields["specialty"].empty_label = "Not said"
        self.initial["clinical_fte"] = f"{self.instance.clinical_fte.normalize():f}"
        self.fields["stage"].choices = [("", "Not said"), *Profile.Stage.choices]
        self.fields["locality"].choices = self._localities()
        for name in ("specialty", "locality", "time_zone"):
            self.fields[name].widget.attrs["class"] = "select narrow"

    def _localities(self) -> list[Any]:
        """Return the menu. A locality that the release no longer has stays until it is changed."""
        states: dict[str, list[tuple[str, str]]] = {}
        known = localities(self.state) if self.state.schedule else {}
        for key, row in known.items():
            states.setdefault(state_name(row.state), []).append((key, row.title))
        kept = self.instance.locality
        gone = [(kept, f"{kept}, not in this release")] if kept and kept not in known else []
        return [("", "Not said"), *gone, *sorted(states.items())]

    def clean_clinical_fte(self) -> Any:
        value = self.cleaned_data["clinical_fte"]
        if not 0 < value <= 2:
            raise forms.ValidationError("The FTE is a number above 0 and up to 2.")
        return value

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if text := cleaned.get("place"):
            if self.state.schedule is None:
                self.add_error("place", "No release is loaded yet. Leave this empty for now.")
                return cleaned
            self.found = find_place(self.state, text, "")
            if self.found.locality is None:
                self.add_error("place", self.found.problem)
            else:
                cleaned["locality"] = self.found.locality.key
        return cleaned


class LeavingForm(forms.Form):
    """The password once more. Wrong ones count as they do at sign-in."""

    password = forms.CharField(
        strip=False, error_messages={"required": "Type your password to delete the account."}
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("incorrect_password")
        return password
