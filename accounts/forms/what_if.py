"""The two sides of a comparison."""

from typing import Any

from django import forms

from accounts import valuing, what_if
from accounts.forms.ranges import RangeForm
from accounts.models import Contract, RuleSet
from accounts.periods import Span
from accounts.what_if import Side
from codes import credit

LOGGED = "logged"


class WhatIfForm(RangeForm):
    """Terms, release and rules of two sides, "a" and "b", over a range of days."""

    def __init__(
        self,
        data: Any,
        default: Span,
        *,
        terminology: valuing.Terminology,
        rule_sets: list[RuleSet],
        releases: list[str],
    ) -> None:
        super().__init__(data, default)
        self.terminology = terminology
        self.contracts = {f"contract:{one.pk}": one for one in terminology.contracts}
        self.rule_sets = {f"own:{one.pk}": one for one in rule_sets}
        years = sorted({release[:4] for release in releases}, reverse=True)
        terms = [
            (LOGGED, "My log, as it stands"),
            ("medicare", "Medicare’s own terms, no contract"),
            *((key, str(one)) for key, one in self.contracts.items()),
        ]
        schedules = [
            ("", "As those terms say"),
            ("in force", "The release in force on each date"),
            *((year, f"The newest of {year}") for year in years),
            *((release, release) for release in sorted(releases, reverse=True)),
        ]
        rules = [
            ("", "As those terms say"),
            ("medicare", "Medicare’s percentages"),
            ("full", "Full credit"),
            *((key, one.name) for key, one in self.rule_sets.items()),
        ]
        labels = {"a": "First side", "b": "Second side"}
        for side, label in labels.items():
            for name, words, choices in (
                ("terms", "terms", terms),
                ("release", "fee schedule", schedules),
                ("rules", "credit rules", rules),
            ):
                field = forms.ChoiceField(
                    label=f"{label}: {words}", choices=choices, required=False
                )
                field.widget.attrs["class"] = "select"
                self.fields[f"{side}_{name}"] = field
        self.data = {**{name: data.get(name, "") for name in self.fields}, **self.data}

    def side(self, letter: str, pays: Contract | None) -> Side:
        """Return one side of a valid form; `pays` is whose terms pay for the log as it stands."""
        chosen = {
            name: self.cleaned_data.get(f"{letter}_{name}") or ""
            for name in ("terms", "release", "rules")
        }
        terms = chosen["terms"] or LOGGED
        contract = self.contracts.get(terms)
        as_logged = terms == LOGGED
        as_stored = as_logged and not chosen["release"] and not chosen["rules"]
        rules = self._rules(chosen["rules"])
        words = {
            name: dict(self.fields[f"{letter}_{name}"].choices).get(chosen[name], "")
            for name in ("release", "rules")
        }
        return Side(
            name=dict(self.fields[f"{letter}_terms"].choices)[terms],
            schedule=words["release"]
            if chosen["release"]
            else contract.schedule_words
            if contract
            else "as logged"
            if as_logged
            else "the release in force on each date",
            rules=words["rules"]
            if chosen["rules"]
            else valuing.rules_of(contract).name
            if contract
            else "as logged"
            if as_logged
            else credit.MEDICARE.name,
            contract=contract or (pays if as_logged else None),
            terms_on=None
            if as_stored
            else what_if.terms_under(
                self.terminology,
                contract,
                as_logged=as_logged,
                release=chosen["release"],
                rules=rules,
            ),
        )

    def _rules(self, chosen: str) -> credit.RuleSet | None:
        if chosen == "medicare":
            return credit.MEDICARE
        if chosen == "full":
            return credit.FULL_CREDIT
        own = self.rule_sets.get(chosen)
        if own is None:
            return None
        return credit.RuleSet.from_json({"name": own.name, "factors": own.factors})
