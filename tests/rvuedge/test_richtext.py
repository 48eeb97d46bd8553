import json
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from rvuedge.richtext import Linker, headings, json_ld, to_html, to_text
from rvuedge.terms import Term, Terms

ALLOWED = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "code", "pre", "a"),
    *("blockquote", "ul", "ol", "li", "div", "table", "thead", "tbody", "tr", "th", "td"),
}

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.gif)",
    '[x](https://example.com "\\" onclick=alert(1) x=\\"")',
    "[x](https://example.com'onclick='alert(1))",
    "```<script>\nalert(1)\n```",
    '```"><script>alert(1)</script>\nx\n```',
    'a | b\n-|-\n<script>1</script> | "><b onclick=1>',
    '" onmouseover="alert(1) | b\n-|-\n1|2',
    '# "><script>alert(1)</script>',
    "[a]: javascript:alert(1)\n\n[a]",
    "<style>*{display:none}</style>",
    "<form action=//evil.example><input name=password></form>",
    "<base href=//evil.example>",
    "<!--<img src=--><img src=x onerror=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
]


class Checker(HTMLParser):
    """Fails on any element, attribute or address that the design does not have."""

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED
        for name, value in attrs:
            assert name in {"href", "title", "start", "class", "scope", "id", *FRAME}
            if name == "href":
                scheme = value.partition(":")[0].lower()
                assert (
                    ":" not in value
                    or scheme in {"https", "http", "mailto", "tel"}
                    or ("/" in scheme or "#" in scheme or "?" in scheme)
                )


FRAME = {"tabindex", "role", "aria-label"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_markdown_cannot_carry_script(attack):
    rendered = to_html(attack, anchors=True)

    Checker().feed(rendered)
    assert "<script" not in rendered
    assert "<img" not in rendered


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_gives_only_the_elements_of_the_design(text):
    Checker().feed(to_html(text))


@given(st.lists(st.sampled_from([*ATTACKS, "|", "-|-", "\n", "# ", "*", "`", "<", "](", " "])))
def test_pieces_of_attacks_put_together_stay_harmless(pieces):
    Checker().feed(to_html("".join(pieces), anchors=True))


def test_raw_html_shows_as_the_text_it_is():
    assert to_html("<b>bold</b>") == "<p>&lt;b&gt;bold&lt;/b&gt;</p>\n"


def test_what_is_rendered_is_safe_for_templates():
    assert isinstance(to_html("*a*"), SafeString)
    assert to_html("**Work**, *practice*") == "<p><strong>Work</strong>, <em>practice</em></p>\n"


def test_a_page_has_one_h1_and_it_is_not_in_the_text():
    assert to_html("# First\n## Second") == "<h2>First</h2>\n<h2>Second</h2>\n"


def test_anchors_match_the_list_of_contents_and_are_never_twice_the_same():
    text = "## Two *words*\n\ntext\n\n## Two words\n\n### Below\n\n## −"

    assert headings(text) == (
        ("on-two-words", "Two words"),
        ("on-two-words-2", "Two words"),
        ("on-section", "−"),
    )
    for heading in headings(text):
        assert f'<h2 id="{heading.id}">' in to_html(text, anchors=True)
    assert "id=" not in to_html(text)


def test_a_table_scrolls_in_a_named_frame_and_aligns_its_numbers():
    rendered = to_html("Code | RVUs\n-----|----:\n99213 | 1.30")

    assert (
        '<div class="scroll" tabindex="0" role="region" aria-label="Table: Code, RVUs">'
        in rendered
    )
    assert '<table class="table fit">' in rendered
    assert '<th scope="col">Code</th>' in rendered
    assert '<th class="num" scope="col">RVUs</th>' in rendered
    assert '<td class="num">1.30</td>' in rendered
    assert "style=" not in rendered


def test_links_inside_and_outside_stay():
    assert 'href="/codes/"' in to_html("[codes](/codes/)")
    assert 'href="https://www.cms.gov/"' in to_html("[CMS](https://www.cms.gov/)")
    assert 'href="mailto:a@example.com"' in to_html("<a@example.com>")


def test_text_is_the_words_alone():
    text = "## Why\n\nWork **fell** by 2.5% & [more](/x/).\n\n- one\n- two\n\na|b\n-|-\n1|<i>"

    assert to_text(text) == "Why Work fell by 2.5% & more. one two a b 1 <i>"


def test_nothing_in_json_ends_its_script_element():
    data = {"name": "</script><script>alert(1)</script>", "other": "<!-- & \u2028 \u2029"}

    written = json_ld(data)

    assert isinstance(written, SafeString)
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == data


def test_json_prints_decimals_as_they_are():
    assert json_ld({"price": Decimal("95.10")}) == '{"price":"95.10"}'


TERMS = Terms(
    [Term("rvu", "/glossary/rvu/", ("RVU",), ()), Term("cf", "/glossary/cf/", ("CF",), ())]
)
RVU_LINK = '<a href="/glossary/rvu/">RVU</a>'


def test_a_term_is_linked_where_a_page_uses_it_first():
    linker = Linker(TERMS)
    assert linker.to_html("An RVU. An RVU.") == f"<p>An {RVU_LINK}. An RVU.</p>\n"
    assert linker.to_html("One more RVU.") == "<p>One more RVU.</p>\n"
    assert linker.to_html("**CF**") == ('<p><strong><a href="/glossary/cf/">CF</a></strong></p>\n')


@pytest.mark.parametrize(
    "text",
    ["## An RVU", "[the RVU](/rvu/)", "`RVU`", "    RVU", "| RVU |\n| --- |\n| 1 |"],
)
def test_headings_links_and_code_have_no_links_to_terms(text):
    assert Linker(TERMS).to_html(text) == to_html(text)


def test_a_page_does_not_link_to_itself():
    assert Linker(TERMS, but=["rvu"]).to_html("RVU") == "<p>RVU</p>\n"


def test_a_term_within_quotes_and_markup_stays_harmless():
    assert Linker(TERMS).to_html("<b>RVU</b>") == f"<p>&lt;b&gt;{RVU_LINK}&lt;/b&gt;</p>\n"
