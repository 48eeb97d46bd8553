"""Two releases with every state of a code page, four localities, ZIP codes and counties.

Figures are those of RVU26C, and for 2025D those of the gallbladder operation in RVU25A. The
published wordings are made up: the real ones belong to others.
"""

from datetime import date
from decimal import Decimal

from django.test import Client

from codes.fee_schedule.activate import activate
from codes.fee_schedule.load import load
from codes.fee_schedule.records import (
    AnesthesiaRow,
    CountyRow,
    DescriptorRow,
    LocalityRow,
    RateRow,
    ZipRow,
)
from codes.models import Code
from tests.codes.page import facts
from tests.codes.rates import Row
from tests.factories import (
    CodeContentFactory,
    QuestionFactory,
    RelatedCodeFactory,
    SpecialtyFactory,
    package,
    rate_row,
)

WORDING = "Wording as published of"
WITH_TEXT = "47562"
LABEL = "Laparoscopic gallbladder removal"
GONE = "99201"
PLACEHOLDER = "GXXX1"


def file_row(row: Row) -> RateRow:
    """Return a row of facts.py as the file holds it, with a wording that is the tests' own."""
    values = {name: getattr(row, name) for name in Row.__slots__}
    hcpcs, modifier = values.pop("hcpcs"), values.pop("modifier")
    return rate_row(hcpcs, modifier, descriptor=f"{WORDING} {hcpcs}", **values)


def rates_2026c() -> list[RateRow]:
    rows = [file_row(row) for rows in facts.STATES.values() for row in rows]
    more = [
        rate_row("47600", work_rvu="17.04", pe_nonfac="8.80", pe_fac="8.80", nonfac_na=True),
        rate_row("47563", work_rvu="11.18", pe_nonfac="6.35", pe_fac="6.35", nonfac_na=True),
        file_row(facts.GROUP_SESSION)._replace(hcpcs=PLACEHOLDER, descriptor="A place kept"),
    ]
    return sorted([*rows, *more])


def rates_2025d() -> list[RateRow]:
    """Return the rows a year earlier: another gallbladder, a code that is gone since."""
    factor = Decimal("32.3465")
    later = [row for row in rates_2026c() if row.hcpcs not in {WITH_TEXT, "0054T"}]
    rows = [*later, facts.gallbladder("10.47 6.97 2.62"), rate_row(GONE, work_rvu="0.48")]
    return sorted(row._replace(conv_factor=factor, pricing_ind="") for row in rows)


def _locality(mac: str, number: str, state: str, name: str, place: facts.Place) -> LocalityRow:
    work, practice, malpractice = place.gpcis
    return LocalityRow(mac, number, state, name, work, None, practice, malpractice)


LOCALITIES = [
    _locality("10112", "00", "AL", "ALABAMA", facts.ALABAMA),
    _locality("07102", "13", "AR", "ARKANSAS", facts.ARKANSAS),
    _locality("09102", "04", "FL", "MIAMI", facts.MIAMI),
    _locality("13202", "01", "NY", "MANHATTAN", facts.MANHATTAN),
]
COUNTIES = [
    CountyRow("AL", "All counties", "10112", "00"),
    CountyRow("FL", "DADE", "09102", "04"),
    CountyRow("FL", "MONROE", "09102", "04"),
    CountyRow("AR", "MONROE", "07102", "13"),
    CountyRow("NY", "NEW YORK", "13202", "01"),
    CountyRow("NY", "ELSEWHERE", "99999", "99"),  # a locality that is not in the GPCI file
]
ZIP_CODES = [
    ZipRow("10016", "NY", "13202", "01", "", False),
    ZipRow("10017", "NY", "13202", "01", "", False),
    ZipRow("33109", "FL", "09102", "04", "", True),
    ZipRow("36003", "AL", "10112", "00", "R", False),
    ZipRow("99999", "NY", "99999", "99", "", False),
]


def load_releases() -> None:
    """Load 2025D and 2026C, show 2026C, and publish a text for 47562."""
    common = {"localities": LOCALITIES, "counties": COUNTIES}
    load(package("2025D", rates_2025d(), **common), confirmed=True, force=True)
    load(
        package(
            "2026C",
            rates_2026c(),
            released_on=date(2026, 6, 30),
            anesthesia=[AnesthesiaRow("13202", "01", Decimal("20.7500"))],
            zip_codes=ZIP_CODES,
            zip_quarter="20263",
            descriptors=[DescriptorRow("G0411", "The long text of a group session")],
            **common,
        ),
        confirmed=True,
        force=True,
        activate=True,
    )
    write_text()


def write_text(hcpcs: str = WITH_TEXT, label: str = LABEL):
    """Publish a text with Markdown, a question, related codes and a specialty."""
    code = Code.objects.get(pk=hcpcs)
    content = CodeContentFactory(
        code=code,
        label=label,
        synonyms=["lap chole", "keyhole cholecystectomy"],
        description="Keyhole surgery to take out the *gallbladder*.",
        plain_language="The surgeon works through **small cuts**.",
        sources=["Pub. 100-04, chapter 12, section 40"],
    )
    content.specialties.add(SpecialtyFactory(slug="general-surgery", name="General surgery"))
    QuestionFactory(content=content, question="What if it becomes an open operation?",
                    answer="Report the open code, 47600.")  # fmt: skip
    RelatedCodeFactory(content=content, code=Code.objects.get(pk="47600"), kind="instead",
                       note="the operation was open")  # fmt: skip
    return content.publish()


def addresses() -> dict[str, str]:
    """Return the address of every code of 2026C by its number."""
    codes = Code.objects.filter(rates__schedule__release="2026C").distinct()
    return {code.hcpcs: code.get_absolute_url() for code in codes.select_related("category")}


def pages_by_release(client: Client, address: str) -> dict[str, bytes]:
    """Return one page as each release shows it; 2026C is active afterwards."""
    pages = {}
    for release in ("2025D", "2026C"):
        activate(release)
        pages[release] = client.get(address).content
    return pages
