"""Files of hospitals as large as one likes: the real ones, each varied until there are enough."""

import csv
import zipfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from xml.sax.saxutils import escape

from backoffice.local.product import ROOT

# The list of the whole country lies beside the project; a sample of it is with the tests.
WHOLE = ROOT.parent / "shared" / "data" / "cms_hospital_general_information.csv"
SAMPLE = ROOT / "tests" / "data" / "cms_hospitals.csv"
KEPT = 8  # columns; the others tell nothing of a facility


def hospitals(number: int) -> Iterator[list[str]]:
    """Yield a header and that many rows, no two of them one facility."""
    source = WHOLE if WHOLE.exists() else SAMPLE
    with source.open(encoding="utf-8-sig", newline="") as file:
        header, *real = csv.reader(file)
    yield header[:KEPT]
    made = 0
    for round_ in count():
        for place, row in enumerate(real):
            if made == number:
                return
            made += 1
            yield varied(row[:KEPT], round_, place)


def varied(row: list[str], round_: int, place: int) -> list[str]:
    if not round_:
        return row
    external_id, name, address, *rest, phone = row
    digits = f"{2_000_000 + (round_ * 5_471 + place * 17) % 7_999_999:07}"
    phone = f"{phone[:5]} {digits[:3]}-{digits[3:]}"
    return [f"{external_id}-{round_}", f"{name} {round_}", f"{round_} {address}", *rest, phone]


def write_csv(path: Path, number: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(hospitals(number))


def write_workbook(path: Path, number: int) -> None:
    """As a spreadsheet saves it, all texts in the cells."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(b"<worksheet><sheetData>")
            for index, row in enumerate(hospitals(number), start=1):
                cells = "".join(
                    f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row
                )
                sheet.write(f'<row r="{index}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")


RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = {
    "xl/workbook.xml": f'<workbook xmlns:r="{RELATION}"><sheets><sheet name="Sheet1" sheetId="1" '
    'r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="rId1" '
    f'Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
