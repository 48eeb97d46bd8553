"""The starter catalogue: our own texts for a first set of codes, read and checked. No Django.

The texts stand in codes/catalogue/, a TOML file for each category; docs/catalogue.md tells how to
write them. The figures that go with them are codes/starter_figures.py's subject.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from codes import taxonomy
from codes.content_checks import codes_in, problems, repeated, sentences

FOLDER = Path(__file__).parent / "catalogue"
SPECIALTIES = "specialties.toml"

_PROSE = ("description", "plain_language", "clinical_context", "billing")
_LISTS = ("synonyms", "specialties", "sources")
_CODE_KEYS = frozenset({"code", "label", *_PROSE, *_LISTS, "faq", "related"})
_KINDS = ("instead", "with")

# Fewest and most entries of each list.
_COUNTS = {
    "synonyms": (3, 8),
    "specialties": (1, 10),  # a hospital visit is an everyday service of ten and more
    "sources": (2, 4),
    "faq": (3, 3),
    "related": (1, 4),
}
# Characters that a column of the database takes.
_LONGEST = {"label": 120, "question": 200, "note": 200, "name": 80, "slug": 50}
_LONGEST_SYNONYM = 80

_MARKUP = re.compile(r"^\s{0,3}#|\]\(|</?[a-z]|https?://|!\[", re.MULTILINE | re.IGNORECASE)
_STRAIGHT = re.compile(r"[A-Za-z]'[A-Za-z]|\"")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class CatalogueError(Exception):
    """The catalogue cannot be used. `problems` are sentences that begin with file and code."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class Specialty(NamedTuple):
    slug: str
    name: str
    description: str


class Question(NamedTuple):
    question: str
    answer: str


class Related(NamedTuple):
    """Another code: to use "instead" if the note is true, or reported "with" this one."""

    code: str
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Text:
    """All that the catalogue says about one code. `file` is the name of its file."""

    file: str
    code: str
    label: str
    synonyms: tuple[str, ...]
    specialties: tuple[str, ...]
    description: str
    plain_language: str
    clinical_context: str
    billing: str
    sources: tuple[str, ...]
    faq: tuple[Question, ...]
    related: tuple[Related, ...]

    @property
    def place(self) -> str:
        return f"{self.file}, {self.code}"

    def parts(self) -> dict[str, str]:
        """Return everything that is prose by the name of its part, for checks of wording."""
        parts = {"label": self.label} | {name: getattr(self, name) for name in _PROSE}
        for number, (question, answer) in enumerate(self.faq, start=1):
            parts |= {f"question {number}": question, f"answer {number}": answer}
        return parts | {f"note on {other.code}": other.note for other in self.related}


def read_texts(folder: Path = FOLDER) -> list[Text]:
    """Return every text of the catalogue in the order of files and codes.

    CatalogueError if a file is no TOML or a key is unknown, missing or of the wrong kind.
    """
    texts: list[Text] = []
    found: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        if path.name != SPECIALTIES:
            for number, table in enumerate(_tables(path, "code", found), start=1):
                shape = list(_shape(table))
                place = f"{path.name}, {table.get('code', f'number {number}')}"
                found += [f"{place}: {sentence}" for sentence in shape]
                if not shape:
                    texts.append(_text(path.name, table))
    if found:
        raise CatalogueError(found)
    return texts


def read_specialties(folder: Path = FOLDER) -> list[Specialty]:
    """Return the specialties in the order of the file; CatalogueError as above."""
    specialties = []
    found: list[str] = []
    for number, table in enumerate(_tables(folder / SPECIALTIES, "specialty", found), start=1):
        place = f"{SPECIALTIES}, {table.get('slug', f'number {number}')}"
        shape = [*_keys(table, set(Specialty._fields)), *_texts(table, Specialty._fields)]
        if not shape and not _SLUG.fullmatch(table["slug"]):
            shape.append("the slug is not of small letters, digits and hyphens.")
        found += [f"{place}: {sentence}" for sentence in shape]
        if not shape:
            specialties.append(Specialty(**table))
    for column in ("slug", "name"):
        values = Counter(getattr(specialty, column) for specialty in specialties)
        found += [f"{SPECIALTIES}, {value}: it stands there twice." for value, count in
                  values.items() if count > 1]  # fmt: skip
    if found:
        raise CatalogueError(found)
    return specialties


def check_texts(
    texts: Sequence[Text],
    specialties: Collection[str],
    with_figures: Collection[str],
    named: Collection[str],
    descriptors: Mapping[str, str] | None = None,
) -> list[str]:
    """Return what is amiss with the texts, a sentence each, beginning with file and code.

    `specialties` are the slugs there are; `with_figures` the codes that the figures hold, each of
    which needs a text; `named` other codes that the release has, so that a text may name them as
    related. `descriptors` are published wordings by code, where they are at hand.
    """
    found = []
    for text in texts:
        sayings = [
            *_standing(text, with_figures),
            *_entries(text, specialties, {*with_figures, *named}),
            *_wording(text, (descriptors or {}).get(text.code, "")),
        ]
        found += [f"{text.place}: {saying}" for saying in sayings]
    found += _order(texts)
    missing = sorted({*with_figures} - {text.code for text in texts})
    found += [f"figures: {code} has figures, but no text." for code in missing]
    places = ((text.place, part) for text in texts for part in text.parts().values())
    for sentence, where in repeated(places):
        found.append(f"{where[0]}: “{sentence}” stands in {'; '.join(where[1:])} too.")
    return found


def related_codes(texts: Iterable[Text]) -> set[str]:
    """Return the codes that texts name as related and that have no text themselves."""
    texts = list(texts)
    named = {other.code for text in texts for other in text.related}
    return named - {text.code for text in texts}


def mentioned_codes(text: Text) -> list[str]:
    """Return what has the form of a code anywhere in a text's prose, in order, each once."""
    return codes_in(" ".join(text.parts().values()))


# Reading --------------------------------------------------------------------------------------


def _tables(path: Path, name: str, found: list[str]) -> list[dict[str, Any]]:
    """Return the tables of a file, which holds nothing else; add to `found` what is amiss."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        found.append(f"{path.name}: the file is missing.")
        return []
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found.append(f"{path.name}: the file is no TOML ({error}).")
        return []
    tables = content.pop(name, [])
    if content or not tables or not isinstance(tables, list):
        found.append(f"{path.name}: the file must hold [[{name}]] tables and nothing else.")
        return []
    return tables


def _shape(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield what keeps a table from being a text at all."""
    yield from _keys(table, _CODE_KEYS)
    yield from _texts(table, ("code", "label", *_PROSE))
    for name in _LISTS:
        values = table.get(name, [])
        if not (isinstance(values, list) and all(map(_is_text, values))):
            yield f"{name} is not a list of texts."
    for name, fields in (("faq", Question._fields), ("related", Related._fields)):
        rows = table.get(name, [])
        if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
            yield f"{name} is not written as [[code.{name}]] tables."
            continue
        for row in rows:
            yield from (f"in {name}, {saying}" for saying in _keys(row, set(fields)))
            yield from (f"in {name}, {saying}" for saying in _texts(row, fields))


def _keys(table: Mapping[str, Any], wanted: Collection[str]) -> Iterator[str]:
    for key in sorted(table.keys() - {*wanted}):
        yield f"the key {key} is unknown."
    for key in sorted({*wanted} - table.keys()):
        yield f"{key} is missing."


def _texts(table: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        value = table.get(name, "-")
        if not _is_text(value):
            yield f"{name} is not a text, or empty."
        elif len(value) > _LONGEST.get(name, len(value)):
            yield f"{name} is longer than {_LONGEST[name]} characters."


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _text(file: str, table: Mapping[str, Any]) -> Text:
    return Text(
        file=file,
        code=table["code"],
        label=table["label"].strip(),
        faq=tuple(Question(**row) for row in table["faq"]),
        related=tuple(Related(**row) for row in table["related"]),
        description=table["description"].strip(),
        plain_language=table["plain_language"].strip(),
        clinical_context=table["clinical_context"].strip(),
        billing=table["billing"].strip(),
        synonyms=tuple(table["synonyms"]),
        specialties=tuple(table["specialties"]),
        sources=tuple(table["sources"]),
    )


# Checking -------------------------------------------------------------------------------------


def _standing(text: Text, with_figures: Collection[str]) -> Iterator[str]:
    """Yield what is amiss with the code itself and the file it stands in."""
    if not taxonomy.is_code(text.code):
        yield "this has not the form of a code."
        return
    if text.code not in with_figures:
        yield "the figures do not hold this code: see export_catalogue_figures."
    leaf = taxonomy.leaf_of(text.code)
    if leaf is None:
        yield "this code is in no category."
    elif text.file != f"{leaf.slug}.toml":
        yield f"this code belongs in {leaf.slug}.toml."


def _entries(text: Text, specialties: Collection[str], codes: Collection[str]) -> Iterator[str]:
    """Yield what is amiss with the lists: how many, how often, and whether they are known."""
    for name, (fewest, most) in _COUNTS.items():
        count = len(getattr(text, name))
        if not fewest <= count <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            yield f"{name} has {count} entries, not {wanted}."
    for name in _LISTS:
        values = Counter(value.casefold() for value in getattr(text, name))
        yield from (f"{name} has {value} twice." for value, n in values.items() if n > 1)
    for synonym in text.synonyms:
        if len(synonym) > _LONGEST_SYNONYM:
            yield f"the synonym {synonym} is longer than {_LONGEST_SYNONYM} characters."
    for slug in text.specialties:
        if slug not in specialties:
            yield f"the specialty {slug} is unknown."
    pairs = Counter((other.code, other.kind) for other in text.related)
    yield from (f"{code} is related twice in the same way." for (code, _), n in pairs.items()
                if n > 1)  # fmt: skip
    for other in text.related:
        if other.kind not in _KINDS:
            yield f"the kind {other.kind} of {other.code} is none of {', '.join(_KINDS)}."
        if other.code == text.code:
            yield "it is related to itself."
        elif other.code not in codes:
            yield f"the related code {other.code} is not in the release."


def _wording(text: Text, descriptor: str) -> Iterator[str]:
    parts = text.parts()
    for field, sentence in problems(text.code, parts, descriptor):
        yield f"{field}: {sentence}"
    if text.label.endswith(".") or text.label[0].islower():
        yield "label: It begins with a capital letter and ends without a period."
    if len(sentences(text.description)) > 2:
        yield "description: It is one sentence or two."
    for field, part in parts.items():
        if _MARKUP.search(part):
            yield f"{field}: It has a heading, a link or HTML."
        if _STRAIGHT.search(part):
            yield f"{field}: It has straight quotes: write ’, “ and ”."
        if field.startswith("question") and not part.endswith("?"):
            yield f"{field}: It ends without a question mark."


def _order(texts: Sequence[Text]) -> Iterator[str]:
    """Yield codes that stand twice, or before a smaller one of the same file."""
    places: dict[str, str] = {}
    before: dict[str, str] = {}
    for text in texts:
        if text.code in places:
            yield f"{text.place}: this code has a text in {places[text.code]} already."
        if text.code < before.get(text.file, ""):
            yield f"{text.place}: it stands after {before[text.file]}: codes are in order."
        places.setdefault(text.code, text.file)
        before[text.file] = text.code
