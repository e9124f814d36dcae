"""What is forgotten of imports, and when: first the file, then the rows, never the leads."""

import os
import time
from datetime import timedelta

from backoffice.rls import SYSTEM, acting_as
from imports import merging, pruning
from imports.models import Import
from leads.models import Lead
from tests.imports.conftest import row, work


def files(settings):
    return {path.name for path in (settings.MEDIA_ROOT / "imports").iterdir()}


def age(settings):
    """Make every file two hours old."""
    for path in (settings.MEDIA_ROOT / "imports").iterdir():
        os.utime(path, (time.time() - 7200,) * 2)


def test_a_file_goes_when_nobody_needs_it_any_more(importing, settings):
    waiting, done = importing.upload(row(1)), importing.everything(row(2))
    (settings.MEDIA_ROOT / "imports" / "stray").write_bytes(b"x")
    pruning.prune()
    assert len(files(settings)) == 3
    age(settings)
    pruning.prune()

    assert files(settings) == {importing.get(waiting).content.rpartition("/")[2]}
    assert importing.get(done.pk).content == ""
    importing.revert(done.pk)
    assert importing.get(done.pk).removed == 1


def test_rows_are_forgotten_after_a_month_and_leads_are_not(importing, move_clock):
    found = importing.everything(row(1), row(2))
    move_clock(timedelta(days=29))
    pruning.prune()
    assert len(importing.rows(found.pk)) == 2
    move_clock(timedelta(days=31))
    pruning.prune()

    assert importing.rows(found.pk) == []
    assert importing.get(found.pk).created == 2
    with acting_as(SYSTEM):
        assert Lead.objects.count() == 2


def test_what_nobody_goes_on_with_is_given_up_after_a_week(importing, move_clock, settings):
    uploaded, checked = importing.upload(row(1)), importing.upload(row(2))
    importing.check(checked)
    move_clock(timedelta(days=8))
    age(settings)
    pruning.prune()

    assert [importing.get(pk).state for pk in (uploaded, checked)] == ["cancelled"] * 2
    assert files(settings) == set()


def test_two_workers_at_one_import_write_it_once(
    transactional_db, importing, at_once, monkeypatch, ada
):
    monkeypatch.setattr(merging, "CHUNK", 5)
    pk = importing.upload(*[row(number) for number in range(40)])
    importing.check(pk)
    with acting_as(SYSTEM):
        Import.objects.filter(pk=pk).update(state="merging")

    assert at_once(work, work, work) == [None] * 3

    work()
    found = importing.get(pk)
    assert (found.state, found.created, found.duplicate) == ("done", 40, 0)
    with acting_as(SYSTEM):
        assert Lead.objects.count() == 40
