"""Names of files as people's machines have them, made harmless."""

import unicodedata
from pathlib import PurePosixPath

LONGEST = 120


def harmless(name, extensions):
    """Return a name to show and to save under: no path, no control or direction marks in it.

    It ends as its content does, with one of the `extensions`: what is a picture is no program.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(c for c in unicodedata.normalize("NFC", last) if is_visible(c))
    path = PurePosixPath(" ".join(visible.split()).strip(". ") or "file")
    stem, suffix = path.stem, path.suffix
    if suffix.lower() not in extensions:
        stem, suffix = path.name, extensions[0]
    return stem[:LONGEST] + suffix


def is_visible(character):
    """Is it neither a control nor a format character, as those that turn the direction round?"""
    return character == " " or unicodedata.category(character)[0] not in "CZ"
