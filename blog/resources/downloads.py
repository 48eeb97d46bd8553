"""What can be downloaded: lists for a spreadsheet, whole releases for a program."""

from typing import NamedTuple

from django.urls import NoReverseMatch, reverse

from codes.shown import Shown


class Download(NamedTuple):
    """A file at this site: `form` is CSV or JSON lines."""

    title: str
    form: str
    url: str


def lists(state: Shown) -> list[Download]:
    """Return the lists as they are on their pages."""
    found = [
        Download("All codes with their RVUs and national amounts", "CSV",
                 f"{reverse('codes:list')}?format=csv"),
        Download("Localities with their indices", "CSV", reverse("blog:localities_csv")),
        Download("Conversion factors since 2020", "CSV", reverse("blog:factors_csv")),
        Download("Glossary", "CSV", reverse("blog:glossary_csv")),
    ]  # fmt: skip
    return found


def releases(state: Shown) -> list[tuple[str, list[Download]]]:
    """Return the bulk files of each loaded release, the newest first, if the site has an API."""
    names = sorted((one.release for one in state.schedules.values()), reverse=True)
    return [(name, files) for name in names if (files := _of_release(name))]


def _of_release(release: str) -> list[Download]:
    kinds = (("CSV", "api_rates_csv"), ("JSON lines", "api_rates_jsonl"))
    found = []
    for form, name in kinds:
        try:
            url = reverse(f"codes:{name}", args=[release])
        except NoReverseMatch:
            continue
        found.append(Download(f"All rows of {release}", form, url))
    return found
