"""The same work under two sets of terms, and the difference as one number."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import dashboard, paying, valuing, what_if
from accounts.forms.what_if import LOGGED, WhatIfForm
from accounts.models import RuleSet
from accounts.periods import Span
from accounts.views.private import private_page
from codes.shown import shown

SHOWN_DIFFERENCES = 20


@private_page
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    terminology = valuing.Terminology(request.user)
    contracts = dashboard.contracts_of(request.user)
    contract = dashboard.contract_on(contracts, today)
    year = paying.year_of(contract, today)
    releases = [one.release for one in terminology.schedules]
    form = WhatIfForm(
        request.GET,
        Span(year.start, today),
        terminology=terminology,
        rule_sets=list(RuleSet.objects.for_user(request.user)),
        releases=releases,
    )
    context: dict[str, Any] = {
        "section": "contract",
        "form": form,
        "sides": [
            [form[f"{letter}_{name}"] for name in ("terms", "release", "rules")]
            for letter in ("a", "b")
        ],
        "ready": _ready(releases),
    }
    asked = any(name in request.GET for name in form.fields)
    if asked and form.is_valid():
        span = form.span
        work = what_if.entries(request.user, span)
        pays = dashboard.contract_on(contracts, span.end)
        before, after = (
            what_if.outcome(form.side(letter, pays), work, span) for letter in ("a", "b")
        )
        changed = what_if.differences(before, after)
        directory = shown().directory
        context |= {
            "span": span,
            "count": len(work),
            "outcomes": (before, after),
            "before": before,
            "after": after,
            "change": after.wrvu - before.wrvu,
            "pay_change": _pay_change(before, after),
            "changed": [(one, directory.get(one.hcpcs)) for one in changed[:SHOWN_DIFFERENCES]],
            "changed_count": len(changed),
        }
    return render(request, "accounts/what_if/what_if.html", context)


def _pay_change(before: what_if.Outcome, after: what_if.Outcome) -> Any:
    if before.pay is None or after.pay is None:
        return None
    return after.pay - before.pay


def _ready(releases: list[str]) -> list[tuple[str, str]]:
    """Return comparisons that many people ask for, where their releases are loaded."""
    years = {release[:4] for release in releases}
    wanted = [
        ("2025", "2026", "The 2026 efficiency adjustment: 2025’s values against 2026’s"),
        ("2020", "2021", "The 2021 office visit reform: 2020’s values against 2021’s"),
        ("2020", "in force", "A contract frozen at 2020 against the release in force"),
    ]
    return [
        (
            f"{reverse('accounts:what_if')}?"
            + urlencode(
                {"a_terms": LOGGED, "a_release": first, "b_terms": LOGGED, "b_release": second}
            ),
            words,
        )
        for first, second, words in wanted
        if first in years and (second in years or second == "in force")
    ]
