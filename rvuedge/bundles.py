"""Stylesheets: one file for each component while writing, two files on the wire.

`BundleFinder` builds css/site.css and css/account.css from the components wherever Django looks
for static files: in development, in tests, and in collectstatic, after which the storage gives
them hashed names and compressed copies. No Node, no build step to forget.
"""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

CSS = Path(__file__).parent / "static" / "css"

# In the order of the cascade. tokens.css names the layers first; a component's rules are all in
# its own layer, so that order counts among components alone, and print.css always wins.
BUNDLES = {
    "css/site.css": [
        "tokens",
        "base",
        "layout",
        "site-header",
        "site-footer",
        "breadcrumbs",
        "button",
        "form",
        "tag",
        "notice",
        "table",
        "edge",
        "search",
        "home",
        "filters",
        "pagination",
        "code-list",
        "code-head",
        "compare",
        "stage",
        "ledger",
        "prose",
        "chart",
        "makeup",
        "calculator",
        "payment",
        "rules",
        "toc",
        "faq",
        "provenance",
        "card",
        "print",
    ],
    # Signed-in pages load this one too.
    "css/account.css": [
        "app-nav",
        "auth",
        "dashboard",
        "log-table",
        "quick-log",
        "statement",
        "toast",
        "tracked",
    ],
    # The admin loads this one after css/site.css and Django's own.
    "css/editing.css": ["admin", "admin-start"],
}

_STRING = r"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_COMMENT = re.compile(rf"{_STRING}|(?P<before>\s?)/\*.*?\*/(?P<after>\s?)", re.DOTALL)
_SPACE = re.compile(
    rf"{_STRING}|(?:\s*;)?\s*(?P<end>\}})\s*|\s*(?P<mark>[{{;,])\s*|(?P<colon>:)?\s+"
)


def minimized(css: str) -> str:
    """Return the style sheet without comments and needless space; strings stay as they are.

    Only what is safe anywhere in CSS: space around + - * / > ~ and before : can have a meaning.
    """
    return _SPACE.sub(_without_space, _COMMENT.sub(_without_comment, css)).strip()


def _without_comment(found: re.Match[str]) -> str:
    if found["string"]:
        return found["string"]
    # Where no space is beside it, a comment still parts two words, as a space might not.
    return " " if found["before"] or found["after"] else "/**/"


def _without_space(found: re.Match[str]) -> str:
    return found["string"] or found["end"] or found["mark"] or found["colon"] or " "


def bundle(name: str) -> str:
    """Return the text of one of BUNDLES; a missing component is a FileNotFoundError."""
    return "".join(
        minimized((CSS / f"{component}.css").read_text("utf-8")) for component in BUNDLES[name]
    )


class BundleFinder(BaseFinder):
    """Finds the bundles, built anew whenever a component has changed."""

    def __init__(self, app_names: Iterable[str] | None = None) -> None:
        self.storage = FileSystemStorage(location=settings.VAR_DIR / "bundles")

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str]:
        if path not in BUNDLES:
            return []
        return [self.build(path)] if find_all else self.build(path)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name in BUNDLES:
            if not matches_patterns(name, ignore_patterns):
                self.build(name)
                yield name, self.storage

    def build(self, name: str) -> str:
        """Return the path of the bundle, written first if its text is not there yet."""
        path = Path(self.storage.path(name))
        text = bundle(name)
        if not (path.exists() and path.read_text("utf-8") == text):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(draft).replace(path)  # another process never sees half of it
        return str(path)


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names with a hash of the content, in scripts' imports too, and .gz and .br beside them."""

    support_js_module_import_aggregation = True
