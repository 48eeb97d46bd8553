"""The validator of the tests finds what it is there for, on pages that have one fault each."""

import pytest

from tests.markup import faults

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T</title></head>'
    "<body><main>{}</main></body></html>"
)


@pytest.mark.parametrize(
    "fragment",
    [
        "<h1>One</h1><p>Two <a href='/'>three</a>.</p>",
        "<ul><li>One<ul><li>Two</li></ul></li></ul>",
        "<dl><div><dt>One</dt><dd><p>Two</p></dd></div></dl>",
        "<table><caption>C</caption><thead><tr><th scope='col'>A</th><th scope='col'>B</th></tr>"
        "</thead><tbody><tr><th scope='row'>1</th><td>2</td></tr>"
        "<tr><td colspan='2'>3</td></tr></tbody></table>",
        "<details><summary><h2>One</h2></summary><p>Two</p></details>",
        "<label for='q'>Q</label><input id='q'><svg><title>A</title><rect x='1'/></svg>",
        "<table><tr><td rowspan='2'>1</td><td>2</td></tr><tr><td>3</td></tr></table>",
    ],
)
def test_what_is_valid_has_no_fault(fragment):
    assert faults(PAGE.format(fragment)) == []


@pytest.mark.parametrize(
    ("fragment", "fault"),
    [
        ("<p>One <div>two</div></p>", "unexpected-end-tag"),
        ("<a href='/'>One <a href='/'>two</a></a>", "unexpected-start-tag-implies-end-tag"),
        ("<table><tr><div>One</div></tr></table>", "table-voodoo"),
        ("<div>", "end-tag-too-early"),
        ("<p id='a' id='b'>One</p>", "duplicate-attribute"),
        ("<p>&always;</p>", "expected-named-entity"),
        ("<div/>", "non-void-element-with-trailing-solidus"),
        ("<ul><p>One</p></ul>", "it may not stand there"),
        ("<ul>One<li>two</li>three</ul>", "words where only elements may stand"),
        ("<li>One</li>", "it belongs in menu or ol or ul"),
        ("<span><div>One</div></span>", "only words may stand there"),
        ("<a href='/'><button>One</button></a>", "one control within another"),
        ("<a>One</a>", "a link without an address"),
        ("<img src='/a.png'>", "a picture without words"),
        ("<table><tr><th>One</th></tr></table>", "a heading of what?"),
        ("<table><tr><td>1</td></tr><tr><td>1</td><td>2</td></tr></table>", "of 1 and 2 cells"),
        ("<details><p>One</p></details>", "its summary comes first"),
        ("<p style='color:red'>One</p>", "style, which the site's policy refuses"),
        ("<p onclick='x()'>One</p>", "onclick, which the site's policy refuses"),
        ("<p id='a'>1</p><p id='a'>2</p>", "id 'a' stands 2 times"),
        ("<p aria-labelledby='no'>One</p>", "aria-labelledby='no' leads nowhere"),
        ("<p id='a b'>One</p>", "an id cannot be 'a b'"),
        ("<fence>One</fence>", "there is no such element"),
    ],
)
def test_a_fault_is_found(fragment, fault):
    found = faults(PAGE.format(fragment))
    assert any(fault in one for one in found), found


def test_a_page_names_its_language():
    assert faults(PAGE.format("").replace(' lang="en"', "")) == ["html without lang"]
