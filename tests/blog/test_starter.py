"""The starter pages: right by their own rules, loaded once, and never over an editor's work."""

import re
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from blog.models import Faq, HelpArticle, LandingPage, Post, Term
from blog.starter import FOLDER, KINDS, ContentError, load_pages, read_pages
from codes.content_checks import reading_grade
from rvuedge.publishing import State
from tests.codes.little_release import load_release
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """A copy of two starter pages and one question."""
    for name, head in (("stages", ""), ("posts", ""), ("help", 'topic = "This site"\n')):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"a-{name}.md").write_text(
            f'+++\ntitle = "A"\nsummary = "B"\n{head}+++\nWords\n', "utf-8"
        )
    (tmp_path / "faqs.toml").write_text(
        '[[faq]]\npage = "support"\nquestion = "Why?"\nanswer = "So."\n', "utf-8"
    )
    return tmp_path


def change(folder, name="posts"):
    path = folder / name / f"a-{name}.md"
    path.write_text(path.read_text("utf-8").replace("Words", "Other words"), "utf-8")


def run():
    out = StringIO()
    call_command("load_pages", stdout=out)
    return out.getvalue().strip()


def test_everything_is_loaded_and_published_once():
    files = Counter(path.parent.name for path in FOLDER.rglob("*.md"))
    questions = (FOLDER / "faqs.toml").read_text("utf-8").count("[[faq]]")
    everything = files.total() + questions
    assert run() == f"Starter pages: {everything} written."
    landing = files["stages"] + files["resources"] + files["legal"]
    counts = {model: model.objects.published().count() for model in (*KINDS.values(), Faq)}
    assert counts == {
        LandingPage: landing,
        Post: files["posts"],
        HelpArticle: files["help"],
        Term: files["glossary"],
        Faq: questions,
    }
    assert run() == f"Starter pages: nothing new ({everything} pages and questions)."
    assert Post.objects.first().editions.count() == 1


def test_a_changed_file_is_published_anew(folder):
    load_pages(folder)
    change(folder)
    assert load_pages(folder) == (1, 0, 3)
    assert Post.objects.get().in_force().body["text"] == "Other words\n"
    assert load_pages(folder) == (0, 0, 4)


@pytest.mark.parametrize("step", ["save", "send", "archive", "rename", "reviewed"])
def test_what_an_editor_has_touched_is_left_alone(folder, step):
    load_pages(folder)
    post, editor = Post.objects.get(), UserFactory()
    if step == "send":
        post.send_to_review(editor)
    elif step == "archive":
        post.archive(editor, "Not ours")
    elif step == "reviewed":
        post.publish(reviewer_role="coding editor", reviewed_on="2026-07-01")
    else:
        post.title, post.slug = "Mine", "renamed" if step == "rename" else post.slug
        post.save()
        post.save_draft(editor)
    change(folder)
    assert load_pages(folder) == (0, 1, 3)
    assert Post.objects.count() == 1
    assert Post.objects.get().text == "Words\n"


def test_a_question_that_an_editor_has_reworded_does_not_come_twice(folder):
    load_pages(folder)
    faq = Faq.objects.get()
    faq.question = "Why not?"
    faq.save()
    faq.save_draft(UserFactory())
    assert load_pages(folder) == (0, 1, 3)
    assert Faq.objects.count() == 1


def test_a_page_that_an_editor_had_before_is_left_alone(folder):
    Post.objects.create(slug="a-posts", title="Mine", summary="S", text="T")
    assert load_pages(folder) == (3, 1, 0)
    assert Post.objects.get().title == "Mine"
    assert Post.objects.get().state == State.DRAFT


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Words", "a-posts.md: the head has to stand"),
        ('+++\ntitle = "A\n+++\nWords', "a-posts.md: "),
        ('+++\ntitel = "A"\n+++\nWords', "a-posts.md: there is no titel."),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_stored(folder, monkeypatch, content, sentence):
    (folder / "posts" / "a-posts.md").write_text(content, "utf-8")
    with pytest.raises(ContentError, match=re.escape(sentence)):
        load_pages(folder)
    assert not LandingPage.objects.exists()
    monkeypatch.setattr(
        "blog.management.commands.load_pages.load_pages", lambda: load_pages(folder)
    )
    with pytest.raises(CommandError, match=re.escape(sentence)):
        run()


def test_two_terms_with_one_wording_are_refused(folder):
    (folder / "glossary").mkdir()
    for slug in ("one", "two"):
        (folder / "glossary" / f"{slug}.md").write_text(
            f'+++\ntitle = "{slug}"\nsummary = "S"\nalso = ["same"]\n+++\nWords\n', "utf-8"
        )
    with pytest.raises(ContentError, match="two terms share the wording “same”"):
        load_pages(folder)
    assert not Term.objects.exists()


def test_terms_refer_to_terms_that_are_there():
    terms = {body["slug"]: body for model, body in read_pages() if model is Term}
    for slug, body in terms.items():
        assert {*body["see_also"]} <= terms.keys() - {slug}, slug


def test_starter_pages_fit_their_columns():
    for model, body in read_pages():
        model(**body).clean_fields(exclude=["owner", "author"])


def test_every_internal_link_of_the_starter_pages_is_an_address_of_the_site(client):
    load_release()
    load_pages()
    links = {
        link
        for path in FOLDER.rglob("*.md")
        for link in re.findall(r"\]\((/[^)]*)\)", path.read_text("utf-8"))
    }
    assert links
    for link in links:
        assert client.get(link).status_code == 200, link


def test_plain_words_for_students_are_plain():
    body = next(body for _, body in read_pages() if body.get("slug") == "medical-students")
    assert reading_grade(body["text"]) <= 10
