"""Small files in the federal formats, written from figures, for the tests.

Descriptions are the tests' own words: CMS's files hold text of the AMA. Every function returns
the bytes of a file; `zipped` puts files into a zip, `resaved` does to a CSV what a spreadsheet
does.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from codes.fee_schedule.records import LocalityRow, OppsCapRow, RateRow, ZipRow

CENT = Decimal("0.01")
FACTOR = Decimal("33.4009")
QP_FACTOR = Decimal("33.5675")

_INDICATORS = ("mult_proc", "bilat", "asst", "cosurg", "team")
_RVUS = ("work_rvu", "pe_nonfac", "pe_fac", "mp_rvu")


def rate(hcpcs: str, modifier: str = "", work="0", pe=("0", "0"), mp="0", **columns) -> RateRow:
    """Return a row of PPRRVU: `pe` is non-facility and facility, the totals are computed."""
    work, nonfac, fac, mp = (Decimal(figure).quantize(CENT) for figure in (work, *pe, mp))
    none = Decimal("0.00")
    values = {
        "hcpcs": hcpcs,
        "modifier": modifier,
        "descriptor": f"Words for {hcpcs}",
        "status": "A",
        "not_used": False,
        "work_rvu": work,
        "pe_nonfac": nonfac,
        "nonfac_na": False,
        "pe_fac": fac,
        "fac_na": False,
        "mp_rvu": mp,
        "total_nonfac": work + nonfac + mp,
        "total_fac": work + fac + mp,
        "pctc": "0",
        "global_days": "XXX",
        "pre_pct": none,
        "intra_pct": none,
        "post_pct": none,
        **dict.fromkeys(_INDICATORS, "0"),
        "pricing_ind": "9",
        "endo_base": "",
        "conv_factor": FACTOR,
        "supervision": "09",
        "calc_flag": "0",
        "img_family": "99",
        "opps_pe_nonfac": none,
        "opps_pe_fac": none,
        "opps_mp": none,
    }
    return RateRow(**(values | columns))


def rates(**columns) -> list[RateRow]:
    """Return seven real rows of RVU26C, all indicators told apart by at least one of them."""
    share = {"pre_pct": Decimal("0.10"), "intra_pct": Decimal("0.69"), "post_pct": Decimal("0.21")}
    image = {"pctc": "1", "mult_proc": "4", "img_family": "88", "fac_na": True}
    return [
        rate("0001F", status="I", pctc="9", **dict.fromkeys(_INDICATORS, "9"), **columns),
        rate("00100", status="J", pctc="9", **dict.fromkeys(_INDICATORS, "9"), **columns),
        rate(
            "27447",
            work="19.11",
            pe=("11.58", "11.58"),
            mp="4.02",
            nonfac_na=True,
            global_days="090",
            mult_proc="2",
            bilat="1",
            asst="2",
            cosurg="1",
            **share,
            **columns,
        ),
        rate(
            "70450",
            work="0.83",
            pe=("2.30", "2.30"),
            mp="0.06",
            opps_pe_nonfac=Decimal("3.48"),
            opps_pe_fac=Decimal("3.48"),
            opps_mp=Decimal("0.07"),
            **image,
            **columns,
        ),
        rate("70450", "TC", pe=("2.00", "2.00"), mp="0.01", supervision="01", **image, **columns),
        rate("99213", work="1.30", pe=("1.46", "0.33"), mp="0.09", **columns),
        rate(
            "G0105",
            "53",
            work="1.59",
            pe=("3.87", "0.67"),
            mp="0.21",
            not_used=True,
            global_days="000",
            endo_base="45378",
            **columns,
        ),
    ]


def as_2025(rows: Iterable[RateRow], factor: Decimal = Decimal("32.3465")) -> list[RateRow]:
    """Return rows as a file of 31 columns holds them."""
    return [row._replace(pricing_ind="", conv_factor=factor) for row in rows]


def as_qp(rows: Iterable[RateRow]) -> list[RateRow]:
    """Return the rows that a QPP file would hold: paid by RVUs, with the factor for QP."""
    return [
        row._replace(pricing_ind="1", conv_factor=QP_FACTOR)
        for row in rows
        if row.status not in "IJ"
    ]


def csv_bytes(rows: Iterable[Sequence[object]], newline: str = "\r\n") -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=newline).writerows(rows)
    return text.getvalue().encode("cp1252")


# PPRRVU -----------------------------------------------------------------------------------

# The stacked heading of 2026: five lines, from the right end of the last.
_HEADING = (
    (29, "NON-FACILITY,FACILITY,"),
    (4, "NOT USED,,,,,,,,,,,,,,,,,,,,,,PHYSICIAN,,DIAGNOSTIC,PE USED,PE USED,MP USED"),
    (
        4,
        "FOR,,,NON-FAC,,FACILITY,,,,,,,,,,,,,,,,,SUPERVISION OF,,IMAGING,"
        "FOR OPPS,FOR OPPS,FOR OPPS",
    ),
    (
        3,
        "STATUS,MEDICARE,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,"
        "INTRA,POST,MULT,BILAT,ASST,CO-,TEAM,PRIC,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,"
        "PAYMENT,PAYMENT,PAYMENT",
    ),
    (
        0,
        "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,"
        "TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,IND,BASE,FACTOR,PROCEDURES,FLAG,"
        "INDICATOR,AMOUNT,AMOUNT,AMOUNT",
    ),
)
_PRICING = 23


def heading(columns: int = 32) -> list[list[str]]:
    """Return the five lines of the heading, of 32 or 31 columns."""
    lines = [[""] * blanks + text.split(",") for blanks, text in _HEADING]
    return [line if columns == 32 else line[:_PRICING] + line[_PRICING + 1 :] for line in lines]


def pprrvu_cells(row: RateRow, columns: int = 32) -> list[str]:
    """Return a row as the cells of the CSV."""
    marks = {"not_used": "+", "nonfac_na": "NA", "fac_na": "NA"}
    cells = [
        (marks[name] if value else "") if name in marks else str(value)
        for name, value in row._asdict().items()
    ]
    return cells if columns == 32 else cells[:_PRICING] + cells[_PRICING + 1 :]


def pprrvu_csv(
    rows: Iterable[RateRow],
    *,
    year: int = 2026,
    month: str = "July",
    released: str = "06/30/2026",
    copyright_year: int = 2026,
    marker: str = "",
    newline: str = "\r\n",
) -> bytes:
    """Return a PPRRVU file in CSV form: 32 columns from 2026 on, 31 before.

    With `marker` ("RVU24AR") it is a converted copy: one line of title and the heading's last.
    """
    columns = 32 if year >= 2026 else 31
    if marker:
        titles = [f"CONVERTED COPY - NOT A FILE AS PUBLISHED BY CMS: {marker} PPRRVU re-emitted"]
        stack = heading(columns)[-1:]
    else:
        titles = [
            f"{year} National Physician Fee Schedule Relative Value File {month} Release",
            "CPT codes and descriptions only are copyright "
            f"{copyright_year} American Medical Association.  All Rights Reserved. ",
            f"Dental codes (D codes) are copyright {year} American Dental Association.",
            " ",
            f"RELEASED {released}",
        ]
        stack = heading(columns)
    lines = [["", "", title] + [""] * (columns - 3) for title in titles]
    data = [pprrvu_cells(row, columns) for row in rows]
    return csv_bytes([*lines, *stack, *data], newline)


def _placed(width: int, *fields: tuple[int, int, str]) -> str:
    """Return a line with texts at positions from 1: left-aligned, or right where start > end."""
    line = [" "] * width
    for start, end, text in fields:
        first, last = min(start, end), max(start, end)
        room = last - first + 1
        assert len(text) <= room, (first, last, text)
        line[first - 1 : last] = text.rjust(room) if start > end else text.ljust(room)
    return "".join(line)


def pprrvu_line(row: RateRow) -> str:
    """Return a row as a record of fixed width, 171 characters."""
    cells = dict(zip(RateRow._fields, pprrvu_cells(row), strict=True))
    shares = "".join(
        cells[name].removeprefix("0") for name in ("pre_pct", "intra_pct", "post_pct")
    )
    return _placed(
        171,
        (1, 5, cells["hcpcs"]),
        (6, 7, cells["modifier"]),
        (8, 57, cells["descriptor"]),
        (58, 58, cells["status"]),
        (59, 59, cells["not_used"]),
        (65, 60, cells["work_rvu"]),
        (72, 67, cells["pe_nonfac"]),
        (73, 74, cells["nonfac_na"]),
        (81, 76, cells["pe_fac"]),
        (82, 83, cells["fac_na"]),
        (89, 85, cells["mp_rvu"]),
        (96, 91, cells["total_nonfac"]),
        (102, 97, cells["total_fac"]),
        (103, 103, cells["pctc"]),
        (104, 106, cells["global_days"]),
        (107, 115, shares),
        (116, 120, "".join(cells[name] for name in _INDICATORS)),
        (121, 121, cells["pricing_ind"]),
        (128, 132, cells["endo_base"]),
        (140, 133, cells["conv_factor"]),
        (142, 143, cells["supervision"]),
        (144, 144, cells["calc_flag"]),
        (146, 147, cells["img_family"]),
        (157, 152, cells["opps_pe_nonfac"]),
        (164, 159, cells["opps_pe_fac"]),
        (171, 166, cells["opps_mp"]),
    )


def lines_bytes(lines: Iterable[str], newline: str = "\r\n") -> bytes:
    return "".join(f"{line}{newline}" for line in lines).encode("cp1252")


def pprrvu_txt(
    rows: Iterable[RateRow], *, copyright_year: int = 2026, newline: str = "\r\n"
) -> bytes:
    """Return a PPRRVU file of fixed width, which says of itself no release."""
    notice = (
        "HDR CPT CODES AND DESCRIPTIONS ONLY ARE COPYRIGHT ",
        f"HDR {copyright_year} AMERICAN MEDICAL ASSOCIATION.  ALL RIGHTS",
        "HDR RESERVED.  APPLICABLE FARS/DFARS APPLY.       ",
    )
    return lines_bytes([*notice, *map(pprrvu_line, rows)], newline)


# Localities -------------------------------------------------------------------------------


def locality(
    mac: str, number: str, state: str, name: str, *indices: str, unfloored: str = ""
) -> LocalityRow:
    work, expense, malpractice = (Decimal(index).quantize(Decimal("0.001")) for index in indices)
    before = Decimal(unfloored).quantize(Decimal("0.001")) if unfloored else None
    return LocalityRow(mac, number, state, name, work, before, expense, malpractice)


def localities(unfloored: bool = False) -> list[LocalityRow]:
    """Return four real localities of 2026; with `unfloored`, also the work index before it."""
    floors = ("0.988", "1.500", "1.020", "1.064") if unfloored else ("",) * 4
    rows = (
        ("10112", "00", "AL", "ALABAMA", "1.000", "0.875", "0.566"),
        ("02102", "01", "AK", "ALASKA", "1.500", "1.065", "0.551"),
        ("01212", "01", "HI", "HAWAII, GUAM", "1.020", "1.165", "0.550"),
        ("13202", "01", "NY", "MANHATTAN", "1.064", "1.162", "1.586"),
    )
    return [locality(*row, unfloored=floor) for row, floor in zip(rows, floors, strict=True)]


def gpci_csv(
    rows: Iterable[LocalityRow], year: int = 2026, *, unfloored: bool = False, newline="\r\n"
) -> bytes:
    """Return a GPCI file of 7 columns, or of 8 with the work index before its floor."""
    titles = ["Medicare Administrative Contractor (MAC)", "State", "Locality Number"]
    titles += ["Locality Name"] + [f"{year} PW GPCI (without 1.0 Floor)"] * unfloored
    titles += [f"{year} PW GPCI (with 1.0 Floor)***", f"{year} PE GPCI", f"{year} MP GPCI"]
    blanks = [""] * (len(titles) - 1)
    data = []
    for row in rows:
        mark = "*" if row.state == "AK" else ""
        before = [row.work_gpci_unfloored] * unfloored
        cells = [row.mac, row.state, row.number, row.name + mark, *before]
        data.append([*cells, row.work_gpci, row.pe_gpci, row.mp_gpci])
    notes = ("MAC Assignments as of November 22, 2023", "", "*Work GPCI reflects a 1.5 floor.")
    return csv_bytes(
        [
            [f"ADDENDUM E. FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs)", *blanks],
            ["", *blanks],
            titles,
            *data,
            *([note, *blanks] for note in notes),
        ],
        newline,
    )


def gpci_txt(rows: Iterable[LocalityRow], year: int = 2026) -> bytes:
    """Return a GPCI file in print form."""
    title = f"Medicare Admi State  Locality{'Locality Name':>59}{' ':38}"
    title += f"{year} PW GPCI{year} PE GPCI{year} MP GPCI"
    data = [
        _placed(
            150,
            (1, 5, row.mac),
            (17, 18, row.state),
            (25, 26, row.number),
            (30, 118, row.name),
            (126, 119, str(row.work_gpci)),
            (138, 127, str(row.pe_gpci)),
            (150, 139, str(row.mp_gpci)),
        )
        for row in rows
    ]
    notes = ["MAC Assignments as of November 22, 2023", "", "*Work GPCI reflects a 1.5 floor.", ""]
    addendum = f"ADDENDUM E. FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs) BY STATE"
    return lines_bytes([addendum, "", title, *data, *notes])


def locco_csv(rows: Iterable[Sequence[str]], year: int = 2026) -> bytes:
    """Return a LOCCO file: rows of contractor, locality, state, area and counties."""
    data = [[*(f"{cell} " if cell else "" for cell in row)] for row in rows]
    for row in data:
        row[:2] = [row[0].strip().lstrip("0"), row[1].strip().lstrip("0") or "0"]
    title = f"COUNTIES INCLUDED IN {year} LOCALITIES. (ALPHABETICALLY BY STATE)"
    headings = ["Medicare Adminstrative Contractor", "Locality Number", "State "]
    return csv_bytes(
        [
            [title, "", "", "", ""],
            [""] * 5,
            [*headings, "Fee Schedule Area ", "Counties"],
            *(line for row in data for line in ([""] * 5, row)),
            ["*  Payment locality is serviced by two carriers.", "", "", "", ""],
        ]
    )


def anes_csv(factors: Mapping[tuple[str, str], str], national: str = "20.4976") -> bytes:
    """Return an ANES file: factors by contractor and locality."""
    return csv_bytes(
        [
            ["Contractor", "Locality", "Locality Name", f"National Anes CF of {national}"],
            *(
                [f"{mac} ", f"{number} ", "NAME", f"{cf} "]
                for (mac, number), cf in factors.items()
            ),
            [""] * 4,
        ]
    )


def anes_txt(factors: Mapping[tuple[str, str], str]) -> bytes:
    """Return an ANES file in print form, which ends with a DOS end-of-file byte."""
    lines = [
        _placed(77, (1, 5, mac), (13, 14, number), (19, 60, "NAME"), (77, 71, cf.replace(".", "")))
        for (mac, number), cf in factors.items()
    ]
    return lines_bytes(lines) + b"\x1a"


def factors(rows: Iterable[LocalityRow] = ()) -> dict[tuple[str, str], str]:
    """Return an anesthesia factor for each locality: 20.01, 20.02 and so on."""
    rows = rows or localities()
    return {(row.mac, row.number): f"20.{n:02}" for n, row in enumerate(rows, start=1)}


def oppscap_csv(rows: Iterable[OppsCapRow]) -> bytes:
    title = ["HCPCS", "MOD", "PROCSTAT", "CARRIER", "LOCALITY", "FACILITY PRICE"]
    return csv_bytes([[*title, "NON-FACILTY PRICE"], *rows, [""] * 7])


def oppscap_txt(rows: Iterable[OppsCapRow]) -> bytes:
    return lines_bytes(
        _placed(
            38,
            (1, 5, row.hcpcs),
            (6, 7, row.modifier),
            (9, 9, row.status),
            (11, 15, row.mac),
            (18, 19, row.number),
            (28, 20, str(row.facility)),
            (38, 29, str(row.nonfacility)),
        )
        for row in rows
    )


def oppscaps() -> list[OppsCapRow]:
    price = Decimal("150.60"), Decimal("151.00")
    return [OppsCapRow("70450", "TC", "A", row.mac, row.number, *price) for row in localities()]


def zip5_line(row: ZipRow, quarter: str = "20264") -> str:
    flag = "1" if row.needs_plus_four else "0"
    return _placed(
        80,
        (1, 2, row.state),
        (3, 7, row.zip_code),
        (8, 12, row.mac),
        (13, 14, row.number),
        (15, 15, row.rural),
        (16, 17, "Z9"),
        (18, 18, row.rural),
        (21, 21, flag),
        (23, 23, "A"),
        (76, 80, quarter),
    )


def zip5(rows: Iterable[ZipRow], quarter: str = "20264") -> bytes:
    return lines_bytes(zip5_line(row, quarter) for row in rows)


def zip_rows() -> list[ZipRow]:
    """Return a ZIP code for each of the localities, one of them in two."""
    first = {"AL": "35004", "AK": "99501", "HI": "96701", "NY": "10001"}
    return [
        ZipRow(first[row.state], row.state, row.mac, row.number, "R"[:n], n == 1)
        for n, row in enumerate(localities())
    ]


# HCPCS Level II -----------------------------------------------------------------------------


def hcpcs_txt(descriptions: Mapping[str, str]) -> bytes:
    """Return a HCPCS file of fixed width: descriptions by code or modifier (two characters)."""
    lines = ["Note regarding coverage of the codes in this file", ""]
    for code, text in descriptions.items():
        records = "37"[len(code) == 2], "48"[len(code) == 2]
        parts = re.findall(r".{1,80}(?:\s|$)", text)
        for n, part in enumerate(parts):
            line = f"{code:>5}{(n + 1) * 100:05}{records[n > 0]}{part.strip():80}"
            lines.append(line.ljust(320 if n == 0 else 91))
    return lines_bytes(lines)


def hcpcs_csv(descriptions: Mapping[str, str]) -> bytes:
    """Return the extract that third parties make of HCPCS files."""
    rows = [[f"{code:>5}", text, "09-12-2025"] for code, text in descriptions.items()]
    return csv_bytes([["Code", "Description", "last_updated"], *rows], "\n")


def descriptions() -> dict[str, str]:
    return {
        "A1": "Dressing for one wound",
        "A0021": "Ambulance service, outside state per mile, transport (medicaid only)",
        "G0105": " ".join(["Words that run on over several records of the file"] * 5),
    }


# What people do with files ------------------------------------------------------------------


def resaved(content: bytes) -> bytes:
    """Return a CSV as a spreadsheet saves it: numbers without needless zeros, LF line ends."""
    number = re.compile(r"0*([0-9]+)(?:(\.[0-9]*?)0*)?")

    def cell(text: str) -> str:
        found = number.fullmatch(text)
        return (found[1] + (found[2] or "")).removesuffix(".") if found else text

    rows = csv.reader(io.StringIO(content.decode("cp1252"), newline=""))
    return csv_bytes([[cell(text) for text in row] for row in rows], "\n")


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip of these files; return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def release_files() -> dict[str, bytes]:
    """Return the files of a whole release, RVU26C, as CMS puts them into a zip."""
    counties = [
        ("10112", "00", "ALABAMA", "STATEWIDE", "ALL COUNTIES"),
        ("02102", "01", "ALASKA", "STATEWIDE", "ALL COUNTIES"),
        ("01212", "01", "HAWAII/GUAM", "STATEWIDE", "ALL COUNTIES"),
        ("13202", "01", "NEW YORK", "MANHATTAN", "NEW YORK"),
    ]
    return {
        "PPRRVU2026_Jul_nonQPP.csv": pprrvu_csv(rates()),
        "PPRRVU2026_Jul_nonQPP.txt": pprrvu_txt(rates()),
        "PPRRVU2026_Jul_QPP.csv": pprrvu_csv(as_qp(rates())),
        "PPRRVU2026_Jul_QPP.txt": pprrvu_txt(as_qp(rates())),
        "GPCI2026.csv": gpci_csv(localities()),
        "GPCI2026.txt": gpci_txt(localities()),
        "26LOCCO.csv": locco_csv(counties),
        "ANES2026.csv": anes_csv(factors()),
        "ANES2026.txt": anes_txt(factors()),
        "OPPSCAP_Jul.csv": oppscap_csv(oppscaps()),
        "OPPSCAP_Jul.txt": oppscap_txt(oppscaps()),
        "RVU26C.pdf": b"%PDF-1.7 record layout",
    }


def with_cell(content: bytes, line: int, column: int, text: str) -> bytes:
    """Return a CSV with one cell replaced: line from 1, column from 0."""
    rows = list(csv.reader(io.StringIO(content.decode("cp1252"), newline="")))
    rows[line - 1][column] = text
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode("utf-8")
