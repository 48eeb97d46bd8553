"""Texts of codes in the admin: what is warned of, what is refused, and what nobody sees."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from codes.models import (
    Category,
    CodeContent,
    FeeSchedule,
    Introduction,
    Question,
    RelatedCode,
    Specialty,
)
from rvuedge.publishing import State
from tests.codes.admin.forms import change_url, empty, posted
from tests.codes.little_release import load_release
from tests.factories import (
    CodeContentFactory,
    CodeFactory,
    QuestionFactory,
    RelatedCodeFactory,
    SpecialtyFactory,
    UserFactory,
)
from tests.rvuedge.test_publishing_admin import WRITING, as_, person, save

pytestmark = pytest.mark.django_db

ADD = "admin:codes_codecontent_add"


@pytest.fixture
def release(db):
    load_release()


@pytest.fixture
def writer(db):
    return person(*WRITING)


@pytest.fixture
def content(writer):
    content = CodeContentFactory(code__hcpcs="G0411", label="Interactive group therapy")
    content.save_draft(writer)
    return content


def warned(client, user, content, **changes):
    """Return what is warned of when the form is checked, as plain text."""
    page = save(client, user, content, _check="1", **changes).content.decode()
    section = page.partition('id="text-warnings"')[2].partition("</section>")[0]
    return re.sub(r"<[^>]+>", "", section)


# Writing ------------------------------------------------------------------------------------


def test_a_text_is_written_for_a_code_without_one(client, release, writer):
    surgery = SpecialtyFactory(slug="radiology")
    page = as_(client, writer).get(reverse(ADD), {"code": "70450"}).content.decode()
    assert '<option value="70450" selected>70450</option>' in page
    assert "70450-26" in page  # the federal figures, beside the text
    form = empty(
        code="70450",
        specialties=[surgery.pk],
        sources="Pub. 100-04, chapter 13",
        **{
            "questions-TOTAL_FORMS": 1,
            "questions-0-question": "Is contrast included?",
            "questions-0-answer": "No.",
            "questions-0-position": 0,
            "related-TOTAL_FORMS": 1,
            "related-0-code": "99213",
            "related-0-kind": "with",
            "related-0-note": "If a visit stands on its own.",
            "related-0-position": 0,
        },
    )

    client.post(reverse(ADD), form)

    content = CodeContent.objects.get(code="70450")
    assert (content.state, content.owner, content.author) == (State.DRAFT, writer, writer)
    body = content.newest().body
    assert body["questions"] == [["Is contrast included?", "No."]]
    assert body["related"] == [["99213", "with", "If a visit stands on its own."]]
    assert body["specialties"] == [["radiology", "Radiology"]]
    assert body["sources"] == ["Pub. 100-04, chapter 13"]


def test_a_code_has_one_text(client, release, writer):
    response = as_(client, writer).post(reverse(ADD), empty(code="47562"))
    assert response.status_code == 200
    assert "already exists" in response.content.decode()


def test_a_text_stays_with_its_code(client, release, writer, content):
    save(client, writer, content, code="47562")
    content.refresh_from_db()
    assert content.code_id == "G0411"


def test_federal_figures_are_read_only_for_everybody(client, release, admin_user):
    content = CodeContent.objects.get(code="47562")
    page = as_(client, admin_user).get(change_url(content)).content.decode()
    assert "47562 in the federal file" in page
    assert "10.21" in page
    assert 'name="work_rvu"' not in page
    save(client, admin_user, content, work_rvu="99.00", label="Gallbladder removal by scope")
    assert content.code.rates.get(schedule__release="2026C").work_rvu.as_tuple().digits == (
        1,
        0,
        2,
        1,
    )


def test_relations_are_found_by_typing(client, release, writer):
    user = person(*WRITING)
    as_(client, user)
    ask = {"app_label": "codes", "model_name": "relatedcode", "field_name": "code", "term": "475"}
    assert client.get(reverse("admin:autocomplete"), ask).status_code == 403
    from django.contrib.auth.models import Permission

    user.user_permissions.add(Permission.objects.get(codename="view_code"))
    found = client.get(reverse("admin:autocomplete"), ask).json()["results"]
    assert [one["id"] for one in found] == ["47562"]


def test_the_form_can_be_filled_without_script(client, release, writer, content):
    RelatedCodeFactory(content=content, code__hcpcs="90853")
    page = as_(client, writer).get(change_url(content)).content.decode()
    assert '<noscript><input name="related-0-code" value="90853"' in page
    assert '<noscript><select name="specialties"' in page


# Warnings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"label": "Group"}, "Short: 1 words, of 3 to 9"),
        ({"label": "One two three four five six seven eight nine ten"}, "Long: 10 words"),
        (
            {"plain_language": "Multidisciplinary psychotherapeutic interventions facilitate."},
            "above 8",
        ),
        ({"sources": ""}, "No source is named"),
        ({"billing": "Medicare pays $12.00 for it."}, "not a number of the file (2026C)"),
    ],
)
def test_what_is_only_amiss_is_warned_of_and_saved(
    client, release, writer, content, changes, said
):
    assert said in warned(client, writer, content, **changes)
    assert save(client, writer, content, **changes).status_code == 302


@pytest.mark.parametrize(
    ("hcpcs", "changes", "said"),
    [
        ("G0411", {"billing": "CPT G0411 is billed once."}, "G0411 is a HCPCS code, never CPT"),
        ("G0411", {"billing": "Use this CPT code once a day."}, "never CPT"),
        ("47562", {"billing": "It has 10.99 work RVUs."}, "not a number of the file (2026C)"),
    ],
)
def test_what_is_wrong_in_fact_is_not_saved(client, release, writer, hcpcs, changes, said):
    content = CodeContentFactory(code=CodeFactory(hcpcs=hcpcs))
    editions = content.editions.count()
    response = save(client, writer, content, **changes)
    page = response.content.decode()
    assert response.status_code == 200
    assert said in page
    assert "Wrong in fact" in page
    assert changes["billing"] in page  # nothing that was typed is lost
    assert content.editions.count() == editions


def test_what_is_wrong_in_fact_is_not_sent_on_either(client, release, writer, content):
    """An import may bring what the form would refuse."""
    CodeContent.objects.filter(pk=content.pk).update(billing="CPT G0411 is billed once.")
    url = reverse("admin:codes_codecontent_step", args=[content.pk, "send"])
    response = as_(client, writer).post(url, {"_version": content.version}, follow=True)
    assert "Mend it first" in response.content.decode()
    content.refresh_from_db()
    assert content.state == State.DRAFT


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("It has 10.21 work RVUs.", ""),
        ("It pays by a factor of 33.4009.", ""),
        ("Code 47600 has 17.04 work RVUs.", ""),
        ("It has 10.47 work RVUs.", "of an earlier release than 2026C"),
        ("Both together have 27.25 RVUs.", "not a number of the file"),
    ],
)
def test_numbers_are_held_against_the_file(client, release, writer, sentence, said):
    content = CodeContent.objects.get(code="47562")
    found = warned(client, writer, content, billing=sentence)
    assert said in found if said else "It gives" not in found
    assert "Wrong in fact" not in found


def test_a_sentence_of_another_code_is_named(client, release, writer, content):
    copied = "The surgeon works through four small openings in the wall of the belly."
    CodeContentFactory(code__hcpcs="47563", clinical_context=f"First. {copied} Then more.")
    CodeContentFactory(code__hcpcs="47564", plain_language=copied)
    found = warned(client, writer, content, clinical_context=f"One. {copied}")
    assert "stands word for word on 47563, 47564." in found
    alone = warned(client, writer, content, clinical_context="Six words that nobody else has.")
    assert "Clinical context: “" not in alone


def test_published_wording_that_is_not_free_is_recognized(client, release, writer):
    content = CodeContentFactory(code__hcpcs="0054T", label="Something of our own")
    assert "the AMA’s wording" in warned(client, writer, content, label="An AMA text")
    assert "wording" not in warned(client, writer, content)


# Previews, and what nobody sees --------------------------------------------------------------


def test_the_unsaved_draft_is_previewed_in_the_real_template(client, release, writer):
    content = CodeContent.objects.get(code="47562")
    response = save(
        client,
        writer,
        content,
        _preview="1",
        label="A label not saved",
        plain_language="Words not saved.",
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert "Draft, not public" in page
    assert "As it stands in the form, not saved" in page
    assert "<h1>A label not saved</h1>" in page
    assert "Words not saved." in page
    assert 'id="rvus"' in page
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert "ETag" not in response
    content.refresh_from_db()
    assert content.label != "A label not saved"


def test_a_new_text_is_previewed_before_it_is_saved(client, release, writer):
    form = empty(code="70450", _preview="1", label="Head scan by computed tomography")
    response = as_(client, writer).post(reverse(ADD), form)
    assert "Head scan by computed tomography" in response.content.decode()
    assert not CodeContent.objects.filter(code="70450").exists()


def test_a_form_with_errors_is_not_previewed(client, release, writer, content):
    response = save(client, writer, content, _preview="1", label="")
    assert "This field is required" in response.content.decode()


def test_the_saved_draft_and_any_edition_are_previewed(client, release, writer):
    content = CodeContent.objects.get(code="47562")
    save(client, writer, content, label="Saved but not public")
    url = reverse("admin:codes_codecontent_preview", args=[content.pk])
    assert "<h1>Saved but not public</h1>" in client.get(url).content.decode()
    old = client.get(url, {"edition": 1}).content.decode()
    assert "<h1>Laparoscopic gallbladder removal</h1>" in old
    assert client.get(url, {"edition": 77}).status_code == 404


def test_a_code_that_left_the_file_is_previewed_too(client, release, writer):
    content = CodeContentFactory(code__hcpcs="12345")
    url = reverse("admin:codes_codecontent_preview", args=[content.pk])
    assert as_(client, writer).get(url).status_code == 503


def test_no_draft_is_reached_from_outside(client, release, writer):
    content = CodeContent.objects.get(code="47562")
    before = content.label
    hidden = CodeContentFactory(code__hcpcs="99214", label="Xylophone visit")
    hidden.specialties.add(SpecialtyFactory(slug="general-surgery"))
    hidden.save_draft(writer)
    save(client, writer, content, label="Zeppelin removal", synonyms="zeppelin")
    client.logout()
    addresses = [
        reverse("home"),
        reverse("codes:list"),
        reverse("codes:list") + "?q=zeppelin",
        reverse("codes:list") + "?format=csv",
        reverse("codes:category", args=["digestive"]),
        reverse("codes:code", args=["digestive", "47562"]),
        reverse("codes:code", args=["office-visits", "99214"]),
        reverse("codes:specialties"),
        reverse("codes:specialty", args=["general-surgery"]),
        reverse("codes:search") + "?q=gallbladder",
        reverse("codes:search") + "?q=99214",
        reverse("codes:suggestions") + "?q=zeppelin",
        reverse("codes:suggestions") + "?q=xylophone",
    ]
    for address in addresses:
        response = client.get(address, follow=True)
        body = b"".join(response) if response.streaming else response.content
        text = body.decode()
        assert "Zeppelin" not in text, address
        assert "Xylophone" not in text, address
    page = client.get(reverse("codes:code", args=["digestive", "47562"]))
    assert before in page.content.decode()


def test_the_public_page_costs_what_it_did(client, release, django_assert_num_queries):
    address = reverse("codes:code", args=["digestive", "47562"])
    client.get(address)
    with django_assert_num_queries(4):  # what is shown, the rows, the edition, the standing
        client.get(address)


# Lists at any length ------------------------------------------------------------------------


def queries(client, url):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "name",
    [
        "admin:codes_codecontent_changelist",
        "admin:codes_code_changelist",
        "admin:codes_introduction_changelist",
        "admin:codes_specialty_changelist",
        "admin:codes_category_changelist",
    ],
)
def test_a_list_costs_the_same_at_any_length(client, admin_user, release, name):
    as_(client, admin_user)
    Introduction.objects.create(category=Category.objects.first(), text="Words.")
    client.get(reverse(name))
    few = queries(client, reverse(name))
    for number in range(30):
        content = CodeContentFactory(code__hcpcs=f"{48000 + number}", owner=UserFactory())
        content.publish()
        specialty = SpecialtyFactory(slug=f"new-{number}")
        Introduction.objects.create(specialty=specialty, text="Words.")
    assert queries(client, reverse(name)) == few
    assert few <= 10


def test_a_form_costs_the_same_with_any_lists(client, admin_user, release):
    as_(client, admin_user)
    content = CodeContent.objects.get(code="47562")
    RelatedCodeFactory(content=content, code__hcpcs="47600")
    QuestionFactory(content=content)
    content.save_draft(admin_user)
    client.get(change_url(content))
    few = queries(client, change_url(content))
    for number in range(12):
        RelatedCodeFactory(content=content, code__hcpcs=f"{48000 + number}")
        QuestionFactory(content=content)
        content.save_draft(admin_user)
    assert queries(client, change_url(content)) == few


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=public", {"45378", "47562", "47600", "99213"}),
        ("text=draft", {"45378", "47562", "47600", "99213", "G0411"}),
        ("q=g041", {"G0411"}),
        ("q=gallbladder", {"47562", "47600"}),
        ("changed=work", {"47562"}),
        ("changed=new", {"G0411"}),
        ("changed=any&q=475", {"47562"}),
    ],
)
def test_codes_are_found(client, admin_user, release, content, query, found):
    response = as_(client, admin_user).get(reverse("admin:codes_code_changelist") + f"?{query}")
    assert {one.pk for one in response.context_data["cl"].result_list} == found


def test_a_code_without_text_leads_to_writing_one(client, admin_user, release):
    url = reverse("admin:codes_code_changelist") + "?text=none"
    page = as_(client, admin_user).get(url).content.decode()
    assert f'{reverse(ADD)}?code=70450">Write text' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("changed=work", {"47562"}),
        ("changed=any", {"47562", "G0411"}),
        ("specialty=general-surgery", {"45378", "47562", "47600"}),
        ("specialty=none", {"99213", "G0411"}),
    ],
)
def test_texts_are_filtered(client, admin_user, release, content, query, found):
    url = reverse("admin:codes_codecontent_changelist") + f"?{query}"
    response = as_(client, admin_user).get(url)
    assert {one.code_id for one in response.context_data["cl"].result_list} == found


def test_a_specialty_is_set_on_many_as_drafts(client, writer, release):
    surgery = Specialty.objects.get(slug="general-surgery")
    office = CodeContent.objects.get(code="99213")
    url = reverse("admin:codes_codecontent_changelist")
    form = {"action": "set_specialty", "_selected_action": [office.pk]}
    assert "General surgery" in as_(client, writer).post(url, form).content.decode()
    client.post(url, {**form, "confirmed": "1", "choice": surgery.pk})
    office.refresh_from_db()
    assert office.state == State.DRAFT
    assert office.newest().body["specialties"] == [["general-surgery", "General surgery"]]
    assert office.in_force().body["specialties"] == []


@pytest.mark.parametrize("model", ["code", "category"])
def test_what_is_federal_or_fixed_is_only_read(client, admin_user, release, model):
    as_(client, admin_user)
    row = (CodeFactory if model == "code" else Category.objects.first)()
    assert client.get(reverse(f"admin:codes_{model}_add")).status_code == 403
    url = reverse(f"admin:codes_{model}_change", args=[row.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "Changed"}).status_code == 403
    assert client.post(reverse(f"admin:codes_{model}_delete", args=[row.pk])).status_code == 403


def test_a_specialty_keeps_its_address_and_is_not_deleted(client, admin_user):
    specialty = SpecialtyFactory(slug="surgery")
    as_(client, admin_user)
    url = reverse("admin:codes_specialty_change", args=[specialty.pk])
    client.post(url, {"name": "Surgery of today", "slug": "other", "description": ""})
    specialty.refresh_from_db()
    assert (specialty.name, specialty.slug) == ("Surgery of today", "surgery")
    assert (
        client.post(reverse("admin:codes_specialty_delete", args=[specialty.pk])).status_code
        == 403
    )


def test_an_introduction_has_one_page_and_is_previewed(client, admin_user, release):
    as_(client, admin_user)
    category = Category.objects.get(slug="digestive")
    url = reverse("admin:codes_introduction_add")
    both = {"category": category.pk, "specialty": SpecialtyFactory().pk, "text": "Words."}
    assert client.post(url, both).status_code == 200
    assert client.post(url, {"text": "Words."}).status_code == 200
    assert not Introduction.objects.exists()

    client.post(url, {"category": category.pk, "text": "About the *gut*."})

    introduction = Introduction.objects.get()
    preview = reverse("admin:codes_introduction_preview", args=[introduction.pk])
    page = client.get(preview).content.decode()
    assert "About the <em>gut</em>." in page
    assert "Draft, not public" in page
    assert "How the work is spread" in page  # it is the real page
    assert "About the <em>gut</em>." not in client.get("/cpt-codes/digestive/").text


def test_the_introduction_of_a_specialty_without_codes_is_previewed_all_the_same(
    client, admin_user, release
):
    specialty = SpecialtyFactory(slug="neurology")
    introduction = Introduction.objects.create(specialty=specialty, text="About *nerves*.")
    preview = reverse("admin:codes_introduction_preview", args=[introduction.pk])
    assert "About <em>nerves</em>." in as_(client, admin_user).get(preview).text
    FeeSchedule.objects.update(is_active=False)
    assert client.get(preview).status_code == 404


def test_rows_of_a_list_belong_to_whoever_may_change_the_text(client, release, content):
    viewer = person("view")
    page = as_(client, viewer).get(change_url(content)).content.decode()
    assert 'name="questions-TOTAL_FORMS"' in page
    row = {"question": "Mine?", "answer": "Yes.", "position": 0}
    form = posted(content, **{f"questions-0-{name}": value for name, value in row.items()})
    form["questions-TOTAL_FORMS"] = 1
    assert client.post(change_url(content), form).status_code == 403
    assert not Question.objects.filter(content=content).exists()
    as_(client, person(*WRITING)).post(change_url(content), form)
    assert Question.objects.get(content=content).question == "Mine?"
    assert not RelatedCode.objects.filter(content=content).exists()


def test_a_review_date_is_kept(client, release, writer, content):
    save(client, writer, content, next_review_on="2030-01-31")
    content.refresh_from_db()
    assert content.next_review_on == datetime(2030, 1, 31, tzinfo=UTC).date()
