import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from rvuedge import bundles


@pytest.mark.parametrize(
    ("css", "smaller"),
    [
        ("a {\n  color: red;\n}\n", "a{color:red}"),
        ("/* why */\na { b: c }", "a{b:c}"),
        (
            'a::before { content: "/* no comment */  {;}"; }',
            'a::before{content:"/* no comment */  {;}"}',
        ),
        ("a { content: 'it\\'s /* x */'; }", "a{content:'it\\'s /* x */'}"),
        ("a { width: calc(1rem + 2px); }", "a{width:calc(1rem + 2px)}"),
        (".a :hover, .b > * + * { x: y }", ".a :hover,.b > * + *{x:y}"),
        ("@media (width >= 40rem) { a { b: c } }", "@media (width >= 40rem){a{b:c}}"),
        ("a/* joins */b { c: d }", "a/**/b{c:d}"),
        ("@layer one, two;", "@layer one,two;"),
    ],
)
def test_minimizing_takes_only_what_means_nothing(css, smaller):
    assert bundles.minimized(css) == smaller


def test_minimizing_twice_changes_nothing():
    once = bundles.bundle("css/site.css")

    assert bundles.minimized(once) == once


def test_every_component_is_in_one_bundle_and_only_there():
    listed = [component for names in bundles.BUNDLES.values() for component in names]

    assert sorted(listed) == sorted(path.stem for path in bundles.CSS.glob("*.css"))


def test_layers_are_named_first_and_print_comes_last():
    site = bundles.bundle("css/site.css")

    assert site.startswith("@layer tokens,base,layout,components,print;")
    assert bundles.BUNDLES["css/site.css"][-1] == "print"


def test_braces_balance():
    for name in bundles.BUNDLES:
        text = bundles.bundle(name)
        assert text.count("{") == text.count("}")


def test_a_bundle_is_found_like_any_static_file_and_follows_its_components(tmp_path, monkeypatch):
    (tmp_path / "one.css").write_text("a { b: c }")
    monkeypatch.setattr(bundles, "CSS", tmp_path)
    monkeypatch.setattr(bundles, "BUNDLES", {"css/test.css": ["one"]})
    finder = bundles.BundleFinder()

    path = finder.find("css/test.css")
    assert Path(path).read_text() == "a{b:c}"
    (tmp_path / "one.css").write_text("a { b: d }")
    (path,) = finder.find("css/test.css", find_all=True)
    assert Path(path).read_text() == "a{b:d}"
    assert finder.find("css/other.css") == []


def test_a_missing_component_is_an_error(monkeypatch):
    monkeypatch.setattr(bundles, "BUNDLES", {"css/test.css": ["nowhere"]})

    with pytest.raises(FileNotFoundError):
        bundles.BundleFinder().find("css/test.css")


def test_the_site_serves_its_bundle(client):
    response = client.get("/static/css/site.css")

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/css")
    assert "Access-Control-Allow-Origin" not in response.headers
    assert b"--brand" in b"".join(response.streaming_content)


def test_collecting_gives_hashed_and_compressed_files(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "rvuedge.bundles.HashedStaticFilesStorage"},
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    (site,) = tmp_path.glob("css/site.*.css")
    assert site.with_name(site.name + ".br").stat().st_size < 20_000
    assert site.with_name(site.name + ".gz").exists()
    (font,) = re.findall(
        r"url\(\"?\.\./(fonts/edge-sans\.[0-9a-f]{12}\.woff2)\"?\)", site.read_text()
    )
    assert (tmp_path / font).exists()
    assert list(tmp_path.glob("img/sprite.*.svg"))
    assert list(tmp_path.glob("css/account.*.css"))
    assert not (tmp_path / "css" / "site.css").exists()


def test_fonts_and_icons_come_with_their_licenses():
    for name in ("fonts/LICENSE.md", "img/LICENSE.txt", "fonts/edge-sans.woff2", "img/sprite.svg"):
        assert finders.find(name)
