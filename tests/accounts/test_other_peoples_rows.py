"""Another person's rows are as good as missing: every address with a key, by every method.

The test walks the URL configuration, so that a new address is tried without anybody thinking of
it. A row of each kind belongs to somebody else; its key is tried wherever an address takes one.
"""

import itertools
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from accounts import urls
from accounts.models import (
    CodeSet,
    Contract,
    CustomCode,
    Minimum,
    Owned,
    Procedure,
    RuleSet,
    SetLine,
    Site,
    Statement,
    StatementLayout,
    StatementLine,
    Survey,
    Tier,
    TrackedCode,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

METHODS = ("get", "post")
OTHER_METHODS = ("head", "put", "patch", "delete", "options")  # one key shows what they do
FIRST = 7_700_001  # keys that nobody else's rows have
DAY = date(2026, 7, 2)
POINTS = {f"p{n}": Decimal(n) for n in (10, 25, 50, 75, 90)}


@pytest.fixture
def theirs():
    """One row of every kind that belongs to another person, each with a key of its own."""
    keys = itertools.count(FIRST)
    other = UserFactory()

    def make(model, **values):
        return model.objects.create(pk=next(keys), **values)

    site = make(Site, user=other, name="Their clinic")
    rules = make(RuleSet, user=other, name="Their rules")
    contract = make(Contract, user=other, employer="Their employer", starts_on=DAY)
    procedure = make(Procedure, user=other, hcpcs="47562", performed_on=DAY, key=uuid4())
    statement = make(
        Statement, user=other, employer="Their employer", starts_on=DAY, ends_on=DAY, file_name="a"
    )
    code_set = make(CodeSet, user=other, name="Their set")
    return [
        site,
        rules,
        contract,
        procedure,
        statement,
        code_set,
        make(SetLine, set=code_set, hcpcs="47562"),
        make(Tier, contract=contract, above=Decimal(1), rate=Decimal(1)),
        make(StatementLine, statement=statement, verdict="matched", performed_on=DAY),
        make(StatementLayout, user=other, employer="Their employer", columns={}),
        make(TrackedCode, user=other, hcpcs="47562"),
        make(CustomCode, user=other, name="Their call", wrvu=Decimal(1), reason="agreed"),
        make(Minimum, user=other, name="Their minimum", at_least=1),
        make(Survey, user=other, name="Their survey", year=2025, specialty="All", **POINTS),
    ]


def with_a_key() -> list[URLPattern]:
    """Return the addresses that take the key of a row."""
    return [
        one
        for one in urls.urlpatterns
        if isinstance(one, URLPattern)
        and any(type(kind).__name__ == "IntConverter" for kind in one.pattern.converters.values())
        and "pk" in one.pattern.converters
    ]


def addresses(pattern: URLPattern, rows):
    """Yield the address once for each key, or pair of keys, of somebody else's rows."""
    names = list(pattern.pattern.converters)
    numbers = [
        name for name in names if type(pattern.pattern.converters[name]).__name__ == "IntConverter"
    ]
    for row in rows:
        chosen = dict.fromkeys(names, "missing") | dict.fromkeys(numbers, row.pk)
        yield reverse(f"accounts:{pattern.name}", kwargs=chosen)
    if len(numbers) > 1:  # a row and one that hangs on it
        line = next(row for row in rows if isinstance(row, StatementLine))
        chosen = dict.fromkeys(names, "missing") | {"pk": line.statement_id, numbers[-1]: line.pk}
        yield reverse(f"accounts:{pattern.name}", kwargs=chosen)


def test_every_kind_of_row_is_tried(theirs):
    """A new table of personal rows has to appear among them."""
    owned = {model for model in apps.get_app_config("accounts").get_models()
             if issubclass(model, Owned)}  # fmt: skip

    assert owned <= {type(row) for row in theirs}


@pytest.mark.parametrize("pattern", with_a_key(), ids=lambda one: one.name)
def test_another_persons_row_is_missing_by_every_method(client, theirs, pattern):
    client.force_login(UserFactory())
    before = _contents(theirs)

    for number, address in enumerate(addresses(pattern, theirs)):
        for method in METHODS if number else METHODS + OTHER_METHODS:
            response = getattr(client, method)(address)
            # A method that the address knows for nobody may say so, to everybody alike.
            assert response.status_code in {404, 405}, f"{method} {address}"
            if method in {"get", "post"} and response.status_code == 405:
                other = "post" if method == "get" else "get"
                assert getattr(client, other)(address).status_code == 404, f"{other} {address}"

    assert _contents(theirs) == before


def test_no_form_takes_another_persons_row(client, theirs):
    """Naming somebody else's site, contract or set in one's own form is refused."""
    me = UserFactory()
    client.force_login(me)
    site, contract = theirs[0], theirs[2]
    mine = Procedure.objects.create(user=me, hcpcs="47562", performed_on=DAY)

    client.post(
        reverse("accounts:procedure_change", args=[mine.pk]),
        {"performed_on": "2026-07-02", "hcpcs": "47562", "units": "1", "site": site.pk},
    )
    client.post(reverse("accounts:log"), {"code": "47562", "site": site.pk})

    used = Procedure.objects.for_user(me).filter(models.Q(site=site) | models.Q(contract=contract))
    assert not used.exists()


def test_lists_show_nothing_of_others(client, theirs):
    client.force_login(UserFactory())
    lists = [
        one.name
        for one in urls.urlpatterns
        if isinstance(one, URLPattern) and not one.pattern.converters
    ]

    for name in lists:
        with CaptureQueriesContext(connection):
            response = client.get(reverse(f"accounts:{name}"))
        if response.status_code == 200 and not response.streaming:
            assert b"Their " not in response.content, name


def _contents(rows):
    return [type(row).objects.filter(pk=row.pk).values().get() for row in rows]
