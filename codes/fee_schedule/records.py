"""What the federal files hold once they are read: plain values, no Django, no text layouts."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class FileError(ValueError):
    """A file that cannot be taken: one readable sentence, with line and column where known.

    `errors` holds every sentence, this one too, where a file was read on to its end (a dry run
    shows the first fifty).
    """

    def __init__(self, message: str, errors: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors or (message,)


class RateRow(NamedTuple):
    """One row of PPRRVU, columns in file order (record layout RVU26B.pdf)."""

    hcpcs: str
    modifier: str
    descriptor: str
    status: str
    not_used: bool
    work_rvu: Decimal
    pe_nonfac: Decimal
    nonfac_na: bool
    pe_fac: Decimal
    fac_na: bool
    mp_rvu: Decimal
    total_nonfac: Decimal
    total_fac: Decimal
    pctc: str
    global_days: str
    pre_pct: Decimal
    intra_pct: Decimal
    post_pct: Decimal
    mult_proc: str
    bilat: str
    asst: str
    cosurg: str
    team: str
    pricing_ind: str
    endo_base: str
    conv_factor: Decimal
    supervision: str
    calc_flag: str
    img_family: str
    opps_pe_nonfac: Decimal
    opps_pe_fac: Decimal
    opps_mp: Decimal


class LocalityRow(NamedTuple):
    mac: str
    number: str
    state: str
    name: str
    work_gpci: Decimal
    work_gpci_unfloored: Decimal | None
    pe_gpci: Decimal
    mp_gpci: Decimal


class AnesthesiaRow(NamedTuple):
    mac: str
    number: str
    factor: Decimal


class CountyRow(NamedTuple):
    state: str
    name: str
    mac: str
    number: str


class OppsCapRow(NamedTuple):
    hcpcs: str
    modifier: str
    status: str
    mac: str
    number: str
    facility: Decimal
    nonfacility: Decimal


class ZipRow(NamedTuple):
    zip_code: str
    state: str
    mac: str
    number: str
    rural: str
    needs_plus_four: bool


class DescriptorRow(NamedTuple):
    hcpcs: str
    text: str


@dataclass(frozen=True)
class Member:
    """One file that was taken, for the page that says where figures come from."""

    name: str
    kind: str
    sha256: str
    rows: int


@dataclass
class Package:
    """All that one import brings, read and checked, before the database is touched.

    `release` is "" where the sources hold only files that belong to no release (ZIP codes,
    HCPCS texts). `notes` say what was restored or doubted, one sentence each.
    """

    release: str = ""
    released_on: date | None = None
    copyright_year: int | None = None
    conversion_factor: Decimal | None = None
    qp_conversion_factor: Decimal | None = None
    anesthesia_factor: Decimal | None = None
    qp_anesthesia_factor: Decimal | None = None
    zip_quarter: str = ""
    rates: list[RateRow] = field(default_factory=list)
    localities: list[LocalityRow] = field(default_factory=list)
    anesthesia: list[AnesthesiaRow] = field(default_factory=list)
    counties: list[CountyRow] = field(default_factory=list)
    opps_caps: list[OppsCapRow] = field(default_factory=list)
    zip_codes: list[ZipRow] = field(default_factory=list)
    descriptors: list[DescriptorRow] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
