"""The stage pages as tools: a quiz from the release, roles, and a year under each table."""

import re
from decimal import Decimal

import pytest

from blog.stages import cases, quiz
from codes.models import CodeEdition, FeeSchedule, Standing
from codes.shown import shown
from tests.blog.pages import LandingPageFactory
from tests.codes.little_release import load_release

pytestmark = pytest.mark.django_db

QUIZ = "/medical-students/quiz/"


@pytest.fixture
def site(client):
    load_release()
    for slug in ("medical-students", "residents", "attendings"):
        LandingPageFactory(slug=slug).publish()
    return client


def text(response):
    return response.content.decode()


# The quiz -------------------------------------------------------------------------------------


def test_without_a_seed_some_question_is_chosen_and_nobody_keeps_which(site):
    first = site.get(QUIZ)
    assert first.status_code == 302
    assert re.fullmatch(rf"{QUIZ}\?n=[0-9]{{1,9}}", first["Location"])
    assert "no-store" in first["Cache-Control"]
    assert first["Location"] != site.get(QUIZ)["Location"]
    for wrong in ("x", "-1", "1e3", "9" * 30, ""):
        assert site.get(QUIZ, {"n": wrong}).status_code == 302


def test_a_question_is_the_same_page_for_everybody(site):
    response = site.get(f"{QUIZ}?n=7")
    assert text(response) == text(site.get(f"{QUIZ}?n=7"))
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    assert site.get(f"{QUIZ}?n=7", headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert "noindex" in text(response)


def test_the_question_hides_the_figures_and_the_answer_gives_them_with_the_reason(site):
    question = site.get(f"{QUIZ}?n=7").context["question"]
    page = text(site.get(f"{QUIZ}?n=7"))
    assert f">{question.more.work}<" not in page
    right = site.get(f"{QUIZ}?n=7&answer={question.more.hcpcs}")
    assert "<strong>Right.</strong>" in text(right)
    assert str(question.more.work) in text(right)
    assert f"?n={question.next_seed}" in text(right)
    wrong = site.get(f"{QUIZ}?n=7&answer={question.less.hcpcs}")
    assert "Not this time." in text(wrong)


@pytest.mark.parametrize("answer", ["99999", "<b>", "x" * 20_000, "’"])
def test_an_answer_that_was_not_asked_for_shows_the_question(site, answer):
    response = site.get(QUIZ, {"n": "7", "answer": answer})
    assert response.status_code == 200
    assert not response.context["is_answered"]


def test_every_question_is_true_and_only_of_codes_that_are_named(site):
    among = quiz.candidates(shown())
    work = dict(Standing.objects.filter(schedule__release="2026C").values_list("code", "work_rvu"))
    assert {one.hcpcs for one in among} == {"47562", "47600", "45378", "99213"}
    for seed in range(200):
        question = quiz.question(among, seed)
        assert work[question.more.hcpcs] > work[question.less.hcpcs]
        assert {question.more, question.less} == set(question.pair)
        assert 0 <= question.next_seed < quiz.MOST


def test_seeds_lead_through_different_orders(site):
    among = quiz.candidates(shown())

    def walk(seed):
        for _ in range(8):
            question = quiz.question(among, seed)
            seed = question.next_seed
            yield tuple(one.hcpcs for one in question.pair)

    assert list(walk(1)) == list(walk(1))
    assert len({tuple(walk(seed)) for seed in range(20)}) == 20


def test_the_reason_follows_from_the_figures(site):
    among = {one.hcpcs: one for one in quiz.candidates(shown())}
    reasons = quiz._reasons(among["47562"], among["45378"])
    assert reasons[0].endswith(
        "carries 10.21 work RVUs, Looking through the whole colon by scope (45378) 3.18: "
        "3.2 times as much."
    )
    assert "The value of 47562 covers the day before, the operation and 90 days of follow-up." in (
        reasons
    )
    assert not any("Work is not pay" in one for one in reasons)  # 47562 pays more as well


def test_more_work_for_less_pay_is_said(site):
    among = {one.hcpcs: one for one in quiz.candidates(shown())}
    scope, visit = among["45378"], among["99213"]  # an office scope pays more than a visit
    assert scope.row.price.amount > visit.row.price.amount
    sentence = quiz._turned(visit, scope)
    assert sentence.startswith("Work is not pay: nationally 45378 comes to $")


def test_without_two_codes_there_is_no_quiz(client):
    load_release()
    LandingPageFactory(slug="medical-students").publish()
    assert quiz.question([], 1) is None
    CodeEdition.objects.all().delete()
    FeeSchedule.objects.mark_changed()
    assert client.get(f"{QUIZ}?n=1").status_code == 404
    assert 'href="/medical-students/quiz/"' not in text(client.get("/medical-students/"))


@pytest.mark.parametrize("slug", ["medical-students", "residents", "attendings"])
def test_each_tool_is_in_the_list_of_contents_and_on_the_page(site, slug):
    page = text(site.get(f"/{slug}/"))
    listed = re.findall(r'<li><a href="#([\w-]+)"', page)
    assert listed
    for anchor in listed:
        assert f'id="{anchor}"' in page


# Lists of cases -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("99213 1200", ("99213", (), 1200)),
        ("99213 x 1,200", ("99213", (), 1200)),
        ("99213", ("99213", (), 1)),
        ("99213, 5", ("99213", (), 5)),
        ("47562-80 25", ("47562", ("80",), 25)),
        ("g0411 × 3", ("G0411", (), 3)),
        ("70450-26-59 2", ("70450", ("26", "59"), 2)),
    ],
)
def test_a_line_is_a_code_with_or_without_modifiers_and_a_count(typed, line):
    assert cases.parse(typed) == ([line], [])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("John Smith", "“John Smith”: write a code and how many of it"),
        ("4756 3", "4756 is not a code; codes have five characters."),
        ("47562-QQ 3", "this page does not know modifier QQ; leave it out."),
        ("99213 0", "a count lies between 1 and 100,000."),
        ("99213 100001", "a count lies between 1 and 100,000."),
        ("99213 " + "9" * 400, "a count lies between 1 and 100,000."),
        ("99213 ٣", "write a code and how many of it"),
        ("99213 1\n" * 26, "Only the first 25 lines are reckoned with."),
    ],
)
def test_a_wrong_line_is_named_with_what_to_do(typed, sentence):
    _, wrong = cases.parse(typed)
    assert sentence in " ".join(wrong)


def test_the_same_work_under_two_releases_differs_by_hand(site):
    schedules = list(FeeSchedule.objects.order_by("release"))  # 2026B and 2026C
    lines, _ = cases.parse("47562 100\n99213 10\n40799 1")
    table = cases.worth(lines, schedules)
    assert table.rows[0].values == (Decimal("1047"), Decimal("1021"))  # 10.47 and 10.21
    assert table.totals == (Decimal("1060"), Decimal("1034"))  # and 10 × 1.30
    assert table.differences == (Decimal("26"), Decimal("0"))
    assert table.left_out == 1
    assert "40799" in table.rows[2].reason


def test_a_code_of_no_release_is_said_to_be_none(site):
    lines, _ = cases.parse("99999 3")
    (row,) = cases.worth(lines, list(FeeSchedule.objects.all())).rows
    assert row.reason == "99999 is in no release that this page reckons with."


def test_attendings_see_their_year_under_each_table(site, django_assert_max_num_queries):
    site.get("/attendings/")
    with django_assert_max_num_queries(3):  # what is shown, the edition, the rows
        response = site.get("/attendings/", {"cases": "47562 100\n99213 10"})
    assert "1,034.00" in text(response)  # one release of 2026: the newest, 2026C
    assert "47562</span> × 100" in text(response)
    assert "noindex" in text(response)
    assert "noindex" not in text(site.get("/attendings/"))


def test_nothing_typed_is_lost_and_what_is_wrong_is_said(site):
    for address in ("/attendings/", "/residents/"):
        page = text(site.get(address, {"cases": "47562 2\n<script>"}))
        assert "47562 2\n&lt;script&gt;</textarea>" in page
        assert 'aria-invalid="true"' in page
        assert "write a code and how many of it" in page
        assert site.get(address, {"cases": "9" * 20_000}).status_code == 200


# Roles ----------------------------------------------------------------------------------------


def test_residents_see_what_an_operation_counts_for_in_each_role(
    site, django_assert_max_num_queries
):
    site.get("/residents/")
    with django_assert_max_num_queries(3):
        response = site.get("/residents/?code=47562")
    found = {role.modifier: role for role in response.context["roles"].roles}
    assert found[""].wrvu == Decimal("10.21")
    assert found["62"].wrvu is None
    assert found["62"].reason == "Co-surgeons are not paid for 47562."
    assert 'href="/dashboard/minimums/"' in text(response)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("4756", "There is no code 4756; codes have five characters."),
        ("99999", "99999 is not in the release that this site shows."),
        ("<b>", "There is no code &lt;B&gt;; codes have five characters."),
    ],
)
def test_a_code_that_is_not_there_is_said(site, code, sentence):
    page = text(site.get("/residents/", {"code": code}))
    assert sentence in page
    assert "<B>" not in page
