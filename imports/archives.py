"""Zips by strangers: what a workbook says about itself is judged before anything is unpacked."""

import struct
import zipfile
import zlib
from contextlib import contextmanager

from backoffice.refusals import Refused
from imports.limits import MEGABYTE

SIGNATURE = b"PK\x03\x04"
END = b"PK\x05\x06"
END_64 = b"PK\x06\x07"
# The directory's end may be followed by a comment of 64 kB.
TAIL = 22 + 20 + 0xFFFF

MOST_MEMBERS = 1000
LARGEST_DIRECTORY = MEGABYTE
LARGEST_UNPACKED = 2048 * MEGABYTE
# Sheets shrink to a twentieth, or to a hundredth where rows repeat. Small ones may as they like.
MOST_RATIO = 250
SMALL = 16 * MEGABYTE

UNREADABLE = "This is no workbook that can be read. Save it as .xlsx or as CSV and try again."
BOMB = "This workbook unpacks to far more than it should. Save it again as .xlsx or as CSV."
# What a zip that lies about itself makes zipfile and zlib raise.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)


def is_archive(path):
    with open(path, "rb") as file:
        return file.read(4) == SIGNATURE


@contextmanager
def open_archive(path):
    """Open a zip whose directory is small and honest about sizes; Refused if it is none."""
    refuse_large_directory(path)
    with honest():
        archive = zipfile.ZipFile(path)
    with archive:
        refuse_bomb(archive.infolist())
        yield archive


def refuse_large_directory(path):
    """zipfile reads all of the directory into memory, however long that is."""
    with open(path, "rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - TAIL))
        tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) < at + 22 or END_64 in tail[max(0, at - 20) : at]:
        raise Refused(UNREADABLE)
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size > LARGEST_DIRECTORY:
        raise Refused(BOMB)


def refuse_bomb(members):
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if len(members) > MOST_MEMBERS or unpacked > LARGEST_UNPACKED:
        raise Refused(BOMB)
    if unpacked > SMALL and unpacked / packed > MOST_RATIO:
        raise Refused(BOMB)


@contextmanager
def honest():
    """Refuse what turns out to be broken."""
    try:
        yield
    except BROKEN as problem:
        raise Refused(UNREADABLE) from problem


@contextmanager
def open_member(archive, name):
    """Open one file in it, to be read piece by piece; Refused if it is not there."""
    try:
        member = archive.getinfo(name)
    except KeyError:
        raise Refused(UNREADABLE) from None
    if member.flag_bits & 1:
        raise Refused("This workbook is protected by a password. Save it without and try again.")
    with honest():
        file = archive.open(member)
    with file:
        yield file
