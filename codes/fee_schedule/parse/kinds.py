"""What a file is, told by how it begins. Its name only helps to doubt it."""

import re
from collections.abc import Callable
from enum import StrEnum

from codes.fee_schedule.records import FileError


class Kind(StrEnum):
    """A federal file in one of its forms; the first word is the kind that a Member names."""

    PPRRVU_CSV = "PPRRVU CSV"
    PPRRVU_TXT = "PPRRVU text"
    GPCI_CSV = "GPCI CSV"
    GPCI_TXT = "GPCI text"
    LOCCO_CSV = "LOCCO CSV"
    LOCCO_TXT = "LOCCO text"
    ANES_CSV = "ANES CSV"
    ANES_TXT = "ANES text"
    OPPSCAP_CSV = "OPPSCAP CSV"
    OPPSCAP_TXT = "OPPSCAP text"
    ZIP5_TXT = "ZIP5 text"
    HCPCS_CSV = "HCPCS CSV"
    HCPCS_TXT = "HCPCS text"

    @property
    def subject(self) -> str:
        return self.split()[0]


HEAD_BYTES = 16_384

# What to say of a file in UTF-16, and what to do.
UTF_16 = (
    "the file is in UTF-16 (a spreadsheet calls that Unicode text), which is not read. Take the "
    'file as CMS published it, or save it as "CSV (comma delimited)" or "CSV UTF-8".'
)

_PPRRVU_TITLE = re.compile(
    r'^[," ]*,[," ]*20\d\d NATIONAL PHYSICIAN FEE SCHEDULE RELATIVE VALUE FILE'
    r"|^[, ]*,CONVERTED COPY\b.*\bPPRRVU",
    re.MULTILINE,
)
_ZIP5 = re.compile(r"[A-Z]{2}\d{12}.{7}.? .? {52}\d{5}")
_ANES = re.compile(r"\d{5} {7}\d{2} {4}[A-Z].{40,60}\d{4}")
_OPPSCAP = re.compile(
    r"[0-9A-Z]{5}(?:  |[0-9A-Z]{2})[ A-Z]{2} \d{5}  \d{2} *\d+\.\d{2} +\d+\.\d{2}"
)
_HCPCS = re.compile(r"(?: {3}[0-9A-Z]{2}|[A-V]\d{4})00100[37]\S.*")


def _is_pprrvu_csv(lines: list[str]) -> bool:
    return bool(_PPRRVU_TITLE.search("\n".join(lines))) or any(
        line.startswith(("HCPCS,", '"HCPCS",')) and line.count(",") > 20 for line in lines
    )


def _is_oppscap_csv(lines: list[str]) -> bool:
    return "PROCSTAT" in lines[0] or {"HCPCS", "CARRIER", "LOCALITY"} <= _cells(lines[0])


def _is_gpci(lines: list[str]) -> bool:
    first = lines[:4]
    return any("GEOGRAPHIC PRACTICE COST IND" in line for line in first) or any(
        {"GPCI_WORK", "GPCI_PE", "GPCI_MP"} & _cells(line) for line in first
    )


def _is_locco(lines: list[str]) -> bool:
    return "COUNTIES INCLUDED IN" in lines[0] or {"COUNTIES", "FEE_SCHEDULE_AREA"} <= _cells(
        lines[0]
    )


def _is_anes_csv(lines: list[str]) -> bool:
    return "," in lines[0] and "LOCALITY" in lines[0] and "ANES" in lines[0]


def _is_hcpcs_csv(lines: list[str]) -> bool:
    return {"CODE", "DESCRIPTION", "LAST_UPDATED"} <= _cells(lines[0])


def _cells(line: str) -> set[str]:
    return {cell.strip('" ') for cell in line.split(",")}


def _has(pattern: re.Pattern[str]) -> Callable[[list[str]], bool]:
    def has(lines: list[str]) -> bool:
        return any(pattern.fullmatch(line) for line in lines)

    return has


def _with(form: str, rule: Callable[[list[str]], bool]) -> Callable[[list[str]], bool]:
    """Return the rule for one form of a file whose text form has the same words as its CSV."""

    def has(lines: list[str]) -> bool:
        return rule(lines) and any("," in line for line in _headings(lines)) == (form == "CSV")

    return has


def _headings(lines: list[str]) -> list[str]:
    return [line for line in lines[:5] if "LOCALITY" in line and "LOCALITIES" not in line]


_RULES: tuple[tuple[Kind, Callable[[list[str]], bool]], ...] = (
    (Kind.PPRRVU_TXT, lambda lines: lines[0].startswith("HDR ")),
    (Kind.PPRRVU_CSV, _is_pprrvu_csv),
    (Kind.OPPSCAP_CSV, _is_oppscap_csv),
    (Kind.GPCI_CSV, _with("CSV", _is_gpci)),
    (Kind.GPCI_TXT, _is_gpci),
    (Kind.LOCCO_CSV, _with("CSV", _is_locco)),
    (Kind.LOCCO_TXT, _is_locco),
    (Kind.ANES_CSV, _is_anes_csv),
    (Kind.HCPCS_CSV, _is_hcpcs_csv),
    (Kind.ZIP5_TXT, _has(_ZIP5)),
    (Kind.ANES_TXT, _has(_ANES)),
    (Kind.OPPSCAP_TXT, _has(_OPPSCAP)),
    (Kind.HCPCS_TXT, _has(_HCPCS)),
)
_NAMES = re.compile(r"(?:PPRRVU|GPCI|ANES|OPPSCAP|(?:20)?[0-9]{2}LOCCO).*\.(?:csv|txt)", re.I)


def recognize(name: str, head: bytes) -> Kind | None:
    """Return what the file with this name and these first bytes is, or None if none of ours.

    FileError for a file named like one of ours that does not begin like any, and for one of ours
    that a spreadsheet saved as "Unicode text".
    """
    kind = _kind_of(head.removeprefix(b"\xef\xbb\xbf").decode("latin-1"))
    if kind:
        return kind
    is_named = _NAMES.fullmatch(name.replace("\\", "/").rsplit("/", 1)[-1])
    if wide := _from_utf_16(head):
        if is_named or _kind_of(wide) or _kind_of(wide.replace("\t", ",")):
            raise FileError(f"{name}: {UTF_16}")
    elif is_named:
        raise FileError(
            f"{name}: the file is named like one of CMS's, but has none of their known layouts."
        )
    return None


def _kind_of(text: str) -> Kind | None:
    lines = [line.rstrip() for line in re.split(r"\r\n?|\n", text.upper())[:60]]
    return next((kind for kind, rule in _RULES if rule(lines)), None)


def _from_utf_16(head: bytes) -> str:
    """Return the text of a file in UTF-16, or "" if it is in another encoding.

    Without a byte order mark it shows by its zeros: every second byte of plain text is one.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif _is_zero(head[1:400:2]) and not _is_zero(head[0:400:2]):
        encoding = "utf-16-le"
    elif _is_zero(head[0:400:2]) and not _is_zero(head[1:400:2]):
        encoding = "utf-16-be"
    else:
        return ""
    return head[: len(head) // 2 * 2].decode(encoding, "replace")


def _is_zero(content: bytes) -> bool:
    """Return whether most of these bytes are zero."""
    return content.count(0) > len(content) / 2
