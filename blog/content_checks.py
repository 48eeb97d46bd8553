"""What a machine can tell of all starter texts together: pages, questions and code texts.

No database. `codes.content_checks` has what it can tell of one text; `codes.starter` of the
catalogue by itself. Here stands what needs all of them: sentences, spelling, wording of others.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from blog.starter import FOLDER, read_pages
from codes.content_checks import is_like, repeated, sentences, unmarked, words
from codes.starter import read_specialties, read_texts

WORDS = FOLDER / "words.txt"
LEAST_LIKE = 4  # words of a descriptor that are no accident when they stand together

# Links, addresses, code spans: nothing that is read as a word.
_ADDRESS = re.compile(r"`[^`\n]*`|\]\([^)]*\)|https?://\S+|\b[\w.-]+\.(?:gov|com|org)\b")
_SHORT = 3  # letters: shorter words are not looked up
_CELLS = re.compile(r"^\|\s*([0-9A-V]\d{3}[0-9AFTUM])\s*\|\s*([^|]+?)\s*\|", re.MULTILINE)


class Piece(NamedTuple):
    """Something that is read: where it stands, and its Markdown."""

    place: str
    text: str


def page_pieces(folder: Path = FOLDER) -> list[Piece]:
    """Return each starter page and question, with all that is read of it."""
    names = ("title", "summary", "question", "answer", "text")
    return [
        Piece(
            f"{model.__name__} {body.get('slug') or body['question']}",
            "\n\n".join(body[name] for name in names if body.get(name)),
        )
        for model, body in read_pages(folder)
    ]


def code_pieces() -> list[Piece]:
    """Return each text of the catalogue, synonyms included, and each specialty."""
    return [
        *(
            Piece(text.place, "\n\n".join([*text.parts().values(), *text.synonyms]))
            for text in read_texts()
        ),
        *(
            Piece(f"specialty {entry.slug}", f"{entry.name}\n\n{entry.description}")
            for entry in read_specialties()
        ),
    ]


def said_twice(pieces: Iterable[Piece]) -> list[str]:
    """Return a sentence for each sentence of six words or more that stands in two places.

    What is listed (a synonym, a cell of a table) is no sentence.
    """
    prose = ((piece.place, _without_tables(piece.text)) for piece in pieces)
    return [
        f"{places[0]}: “{sentence}” stands in {'; '.join(places[1:])} too."
        for sentence, places in repeated(prose)
        if sentence.rstrip("”)").endswith((".", "!", "?"))
    ]


def _without_tables(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("|"))


# Spelling -----------------------------------------------------------------------------------


def spelled(text: str) -> list[str]:
    """Return the words of Markdown to look up, in small letters, each once.

    No abbreviations, no words with a digit; the parts of "low-risk" are two words, and "patient’s"
    is "patient".
    """
    found: dict[str, None] = {}
    for word in words(_ADDRESS.sub(" ", text)):
        for part in re.split(r"[-/.]", word.replace("'", "’").partition("’s")[0]):
            plain = part.strip("’")
            is_short_form = len(plain) > 1 and plain[1:] != plain[1:].lower()
            if len(plain) > _SHORT and plain.replace("’", "").isalpha() and not is_short_form:
                found[plain.lower()] = None
    return list(found)


def accepted(path: Path = WORDS) -> frozenset[str]:
    """Return the words that somebody has looked at and found right."""
    return frozenset(path.read_text("utf-8").split())


def unknown_words(pieces: Iterable[Piece], known: frozenset[str]) -> dict[str, str]:
    """Return each word that nobody has accepted, with the place where it stands first."""
    found: dict[str, str] = {}
    for piece in pieces:
        for word in spelled(piece.text):
            if word not in known:
                found.setdefault(word, piece.place)
    return found


def accept(found: Iterable[str], path: Path = WORDS) -> None:
    """Add words to those accepted, which stay sorted, one on each line."""
    every = sorted({*accepted(path), *found})
    path.write_text("\n".join(every) + "\n", "utf-8")


# Wording of others --------------------------------------------------------------------------


def like_descriptors(pieces: Iterable[Piece], descriptors: Mapping[str, str]) -> list[str]:
    """Return a sentence wherever a descriptor of AMA or ADA stands, or a name is close to one.

    `descriptors` are theirs alone, by code. In running text they have to stand word by word; a
    name beside a code in a table is held to the rule for labels.
    """
    whole = {
        code: wording
        for code, wording in ((code, _run(text)) for code, text in descriptors.items())
        if wording.count(" ") >= LEAST_LIKE + 1
    }
    found = []
    for piece in pieces:
        for sentence in sentences(piece.text):
            run = _run(sentence)
            found += [
                f"{piece.place}: “{sentence}” has the descriptor of {code}."
                for code, wording in whole.items()
                if wording in run
            ]
        for code, name in _CELLS.findall(piece.text):
            if is_like(unmarked(name), descriptors.get(code, "")):
                found.append(f"{piece.place}: “{name}” is too close to the descriptor of {code}.")
    return found


def _run(text: str) -> str:
    """Return the words of a text in small letters, with a blank before and after each."""
    return f" {' '.join(words(text)).casefold()} "
