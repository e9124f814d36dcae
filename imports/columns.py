"""Which column of a file is which field of a lead."""

import json
from hashlib import md5

from backoffice.refusals import Refused

# Every field that a column may fill, with the longest text it takes.
LENGTHS = {
    "external_id": 60,
    "name": 200,
    "address": 200,
    "city": 100,
    "state": 100,
    "postcode": 12,
    "phone": 100,
    "owner": 254,
}
LABELS = {
    "external_id": "External id",
    "name": "Facility",
    "address": "Address",
    "city": "City",
    "state": "State",
    "postcode": "Postcode",
    "phone": "Phone",
    "owner": "Owner (e-mail)",
}
REQUIRED = ("name", "state")

# Columns that need no --map: those of the CMS hospital file, and what others call the same.
RECOGNISED = {
    "external_id": ["facility id", "provider id", "external id", "external_id"],
    "name": ["facility name", "hospital name", "facility", "name"],
    "address": ["address", "street", "street address"],
    "city": ["city/town", "city"],
    "state": ["state"],
    "postcode": ["zip code", "zip", "postcode", "postal code"],
    "phone": ["telephone number", "phone number", "telephone", "phone"],
    "owner": ["owner e-mail", "owner email", "owner (e-mail)"],
}
CMS = {"facility id", "facility name", "city/town", "zip code", "telephone number"}
# What our own list of rejected rows puts before a file's columns.
OURS = ["Row", "Problem"]


def find_columns(header, mapping):
    """Return {field: index in a row}. `mapping` is {column: field}, what --map says.

    Refused with a sentence where a column is missing, named twice or unknown.
    """
    names = [plain(name) for name in header]
    columns = {field: find(names, known) for field, known in RECOGNISED.items()}
    columns |= {field: said(names, column, header) for column, field in mapping.items()}
    found = {field: index for field, index in columns.items() if index is not None}
    for field in REQUIRED:
        if field not in found:
            raise Refused(
                f"No column is the {field}; say which with --map COLUMN={field}. "
                f"{columns_are(header)}"
            )
    return found


def guess_columns(header):
    """Return {field: index} of what can be told by the columns' names alone."""
    names = [plain(name) for name in header]
    found = {
        field: next((name for name in known if names.count(name) == 1), None)
        for field, known in RECOGNISED.items()
    }
    return {field: names.index(name) for field, name in found.items() if name is not None}


def layout_of(header):
    """Return what two files have in common whose columns are called the same."""
    names = [plain(name) for name in header[ours(header) :]]
    return md5(json.dumps(names).encode(), usedforsecurity=False).hexdigest()


def ours(header):
    """Return how many columns at the beginning are those of our list of rejected rows."""
    return len(OURS) if list(header[: len(OURS)]) == OURS else 0


def moved(columns, by):
    """Return the columns of a file whose first ones stand `by` further to the right."""
    return {field: index + by for field, index in columns.items()}


def find(names, known):
    """Return the index of the first of the `known` names that the header has."""
    column = next((name for name in known if name in names), None)
    return None if column is None else only(names, column)


def said(names, column, header):
    if plain(column) not in names:
        raise Refused(f"There is no column {column}. {columns_are(header)}")
    return only(names, plain(column))


def only(names, name):
    if names.count(name) > 1:
        raise Refused(f'Several columns are called "{name}"; rename all but one.')
    return names.index(name)


def parse_mapping(options):
    """Return {column: field} of options like "Hospital=name"; Refused if one is not like that."""
    mapping: dict[str, str] = {}
    for option in options:
        column, _, field = option.rpartition("=")
        if not column or field not in LENGTHS:
            raise Refused(
                f"--map {option} is not COLUMN=FIELD with one of the fields {', '.join(LENGTHS)}."
            )
        if field in mapping.values():
            raise Refused(f"--map names two columns for {field}.")
        mapping[column] = field
    return mapping


def is_cms(header):
    """Is this the CMS file "Hospital General Information"?"""
    return {plain(name) for name in header} >= CMS


def columns_are(header):
    return f"The file's columns are: {', '.join(shown(name) for name in header[:50])}."


def shown(name):
    """A column's name for a person's terminal, whatever is in it."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:40])


def plain(name):
    return " ".join(name.split()).casefold()
