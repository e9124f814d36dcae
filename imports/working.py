"""Carrying imports on: in chunks, each a transaction that ends with its checkpoint.

Whoever is killed in a chunk leaves nothing of it, and the next one begins behind the last
checkpoint; two that work on the same import at once notice and one of them gives way. A chunk
whose import was cancelled meanwhile is rolled back.
"""

import logging
import time
from contextlib import closing, contextmanager

from django.core.files.storage import default_storage
from django.db import DatabaseError, OperationalError, connection
from django.db.models import F

from backoffice.clock import Clock
from backoffice.commands import at_work
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, SYSTEM_ID, acting_as
from history.actions import record
from history.models import Event
from imports import checking, merging, reverting
from imports.models import Import
from imports.reading import open_table
from imports.validating import RowReader
from notifications.actions import notify
from notifications.models import Kind
from people.models import User
from people.permissions import Role
from protection.window import day_there, window_end_from_now

log = logging.getLogger(__name__)

# A task has 45 seconds; the chunk that has begun is finished.
SECONDS = 20
# What kills its worker again and again is given up.
MOST_TRIES = 10

ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('import ' || %s, 0))"


class GivenWay(Exception):
    """Somebody else works on the import, or it was cancelled."""


class Slice:
    """The time that one run may take."""

    def __init__(self, seconds):
        self.ends = time.monotonic() + seconds

    @property
    def is_over(self):
        return time.monotonic() > self.ends


def carry_on(seconds=SECONDS):
    """Go on with the imports that are due, oldest first, for about so long."""
    time_left = Slice(seconds)
    for pk in due():
        if time_left.is_over:
            return
        work_on(pk, time_left)


def due():
    with acting_as(SYSTEM):
        return list(Import.objects.due().values_list("pk", flat=True))


def work_on(pk, time_left, *, path=None):
    """Work on one import as long as there is time; what can't be imported has failed.

    The file is the one that was uploaded, or that at `path`.
    """
    try:
        begin(pk)
        while not time_left.is_over:
            found = get(pk)
            if not found.is_at_work:
                return
            WORK[found.state](found, path or default_storage.path(found.content), time_left)
    except GivenWay:
        return
    except Refused as refusal:
        fail(pk, str(refusal))
    except OSError:
        log.exception("import_file_unreadable")
        fail(pk, "The file can't be read any more. Upload it again.")
    except OperationalError:
        # A database that is away, a lock that was not to be had: the next run tries again.
        log.exception("import_interrupted")
    except DatabaseError:
        log.exception("import_failed")
        fail(pk, "Something went wrong on our side. What was imported before that stays.")


def get(pk):
    with acting_as(SYSTEM):
        return Import.objects.select_related("by", "reverted_by").get(pk=pk)


def begin(pk):
    """Count the try, and give up where all before have come to nothing.

    Where somebody is at work it is no try: many ticks may come while one chunk is written.
    """
    with acting_as(SYSTEM), connection.cursor() as cursor:
        if not is_alone(cursor, pk):
            raise GivenWay
        Import.objects.filter(pk=pk).update(tries=F("tries") + 1)
        if Import.objects.get(pk=pk).tries > MOST_TRIES:
            raise Refused("Working on this file broke off again and again.")


def fail(pk, sentence):
    with acting_as(SYSTEM):
        Import.objects.filter(pk=pk, state__in=Import.AT_WORK).update(
            state=Import.State.FAILED, problem=sentence, ended_at=Clock()
        )


# --- a chunk --------------------------------------------------------------------


@contextmanager
def chunk_of(found):
    """Open the transaction of a chunk; yields a cursor.

    Nobody else works on the import meanwhile, or has since it was `found`.
    """
    with at_work() as cursor:
        # A chunk that a crash of the database takes back, it takes back with its checkpoint.
        cursor.execute("SET LOCAL synchronous_commit = off")
        alone = is_alone(cursor, found.pk)
        now = Import.objects.filter(pk=found.pk).values(*CHECKPOINTS).first() if alone else None
        if now != {name: getattr(found, name) for name in CHECKPOINTS}:
            raise GivenWay
        yield cursor


def is_alone(cursor, pk):
    """Does nobody else work on the import? Then nobody will until the end of the transaction."""
    cursor.execute(ALONE, [pk])
    return cursor.fetchone()[0]


CHECKPOINTS = ["state", "read_to", "merged_to", "reverted_to"]


def advance(found, counted, **checkpoint):
    """Write how far the chunk has brought the import; GivenWay if it was cancelled meanwhile."""
    more = {name: F(name) + number for name, number in counted.items()}
    same = Import.objects.filter(pk=found.pk, state=found.state)
    if not same.update(**checkpoint, **more, tries=0):
        raise GivenWay
    for name, value in checkpoint.items():
        setattr(found, name, value)


# --- what is to be done ---------------------------------------------------------


def check(found, path, time_left):
    """Read the file from the checkpoint on and judge its rows; nothing is written of them."""
    where = {"encoding": found.encoding, "mark": found.read_mark, "number": found.read_to}
    with open_table(path, **where) as table:
        reader = RowReader(found.columns, len(table.header))
        # The header is row 1 of what nobody has read yet.
        chunks = checking.ahead(checking.chunks(table, reader, after=found.read_to))
        with closing(chunks):
            for chunk in chunks:
                check_chunk(found, chunk, table.encoding)
                if time_left.is_over:
                    return
    with chunk_of(found):
        advance(found, {}, state=Import.State.CHECKED, read_share=100)


def check_chunk(found, chunk, encoding):
    with chunk_of(found) as cursor:
        counted = checking.judge(cursor, found, chunk.lines)
        advance(
            found,
            counted,
            read_to=chunk.lines[-1][0],
            read_mark=chunk.mark,
            read_share=min(chunk.share, 99),
            encoding=encoding,
        )


def merge(found, path, time_left):
    """Make leads of the rows behind the checkpoint."""
    while not time_left.is_over:
        with chunk_of(found) as cursor:
            refuse_former_admins(found.by)
            upto = merging.last_of_chunk(cursor, found)
            if upto is None:
                finish_merge(found)
                return
            until = window_end_from_now()
            day = day_there(until)
            counted = merging.merge(cursor, found, upto=upto, until=until, day=day)
            tell_owners(cursor, found)
            advance(found, counted, merged_to=upto)


def refuse_former_admins(by):
    """What somebody began goes on only as long as they may do it."""
    if by.pk == SYSTEM_ID:
        return
    if not User.objects.filter(pk=by.pk, is_active=True, role=Role.SALES_ADMIN).exists():
        raise Refused(f"{by.name} is no sales admin any more. What was imported stays.")


def finish_merge(found):
    advance(found, {}, state=Import.State.DONE, ended_at=Clock())
    now = Import.objects.get(pk=found.pk)
    sentence = (
        f"{found.by.name} imported “{found.name}”: {now.created:,} created, "
        f"{now.updated:,} updated, {now.duplicate:,} duplicate, {now.rejected:,} rejected."
    )
    record(
        Event.Kind.IMPORT_ENDED,
        sentence,
        by=found.by,
        person_id=found.by_id,
        detail={"import": found.pk},
    )


def tell_owners(cursor, found):
    """One line in the bell of everybody who was given leads, however many chunks they come in."""
    for owner_id in merging.owners(cursor):
        notify(
            User.objects.get(pk=owner_id),
            Kind.LEAD_ASSIGNED,
            f"{found.by.name} imports leads for you: “{found.name}”.",
            key=f"import:{found.pk}:{owner_id}",
        )


def revert(found, path, time_left):
    """Take back what the import made, behind the checkpoint."""
    while not time_left.is_over:
        with chunk_of(found) as cursor:
            refuse_former_admins(found.reverted_by)
            upto = reverting.last_of_chunk(cursor, found)
            if upto is None:
                finish_revert(found)
                return
            counted = reverting.revert(cursor, found, upto=upto, by=found.reverted_by)
            advance(found, counted, reverted_to=upto)


def finish_revert(found):
    advance(found, {}, state=Import.State.REVERTED, ended_at=Clock())
    now = Import.objects.get(pk=found.pk)
    by = found.reverted_by
    record(
        Event.Kind.IMPORT_ENDED,
        f"{by.name} reverted “{found.name}”: {now.removed:,} removed, {now.kept:,} kept.",
        by=by,
        person_id=by.pk,
        detail={"import": found.pk},
    )


WORK = {
    Import.State.CHECKING: check,
    Import.State.MERGING: merge,
    Import.State.REVERTING: revert,
}
