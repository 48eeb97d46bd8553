"""What a file is, by how it begins; which release, by titles and names."""

import pytest

from codes.fee_schedule.parse import releases
from codes.fee_schedule.parse.kinds import Kind, recognize
from codes.fee_schedule.records import FileError
from tests.codes.fee_schedule import federal

FILES = federal.release_files()
NEW_YORK = [("13202", "01", "NEW YORK", "MANHATTAN", "NEW YORK")]
SMALL_GPCI = b"mac,state,locality_number,locality_name,gpci_work,gpci_pe,gpci_mp\r\n"
SMALL_LOCCO = b"mac,locality_number,state,fee_schedule_area,counties,state_abb\r\n"
CONVERTED = federal.pprrvu_csv([], marker="RVU26B")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (FILES["PPRRVU2026_Jul_nonQPP.csv"], Kind.PPRRVU_CSV),
        (CONVERTED, Kind.PPRRVU_CSV),
        (CONVERTED.split(b"\r\n", 1)[1], Kind.PPRRVU_CSV),
        (FILES["PPRRVU2026_Jul_nonQPP.csv"].replace(b"HCPCS", b"CODE"), Kind.PPRRVU_CSV),
        (FILES["PPRRVU2026_Jul_nonQPP.txt"], Kind.PPRRVU_TXT),
        (FILES["GPCI2026.csv"], Kind.GPCI_CSV),
        (SMALL_GPCI, Kind.GPCI_CSV),
        (FILES["GPCI2026.txt"], Kind.GPCI_TXT),
        (FILES["26LOCCO.csv"], Kind.LOCCO_CSV),
        (SMALL_LOCCO, Kind.LOCCO_CSV),
        (
            b"COUNTIES INCLUDED IN 2025 LOCALITIES.\r\n\r\nMedicare AdmiLocality\r\n",
            Kind.LOCCO_TXT,
        ),
        (FILES["ANES2026.csv"], Kind.ANES_CSV),
        (FILES["ANES2026.txt"], Kind.ANES_TXT),
        (FILES["OPPSCAP_Jul.csv"], Kind.OPPSCAP_CSV),
        (FILES["OPPSCAP_Jul.csv"].replace(b"PROCSTAT", b"X"), Kind.OPPSCAP_CSV),
        (FILES["OPPSCAP_Jul.txt"], Kind.OPPSCAP_TXT),
        (federal.zip5(federal.zip_rows()), Kind.ZIP5_TXT),
        (federal.hcpcs_txt(federal.descriptions()), Kind.HCPCS_TXT),
        (federal.hcpcs_csv(federal.descriptions()), Kind.HCPCS_CSV),
    ],
)
@pytest.mark.parametrize("change", ["none", "LF", "BOM"])
def test_a_file_is_known_by_its_content(content, kind, change):
    if change == "LF":
        content = content.replace(b"\r\n", b"\n")
    elif change == "BOM":
        content = b"\xef\xbb\xbf" + content
    assert recognize("whatever.dat", content) is kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"<html><body>Not found</body></html>",
        b"\x00\x01\x02" * 100,
        b"                       Zip5 Record Layout\r\n",
        b"The National Physician Fee Schedule Relative Value File has this layout.\r\n",
        b"Date,Open,Close\r\n2026-01-01,1.00,2.00\r\n",
        # ZIP9: four more digits where ZIP5 is blank.
        federal.zip5(federal.zip_rows()[:1])[:20] + b"11234" + b" " * 50 + b"20264\r\n",
    ],
)
def test_anything_else_is_none_of_ours(content):
    assert recognize("a.csv", content) is None


@pytest.mark.parametrize(
    "name", ["rvu26c/PPRRVU2026_Jul_nonQPP.csv", "gpci2026.TXT", "ANES2026.csv", "a\\26LOCCO.csv"]
)
def test_a_name_of_ours_on_something_else_is_refused(name):
    with pytest.raises(FileError, match="named like one of CMS's"):
        recognize(name, b"a,b,c\r\n1,2,3\r\n")


def test_subjects():
    assert Kind.PPRRVU_TXT.subject == "PPRRVU"


def test_releases_of_titles():
    title = "2026 National Physician Fee Schedule Relative Value File"
    assert releases.of_title(f"{title} July Release") == "2026C"
    assert releases.of_title(f"{title} JAN RELEASE") == "2026A"
    assert releases.of_title(f"{title} May Release") is None
    assert releases.of_title("something else") == ""


@pytest.mark.parametrize(
    ("names", "release"),
    [
        (["PPRRVU2026_Apr_nonQPP.txt"], "2026B"),
        (["PPRRVU22_JAN.csv"], "2022A"),
        (["a.csv", "rvu26c-updated-06-30-2026.zip"], "2026C"),
        (["a.csv", "rvu25d_0"], "2025D"),
        (["PPRRVU24_JAN.csv", "RVU24AR.zip"], "2024AR"),
        (["PPRRVU24_JAN.csv", "rvu24ar.zip"], "2024AR"),
        (["PPRRVU24_JAN.csv", "rvu23ar.zip"], "2024A"),
        (["PPRRVU25_JAN.csv", "cms"], "2025A"),
        (["a.csv", "rvu26e", "rvu2026c", "rvu26cd"], ""),
        ([], ""),
    ],
)
def test_releases_of_names(names, release):
    assert releases.of_names(names) == release


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("GPCI2026.csv", 2026),
        ("ANES25.txt", 2025),
        ("OPPSCAP2024_Oct.csv", 2024),
        ("20LOCCO.converted.csv", 2020),
        ("2026LOCCO.csv", 2026),
        ("OPPSCAP_Oct.csv", None),
        ("other.csv", None),
    ],
)
def test_years_of_names(name, year):
    assert releases.year_of_name(name) == year


def test_quarters_of_names():
    assert releases.quarter_of_name("OPPSCAP_Oct.csv") == "D"
    assert releases.quarter_of_name("OPPSCAP2026_JAN.csv") == "A"
    assert releases.quarter_of_name("OPPSCAP.csv") == ""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["whatever.txt", "PPRRVU2026_Jul_nonQPP.csv"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_unicode_text_of_a_spreadsheet_is_called_so(encoding, name, separator):
    text = FILES["PPRRVU2026_Jul_nonQPP.csv"].decode("cp1252").replace(",", separator)
    with pytest.raises(FileError) as error:
        recognize(name, text.encode(encoding))
    assert str(error.value) == (
        f"{name}: the file is in UTF-16 (a spreadsheet calls that Unicode text), which is not "
        'read. Take the file as CMS published it, or save it as "CSV (comma delimited)" or '
        '"CSV UTF-8".'
    )


def test_other_texts_in_utf_16_are_none_of_ours():
    assert recognize("readme.txt", "Read me.\r\n".encode("utf-16")) is None
