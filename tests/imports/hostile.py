"""Files by people who mean harm, or whose programs do: {name: bytes}."""

import io
import zipfile
from itertools import product

HEADER = "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,Telephone Number\n"
GOOD = "90{0},Good {0},{0} High St,Albany,NY,12208,5185550100\n"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORDS = {
    "script": "<script>alert(1)</script>",
    "attribute": '"" onmouseover=""alert(1)',
    "htmx": "<b hx-get='/leads' hx-trigger='load'>x</b>",
    "template": "{{ 7*7 }}{% debug %}",
    "format": "{0.__class__} %s %(x)s",
    "sql": "'; DROP TABLE leads_lead; --",
    "formula": '=HYPERLINK("http://example.com")'.replace('"', '""'),
    "plus": "+1+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)",
    "wide formula": "＝1+1",
    "bidi": "\u202egnp.exe\u202c",
    "bidi isolate": "\u2067abc\u2069",
    "zero width": "Me\u200brcy\u200d",
    "mark in the middle": "Mer\ufeffcy",
    "combining": "Z" + "\u0336" * 100,
    "NUL": "Mer\0cy",
    "controls": "\x01\x02\x1b[31m\x7f",
    "line separator": "Mer\u2028cy",
    "emoji": "🏥" * 50,
    "outside": "\U0010ffff",
    "private": "\ue000\uf8ff",
    "path": "../../etc/passwd",
    "long": "x" * 201,
    "longer": "x" * 10_001,
    "huge": "x" * 300_000,
    "spaces": " " * 5_000,
    "number": "9" * 400,
    "nan": "NaN",
    "null": "NULL",
    "quote": "'",
    "apostrophes": "'" * 300,
    "backslash": "\\\\x00\\N",
}


def table(*rows):
    return (HEADER + "".join(rows)).encode("utf-8", "surrogatepass")


def between(row):
    """Return a table with that row between two good ones."""
    return table(GOOD.format(1), row, GOOD.format(2))


def texts():
    for name, word in WORDS.items():
        yield f"name {name}.csv", between(f'1,"{word}",,,NY,,\n')
        yield f"header {name}.csv", f'Name,State,"{word}"\nMercy,NY,x\n'.encode()
    states = "".join(f'{n},Mercy,,,"{word}",,\n' for n, word in enumerate(WORDS.values()))
    phones = "".join(f'{n},Mercy,,,NY,,"{word}"\n' for n, word in enumerate(WORDS.values()))
    yield "states.csv", between(states)
    yield "phones.csv", between(phones)


def shapes():
    good = GOOD.format(1)
    many = ",".join(f"c{n}" for n in range(10_000))
    yield "empty.csv", b""
    yield "zeros.csv", b"\0" * 10_000
    yield "every byte.csv", bytes(range(256)) * 40
    yield "10000 columns.csv", f"{many}\n{many}\n".encode()
    yield "10000 cells.csv", between("," * 10_000 + "x\n")
    yield "10000 commas.csv", between("," * 10_000 + "\n")
    yield "one long line.csv", HEADER.encode() + b"x" * 6_000_000
    yield "10 MB cell.csv", between(f"1,{'x' * 10_000_000},,,NY,,\n")
    yield "10 MB quoted cell.csv", between(f'1,"{"x" * 10_000_000}",,,NY,,\n')
    yield "open quote.csv", between('1,"Mercy,,,NY,,\n')
    yield "open quote at the end.csv", table(good, '1,"Mercy')
    yield "only quotes.csv", b'"' * 9_999
    yield "lone CR.csv", table(good).replace(b"\n", b"\r")
    yield "mixed ends.csv", table(good, GOOD.format(2)).replace(b"\n", b"\r\n", 1)
    yield "no header.csv", good.encode()
    yield "same names.csv", b"Name,Name,State\na,b,NY\n"
    yield "header alone.csv", HEADER.encode()
    yield "blank lines.csv", HEADER.encode() + b"\n" * 5_000 + good.encode()
    yield "torn.csv", table(good) + b"1,Mer\xffcy,,,NY,,\n" + GOOD.format(2).encode()
    for codec, delimiter in product(["utf-16", "utf-16-le", "utf-32", "cp1252", "utf-7"], ",;\t"):
        text = (HEADER + good).replace(",", delimiter)
        yield f"{codec} {ord(delimiter)}.csv", text.encode(codec)
    yield "utf-16 cut.csv", (HEADER + good).encode("utf-16")[:-1]
    for name, start in STARTS.items():
        yield f"{name}.csv", start + b"\0" * 2_000
        yield f"{name}.xlsx", start + b"\0" * 2_000


STARTS = {
    "pdf": b"%PDF-1.7\n",
    "png": b"\x89PNG\r\n\x1a\n",
    "old excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "gzip": b"\x1f\x8b\x08",
    "zip": b"PK\x03\x04",
    "html": b"<html><script>alert(1)</script>",
    "elf": b"\x7fELF",
}

# --- workbooks --------------------------------------------------------------------


def cell(text, *, kind="inlineStr"):
    return f'<c t="{kind}"><is><t xml:space="preserve">{text}</t></is></c>'


def line(*cells):
    return f"<row>{''.join(cells)}</row>"


HEAD = line(*map(cell, HEADER.strip().split(",")))
FINE = line(*map(cell, GOOD.format(1).strip().split(",")))


def sheet(*rows, before="", after=""):
    return f"{before}<worksheet><sheetData>{''.join(rows)}</sheetData>{after}</worksheet>"


def workbook(content, *, strings=None, **parts):
    """Return a workbook with that sheet; `parts` replace or add members."""
    shared = (
        f'<Relationship Id="s" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>'
        if strings is not None
        else ""
    )
    members = {
        "xl/workbook.xml": f'<workbook xmlns:r="{RELATION}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="r"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="r" '
        f'Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/>{shared}</Relationships>',
        "xl/worksheets/sheet1.xml": content,
    }
    if strings is not None:
        members["xl/sharedStrings.xml"] = strings
    return packed(members | parts)


def packed(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


LAUGHS = (
    "<!DOCTYPE x ["
    + '<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
OUT_OF_IT = '<x><Relationship Id="r" Target="/../../etc/passwd"/></x>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def workbooks():
    fine = workbook(sheet(HEAD, FINE))
    yield "fine.xlsx", fine
    yield "fine.csv", fine
    yield "cut.xlsx", fine[: len(fine) // 2]
    yield "tail only.xlsx", b"PK\x03\x04" + fine[-100:]
    yield "bits flipped.xlsx", fine[:60] + bytes(255 - byte for byte in fine[60:90]) + fine[90:]
    yield "comment.xlsx", fine + b"x" * 70_000
    for name, word in WORDS.items():
        if name in ("NUL", "controls", "huge"):
            continue
        escaped = word.replace("&", "&amp;").replace("<", "&lt;")
        yield f"cell {name}.xlsx", workbook(sheet(HEAD, line(cell("1"), cell(escaped)), FINE))
    yield "NUL in a cell.xlsx", workbook(sheet(HEAD, line(cell("1"), cell("a_x0000_b")), FINE))
    yield "raw NUL.xlsx", workbook(sheet(HEAD, line(cell("1"), cell("a\0b")), FINE))
    yield "half a pair.xlsx", workbook(sheet(HEAD, line(cell("1"), cell("a_xD800_b")), FINE))
    yield "laughs.xlsx", workbook(sheet(HEAD, line(cell("&i;")), before=LAUGHS))
    yield (
        "laughs in texts.xlsx",
        workbook(
            sheet(HEAD, '<row><c t="s"><v>0</v></c></row>'),
            strings=f"{LAUGHS}<sst><si><t>&i;</t></si></sst>",
        ),
    )
    yield "outside.xlsx", workbook(sheet(HEAD, line(cell("&a;")), before=OUTSIDE))
    yield "not UTF-8.xlsx", workbook(sheet(HEAD, FINE).encode("utf-16"))
    yield (
        "declared otherwise.xlsx",
        workbook(sheet(HEAD, FINE, before='<?xml version="1.0" encoding="utf-7"?>')),
    )
    yield "deep.xlsx", workbook(sheet("<x>" * 100_000))
    yield "huge tag.xlsx", workbook(sheet(f'<row x="{"y" * 3_000_000}"/>'))
    attributes = " ".join(f"a{number}='1'" for number in range(200_000))
    yield "many attributes.xlsx", workbook(sheet(f"<row {attributes}/>"))
    yield "10 MB cell.xlsx", workbook(sheet(HEAD, line(cell("1"), cell("x" * 10_000_000)), FINE))
    yield "16384 columns.xlsx", workbook(sheet(line(*map(cell, map(str, range(16_384)))), FINE))
    yield (
        "far column.xlsx",
        workbook(sheet(HEAD, '<row><c r="XFD2" t="inlineStr"><is><t>x</t></is></c></row>', FINE)),
    )
    yield "no column.xlsx", workbook(sheet(HEAD, '<row><c r="77" t="n"><v>1</v></c></row>', FINE))
    yield (
        "rows backwards.xlsx",
        workbook(sheet(HEAD.replace("<row>", '<row r="9">'), FINE.replace("<row>", '<row r="2">'))),
    )
    yield (
        "row of billions.xlsx",
        workbook(sheet(HEAD, FINE.replace("<row>", '<row r="99999999999">'))),
    )
    yield "row minus.xlsx", workbook(sheet(HEAD, FINE.replace("<row>", '<row r="-1">')))
    yield "formula.xlsx", workbook(sheet(HEAD, line("<c><f>1+1</f></c>", cell("Mercy")), FINE))
    yield (
        "formula with a result.xlsx",
        workbook(sheet(HEAD, line('<c t="str"><f>1+1</f><v>2</v></c>', cell("Mercy")), FINE)),
    )
    yield "error.xlsx", workbook(sheet(HEAD, '<row><c t="e"><v>#N/A</v></c></row>', FINE))
    yield (
        "text out of range.xlsx",
        workbook(sheet(HEAD, '<row><c t="s"><v>99</v></c></row>', FINE), strings="<sst/>"),
    )
    yield (
        "text minus.xlsx",
        workbook(sheet(HEAD, '<row><c t="s"><v>-1</v></c></row>', FINE), strings="<sst/>"),
    )
    yield "text of none.xlsx", workbook(sheet(HEAD, '<row><c t="s"><v>0</v></c></row>', FINE))
    yield "cell without a row.xlsx", workbook("<worksheet><c><v>1</v></c></worksheet>")
    yield "row in a row.xlsx", workbook(sheet("<row><row><c><v>1</v></c></row></row>"))
    yield "cell in a cell.xlsx", workbook(sheet("<row><c><c><v>1</v></c></c></row>"))
    yield "no rows.xlsx", workbook(sheet())
    yield "no sheet.xlsx", workbook(sheet(), **{"xl/workbook.xml": "<workbook/>"})
    yield "no relations.xlsx", workbook(sheet(), **{"xl/_rels/workbook.xml.rels": "<x/>"})
    yield (
        "sheet elsewhere.xlsx",
        workbook(
            sheet(),
            **{"xl/_rels/workbook.xml.rels": OUT_OF_IT},
        ),
    )
    yield "not a workbook.xlsx", packed({"a.txt": "a"})
    yield "document.xlsx", packed({"word/document.xml": "<x/>"})
    yield "bomb.xlsx", bomb(20_000_000)
    yield "bomb that lies.xlsx", lying(bomb(20_000_000))
    yield "many members.xlsx", packed({f"{n}": "" for n in range(1_500)})
    yield "large directory.xlsx", packed({"x" * 60_000 + str(n): "" for n in range(30)})
    yield "encrypted.xlsx", encrypted(fine)


def bomb(size):
    return workbook(sheet(HEAD, FINE, after=" " * size))


def lying(content):
    """Have the directory say that everything unpacks to a hundred bytes."""
    at = content.rfind(b"PK\x01\x02")
    return content[: at + 24] + (100).to_bytes(4, "little") + content[at + 28 :]


def encrypted(content):
    parts = content.split(b"PK\x01\x02")
    flagged = [part[:4] + bytes([part[4] | 1]) + part[5:] for part in parts[1:]]
    return b"PK\x01\x02".join([parts[0], *flagged])


def corpus():
    files = dict([*texts(), *shapes(), *workbooks()])
    # The same bytes under two names are two files: an extension is only what somebody says.
    assert len(files) >= 100
    return files


# --- what is to be said of them -----------------------------------------------------

TOO_LONG = "a field over 10 kB"
LONG_NAME = "name longer than 200 characters"
BEYOND = "a cell beyond column 100"
NO_TEXT = "a cell whose text is missing from the file"
IN_A_NAME = {
    "NUL": "a NUL character",
    "long": LONG_NAME,
    "longer": TOO_LONG,
    "huge": TOO_LONG,
    "number": LONG_NAME,
    "apostrophes": LONG_NAME,
}
IS_NO_TABLE = {
    *("empty.csv", "only quotes.csv", "10000 columns.csv", "no rows.xlsx", "comment.xlsx"),
    *(f"{name}.{kind}" for name in ("pdf", "old excel", "gzip", "zip") for kind in ("csv", "xlsx")),
    *("cut.xlsx", "tail only.xlsx", "bits flipped.xlsx", "raw NUL.xlsx", "cell without a row.xlsx"),
    *("laughs.xlsx", "laughs in texts.xlsx", "outside.xlsx", "deep.xlsx", "huge tag.xlsx"),
    *("many attributes.xlsx", "no sheet.xlsx", "no relations.xlsx", "sheet elsewhere.xlsx"),
    *("not a workbook.xlsx", "document.xlsx", "bomb.xlsx", "bomb that lies.xlsx"),
    *("many members.xlsx", "large directory.xlsx", "encrypted.xlsx"),
}
NAMES_NO_COLUMNS = {
    *("zeros.csv", "every byte.csv", "no header.csv", "same names.csv", "16384 columns.xlsx"),
    *(f"{name}.{kind}" for name in ("png", "html", "elf") for kind in ("csv", "xlsx")),
    *("row in a row.xlsx", "cell in a cell.xlsx"),
}
# What becomes of the rows from the second on, "" for a good one.
REPORTS = {
    "10000 cells.csv": ["", "10001 cells where the header has 7", ""],
    "one long line.csv": [TOO_LONG],
    "10 MB cell.csv": ["", TOO_LONG, ""],
    "10 MB quoted cell.csv": ["", TOO_LONG, ""],
    "open quote.csv": ["", "quotes that don't match", ""],
    "open quote at the end.csv": ["", "quotes that don't match"],
    "mixed ends.csv": ["", ""],
    "header alone.csv": [],
    "torn.csv": ["", "broken encoding", ""],
    "utf-16 cut.csv": ["broken encoding"],
    "NUL in a cell.xlsx": ["a NUL character", ""],
    "half a pair.xlsx": ["broken encoding", ""],
    "10 MB cell.xlsx": [TOO_LONG, ""],
    "far column.xlsx": [BEYOND, ""],
    "no column.xlsx": [BEYOND, ""],
    "formula.xlsx": [
        "a formula without its result; open the file in a spreadsheet and save it",
        "",
    ],
    "formula with a result.xlsx": ["no state", ""],
    "error.xlsx": ["a cell with the error #N/A", ""],
    "text out of range.xlsx": [NO_TEXT, ""],
    "text minus.xlsx": [NO_TEXT, ""],
    "text of none.xlsx": [NO_TEXT, ""],
}
ELSEWHERE = {
    "10000 commas.csv": {2: "", 4: ""},
    "blank lines.csv": {5_002: ""},
    "rows backwards.xlsx": {10: ""},
}


def report(name):
    """Return {row: why it is rejected, or ""} of a file that is a table."""
    where, _, word = name.rpartition(".")[0].partition(" ")
    said = REPORTS.get(name, [""])
    if word in WORDS and where == "name":
        said = ["", IN_A_NAME.get(word, "no name" if word == "spaces" else ""), ""]
    elif word in WORDS and where == "cell":
        said = [IN_A_NAME.get(word, "no state"), ""]
    return ELSEWHERE.get(name) or dict(enumerate(said, start=2))
