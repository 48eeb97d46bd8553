"""Files put together: one release, one truth, or a sentence that says why not."""

import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from codes.fee_schedule.read import read
from codes.fee_schedule.records import FileError, Member, Package
from tests.codes.fee_schedule import federal

CSV, TXT = "PPRRVU2026_Jul_nonQPP.csv", "PPRRVU2026_Jul_nonQPP.txt"
QPP = "PPRRVU2026_Jul_QPP.csv"
JULY = federal.pprrvu_csv(federal.rates())
JANUARY_2025 = federal.pprrvu_csv(
    federal.as_2025(federal.rates()), year=2025, month="January", released="12/23/2024"
)


@pytest.fixture
def folder(tmp_path):
    """A folder whose name says nothing, and a way to fill it."""

    class Folder:
        path = tmp_path / "files"

        def add(self, files: dict[str, bytes], below: str = "") -> Path:
            place = self.path / below
            place.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (place / name).write_bytes(content)
            return place

    return Folder()


@pytest.fixture
def read_files(folder):
    def read_files(files: dict[str, bytes], **options) -> Package:
        return read([folder.add(files)], **options)

    return read_files


@pytest.fixture
def refusal(folder):
    def refusal(files: dict[str, bytes], **options) -> str:
        with pytest.raises(FileError) as error:
            read([folder.add(files)], **options)
        assert "\n" not in str(error.value)
        return str(error.value)

    return refusal


class TestWhole:
    def test_a_zip_as_cms_makes_it(self, tmp_path):
        steps = []
        zipped = federal.zipped(tmp_path / "rvu26c.zip", federal.release_files())
        package = read([zipped], progress=steps.append)
        assert package.release == "2026C"
        assert package.released_on == date(2026, 6, 30)
        assert package.copyright_year == 2026
        assert package.conversion_factor == Decimal("33.4009")
        assert package.qp_conversion_factor == Decimal("33.5675")
        assert package.anesthesia_factor == Decimal("20.4976")
        assert package.rates == federal.rates()
        assert package.localities == federal.localities()
        assert len(package.anesthesia) == 4
        assert len(package.counties) == 5
        assert package.opps_caps == federal.oppscaps()
        assert [member.kind for member in package.members] == [
            "PPRRVU",
            "PPRRVU QPP",
            "GPCI",
            "ANES",
            "LOCCO",
            "OPPSCAP",
        ]
        assert package.members[0] == Member(
            f"rvu26c.zip/{CSV}", "PPRRVU", hashlib.sha256(JULY).hexdigest(), 7
        )
        assert package.notes[0] == (
            "Ignored, being none of the files that can be imported: rvu26c.zip/RVU26C.pdf."
        )
        assert f"rvu26c.zip/{TXT} holds the same rows as rvu26c.zip/{CSV}." in package.notes
        assert f"Reading rvu26c.zip/{CSV}." in steps
        assert len(steps) == 11

    def test_several_sources(self, tmp_path, folder):
        zipped = federal.zipped(tmp_path / "rvu26c.zip", {CSV: JULY})
        gpci = folder.add({"GPCI2026.csv": federal.gpci_csv(federal.localities())})
        (tmp_path / "zip5.txt").write_bytes(federal.zip5(federal.zip_rows()))
        package = read([zipped, gpci, tmp_path / "zip5.txt"])
        assert (len(package.rates), len(package.localities)) == (7, 4)
        assert (len(package.zip_codes), package.zip_quarter) == (4, "20264")

    def test_files_of_no_release(self, read_files):
        package = read_files({"h.txt": federal.hcpcs_txt(federal.descriptions())})
        assert (package.release, package.copyright_year) == ("", None)
        assert [row.hcpcs for row in package.descriptors] == ["A0021", "G0105"]
        assert [member.kind for member in package.members] == ["HCPCS"]

    def test_files_without_rates_are_of_the_release_that_is_given(self, read_files):
        files = {"GPCI2026.csv": federal.gpci_csv(federal.localities())}
        assert read_files(files, release="2026C").release == "2026C"
        assert read_files(files).release == ""

    def test_many_ignored_files_are_not_all_named(self, read_files):
        files = {f"{n:02}.md": b"# Notes" for n in range(11)}
        package = read_files({CSV: JULY, **files})
        assert package.notes[0].endswith("06.md, 07.md and 3 more.")

    def test_names_do_not_matter(self, read_files):
        package = read_files(
            {
                "one": JULY,
                "two.TXT": federal.pprrvu_txt(federal.rates()),
                "three.dat": federal.gpci_csv(federal.localities()),
                "four": federal.zip5(federal.zip_rows()),
            }
        )
        assert package.release == "2026C"
        assert [member.kind for member in package.members] == ["PPRRVU", "GPCI", "ZIP5"]


class TestNothing:
    def test_no_source(self):
        assert read([]) == Package()

    def test_nothing_of_ours(self, refusal, folder):
        assert refusal({"a.pdf": b"%PDF"}) == "files: none of the files in it can be imported."

    def test_each_source_must_hold_something(self, tmp_path, folder):
        good = folder.add({CSV: JULY})
        empty = tmp_path / "empty"
        empty.mkdir()
        with pytest.raises(FileError, match=r"^empty: none of the files"):
            read([good, empty])

    def test_the_zip_of_a_release_without_its_main_file(self, tmp_path):
        files = {"GPCI2026.csv": federal.gpci_csv(federal.localities())}
        with pytest.raises(FileError, match=r"rvu26c\.zip: the zip of a release holds no PPRRVU"):
            read([federal.zipped(tmp_path / "rvu26c.zip", files)])
        assert read([federal.zipped(tmp_path / "gpci.zip", files)]).localities

    def test_a_file_named_like_ours_that_is_something_else(self, refusal):
        assert "named like one of CMS's" in refusal({CSV: b"a,b\r\n"})

    def test_one_sentence_for_one_bad_cell(self, refusal):
        assert refusal({CSV: federal.with_cell(JULY, 16, 5, "1e3")}) == (
            f"{CSV}, line 16, column WORK RVU: '1e3' is in scientific notation, as spreadsheets "
            "write; what it was cannot be known, so take the file as published."
        )


class TestRelease:
    def test_the_content_tells(self, read_files):
        assert read_files({"x.csv": JANUARY_2025}).release == "2025A"

    def test_the_release_that_is_asked_for(self, read_files, refusal):
        assert read_files({"x.csv": JULY}, release="2026C").release == "2026C"
        assert refusal({"x.csv": JULY}, release="2026B") == (
            "x.csv is of release 2026C, not of 2026B."
        )
        assert "not of 2025C" in refusal({"x.csv": JULY}, release="2025C")

    @pytest.mark.parametrize("release", ["RVU26C", "2026", "26C", "2026E"])
    def test_what_is_no_release(self, refusal, release):
        assert "is no release" in refusal({CSV: JULY}, release=release)

    def test_a_corrected_issue_is_known_by_its_folder_or_zip(self, folder, tmp_path):
        january = federal.pprrvu_csv(federal.rates(), month="January")
        assert read([folder.add({"x.csv": january}, "rvu26ar")]).release == "2026AR"
        zipped = federal.zipped(tmp_path / "RVU26AR.zip", {"x.csv": january})
        assert read([zipped]).release == "2026AR"
        assert read([zipped], release="2026AR").release == "2026AR"
        with pytest.raises(FileError, match="is of release 2026AR, not of 2026A"):
            read([zipped], release="2026A")

    def test_a_corrected_issue_may_be_asked_for(self, read_files):
        january = federal.pprrvu_csv(federal.rates(), month="January")
        assert read_files({"x.csv": january}, release="2026AR").release == "2026AR"

    def test_a_converted_copy_tells_in_its_first_line(self, read_files):
        rows = federal.as_2025(federal.rates())
        package = read_files({"x.csv": federal.pprrvu_csv(rows, year=2024, marker="RVU24AR")})
        assert (package.release, package.released_on) == ("2024AR", None)
        assert package.copyright_year == 2024

    def test_a_name_that_contradicts_the_content_is_noted(self, read_files):
        package = read_files({"PPRRVU2026_Apr.csv": JULY})
        assert package.release == "2026C"
        assert package.notes == ["PPRRVU2026_Apr.csv is of 2026C, though its name says 2026B."]

    def test_fixed_width_is_known_by_names(self, folder):
        txt = federal.pprrvu_txt(federal.rates())
        assert read([folder.add({TXT: txt}, "a")]).release == "2026C"
        assert read([folder.add({"x.txt": txt}, "rvu26c")]).release == "2026C"
        assert read([folder.add({"x.txt": txt}, "b")], release="2026D").release == "2026D"
        with pytest.raises(FileError, match="says which release it is of; say it"):
            read([folder.add({"x.txt": txt}, "b")])
        with pytest.raises(FileError, match="is of release 2026C, not of 2026D"):
            read([folder.add({TXT: txt}, "a")], release="2026D")

    def test_two_releases_at_once(self, refusal):
        assert refusal({"a.csv": JULY, "b.csv": JANUARY_2025}) == (
            "Two releases at once: a.csv is of 2026C and b.csv of 2025A."
        )

    def test_the_column_of_2026_may_neither_lack_nor_come_too_early(self, refusal):
        early = federal.pprrvu_csv(federal.rates()).replace(b"2026 National", b"2025 National")
        assert "the column PRIC IND is there from 2026 on" in refusal({"a.csv": early})
        late = JANUARY_2025.replace(b"2025 National", b"2026 National")
        assert "the column PRIC IND is there from 2026 on" in refusal({"a.csv": late})


class TestTwins:
    def test_two_different_files_of_one_release(self, refusal):
        other = federal.rates()
        other[5] = federal.rate("99213", work="1.31", pe=("1.46", "0.33"), mp="0.09")
        assert refusal({"a.csv": JULY, "b.csv": federal.pprrvu_csv(other)}) == (
            "a.csv and b.csv are two different PPRRVU files: 2 rows stand in one of them only."
        )
        assert "two different PPRRVU files" in refusal({"b.csv": federal.pprrvu_txt(other)})

    def test_the_same_file_twice(self, read_files):
        package = read_files({"a.csv": JULY, "b.csv": JULY.replace(b"\r\n", b"\n")})
        assert [member.name for member in package.members] == ["a.csv"]
        assert package.notes == ["b.csv holds the same rows as a.csv."]

    def test_the_csv_is_taken(self, read_files):
        package = read_files({"a.txt": federal.pprrvu_txt(federal.rates()), "b.csv": JULY})
        assert [member.name for member in package.members] == ["b.csv"]

    def test_the_banner_of_the_csv_wins_over_that_of_the_text(self, read_files):
        package = read_files(
            {"a.txt": federal.pprrvu_txt(federal.rates(), copyright_year=2027), "b.csv": JULY}
        )
        assert package.copyright_year == 2026

    def test_the_text_form_may_differ_in_words_and_lack_the_mark(self, read_files):
        rows = [row._replace(descriptor="Words\xa0", not_used=False) for row in federal.rates()]
        package = read_files({"a.csv": JULY, "b.txt": federal.pprrvu_txt(rows)})
        assert package.rates == federal.rates()
        assert package.notes == ["b.txt holds the same rows as a.csv."]

    def test_two_different_files_of_other_kinds(self, refusal, folder):
        gpci = federal.gpci_csv(federal.localities())
        other = gpci.replace(b"0.875", b"0.876")
        assert "two different GPCI files" in refusal({"a.csv": gpci, "b.csv": other})
        (folder.path / "a.csv").unlink()
        (folder.path / "b.csv").unlink()
        hcpcs = {"A0021": "Other words"}
        assert "two different HCPCS files" in refusal(
            {
                "a.csv": federal.hcpcs_csv(hcpcs),
                "b.txt": federal.hcpcs_txt(federal.descriptions()),
            }
        )

    def test_the_index_file_with_the_work_index_before_its_floor_is_taken(self, read_files):
        rows = federal.localities(unfloored=True)
        package = read_files(
            {
                "a.csv": federal.gpci_csv(federal.localities()),
                "b.csv": federal.gpci_csv(rows, unfloored=True),
            }
        )
        assert package.localities == rows
        assert package.notes == ["a.csv holds the same rows as b.csv."]

    def test_a_print_form_of_an_unknown_layout_does_not_stop_its_csv(self, read_files, refusal):
        odd = federal.gpci_txt(federal.localities()).replace(b"PW GPCI", b"PW-GPCI")
        package = read_files({"a.csv": federal.gpci_csv(federal.localities()), "a.txt": odd})
        assert package.notes[0].startswith("a.txt was not compared with the CSV: a.txt: ")
        with pytest.raises(FileError):
            read_files({"a.csv": odd})

    def test_a_text_form_of_rates_that_is_broken_does(self, refusal):
        broken = federal.pprrvu_txt(federal.rates()).replace(b"1.30", b"1,30")
        assert "'1,30' is not a number" in refusal({CSV: JULY, TXT: broken})

    def test_the_print_form_of_counties_is_not_read(self, read_files):
        content = b"COUNTIES INCLUDED IN 2026 LOCALITIES.\r\n\r\nMedicare AdmiLocality\r\n"
        package = read_files({CSV: JULY, "26LOCCO.txt": content})
        assert package.notes == ["26LOCCO.txt: counties are read from the CSV, not in print form."]
        assert package.counties == []


class TestQualifyingParticipants:
    def files(self, rows) -> dict[str, bytes]:
        return {CSV: JULY, QPP: federal.pprrvu_csv(rows)}

    def test_only_the_factor_is_theirs(self, read_files):
        package = read_files(self.files(federal.as_qp(federal.rates())))
        assert package.rates == federal.rates()
        assert package.qp_conversion_factor == Decimal("33.5675")
        assert [(member.kind, member.rows) for member in package.members] == [
            ("PPRRVU", 7),
            ("PPRRVU QPP", 5),
        ]

    def test_the_file_is_known_by_its_pricing_indicator(self, read_files):
        package = read_files(
            {"a.csv": federal.pprrvu_csv(federal.as_qp(federal.rates())), "b.csv": JULY}
        )
        assert [member.name for member in package.members] == ["b.csv", "a.csv"]

    def test_or_by_its_name(self, read_files):
        rows = [row._replace(conv_factor=federal.QP_FACTOR) for row in federal.rates()]
        assert read_files(self.files(rows)).qp_conversion_factor == federal.QP_FACTOR

    def test_other_values_are_refused(self, refusal):
        rows = federal.as_qp(federal.rates())
        rows[3] = federal.rate(
            "99213", work="1.31", pricing_ind="1", conv_factor=federal.QP_FACTOR
        )
        assert refusal(self.files(rows)) == f"{QPP} has other RVUs for 99213 than {CSV}."

    def test_a_code_that_the_main_file_lacks_is_refused(self, refusal):
        rows = federal.as_qp([*federal.rates(), federal.rate("99214", "26")])
        assert "has other RVUs for 99214 26" in refusal(self.files(rows))

    def test_alone_it_is_refused(self, refusal):
        message = refusal({"a.csv": federal.pprrvu_csv(federal.as_qp(federal.rates()))})
        assert "the nonQPP file is needed" in message

    def test_anesthesia_and_caps_of_their_own(self, read_files):
        caps = federal.oppscaps()
        dearer = [row._replace(facility=row.facility + 1) for row in caps]
        package = read_files(
            {
                CSV: JULY,
                "ANES2026_nonQPP.csv": federal.anes_csv(federal.factors()),
                "ANES2026_QPP.csv": federal.anes_csv(federal.factors(), "20.5998"),
                "OPPSCAP_Jul_nonQPP.csv": federal.oppscap_csv(caps),
                "OPPSCAP_Jul_QPP.csv": federal.oppscap_csv(dearer),
            }
        )
        assert package.anesthesia_factor == Decimal("20.4976")
        assert package.qp_anesthesia_factor == Decimal("20.5998")
        assert package.opps_caps == caps
        assert "the caps for qualifying participants were not taken." in " ".join(package.notes)

    def test_their_anesthesia_factors_alone(self, read_files):
        package = read_files(
            {CSV: JULY, "ANES2026_QPP.csv": federal.anes_csv(federal.factors(), "20.5998")}
        )
        assert (package.anesthesia, package.anesthesia_factor) == ([], None)
        assert package.qp_anesthesia_factor == Decimal("20.5998")

    def test_their_caps_alone_are_not_taken(self, read_files):
        caps = {"OPPSCAP_Jul_QPP.csv": federal.oppscap_csv(federal.oppscaps())}
        assert read_files({CSV: JULY, **caps}).opps_caps == []


class TestYear:
    """What belongs to a year must be of the year of the release."""

    GPCI_2025 = federal.gpci_csv(federal.localities(), 2025)

    def test_indices_of_another_year(self, refusal):
        assert refusal({CSV: JULY, "GPCI.csv": self.GPCI_2025}) == (
            "GPCI.csv is of 2025, not of the year of release 2026C."
        )
        with_release = {"GPCI.csv": self.GPCI_2025}
        assert "is of 2025" in refusal(with_release, release="2026C")

    def test_indices_that_do_not_say_their_year(self, read_files, refusal):
        rows = b"mac,state,locality_number,locality_name,gpci_work,gpci_pe,gpci_mp\r\n"
        rows += b"10112,AL,00,ALABAMA,1.000,0.875,0.566\r\n"
        package = read_files({CSV: JULY, "indices.csv": rows})
        assert package.notes == ["indices.csv does not say its year; it was taken for 2026C."]

    def test_the_year_in_the_name(self, refusal):
        rows = b"mac,state,locality_number,locality_name,gpci_work,gpci_pe,gpci_mp\r\n"
        rows += b"10112,AL,00,ALABAMA,1.000,0.875,0.566\r\n"
        assert "is of 2020" in refusal({CSV: JULY, "GPCI2020.csv": rows})

    def test_anesthesia_by_its_name(self, refusal):
        anes = federal.anes_csv(federal.factors())
        assert "ANES2025.csv is of 2025" in refusal({CSV: JULY, "ANES2025.csv": anes})

    def test_caps_of_another_quarter(self, refusal):
        caps = federal.oppscap_csv(federal.oppscaps())
        assert refusal({CSV: JULY, "OPPSCAP_Oct.csv": caps}) == (
            "OPPSCAP_Oct.csv is of quarter D, not of that of release 2026C."
        )

    def test_the_year_of_a_folder(self, folder):
        main = folder.add({CSV: JULY})
        caps = folder.add({"caps.csv": federal.oppscap_csv(federal.oppscaps())}, "rvu25d")
        with pytest.raises(FileError, match=r"caps\.csv is of 2025"):
            read([main, caps])

    def test_counties_of_another_year_are_taken_with_a_note(self, read_files):
        rows = [("10112", "00", "ALABAMA", "STATEWIDE", "ALL COUNTIES")]
        package = read_files({CSV: JULY, "c.csv": federal.locco_csv(rows, 2025)})
        assert len(package.counties) == 1
        assert package.notes == ["c.csv: the counties are those of 2025."]


class TestLocalities:
    def files(self, **changed) -> dict[str, bytes]:
        return {
            CSV: JULY,
            "GPCI2026.csv": federal.gpci_csv(federal.localities()),
            "ANES2026.csv": federal.anes_csv(federal.factors()),
            "zip5.txt": federal.zip5(federal.zip_rows()),
        } | changed

    def test_all_the_same(self, read_files):
        assert read_files(self.files()).notes == []

    @pytest.mark.parametrize(
        ("name", "content", "what"),
        [
            ("zip5.txt", federal.zip5(federal.zip_rows()[:3]), "ZIP code"),
            ("ANES2026.csv", federal.anes_csv(federal.factors(federal.localities()[:3])), "ANES"),
        ],
    )
    def test_others_are_refused_unless_forced(self, refusal, read_files, name, content, what):
        files = self.files() | {name: content}
        sentence = f"The {what} file and the GPCI file differ in their localities: 13202-01."
        assert refusal(files) == sentence
        assert read_files(files, force=True).notes == [sentence]

    def test_many_differences_are_not_all_named(self, refusal):
        rows = [
            row._replace(zip_code=f"0000{n}", number=f"9{n}")
            for n, row in enumerate(federal.zip_rows())
        ]
        assert " and 3 more." in refusal(self.files(**{"zip5.txt": federal.zip5(rows)}))

    def test_foreign_counties_and_caps_are_noted(self, read_files):
        counties = [("11402", "16", "WEST VIRGINIA", "STATEWIDE", "ALL COUNTIES")]
        caps = [row._replace(mac="01182") for row in federal.oppscaps()[2:3]]
        package = read_files(
            self.files(
                **{"l.csv": federal.locco_csv(counties), "o.csv": federal.oppscap_csv(caps)}
            )
        )
        assert package.notes[-2:] == [
            "LOCCO has localities that GPCI lacks: 11402-16.",
            "OPPSCAP has localities that GPCI lacks: 01182-01.",
        ]

    def test_states_come_from_the_counties_where_the_indices_have_none(self, read_files):
        indices = b"mac,locality_number,locality_name,gpci_work,gpci_pe,gpci_mp\r\n"
        indices += b"12202,01,DC + MD/VA SUBURBS,1.000,0.875,0.566\r\n"
        indices += b"10112,00,ALABAMA,1.000,0.875,0.566\r\n"
        text = "DISTRICT OF COLUMBIA; FAIRFAX IN VIRGINIA"
        counties = [("12202", "01", "DISTRICT OF COLUMBIA", "DC", text)]
        package = read_files({"g.csv": indices, "l.csv": federal.locco_csv(counties)})
        assert [row.state for row in package.localities] == ["DC", ""]
