"""The starter texts as a whole, as far as a machine can prove them. See `make check-content`."""

import re
from collections import Counter

import pytest

from blog.models import Term
from blog.starter import read_pages
from codes.content_checks import repeated, words, wrong_systems

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


def test_no_sentence_stands_twice():
    assert repeated(TEXTS.items()) == []


@pytest.mark.parametrize("where", TEXTS)
def test_a_text_has_typographic_quotes_and_calls_no_letter_code_cpt(where):
    text = re.sub(r"`[^`\n]*`|\]\([^)]*\)", "", TEXTS[where])
    assert re.findall(r".{0,20}[A-Za-z]'[A-Za-z].{0,20}|.{0,20}\".{0,20}", text) == []
    assert wrong_systems("99213", text) == []
