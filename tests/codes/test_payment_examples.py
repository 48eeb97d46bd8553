"""Every worked example of the reference data, to the cent and to the last unrounded digit."""

import csv
from decimal import Decimal as D

import pytest

from codes.payment import Components, Setting, components, price, total_rvus
from tests.codes.rates import release_2026c, shared

SETTINGS = {"facility": Setting.FACILITY, "nonfacility": Setting.NONFACILITY}


@pytest.fixture(scope="module")
def examples():
    with shared("data/domain/payment_examples.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rates():
    return {(row.hcpcs, row.modifier): row for rows in release_2026c().values() for row in rows}


def test_all_276_examples_are_there(examples):
    assert len(examples) == 276


def test_every_example_to_the_last_digit(examples, rates):
    wrong = []
    for example in examples:
        rate = rates[example["code"], example["modifier"]]
        setting = SETTINGS[example["setting"]]
        rvus = Components(*(D(example[name]) for name in ("work_rvu", "pe_rvu", "mp_rvu")))
        gpcis = Components(*(D(example[name]) for name in ("gpci_work", "gpci_pe", "gpci_mp")))
        factor = D(example["cf"])
        found = (
            components(rate, setting),
            total_rvus(rvus, gpcis),
            total_rvus(rvus, gpcis) * factor,
            price(rate, setting, gpcis, factor).amount,
        )
        expected = (
            rvus,
            D(example["rvu_sum"]),
            D(example["unrounded"]),
            D(example["amount"]),
        )
        if found != expected:
            wrong.append((example, found))
    assert not wrong
