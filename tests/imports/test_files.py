"""Files as the world has them: never a traceback, always a report or one sentence."""

import pytest
from django.core.management import CommandError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.refusals import Refused
from imports import encodings, reading
from imports.reading import open_table
from tests.imports.test_command import HEADER, names, run

ROW = "1,Clínica San José,1 High St,Mayagüez,PR,00680,(787) 834-8686\n"


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "list.csv"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encoding_delimiter_and_line_end_are_found(db, written, encoding, delimiter, end):
    text = (HEADER + ROW).replace(",", delimiter).replace("\n", end)

    assert run(written(text.encode(encoding))).tally == (1, 0, 0, 0)

    assert names() == ["Clínica San José"]


def test_a_utf_16_file_with_a_mark_is_read_either_way_round(db, written):
    content = b"\xfe\xff" + (HEADER + ROW).encode("utf-16-be")

    assert run(written(content)).tally == (1, 0, 0, 0)


@pytest.mark.parametrize("torn", [b"\xff\xfe", b"\xc3\x28", b"caf\xc3", b"\x80abc", b"\x81"])
@pytest.mark.parametrize("others", [ROW, "2,Plain,1 High St,Albany,NY,12208,\n"])
def test_bytes_that_are_no_text_reject_their_row_only(db, written, torn, others):
    bad = b"9,Bad " + torn + b" Clinic,1 High St,Albany,NY,12208,\n"

    result = run(written(HEADER.encode() + bad + others.encode()))

    assert result.rejected == {2: "broken encoding"}
    assert result.tally[:3] == (1, 0, 1)


def test_a_torn_utf_16_file_rejects_what_is_torn(db, written):
    bad = "9,Bad \ud800 Clinic,1 High St,Albany,NY,12208,\n".encode("utf-16-le", "surrogatepass")
    good = (HEADER + ROW).encode("utf-16-le")

    result = run(written(b"\xff\xfe" + good + bad + b"x"))

    assert result.rejected[3] == "broken encoding"
    assert result.tally[0] == 1


@pytest.mark.parametrize("lines", [0, 1, 3])
def test_quotes_that_never_close_take_no_good_row_with_them(db, written, lines):
    rows = ['1,"Mercy,1 High St,Albany,NY,12208,\n']
    rows += [f"{n},Good {n},{n} Low St,Albany,NY,12208,\n" for n in range(2, 2 + lines)]

    result = run(written((HEADER + "".join(rows)).encode()))

    assert result.rejected == {2: "quotes that don't match"}
    assert result.tally[:2] == (lines, 0)


def test_a_quoted_cell_may_have_lines_and_quotes(db, written):
    run(written((HEADER + '1,"The ""Good""\r\nHospital",,,NY,,\n').encode()))

    assert names() == ['The "Good" Hospital']


@pytest.mark.parametrize("size", [10_001, 200_000, reading.LONGEST_QUOTE * 2])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_huge_field_rejects_its_row_only(db, written, size, quote):
    rows = f"1,Mercy,{quote}{'x' * size}{quote},Albany,NY,12208,\n{ROW}"

    result = run(written((HEADER + rows).encode()))

    assert result.rejected == {2: "a field over 10 kB"}
    assert result.tally[:3] == (1, 0, 1)


def test_a_line_without_end_is_not_held_in_memory(db, written, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST_LINE", 1000)
    rows = f"1,Mercy,{'x,' * 5000}NY\n{ROW}"

    result = run(written((HEADER + rows).encode()))

    assert result.rejected == {2: "a field over 10 kB"}
    assert result.tally[0] == 1


def test_a_file_of_only_a_header_imports_nothing(db, written):
    result = run(written(HEADER.encode()))

    assert (result.tally, result.code) == ((0, 0, 0, 0), 0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\n\n  \n", "No column is the name"),
        (b"\n\n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"PK\x03\x04" + b"\0" * 100, "no workbook that can be read"),
        (b"%PDF-1.7", "is not a text file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "No column is the name"),
        (b",".join(b"c%d" % n for n in range(10_000)), "has 10,000 columns; 100 at most"),
        (b'"Facility Name,State\nMercy,NY\n', "No column is the name"),
        (b"Facility Name\0,State\nMercy,NY\n", "No column is the name"),
    ],
)
def test_what_is_no_list_of_facilities_is_refused_with_one_sentence(db, written, content, sentence):
    with pytest.raises(CommandError, match=sentence) as refusal:
        run(written(content))

    assert len(str(refusal.value)) < 3000
    assert str(refusal.value).isprintable()


def test_a_file_of_more_rows_than_a_million_is_refused_with_how_many_it_may_have(
    db, written, monkeypatch
):
    assert reading.MOST_ROWS == 1_000_000
    monkeypatch.setattr(reading, "MOST_ROWS", 3)

    assert run(written((HEADER + ROW * 3).encode())).tally[:2] == (1, 2)
    with pytest.raises(CommandError, match=r"more than 3 rows\. Split it"):
        run(written((HEADER + ROW * 4).encode()))


def test_a_file_that_cannot_be_read_is_named(db, tmp_path):
    with pytest.raises(CommandError, match=r"nowhere\.csv: No such file or directory"):
        run(tmp_path / "nowhere.csv")
    with pytest.raises(CommandError, match="Is a directory"):
        run(tmp_path)


def test_what_is_said_about_a_row_is_safe_for_a_terminal(db, written):
    result = run(written((HEADER + "1,Mercy,,,\x1b[2J\x07,,\n").encode()))

    assert result.rejected == {2: "unknown state: ?[2J?"}


@pytest.mark.parametrize(
    ("line", "encoding"),
    [
        (b"Zur\xfcck", "cp1252"),
        (b"MAYAG\xdcEZ", "cp1252"),
        (b"S\xc3O PAULO", "cp1252"),
        (b"St. Mary\x92s", "cp1252"),
        (b"caf\xe9", "cp1252"),
        (b"\xff\xfe?", "utf-8"),
        ("Zurück".encode(), "utf-8"),
        ("Zurück".encode() + b"\nbroken \xe9", "utf-8"),
    ],
)
def test_western_text_is_told_from_torn_utf_8(tmp_path, line, encoding):
    path = tmp_path / "list.csv"
    path.write_bytes(b"name\n" + line + b"\n")

    assert encodings.find_encoding(path) == encoding


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(alphabet='a",;\t\n\r\0é', max_size=200).map(str.encode),
        st.text(max_size=100).map(lambda text: text.encode("utf-16", "surrogatepass")),
    )
)
def test_any_bytes_are_rows_or_rejected_or_refused(tmp_path, content):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    try:
        with open_table(path) as table:
            numbers = [record.number for record in table]
    except Refused:
        return

    assert numbers == sorted(set(numbers))
