"""Figures in all other starter texts: of the releases, of Medicare's rules, or limits of ours."""

from decimal import Decimal

import pytest
from django.conf import settings

from accounts.log_files import LIMITS
from blog.models import Post
from blog.starter import read_pages
from codes import payment
from codes.claim import KNOWN
from codes.content_checks import HIGHEST_GRADE
from codes.payment import BILATERAL_SHARES, FACILITY_PLACES, POSTOPERATIVE_DAYS
from tests.blog.figures import Rate, agrees, factor, figures_of, indices

MODIFIER = "a modifier"
PLACE = "a place of service"
PLAIN = "no figure of a release: a grade, an age, a version"
DAY = 24 * 60 * 60

OTHERS = [(model, body) for model, body in read_pages() if model is not Post]


def name(model, body):
    return f"{model.__name__} {body.get('slug') or body['question']}"


def plain(body):
    names = ("title", "summary", "question", "answer", "text")
    return "\n\n".join(body[name] for name in names if body.get(name))


def modifiers(*names):
    return dict.fromkeys(names, MODIFIER)


def percent(share):
    return share * 100


HELPER = percent(payment.ASSISTANT_SHARES["80"])
TWO_SURGEONS = percent(payment.CO_SURGEON_SHARE)
# A nonphysician practitioner's share: of an assistant's, and of any other service.
LOWER = percent(payment.ASSISTANT_SHARES["AS"] / payment.ASSISTANT_SHARES["80"])
HELD_BACK = 1 - payment.AFTER_SEQUESTRATION
NON_PARTICIPATING = percent(payment.NON_PARTICIPATING_SHARE)

VISIT = Rate("99214")
NORTH = indices("13202", "01")
ADJUSTED = [
    part * index
    for part, index in zip(VISIT.parts("nonfac"), NORTH, strict=True)
]  # fmt: skip

ACCOUNTS = {
    "LandingPage attendings": {
        **modifiers("50", "51", "62", "80"),
        "0.97": Rate("99213", name="2020A").work_rvu,
        "1.30": Rate("99213", name="2021A").work_rvu,
        "1.50": Rate("99214", name="2020A").work_rvu,
        "1.92": Rate("99214", name="2021A").work_rvu,
        "2.5%": Decimal("2.5"),
        "150%": percent(BILATERAL_SHARES["1"]),
        "62.5%": TWO_SURGEONS,
        "16%": HELPER,
        "20%": PLAIN,  # what some contracts credit: no rule of Medicare's
    },
    "LandingPage residents": modifiers("25", "57"),
    "LandingPage medical-students": {
        **modifiers("50", "26", "80"),
        "1.92": VISIT.work_rvu,
        "4.06": VISIT.total(),
        "$135.61": VISIT.amount(),
        "$64.13": VISIT.work_rvu * factor(),
        "2.85": Rate("99213").total(),
        "1.72": Rate("99213").total("fac"),
        "1.30": Rate("99213").work_rvu,
        "10": POSTOPERATIVE_DAYS["010"],
        "90": POSTOPERATIVE_DAYS["090"],
        "0.00": 0,
    },
    "LandingPage how-rvus-work": {
        "1.92": VISIT.work_rvu,
        "1.064": NORTH.work,
        "2.04288": ADJUSTED[0],
        "2.00": VISIT.pe_nonfac,
        "1.162": NORTH.practice_expense,
        "2.32400": ADJUSTED[1],
        "0.14": VISIT.mp_rvu,
        "1.586": NORTH.malpractice,
        "0.22204": ADJUSTED[2],
        "4.06": VISIT.total(),
        "4.58892": sum(ADJUSTED),
        "33.4009": factor(),
        "$153.27": VISIT.amount(gpcis=NORTH),
        "1": payment.NATIONAL.work,
        "$135.61": VISIT.amount(),
    },
    "LandingPage indicators": {**modifiers("26"), "9": PLAIN},
    "LandingPage modifiers": modifiers("50", "62"),
    "LandingPage accessibility": {"2.2": PLAIN, "320": PLAIN, "8": HIGHEST_GRADE},
    "LandingPage privacy": {"30": settings.MFA_TRUST_COOKIE_AGE / DAY},
    "Term add-on-code": modifiers("51"),
    "Term assistant-at-surgery": {**modifiers("80", "82"), "16%": HELPER, "85%": LOWER},
    "Term bilateral-procedure": {**modifiers("50"), **dict.fromkeys(BILATERAL_SHARES, PLAIN)},
    "Term by-report": modifiers("22", "52", "53", "66"),
    "Term co-surgeons": {**modifiers("62"), "62.5%": TWO_SURGEONS},
    "Term evaluation-and-management": modifiers("25", "57"),
    "Term global-period": {"000": PLAIN, "010": 10, "090": 90},
    "Term gpci": {"1": payment.NATIONAL.work},
    "Term limiting-charge": {
        "115%": percent(payment.LIMITING_CHARGE_SHARE / payment.NON_PARTICIPATING_SHARE),
        "109.25%": percent(payment.LIMITING_CHARGE_SHARE),
    },
    "Term modifier": modifiers("50", "80", "25"),
    "Term multiple-surgery": modifiers("51"),
    "Term npp": {"85%": LOWER},
    "Term participating": {"95%": NON_PARTICIPATING},
    "Term place-of-service": dict.fromkeys(
        ("11", "22", "21", "23", "24", "10", "02", "19"), PLACE
    ),
    "Term professional-component": modifiers("26"),
    "Term rate": modifiers("26", "53"),
    "Term sequestration": {
        "2%": percent(HELD_BACK),
        "1.6%": percent(HELD_BACK * payment.MEDICARE_SHARE),
    },
    "Term split-care": modifiers("54", "55", "78"),
    "Term split-shared-visit": {"85%": LOWER},
    "Term team-surgery": modifiers("66"),
    "HelpArticle import-a-log": {"5,000": LIMITS.rows},
    "HelpArticle modifiers-and-what-they-do": modifiers(
        "50", "80", "62", "26", "54", "55", "22", "52", "66", "25", "59"
    ),
    "HelpArticle office-or-facility": dict.fromkeys(("19", "22"), PLACE),
    "HelpArticle second-factor-and-backup-codes": {"30": settings.MFA_TRUST_COOKIE_AGE / DAY},
    "HelpArticle use-the-api": {"1.30": Rate("99213").work_rvu, "429": PLAIN},
    "HelpArticle why-is-a-code-not-here": {"0": PLAIN, "10": PLAIN},
    "HelpArticle work-out-a-case-in-the-calculator": modifiers("50"),
    "Faq What is the difference between Medicare and Medicaid?": {"65": PLAIN},
}


def is_right(figure, exact):
    if exact == MODIFIER:
        return figure in KNOWN
    if exact == PLACE:
        return figure in FACILITY_PLACES | {"10", "11"}
    return exact == PLAIN or agrees(figure, exact)


@pytest.mark.parametrize(("model", "body"), OTHERS, ids=[name(*page) for page in OTHERS])
def test_every_figure_of_a_text_is_accounted_for(model, body):
    assert set(figures_of(plain(body))) == ACCOUNTS.get(name(model, body), {}).keys()


@pytest.mark.parametrize("page", ACCOUNTS)
def test_every_figure_of_a_text_is_right(page):
    assert {
        figure: exact for figure, exact in ACCOUNTS[page].items() if not is_right(figure, exact)
    } == {}


def test_no_account_is_of_a_page_that_is_gone():
    assert ACCOUNTS.keys() <= {name(model, body) for model, body in OTHERS}
