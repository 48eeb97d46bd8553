"""Editors' Markdown to HTML. The only place of the project that marks text safe.

Raw HTML is not Markdown here: it shows as the text it is. nh3 cleans what the renderer made all
the same, so that a fault in one of the two is not a hole.
"""

import html
import json
from collections.abc import Sequence
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


@lru_cache(maxsize=4096)
def to_html(text: str, *, anchors: bool = False) -> SafeString:
    """Return clean HTML for Markdown; it never contains an h1, which belongs to the page.

    With anchors each heading has an id, as `headings` lists them: for a page with one such text.
    """
    tokens = _MARKDOWN.parse(text)
    _fit_to_page(tokens, anchors=anchors)
    rendered = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return mark_safe(_CLEANER.clean(rendered))  # noqa: S308 (cleaned in this very line)


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
