"""Resources with figures of the releases: there with or without an editor's text about them."""

from typing import NamedTuple


class Live(NamedTuple):
    """How such a page is called where no editor has written a landing page of its slug."""

    title: str
    summary: str


LIVE = {
    "conversion-factors": Live(
        "Conversion factors since 2020",
        "The dollars that Medicare pays for one RVU, year by year, with the factors of anesthesia "
        "and of qualifying APM participants.",
    ),
    "localities": Live(
        "Localities and their indices",
        "Every Medicare payment locality with its three geographic indices. Find yours by ZIP "
        "code, county or state.",
    ),
    "modifiers": Live(
        "Modifiers: what each does to pay and credit",
        "The two characters after a code: which of them change what Medicare pays, by how much, "
        "and which wRVU credit usually follows.",
    ),
    "indicators": Live(
        "Status and other indicators",
        "What each letter and digit of the federal file means, and how many codes carry it in the "
        "release in force.",
    ),
    "data-quality": Live(
        "Where the figures come from",
        "Every release that is loaded here: its files, dates, rows and checksums, and what is "
        "known to be wrong with them.",
    ),
    "downloads": Live(
        "Downloads",
        "The figures of this site as files for a spreadsheet or a program, free of charge.",
    ),
}
