"""Editors' Markdown to HTML. The only place of the project that marks text safe.

Raw HTML is not Markdown here: it shows as the text it is. nh3 cleans what the renderer made all
the same, so that a fault in one of the two is not a hole.
"""

import html
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import nh3
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from rvuedge.terms import NONE, Terms

# No images: there is nowhere to upload them, and the content policy blocks other sites'.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")

_CLEANER = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "code", "pre", "a"),
        *("blockquote", "ul", "ol", "li", "div", "table", "thead", "tbody", "tr", "th", "td"),
    },
    attributes={
        "a": {"href", "title"},
        "ol": {"start"},
        "th": {"scope"},
        **{f"h{level}": {"id"} for level in range(2, 7)},
        "div": {"tabindex", "role", "aria-label"},
    },
    allowed_classes={
        "div": {"scroll"},
        "table": {"table", "fit"},
        "th": {"num"},
        "td": {"num"},
    },
    url_schemes={"https", "http", "mailto", "tel"},
    link_rel=None,
)

# Escapes that JSON knows and HTML does not: nothing in the data can end a script element.
_JSON_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


class Heading(NamedTuple):
    """A heading of the second level, and the id by which a page links to it."""

    id: str
    title: str


def to_html(text: str, *, anchors: bool = False) -> SafeString:
    """Return clean HTML for Markdown; it never contains an h1, which belongs to the page.

    With anchors each heading has an id, as `headings` lists them: for a page with one such text.
    """
    return _linked(text, anchors, NONE, frozenset())[0]


class Linker:
    """Makes the HTML of the texts of one page, in their order, and links terms at first use.

    `but`: slugs of terms that this page does not link to, such as the one that it is about.
    """

    def __init__(self, terms: Terms = NONE, but: Iterable[str] = ()) -> None:
        self._terms = terms
        self._used = frozenset(but)

    def to_html(self, text: str, *, anchors: bool = False) -> SafeString:
        """Return the same as the function of this name, with links to terms not yet used."""
        made, self._used = _linked(text, anchors, self._terms, self._used)
        return made


@lru_cache(maxsize=4096)
def _linked(
    text: str, anchors: bool, terms: Terms, used: frozenset[str]
) -> tuple[SafeString, frozenset[str]]:
    """Return the HTML, and the slugs of the terms that are linked by its end."""
    tokens = _MARKDOWN.parse(text)
    _fit_to_page(tokens, anchors=anchors)
    now_used = _link_terms(tokens, terms, used)
    rendered = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = mark_safe(_CLEANER.clean(rendered))  # noqa: S308 (cleaned in this very line)
    return clean, now_used


@lru_cache(maxsize=4096)
def to_text(text: str) -> str:
    """Return the words of Markdown in one line: for descriptions, search and JSON-LD."""
    return " ".join(html.unescape(nh3.clean(to_html(text), tags=set())).split())


@lru_cache(maxsize=4096)
def headings(text: str) -> tuple[Heading, ...]:
    """Return the second-level headings of Markdown, for a list of contents."""
    tokens = _MARKDOWN.parse(text)
    _fit_to_page(tokens, anchors=True)
    return tuple(
        Heading(str(token.attrs["id"]), _words(inline))
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.tag == "h2"
    )


def json_ld(data: Any) -> SafeString:
    """Return JSON, Decimals as strings, safe inside <script type="application/ld+json">."""
    dumped = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return mark_safe(dumped.translate(_JSON_ESCAPES))  # noqa: S308 (escaped in this very line)


def _fit_to_page(tokens: list[Token], *, anchors: bool) -> None:
    """Change the renderer's tokens to what the design has: headings from h2, framed tables."""
    taken: set[str] = set()
    for token, following in pairwise(tokens):
        if token.type == "heading_open" and anchors:
            token.attrSet("id", _new_id(_words(following), taken))
        if token.type.startswith("heading_") and token.tag == "h1":
            token.tag = "h2"
        if token.type in {"th_open", "td_open"}:
            # The policy allows no style attribute; the design aligns numbers by class.
            if token.attrs.pop("style", None) == "text-align:right":
                token.attrSet("class", "num")
            if token.type == "th_open":
                token.attrSet("scope", "col")


def _link_terms(tokens: list[Token], terms: Terms, used: frozenset[str]) -> frozenset[str]:
    """Link the first use of each term, except within headings, links and code."""
    seen = set(used)
    for before, token in pairwise(tokens):
        if token.type != "inline" or before.type in {"heading_open", "th_open"}:
            continue
        children: list[Token] = []
        links = 0
        for child in token.children or []:
            links += (child.type == "link_open") - (child.type == "link_close")
            if child.type == "text" and not links:
                children += _with_links(child, terms, seen)
            else:
                children.append(child)
        token.children = children
    return frozenset(seen)


def _with_links(text: Token, terms: Terms, seen: set[str]) -> list[Token]:
    """Return a text in pieces, with links among them; `seen` learns of the terms."""
    pieces: list[Token] = []
    done = 0
    for start, end, term in terms.find(text.content, frozenset(seen)):
        seen.add(term.slug)
        pieces += [
            Token("text", "", 0, content=text.content[done:start]),
            Token("link_open", "a", 1, attrs={"href": term.url}),
            Token("text", "", 0, content=text.content[start:end]),
            Token("link_close", "a", -1),
        ]
        done = end
    return [*pieces, Token("text", "", 0, content=text.content[done:])]


def _new_id(title: str, taken: set[str]) -> str:
    """Return an id that no other heading has; its prefix keeps it from the page's own ids."""
    stem = candidate = f"on-{slugify(title) or 'section'}"
    number = 1
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}"
    taken.add(candidate)
    return candidate


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [])


def _table_open(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """A table in a frame that scrolls on a phone, and that the keyboard reaches."""
    columns: list[str] = []
    for token, inline in pairwise(tokens[index:]):
        if token.type == "thead_close":
            break
        if token.type == "th_open":
            columns.append(_words(inline))
    label = html.escape("Table: " + ", ".join(filter(None, columns)))
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">\n'
        '<table class="table fit">\n'
    )


def _table_close(*_: Any) -> str:
    return "</table>\n</div>\n"


_MARKDOWN.add_render_rule("table_open", _table_open)
_MARKDOWN.add_render_rule("table_close", _table_close)
