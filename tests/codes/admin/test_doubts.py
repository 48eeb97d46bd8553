"""The queue in the admin: finding, confirming, handing on. What is doubtful: test_doubts.py."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.models import AuditEntry
from codes.fee_schedule.activate import activate
from codes.fee_schedule.load import load
from codes.models import Code, CodeEdition, Doubt
from codes.utilization import replace
from rvuedge.publishing import Action
from tests.factories import (
    CodeContentFactory,
    SpecialtyFactory,
    UserFactory,
    package,
    rate_row,
)

pytestmark = pytest.mark.django_db
QUEUE = "/admin/codes/doubt/"


def person(role):
    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def editor(client):
    user = person("reviewer")
    client.force_login(user)
    return user


@pytest.fixture
def doubts(db):
    """99213 was revalued and its text quotes the old figure; 99214 is bundled now."""
    before = [rate_row("99213"), rate_row("99214", work_rvu="1.92")]
    after = [rate_row("99213", work_rvu="1.20"), rate_row("99214", work_rvu="1.92", status="B")]
    load(package("2026B", rates=before), confirmed=True)
    load(package("2026C", rates=after), confirmed=True)
    activate("2026B")
    short = CodeContentFactory(code=Code.objects.get(pk="99213"), billing="It has 1.30 RVUs.")
    short.specialties.add(SpecialtyFactory(slug="family-medicine"))
    short.publish()
    CodeContentFactory(code=Code.objects.get(pk="99214")).publish()
    activate("2026C")
    return {doubt.content.code_id: doubt for doubt in Doubt.objects.all()}


def listed(client, query=""):
    response = client.get(f"{QUEUE}?{query}")
    assert response.status_code == 200
    return [doubt.content.code_id for doubt in response.context["cl"].result_list]


def test_the_queue_begins_with_what_matters_most(client, editor, doubts):
    assert listed(client) == ["99213", "99214"]  # 99214 is not paid any more
    replace({"99214": 1500}, 2023)
    assert listed(client) == ["99214", "99213"]
    assert listed(client, "o=2") == ["99213", "99214"]  # another order, by reason


def test_the_queue_names_what_changed(client, editor, doubts):
    html = client.get(QUEUE).content.decode()
    assert "99213 work RVUs 1.30 → 1.20" in html
    assert "99214 status A → B" in html
    assert '<td class="field-stale">1.30</td>' in html


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("reason=revalued", ["99213"]),
        ("reason=status", ["99214"]),
        ("specialty=family-medicine", ["99213"]),
        ("assigned=nobody", ["99213", "99214"]),
        ("assigned=me", []),
        ("assigned=99999", []),
        ("assigned=x", []),
        ("queue=settled", []),
        ("queue=other", []),
        ("queue=all", ["99213", "99214"]),
        ("q=99214", ["99214"]),
    ],
)
def test_the_queue_can_be_narrowed(client, editor, doubts, query, codes):
    assert listed(client, query) == codes


def test_open_doubts_of_another_release_are_out_of_the_way(client, editor, doubts):
    activate("2026B")
    assert listed(client) == []
    assert listed(client, "queue=other") == ["99214", "99213"]  # 99214 is paid again, and better


def test_the_queue_costs_the_same_at_any_length(client, editor, doubts, django_assert_num_queries):
    client.get(QUEUE)

    def cost():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(QUEUE)
        return len(queries)

    few = cost()
    for number in range(20100, 20140):
        content = CodeContentFactory(code__hcpcs=str(number))
        Doubt.objects.create(content=content, schedule=doubts["99213"].schedule, reason="revalued")
    assert cost() == few


def test_the_page_shows_changes_numbers_and_the_public_text(client, editor, doubts):
    html = client.get(f"{QUEUE}{doubts['99213'].pk}/change/").content.decode()
    assert "work RVUs</td><td>1.30</td><td>1.20</td><td>revalued</td>" in html
    assert "<strong>1.30</strong> in billing: “It has 1.30 RVUs.”" in html
    assert reverse("admin:codes_codecontent_change", args=[doubts["99213"].content_id]) in html
    assert "since 2026B" in html


def test_confirming_takes_it_off_the_queue(client, editor, doubts):
    url = f"{QUEUE}{doubts['99214'].pk}/confirm/"
    assert client.get(url).status_code == 405
    answer = client.post(url, {"reason": ""}, follow=True)
    assert "Say why the text is right as it is" in answer.content.decode()
    answer = client.post(url, {"reason": "It speaks of no payment"}, follow=True)
    assert "1 confirmed." in answer.content.decode()
    assert listed(client) == ["99213"]
    assert listed(client, "queue=settled") == ["99214"]
    edition = CodeEdition.objects.get(action=Action.CONFIRMED)
    assert (edition.made_by, edition.reason) == (editor, "It speaks of no payment")
    line = AuditEntry.objects.get(what="confirmed")
    assert (line.who, line.detail, line.more["release"]) == (
        editor,
        "It speaks of no payment",
        "2026C",
    )
    settled = client.get(f"{QUEUE}{doubts['99214'].pk}/change/").content.decode()
    assert "Confirmed as it is" in settled
    assert 'name="reason"' not in settled


def test_one_is_handed_on(client, editor, doubts):
    colleague = person("writer")
    url = f"{QUEUE}{doubts['99213'].pk}/assign/"
    assert client.get(url).status_code == 405
    client.post(url, {"owner": UserFactory().pk})  # not of the staff
    assert Doubt.objects.get(pk=doubts["99213"].pk).assigned_to is None
    client.post(url, {"owner": colleague.pk})
    assert Doubt.objects.get(pk=doubts["99213"].pk).assigned_to == colleague
    assert listed(client, f"assigned={colleague.pk}") == ["99213"]
    client.post(url, {"owner": ""})
    assert Doubt.objects.get(pk=doubts["99213"].pk).assigned_to is None


def many(client, action, doubts, **more):
    keys = [doubt.pk for doubt in doubts.values()]
    return client.post(
        QUEUE, {"action": action, "_selected_action": keys, **more}, follow=True
    ).content.decode()


def test_many_are_confirmed_with_one_reason(client, editor, doubts):
    assert "2 doubtful texts" in many(client, "confirm_many", doubts)
    assert "Say why" in many(client, "confirm_many", doubts, confirmed="1", reason=" ")
    assert Doubt.objects.filter(outcome="").count() == 2
    answer = many(client, "confirm_many", doubts, confirmed="1", reason="Rates alone")
    assert "2 confirmed." in answer
    assert set(Doubt.objects.values_list("outcome", "note")) == {("confirmed", "Rates alone")}


def test_many_are_assigned(client, editor, doubts):
    assert editor.email in many(client, "assign_many", doubts)
    assert "2 assigned to" in many(
        client, "assign_many", doubts, confirmed="1", owner=str(editor.pk)
    )
    assert listed(client, "assigned=me") == ["99213", "99214"]


def test_no_more_than_fit_are_confirmed_at_once(client, editor, doubts, monkeypatch):
    monkeypatch.setattr("codes.admin.doubts.MOST_AT_ONCE", 1)
    answer = many(client, "confirm_many", doubts, confirmed="1", reason="Rates alone")
    assert "At most 1 at a time." in answer
    assert Doubt.objects.filter(outcome="").count() == 2


def test_a_new_edition_settles_it_as_revised(client, editor, doubts):
    content = doubts["99213"].content
    content.billing = "It has fewer RVUs since this year."
    content.save()
    content.publish()
    assert Doubt.objects.get(pk=doubts["99213"].pk).outcome == Doubt.Outcome.REVISED
    assert listed(client) == ["99214"]


def test_whoever_only_loads_releases_reads_the_queue_but_decides_nothing(client, doubts):
    client.force_login(person("data manager"))
    url = f"{QUEUE}{doubts['99213'].pk}/"
    page = client.get(f"{url}change/")
    assert page.status_code == 200
    assert "Confirm" not in page.content.decode()
    assert client.post(f"{url}confirm/", {"reason": "Right"}).status_code == 403
    assert client.post(f"{url}assign/", {"owner": ""}).status_code == 403
    assert client.post(f"{url}change/", {}).status_code == 405
    assert client.get(f"{QUEUE}999999/change/").status_code == 404
