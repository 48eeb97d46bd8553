import json
from datetime import date

from codes.page.questions import Answer
from codes.page.structured import structured
from rvuedge.richtext import json_ld

ROOT = "https://rvu.example"
URL = f"{ROOT}/cpt-codes/digestive/47562/"


def graph(**changes):
    """Return the parts of 47562's graph by their type, as a machine reads them."""
    values = {
        "url": URL,
        "root": ROOT,
        "hcpcs": "47562",
        "label": "Laparoscopic gallbladder removal",
        "description": "Keyhole surgery.",
        "crumbs": [("Surgery", "/cpt-codes/surgery/"), ("Digestive", "/cpt-codes/digestive/")],
        "questions": [Answer("Why?", "Because.")],
        "specialties": ["General surgery"],
        "released_on": date(2026, 6, 30),
        "reviewed_on": date(2026, 7, 14),
        **changes,
    }
    read = json.loads(json_ld(structured(**values)))
    assert read["@context"] == "https://schema.org"
    return {part["@type"]: part for part in read["@graph"]}


def test_a_page_is_four_things():
    assert list(graph()) == ["MedicalWebPage", "MedicalCode", "BreadcrumbList", "FAQPage"]


def test_the_page_names_its_code_and_its_breadcrumbs():
    parts = graph()
    page = parts["MedicalWebPage"]
    assert page["name"] == "CPT 47562: Laparoscopic gallbladder removal"
    assert (page["url"], page["@id"], page["inLanguage"]) == (URL, URL, "en-US")
    assert page["mainEntity"]["@id"] == parts["MedicalCode"]["@id"] == f"{URL}#code"
    assert page["breadcrumb"]["@id"] == parts["BreadcrumbList"]["@id"]
    assert page["about"] == [{"@type": "Thing", "name": "General surgery"}]
    assert (page["datePublished"], page["lastReviewed"]) == ("2026-06-30", "2026-07-14")
    assert page["isPartOf"]["url"] == f"{ROOT}/"


def test_the_code_is_of_its_system():
    code = graph()["MedicalCode"]
    assert (code["codeValue"], code["codingSystem"]) == ("47562", "CPT")


def test_a_letter_code_is_nowhere_called_cpt():
    parts = graph(hcpcs="G0411", label="Group session", url=f"{ROOT}/g", crumbs=[])
    assert parts["MedicalCode"]["codingSystem"] == "HCPCS Level II"
    assert parts["MedicalWebPage"]["name"] == "HCPCS G0411: Group session"
    assert "CPT" not in json.dumps(parts)


def test_breadcrumbs_are_numbered_and_absolute():
    crumbs = graph()["BreadcrumbList"]["itemListElement"]
    assert [(one["position"], one["name"], one["item"]) for one in crumbs] == [
        (1, "Surgery", f"{ROOT}/cpt-codes/surgery/"),
        (2, "Digestive", f"{ROOT}/cpt-codes/digestive/"),
    ]


def test_questions_carry_their_answers():
    (one,) = graph()["FAQPage"]["mainEntity"]
    assert one == {
        "@type": "Question",
        "name": "Why?",
        "acceptedAnswer": {"@type": "Answer", "text": "Because."},
    }


def test_what_is_not_known_is_left_out():
    parts = graph(questions=[], specialties=[], released_on=None, reviewed_on=None)
    assert "FAQPage" not in parts
    assert not {"about", "datePublished", "lastReviewed"} & parts["MedicalWebPage"].keys()


def test_nothing_in_a_text_ends_the_script_element():
    label = "</script><script>alert(1)</script>"
    assert graph(label=label)["MedicalCode"]["name"] == label
    values = {"@graph": [{"name": label}]}
    assert "<" not in json_ld(values)
