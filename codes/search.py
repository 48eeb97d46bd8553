"""The in-process index of codes: words, synonyms, prefixes, typos. It imports no Django.

How it works. Entries are numbered once, in the order in which equally good hits are listed:
greater weight, then fewer words in the label, then shorter label, then code. A set of entries is
one integer whose bit `n` stands for entry `n`. Joining what the words of a query found is then `&`
and `|` on integers of 2 kB, and the best hits of a set are its lowest bits. Every answer is a pure
function of the entries and the query: nothing depends on hashing, time or earlier queries.

A query is read word by word. A word finds entries, from sure to unsure, because it stands there
(in any spelling that `_term` folds), because a word of the same meaning does (`_SAME`,
`_IMPLIES`), because a word begins with it, or because a word is one or two typos away.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import chain, islice, pairwise, zip_longest
from typing import Literal, NamedTuple, TypeAlias

from rapidfuzz import process
from rapidfuzz.distance import OSA

from codes.medical_words import IMPLIES, SAME
from codes.mistyped_codes import likely_codes

System = Literal["CPT", "HCPCS"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One code as the search knows it.

    `synonyms` are other names for what the label names. `words` is text that may be found but
    counts least: the category, a descriptor that may be shown. A greater `weight` (any integer)
    comes first among equals, for instance for codes with an editor's text. Above 0 it also says
    that the synonyms are chosen well enough to count like the label where one is typed whole.
    `only_with` is a word without which, typed in any way, the entry comes after all others.
    """

    hcpcs: str
    system: System
    label: str
    synonyms: tuple[str, ...] = ()
    words: str = ""
    weight: int = 0
    only_with: str = ""


class Score(IntEnum):
    """How an entry was found, best last. Hits are listed from high to low."""

    PART_OF_QUERY = 10
    NEAR_CODE = 15
    TYPO_ANYWHERE = 20
    TYPO_IN_SYNONYM = 22
    TYPO_IN_LABEL = 24
    TYPO_IN_PHRASE = 26
    WITHOUT_ITS_WORD = 27  # in any way, but without the word that the entry asks for
    UNFINISHED = 28  # all words but the last, of which too little is typed
    ANYWHERE = 30
    SYNONYM = 40
    SYNONYM_WORDS = 43  # all of one synonym
    SYNONYM_PHRASE = 45
    LABEL_BEGUN = 50  # its words begin with the words of the query, as while typing
    LABEL_BEGUN_PHRASE = 55
    LABEL_ALIKE = 60  # words of the same meaning
    WHOLE_SYNONYM = 65
    LABEL_WORDS = 70
    LABEL_PHRASE = 75
    WEIGHTY_SYNONYM = 78  # a whole synonym, of an entry with a weight above 0
    WHOLE_LABEL = 80
    CODE_START = 90
    CODE = 100


class Hit(NamedTuple):
    """An entry that was found. `why` is empty where the label or the code shows it."""

    entry: Entry
    score: int
    why: str


class Results(NamedTuple):
    """`hits` are at most `limit` of the `total` that matched, best first.

    `corrected` is the query with its typos mended, in lower case, and only where nothing matched
    the query as it was typed; else None.
    """

    hits: list[Hit]
    corrected: str | None
    total: int


# --- Reading text: one form for all spellings of a word -----------------------------------------

_LONGEST_QUERY = 400  # characters: longer than any label, short enough to answer at once
_LONGEST_WORD = 40
MOST_WORDS = 12  # more say no more, and each costs time

_WORD = re.compile(
    r"\bx[\s-]+r(?:a|ays?)?\b|\bw/o\b|\d+\.\d+|[^\W_]+(?:['’][^\W_]+)*", re.IGNORECASE
)
_SPACED_XRAY = re.compile(r"\bx\s+(?=rays?\b)", re.IGNORECASE)
_DIGIT = re.compile(r"[0-9]")
_INSIDE_WORD = re.compile(r"['’\s-]")
_LIGATURES = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "Æ": "AE", "Œ": "OE"})
_IGNORED = {
    *("a", "an", "and", "are", "as", "at", "be", "by", "code", "codes", "for", "from", "in"),
    *("is", "of", "on", "or", "per", "the", "to", "w", "what", "with"),
}
# Words that say little by themselves: an entry that has no other word of a query is no answer.
_GENERAL = {
    *("care", "exam", "examination", "limited", "complete", "operation", "procedure", "repair"),
    *("replacement", "removal", "service", "surgery", "surgical", "system", "test", "therapy"),
    *("treatment", "visit", "without"),
}
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_SHORT_FOR = {
    "w/o": "without",
    "min": "minute",
    "hr": "hour",
    "wk": "week",
    "yr": "year",
    **{name: str(number) for number, name in enumerate(_NUMBERS, 1)},
}
_QUANTITY = re.compile(r"([0-9]+)(min|mins|minutes?|hrs?|hours?|days?|views?|mg|ml|cm|mm)")
_AMERICAN = {
    "oesoph": "esoph",
    "oestr": "estr",
    "oedem": "edem",
    "foet": "fet",
    "coeli": "celi",
    "pnoea": "pnea",
    "rrhoea": "rrhea",
    "noeuvre": "neuver",
    "paraes": "pares",
    "haem": "hem",
    "aemi": "emi",
    "paed": "ped",
    "anaes": "anes",
    "caec": "cec",
    "faec": "fec",
    "gynaec": "gynec",
    "caesa": "cesa",
    "aetio": "etio",
    "sulph": "sulf",
    "tumou": "tumo",
    "colou": "colo",
    "labou": "labo",
    "behaviou": "behavio",
    "humou": "humo",
    "odou": "odo",
    "vapou": "vapo",
    "counsell": "counsel",
    "labell": "label",
    "modell": "model",
    "mould": "mold",
    "centre": "center",
    "fibre": "fiber",
    "litre": "liter",
    "programme": "program",
}
_BRITISH = re.compile("|".join(sorted(_AMERICAN, key=len, reverse=True)))
_IZE = re.compile(r"(?<=[a-z]{2}[iy])z(?=[aei]|$)")
_SCOPE = re.compile(r"(?<=[a-z]{3})scop(?:e|i|ie|ic|ical|ically)$")
_GRAM = re.compile(r"(?<=[a-z]{3})grap(?:h[a-z]*)?$")
_GREEK_PLURAL = re.compile(r"(?<=[a-z]{4})(os|ys|thes|stas)es$")
_SIBILANT_PLURAL = re.compile(r"(?<=ss|sh|ch)es$|(?<=x)es$")


def _plain(text: str) -> str:
    """Return text without accents, and with full-width forms and ligatures as plain letters."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _begun(word: str) -> str:
    """Return a plain lower-case word in the one spelling that the index keeps.

    It holds for unfinished words too: what is typed so far stays the beginning of the whole.
    That is why British "-ise" is kept and "-ize" is not.
    """
    return _IZE.sub("s", _BRITISH.sub(lambda match: _AMERICAN[match[0]], word))


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if _GREEK_PLURAL.search(word):
        return word[:-2] + "is"
    return _SIBILANT_PLURAL.sub("", word) if _SIBILANT_PLURAL.search(word) else word[:-1]


@lru_cache(maxsize=16384)
def _terms(raw: str) -> tuple[str, ...]:
    """Return what the index keeps of a plain word: mostly one term, none of "of", two of "45min".

    A capital A stays ("Hepatitis A"), the article does not.
    """
    if raw == "A":
        return ("a",)
    word = _INSIDE_WORD.sub("", raw.lower())[:_LONGEST_WORD]
    if word in _IGNORED:
        return ()
    if quantity := _QUANTITY.fullmatch(word):
        return quantity[1], _term(quantity[2])
    return (_term(word),)


def _term(word: str) -> str:
    word = _singular(_begun(word))
    return _SHORT_FOR.get(word) or _GRAM.sub("gram", _SCOPE.sub("scopy", word))


# --- Words of the same meaning ------------------------------------------------------------------

# The words themselves: codes/medical_words.py.


class _Word(NamedTuple):
    """One word of a query."""

    typed: str  # in lower case, without accents
    begun: str  # the spelling that terms of the index may begin with
    term: str  # the form that the index keeps
    place: int  # among all words of the query


class _Query(NamedTuple):
    typed: tuple[str, ...]
    words: tuple[_Word, ...]  # those that must match
    system: str  # "CPT" or "HCPCS" where the query names one of them, else empty


def _clip(query: str) -> str:
    return _plain(query[:_LONGEST_QUERY])[:_LONGEST_QUERY]


def has_more_words(query: str) -> bool:
    """Return whether a query goes on after the MOST_WORDS that are looked for."""
    return any(True for _ in islice(_WORD.finditer(_clip(query)), MOST_WORDS, None))


@lru_cache(maxsize=256)
def _read(clipped: str) -> _Query:
    """Take a query apart. Words like "of" count only where there are no others."""
    found = _WORD.findall(clipped)[:MOST_WORDS]
    typed = tuple(_INSIDE_WORD.sub("", raw.lower())[:_LONGEST_WORD] for raw in found)
    systems = set(typed) & {"cpt", "hcpcs"}
    words = []
    for place, raw in enumerate(found):
        terms = _terms(raw) if typed[place] not in systems else ()
        if raw == "a" and place + 1 == len(found):  # "hepatitis a", or a word that comes
            terms = ("a",)
        begun = _begun(typed[place])
        words += [
            _Word(typed[place], begun if len(terms) == 1 else term, term, place) for term in terms
        ]
    if not words and not systems:
        words = [_Word(word, word, word, place) for place, word in enumerate(typed)]
    return _Query(typed, tuple(words), systems.pop().upper() if len(systems) == 1 else "")


_Phrase = tuple[str, ...]


class _Meaning(NamedTuple):
    """Whoever types one of these phrases may mean any of those."""

    typed: tuple[_Phrase, ...]
    meant: tuple[_Phrase, ...]


def _meanings() -> Iterator[_Meaning]:
    def phrases(names: str) -> tuple[_Phrase, ...]:
        return tuple(
            tuple(word.term for word in _read(name.strip()).words) for name in names.split("|")
        )

    for line in SAME.strip().splitlines():
        yield _Meaning(phrases(line), phrases(line))
    for line in IMPLIES.strip().splitlines():
        typed, meant = line.split(">")
        yield _Meaning(phrases(typed), phrases(meant))


def _places_by_phrase(meanings: Sequence[_Meaning]) -> dict[_Phrase, list[int]]:
    places: dict[_Phrase, list[int]] = {}
    for place, meaning in enumerate(meanings):
        for phrase in dict.fromkeys(meaning.typed):
            places.setdefault(phrase, []).append(place)
    return places


def _single_words() -> dict[str, set[str]]:
    """Each word that has others of the same meaning, with all of them."""
    peers: dict[str, set[str]] = {}
    for meaning in _MEANINGS:
        if meaning.typed == meaning.meant:
            singles = {phrase[0] for phrase in meaning.meant if len(phrase) == 1}
            for single in singles:
                peers.setdefault(single, set()).update(singles)
    return peers


_MEANINGS = tuple(_meanings())
_MEANINGS_OF = _places_by_phrase(_MEANINGS)
_LONGEST_PHRASE = max(map(len, _MEANINGS_OF))
_WORDS_ALIKE = _single_words()
_NAMED_WORDS = sorted(phrase[0] for phrase in _MEANINGS_OF if len(phrase) == 1)


# --- Sets of entries ----------------------------------------------------------------------------

_Set = int  # bit n stands for entry n
# A large set is stored as it is, a small one as the ascending numbers of its entries.
_Stored: TypeAlias = int | Sequence[int]
_DENSE = 20  # from this many entries on, a set is stored as an integer
_POSITIONS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))
_NOT_ZERO = re.compile(rb"[^\0]")
_AFTER = "\U0010ffff"  # sorts after all that may follow the beginning of a word


def _union(sets: Iterable[_Stored]) -> _Set:
    union = 0
    small: list[Sequence[int]] = []
    for one in sets:
        if isinstance(one, int):
            union |= one
        elif one:
            small.append(one)
    if not small:
        return union
    marks = bytearray((max(one[-1] for one in small) >> 3) + 1)
    for one in small:
        for number in one:
            marks[number >> 3] |= 1 << (number & 7)
    return union | int.from_bytes(marks, "little")


def _set(numbers: Iterable[int]) -> _Set:
    return _union([sorted(numbers)])


def _with(stored: _Stored, others: list[int] | None) -> _Stored:
    """Return a set with other entries, in ascending order, added to it."""
    if not others:
        return stored
    if isinstance(stored, int) or len(stored) + len(others) >= _DENSE:
        return _union([stored, others])
    return array("I", sorted([*stored, *others]) if stored else others)


def _numbers(entries: _Set) -> Iterator[int]:
    """Give the entries of a set, best first."""
    for match in _NOT_ZERO.finditer(entries.to_bytes((entries.bit_length() + 7) // 8, "little")):
        first = match.start() * 8
        for position in _POSITIONS[match[0][0]]:
            yield first + position


def _common(sets: Iterable[_Set], start: _Set) -> _Set:
    for one in sets:
        start &= one
        if not start:
            break
    return start


def _in_most(sets: Sequence[_Set], start: _Set) -> _Set:
    """Return the entries that are in as many of the sets as any entry is; none if in no set."""
    at_least = [start] + [0] * len(sets)  # in how many sets
    for one in sets:
        for count in range(len(sets), 0, -1):
            at_least[count] |= at_least[count - 1] & one
    return next((found for found in reversed(at_least[1:]) if found), 0)


# --- Typos --------------------------------------------------------------------------------------

_FEW = 3  # with fewer hits than this, typos are looked for in short words too, and harder
_LONG = 5  # letters
_SHORTEST_SIGN = 3  # letters of a word that an entry asks for
_SHORTEST_UNFINISHED = 6  # fewer letters with a typo are the beginning of too many words


def _edits_allowed(word: str) -> int:
    if not (4 <= len(word) < _LONGEST_WORD and word.isascii() and word.isalpha()):
        return 0
    return 1 if len(word) < 9 else 2


def _close(word: str, choices: Iterable[str], edits: int) -> list[str]:
    """Return the choices that are at most so many edits away, the nearest first.

    An edit is a letter too few, too many or wrong, or two neighbors swapped.
    """
    found = process.extract(word, [*choices], scorer=OSA.distance, score_cutoff=edits, limit=None)
    found.sort(key=lambda one: (one[1], abs(len(one[0]) - len(word)), one[0]))
    return [choice for choice, _, _ in found]


# --- Which entries have a word ------------------------------------------------------------------

# Where a word stands: each field takes in the one before.
_LABEL, _NAMES, _ALL = range(3)
_FIELDS = (_LABEL, _NAMES, _ALL)
_NOWHERE = (0, 0, 0)
_BUSY = 16  # a beginning that so many words share is worked out once and kept


class _Texts(NamedTuple):
    """An entry as terms, with a blank before and after each, so that phrases are easy to find."""

    label: str
    names: str  # its synonyms, with a semicolon before and after each
    others: str


class _Reader(dict[str, str]):
    """Turns the texts of entries into terms and collects how words are spelled.

    It maps what stands between two blanks to its terms, each read once.
    """

    def __init__(self) -> None:
        self.spellings: set[str] = set()

    def __missing__(self, piece: str) -> str:
        found = _WORD.findall(_plain(piece))
        self.spellings.update(word.lower() for word in found)
        self[piece] = terms = " ".join(term for word in found for term in _terms(word))
        return terms

    def read(self, entry: Entry) -> _Texts:
        names = [self._read(name) for name in entry.synonyms]
        return _Texts(
            self._read(entry.label),
            f";{';'.join(names)};" if names else "",
            self._read(entry.words),
        )

    def _read(self, text: str) -> str:
        if "ray" in text.lower():
            text = _SPACED_XRAY.sub("x-", text)
        return f" {' '.join(filter(None, map(self.__getitem__, text.split())))} "


class _Mended(NamedTuple):
    """What a word with a typo may have been meant to be."""

    spelling: str
    unfinished: bool  # the beginning of some word, not a word


class _Words:
    """The words of all entries, and the entries of each word."""

    def __init__(self, texts: Sequence[_Texts], spellings: Iterable[str]) -> None:
        self._everyone = (1 << len(texts)) - 1
        self._sets = self._find_sets(texts)
        self._vocabulary = sorted(self._sets)
        self._meanings = self._find_meanings()
        self._busy: dict[tuple[str, int], _Set] = {}
        self._spellings = self._find_spellings(spellings)
        self._sorted = sorted(self._spellings)
        self._reversed = sorted(spelling[::-1] for spelling in self._sorted)
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for spelling in self._sorted:
            self._by_length[len(spelling)].append(spelling)

    @staticmethod
    def _find_sets(texts: Sequence[_Texts]) -> dict[str, tuple[_Stored, _Stored, _Stored]]:
        """For each term, the entries that have it: in the label, in a name, anywhere."""
        labels: defaultdict[str, list[int]] = defaultdict(list)
        names: defaultdict[str, list[int]] = defaultdict(list)
        others: defaultdict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            of_label = set(text.label.split())
            for term in of_label:
                labels[term].append(number)
            of_names = set(text.names.split()) - of_label
            for term in of_names:
                names[term].append(number)
            for term in set(text.others.split()) - of_label - of_names:
                others[term].append(number)
        names.pop(";", None)

        # "Gall bladder" is found as "gallbladder" too, where another entry writes it so.
        every_term = {*labels, *names, *others}
        for term in every_term:
            for cut in range(1, len(term)):
                if term[:cut] in every_term and term[cut:] in every_term:
                    _add_pair(term[:cut], term[cut:], texts, labels, names)

        sets = {}
        for term in every_term:
            label = _with((), labels.get(term))
            name = _with(label, names.get(term))
            sets[term] = (label, name, _with(name, others.get(term)))
        return sets

    def _find_meanings(self) -> list[tuple[_Set, ...]]:
        """For each of `_MEANINGS`, the entries that have a phrase of it, by field."""
        kept: dict[tuple[str, int], _Set] = {}

        def alike(term: str, field: int) -> _Set:
            if (term, field) not in kept:
                same = _WORDS_ALIKE.get(term, {term})  # within a phrase too
                kept[term, field] = _union(self._sets[t][field] for t in same if t in self._sets)
            return kept[term, field]

        return [
            tuple(
                _union(
                    _common((alike(term, field) for term in phrase), self._everyone)
                    for phrase in meaning.meant
                )
                for field in _FIELDS
            )
            for meaning in _MEANINGS
        ]

    def _find_spellings(self, raw: Iterable[str]) -> dict[str, str]:
        """The term of each correct spelling: what a typo may be mended to."""
        named = [term for term in _NAMED_WORDS if self.meant((term,), _ALL)]
        known = {term: (term,) for term in (*self._vocabulary, *named)}
        written = {word: _terms(word) for word in raw}
        return {
            word: terms[0]
            for word, terms in (written | known).items()
            if terms and len(word) > 2 and word.isascii() and word.isalpha()
        }

    def __contains__(self, term: str) -> bool:
        return term in self._sets

    def exact(self, term: str, field: int) -> _Set:
        stored = self._sets.get(term, _NOWHERE)[field]
        return stored if isinstance(stored, int) else _union([stored])

    def meant(self, phrase: _Phrase, field: int) -> _Set:
        """The entries that have the phrase, or one of the same meaning, by our table."""
        found = 0
        for place in _MEANINGS_OF.get(phrase, ()):
            found |= self._meanings[place][field]
        return found

    def beginning(self, begun: str) -> list[str]:
        """Words that begin so, among them words that only our table has."""
        found = self._vocabulary[_beginning(begun, self._vocabulary)]
        if len(begun) > 3:  # less is too little to tell
            found += _NAMED_WORDS[_beginning(begun, _NAMED_WORDS)]
        return found

    def begun(self, begun: str, field: int) -> _Set:
        """The entries with a word that begins so, or a word of the same meaning as such a one."""
        if (begun, field) in self._busy:
            return self._busy[begun, field]
        terms = self.beginning(begun)
        found = _union(self._sets.get(term, _NOWHERE)[field] for term in terms)
        if len(begun) > 3:
            for term in terms:
                found |= self.meant((term,), field)
        if len(terms) >= _BUSY:
            self._busy[begun, field] = found  # bounded by the vocabulary, whatever is typed
        return found

    def mended(self, mended: _Mended, field: int) -> _Set:
        if mended.unfinished:
            return self.begun(mended.spelling, field)
        term = self._spellings[mended.spelling]
        return self.exact(term, field) | self.meant((term,), field)

    def term(self, mended: _Mended) -> str:
        return self._spellings.get(mended.spelling, mended.spelling)

    def mend(self, typed: str) -> list[_Mended]:
        """Return the words that are one edit away."""
        if not _edits_allowed(typed):
            return []
        # One edit leaves the first half (but for its last letter, which may be swapped) or the
        # second half of a word as it is.
        half = len(typed) // 2
        ends = self._reversed[_beginning(typed[half:][::-1], self._reversed)]
        choices = {word[::-1] for word in ends}
        choices.update(self._sorted[_beginning(typed[: half - 1], self._sorted)])
        return [_Mended(word, False) for word in _close(typed, choices - {typed}, 1)]

    def mend_more(self, typed: str, *, unfinished: bool) -> list[_Mended]:
        """Return also words that are two edits away, if so many are allowed.

        Where there is none, and the word may be unfinished: beginnings of words, one edit away.
        """
        found = self.mend(typed)
        if _edits_allowed(typed) > 1:
            sizes = range(len(typed) - 2, len(typed) + 3)
            near = chain.from_iterable(self._by_length.get(size, ()) for size in sizes)
            found = [_Mended(word, False) for word in _close(typed, near, 2) if word != typed]
        if found or not unfinished or len(typed) < _SHORTEST_UNFINISHED:
            return found
        beginnings = {
            word[:size]
            for word in self._vocabulary[_beginning(typed[:3], self._vocabulary)]
            for size in range(len(typed) - 1, len(typed) + 2)
        }
        return [_Mended(word, True) for word in _close(typed, beginnings, 1)]


def _add_pair(
    left: str,
    right: str,
    texts: Sequence[_Texts],
    labels: dict[str, list[int]],
    names: dict[str, list[int]],
) -> None:
    """Add the entries that write two words where others write one to those that have the one."""
    has_left = {*labels.get(left, ()), *names.get(left, ())}
    has_right = {*labels.get(right, ()), *names.get(right, ())}
    in_label = {n for n in has_left & has_right if f" {left} {right} " in texts[n].label}
    in_names = {n for n in has_left & has_right if f" {left} {right} " in texts[n].names}
    one = left + right
    if in_label:
        labels[one] = sorted(in_label.union(labels.get(one, ())))
    if in_names or in_label:
        names[one] = sorted(in_names.union(names.get(one, ())).difference(labels.get(one, ())))


def _beginning(begun: str, ordered: Sequence[str]) -> slice:
    """Where in a sorted list the texts that begin so are."""
    first = bisect_left(ordered, begun)
    return slice(first, bisect_left(ordered, begun + _AFTER, first))


# --- One query ----------------------------------------------------------------------------------


class _Lookup:
    """One query against the words of an index: the entries that each word of it finds."""

    def __init__(
        self,
        words: Sequence[_Word],
        index: _Words,
        codes_beginning: Callable[[str], _Set],
        mask: _Set,
    ) -> None:
        self.words = words
        self.terms = [word.term for word in words]
        self.phrase = " ".join(self.terms)
        self.begun_phrase = " ".join([*self.terms[:-1], words[-1].begun])
        self._index = index
        self._codes_beginning = codes_beginning
        self.mask = mask
        self._phrases = _known_phrases(self.terms)
        self._unfinished = [place for place in range(len(words)) if self._may_go_on(place)]
        self._mended: list[list[_Mended]] = [[] for _ in words]
        self._kept: dict[tuple[str, int], list[_Set]] = {}

    def all(self, sets: Iterable[_Set]) -> _Set:
        """The entries that every word finds."""
        return _common(sets, self.mask)

    # The set of each word, from sure to unsure. Each takes in the one before.

    def exact(self, field: int) -> list[_Set]:
        """The word as it is; two words as one ("gall bladder"), and one as two ("eyelid")."""
        if ("exact", field) in self._kept:
            return self._kept["exact", field]
        sets = [self._index.exact(term, field) for term in self.terms]
        for place, (left, right) in enumerate(pairwise(self.terms)):
            if joined := self._index.exact(left + right, field):
                sets[place] |= joined
                sets[place + 1] |= joined
        for place, term in enumerate(self.terms):
            if term not in self._index:
                for cut in range(3, len(term) - 2):
                    start = self._index.exact(term[:cut], field)
                    sets[place] |= start and start & self._index.exact(term[cut:], field)
        self._kept["exact", field] = sets
        return sets

    def alike(self, field: int) -> list[_Set]:
        """Also words and phrases of the same meaning."""
        if ("alike", field) not in self._kept:
            sets = self.exact(field).copy()
            self._add_meant(sets, self._phrases, field)
            self._kept["alike", field] = sets
        return self._kept["alike", field]

    def begun(self, field: int) -> list[_Set]:
        """Also words that begin so: the last word may be unfinished, others may be abbreviated."""
        if ("begun", field) in self._kept:
            return self._kept["begun", field]
        sets = self.alike(field).copy()
        for place in self._unfinished:
            sets[place] |= self._index.begun(self.words[place].begun, field)
        if len(self.words) > 1:
            for place, word in enumerate(self.words):
                if len(word.typed) > 2 and _has_digit(word.typed):
                    sets[place] |= self._codes_beginning(word.typed)
            if len(joined := self.terms[-2] + self.words[-1].begun) > 4:
                found = self._index.begun(joined, field)
                sets[-2] |= found
                sets[-1] |= found
        self._kept["begun", field] = sets
        return sets

    def loose(self, field: int) -> list[_Set]:
        """Also any entry for a last word that may become an ignored one: "removal o"."""
        if ("loose", field) in self._kept:
            return self._kept["loose", field]
        sets = self.begun(field)
        typed = self.words[-1].typed
        if len(self.words) > 1 and any(word.startswith(typed) for word in _IGNORED):
            sets = [*sets[:-1], self.mask]
        self._kept["loose", field] = sets
        return sets

    def _may_go_on(self, place: int) -> bool:
        """Whether any word but the very one begins as this one does."""
        _, begun, term, _ = self.words[place]
        if place < len(self.words) - 1 and (len(begun) < 3 or _has_digit(begun)):
            return False
        return not {term}.issuperset(self._index.beginning(begun))

    def mended(self, field: int) -> list[_Set]:
        """Also the words that `mend` has put in place of typos."""
        if ("mended", field) in self._kept:
            return self._kept["mended", field]
        sets = self.loose(field).copy()
        for place, choices in enumerate(self._mended):
            for mended in choices:
                sets[place] |= self._index.mended(mended, field)
        terms = self.mended_terms()
        if terms != self.terms:
            self._add_meant(sets, _known_phrases(terms), field)
        self._kept["mended", field] = sets
        return sets

    def mended_terms(self) -> list[str]:
        """The terms, with the best correction of each typo."""
        return [
            self._index.term(choices[0]) if choices else term
            for choices, term in zip(self._mended, self.terms, strict=True)
        ]

    def _add_meant(
        self, sets: list[_Set], phrases: Iterable[tuple[int, _Phrase]], field: int
    ) -> None:
        for start, phrase in phrases:
            found = self._index.meant(phrase, field)
            for place in range(start, start + len(phrase)):
                sets[place] |= found

    # Typos.

    def mend(self, hits: int) -> _Set:
        """Take words for typos, as few and slight as will do; return what all words find then.

        The more hits there are without that, the less is tried.
        """
        unknown = [place for place, found in enumerate(self.alike(_ALL)) if not found]
        every = list(range(len(self.words)))
        attempts = [(unknown, False), (unknown, True), (every, False)]
        if hits >= _FEW:
            long = [place for place in unknown if len(self.words[place].typed) >= _LONG]
            attempts = [(long, False)]
        elif hits:
            attempts.pop()
        for doubtful, thorough in attempts:
            if doubtful:
                self._mend(doubtful, thorough=thorough)
                if found := self.all(self.mended(_ALL)):
                    return found
        self._mend(unknown, thorough=False)
        return 0

    def _mend(self, doubtful: Sequence[int], *, thorough: bool) -> None:
        self._mended = [[] for _ in self.words]
        for field in _FIELDS:
            self._kept.pop(("mended", field), None)
        last = len(self.words) - 1
        for place in doubtful:
            typed = self.words[place].typed
            self._mended[place] += (
                self._index.mend_more(typed, unfinished=place == last)
                if thorough
                else self._index.mend(typed)
            )
        for place in range(last):
            if thorough and (place in doubtful or place + 1 in doubtful):
                joined = self.words[place].typed + self.words[place + 1].typed
                both = self._index.mend_more(joined, unfinished=False)
                self._mended[place] += both
                self._mended[place + 1] += both

    def most(self) -> _Set:
        """The entries that most words find; words that say little alone count only alone."""
        sets = self.mended(_ALL)
        telling = [one for one, term in zip(sets, self.terms, strict=True) if term not in _GENERAL]
        return _in_most(telling, self.mask) or _in_most(sets, self.mask)

    def asks_for(self, word: str) -> bool:
        """Whether a word of the query is this one, the beginning of it, or of its meaning."""
        alike = _WORDS_ALIKE.get(word, {word})
        return any(
            len(typed.begun) >= _SHORTEST_SIGN and other.startswith((typed.begun, typed.term))
            for typed in self.words
            for other in alike
        )

    def corrected(self, number: int, typed: Sequence[str]) -> str:
        """Return the query with the corrections that led to an entry."""
        words = list(typed)
        for place, word in enumerate(self.words):
            if mended := self._found_by(place, number):
                words[word.place] = mended.spelling
                for other in (place - 1, place + 1):  # two words that are one
                    if 0 <= other < len(self.words) and mended in self._mended[other]:
                        words[self.words[other].place] = ""
        return " ".join(word for word in words if word)

    # How an entry was found.

    def spelling(self, place: int, number: int) -> str:
        """The correction through which a word found an entry, if it was by one."""
        mended = self._found_by(place, number)
        return mended.spelling if mended else ""

    def missing(self, number: int) -> list[str]:
        """The words of the query that an entry has in no way, each once."""
        sets = self.mended(_ALL)
        return list(
            dict.fromkeys(
                word.typed
                for word, found in zip(self.words, sets, strict=True)
                if not found >> number & 1
            )
        )

    def _found_by(self, place: int, number: int) -> _Mended | None:
        if self.begun(_ALL)[place] >> number & 1:
            return None
        choices = self._mended[place]
        return next((m for m in choices if self._index.mended(m, _ALL) >> number & 1), None)

    def named(self, place: int, number: int) -> str:
        """The name in the query for what the label calls otherwise, if a word is part of one."""
        for start, phrase in self._phrases:
            stop = start + len(phrase)
            if start <= place < stop and self._index.meant(phrase, _LABEL) >> number & 1:
                return " ".join(word.typed for word in self.words[start:stop])
        for term in self._index.beginning(self.words[place].begun):
            if self._index.meant((term,), _LABEL) >> number & 1:
                return term
        return ""

    def stands_in(self, terms: str, place: int) -> bool:
        """Whether a word is among terms (each with a blank before and after it)."""
        word = self.words[place]
        if f" {word.begun}" in terms or f" {word.term} " in terms:
            return True
        if len(word.term) > 5 and word.term in terms.replace(" ", ""):
            return True
        before, after = self.terms[place - 1 : place], self.terms[place + 1 : place + 2]
        return any(f" {other}{word.term}" in terms for other in before) or any(
            f" {word.term}{other}" in terms for other in after
        )

    def may_stand_in(self, terms: str, place: int) -> bool:
        """The same, or the word that it is a typo of."""
        return self.stands_in(terms, place) or any(
            f" {self._index.term(mended)}" in terms for mended in self._mended[place]
        )


def _known_phrases(terms: Sequence[str]) -> list[tuple[int, _Phrase]]:
    """The phrases of our table in a query, each with its place."""
    return [
        (start, phrase)
        for start in range(len(terms))
        for length in range(1, min(_LONGEST_PHRASE, len(terms) - start) + 1)
        if (phrase := tuple(terms[start : start + length])) in _MEANINGS_OF
    ]


def _has_digit(text: str) -> bool:
    return _DIGIT.search(text) is not None


class _Ranking:
    """The best entries up to a limit, in the order in which they were found."""

    def __init__(self, limit: int) -> None:
        self.found: dict[int, Score] = {}
        self.total: _Set = 0
        self._limit = limit

    def add(self, score: Score, numbers: Iterable[int], *, total: _Set) -> None:
        self.fill([(score, numbers)], total=total)

    def fill(self, tiers: Iterable[tuple[Score, Iterable[int]]], *, total: _Set) -> None:
        """Take entries from each tier that have not been found yet, while there is room."""
        self.total |= total
        wanted = min(self._limit, self.total.bit_count())
        if len(self.found) >= wanted:
            return
        for score, numbers in tiers:
            for number in numbers:
                if number not in self.found:
                    self.found[number] = score
                    if len(self.found) >= wanted:
                        return


# --- The index ----------------------------------------------------------------------------------

_MOST_COMPARED = 512  # entries of one set that are looked at for a phrase


class Index:
    """All entries, ready to be searched. It never changes: build a new one for new entries."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Raise ValueError where two entries have the same code."""
        reader = _Reader()
        prepared = [(reader.read(entry), entry) for entry in entries]
        prepared.sort(
            key=lambda pair: (
                -pair[1].weight,
                pair[1].label.count(" "),
                len(pair[1].label),
                pair[1].hcpcs,
            )
        )
        texts = [text for text, _ in prepared]
        self._entries = [entry for _, entry in prepared]
        self._words = _Words(texts, reader.spellings)

        self._by_code = {entry.hcpcs.upper(): n for n, entry in enumerate(self._entries)}
        if len(self._by_code) < len(self._entries):
            raise ValueError("Two entries have the same code.")
        self._codes = sorted(self._by_code)
        self._numbers_by_code = [self._by_code[code] for code in self._codes]
        self._code_starts = {  # longer ones are shared by few codes
            start: _set(self._codes_beginning(start))
            for start in {code[:size] for code in self._codes for size in (1, 2)}
        }
        self._everyone = (1 << len(self._entries)) - 1
        self._systems = {
            system: _set(n for n, entry in enumerate(self._entries) if entry.system == system)
            for system in ("CPT", "HCPCS")
        }

        self._only_with: dict[str, set[int]] = {}
        for number, entry in enumerate(self._entries):
            if entry.only_with:
                self._only_with.setdefault(_term(entry.only_with), set()).add(number)

        self._labels = [text.label for text in texts]
        self._names = [text.names for text in texts]
        self._whole_labels: dict[str, list[int]] = {}
        for number, label in enumerate(self._labels):
            self._whole_labels.setdefault(label, []).append(number)
        self._weighty_names: dict[str, list[int]] = {}
        for number, names in enumerate(self._names):
            if self._entries[number].weight > 0:
                for name in names.split(";")[1:-1]:
                    self._weighty_names.setdefault(name, []).append(number)

    def __len__(self) -> int:
        return len(self._entries)

    def search(self, query: str, limit: int = 20) -> Results:
        """Find the entries that a query means, best first; any text is a valid query.

        All words must match. Where no entry has them all, those with most of them are found. A
        query of whole codes finds just these, also with a modifier ("99213-25"); the beginning of
        a code ("992") finds those that begin so, in order of code. "CPT" or "HCPCS" beside other
        words keeps to that system.
        """
        ranking, lookup, corrected = self._rank(query, max(limit, 1))
        hits = [
            Hit(self._entries[n], int(score), self._why(n, score, lookup) if lookup else "")
            for n, score in list(ranking.found.items())[: max(limit, 0)]
        ]
        return Results(hits, corrected, ranking.total.bit_count())

    def codes(self, query: str) -> list[str]:
        """Return the codes of all that `search` finds, in its order: for a list to filter."""
        ranking, _, _ = self._rank(query, max(len(self), 1))
        return [self._entries[number].hcpcs for number in ranking.found]

    def near_codes(self, text: str, limit: int = 5) -> list[Entry]:
        """Find the codes that a mistyped code may have been meant to be, best first.

        In this order: the code itself in another form ("g0411", "99213-25"), letters for digits
        (O for 0, l or I for 1), missing leading zeros, two neighbors swapped, one character wrong
        (the last ones first), one too many or too few, any two swapped.
        """
        near = dict.fromkeys(
            code for code in likely_codes(_read(_clip(text)).typed) if code in self._by_code
        )
        return [self._entries[self._by_code[code]] for code in near][: max(limit, 0)]

    # Codes.

    def _whole_codes(self, read: _Query) -> tuple[list[int], list[_Word]]:
        """Part a query into the entries whose code it gives in full, and its other words."""
        codes: dict[int, None] = {}
        words = []
        after_code = False
        for word in read.words:
            typed = word.typed.upper()
            code = typed[:5] if len(typed) == 7 else typed  # 9921325 is a code and a modifier
            if code in self._by_code:
                codes[self._by_code[code]] = None
                after_code = True
            elif not (after_code and len(typed) == 2):
                words.append(word)
                after_code = False
        spread = "".join(word.typed for word in read.words).upper()
        if not codes and spread in self._by_code:  # "992 13", "G-0411"
            return [self._by_code[spread]], []
        return list(codes), words

    def _codes_beginning(self, begun: str) -> list[int]:
        """The entries whose code begins so, in order of code."""
        return self._numbers_by_code[_beginning(begun.upper(), self._codes)]

    def _set_of_codes(self, begun: str) -> _Set:
        kept = self._code_starts.get(begun.upper())
        return _set(self._codes_beginning(begun)) if kept is None else kept

    def _is_of(self, number: int, system: str) -> bool:
        return system in ("", self._entries[number].system)

    # Finding.

    def _rank(self, query: str, limit: int) -> tuple[_Ranking, _Lookup | None, str | None]:
        """Return what a query finds, how its words did, and the query if it had to be mended."""
        read = _read(_clip(query))
        codes, words = self._whole_codes(read)
        ranking = _Ranking(limit)
        ranking.add(Score.CODE, codes, total=_set(codes))
        if words:
            mask = self._systems.get(read.system, self._everyone)
            lookup = _Lookup(words, self._words, self._set_of_codes, mask)
            return ranking, lookup, self._find(lookup, read, ranking)
        if read.system and not codes:
            in_order = (n for n in self._codes_beginning("") if self._is_of(n, read.system))
            ranking.add(Score.CODE_START, in_order, total=self._systems[read.system])
        return ranking, None, None

    def _find(self, lookup: _Lookup, read: _Query, ranking: _Ranking) -> str | None:
        """Add what the words of a query find. Return the query as it was mended, if it was."""
        by_code = bool(ranking.found)
        if len(lookup.words) == 1 and _has_digit(lookup.words[0].typed):
            typed = lookup.words[0].typed
            begun = (n for n in self._codes_beginning(typed) if self._is_of(n, read.system))
            ranking.add(Score.CODE_START, begun, total=self._set_of_codes(typed) & lookup.mask)
        if direct := lookup.all(lookup.loose(_ALL)):
            ranking.fill(self._in_turn(lookup), total=direct)
        if by_code:
            return None

        hits = ranking.total.bit_count()
        if mended := lookup.mend(hits):
            ranking.fill(self._typo_tiers(lookup), total=mended)
            return None if hits else lookup.corrected(next(iter(ranking.found)), read.typed)
        if not hits:
            self._fall_back(lookup, ranking)
        return None

    def _in_turn(self, lookup: _Lookup) -> Iterator[tuple[Score, Iterable[int]]]:
        """The tiers, without the entries that ask for a word not typed; then these."""
        late: set[int] = set()
        for word, numbers in self._only_with.items():
            if not lookup.asks_for(word):
                late |= numbers
        for score, found in self._tiers(lookup):
            yield score, (number for number in found if number not in late)
        if late:
            for _, found in self._tiers(lookup):
                yield Score.WITHOUT_ITS_WORD, found

    def _tiers(self, lookup: _Lookup) -> Iterator[tuple[Score, Iterable[int]]]:
        """What matches the query as it is typed, best first; later tiers repeat earlier ones."""
        phrase, begun = lookup.phrase, lookup.begun_phrase
        in_label = lookup.all(lookup.exact(_LABEL))
        whole = _set(self._whole_labels.get(f" {phrase} ", ()))
        yield Score.WHOLE_LABEL, _numbers(whole & lookup.mask)
        weighty = _set(self._weighty_names.get(f" {phrase} ", ()))
        yield Score.WEIGHTY_SYNONYM, _numbers(weighty & lookup.mask)
        if len(lookup.words) > 1:
            yield Score.LABEL_PHRASE, _having(f" {phrase} ", in_label, self._labels)
        yield Score.LABEL_WORDS, _numbers(in_label)
        in_names = lookup.all(lookup.exact(_NAMES))
        yield Score.WHOLE_SYNONYM, _having(f"; {phrase} ;", in_names, self._names)
        yield Score.LABEL_ALIKE, _numbers(lookup.all(lookup.alike(_LABEL)))
        in_label = lookup.all(lookup.begun(_LABEL))
        if len(lookup.words) > 1:
            yield Score.LABEL_BEGUN_PHRASE, _having(f" {begun}", in_label, self._labels)
        yield Score.LABEL_BEGUN, _numbers(in_label)
        in_names = lookup.all(lookup.begun(_NAMES))
        yield Score.SYNONYM_PHRASE, _having(f" {begun}", in_names, self._names)
        exact = lookup.all(lookup.exact(_NAMES))
        yield Score.SYNONYM_WORDS, self._in_one_name(exact, lookup)
        yield Score.SYNONYM, _numbers(in_names)
        yield Score.ANYWHERE, _numbers(lookup.all(lookup.begun(_ALL)))
        for field in _FIELDS:
            yield Score.UNFINISHED, _numbers(lookup.all(lookup.loose(field)))

    def _in_one_name(self, entries: _Set, lookup: _Lookup) -> Iterator[int]:
        """The entries that have all words in one of their synonyms."""
        words = [f" {term} " for term in lookup.terms]
        for number in islice(_numbers(entries), _MOST_COMPARED):
            for name in self._names[number].split(";"):
                if all(word in name for word in words):
                    yield number
                    break

    def _typo_tiers(self, lookup: _Lookup) -> Iterator[tuple[Score, Iterable[int]]]:
        """The same with typos mended, in brief."""
        phrase = " ".join(lookup.mended_terms())
        weighty = _set(self._weighty_names.get(f" {phrase} ", ()))
        yield Score.TYPO_IN_PHRASE, _numbers(weighty & lookup.all(lookup.mended(_NAMES)))
        in_label = lookup.all(lookup.mended(_LABEL))
        yield Score.TYPO_IN_PHRASE, _having(f" {phrase} ", in_label, self._labels)
        yield Score.TYPO_IN_LABEL, _numbers(in_label)
        yield Score.TYPO_IN_SYNONYM, _numbers(lookup.all(lookup.mended(_NAMES)))
        yield Score.TYPO_ANYWHERE, _numbers(lookup.all(lookup.mended(_ALL)))

    def _fall_back(self, lookup: _Lookup, ranking: _Ranking) -> None:
        """No entry has all the words: take codes near a wrong code, or what has most words."""
        typed = lookup.words[0].typed
        if len(lookup.words) == 1 and _has_digit(typed):
            near = [self._by_code[entry.hcpcs.upper()] for entry in self.near_codes(typed)]
            ranking.add(Score.NEAR_CODE, near, total=_set(near))
            return
        most = lookup.most()
        for sets in (lookup.begun(_LABEL), lookup.begun(_ALL), lookup.mended(_ALL)):
            for found in sorted(sets, key=int.bit_count):  # the rarer a word, the more it says
                ranking.add(Score.PART_OF_QUERY, _numbers(most & found), total=most)

    # Saying why.

    def _why(self, number: int, score: Score, lookup: _Lookup) -> str:
        if score == Score.NEAR_CODE:
            return f"near {lookup.words[0].typed.upper()}"
        if score >= Score.LABEL_WORDS and score != Score.WEIGHTY_SYNONYM:
            return ""
        if score == Score.PART_OF_QUERY and (missing := lookup.missing(number)):
            return f"does not mention {', '.join(missing)}"
        label = self._labels[number]
        if all(f" {word.begun}" in label for word in lookup.words):
            return ""
        names = self._names[number].split(";")[1:-1]
        if (whole := f" {lookup.phrase} ") in names:
            return f"also called {self._entries[number].synonyms[names.index(whole)]}"
        places = range(len(lookup.words))
        hidden = [place for place in places if not lookup.stands_in(label, place)]
        unexplained = [place for place in hidden if not lookup.may_stand_in(label, place)]
        explained = [sum(lookup.may_stand_in(name, p) for p in unexplained) for name in names]
        if any(explained):
            return f"also called {self._entries[number].synonyms[explained.index(max(explained))]}"
        reasons = (self._reason(number, place, lookup) for place in hidden)
        return next((reason for reason in reasons if reason), "")

    def _reason(self, number: int, place: int, lookup: _Lookup) -> str:
        """Why a word that is in no name of an entry led there."""
        word = lookup.words[place]
        if named := lookup.named(place, number):
            return f"another name for {named}"
        if spelling := lookup.spelling(place, number):
            return f"read as {spelling}"
        for raw in _WORD.findall(self._entries[number].words):
            if any(term.startswith((word.term, word.begun)) for term in _terms(_plain(raw))):
                return f"mentions {raw}"
        return ""


def _having(text: str, entries: _Set, texts: Sequence[str]) -> Iterator[int]:
    for number in islice(_numbers(entries), _MOST_COMPARED):
        if text in texts[number]:
            yield number


# --- Marking what was found ---------------------------------------------------------------------


class _Shown(NamedTuple):
    """A word of a label: where it stands, how it is written, its terms."""

    start: int
    stop: int
    written: str
    terms: tuple[str, ...]


def highlight(label: str, query: str) -> list[tuple[str, bool]]:
    """Cut a label into pieces for a template to put in <mark> where True.

    The pieces joined are the label, unchanged. Marked are words of the query, also begun ones
    (up to where they are typed), words of the same meaning, and words that a typo was made of.
    """
    words = _read(_clip(query)).words
    shown = [
        _Shown(match.start(), match.end(), plain.lower(), _terms(plain))
        for match in _WORD.finditer(label)
        if (plain := _plain(match[0]))
    ]
    marks: dict[int, int] = {}  # from, to
    unseen = []
    for place, word in enumerate(words):
        found = [s for s in shown if word.term in s.terms] or [
            s for s in shown if any(term.startswith(word.begun) for term in s.terms)
        ]
        if len(word.begun) < 2 and place < len(words) - 1:
            found = [s for s in found if word.term in s.terms]
        for one in found:
            stop = one.stop
            if word.term not in one.terms and one.written.startswith(word.typed):
                stop = min(one.start + len(word.typed), stop)
            marks[one.start] = max(stop, marks.get(one.start, 0))
        if not found:
            unseen.append(place)
    for one in _shown_otherwise(words, unseen, shown):
        marks[one.start] = one.stop

    pieces = []
    end = 0
    for start, stop in sorted(marks.items()):
        pieces += [(label[end:start], False), (label[start:stop], True)]
        end = stop
    pieces.append((label[end:], False))
    return [(text, marked) for text, marked in pieces if text]


def _shown_otherwise(
    words: Sequence[_Word], unseen: Sequence[int], shown: Sequence[_Shown]
) -> Iterator[_Shown]:
    """The words of a label that stand for words of a query that it does not have."""
    in_label = {term for one in shown for term in one.terms}
    terms = [word.term for word in words]
    for place in unseen:
        joined = {left + right for left, right in pairwise(terms[max(place - 1, 0) : place + 2])}
        meant = {
            term
            for start, typed in _known_phrases(terms)
            if start <= place < start + len(typed)
            for meaning in _MEANINGS_OF[typed]
            for phrase in _MEANINGS[meaning].meant
            if in_label.issuperset(phrase)
            for term in phrase
        }
        written = words[place].typed
        allowed = _edits_allowed(written)
        for one, after in zip_longest(shown, shown[1:]):
            edits = OSA.distance(written, one.written) if allowed else 1
            if edits <= allowed or not (joined | meant).isdisjoint(one.terms):
                yield one
            elif after and "".join(one.terms + after.terms) == terms[place]:
                yield from (one, after)
