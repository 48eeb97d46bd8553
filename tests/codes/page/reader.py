"""What a page says, read strictly: every tag is closed, in order, and every reference leads."""

import json
from html.parser import HTMLParser
from typing import Any

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for")


class Page(HTMLParser):
    """An HTML page. Constructing one asserts that its tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.references: set[str] = set()
        self.metas: dict[str, str] = {}
        self.canonical = ""
        self._open: list[str] = []
        self._texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._take(tag, attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._take(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> on line {self.getpos()[0]} closes another"

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._texts.append((tuple(self._open), data))

    def _take(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"<{tag}> repeats an attribute"
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.append(values["id"])
        for name in _REFERENCES:
            self.references.update(values.get(name, "").split())
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "meta":
            self.metas[values.get("name") or values.get("property", "")] = values.get(
                "content", ""
            )
        if tag == "link" and values.get("rel") == "canonical":
            self.canonical = values["href"]

    def text_of(self, tag: str) -> list[str]:
        """Return the texts that stand directly or indirectly in elements of one kind."""
        return [" ".join(text.split()) for tags, text in self._texts if tag in tags]

    @property
    def text(self) -> str:
        """All that is read, without scripts."""
        return " ".join(
            " ".join(text.split()) for tags, text in self._texts if "script" not in tags
        )

    @property
    def title(self) -> str:
        return " ".join(text for tags, text in self._texts if tags == ("html", "head", "title"))

    @property
    def h1(self) -> list[str]:
        return self.text_of("h1")

    @property
    def graph(self) -> dict[str, Any]:
        """The parts of the structured data by their type."""
        (script,) = self.text_of("script")
        return {part["@type"]: part for part in json.loads(script)["@graph"]}


def check(html: str) -> Page:
    """Return the page, once what must hold of every page has been asserted."""
    page = Page(html)
    assert len(page.h1) == 1
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    assert page.references <= set(page.ids), page.references - set(page.ids)
    fragments = {link[1:] for link in page.links if link.startswith("#") and link != "#"}
    assert fragments <= set(page.ids), fragments - set(page.ids)
    assert page.title
    assert page.metas["description"]
    return page
