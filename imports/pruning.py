"""Forgetting imports: first their files, later their rows. What was imported stays, of course."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils.timezone import now

from backoffice.clock import Clock
from backoffice.sweeps import sweep
from imports.models import FOLDER, Import, Row

# An upload that nobody went on with.
LEFT_FOR = timedelta(days=7)
# How long one may look at the rows of an import that has ended, and correct what was rejected.
ROWS_KEPT = timedelta(days=30)
# No request takes as long; a younger file may be on its way.
ARRIVING = timedelta(hours=1)
BATCH = 10_000
AT_MOST = 500_000  # rows in a run; the rest waits for the next


def prune():
    give_up_abandoned()
    delete_files()
    deleted = 0
    while deleted < AT_MOST and (count := delete_rows()):
        deleted += count


def give_up_abandoned():
    """End what waits for a person, or for a command that died, and has for long."""
    waiting = Q(state__in=[Import.State.UPLOADED, Import.State.CHECKED])
    died = Q(state__in=Import.AT_WORK, attended=True)
    with sweep("imports.pruning") as alone:
        if alone:
            Import.objects.filter(waiting | died, created_at__lt=Clock() - LEFT_FOR).update(
                state=Import.State.CANCELLED, ended_at=Clock()
            )


def delete_files():
    """Delete the files of imports that have ended, and those that no import knows."""
    with sweep("imports.pruning") as alone:
        if not alone:
            return
        needed = set(
            Import.objects.exclude(state__in=Import.ENDED)
            .exclude(content="")
            .values_list("content", flat=True)
        )
        for name in stored():
            age = now() - default_storage.get_modified_time(name)
            if name not in needed and age > ARRIVING:
                default_storage.delete(name)
        Import.objects.filter(state__in=Import.ENDED).exclude(content="").update(content="")


def stored():
    try:
        return [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    except FileNotFoundError:
        return []


def delete_rows():
    """Delete some rows that nobody looks at any more; return how many."""
    with sweep("imports.pruning") as alone:
        if not alone:
            return 0
        # Of what was given up before anything was written, nobody needs the rows.
        ended = Import.objects.filter(state__in=Import.ENDED).filter(
            Q(ended_at__lt=Clock() - ROWS_KEPT)
            | Q(ended_at__lt=Clock() - ARRIVING, state=Import.State.CANCELLED, merged_to=0)
        )
        old = Row.objects.filter(of__in=ended.values("pk"))
        rows = list(old.values_list("of_id", "number")[:BATCH])
        for of in {of for of, _ in rows}:
            numbers = [number for whose, number in rows if whose == of]
            Row.objects.filter(of=of, number__in=numbers).delete()
        return len(rows)
