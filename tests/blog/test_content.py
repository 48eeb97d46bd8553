"""The starter texts as a whole, as far as a machine can prove them. See `make check-content`."""

import html
import re
from collections import Counter

import pytest
from django.conf import settings

from blog.models import Faq, HelpArticle, Term
from blog.starter import read_pages
from codes.content_checks import words, wrong_systems

PAGES = read_pages()
TERMS = {body["slug"]: body for model, body in PAGES if model is Term}


def place(model, body):
    return f"{model.__name__} {body.get('slug') or body['question']}"


def prose(body):
    """Return all that a reader sees of a page, as paragraphs of Markdown."""
    names = ("title", "summary", "question", "answer", "text")
    return "\n\n".join(body[name] for name in names if body.get(name))


TEXTS = {place(model, body): prose(body) for model, body in PAGES}


def test_the_glossary_has_the_terms_that_are_asked_for():
    assert len(TERMS) >= 60


def test_every_term_leads_to_others_that_exist():
    for slug, body in TERMS.items():
        assert 1 <= len(body["see_also"]) <= 5, slug
        assert set(body["see_also"]) <= TERMS.keys() - {slug}, slug
    assert {other for body in TERMS.values() for other in body["see_also"]} == TERMS.keys()


def test_no_wording_belongs_to_two_terms():
    wordings = Counter(
        wording.casefold()
        for body in TERMS.values()
        for wording in {body["title"], *body["abbreviations"], *body["also"]}
    )
    assert [wording for wording, count in wordings.items() if count > 1] == []


@pytest.mark.parametrize("slug", TERMS)
def test_a_term_is_explained_in_forty_to_a_hundred_and_fifty_words(slug):
    assert 40 <= len(words(TERMS[slug]["text"])) <= 150


@pytest.mark.parametrize("where", TEXTS)
def test_a_text_has_typographic_quotes_and_calls_no_letter_code_cpt(where):
    text = re.sub(r"`[^`\n]*`|\]\([^)]*\)", "", TEXTS[where])
    assert re.findall(r".{0,20}[A-Za-z]'[A-Za-z].{0,20}|.{0,20}\".{0,20}", text) == []
    assert wrong_systems("99213", text) == []


@pytest.fixture(scope="module")
def interface():
    """All that pages and forms say, in small letters."""
    said = [
        re.sub(r"\{%.*?%\}|\{#.*?#\}|<[^>]+>", "", path.read_text("utf-8"), flags=re.DOTALL)
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
    ]
    said += [
        path.read_text("utf-8")
        for app in ("accounts", "blog", "codes", "rvuedge")
        for path in (settings.BASE_DIR / app).rglob("*.py")
    ]
    return " ".join(html.unescape(" ".join(said)).split()).casefold()


def test_what_help_prints_in_bold_is_a_word_of_the_interface(interface):
    bold = [
        (body["slug"], word)
        for model, body in PAGES
        if model is HelpArticle
        for word in re.findall(r"\*\*(.+?)\*\*", body["text"])
    ]
    assert bold
    assert [one for one in bold if one[1].casefold() not in interface] == []


def test_help_has_the_articles_and_questions_that_are_asked_for():
    kinds = Counter(model for model, _ in PAGES)
    assert kinds[HelpArticle] >= 20
    assert kinds[Faq] >= 20
