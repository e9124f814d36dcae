"""An import that a command works on from beginning to end, telling what becomes of each row."""

from pathlib import Path

from backoffice.clock import Clock
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from imports.actions import source_of
from imports.checking import kept
from imports.columns import find_columns
from imports.models import LONGEST_SOURCE, Import, Row
from imports.reading import open_table
from imports.working import Slice, get, work_on

PAGE = 1_000


def import_leads(path, opportunity_type, *, by, tell, source="", mapping=None, dry_run=False):
    """Bring the facilities of a file into the pool as leads of one type; return the Import.

    `tell(sentence)` hears of each row that is rejected or should be looked at. Refused if the file
    as a whole can't be imported. A dry run writes no lead.
    """
    if len(source) > LONGEST_SOURCE:
        raise Refused(f"A source's name has at most {LONGEST_SOURCE} characters.")
    with open_table(path) as table:
        header, encoding = table.header, table.encoding
    with acting_as(SYSTEM):
        found = Import.objects.create(
            by_id=by.pk,
            name=Path(path).name[:150],
            attended=True,
            encoding=encoding,
            header=kept(header),
            columns=find_columns(header, mapping or {}),
            source=source or source_of(Path(path).name, header),
            opportunity_type=opportunity_type,
            state=Import.State.CHECKING,
        )
    try:
        go_through(found.pk, path, tell, dry_run=dry_run)
        return get(found.pk)
    finally:
        with acting_as(SYSTEM):
            Import.objects.filter(pk=found.pk).exclude(state__in=Import.ENDED).update(
                state=Import.State.CANCELLED, ended_at=Clock()
            )


def go_through(pk, path, tell, *, dry_run):
    work_to_the_end(pk, path)
    for number, problem, warnings in rows_to_tell_of(pk):
        if problem:
            tell(f"row {number}: rejected: {problem}")
        for warning in warnings:
            tell(f"row {number}: warning: {warning}")
    if not dry_run:
        with acting_as(SYSTEM):
            checked = Import.objects.filter(pk=pk, state=Import.State.CHECKED)
            if not checked.update(state=Import.State.MERGING):
                raise Refused(f"This import is {get(pk).get_state_display().lower()} by now.")
        work_to_the_end(pk, path)


def work_to_the_end(pk, path):
    while get(pk).is_at_work:
        work_on(pk, Slice(3600), path=path)
    if problem := get(pk).problem:
        raise Refused(problem)


def rows_to_tell_of(pk):
    """Yield number, problem and warnings of the rows that have any, in their order."""
    last = 0
    while True:
        with acting_as(SYSTEM):
            rows = Row.objects.filter(of=pk).to_tell_of().after(last)
            page = list(rows.values_list("number", "problem", "warnings")[:PAGE])
        if not page:
            return
        yield from page
        last, *_ = page[-1]
