"""Words of a glossary within texts: which stand where, so that they can be linked.

No Django: the blog says which words there are (`blog.shown.terms`), richtext.py makes the links.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Term(NamedTuple):
    """A term with its address, or "" if its words are not linked but stand in the way of others.

    `exact` are abbreviations, found in these letters alone; `wordings` in any case.
    """

    slug: str
    url: str
    exact: tuple[str, ...]
    wordings: tuple[str, ...]


class Found(NamedTuple):
    """Where a term stands in a text: from `start` up to `end`."""

    start: int
    end: int
    term: Term


class Terms:
    """All terms, ready to be looked for. Longer wordings win, and a plural in -s is found too.

    Of two terms with one wording the first has it: `shared` names such wordings.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._exact: dict[str, Term] = {}
        self._folded: dict[str, Term] = {}
        self.shared: list[str] = []
        for term in terms:
            for wording in term.exact:
                self._take(self._exact, wording, wording, term)
            for wording in term.wordings:
                self._take(self._folded, wording.casefold(), wording, term)
        wordings = sorted({*self._exact, *self._folded}, key=len, reverse=True)
        either = "|".join(map(re.escape, wordings))
        # A hyphen belongs to the word: "non-facility" is not "facility".
        self._pattern = re.compile(rf"(?<![\w-])({either})s?(?![\w-])", re.IGNORECASE)
        self._is_empty = not wordings

    def _take(self, among: dict[str, Term], key: str, wording: str, term: Term) -> None:
        if among.setdefault(key, term).slug != term.slug:
            self.shared.append(wording)

    def of(self, word: str) -> Term | None:
        """Return the term that has this wording, if any."""
        return self._exact.get(word) or self._folded.get(word.casefold())

    def find(self, text: str, used: Iterable[str] = ()) -> Iterator[Found]:
        """Yield the first use of each linked term that is not among the slugs `used`."""
        if self._is_empty:
            return
        seen = set(used)
        for match in self._pattern.finditer(text):
            term = self.of(match[1])
            if term and term.url and term.slug not in seen:
                seen.add(term.slug)
                yield Found(match.start(), match.end(), term)


NONE = Terms([])
