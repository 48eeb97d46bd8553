"""Opening zips, folders and files that may be hostile."""

import os
import re
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codes.fee_schedule.archive import LIMITS, MEGABYTE, Intake, Limits, printable
from codes.fee_schedule.parse.kinds import Kind
from codes.fee_schedule.records import FileError
from tests.codes.fee_schedule import federal

ANES = federal.anes_csv(federal.factors())


def take(*sources: Path, limits: Limits = LIMITS) -> Intake:
    intake = Intake(limits)
    for source in sources:
        intake.add(source)
    return intake


def refusal(*sources: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(FileError) as error:
        take(*sources, limits=limits)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def archive(tmp_path) -> Path:
    return federal.zipped(tmp_path / "rvu26c.zip", {"sub/ANES2026.csv": ANES, "a.pdf": b"%PDF"})


class TestTaken:
    def test_a_zip(self, archive, tmp_path):
        intake = take(archive)
        (document,) = intake.documents
        assert document.name == "rvu26c.zip/sub/ANES2026.csv"
        assert document.places == ("ANES2026.csv", "sub", "rvu26c.zip", tmp_path.name)
        assert document.kind is Kind.ANES_CSV
        assert document.content == ANES
        assert intake.ignored == ["rvu26c.zip/a.pdf"]

    def test_a_folder_and_what_is_below_it(self, tmp_path):
        folder = tmp_path / "rvu26c" / "below"
        folder.mkdir(parents=True)
        (folder / "ANES2026.csv").write_bytes(ANES)
        (folder / "notes.md").write_text("# Notes")
        federal.zipped(folder / "more.zip", {"ANES2026.txt": federal.anes_txt(federal.factors())})
        intake = take(tmp_path / "rvu26c")
        assert [document.name for document in intake.documents] == [
            "below/ANES2026.csv",
            "below/more.zip/ANES2026.txt",
        ]
        assert intake.documents[0].places == ("ANES2026.csv", "below", "rvu26c")
        assert intake.documents[1].places == ("ANES2026.txt", "more.zip", "below", "rvu26c")
        assert intake.ignored == ["below/notes.md"]

    def test_a_single_file_knows_its_folder(self, tmp_path):
        folder = tmp_path / "rvu26c"
        folder.mkdir()
        (folder / "ANES2026.csv").write_bytes(ANES)
        assert take(folder / "ANES2026.csv").documents[0].places == ("ANES2026.csv", "rvu26c")

    def test_a_stored_member_and_a_folder_in_the_zip(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as archive:
            archive.mkdir("sub")
            archive.writestr("sub/ANES2026.csv", ANES)
            archive.writestr("empty.txt", b"")
        intake = take(tmp_path / "a.zip")
        assert [document.content for document in intake.documents] == [ANES]
        assert intake.ignored == ["a.zip/empty.txt"]

    def test_links_and_devices_in_a_folder_are_ignored(self, tmp_path):
        folder, outside = tmp_path / "in", tmp_path / "out"
        folder.mkdir()
        outside.mkdir()
        (outside / "ANES2026.csv").write_bytes(ANES)
        (folder / "folder").symlink_to(outside)
        (folder / "ANES2026.csv").symlink_to(outside / "ANES2026.csv")
        os.mkfifo(folder / "pipe")
        intake = take(folder)
        assert intake.documents == []
        assert intake.ignored == ["ANES2026.csv", "pipe"]

    def test_a_workbook_is_ignored_wherever_it_is(self, tmp_path):
        workbook = federal.zipped(tmp_path / "a.xlsx", {"xl/workbook.xml": b"<workbook/>"})
        federal.zipped(tmp_path / "b.zip", {"a.xlsx": workbook.read_bytes()})
        assert take(tmp_path).ignored == ["a.xlsx", "b.zip/a.xlsx"]


class TestRefused:
    def test_nothing_there(self, tmp_path):
        assert "there is no such file or folder" in refusal(tmp_path / "none.zip")

    def test_a_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        assert refusal(tmp_path / "pipe").endswith(
            "/pipe: this is a pipe or a device, which cannot be read twice. Save what it gives as "
            "a file, and import that."
        )

    def test_a_device(self):
        assert refusal(Path("/dev/null")).startswith("/dev/null: this is a pipe or a device")

    @pytest.mark.parametrize(
        ("name", "reason"),
        [("a" * 300, "File name too long"), ("a\0b", "its name is none that a file can have")],
    )
    def test_a_name_that_cannot_be(self, tmp_path, name, reason):
        assert refusal(tmp_path / name).endswith(f"cannot be read ({reason}).")

    def test_a_workbook_on_its_own(self, tmp_path):
        workbook = federal.zipped(tmp_path / "a.XLSX", {"xl/workbook.xml": b"<workbook/>"})
        assert refusal(workbook).endswith("can be imported. Save a workbook as CSV.")

    def test_a_single_file_that_is_none_of_ours(self, tmp_path):
        (tmp_path / "a.txt").write_text("hello\n")
        assert refusal(tmp_path / "a.txt") == (
            "a.txt: the file is none of those that can be imported."
        )

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"<!DOCTYPE html><html>", "this is a web page, not a zip"),
            (b"  \n<HTML>", "this is a web page, not a zip"),
            (b"Sorry: <html>", "this is a web page, not a zip"),
            (b"", "the file is empty"),
            (b"hello", "the file is no zip"),
            (b"PK\x03\x04", "the zip is damaged or incomplete (File is not a zip file)"),
        ],
    )
    def test_what_is_only_named_zip(self, tmp_path, content, reason):
        (tmp_path / "rvu26c.zip").write_bytes(content)
        assert reason in refusal(tmp_path / "rvu26c.zip")
        assert reason in refusal(tmp_path)

    def test_truncated_anywhere(self, archive):
        content = archive.read_bytes()
        for cut in range(4, len(content), 7):
            archive.write_bytes(content[:cut])
            assert "the zip is damaged or incomplete" in refusal(archive)

    @pytest.mark.parametrize("name", ["ANES2026.csv", "a.pdf"])
    def test_one_byte_of_a_member_changed(self, tmp_path, name):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(name, ANES)
        content = path.read_bytes()
        path.write_bytes(content.replace(b"National Anes CF of 20", b"National Anes CF of 30"))
        assert "Bad CRC-32" in refusal(path)

    def test_encrypted(self, archive):
        content = bytearray(archive.read_bytes())
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(signature) + offset] |= 1
        archive.write_bytes(content)
        assert "sub/ANES2026.csv is encrypted" in refusal(archive)

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_packed_in_a_way_that_has_no_limit(self, tmp_path, method):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("ANES2026.csv", ANES)
        assert "packed in a way that is not known" in refusal(path)

    def test_a_zip_within_a_zip(self, tmp_path, archive):
        outer = federal.zipped(tmp_path / "outer.zip", {"inner.bin": archive.read_bytes()})
        assert refusal(outer) == "outer.zip/inner.bin: a zip within a zip is not opened."

    def test_a_link(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            info = zipfile.ZipInfo("ANES2026.csv")
            info.external_attr = 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
        assert "ANES2026.csv is a link" in refusal(tmp_path / "a.zip")

    @pytest.mark.parametrize(
        "name",
        [
            "/etc/a.csv",
            "../a.csv",
            "a/../../b.csv",
            "..\\a.csv",
            "\\a.csv",
            "C:\\a.csv",
            "c:a.csv",
        ],
    )
    def test_names_that_leave_the_folder(self, tmp_path, name):
        federal.zipped(tmp_path / "a.zip", {name: ANES})
        assert "would leave the folder" in refusal(tmp_path / "a.zip")

    def test_a_name_with_a_nul_byte(self, tmp_path):
        path = federal.zipped(tmp_path / "a.zip", {"ANES2026.csvX.pdf": ANES})
        path.write_bytes(path.read_bytes().replace(b".csvX.pdf", b".csv\x00.pdf"))
        assert "would leave the folder" in refusal(path)

    def test_a_member_without_a_name(self, tmp_path):
        path = federal.zipped(tmp_path / "a.zip", {"ANES2026.csv": ANES})
        content = bytearray(path.read_bytes())
        content[content.index(b"PK\x01\x02") + 28] = 0  # the length of the name
        path.write_bytes(content)
        assert "damaged or incomplete" in refusal(path)

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    @pytest.mark.parametrize("second", ["ANES2026.csv", "anes2026.CSV"])
    def test_two_members_of_one_name(self, tmp_path, second):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("ANES2026.csv", ANES)
            archive.writestr(second, ANES)
        assert "two members have the name" in refusal(tmp_path / "a.zip")

    def test_a_name_cannot_break_the_sentence(self, tmp_path):
        federal.zipped(tmp_path / "a.zip", {"../a\nb\x1b[31m" + "x" * 200: ANES})
        message = refusal(tmp_path / "a.zip")
        assert "../a?b?[31mxxx" in message
        assert len(message) < 250

    def test_a_file_that_cannot_be_read(self, tmp_path, monkeypatch):
        (tmp_path / "ANES2026.csv").write_bytes(ANES)

        def denied(self, *args, **kwargs):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", denied)
        assert refusal(tmp_path / "ANES2026.csv") == (
            "ANES2026.csv: cannot be read (Permission denied)."
        )


class TestLimits:
    """The sentence comes at once, and nothing large is ever held."""

    def refusal(self, source: Path, limits: Limits = LIMITS) -> str:
        tracemalloc.start()
        started = time.process_time()
        try:
            message = refusal(source, limits=limits)
            seconds, peak = time.process_time() - started, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert seconds < 5
        assert peak < 200 * MEGABYTE
        return message

    def test_a_bomb_that_says_so(self, tmp_path):
        path = tmp_path / "bomb.zip"
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("PPRRVU2026_Jul.csv", "w") as member,
        ):
            for _ in range(200):
                member.write(bytes(MEGABYTE))
        assert "as no real file does" in self.refusal(path)

    @pytest.mark.parametrize("head", [b"", federal.pprrvu_csv(federal.rates())])
    @pytest.mark.parametrize("lie", [1, 100, 10_000, MEGABYTE - 1])
    def test_a_bomb_whose_header_lies(self, tmp_path, head, lie):
        path = tmp_path / "bomb.zip"
        size = 50 * MEGABYTE
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("PPRRVU2026_Jul.csv", head + bytes(size))
        true = struct.pack("<L", len(head) + size)
        path.write_bytes(path.read_bytes().replace(true, struct.pack("<L", lie)))
        message = self.refusal(path)
        assert "damaged or incomplete" in message or "has none of their known" in message

    def test_a_header_that_lies_by_little(self, tmp_path):
        path = federal.zipped(tmp_path / "a.zip", {"ANES2026.csv": ANES})
        true = struct.pack("<L", len(ANES))
        for lie in (len(ANES) + 1, len(ANES) + 100):
            federal.zipped(path, {"ANES2026.csv": ANES})
            path.write_bytes(path.read_bytes().replace(true, struct.pack("<L", lie)))
            assert self.refusal(path) == (
                "a.zip/ANES2026.csv: the member's size is not what the zip says it is."
            )

    def test_a_lie_with_the_checksum_to_match(self, tmp_path):
        """The zip says that the member ends where its checksum would be right."""
        path = federal.zipped(tmp_path / "a.zip", {"ANES2026.csv": ANES + b"hidden\r\n" * 999})
        content = path.read_bytes()
        size = struct.pack("<L", len(ANES) + 8 * 999)
        crc = struct.pack("<L", zipfile.crc32(ANES + b"hidden\r\n" * 999))
        content = content.replace(size, struct.pack("<L", len(ANES)))
        path.write_bytes(content.replace(crc, struct.pack("<L", zipfile.crc32(ANES))))
        assert "damaged or incomplete" in self.refusal(path)

    def test_many_members(self, tmp_path):
        path = federal.zipped(tmp_path / "a.zip", {f"{n}.txt": b"" for n in range(501)})
        assert self.refusal(path) == "a.zip: the zip has more than 500 members."
        federal.zipped(path, {f"{n}.txt": b"" for n in range(5_000)})
        assert self.refusal(path) == "a.zip: the zip has more than 500 members."

    def test_many_files_in_a_folder(self, tmp_path):
        for n in range(3):
            (tmp_path / f"{n}.txt").touch()
        assert "more than 2 files are in it" in self.refusal(tmp_path, limits=Limits(files=2))

    def test_a_large_zip(self, archive):
        assert "the zip has more than 0 MB" in self.refusal(
            archive, limits=Limits(source_bytes=99)
        )

    def test_a_zip_that_unpacks_to_much(self, archive):
        assert "the zip unpacks to more than 0 MB" in self.refusal(
            archive, limits=Limits(unpacked_bytes=99)
        )

    def test_a_large_file_that_is_ours(self, tmp_path, archive):
        limits = Limits(file_bytes=99)
        (tmp_path / "ANES2026.csv").write_bytes(ANES)
        for source in (tmp_path / "ANES2026.csv", archive):
            assert "the file has more than 0 MB, far more than any of its kind" in self.refusal(
                source, limits=limits
            )

    def test_a_large_file_that_is_not_ours_is_not_read(self, tmp_path):
        with (tmp_path / "large.bin").open("wb") as file:
            file.truncate(10_000 * MEGABYTE)
        assert take(tmp_path).ignored == ["large.bin"]

    def test_all_files_together(self, tmp_path, archive):
        (tmp_path / "ANES2026.csv").write_bytes(ANES)
        limits = Limits(kept_bytes=len(ANES) + 1)
        assert (
            "rvu26c.zip/sub/ANES2026.csv: with it, the files have more than 0 MB"
            in self.refusal(tmp_path, limits=limits)
        )


@given(st.data())
@settings(
    max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_whatever_a_zip_holds_it_is_read_or_refused(tmp_path, data):
    path = federal.zipped(tmp_path / "a.zip", {"ANES2026.csv": ANES, "a.pdf": b"%PDF-1.7"})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(4, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        documents = take(path).documents
    except FileError as error:
        assert re.fullmatch(r"a\.zip.+", str(error))
    else:
        assert all(document.content == ANES for document in documents)


def test_printable():
    assert printable("a\tb\u202ec") == "a?b?c"
    assert len(printable("x" * 500)) == 120
