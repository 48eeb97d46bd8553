"""What a release makes doubtful: reasons, numbers in texts, going on and back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from codes import doubts
from codes.doubts import Figures, changes_of, stale_numbers
from codes.fee_schedule.activate import activate
from codes.fee_schedule.load import load
from codes.fee_schedule.remove import remove
from codes.models import Code, CodeEdition, Doubt
from rvuedge.publishing import Action, NotAllowedNow
from tests.factories import CodeContentFactory, UserFactory, package, rate_row

WORK = {"2025D": "1.30", "2026B": "1.27", "2026C": "1.27"}


def figures(release, *rows, is_complete=True):
    by_code = {}
    for row in rows:
        by_code.setdefault(row.hcpcs, []).append(row)
    return Figures(release, is_complete, Decimal("33.4009"), by_code)


# What changed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "releases", "change"),
    [
        ({}, {"work_rvu": "1.27"}, ("2025D", "2026C"),
         ["99213", "work_rvu", "1.30", "1.27", "efficiency adjustment"]),
        ({}, {"work_rvu": "1.27"}, ("2026B", "2026C"),
         ["99213", "work_rvu", "1.30", "1.27", "revalued"]),
        ({}, {"status": "I"}, ("2026B", "2026C"), ["99213", "status", "A", "I", "status"]),
        ({"global_days": "090"}, {"global_days": "010"}, ("2026B", "2026C"),
         ["99213", "global_days", "090", "010", "global period"]),
        ({}, {"fac_na": True}, ("2026B", "2026C"),
         ["99213", "fac_na", "no", "yes", "indicator"]),
    ],
)  # fmt: skip
def test_each_change_has_its_reason(old, new, releases, change):
    before = figures(releases[0], rate_row("99213", **old))
    after = figures(releases[1], rate_row("99213", **new))
    assert changes_of("99213", before, after) == [change]


def test_a_new_wording_of_the_federal_file_is_no_change():
    before = figures("2026B", rate_row("99213"))
    after = figures("2026C", rate_row("99213", descriptor="Other words"))
    assert changes_of("99213", before, after) == []


def test_codes_and_rows_come_and_go():
    visit, none = figures("2026B", rate_row("99213")), figures("2026C")
    assert changes_of("99213", visit, none) == [["99213", "", "", "", "gone"]]
    assert changes_of("99213", none, visit) == [["99213", "", "", "", "new"]]
    assert changes_of("99213", none, none) == []
    both = figures("2026C", rate_row("99213"), rate_row("99213", "26"))
    assert changes_of("99213", visit, both) == [["99213-26", "", "", "added", doubts.ROW]]
    assert changes_of("99213", both, visit) == [["99213-26", "", "there", "", doubts.ROW]]


def test_what_an_excerpt_lacks_is_neither_gone_nor_new():
    visit, excerpt = figures("2026B", rate_row("99213")), figures("2026C", is_complete=False)
    assert changes_of("99213", visit, excerpt) == []
    assert changes_of("99213", excerpt, visit) == []


# Numbers in texts ---------------------------------------------------------------------------

OLD = figures("2025D", rate_row("99213", global_days="090"), rate_row("99214", work_rvu="1.92"))
NEW = figures(
    "2026C",
    rate_row("99213", work_rvu="1.27", global_days="010"),
    rate_row("99214", work_rvu="1.88"),
)


def quoted(text, related=()):
    body = {"billing": text, "related": [[code, "with", ""] for code in related]}
    return [number for _, number, _ in stale_numbers("99213", body, OLD, NEW)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Its work is 1.30 RVUs.", ["1.30"]),
        ("Its work is 1.3 RVUs.", ["1.3"]),
        ("It ends with 1.30.", ["1.30"]),
        ("Its work is 1.27 RVUs.", []),  # the new one
        ("The malpractice part is 0.09.", []),  # unchanged
        ("Medicare allows $95.19.", ["$95.19"]),  # 2.85 × 33.4009
        ("Medicare allows about $95 for it.", ["$95"]),
        ("Bring 95 forms to room 1.", []),
        ("Within 90 days of surgery.", ["90 days"]),
        ("In the 90-day period.", ["90-day"]),
        ("It takes 90 minutes.", []),
        ("A 1.30% share, version 1.30.4, item A1.30", []),
        ("Beside 99214, with 1.92 RVUs.", ["1.92"]),  # the figure of a code that it names
        ("A visit with 1.92 RVUs.", []),  # nobody's that is named
        ("It says 1.30 and again 1.30.", ["1.30"]),
    ],
)
def test_numbers_that_are_no_longer_the_files_are_named(text, numbers):
    assert quoted(text) == numbers


def test_figures_of_related_codes_count():
    assert quoted("A longer visit has 1.92 RVUs.", related=["99214"]) == ["1.92"]


def test_every_part_of_a_text_is_read():
    body = {
        "label": "Visit",
        "questions": [["Is it 1.30?", "Not so. It is 1.30 no more."]],
        "related": [["99214", "with", "Adds to 1.30."]],
    }
    assert stale_numbers("99213", body, OLD, NEW) == [
        ["questions", "1.30", "Is it 1.30?"],
        ["questions", "1.30", "It is 1.30 no more."],
        ["related", "1.30", "Adds to 1.30."],
    ]


# Activating ---------------------------------------------------------------------------------


def load_visit(release, work=None, **more):
    row = rate_row("99213", work_rvu=work or WORK[release], **more)
    load(package(release, rates=[row, rate_row("99214", work_rvu="1.92")]), confirmed=True)


def publish(hcpcs="99213", **texts):
    content = CodeContentFactory(code=Code.objects.get(pk=hcpcs), **texts)
    content.publish()
    return content


def open_ones():
    return [(d.content.code_id, d.schedule.release, d.reason) for d in doubts.waiting()]


@pytest.fixture
def visit(db):
    """99213 changed from 2025D to 2026B, and not from there to 2026C; its text is public."""
    for release in WORK:
        load_visit(release)
    activate("2025D")
    publish("99214")
    return publish(billing="It has 1.30 RVUs of work.")


def test_a_changed_code_with_a_text_is_on_the_queue(visit):
    activate("2026B")
    doubt = Doubt.objects.get()
    assert (doubt.content, doubt.reason, doubt.compared_with) == (
        visit,
        "efficiency adjustment",
        "2025D",
    )
    assert doubt.changes == [["99213", "work_rvu", "1.30", "1.27", "efficiency adjustment"]]
    assert doubt.stale_numbers == [["billing", "1.30", "It has 1.30 RVUs of work."]]


def test_drafts_and_archived_texts_are_not(visit):
    visit.archive(UserFactory(), "Retired")
    activate("2026B")
    assert not Doubt.objects.exists()


def test_a_text_whose_day_is_fixed_is_on_the_queue_too(db):
    for release in ("2025D", "2026B"):
        load_visit(release)
    activate("2025D")
    content = CodeContentFactory(code=Code.objects.get(pk="99213"))
    content.publish(starts_at=timezone.now() + timedelta(days=3))
    activate("2026B")
    assert open_ones() == [("99213", "2026B", "efficiency adjustment")]


def test_the_first_release_makes_nothing_doubtful(db):
    load_visit("2025D")
    publish()
    activate("2025D")
    assert not Doubt.objects.exists()


def test_a_code_that_is_gone_is_the_weightiest(visit):
    load(package("2026D", rates=[rate_row("99214", work_rvu="9.00", status="I")]), confirmed=True)
    activate("2026D")
    assert open_ones() == [("99213", "2026D", "gone"), ("99214", "2026D", "status")]


def test_a_text_that_quotes_another_codes_figure_is_doubtful(db):
    for release in ("2025D", "2026B"):
        load_visit(release)
    activate("2025D")
    publish("99214", billing="A shorter visit, 99213, has 1.30 RVUs of work.")
    activate("2026B")
    doubt = Doubt.objects.get()
    assert (doubt.reason, doubt.changes) == (doubts.NUMBER, [])
    assert doubt.stale_numbers[0][1] == "1.30"


def test_going_back_leaves_no_doubt_and_going_on_brings_the_same_one(visit):
    activate("2026B")
    first = Doubt.objects.get()
    activate("2025D")
    assert open_ones() == []
    activate("2026B")
    assert Doubt.objects.get() == first
    assert open_ones() == [("99213", "2026B", "efficiency adjustment")]


def test_raising_again_changes_nothing(visit):
    activate("2026B")
    before = Doubt.objects.values().get()
    schedule = Doubt.objects.get().schedule
    doubts.raise_doubts(schedule, type(schedule).objects.get(release="2025D"))
    assert Doubt.objects.values().get() == before


def test_a_doubt_that_nobody_has_looked_at_goes_along_with_the_next_release(visit):
    """2026C changes nothing since 2026B: the text was still written under 2025D."""
    activate("2026B")
    anna = UserFactory(is_staff=True)
    doubts.assign(Doubt.objects.all(), anna, anna)
    activate("2026C")
    doubt = doubts.waiting().get()
    assert (doubt.schedule.release, doubt.compared_with) == ("2026C", "2025D")
    assert doubt.assigned_to == anna
    activate("2025D")
    assert open_ones() == []


def test_a_doubt_goes_along_even_if_its_first_release_was_removed(visit):
    activate("2026B")
    remove("2025D")
    activate("2026C")
    doubt = doubts.waiting().get()
    assert doubt.changes == [["99213", "work_rvu", "1.30", "1.27", "efficiency adjustment"]]


def test_what_is_confirmed_stays_so_however_often_one_goes_back_and_forth(visit):
    activate("2026B")
    doubts.confirm(doubts.waiting(), UserFactory(), "No figure is named")
    for release in ("2025D", "2026B", "2026C", "2025D", "2026C", "2026B"):
        activate(release)
        assert open_ones() == []
    assert Doubt.objects.get().outcome == Doubt.Outcome.CONFIRMED


def test_what_is_revised_for_a_release_is_doubtful_under_the_one_before(visit):
    activate("2026B")
    visit.billing = "It has 1.27 RVUs of work."
    visit.save()
    visit.publish()
    assert Doubt.objects.get().outcome == Doubt.Outcome.REVISED
    activate("2025D")
    assert open_ones() == [("99213", "2025D", "revalued")]
    activate("2026B")
    assert open_ones() == []
    assert Doubt.objects.get(schedule__release="2026B").outcome == Doubt.Outcome.REVISED


def test_a_text_that_was_rewritten_for_the_older_release_is_asked_for_again(visit):
    activate("2026B")
    visit.billing = "It has 1.27 RVUs of work."
    visit.save()
    visit.publish()
    activate("2025D")
    visit.billing = "It has 1.30 RVUs of work, as before."
    visit.save()
    visit.publish()
    activate("2026B")
    assert open_ones() == [("99213", "2026B", "efficiency adjustment")]


def test_a_replaced_file_of_the_release_that_is_shown_raises_doubts(visit):
    activate("2026B")
    doubts.confirm(doubts.waiting(), UserFactory(), "Right as it is")
    load_visit("2026B", work="1.25")
    doubt = doubts.waiting().get()
    assert doubt.changes == [["99213", "work_rvu", "1.27", "1.25", "revalued"]]
    load_visit("2026B", work="1.24")
    doubt.refresh_from_db()
    assert doubt.changes == [
        ["99213", "work_rvu", "1.27", "1.25", "revalued"],
        ["99213", "work_rvu", "1.25", "1.24", "revalued"],
    ]


# Settling -----------------------------------------------------------------------------------


def test_confirming_leaves_the_public_words_and_an_edition(visit):
    activate("2026B")
    public = visit.in_force()
    visit.billing = "Half a thought"  # a draft that was begun meanwhile
    visit.save()
    editor = UserFactory()
    assert doubts.confirm(doubts.waiting(), editor, "  No figure\nis named ") == 1
    assert visit.in_force() == public
    edition = CodeEdition.objects.get(action=Action.CONFIRMED)
    assert (edition.body, edition.starts_at) == (public.body, None)
    assert (edition.made_by, edition.reason) == (editor, "No figure is named")
    doubt = Doubt.objects.get()
    assert (doubt.outcome, doubt.settled_by, doubt.note) == (
        "confirmed",
        editor,
        "No figure is named",
    )


def test_confirming_takes_a_reason_and_happens_once(visit):
    activate("2026B")
    with pytest.raises(NotAllowedNow, match="Say why"):
        doubts.confirm(doubts.waiting(), UserFactory(), " \n ")
    found = list(doubts.waiting())
    assert doubts.confirm(found, UserFactory(), "Right") == 1
    assert doubts.confirm(found, UserFactory(), "Right") == 0
    assert CodeEdition.objects.filter(action=Action.CONFIRMED).count() == 1


def test_publishing_under_another_release_settles_nothing(visit):
    activate("2026B")
    activate("2025D")
    visit.billing = "Mended a typo; it has 1.30 RVUs of work."
    visit.save()
    visit.publish()
    activate("2026B")
    assert open_ones() == [("99213", "2026B", "efficiency adjustment")]


def test_many_are_confirmed_with_a_fixed_number_of_queries(db, django_assert_max_num_queries):
    rates = [rate_row(f"{number}") for number in range(20100, 20150)]
    load(package("2026D", rates=rates), confirmed=True)
    activate("2026D")
    for row in rates:
        publish(row.hcpcs)
    changed = [rate_row(row.hcpcs, status="I") for row in rates]
    load(package("2027A", rates=changed), confirmed=True)
    activate("2027A")
    assert doubts.waiting().count() == 50
    editor = UserFactory()
    # Eight, and one line of the audit log with the look for its doubt for each.
    with django_assert_max_num_queries(8 + 2 * 50):
        assert doubts.confirm(doubts.waiting(), editor, "Right") == 50


def test_the_best_paid_come_first(visit):
    rows = [rate_row("99213", status="I"), rate_row("99214", work_rvu="9.00")]
    load(package("2026D", rates=rows), confirmed=True)
    activate("2026D")
    assert [d.content.code_id for d in doubts.weighed(doubts.waiting())] == ["99214", "99213"]
