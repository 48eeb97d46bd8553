"""Contracts, their tiers and their rules of credit, as people type them."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q

from accounts.forms.ranges import check_known_day
from accounts.forms.styled import StyledForm, StyledModelForm, date_input
from accounts.models import Contract, RuleSet, Site, Tier
from accounts.pay import Terms, TermsError, TrueUp
from accounts.pay import Tier as PayTier
from accounts.valuing import shown_schedules
from codes import credit
from codes.credit import RULES, Rule, RuleError, Share, Way

MOST_TIERS = 12
SPARE_TIERS = 2
HUNDRED = Decimal(100)
_AMOUNTS = {
    "rate": "The rate per wRVU",
    "base": "The base",
    "threshold": "The threshold",
}
_MONTHS = [(number, f"{date(2000, number, 1):%B}") for number in range(1, 13)]


class TierForm(StyledForm):
    """One row of the tiers; empty rows count for nothing."""

    above = forms.DecimalField(
        label="Above wRVUs a year", required=False, max_digits=12, decimal_places=2, min_value=0
    )
    rate = forms.DecimalField(
        label="Dollars per wRVU", required=False, max_digits=10, decimal_places=4, min_value=0
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = [name for name in ("above", "rate") if cleaned.get(name) is not None]
        if len(given) == 1 and not self.errors:
            missing = "rate" if given == ["above"] else "above"
            words = "its dollars per wRVU" if missing == "rate" else "where it begins"
            self.add_error(missing, f"Give {words}, or empty the whole row.")
        return cleaned

    @property
    def tier(self) -> PayTier | None:
        above, rate = self.cleaned_data.get("above"), self.cleaned_data.get("rate")
        return None if above is None or rate is None else PayTier(above, rate)


class ContractForm(StyledModelForm):
    """A contract with its tiers: bind it with `contract_form`."""

    counts_by = forms.ChoiceField(
        label="Fee schedule",
        help_text="Many contracts fix the year whose work RVUs count; 2020 is a common one.",
    )
    credits_by = forms.ChoiceField(
        label="Credit for modifiers",
        help_text="Where a contract is silent, Medicare’s percentages are the usual choice.",
    )
    year_starts = forms.TypedChoiceField(
        label="The contract year begins in", choices=_MONTHS, coerce=int
    )

    class Meta:
        model = Contract
        fields = [
            *("employer", "starts_on", "ends_on", "sites", "rate", "base", "threshold"),
            *("is_retroactive", "target", "year_starts", "true_up", "is_cumulative", "fte"),
            *("counts_reference", "note"),
        ]
        widgets = {
            "starts_on": date_input(),
            "ends_on": date_input(),
            "sites": forms.CheckboxSelectMultiple,
        }
        labels = {
            "ends_on": "Last day, if it has one",
            "rate": "Dollars per wRVU",
            "base": "Base pay a year, in dollars",
            "threshold": "Threshold: wRVUs a year that the base covers",
            "target": "Target: wRVUs a year to keep pace with",
            "true_up": "Settled",
            "counts_reference": "Counts reference values",
            "is_retroactive": "Tiers reach back",
            "is_cumulative": "Settled on the year so far",
        }
        help_texts = {
            "rate": "Above the threshold, up to the first tier. Empty: you are not paid by wRVU.",
            "threshold": "",
            "target": "Empty: the threshold.",
            "fte": "1 is full time with patients; protected time does not count.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user, contract = self.instance.user, self.instance
        self.fields["sites"].queryset = Site.objects.for_user(user)
        self.fields["counts_by"].choices = list(_schedules(contract))
        own = RuleSet.objects.for_user(user)
        self.fields["credits_by"].choices = [
            ("medicare", "Medicare’s percentages"),
            ("full", "Full credit for every modifier"),
            *((f"own:{one.pk}", one.name) for one in own),
        ]
        self.rule_sets = {f"own:{one.pk}": one for one in own}
        self.initial.setdefault("counts_by", _schedule_key(contract))
        self.initial.setdefault("credits_by", _rules_key(contract))
        for name in ("base", "threshold"):
            self.fields[name].required = False
        for name in ("starts_on", "ends_on"):
            self.fields[name].validators.append(check_known_day)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("base", "threshold"):
            if cleaned.get(name) is None and name not in self.errors:
                cleaned[name] = Decimal(0)
        for name, words in _AMOUNTS.items():
            amount = cleaned.get(name)
            if amount is not None and amount < 0:
                self.add_error(name, f"{words} is not negative: give a number from 0 up.")
        start, end = cleaned.get("starts_on"), cleaned.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", "The last day lies before the first: correct one of them.")
        if cleaned.get("target") is not None and cleaned["target"] <= 0:
            self.add_error("target", "A target is more than 0. Leave it empty if there is none.")
        if cleaned.get("fte") is not None and not 0 < cleaned["fte"] <= 2:
            self.add_error("fte", "Clinical FTE is a number above 0, up to 2: 0.9 for 90%.")
        return cleaned

    def _post_clean(self) -> None:
        # Before the model's own checks, which look at these fields too.
        kind, _, value = self.cleaned_data.get("counts_by", "in force").partition(":")
        self.instance.schedule = kind
        self.instance.schedule_year = int(value) if kind == "year" else None
        self.instance.schedule_release = value if kind == "release" else ""
        rules = self.cleaned_data.get("credits_by", "medicare")
        self.instance.rule_set = self.rule_sets.get(rules)
        self.instance.rules = rules.partition(":")[0]
        super()._post_clean()


class ContractForms:
    """The form of a contract and the rows of its tiers, checked and saved together."""

    def __init__(self, data: Any, contract: Contract, *, initial: Any = None) -> None:
        self.form = ContractForm(data, instance=contract, initial=initial)
        stored = [] if contract.pk is None else list(contract.tiers.all())
        if initial and "tiers" in initial:
            stored = initial["tiers"]
        count = min(len(stored) + SPARE_TIERS, MOST_TIERS)
        if data is not None:
            asked = str(data.get("tier_rows", ""))
            given = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 3 else 0
            count = min(max(given, count), MOST_TIERS)
            if "more" in data:
                count = min(count + SPARE_TIERS, MOST_TIERS)
        self.tiers = [
            TierForm(
                data,
                prefix=f"tier{number}",
                initial=None
                if number >= len(stored)
                else {"above": stored[number].above, "rate": stored[number].rate},
            )
            for number in range(count)
        ]

    def is_valid(self) -> bool:
        valid = [one.is_valid() for one in (self.form, *self.tiers)]
        return all(valid) and self._pays()

    def _pays(self) -> bool:
        """Let the arithmetic of pay look at the terms as a whole."""
        cleaned = self.form.cleaned_data
        tiers = self.given_tiers
        if cleaned.get("rate") is None:
            if tiers or cleaned["base"] or cleaned["threshold"]:
                self.form.add_error(
                    "rate", "Give the dollars per wRVU: base, threshold and tiers need them."
                )
                return False
            return True
        try:
            Terms(
                cleaned["rate"],
                cleaned["base"],
                cleaned["threshold"],
                tuple(tiers),
                cleaned["is_retroactive"],
                TrueUp(cleaned["true_up"]),
                cleaned["is_cumulative"],
            )
        except TermsError as error:
            self.form.add_error(
                error.field if error.field in self.form.fields else None, str(error)
            )
            return False
        return True

    @property
    def given_tiers(self) -> list[PayTier]:
        return [tier for one in self.tiers if (tier := one.tier) is not None]

    @property
    def count(self) -> int:
        return len(self.tiers)

    @property
    def can_grow(self) -> bool:
        return self.count < MOST_TIERS

    @transaction.atomic
    def save(self) -> Contract:
        contract: Contract = self.form.save()
        contract.tiers.all().delete()
        Tier.objects.bulk_create(
            Tier(contract=contract, above=one.above, rate=one.rate) for one in self.given_tiers
        )
        return contract


def _schedules(contract: Contract) -> Iterator[tuple[str, Any]]:
    """Give the choices of a fee schedule: what is loaded, and what the contract has already."""
    yield "in force", "The release in force on the date of service"
    releases = [one.release for one in shown_schedules()]
    newest: dict[str, str] = {}
    for release in sorted(releases):
        newest[release[:4]] = release
    years = {f"year:{year}": f"{year} (now {release})" for year, release in newest.items()}
    single = {f"release:{release}": release for release in releases}
    kept = _schedule_key(contract)
    if kept.startswith("year:"):
        years.setdefault(kept, f"{kept[5:]} (none loaded)")
    elif kept.startswith("release:"):
        single.setdefault(kept, f"{kept[8:]} (not loaded)")
    yield "Frozen at the newest release of a year", sorted(years.items(), reverse=True)
    yield "Frozen at one release", sorted(single.items(), reverse=True)


def _schedule_key(contract: Contract) -> str:
    if contract.schedule == Contract.Schedule.YEAR:
        return f"year:{contract.schedule_year}"
    if contract.schedule == Contract.Schedule.RELEASE:
        return f"release:{contract.schedule_release}"
    return "in force"


def _rules_key(contract: Contract) -> str:
    if contract.rules == Contract.Rules.OWN:
        return f"own:{contract.rule_set_id}"
    return contract.rules


class EndForm(StyledForm):
    ends_on = forms.DateField(
        label="Last day of the contract", widget=date_input(), validators=[check_known_day]
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract

    def clean_ends_on(self) -> date:
        day: date = self.cleaned_data["ends_on"]
        if day < self.contract.starts_on:
            raise forms.ValidationError(
                f"The contract begins on {self.contract.starts_on:%B} "
                f"{self.contract.starts_on.day}, {self.contract.starts_on.year}: give a day from "
                "then on."
            )
        return day


def check_amendment(forms_: ContractForms, old: Contract) -> bool:
    """Say so where new terms would not begin after the first day of the old ones."""
    start = forms_.form.cleaned_data["starts_on"]
    if start <= old.starts_on:
        forms_.form.add_error(
            "starts_on",
            "New terms begin after the first day of the old ones. To correct the old ones, change "
            "them instead.",
        )
        return False
    if old.ends_on and start > old.ends_on + timedelta(days=1):
        forms_.form.add_error(
            "starts_on", "There would be days without terms between: begin on the day after."
        )
        return False
    return True


@transaction.atomic
def amend(forms_: ContractForms, old: Contract) -> Contract:
    """Store new terms that follow the old, which end on the day before and stay as they are."""
    contract = forms_.form.instance
    contract.follows = old
    saved = forms_.save()
    old.ends_on = saved.starts_on - timedelta(days=1)
    old.save(update_fields=["ends_on"])
    return saved


class RuleLine:
    """The controls of one rule of credit."""

    def __init__(self, rule: Rule, form: "RulesForm") -> None:
        self.rule = rule
        self.way = form[f"way_{rule.key}"] if f"way_{rule.key}" in form.fields else None
        self.percent = form[f"percent_{rule.key}"]

    @property
    def label(self) -> str:
        return label_of(self.rule)


def label_of(rule: Rule) -> str:
    """Return what stands in the column of modifiers."""
    return {"rank": "51", "endoscopy": "51, family"}.get(rule.key, rule.key)


class RulesForm(StyledForm):
    """A rule set: a name, and a share or a way for each rule."""

    name = forms.CharField(label="Name", max_length=60, help_text="As in “Valley 2026”.")

    def __init__(self, data: Any, *, instance: RuleSet) -> None:
        self.instance = instance
        super().__init__(data, initial={"name": instance.name})
        stored = (
            credit.RuleSet.from_json({"name": instance.name, "factors": instance.factors})
            if instance.pk
            else credit.MEDICARE
        )
        for rule in RULES:
            share = stored[rule.key]
            name = f"{rule.case} ({label_of(rule)})"
            if rule.ways:
                ways = [way for way in Way if way in rule.ways]
                field = forms.ChoiceField(
                    label=f"Credit: {name}",
                    choices=[*((way.value, _WAYS[way]) for way in ways), ("share", "A share of")],
                    initial=share.value if isinstance(share, Way) else "share",
                )
                field.widget.attrs["class"] = "select narrow"
                field.widget.attrs["aria-label"] = field.label
                self.fields[f"way_{rule.key}"] = field
            self.fields[f"percent_{rule.key}"] = forms.DecimalField(
                label=f"Per cent: {name}",
                required=False,
                min_value=0,
                max_value=300,
                decimal_places=2,
                initial=None if isinstance(share, Way) else _plain(share * HUNDRED),
                widget=forms.NumberInput(
                    attrs={
                        "class": "input number-size",
                        "inputmode": "decimal",
                        "step": "any",
                        "aria-label": f"Per cent: {name}",
                    }
                ),
            )

    @property
    def lines(self) -> list[RuleLine]:
        return [RuleLine(rule, self) for rule in RULES]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        RuleSet._meta.get_field("name").run_validators(name)
        others = RuleSet.objects.for_user(self.instance.user).filter(~Q(pk=self.instance.pk))
        if others.filter(name=name).exists():
            raise forms.ValidationError(f"You have rules called {name} already.")
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        shares: dict[str, Share] = {}
        for rule in RULES:
            way, percent = cleaned.get(f"way_{rule.key}"), cleaned.get(f"percent_{rule.key}")
            if way and way != "share":
                shares[rule.key] = Way(way)
            elif percent is not None:
                shares[rule.key] = percent / HUNDRED
            elif f"percent_{rule.key}" not in self.errors:
                self.add_error(
                    f"percent_{rule.key}", f"Give the per cent for “{rule.case}”: 100 is all."
                )
        if not self.errors:
            try:
                self.factors = credit.RuleSet(cleaned["name"], shares).to_json()["factors"]
            except RuleError as error:
                raise forms.ValidationError(list(error.sentences)) from error
        return cleaned

    def save(self) -> RuleSet:
        self.instance.name = self.cleaned_data["name"]
        self.instance.factors = self.factors
        self.instance.save()
        return self.instance


_WAYS = {
    Way.FILE: "As Medicare does",
    Way.UNITS: "Two units",
    Way.MANUAL: "By hand, each time",
}


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
