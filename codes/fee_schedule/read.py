"""One import's files, read and put together as a package that contradicts itself nowhere.

What a file is, and of which release, is told by its content; names help where that is silent.
No Django and no database: what a release means for the one before is for load.py to ask.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from codes.fee_schedule import known
from codes.fee_schedule.archive import LIMITS, Document, Intake, Limits, printable
from codes.fee_schedule.parse import (
    anes,
    gpci,
    hcpcs,
    locco,
    oppscap,
    pprrvu,
    releases,
    tables,
    zip5,
)
from codes.fee_schedule.parse.kinds import Kind
from codes.fee_schedule.records import CountyRow, FileError, LocalityRow, Member, Package, RateRow


class _Parsed(Protocol):
    """What every parser returns has rows, and notes on what was restored or doubted."""

    @property
    def rows(self) -> Sequence[object]: ...
    @property
    def notes(self) -> list[str]: ...


Parsed = TypeVar("Parsed", bound=_Parsed)
Parser = Callable[[str, str], Parsed]
Progress = Callable[[str], None]

# "PPRRVU2026_Jul_QPP.csv", and not "PPRRVU2026_Jul_nonQPP.csv".
_QP_NAME = re.compile(r"(?<![A-Z])(?<!NON[-_ ])QPP?(?![A-Z])", re.IGNORECASE)


def read(
    sources: Sequence[Path],
    *,
    release: str = "",
    force: bool = False,
    progress: Progress | None = None,
    limits: Limits = LIMITS,
) -> Package:
    """Return what zips, folders and single files of CMS hold together.

    `release` ("2026C", "2026AR") is what the caller expects, or what to call files that do not
    say it themselves; FileError if a file says otherwise. Without a PPRRVU file the package has
    no rates, and `release` is as given. `force` takes files whose localities differ from one
    another, with a note. `progress` is told each step in a sentence.

    FileError, with one sentence, for the least that is amiss: nothing is taken in part.
    """
    if release and not known.is_release(release):
        raise FileError(f"{release!r} is no release: its name looks like 2026C or 2024AR.")
    intake = Intake(limits)
    for source in sources:
        before = len(intake.documents)
        intake.add(source)
        if len(intake.documents) == before:
            name = printable(source.resolve().name)
            raise FileError(f"{name}: none of the files in it can be imported.")
    say = progress or (lambda sentence: None)
    return _Reader(intake, release, force, say).package()


class _Reader:
    """The files of one import on their way into one package."""

    def __init__(self, intake: Intake, asked: str, force: bool, say: Progress) -> None:
        self._documents = intake.documents
        self._asked = asked
        self._force = force
        self._say = say
        self._package = Package()
        if intake.ignored:
            names = intake.ignored
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            self._note(
                "Ignored, being none of the files that can be imported: "
                f"{', '.join(names[:8])}{more}."
            )

    def package(self) -> Package:
        self._rates()
        self._localities()
        self._anesthesia()
        self._counties()
        self._opps_caps()
        self._zip_codes()
        self._descriptors()
        self._compare_localities()
        return self._package

    def _note(self, *sentences: str) -> None:
        self._package.notes.extend(sentences)

    def _read(self, parsers: Mapping[Kind, Parser[Parsed]]) -> list[tuple[Document, Parsed]]:
        """Return the files of these kinds, the form named first and those for QP last.

        A text form beside its CSV may be of an unknown layout: it would only be compared.
        """
        found = [
            document for kind in parsers for document in self._documents if document.kind is kind
        ]
        result: list[tuple[Document, Parsed]] = []
        for document in sorted(found, key=_is_named_qp):
            self._say(f"Reading {document.name}.")
            name = document.name
            try:
                parsed = parsers[document.kind](name, tables.decode(name, document.content))
            except FileError as error:
                if not (result and document.kind in _MAY_BE_UNKNOWN):
                    raise
                self._note(f"{name} was not compared with the CSV: {error}")
            else:
                result.append((document, parsed))
        return result

    def _take(self, pairs: Sequence[tuple[Document, Parsed]], subject: str = "") -> Parsed:
        """Take the first of several files of a kind, the others being known to say the same."""
        document, parsed = pairs[0]
        self._package.members.append(
            Member(
                document.name,
                subject or document.kind.subject,
                hashlib.sha256(document.content).hexdigest(),
                len(parsed.rows),
            )
        )
        self._note(*parsed.notes)
        return parsed

    def _same(
        self,
        pairs: Sequence[tuple[Document, Parsed]],
        value: Callable[..., object] = lambda row: row,
    ) -> None:
        """Refuse a second file of a kind unless it holds the same values as the first."""
        (document, first), *others = pairs
        values = set(map(value, first.rows))
        for twin, other in others:
            differing = values ^ set(map(value, other.rows))
            if differing:
                raise FileError(
                    f"{document.name} and {twin.name} are two different {document.kind.subject} "
                    f"files: {len(differing):,} rows stand in one of them only."
                )
            self._note(f"{twin.name} holds the same rows as {document.name}.")

    # PPRRVU ---------------------------------------------------------------------------------

    def _rates(self) -> None:
        pairs = self._read({Kind.PPRRVU_CSV: pprrvu.parse_csv, Kind.PPRRVU_TXT: pprrvu.parse_txt})
        self._package.release = self._release(pairs)
        if not pairs:
            return
        for_all = [pair for pair in pairs if not _is_qp(*pair)]
        for_qp = [pair for pair in pairs if _is_qp(*pair)]
        for document, rates in pairs:
            if ("" in rates.pricing_indicators) == (self._package.release >= "2026"):
                raise FileError(
                    f"{document.name}: the column PRIC IND is there from 2026 on and not before, "
                    f"but not so in this file of {self._package.release}."
                )
        if not for_all:
            raise FileError(
                f"{for_qp[0][0].name}: the file is the one for qualifying participants (QPP), "
                "which lacks codes; the nonQPP file is needed."
            )
        self._same(for_all, _twin_value(for_all))
        rates = self._take(for_all)
        package = self._package
        package.rates = rates.rows
        package.conversion_factor = rates.factor
        package.released_on = rates.released_on
        package.copyright_year = rates.copyright_year or int(package.release[:4])
        if for_qp:
            self._same(for_qp, _twin_value(for_qp))
            qp_rates = self._take(for_qp, "PPRRVU QPP")
            _check_qp(for_qp[0][0].name, qp_rates.rows, for_all[0][0].name, rates.rows)
            package.qp_conversion_factor = qp_rates.factor

    def _release(self, pairs: Sequence[tuple[Document, pprrvu.RateFile]]) -> str:
        """Return the one release that all PPRRVU files and the caller agree on."""
        told: dict[str, Document] = {}  # by base: A and AR are the same quarter
        corrected = ""
        for document, rates in pairs:
            own = self._own_release(document, rates)
            if own:
                told.setdefault(releases.base(own), document)
                corrected = own if own.endswith("R") else corrected
        if len(told) > 1:
            (first, one), (second, two) = list(told.items())[:2]
            raise FileError(
                f"Two releases at once: {one.name} is of {first} and {two.name} of {second}."
            )
        asked = self._asked
        if not pairs:
            self._refuse_empty_release()
            return asked
        if not told:
            if not asked:
                raise FileError(
                    f"{pairs[0][0].name}: neither the file nor its name says which release "
                    "it is of; say it when importing."
                )
            return asked
        base, document = next(iter(told.items()))
        release = corrected or base
        if asked and asked != release and (releases.base(asked) != base or corrected):
            raise FileError(f"{document.name} is of release {release}, not of {asked}.")
        return asked or release

    def _own_release(self, document: Document, rates: pprrvu.RateFile) -> str:
        """Return the release of a file by its content; its names may add that it is corrected."""
        named = releases.of_names(document.places)
        if not rates.release:
            return named
        if releases.base(named) == releases.base(rates.release):
            return max(named, rates.release)  # the one with the R
        if named:
            self._note(f"{document.name} is of {rates.release}, though its name says {named}.")
        return rates.release

    def _refuse_empty_release(self) -> None:
        for document in self._documents:
            for place in document.places[1:]:
                if place.lower().endswith(".zip") and releases.package(place):
                    raise FileError(
                        f"{printable(place)}: the zip of a release holds no PPRRVU file."
                    )

    # Files of a year ------------------------------------------------------------------------

    def _check_year(self, document: Document, year: int | None, quarter: str = "") -> None:
        """Refuse a file that is of another year (or quarter) than the release."""
        release = self._package.release
        if not release:
            return
        if year is None:
            self._note(f"{document.name} does not say its year; it was taken for {release}.")
        elif year != int(release[:4]):
            raise FileError(f"{document.name} is of {year}, not of the year of release {release}.")
        if quarter and quarter != release[4]:
            raise FileError(
                f"{document.name} is of quarter {quarter}, not of that of release {release}."
            )

    def _localities(self) -> None:
        pairs = self._read({Kind.GPCI_CSV: gpci.parse_csv, Kind.GPCI_TXT: gpci.parse_txt})
        for document, localities in pairs:
            self._check_year(document, localities.year or _year_by_name(document))
        if pairs:
            # Of two files with the same indices, the one that has them without the floor too.
            pairs.sort(key=lambda pair: pair[1].rows[0].work_gpci_unfloored is None)
            self._same(pairs, _index_values)
            self._package.localities = self._take(pairs).rows

    def _anesthesia(self) -> None:
        pairs = self._read({Kind.ANES_CSV: anes.parse_csv, Kind.ANES_TXT: anes.parse_txt})
        for document, _ in pairs:
            self._check_year(document, _year_by_name(document))
        for_qp = [pair for pair in pairs if _is_named_qp(pair[0])]
        for_all = pairs[: len(pairs) - len(for_qp)]
        if for_all:
            self._same(for_all)
            factors = self._take(for_all)
            self._package.anesthesia = factors.rows
            self._package.anesthesia_factor = factors.national
        if for_qp:
            self._same(for_qp)
            self._package.qp_anesthesia_factor = self._take(for_qp, "ANES QPP").national

    def _counties(self) -> None:
        pairs = self._read({Kind.LOCCO_CSV: locco.parse_csv})
        for document in self._documents:
            if document.kind is Kind.LOCCO_TXT:
                self._note(f"{document.name}: counties are read from the CSV, not in print form.")
        if not pairs:
            return
        self._same(pairs)
        counties = self._take(pairs)
        self._package.counties = counties.rows
        release = self._package.release
        year = counties.year or _year_by_name(pairs[0][0])
        if year and release and year != int(release[:4]):
            self._note(f"{pairs[0][0].name}: the counties are those of {year}.")

    def _opps_caps(self) -> None:
        pairs = self._read(
            {Kind.OPPSCAP_CSV: oppscap.parse_csv, Kind.OPPSCAP_TXT: oppscap.parse_txt}
        )
        for document, _ in pairs:
            quarter = releases.quarter_of_name(document.places[0])
            self._check_year(document, _year_by_name(document), quarter)
        for_all = [pair for pair in pairs if not _is_named_qp(pair[0])]
        for document, _ in pairs[len(for_all) :]:
            self._note(f"{document.name}: the caps for qualifying participants were not taken.")
        if for_all:
            self._same(for_all)
            self._package.opps_caps = self._take(for_all).rows

    # Files of no release --------------------------------------------------------------------

    def _zip_codes(self) -> None:
        pairs = self._read({Kind.ZIP5_TXT: zip5.parse_txt})
        if pairs:
            self._same(pairs)
            zips = self._take(pairs)
            self._package.zip_codes = zips.rows
            self._package.zip_quarter = zips.quarter

    def _descriptors(self) -> None:
        pairs = self._read({Kind.HCPCS_TXT: hcpcs.parse_txt, Kind.HCPCS_CSV: hcpcs.parse_csv})
        if pairs:
            self._same(pairs)
            self._package.descriptors = self._take(pairs).rows

    def _compare_localities(self) -> None:
        """Refuse files that do not pay by the same localities as the GPCI file, unless forced."""
        package = self._package
        if not package.localities:
            return
        package.localities = _with_states(package.localities, package.counties)
        own = {(row.mac, row.number) for row in package.localities}
        by_zip = {(row.mac, row.number) for row in package.zip_codes}
        by_anesthesia = {(row.mac, row.number) for row in package.anesthesia}
        for what, keys in (("ZIP code", by_zip), ("ANES", by_anesthesia)):
            if keys and keys != own:
                sentence = (
                    f"The {what} file and the GPCI file differ in their localities: "
                    f"{_some(keys ^ own)}."
                )
                if not self._force:
                    raise FileError(sentence)
                self._note(sentence)
        by_county = {(row.mac, row.number) for row in package.counties}
        by_cap = {(row.mac, row.number) for row in package.opps_caps}
        # RVU25D lists six localities of one contractor of California under the other too.
        for what, keys in (("LOCCO", by_county), ("OPPSCAP", by_cap)):
            if keys - own:
                self._note(f"{what} has localities that GPCI lacks: {_some(keys - own)}.")


# PPRRVU is not among them: its text form is known since 2020.
_MAY_BE_UNKNOWN = (Kind.GPCI_TXT, Kind.ANES_TXT, Kind.OPPSCAP_TXT)


def _is_named_qp(document: Document) -> bool:
    return bool(_QP_NAME.search(document.places[0]))


def _year_by_name(document: Document) -> int | None:
    """Return the year in a file's name, or else in that of its folder or zip."""
    year = releases.year_of_name(document.places[0])
    release = releases.of_names(document.places)
    return year or (int(release[:4]) if release else None)


def _is_qp(document: Document, rates: pprrvu.RateFile) -> bool:
    """Return whether a PPRRVU file is that for qualifying participants, by its PRIC IND."""
    return rates.pricing_indicators == {"1"} or _is_named_qp(document)


def _twin_value(
    pairs: Sequence[tuple[Document, pprrvu.RateFile]],
) -> Callable[[RateRow], RateRow]:
    """Return what two files must have in common: whole rows if both are CSV.

    CMS makes the text form apart: a word of a description may differ by a character (A2044 of
    RVU26B has a no-break space there), and some releases leave out the mark "not used".
    """
    if all(document.kind is Kind.PPRRVU_CSV for document, _ in pairs):
        return lambda row: row
    return lambda row: row._replace(descriptor="", not_used=False)


def _check_qp(
    qp_name: str, qp_rows: Iterable[RateRow], name: str, rows: Iterable[RateRow]
) -> None:
    """Refuse a QPP file that has other values than the nonQPP file: only the factor differs."""
    values = {(row.hcpcs, row.modifier): _rvus(row) for row in rows}
    for row in qp_rows:
        key = (row.hcpcs, row.modifier)
        if values.get(key) != _rvus(row):
            raise FileError(f"{qp_name} has other RVUs for {_named(key)} than {name}.")


def _rvus(row: RateRow) -> tuple[object, ...]:
    return (
        row.work_rvu,
        row.pe_nonfac,
        row.pe_fac,
        row.mp_rvu,
        row.total_nonfac,
        row.total_fac,
    )


def _index_values(row: LocalityRow) -> tuple[object, ...]:
    return (row.mac, row.number, row.work_gpci, row.pe_gpci, row.mp_gpci)


def _with_states(localities: list[LocalityRow], counties: list[CountyRow]) -> list[LocalityRow]:
    """Return the localities, with the state of their counties where the file has none (2020)."""
    states: dict[tuple[str, str], str] = {}
    for county in counties:
        states.setdefault((county.mac, county.number), county.state)
    return [
        row if row.state else row._replace(state=states.get((row.mac, row.number), ""))
        for row in localities
    ]


def _named(key: tuple[str, str]) -> str:
    return " ".join(filter(None, key))


def _some(keys: set[tuple[str, str]]) -> str:
    shown = ", ".join("-".join(key) for key in sorted(keys)[:5])
    return f"{shown} and {len(keys) - 5} more" if len(keys) > 5 else shown
