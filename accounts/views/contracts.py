"""Contracts: their terms, what the year pays by them, and their rules of credit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import charts, dashboard, paying, valuing
from accounts.forms.contracts import (
    ContractForms,
    EndForm,
    RulesForm,
    amend,
    check_amendment,
    label_of,
)
from accounts.models import Contract, RuleSet, Tier
from accounts.pay import Pay, break_even, pay
from accounts.periods import Span
from accounts.views.private import private_page
from codes import credit
from codes.credit import RULES, Rule, Service, Share, Way
from codes.credit_kinds import Kind
from codes.payment import percent
from codes.templatetags.money import rate as rate_words

# A code on which each rule shows: real ones, so that the figures are those of the release.
_EXAMPLES = {
    "rank": [Service("49591", ("51",))],
    "endoscopy": [Service("45380"), Service("45385")],
    "50": [Service("49650", ("50",))],
    "22": [Service("47562", ("22",))],
    "52": [Service("47562", ("52",))],
    "53": [Service("45378", ("53",))],
    "54": [Service("27447", ("54",))],
    "55": [Service("27447", ("55",))],
    "56": [Service("27447", ("56",))],
    "58": [Service("19301", ("58",))],
    "62": [Service("19301", ("62",))],
    "66": [Service("47135", ("66",))],
    "76": [Service("47562", ("76",))],
    "77": [Service("47562", ("77",))],
    "78": [Service("47562", ("78",))],
    "79": [Service("47562", ("79",))],
    "80": [Service("44204", ("80",))],
    "81": [Service("44204", ("81",))],
    "82": [Service("44204", ("82",))],
    "AS": [Service("44204", ("AS",))],
    "FS": [Service("99223", ("FS",))],
}


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One rule of a contract, beside Medicare's, with an example in figures."""

    label: str
    rule: Rule
    share: str
    differs: bool
    example: str


@private_page
@require_safe
def contract_list(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    contracts = dashboard.contracts_of(request.user)
    rule_sets = RuleSet.objects.for_user(request.user).annotate(uses=Count("contracts"))
    context = {
        "section": "contract",
        "groups": [
            ("In force", [one for one in contracts if paying.days_of(one).contains(today)]),
            ("To come", [one for one in contracts if one.starts_on > today]),
            ("Ended", [one for one in contracts if one.ends_on and one.ends_on < today]),
        ],
        "has_any": bool(contracts),
        "rule_sets": rule_sets,
    }
    return render(request, "accounts/contracts/list.html", context)


@private_page
@require_safe
def contract_detail(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _contract(request, pk)
    today = timezone.localdate()
    days = paying.days_of(contract)
    day = max(days.start, min(today, days.end))  # that the page speaks of
    year = paying.year_of(contract, day)
    logged = dashboard.read_days(request.user, Span(year.start, day))
    found = dashboard.overview([contract], [o for o in logged if o.contract_id == pk], day)
    terminology = valuing.Terminology(request.user)
    terms = terminology.of(contract, day)
    context: dict[str, Any] = {
        "section": "contract",
        "contract": contract,
        "earlier": _earlier(contract, terminology.contracts),
        "later": [one for one in terminology.contracts if one.follows_id == pk],
        "day": day,
        "year": year,
        "overview": found,
        "schedule": terms.schedule,
        "remark": terms.remark,
        "uncounted": _uncounted(contract, logged, terminology),
        "credit_lines": _credit_lines(terms),
        "end_form": EndForm(contract=contract, initial={"ends_on": contract.ends_on}),
        **_pay_of_year(contract, found),
    }
    return render(request, "accounts/contracts/detail.html", context)


def _uncounted(
    contract: Contract, logged: Iterable[dashboard.Day], terminology: valuing.Terminology
) -> int:
    """Return how many entries of a contract's days were logged before it was entered here.

    Of a contract for some sites it is not known without asking: 0.
    """
    if contract.sites.all():
        return 0
    return sum(
        one.times
        for one in logged
        if one.contract_id is None and terminology.contract_on(one.day, None) == contract
    )


def _pay_of_year(contract: Contract, found: dashboard.Overview) -> dict[str, Any]:
    """Return what the year pays at this pace, or so far, level by level; empty without a rate."""
    terms = paying.terms_of(contract)
    if terms is None:
        return {}
    projection = found.projection
    wrvus = projection.expected if projection else found.total
    paid: Pay = pay(terms, wrvus)
    steps = [(terms.threshold, rate_words(terms.rate))]
    if terms.threshold:
        steps.insert(0, (Decimal(0), "in the base"))
    steps += [(tier.above, rate_words(tier.rate)) for tier in terms.tiers]
    return {
        "paid": paid,
        "wrvus": wrvus,
        "is_projected": projection is not None,
        "break_even": break_even(terms) if terms.base else None,
        "chart": charts.tiers(steps, found.total, projection.expected if projection else None),
    }


def _earlier(contract: Contract, contracts: Iterable[Contract]) -> list[Contract]:
    """Return the versions that a contract follows, the latest first."""
    by_pk = {one.pk: one for one in contracts}
    found: list[Contract] = []
    at = by_pk.get(contract.follows_id) if contract.follows_id else None
    while at is not None and at not in found:
        found.append(at)
        at = by_pk.get(at.follows_id) if at.follows_id else None
    return found


def _credit_lines(terms: valuing.Terms) -> list[CreditLine]:
    """Return every rule with its example. Two queries at most."""
    services = [service for example in _EXAMPLES.values() for service in example]
    rows = valuing.rows_for(terms.schedule.pk if terms.schedule else None, services)
    return [
        CreditLine(
            label_of(rule),
            rule,
            share_words(rule, terms.rules[rule.key]),
            terms.rules[rule.key] != rule.standard,
            _example(rule, _EXAMPLES[rule.key], rows, terms.rules),
        )
        for rule in RULES
    ]


def share_words(rule: Rule, share: Share) -> str:
    """Return a share as a contract's page says it."""
    if share is Way.FILE:
        return "as Medicare"
    if share is Way.UNITS:
        return "two units"
    if share is Way.MANUAL:
        return "entered each time"
    return percent(share)


def _example(rule: Rule, services: list[Service], rows: Any, rules: credit.RuleSet) -> str:
    """Return one code worked out: "49650: 6.36 × 1.5 = 9.54"; empty where it is not loaded."""
    first = credit.credit(services, rows, rules)[0]
    if first.kind is not Kind.OFFICIAL:
        return "" if (services[0].hcpcs, "") not in rows else first.reason
    work = first.steps[0].value
    factors = [
        step.factor
        for step in first.steps[1:]
        if step.factor and not step.label.startswith("Ranked 1 ")
    ]
    name = services[0].hcpcs
    if not factors:
        return f"{name}: {work}"
    shown = f"{first.wrvu.quantize(Decimal('0.01'), 'ROUND_HALF_UP')}"
    return f"{name}: {work} {' '.join(factors)} = {shown}"


# Adding, changing, amending, ending -----------------------------------------------------------


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def contract_add(request: HttpRequest) -> HttpResponse:
    contract = Contract(user=request.user, fte=request.profile.clinical_fte)
    forms = ContractForms(_posted(request), contract)
    if _is_sent(request) and forms.is_valid():
        return redirect("accounts:contract", forms.save().pk)
    return _form(request, forms, "Add a contract")


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def contract_change(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _contract(request, pk)
    forms = ContractForms(_posted(request), contract)
    if _is_sent(request) and forms.is_valid():
        return redirect("accounts:contract", forms.save().pk)
    return _form(request, forms, "Correct the terms", contract=contract, is_correction=True)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def contract_amend(request: HttpRequest, pk: int) -> HttpResponse:
    """New terms from a date on; the old ones stay with the entries of their days."""
    old = _contract(request, pk)
    forms = ContractForms(_posted(request), _copy(old), initial=_first_values(old))
    if _is_sent(request) and forms.is_valid() and check_amendment(forms, old):
        return redirect("accounts:contract", amend(forms, old).pk)
    return _form(request, forms, "New terms from a date", contract=old, is_amendment=True)


@private_page
@require_POST
def contract_end(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _contract(request, pk)
    form = EndForm(request.POST, contract=contract)
    if form.is_valid():
        contract.ends_on = form.cleaned_data["ends_on"]
        contract.save(update_fields=["ends_on"])
        return redirect("accounts:contract", pk)
    context = {"section": "contract", "contract": contract, "form": form}
    return render(request, "accounts/contracts/end.html", context)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def contract_delete(request: HttpRequest, pk: int) -> HttpResponse:
    contract = _contract(request, pk)
    if request.method == "POST":
        contract.delete()
        return redirect("accounts:contracts")
    context = {
        "section": "contract",
        "contract": contract,
        "entries": contract.procedures.count(),
    }
    return render(request, "accounts/contracts/delete.html", context)


def _contract(request: HttpRequest, pk: int) -> Contract:
    own = Contract.objects.for_user(request.user)
    return get_object_or_404(
        own.select_related("rule_set", "follows").prefetch_related("tiers", "sites"), pk=pk
    )


def _is_sent(request: HttpRequest) -> bool:
    """Whether a form is to be stored; the button for more rows of tiers only shows it again."""
    return request.method == "POST" and "more" not in request.POST


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _form(request: HttpRequest, forms: ContractForms, title: str, **more: Any) -> HttpResponse:
    context = {
        "section": "contract",
        "title": title,
        "forms": forms,
        "form": forms.form,
        "wrong": [] if "more" in request.POST else _wrong(forms),
        **more,
    }
    return render(request, "accounts/contracts/form.html", context)


def _wrong(forms: ContractForms) -> list[tuple[str, str]]:
    """Return every error with the control that it is about."""
    found = []
    for form in (forms.form, *forms.tiers):
        if not form.is_bound:
            continue
        for name, errors in form.errors.items():
            target = form[name].auto_id if name in form.fields else "tiers"
            found += [(target, str(error)) for error in errors]
    return found


def _copy(old: Contract) -> Contract:
    """Return an unsaved contract with the terms of another."""
    names = [field.attname for field in Contract._meta.concrete_fields if not field.primary_key]
    return Contract(**{name: getattr(old, name) for name in names})


def _first_values(old: Contract) -> dict[str, Any]:
    return {
        "starts_on": timezone.localdate() + timedelta(days=1),
        "sites": list(old.sites.all()),
        "tiers": list[Tier](old.tiers.all()),
    }


# Rule sets ------------------------------------------------------------------------------------


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def rules_add(request: HttpRequest) -> HttpResponse:
    return _rules_form(request, RuleSet(user=request.user))


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def rules_change(request: HttpRequest, pk: int) -> HttpResponse:
    return _rules_form(request, get_object_or_404(RuleSet.objects.for_user(request.user), pk=pk))


def _rules_form(request: HttpRequest, rules: RuleSet) -> HttpResponse:
    form = RulesForm(_posted(request), instance=rules)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("accounts:contracts")
    context = {
        "section": "contract",
        "form": form,
        "rules": rules,
        "users": rules.contracts.count() if rules.pk else 0,
    }
    return render(request, "accounts/contracts/rules.html", context)


@private_page
@require_POST
def rules_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Rules that a contract has stay: the page offers no button, and a late one does nothing."""
    rules = get_object_or_404(RuleSet.objects.for_user(request.user), pk=pk)
    if not rules.contracts.exists():
        rules.delete()
    return redirect("accounts:contracts")
