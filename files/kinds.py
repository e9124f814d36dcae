"""What kinds of files may be kept, told by their content: a name says what one likes it to say."""

import codecs
import re
import zipfile
from itertools import chain
from typing import NamedTuple

import puremagic


class Kind(NamedTuple):
    """A kind of file. The first extension is put to a name that has none of them."""

    mime: str
    extensions: tuple[str, ...]


OFFICE = "application/vnd.openxmlformats-officedocument"
BY_SIGNATURE = [
    Kind("application/pdf", (".pdf",)),
    Kind("image/png", (".png",)),
    Kind("image/jpeg", (".jpg", ".jpeg")),
    Kind("image/gif", (".gif",)),
    Kind("image/webp", (".webp",)),
]
# Office files are archives; what lies in them tells which.
BY_MEMBER = {
    "word/document.xml": Kind(f"{OFFICE}.wordprocessingml.document", (".docx",)),
    "xl/workbook.xml": Kind(f"{OFFICE}.spreadsheetml.sheet", (".xlsx",)),
    "ppt/presentation.xml": Kind(f"{OFFICE}.presentationml.presentation", (".pptx",)),
}
TEXT = Kind("text/plain", (".txt", ".csv"))
ALLOWED = "PDF, Word, Excel, PowerPoint, pictures (PNG, JPEG, GIF, WebP), plain text and CSV"
ACCEPTED = ",".join(
    extension
    for kind in [*BY_SIGNATURE, *BY_MEMBER.values(), TEXT]
    for extension in kind.extensions
)

HEAD = 4096
# The second is what spreadsheets on Windows write.
ENCODINGS = ("utf-8", "cp1252")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def kind_of(file):
    """Return the Kind of an open file, or None for what may not be kept."""
    return by_signature(file) or by_member(file) or (TEXT if is_text(file) else None)


def by_signature(file):
    file.seek(0)
    try:
        found = puremagic.magic_string(file.read(HEAD))
    except (puremagic.PureError, ValueError):
        return None
    likeliest = {each.mime_type for each in found if each.confidence == found[0].confidence}
    return next((kind for kind in BY_SIGNATURE if kind.mime in likeliest), None)


def by_member(file):
    file.seek(0)
    if file.read(2) != b"PK":
        return None
    try:
        members = set(zipfile.ZipFile(file).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    # A program in a document is still a program.
    if any(name.endswith("vbaProject.bin") for name in members):
        return None
    return next((kind for member, kind in BY_MEMBER.items() if member in members), None)


def is_text(file):
    """Is all of it text, and no markup, which a browser may take for a page?"""
    file.seek(0)
    if file.read(HEAD).removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        return False
    return any(is_written_in(encoding, file) for encoding in ENCODINGS)


def is_written_in(encoding, file):
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        # chunks() begins at the start, and the empty one ends it.
        return not any(
            CONTROL.search(decoder.decode(piece, final=not piece))
            for piece in chain(file.chunks(), [b""])
        )
    except UnicodeDecodeError:
        return False
