"""Workbooks as other programs write them, from the beginning and from any place on."""

import datetime

import pytest
from openpyxl import Workbook

from imports import xml_parts
from imports.reading import open_table
from tests.imports.hostile import HEAD, cell, line, sheet, workbook
from tests.imports.test_command import run


@pytest.fixture
def path(tmp_path):
    return tmp_path / "list.xlsx"


def records(path, **where):
    with open_table(path, **where) as table:
        return [(record.number, record.cells, record.problem) for record in table]


def test_the_first_sheet_in_sight_is_read_as_it_is_shown(path):
    book = Workbook()
    book.active.title = "Notes"
    book.active.sheet_state = "hidden"
    facilities = book.create_sheet("Facilities")
    facilities.append(["Name", "State", "Zip", "Phone", "Beds"])
    facilities.append(["Mercy & Sons", "NY", 2108, 5185550100, 1.5])
    facilities.append([None, None])
    facilities.append(["Grace", "MA", "02108", True, datetime.date(2026, 11, 22)])
    facilities["A7"] = "Far down"
    book.save(path)

    with open_table(path) as table:
        assert table.header == ["Name", "State", "Zip", "Phone", "Beds"]
        found = [(record.number, record.cells[:4]) for record in table]
    assert found == [
        (2, ["Mercy & Sons", "NY", "2108", "5185550100"]),
        (4, ["Grace", "MA", "02108", "TRUE"]),
        (7, ["Far down"]),
    ]


def test_a_workbook_is_imported_like_a_text(db, path):
    book = Workbook()
    book.active.append(["Facility Name", "State", "ZIP Code", "Phone"])
    book.active.append(["Clínica San José", "PR", 680, "(787) 834-8686"])
    book.active.append(["Grace", "ZZ"])
    book.save(path)

    result = run(path)

    assert (result.tally, result.rejected) == ((1, 0, 1, 0), {3: "unknown state: ZZ"})


@pytest.mark.parametrize("prefix", ["", "x:"])
@pytest.mark.parametrize("numbered", [True, False])
def test_reading_goes_on_from_any_row(path, monkeypatch, prefix, numbered):
    monkeypatch.setattr(xml_parts, "PIECE", 100)
    rows = [line(cell(str(number)), cell("é" * number)) for number in range(2, 12)]
    if numbered:
        rows = [row.replace("<row", f'<row r="{5 * at}"') for at, row in enumerate(rows, start=1)]
    content = sheet(HEAD, *rows).replace("</", f"</{prefix}").replace("<", f"<{prefix}")
    path.write_bytes(workbook(content.replace(f"<{prefix}/{prefix}", f"</{prefix}")))
    whole = records(path)
    assert len(whole) == 10

    with open_table(path) as table:
        places = [(record.number, table.mark) for record in table]
    for at, (number, mark) in enumerate(places):
        assert records(path, mark=mark, number=number) == whole[at:]
        with open_table(path, mark=mark, number=number) as table:
            assert table.header[:2] == ["Facility ID", "Facility Name"]
