"""Texts as rows: a round trip changes nothing, a change is a draft, a mistake has a place."""

import csv
import io
import json

import pytest
from django.apps import apps
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from blog.models import Faq, HelpArticle, LandingPage, Post, Redirect, Term
from codes.models import CodeContent, Introduction
from rvuedge import exchange
from rvuedge.exchange import Layout, Refused, examine_file, import_file, publishable
from rvuedge.publishing import Action, Publishable, State
from rvuedge.spreadsheets import FileError, as_csv, as_xlsx
from tests.factories import (
    CodeContentFactory,
    CodeFactory,
    QuestionFactory,
    RelatedCodeFactory,
    SpecialtyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

KINDS = pytest.mark.parametrize("made", [as_csv, as_xlsx], ids=["csv", "xlsx"])


@pytest.fixture
def content():
    content = CodeContentFactory(
        code__hcpcs="47562",
        label="Gallbladder removal",
        synonyms=["lap chole", "keyhole surgery"],
        clinical_context="- pain\r\n- stones",
        billing="=not a formula",
        sources=["[a] bracket"],
    )
    content.specialties.set([SpecialtyFactory(slug="surgery"), SpecialtyFactory(slug="ear")])
    QuestionFactory(content=content, question="Open?", answer="Yes.\nSometimes.", position=1)
    RelatedCodeFactory(content=content, code=CodeFactory(hcpcs="47563"), kind="instead")
    RelatedCodeFactory(content=content, code=CodeFactory(hcpcs="47564"), kind="with")
    content.save_draft(None)
    return content


@pytest.fixture
def file(tmp_path):
    """Return a function that stores rows of texts (dictionaries) of a model as a file."""

    def store(rows, made=as_csv):
        headings = list(rows[0])
        path = tmp_path / "texts"
        path.write_bytes(made([headings, *([row[name] for name in headings] for row in rows)]))
        return path

    return store


def exported(model=CodeContent):
    headings, *rows = Layout(model).rows(model.objects.all())
    return [dict(zip(headings, row, strict=True)) for row in rows]


def changed(**cells):
    """Return the only exported text with cells changed."""
    (row,) = exported()
    return {**row, **cells}


def examine(path, model=CodeContent, **options):
    return examine_file(Layout(model), path, **options)


def said(path, model=CodeContent, **options):
    return [str(problem) for problem in examine(path, model, **options).problems]


# There and back -----------------------------------------------------------------------------


@KINDS
def test_a_round_trip_changes_no_row(content, file, made, django_assert_num_queries):
    CodeContentFactory(code__hcpcs="99213")
    path = file(exported(), made)
    layout = Layout(CodeContent)
    with django_assert_num_queries(4):  # texts and three lists, however many rows
        report = examine_file(layout, path)
    assert (report.rows, report.changed, report.wrong) == (2, 0, 0)


@KINDS
def test_every_publishable_model_comes_back(content, file, made):
    page = {"title": "A page", "summary": "Words", "text": "- Words\n\n“Words”"}
    Introduction.objects.create(specialty=SpecialtyFactory(slug="ear"), text="Words")
    Post.objects.create(slug="a-post", tags=["a", "b"], codes=["47562"], **page)
    LandingPage.objects.create(slug="residents", **page)
    HelpArticle.objects.create(slug="sign-in", topic="Accounts", **page)
    Term.objects.create(slug="gpci", abbreviations=["GPCI"], is_linked=False, **page)
    Faq.objects.create(page="support", question="Is it free?", answer="Yes.", position=3)
    Redirect.objects.create(old_path="/old/", new_path="/new/")
    for model in apps.get_models():
        if issubclass(model, Publishable):
            report = examine(file(exported(model), made), model)
            assert (report.rows, report.changed, report.wrong) == (1, 0, 0), model
            (row,) = exported(model)
            body = model.objects.get().to_body()
            layout = Layout(model)
            again = {one.name: one.value(row[one.name]) for one in layout.columns}
            assert layout._cells({**body, **again}) == layout._cells(body), model


def test_a_list_is_a_line_for_each_item_and_rows_are_json(content):
    row = changed()
    assert row["hcpcs"] == "47562"
    assert row["synonyms"] == "lap chole\nkeyhole surgery"
    assert row["specialties"] == "ear\nsurgery"
    assert json.loads(row["questions"]) == [{"question": "Open?", "answer": "Yes.\nSometimes."}]
    assert json.loads(row["sources"]) == ["[a] bracket"]  # could be taken for JSON itself


def test_lines_of_windows_and_spaces_around_are_no_change(content, file):
    row = changed(clinical_context="- pain\r\n- stones", label=" Gallbladder removal ")
    assert examine(file([row])).changed == 0


# What changes -------------------------------------------------------------------------------


def test_only_rows_and_fields_that_differ_are_shown_and_nothing_is_written(content, file):
    CodeContentFactory(code__hcpcs="99213")
    rows = exported()
    rows[0]["label"] = "Keyhole gallbladder removal"
    rows[0]["synonyms"] = "lap chole"
    before = list(CodeContent.objects.values())
    editions = content.editions.count()
    report = examine(file(rows))
    assert (report.rows, report.changed, report.wrong) == (2, 1, 0)
    (change,) = report.changes
    assert (change.row, change.key) == (2, "47562")
    assert [one.name for one in change.differences] == ["label", "synonyms"]
    assert ("new", "Keyhole gallbladder") in change.differences[0].pieces
    assert list(CodeContent.objects.values()) == before
    assert content.editions.count() == editions
    assert mail.outbox == []


@KINDS
def test_an_import_is_a_draft_with_history(content, file, made):
    content.send_to_review(None)
    person = UserFactory()
    question = json.dumps([{"question": "Why?", "answer": "Pain."}])
    related = json.dumps([{"code": "47564", "kind": "with", "note": "Often."}])
    row = changed(label="New", synonyms="one\ntwo", specialties="ear", questions=question,
                  related=related, clinical_context="- pain", billing="'+1")  # fmt: skip
    report = import_file(Layout(CodeContent), file([row], made), person, "texts.csv")
    assert report.changed == 1
    content.refresh_from_db()
    edition = content.newest()
    assert (content.state, content.author) == (State.DRAFT, person)
    assert (edition.action, edition.made_by) == (Action.IMPORTED, person)
    assert (edition.reason, edition.starts_at) == ("From texts.csv", None)
    assert content.to_body() == edition.body
    assert edition.body["label"] == "New"
    assert edition.body["synonyms"] == ["one", "two"]
    assert [slug for slug, _ in edition.body["specialties"]] == ["ear"]
    assert edition.body["questions"] == [["Why?", "Pain."]]
    assert edition.body["related"] == [["47564", "with", "Often."]]
    assert edition.body["billing"] == "'+1"
    assert mail.outbox == []


def test_importing_twice_does_nothing_the_second_time(content, file):
    path = file([changed(label="New", fingerprint="")])
    import_file(Layout(CodeContent), path, None, "a.csv")
    count = content.editions.count()
    assert import_file(Layout(CodeContent), path, None, "a.csv").changed == 0
    assert content.editions.count() == count


def test_columns_left_out_stay_as_they_are_and_empty_cells_empty(content, file):
    path = file([{"hcpcs": "47562", "synonyms": "", "questions": ""}])
    import_file(Layout(CodeContent), path, None, "a.csv")
    content.refresh_from_db()
    assert (content.synonyms, content.label) == ([], "Gallbladder removal")
    assert not content.questions.exists()


def test_related_codes_in_another_order_are_no_change(content, file):
    related = json.loads(changed()["related"])
    assert examine(file([changed(related=json.dumps(related[::-1]))])).changed == 0


def test_a_code_without_text_gets_one_where_that_is_allowed(content, file):
    CodeFactory(hcpcs="99213")
    row = changed(hcpcs="99213", label="Visit", fingerprint="")
    assert said(file([row]), may_add=False) == [
        "Row 2, hcpcs: 99213 has no text yet, and you may not add one."
    ]
    report = import_file(Layout(CodeContent), file([row]), None, "a.csv")
    assert (report.changed, report.added) == (1, 1)
    added = CodeContent.objects.get(code="99213")
    assert (added.label, added.state) == ("Visit", State.DRAFT)
    assert added.questions.count() == 1
    missing = said(file([{"hcpcs": "47563", "label": "Words"}]))
    assert "Row 2, billing: This field cannot be blank." in missing


def test_a_text_saved_since_the_export_is_not_undone(content, file):
    row = changed(label="New")
    content.label = "Newer"
    content.save()
    content.save_draft(None)
    (sentence,) = said(file([row]))
    assert sentence.startswith("Row 2, fingerprint: This text was changed since")
    # Unless that is what one wants; and a step that changes no word is no change.
    assert examine(file([{**row, "fingerprint": ""}])).changed == 1
    row = changed(label="New")
    content.send_to_review(None)
    assert examine(file([row])).changed == 1


def test_a_change_after_the_dry_run_stops_the_import(content, file):
    path = file([changed(label="New", fingerprint="")])
    digest = examine(path).digest
    content.refresh_from_db()
    content.send_to_review(None)
    with pytest.raises(Refused, match="since you looked"):
        import_file(Layout(CodeContent), path, None, "a.csv", digest=digest)
    content.refresh_from_db()
    assert content.label == "Gallbladder removal"


def test_an_import_is_stored_in_batches_and_finished_by_another(content, file, monkeypatch):
    monkeypatch.setattr(exchange, "STORED_TOGETHER", 1)
    CodeContentFactory(code__hcpcs="99213")
    path = file([{**row, "label": "New"} for row in exported()])
    store = exchange.store
    calls = []

    def stale_at_second(change, *rest):
        calls.append(change.key)
        if len(calls) == 2:
            raise exchange.StaleCopy
        store(change, *rest)

    monkeypatch.setattr(exchange, "store", stale_at_second)
    with pytest.raises(Refused, match="1 of 2 were imported"):
        import_file(Layout(CodeContent), path, None, "a.csv")
    assert CodeContent.objects.filter(label="New").count() == 1
    monkeypatch.setattr(exchange, "store", store)
    assert import_file(Layout(CodeContent), path, None, "a.csv").changed == 1
    assert CodeContent.objects.filter(label="New").count() == 2


# What is wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"hcpcs": "99999"}, "Row 2, hcpcs: There is no code text “99999”."),
        ({"hcpcs": "100"}, "cut its zeros"),
        ({"hcpcs": ""}, "Row 2, hcpcs: It is empty."),
        ({"label": "x" * 121}, "Row 2, label: Ensure this value has at most 120 characters"),
        ({"billing": " "}, "Row 2, billing: This field cannot be blank."),
        ({"billing": "a\0b"}, None),
        ({"synonyms": "x" * 501}, "Row 2, synonyms: “xxx"),
        ({"synonyms": "x\n" * 201}, "At most 200 items"),
        ({"synonyms": "[1, 2]"}, "Row 2, synonyms: Each item of the list must be a text."),
        ({"synonyms": "[1, "}, "Row 2, synonyms: This is not sound JSON."),
        ({"synonyms": '["\\ud800"]'}, "no item of a list"),
        ({"specialties": "ear\nnone"}, "Row 2, specialties: “none” is none of the specialties."),
        ({"questions": "{}"}, "This must be a list in brackets."),
        ({"questions": "[" * 100_000}, "Row 2, questions: This is not sound JSON."),
        ({"billing": "x" * 100_001}, "Row 2 has a cell of more than 100,000 characters"),
        ({"questions": '[{"question": "Why?"}]'}, "Item 1 must have exactly question, answer."),
        ({"questions": '[{"question": 1, "answer": "a"}]'}, "Item 1, question: not a plain text"),
        ({"questions": '[{"question": "", "answer": "a"}]'}, "Item 1, question: This field"),
        ({"related": '[{"code": "0", "kind": "with", "note": "n"}]'}, "there is no code 0"),
        ({"related": '[{"code": "47563", "kind": "like", "note": "n"}]'}, "Item 1, kind: Value"),
    ],
)
def test_an_error_names_row_and_column(content, file, cells, sentence):
    path = file([changed(fingerprint="", **cells)])
    try:
        found = " ".join(said(path))
    except FileError as error:
        found = str(error)
    if sentence is None:  # left out when it was written
        assert found == ""
    else:
        assert sentence in found
        with pytest.raises((Refused, FileError)):
            import_file(Layout(CodeContent), path, None, "a.csv")
    assert content.editions.count() == 1


@pytest.mark.parametrize(("cell", "linked"), [("Yes", True), (" no ", False)])
def test_yes_and_no_are_read_in_any_case(cell, linked):
    column = {one.name: one for one in Layout(Term).columns}["is_linked"]
    assert column.value(cell) is linked
    with pytest.raises(ValidationError, match="“1” is neither yes nor no"):
        column.value("1")


def test_the_same_relation_twice_is_an_error(content, file):
    item = {"code": "47563", "kind": "with", "note": "n"}
    path = file([changed(related=json.dumps([item, item]))])
    assert said(path) == ["Row 2, related: Two of its items are the same."]


def test_one_error_keeps_all_rows_out(content, file):
    CodeContentFactory(code__hcpcs="99213")
    rows = exported()
    rows[0]["label"], rows[1]["label"] = "New", ""
    with pytest.raises(Refused) as refusal:
        import_file(Layout(CodeContent), file(rows), None, "a.csv")
    assert [problem.row for problem in refusal.value.report.problems] == [3]
    assert not CodeContent.objects.filter(label="New").exists()


def test_a_key_twice_a_short_row_and_raw_control_characters_are_errors(content, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"hcpcs,label\n47562,A\n47562,B\n47562\n47562,a\x0bb\n=1,x\n")
    assert said(path) == [
        "Row 3, hcpcs: 47562 is in row 2 too.",
        "Row 4: It has 1 cells under 2 headings.",
        "Row 5, label: This has control characters.",
        "Row 6, hcpcs: The cell holds a formula: put its value there, or a ' before the text.",
    ]


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        ("hcpcs,colour", "Row 1, column 2: There is no column “colour”: hcpcs, label,"),
        ("hcpcs,", "Row 1, column 2: There is no column without a heading"),
        ("hcpcs,label,label", "Row 1, label: This column is there twice."),
        ("label,billing", "Row 1, hcpcs: This column is missing"),
        ("47562,x", "Row 1, hcpcs: This column is missing"),
    ],
)
def test_unknown_missing_and_double_columns_are_errors(content, tmp_path, headings, sentence):
    path = tmp_path / "a.csv"
    path.write_text(f"{headings}\n47562,a,b\n")
    assert sentence in " ".join(said(path))


def test_cells_that_are_no_texts_are_errors(content, file):
    from tests.rvuedge.test_spreadsheets import workbook

    path = file([changed()])
    path.write_bytes(workbook(["hcpcs", "label", "billing"], [47562, 1.5, True]))
    assert said(path) == [
        "Row 2, label: This is a number with decimals, not a text.",
        "Row 2, billing: This is TRUE, not a text.",
    ]


def test_what_is_wrong_in_fact_is_an_error_where_it_was_changed(content, file):
    def check(subject, body):
        assert (subject.code_id, subject.label) == ("47562", body["label"])
        return [("label", "No.", True), ("billing", "Untouched.", True), ("label", "Hm.", False)]

    assert said(file([changed(label="New")]), check=check) == ["Row 2, label: No."]


def test_a_number_and_a_text_known_by_number(file):
    faq = Faq.objects.create(page="support", question="Is it free?", answer="Yes.", position=3)
    (row,) = exported(Faq)
    assert (row["id"], row["about"], row["position"]) == (str(faq.pk), "Is it free?", "3")
    for position in ("x", "-1", "1.5", "9999999999"):
        assert said(file([{**row, "position": position}]), Faq)[0].startswith("Row 2, position:")
    assert said(file([{**row, "about": "Mine"}]), Faq) == [
        "Row 2, about: This column is for reading only."
    ]
    assert "There is no question “x”" in said(file([{**row, "id": "x"}]), Faq)[0]
    path = file([{**row, "position": "4", "question": "Is it?"}])
    assert import_file(Layout(Faq), path, None, "a.csv").changed == 1
    faq.refresh_from_db()
    assert (faq.position, faq.question) == (4, "Is it?")


def test_a_bad_slug_or_redirect_cannot_become_a_key(file):
    Redirect.objects.create(old_path="/old/", new_path="/new/")
    (row,) = exported(Redirect)
    assert said(file([{**row, "old_path": "/other/"}]), Redirect)  # a key is never changed
    assert examine(file([{**row, "new_path": "/newer/"}]), Redirect).changed == 1


def test_no_more_is_shown_than_asked_for_and_all_is_counted(content, file):
    rows = [{"hcpcs": f"{number}", "label": "x"} for number in range(10_000, 10_020)]
    report = examine(file(rows), shown=5)
    assert (report.wrong, len(report.problems)) == (20, 5)


# Commands -----------------------------------------------------------------------------------


def run(*args, **options):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*args, stdout=out, stderr=err, **options)
    except CommandError as error:
        return f"{out.getvalue()}{err.getvalue()}{error}"
    return out.getvalue()


@pytest.mark.parametrize("name", ["texts.csv", "texts.xlsx"])
def test_the_commands_take_out_and_bring_in(content, tmp_path, name):
    path = tmp_path / name
    assert "1 code texts written" in run("export_content", "codes.CodeContent", path)
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert run("import_content", "codecontent", path, dry_run=True) == (
        "1 rows: 0 would change.\n"
    )
    assert run("import_content", "codecontent", path) == "1 rows: 0 imported as drafts.\n"


def test_the_command_shows_differences_and_imports_them(content, tmp_path):
    path = tmp_path / "texts.csv"
    run("export_content", "codecontent", path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    rows[1][rows[0].index("label")] = "Gallbladder operation"
    path.write_bytes(as_csv(rows))
    text = run("import_content", "codecontent", path, dry_run=True)
    assert "Row 2: 47562\n  label: Gallbladder [-removal-]{+operation+}\n" in text
    assert content.editions.count() == 1
    assert "Nobody active" in run("import_content", "codecontent", path, by="x@example.org")
    person = UserFactory(email="writer@example.org")
    assert "1 imported" in run("import_content", "codecontent", path, by="Writer@example.org")
    assert content.newest().made_by == person


def test_the_commands_refuse_in_a_sentence(content, tmp_path):
    path = tmp_path / "texts.csv"
    assert "none of blog.faq, blog.helparticle" in run("export_content", "user", path)
    assert "none of blog.faq" in run("import_content", "user", path)
    assert "must end in" in run("export_content", "post", tmp_path / "a.ods")
    assert "No such file" in run("export_content", "post", tmp_path / "missing" / "a.csv")
    assert "No such file" in run("import_content", "post", path)
    path.write_text("hcpcs,label\n47562,\n")
    for dry_run in (True, False):
        text = run("import_content", "codecontent", path, dry_run=dry_run)
        assert "Row 2, label: This field cannot be blank." in text
    path.write_text("")
    assert "The file is empty." in run("import_content", "codecontent", path)


def test_a_model_is_found_by_name():
    assert publishable("codecontent") is publishable("codes.CodeContent") is CodeContent
    with pytest.raises(LookupError, match=r"codes\.codecontent"):
        publishable("code")
