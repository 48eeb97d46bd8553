"""The calculator against figures that it did not make: CMS's arithmetic, done twice.

276 worked examples of the reference data, and twice 200 cases worked out by simple_payment.py:
once through the page's own function with the starter catalogue, once over the whole of RVU26C.
"""

import csv
import json
from dataclasses import asdict
from decimal import Decimal as D

import pytest
from django.db import transaction

from codes.calculator import Ground, calculate, read, understood
from codes.payment import NATIONAL, Components
from codes.shown import shown
from codes.starter import FOLDER
from codes.starter_load import load_catalogue
from codes.views.calculator import work_out
from tests.codes import simple_payment
from tests.codes.payment_cases import CASES, Draw
from tests.codes.rates import release_2026c, shared

FACTORS = {"": D("33.4009"), "qp": D("33.5675")}
FACILITIES = {"19", "21", "22", "24"}  # of the places that are drawn
HALF_OF_THE_CASES = CASES // 2


@pytest.fixture(scope="module")
def catalogue(django_db_setup, django_db_blocker):
    """The starter catalogue in one transaction that is undone when these tests are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_catalogue()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def state(catalogue, db):
    return shown()


def figures(name):
    return json.loads((FOLDER / name).read_text("utf-8"))


def starter_rows():
    columns, *rows = figures("figures/2026C.json")["rates"]
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return {(row["hcpcs"], row["modifier"]): row for row in found}


def starter_localities():
    columns, *rows = figures("localities.json")["localities"]
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return {
        f"{row['mac']}-{row['number']}": tuple(
            D(row[name]) for name in ("work_gpci", "pe_gpci", "mp_gpci")
        )
        for row in found
    }


def simple_lines(case):
    lines = []
    for number in range(1, 13):
        code = case.get(f"code{number}")
        if not code:
            continue
        place = case.get(f"place{number}")
        charge, days = case.get(f"charge{number}"), case.get(f"days{number}")
        lines.append(
            {
                "code": code,
                "mods": set(case.get(f"modifiers{number}", "").split()),
                "units": int(case.get(f"units{number}", 1)),
                "facility": place in FACILITIES if place else case["setting"] == "facility",
                "charge": D(charge) if charge else None,
                "days": int(days) if days else None,
            }
        )
    return lines


def simply(case, rows, localities):
    return simple_payment.pay(
        simple_lines(case),
        rows,
        localities.get(case.get("locality"), (D(1), D(1), D(1))),
        FACTORS[case.get("factor", "")],
        npp=case.get("clinician") == "npp",
        participating=case.get("participating") != "no",
    )


def test_every_worked_example_through_the_pages_own_function(state):
    with shared("data/domain/payment_examples.csv").open(newline="") as file:
        examples = list(csv.DictReader(file))
    assert len(examples) == 276
    wrong = []
    for example in examples:
        national = example["mac"] == "NATIONAL"
        asked = {
            "locality": "" if national else f"{example['mac']}-{example['locality']}",
            "factor": "qp" if example["cf_kind"] == "QP" else "",
            "setting": "facility" if example["setting"] == "facility" else "office",
            "code1": example["code"],
            "modifiers1": example["modifier"],
        }
        found = work_out(state, read(asked))
        amount = found.result.lines[0].priced.amount if found.result else found.problems
        if amount != D(example["amount"]) or found.result.total != amount:
            wrong.append((example, amount))
    assert wrong == []


def test_200_cases_of_the_starter_catalogue_agree_with_a_simple_implementation(state):
    rows, localities = starter_rows(), starter_localities()
    wrong, priced = [], 0
    for case in Draw(rows, sorted(localities), seed=5).cases():
        found = work_out(state, read(case))
        assert found.problems == {}, case
        amounts = [one.priced.amount for one in found.result.lines]
        expected = simply(case, rows, localities)
        priced += found.result.unpriced == 0
        if amounts != expected or found.result.total != sum(filter(None, expected)):
            wrong.append((case, amounts, expected))
    assert wrong == []
    assert priced >= HALF_OF_THE_CASES


def test_200_cases_of_the_whole_release_agree_with_a_simple_implementation():
    release = {(row.hcpcs, row.modifier): row for rows in release_2026c().values() for row in rows}
    rows, localities = {key: asdict(row) for key, row in release.items()}, starter_localities()
    wrong, priced = [], 0
    for case in Draw(rows, sorted(localities), seed=6).cases():
        wanted, problems = understood(read(case))
        assert problems == {}, case
        gpcis = localities.get(case.get("locality"))
        ground = Ground(
            rates=release,
            factor=FACTORS[case.get("factor", "")],
            gpcis=Components(*gpcis) if gpcis else NATIONAL,
        )
        result = calculate(wanted, ground)
        amounts = [one.priced.amount for one in result.lines]
        expected = simply(case, rows, localities)
        priced += result.unpriced == 0
        if amounts != expected:
            wrong.append((case, amounts, expected))
    assert wrong == []
    assert priced >= HALF_OF_THE_CASES


def test_the_cases_have_every_rule_in_them():
    """Of 200 cases at least five meet each rule, so that agreeing means something."""
    release = {(row.hcpcs, row.modifier): row for rows in release_2026c().values() for row in rows}
    rows = {key: asdict(row) for key, row in release.items()}
    met = dict.fromkeys(
        (
            *("Ranked 2", "Less the base code", "Base code of the family", "Both sides (50)"),
            *("Other side", "Technical part alone", "Further technical part", "Further reading"),
            *("Further units, half", "Assistant (", "Co-surgeon (62)", "Care after surgery"),
            *("Surgery, care before", "Billed by an NP", "Non-participating", "Charge"),
            "Hospital outpatient cap",
        ),
        0,
    )
    for case in Draw(rows, sorted(starter_localities()), seed=6).cases():
        wanted, _ = understood(read(case))
        result = calculate(wanted, Ground(rates=release, factor=FACTORS[""]))
        labels = {step.label for one in result.lines for step in one.priced.changes}
        for rule in met:
            met[rule] += any(label.startswith(rule) for label in labels)
    assert {rule: count for rule, count in met.items() if count < 3} == {}


@pytest.mark.parametrize(
    ("base", "minutes", "modifier", "induction"),
    [
        *((7, 129, who, False) for who in ("AA", "QZ", "QK", "QX", "QY")),
        (5, 0, "AA", False),
        (15, 61, "AA", False),  # 4.0667 units are 4.1
        (3, 22, "QK", False),  # 1.4667 are 1.5
        (9, 400, "AD", True),
        (9, 400, "AD", False),
    ],
)
def test_anesthesia_agrees_with_a_simple_implementation(state, base, minutes, modifier, induction):
    asked = {
        "code1": "00790",
        "modifiers1": modifier,
        "base1": str(base),
        "minutes1": str(minutes),
        "induction1": "yes" if induction else "",
    }
    result = work_out(state, read(asked)).result
    expected = simple_payment.anesthesia(
        base, minutes, modifier, D("20.4976"), at_induction=induction
    )
    assert result.lines[0].priced.amount == expected
