"""What is wrong with the HTML of a page, as a validator would say it.

The parser of the HTML standard (tinyhtml5) names each error of syntax. What the standard says of
elements within elements, and of attributes, is looked at in the tree: the rules that a page of
this site could break.
"""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser

_HTML = "{http://www.w3.org/1999/xhtml}"
_SVG = "{http://www.w3.org/2000/svg}"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PHRASING = _names(
    """a abbr b br button cite code data em i img input kbd label mark meter output progress q s
    samp script select small span strong sub sup svg template textarea time u var wbr"""
)
_ONLY_PHRASING = _names(
    """abbr b button cite code data em h1 h2 h3 h4 h5 h6 i kbd label legend mark output p pre q s
    samp small span strong sub sup time u var"""
)
_INTERACTIVE = _names("a button details embed iframe input label select textarea")
_KNOWN = (
    _PHRASING
    | _ONLY_PHRASING
    | _names(
        """address article aside blockquote body caption col colgroup datalist dd details div dl dt
        fieldset figcaption figure footer form head header hr html li link main meta nav noscript
        ol optgroup option search section summary table tbody td tfoot th thead title tr ul"""
    )
)
_CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot", "tr"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "tr": {"th", "td"},
    "select": {"option", "optgroup", "hr"},
    "optgroup": {"option"},
}
_PARENTS = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "caption": {"table"},
    "figcaption": {"figure"},
    "legend": {"fieldset"},
    "summary": {"details"},
    "main": {"body"},
}
_REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "for", "list")


def faults(page: str) -> list[str]:
    """Return what is wrong with a whole page, in words; nothing for a valid one."""
    parser = HTMLParser()
    root = parser.parse(page)
    found = [f"line {place[0]}: {code} {data}" for place, code, data in parser.errors]
    found += _of_elements(root, [])
    found += _of_ids(root)
    if not (root.get("lang") or "").strip():
        found.append("html without lang")
    return found


def _name(element: Element) -> str:
    tag = element.tag
    return tag.removeprefix(_HTML) if isinstance(tag, str) and tag.startswith(_HTML) else ""


def _of_elements(element: Element, above: list[str]) -> Iterator[str]:
    name = _name(element)
    if not name:  # a comment, or a drawing, whose own rules are others
        return
    where = f"<{name}> in {' > '.join(above[-3:]) or 'nothing'}"
    parent = above[-1] if above else ""
    if name not in _KNOWN:
        yield f"{where}: there is no such element"
    if name in _PARENTS and parent not in _PARENTS[name]:
        yield f"{where}: it belongs in {' or '.join(sorted(_PARENTS[name]))}"
    if parent in _CHILDREN and name not in _CHILDREN[parent]:
        yield f"{where}: it may not stand there"
    if name not in _PHRASING and any(one in _ONLY_PHRASING for one in above):
        yield f"{where}: only words may stand there"
    inside_link = {"a", "button"} & {*above}
    is_hidden = name == "input" and element.get("type") == "hidden"
    if inside_link and name in _INTERACTIVE and not is_hidden:
        yield f"{where}: one control within another"
    if name == "a" and "href" not in element.attrib:
        yield f"{where}: a link without an address"
    if name == "img" and "alt" not in element.attrib:
        yield f"{where}: a picture without words"
    if name == "th" and "scope" not in element.attrib and "id" not in element.attrib:
        yield f"{where}: a heading of what?"
    if name == "details" and (not len(element) or _name(element[0]) != "summary"):
        yield f"{where}: its summary comes first"
    if name == "table":
        yield from _of_table(element)
    if name in _CHILDREN and any((text or "").strip() for text in _texts(element)):
        yield f"{where}: words where only elements may stand"
    for attribute, value in element.attrib.items():
        if attribute == "style" or attribute.startswith("on"):
            yield f"{where}: {attribute}, which the site's policy refuses"
        if attribute == "id" and (not value or value.split() != [value]):
            yield f"{where}: an id cannot be {value!r}"
    for child in element:
        yield from _of_elements(child, [*above, name])


def _texts(element: Element) -> list[str | None]:
    return [element.text, *(child.tail for child in element)]


def _of_table(table: Element) -> Iterator[str]:
    """Every row of a table is as wide as the first, cells that span several counted."""
    widths: Counter[int] = Counter()
    pending: list[tuple[int, int]] = []  # rows still to come, columns taken in them
    for row in table.iter(f"{_HTML}tr"):
        width = sum(columns for _, columns in pending)
        pending = [(rows - 1, columns) for rows, columns in pending if rows > 1]
        for cell in row:
            columns = int(cell.get("colspan", 1))
            width += columns
            if (rows := int(cell.get("rowspan", 1))) > 1:
                pending.append((rows - 1, columns))
        widths[width] += 1
    if len(widths) > 1:
        yield f"a table with rows of {' and '.join(map(str, sorted(widths)))} cells"


def _of_ids(root: Element) -> Iterator[str]:
    elements = [one for one in root.iter() if isinstance(one.tag, str)]
    ids = Counter(one.get("id") for one in elements if "id" in one.attrib)
    yield from (f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for one in elements:
        for attribute in _REFERENCES:
            for name in one.get(attribute, "").split():
                if name not in ids:
                    yield f"{attribute}={name!r} leads nowhere"
