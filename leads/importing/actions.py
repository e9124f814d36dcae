"""Importing a file of facilities into the pool: read, judge, merge.

Rows go through in chunks, so memory doesn't grow with the file; what was merged stays when a later
chunk fails, and importing the file again brings the rest.
"""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from uuid import uuid4

from backoffice.refusals import Refused
from leads.importing import staging
from leads.importing.columns import find_columns, is_cms
from leads.importing.merging import CHUNK, merge
from leads.importing.reading import open_table
from leads.importing.validating import Bad, RowReader

LONGEST_SOURCE = 40  # as the column


@dataclass
class Tally:
    """What became of a file's rows. `source` is what the leads are said to come from."""

    source: str = ""
    created: int = 0
    duplicate: int = 0
    rejected: int = 0
    shared_phones: int = 0


def import_leads(path, opportunity_type, *, by, tell, source="", mapping=None, dry_run=False):
    """Bring the facilities of a file into the pool as leads of one type; return the Tally.

    `tell(sentence)` hears about each row that is rejected or shares its phone with another
    facility. Refused if the file as a whole can't be imported. A dry run writes nothing.
    """
    tally = Tally()

    def reject(number, reason):
        tally.rejected += 1
        tell(f"row {number}: rejected: {reason}")

    with open_table(path, reject) as table, staging.staging():
        columns = find_columns(table.header, mapping or {})
        tally.source = source_of(path, table.header, source)
        stage_all(good_rows(table, RowReader(columns, len(table.header)), reject))
        tally.created, tally.duplicate = staging.judge(tally.source, opportunity_type)
        for number, phone in staging.shared_phones():
            tally.shared_phones += 1
            tell(f"row {number}: warning: another facility has the phone {phone} too")
        if not dry_run:
            created = merge(tally.source, opportunity_type, by=by, bulk_id=uuid4())
            # Somebody else may have brought some of them meanwhile.
            tally.duplicate += tally.created - created
            tally.created = created
    return tally


def source_of(path, header, said):
    source = said or ("CMS" if is_cms(header) else Path(path).stem[:LONGEST_SOURCE])
    if len(source) > LONGEST_SOURCE:
        raise Refused(f"A source's name has at most {LONGEST_SOURCE} characters.")
    return source


def good_rows(table, reader, reject):
    for number, cells in table:
        try:
            yield reader.read(number, cells)
        except Bad as problem:
            reject(number, problem)


def stage_all(rows):
    while chunk := list(islice(rows, CHUNK)):
        staging.stage(chunk)
