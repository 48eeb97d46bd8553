"""The checks of all starter texts together, and what they find in the texts there are."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from blog import content_checks
from blog.content_checks import (
    WORDS,
    Piece,
    accept,
    accepted,
    like_descriptors,
    page_pieces,
    said_twice,
    spelled,
    unknown_words,
)
from codes import taxonomy


def run(**options):
    out = StringIO()
    call_command("check_content", stdout=out, stderr=out, **options)
    return out.getvalue()


def test_the_starter_pages_say_nothing_twice_and_spell_right():
    pieces = page_pieces()
    assert said_twice(pieces) == []
    assert unknown_words(pieces, accepted()) == {}


def test_the_accepted_words_are_sorted_and_stand_there_once():
    lines = WORDS.read_text("utf-8").split("\n")
    assert lines.pop() == ""
    assert lines == sorted(set(lines))


def test_no_page_has_a_descriptor_of_others(shared_folder):
    path = shared_folder / "data/cms/rvu26c/PPRRVU2026_Jul_nonQPP.csv"
    with path.open(encoding="cp1252", newline="") as file:
        theirs = {
            row[0]: row[2]
            for row in csv.reader(file)
            if len(row) > 30 and row[0] and taxonomy.descriptor_owner(row[0]) in {"AMA", "ADA"}
        }
    assert len(theirs) > 10_000
    assert like_descriptors(page_pieces(), theirs) == []


def test_words_are_looked_up_without_codes_addresses_and_short_forms():
    text = "See [this](/cpt-codes/g-codes/G0411/) patient’s low-risk `xyzzy` wRVUs at HCPCS, 12th."
    assert spelled(text) == ["this", "patient", "risk"]


def test_a_word_that_nobody_accepted_is_found_with_its_place():
    pieces = [Piece("Post a", "A recieved payment."), Piece("Post b", "It was recieved.")]
    assert unknown_words(pieces, frozenset(["payment"])) == {"recieved": "Post a"}


def test_a_sentence_that_stands_twice_is_found_but_not_a_row_of_a_table():
    twice = "Work is the same in every setting."
    row = "| 99213 | Office visit, level three, no more |"
    found = said_twice(
        [Piece("Post a", f"{twice}\n\n{row}"), Piece("Post b", f"{twice}\n\n{row}")]
    )
    assert found == [f"Post a: “{twice}” stands in Post b too."]


def test_a_descriptor_of_others_is_found_in_a_sentence_and_beside_a_code():
    theirs = {"12345": "Remove big stone from left boot", "54321": "Repair torn sail"}
    sentence = "They remove big stone from left boot here."
    table = "| 54321 | *Repair torn sail* | 1.00 |"
    first, second = like_descriptors([Piece("Post a", f"{sentence}\n\n{table}")], theirs)
    assert first == f"Post a: “{sentence}” has the descriptor of 12345."
    assert second == "Post a: “*Repair torn sail*” is too close to the descriptor of 54321."
    assert like_descriptors([Piece("Post a", "| 54321 | Mending canvas |")], theirs) == []


def test_words_are_accepted_into_their_place(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("apple\ncherry\n", "utf-8")
    accept(["banana", "apple"], path)
    assert path.read_text("utf-8") == "apple\nbanana\ncherry\n"


def test_the_command_says_what_is_amiss(monkeypatch):
    command = "blog.management.commands.check_content"
    monkeypatch.setattr(f"{command}.check", lambda: ([], ["ear.toml, 69210: Too long."]))
    monkeypatch.setattr(f"{command}.code_pieces", list)
    monkeypatch.setattr(f"{command}.page_pieces", lambda: [Piece("Post a", "A recieved word.")])
    with pytest.raises(CommandError, match="Content: 2 problems"):
        run()


def test_the_command_says_that_nothing_is_amiss(monkeypatch):
    command = "blog.management.commands.check_content"
    monkeypatch.setattr(f"{command}.check", lambda: ([], []))
    monkeypatch.setattr(f"{command}.code_pieces", list)
    monkeypatch.setattr(f"{command}.page_pieces", lambda: [Piece("Post a", "A word.")])
    assert run() == "Content: 1 texts (0 codes), nothing amiss.\n"


def test_the_command_accepts_words(monkeypatch, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("word\n", "utf-8")
    command = "blog.management.commands.check_content"
    monkeypatch.setattr(f"{command}.check", lambda: ([], []))
    monkeypatch.setattr(f"{command}.code_pieces", list)
    monkeypatch.setattr(f"{command}.page_pieces", lambda: [Piece("Post a", "A newer word.")])
    monkeypatch.setattr(f"{command}.accepted", lambda: content_checks.accepted(path))
    monkeypatch.setattr(f"{command}.accept", lambda found: content_checks.accept(found, path))
    assert run(accept=True).startswith("1 words accepted: newer.\n")
    assert path.read_text("utf-8") == "newer\nword\n"
