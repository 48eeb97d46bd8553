"""What a machine can tell of an editor's text before people read it. No Django, no database.

The same checks serve the starter catalogue (codes/starter.py) and whoever edits a text later. All
of them are hints about wording: none knows whether a text is true.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from codes import taxonomy

HIGHEST_GRADE = 8.0  # of US schools, for what patients read
REPEATED_FROM = 6  # words: shorter sentences may well be said twice
LIKE_FROM = 0.75  # of a descriptor's words, in their order

# Fewest and most words of each part of a code's text.
LENGTHS = {
    "label": (3, 9),
    "description": (8, 60),
    "plain_language": (60, 120),
    "clinical_context": (80, 160),
    "billing": (80, 160),
}


class Problem(NamedTuple):
    """What is amiss with one part of a text, in one sentence."""

    field: str
    sentence: str


def problems(hcpcs: str, texts: Mapping[str, str], descriptor: str = "") -> list[Problem]:
    """Return what is amiss with the parts of one code's text, given by their names.

    Names that LENGTHS has are held to its lengths; any other (a question, an answer) to none.
    With the published `descriptor` of the code, wording too close to it is found too.
    """
    found = []
    for field, text in texts.items():
        sayings = [*_length(field, text), *_grade(field, text)]
        sayings += [f"It gives {figure}: figures belong to the federal file." for figure in
                    figures_in(text)]  # fmt: skip
        sayings += [f"“{phrase}”: {code} is a HCPCS code, never CPT." for phrase, code in
                    wrong_systems(hcpcs, text)]  # fmt: skip
        if field in {"label", "description"} and is_like(text, descriptor):
            sayings.append("It is too close to the published descriptor: use other words.")
        found += [Problem(field, saying) for saying in sayings]
    return found


# Words, sentences, reading level --------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:[’'./-][^\W_]+)*")
_MARKS = re.compile(r"[*_`]+")
_LIST_ITEM = re.compile(r"^\s*(?:[-+•*]|\d{1,2}[.)])\s+", re.MULTILINE)
_BLOCK = re.compile(r"\n\s*\n|\n(?=\x1e)")
_SENTENCE_END = re.compile(
    r"(?<!\bDr\.)(?<!\bSt\.)(?<!\bMr\.)(?<!\bNo\.)(?<!\bvs\.)(?<!\bPub\.)"
    r"(?<=[.!?])[”\")\]]*\s+(?=[“\"(\[]?[A-Z0-9])"
)
_VOWELS = re.compile(r"[aeiouy]+")
_CODE = re.compile(r"\b(?:[0-9]{4}[0-9AFTUM]|[A-V][0-9]{4})\b")


def unmarked(text: str) -> str:
    """Return Markdown without the marks of emphasis and of code."""
    return _MARKS.sub("", text)


def words(text: str) -> list[str]:
    """Return the words of Markdown; "low-risk", "patient’s" and "2.5" are one word each."""
    return _WORD.findall(unmarked(text))


def sentences(text: str) -> list[str]:
    """Return the sentences of Markdown; a paragraph or an item of a list ends one too."""
    marked = unmarked(_LIST_ITEM.sub("\x1e", text))
    blocks = [" ".join(block.replace("\x1e", "").split()) for block in _BLOCK.split(marked)]
    return [part for block in blocks for part in _SENTENCE_END.split(block) if words(part)]


def reading_grade(text: str) -> float:
    """Return the US school grade that reads a text with ease (Flesch-Kincaid); 0 if empty.

    A group of vowels counts as a syllable, which is a little strict: "made" has two.
    """
    spoken = words(text)
    if not spoken:
        return 0.0
    syllables = sum(max(1, len(_VOWELS.findall(word.lower()))) for word in spoken)
    per_sentence = len(spoken) / len(sentences(text))
    return 0.39 * per_sentence + 11.8 * syllables / len(spoken) - 15.59


def codes_in(text: str) -> list[str]:
    """Return everything in a text that has the form of a code, in order, each once.

    A form is not yet a code: a ZIP code looks the same.
    """
    return list(dict.fromkeys(_CODE.findall(text)))


def repeated(texts: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return each sentence that stands twice or more, with the places where it stands.

    `texts` are (place, text). Sentences that differ only in the codes they name are the same;
    those of fewer than REPEATED_FROM words do not count.
    """
    first: dict[str, str] = {}
    places: dict[str, list[str]] = {}
    for place, text in texts:
        for sentence in sentences(text):
            spoken = words(_CODE.sub("#0", sentence))
            if len(spoken) >= REPEATED_FROM:
                key = " ".join(spoken).casefold()
                first.setdefault(key, sentence)
                places.setdefault(key, []).append(place)
    return [(first[key], found) for key, found in places.items() if len(found) > 1]


def _length(field: str, text: str) -> Iterable[str]:
    fewest, most = LENGTHS.get(field, (0, len(text)))
    count = len(words(text))
    if not fewest <= count <= most:
        yield f"It has {count} words, not {fewest} to {most}."


def _grade(field: str, text: str) -> Iterable[str]:
    grade = reading_grade(text) if field == "plain_language" else 0
    if grade > HIGHEST_GRADE:
        yield f"Its reading level is grade {grade:.1f}, above {HIGHEST_GRADE:.0f}."


# Figures --------------------------------------------------------------------------------------

_NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_FIGURES = (
    ("an amount of money", re.compile(rf"\$\s?{_NUMBER}|\b{_NUMBER}\s(?:dollars?|cents?)\b")),
    (
        "an RVU",
        re.compile(
            rf"\b{_NUMBER}\s(?:(?:work|total|practice|expense|malpractice|facility|office)\s)*"
            rf"w?RVUs?\b|\bw?RVUs?\b(?:\s(?:is|are|of|at|was|were)\b|[:=])*\s{_NUMBER}"
        ),
    ),
    # Two decimals are what RVUs and dollars have; four, what conversion factors have. Sizes and
    # doses come with a unit, and manuals with their sections.
    (
        "a number like an RVU",
        re.compile(
            r"(?<![.\d])(?<!section )[0-9]+\.(?:[0-9]{2}|[0-9]{4})"
            r"(?![.\d])(?!\s?(?:[cmk]?m|m?l|m?[cg]|mcg|kg|inch(?:es)?)\b)",
            re.IGNORECASE,
        ),
    ),
    ("a count of codes", re.compile(r"\b[0-9][0-9,]*\s(?:[A-V]\s)?codes\b")),
)
_PERCENTAGE = re.compile(rf"\b{_NUMBER}\s?(?:%|percent\b|per cent\b)")
_ABOUT_MONEY = re.compile(
    r"\b(?:pa(?:y|ys|id|ying|yment|yments)|fees?|amounts?|allow(?:s|ed|ance)|rates?|price[sd]?"
    r"|reimburse\w*|credit(?:s|ed)?|w?RVUs?|valued?|factors?|Medicare|codes)\b",
    re.IGNORECASE,
)


def figures_in(text: str) -> list[str]:
    """Return what in a text looks like a figure of the fee schedule, each with what it is.

    Such figures change with every release. Percentages count where the sentence is about
    payment; minutes, ages, sizes and doses do not.
    """
    found = []
    for sentence in sentences(text):
        taken: list[tuple[int, int]] = []
        for name, pattern in _FIGURES:
            for match in pattern.finditer(sentence):
                if not any(start < match.end() and match.start() < end for start, end in taken):
                    taken.append(match.span())
                    found.append(f"{name} (“{match[0].strip()}”)")
        if _ABOUT_MONEY.search(sentence):
            found += [f"a percentage (“{m[0]}”)" for m in _PERCENTAGE.finditer(sentence)]
    return found


# Code systems ---------------------------------------------------------------------------------

_LEVEL_II = r"[A-V][0-9]{4}"
_ANY = rf"(?:{_LEVEL_II}|[0-9]{{4}}[0-9AFTUM])"
_JOINED = r"(?:,\s|,?\s(?:and|or|to|through)\s|/)"
_CPT_THEN_CODE = re.compile(
    rf"\bCPT(?:[\s-](?:codes?|numbers?))?[\s:(]+(?:{_ANY}{_JOINED})*({_LEVEL_II})\b"
)
_CODE_THEN_CPT = re.compile(
    rf"\b({_LEVEL_II})\s?(?:\(|,?\s?(?:is|are|as|being)\s)(?:an?\s|the\s)?CPT\b"
)
_OWN_CPT = re.compile(rf"\bthis CPT\b|\bthe CPT code\b(?!s?\s{_ANY})", re.IGNORECASE)


def wrong_systems(hcpcs: str, text: str) -> list[tuple[str, str]]:
    """Return (phrase, code) wherever CPT is said of a Level II code.

    In the text of a Level II code, "this CPT code" is one of them.
    """
    plain = " ".join(_MARKS.sub("", text).split())
    found = [
        (match[0], match[1])
        for pattern in (_CPT_THEN_CODE, _CODE_THEN_CPT)
        for match in pattern.finditer(plain)
    ]
    if taxonomy.system(hcpcs) == taxonomy.HCPCS:
        found += [(match[0], hcpcs) for match in _OWN_CPT.finditer(plain)]
    return found


# Descriptors ----------------------------------------------------------------------------------

_FILLERS = frozenset(["a", "an", "and", "by", "for", "from", "in", "of", "on", "or", "the", "to"])
_WRITTEN_OUT = {"w/o": "without", "wo": "without", "w/": "with", "w": "with", "&": "and"}
_TERM = re.compile(r"w/o\b|w/|&|\bx-rays?\b|[^\W_]+")


def likeness(text: str, descriptor: str) -> float:
    """Return which share of a descriptor's words stands in `text` in the same order, 0 to 1.

    Small words do not count, nor does a plural's s.
    """
    wanted, given = _terms(descriptor), _terms(text)
    return _common(wanted, given) / len(wanted) if wanted else 0.0


def is_like(text: str, descriptor: str) -> bool:
    """Return whether a label or description is a descriptor, or a close paraphrase of one.

    The very same words; or at least three of its words, most of them, in their order, and little
    else. A word of anatomy or the plain name of an operation belongs to nobody.
    """
    wanted, given = _terms(descriptor), _terms(text)
    if not wanted:
        return False
    if sorted(wanted) == sorted(given) and len(wanted) > 1:
        return True
    common = _common(wanted, given)
    return common >= max(3, LIKE_FROM * len(wanted), len(given) / 2)


def _terms(text: str) -> list[str]:
    found = [_WRITTEN_OUT.get(term, term) for term in _TERM.findall(text.lower())]
    return [_singular(term) for term in found if term not in _FILLERS]


def _singular(term: str) -> str:
    return term[:-1] if len(term) > 3 and term.endswith("s") and term[-2] != "s" else term


def _common(wanted: list[str], given: list[str]) -> int:
    """Return the length of the longest run of words that both have in the same order."""
    row = [0] * (len(given) + 1)
    for term in wanted:
        above = row
        row = [0]
        for place, other in enumerate(given):
            row.append(above[place] + 1 if term == other else max(above[place + 1], row[-1]))
    return row[-1]
