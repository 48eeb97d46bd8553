"""The starter catalogue's files: read, checked, and what is amiss said in a sentence each."""

import csv
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from codes import starter, taxonomy
from codes.content_checks import is_like
from codes.starter import (
    CatalogueError,
    Question,
    Related,
    check_texts,
    mentioned_codes,
    read_specialties,
    read_texts,
    related_codes,
)
from codes.starter_figures import (
    ZipRun,
    check_figures,
    digest,
    figures_path,
    read_figures,
    read_localities,
    releases,
    write,
    zip_runs,
)
from codes.starter_load import check
from tests.codes import little_catalogue
from tests.codes.little_catalogue import change


@pytest.fixture
def folder(tmp_path):
    return little_catalogue.copy(tmp_path)


@pytest.fixture
def text(folder):
    """One text without fault, to be changed."""
    return read_texts(folder)[0]


def sayings(text, *more, descriptors=None):
    """What is said of one text, without file and code."""
    texts = [text, *more]
    named = {other.code for one in texts for other in one.related}
    slugs = {specialty.slug for specialty in read_specialties()}
    found = check_texts(texts, slugs, {one.code for one in texts}, named, descriptors)
    return [sentence.removeprefix(f"{text.place}: ") for sentence in found]


def reading(folder):
    with pytest.raises(CatalogueError) as error:
        read_texts(folder)
    return error.value.problems


# The catalogue itself ---------------------------------------------------------------------------


def test_nothing_is_amiss_with_the_catalogue():
    texts, problems = check()
    assert problems == []
    assert len(texts) >= 100


def test_the_figures_are_small_and_hold_no_wording_of_others():
    paths = [figures_path(name) for name in releases()] + [starter.FOLDER / "localities.json"]
    assert sum(path.stat().st_size for path in paths) < 4_500 * len(starter.read_texts())
    for name in releases():
        for row in read_figures(name).rates:
            assert not row.descriptor or taxonomy.descriptor_owner(row.hcpcs) == "CMS", row


def test_the_figures_are_those_of_the_releases():
    figures = read_figures("2026C")
    row = next(row for row in figures.rates if row.hcpcs == "99213")
    assert (row.work_rvu, row.total_nonfac) == (Decimal("1.30"), Decimal("2.85"))
    assert (figures.row_count, figures.code_count) == (19_356, 17_096)
    assert figures.conversion_factor == Decimal("33.4009")
    assert figures.released_on == date(2026, 6, 30)
    first = next(row for row in read_figures("2020A").rates if row.hcpcs == "99213")
    assert first.work_rvu == Decimal("0.97")
    localities = read_localities()
    assert len(localities.localities) == 109
    assert {run[3:5] for run in localities.zip_codes} == {row[:2] for row in localities.localities}


def test_no_wording_is_close_to_a_descriptor(shared_folder):
    path = shared_folder / "data/cms/rvu26c/PPRRVU2026_Jul_nonQPP.csv"
    with path.open(encoding="cp1252", newline="") as file:
        wording = {row[0]: row[2] for row in reversed(list(csv.reader(file))) if len(row) > 30}
    close = [
        f"{text.place}: {part} {getattr(text, part)}"
        for text in read_texts()
        for part in ("label", "description")
        if taxonomy.descriptor_owner(text.code) != "CMS"
        and is_like(getattr(text, part), wording[text.code])
    ]
    assert close == []


# Reading ----------------------------------------------------------------------------------------


def test_a_text_is_read_whole(text):
    assert text.place == "blood-lymph.toml, 38525"
    assert text.label == text.label.strip() != ""
    assert isinstance(text.faq[0], Question)
    assert isinstance(text.related[0], Related)
    assert [*text.parts()][:6] == [
        "label", "description", "plain_language", "clinical_context", "billing", "question 1",
    ]  # fmt: skip


def test_a_file_that_is_no_toml_is_named(folder):
    (folder / "ear.toml").write_text("code =", encoding="utf-8")
    (folder / "j-codes.toml").write_bytes(b"\xff")
    first, second = reading(folder)
    assert first.startswith("ear.toml: the file is no TOML (Invalid value")
    assert second.startswith("j-codes.toml: the file is no TOML (")


@pytest.mark.parametrize("content", ["", "code = 'x'", "[[code]]\n[other]\n"])
def test_a_file_holds_codes_and_nothing_else(folder, content):
    (folder / "ear.toml").write_text(content, encoding="utf-8")
    assert reading(folder) == ["ear.toml: the file must hold [[code]] tables and nothing else."]


def test_every_key_is_known_and_there(folder):
    path = folder / "ear.toml"
    change(path, r'kind = "', 'sort = "')
    change(path, r"\nbilling = ", "\nbiling = ")
    assert reading(folder) == [
        "ear.toml, 69436: the key biling is unknown.",
        "ear.toml, 69436: billing is missing.",
        "ear.toml, 69436: in related, the key sort is unknown.",
        "ear.toml, 69436: in related, kind is missing.",
    ]


def test_a_table_without_code_goes_by_its_number(folder):
    change(folder / "ear.toml", r'code = "69436"\n', "")
    assert reading(folder) == ["ear.toml, number 1: code is missing."]


def test_values_are_of_their_kind(folder):
    path = folder / "ear.toml"
    change(path, r'label = ".*"', "label = 5")
    change(path, r"synonyms = \[.*\]", 'synonyms = ["a", ""]')
    change(path, r"sources = \[.*\]", 'sources = "one"')
    change(path, r'question = ".*"', f'question = "{"x" * 201}"')
    assert reading(folder) == [
        "ear.toml, 69436: label is not a text, or empty.",
        "ear.toml, 69436: synonyms is not a list of texts.",
        "ear.toml, 69436: sources is not a list of texts.",
        "ear.toml, 69436: in faq, question is longer than 200 characters.",
    ]


def test_questions_are_tables(folder):
    path = folder / "ear.toml"
    change(path, r"(?s)\[\[code\.faq\]\].*\Z", 'faq = ["why?"]\nrelated = "none"\n')
    assert reading(folder) == [
        "ear.toml, 69436: faq is not written as [[code.faq]] tables.",
        "ear.toml, 69436: related is not written as [[code.related]] tables.",
    ]


def test_specialties_have_unique_names_and_slugs(tmp_path):
    (tmp_path / "specialties.toml").write_text(
        '[[specialty]]\nslug = "a"\nname = "A"\ndescription = "x"\n'
        '[[specialty]]\nslug = "a"\nname = "A"\ndescription = "x"\n'
        '[[specialty]]\nslug = "B b"\nname = "B"\ndescription = "x"\n'
        '[[specialty]]\nname = "B"\n',
        encoding="utf-8",
    )
    with pytest.raises(CatalogueError) as error:
        read_specialties(tmp_path)
    assert error.value.problems == [
        "specialties.toml, B b: the slug is not of small letters, digits and hyphens.",
        "specialties.toml, number 4: description is missing.",
        "specialties.toml, number 4: slug is missing.",
        "specialties.toml, a: it stands there twice.",
        "specialties.toml, A: it stands there twice.",
    ]


def test_a_missing_file_of_specialties_is_said(tmp_path):
    with pytest.raises(CatalogueError, match=r"specialties.toml: the file is missing"):
        read_specialties(tmp_path)


# Checking ---------------------------------------------------------------------------------------


def test_a_good_text_has_no_problem(text):
    assert sayings(text) == []


def test_a_code_stands_in_the_file_of_its_category(text):
    assert sayings(replace(text, file="ear.toml")) == ["this code belongs in blood-lymph.toml."]


def test_a_code_has_the_form_of_one_and_a_category(text):
    assert "this has not the form of a code." in sayings(replace(text, code="3852"))
    assert "this code is in no category." in sayings(replace(text, code="00001"))


def test_texts_and_figures_are_of_the_same_codes(text):
    slugs = text.specialties
    named = [other.code for other in text.related]
    assert check_texts([text], slugs, ["69436"], named) == [
        f"{text.place}: the figures do not hold this code: see export_catalogue_figures.",
        "figures: 69436 has figures, but no text.",
    ]


@pytest.mark.parametrize(
    ("changes", "saying"),
    [
        ({"synonyms": ("a", "b")}, "synonyms has 2 entries, not 3 to 8."),
        ({"synonyms": ("a", "b", "A")}, "synonyms has a twice."),
        (
            {"synonyms": ("a", "b", "c" * 81)},
            f"the synonym {'c' * 81} is longer than 80 characters.",
        ),
        ({"specialties": ("magic",)}, "the specialty magic is unknown."),
        ({"label": "Node removal from armpit."},
         "label: It begins with a capital letter and ends without a period."),
        ({"label": "One two"}, "label: It has 2 words, not 3 to 9."),
        ({"description": "One of them is here. Two of them are. Three of them are."},
         "description: It is one sentence or two."),
        ({"sources": ("one",)}, "sources has 1 entries, not 2 to 4."),
    ],
)  # fmt: skip
def test_what_is_amiss_with_a_text_is_one_sentence(text, changes, saying):
    assert sayings(replace(text, **changes)) == [saying]


@pytest.mark.parametrize(
    ("answer", "saying"),
    [
        ("See <b>this</b>.", "answer 1: It has a heading, a link or HTML."),
        ("See [this](there).", "answer 1: It has a heading, a link or HTML."),
        ("See https://example.org now.", "answer 1: It has a heading, a link or HTML."),
        ("# Heading", "answer 1: It has a heading, a link or HTML."),
        ("It's so.", "answer 1: It has straight quotes: write ’, “ and ”."),
    ],
)
def test_prose_is_plain(text, answer, saying):
    questions = (Question("Why is it so?", answer), *text.faq[1:])
    assert sayings(replace(text, faq=questions)) == [saying]


def test_a_question_asks(text):
    questions = (Question("It is so.", "Yes."), *text.faq[1:])
    assert sayings(replace(text, faq=questions)) == [
        "question 1: It ends without a question mark."
    ]


def test_related_codes_are_other_real_codes_once(text):
    related = (
        Related("38525", "with", "itself"),
        Related("99999", "never", "unknown"),
        Related("69436", "with", "once"),
        Related("69436", "with", "again"),
    )
    slugs, codes = text.specialties, [text.code]
    found = check_texts([replace(text, related=related)], slugs, codes, ["69436"])
    assert [saying.removeprefix(f"{text.place}: ") for saying in found] == [
        "69436 is related twice in the same way.",
        "it is related to itself.",
        "the kind never of 99999 is none of instead, with.",
        "the related code 99999 is not in the release.",
    ]


def test_a_label_is_compared_with_the_descriptor_where_that_is_at_hand(text):
    found = sayings(text, descriptors={text.code: text.label})
    assert found == ["label: It is too close to the published descriptor: use other words."]


def test_codes_stand_once_and_in_order(text):
    earlier = replace(text, code="38300")
    assert list(starter._order([text, earlier, earlier])) == [
        "blood-lymph.toml, 38300: it stands after 38525: codes are in order.",
        "blood-lymph.toml, 38300: this code has a text in blood-lymph.toml already.",
    ]


def test_no_sentence_stands_in_two_texts(text, folder):
    other = read_texts(folder)[1]
    sentence = "This one of seven words says 38525 twice."
    copied = replace(other, faq=(Question("Why?", sentence.replace("38525", "69436")),) * 3)
    found = sayings(replace(text, faq=(*text.faq[:2], Question("Why?", sentence))), copied)
    assert found == [f"“{sentence}” stands in {other.place}; {other.place}; {other.place} too."]


def test_named_and_mentioned_codes(text):
    related = (Related("38500", "with", "99213 too"), Related("69436", "with", "x"))
    changed = replace(text, related=related)
    other = replace(text, code="69436")
    assert related_codes([changed, other]) == {
        "38500", *(o.code for o in text.related),
    } - {"69436"}  # fmt: skip
    assert "99213" in mentioned_codes(changed)


# Figures ----------------------------------------------------------------------------------------


def test_figures_are_read_as_they_were_written(folder):
    written = little_catalogue.figures("2026C", qp_conversion_factor=Decimal("33.5675"))
    write(figures_path("2026C", folder), written)
    assert read_figures("2026C", folder) == written
    assert read_localities(folder) == little_catalogue.localities()
    assert releases(folder) == ["2025D", "2026C"]


def test_a_release_without_a_date_is_read_so(folder):
    write(figures_path("2025D", folder), little_catalogue.figures("2025D", released_on=None))
    assert read_figures("2025D", folder).released_on is None


def test_rows_are_lines(folder):
    lines = figures_path("2026C", folder).read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith('["69436"') for line in lines) == 2  # its rate and its facts
    assert json.loads("\n".join(lines))["rates"][0][0] == "hcpcs"


def test_the_digest_is_of_figures_and_of_the_newests_localities(folder):
    before = digest("2025D", folder), digest("2026C", folder)
    path = folder / "localities.json"
    path.write_bytes(path.read_bytes() + b"\n")
    assert digest("2025D", folder) == before[0]
    assert digest("2026C", folder) != before[1]


@pytest.mark.parametrize(
    ("pattern", "replacement", "reason"),
    [
        ('"format": 1', '"format": 2', "its format is another one"),
        ('"row_count"', '"rows"', "it lacks or adds row_count, rows"),
        (r'\["hcpcs","below"', '["code","below"', "the columns of CodeFacts are not"),
        (r'(\["69436",12,\[\],"","2.01")', r"\1,1", "longer"),
        ('"conversion_factor": "33.4009"', '"conversion_factor": "a"', "ConversionSyntax"),
        (r"^\{", "", "Extra data"),
    ],
)
def test_figures_of_another_form_are_refused(folder, pattern, replacement, reason):
    change(figures_path("2026C", folder), pattern, replacement)
    with pytest.raises(CatalogueError, match=r"2026C.json: the figures cannot be read") as error:
        read_figures("2026C", folder)
    assert reason in str(error.value)


def test_figures_are_of_the_release_that_the_file_is_called(folder):
    figures_path("2026C", folder).rename(figures_path("2026D", folder))
    with pytest.raises(CatalogueError, match=r"2026D.json: it holds the figures of 2026C."):
        read_figures("2026D", folder)


def test_no_figures_at_all(folder):
    for name in releases(folder):
        figures_path(name, folder).unlink()
    with pytest.raises(CatalogueError, match="figures: there are none"):
        check(folder)


def test_figures_contradict_neither_themselves_nor_the_taxonomy():
    good = little_catalogue.figures("2026C")
    assert check_figures(good) == []
    row = good.rates[0]._replace(descriptor="As AMA words it")
    bad = replace(good, rates=[row], categories=good.categories[1:])
    assert check_figures(bad) == [
        "2026C.json: its categories are not those of codes/taxonomy.py.",
        "2026C.json: its rates and its codes are not of the same codes.",
        "2026C.json: it has a descriptor that is not free to use.",
    ]


def test_gaps_between_zip_codes_of_one_locality_are_bridged():
    def run(first, last, number="00", plus=False):
        return ZipRun(first, last, "AL", "10112", number, plus)

    rows = [run("35007", "35009"), run("35001", "35004"), run("35020", "35020", "01"),
            run("35030", "35031"), run("35033", "35033", plus=True)]  # fmt: skip
    assert zip_runs(rows) == [
        run("35001", "35009"),
        run("35020", "35020", "01"),
        run("35030", "35031"),
        run("35033", "35033", plus=True),
    ]
