"""Undo of a bulk action: within its seconds, row by row whole or not at all."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from backoffice.rls import SYSTEM, acting_as
from bulk.models import BulkAction
from callbacks.models import Callback
from dispositions.actions import disposition_lead
from history.models import Event
from leads.actions import get_lead
from leads.models import Lead
from leads.outcomes import Outcome
from notifications.models import Email, Notice
from protection.models import Window
from tests.bulk.starting import book, chosen, events_of, many, owners_of, said_by
from tests.conftest import HTMX
from tests.digest import digest

# History stays; versions only grow; what an outcome was stays with its mark.
GROWS = {"history_event", "bulk_bulkaction", "bulk_bulkrow", "dispositions_disposition"}


def begin(browser, deed, leads, **more):
    assert browser.post("/leads/bulk", chosen(deed, leads, **more), headers=HTMX).status_code == 200
    with acting_as(SYSTEM):
        return BulkAction.objects.order_by("-touched_at").first()


def undo(browser, bulk):
    return browser.post(f"/history/bulk/{bulk.pk}/undo", headers=HTMX)


DEEDS = [("cleo", "reassign"), ("ana", "not_interested"), ("ana", "queue")]


@pytest.mark.parametrize(("actor", "deed"), DEEDS)
def test_everything_is_as_it_was_before(cast, make, signed_in, actor, deed):
    browser = signed_in(getattr(cast, actor))
    leads = many(make, 3, owner=cast.ana)
    book(cast.ana, leads[0])
    with acting_as(cast.ana):
        disposition_lead(leads[1].pk, Outcome.INTERESTED, by=cast.ana, version=1)
    waiting = many(make, 2) if deed == "queue" else []
    kept = {"but": {*GROWS, "protection_window"}, "columns_but": {"version"}}
    before = digest(**kept), public_list()
    bulk = begin(browser, deed, [*leads, *waiting], to=cast.ben)
    assert digest(**kept) != before[0]

    answer = undo(browser, bulk)

    assert f"{len([*leads, *waiting])} undone." in said_by(answer)
    assert (digest(**kept), public_list()) == before
    assert undo(browser, bulk).status_code == 409
    call_command("invariants")


def public_list():
    with acting_as(SYSTEM):
        rows = Window.objects.filter(ended_at=None).order_by("lead_id")
        return list(rows.values_list("lead_id", "owner_id", "started_at", "expires_at"))


def test_a_row_that_was_changed_since_is_kept_whole(cast, make, signed_in):
    leads = many(make, 4, owner=cast.ana)
    booked = book(cast.ana, leads[3])
    browser = signed_in(cast.cleo)
    bulk = begin(browser, "reassign", leads, to=cast.ben)
    with acting_as(cast.ben):
        version = get_lead(leads[0].pk).version
        disposition_lead(leads[0].pk, Outcome.NO_ANSWER, by=cast.ben, version=version)
    book(cast.ben, leads[1])
    with acting_as(SYSTEM):
        # Ana has given the time of her cancelled callback to another lead meanwhile.
        other = many(make, 1, owner=cast.ana)[0]
        again = Callback.objects.get(pk=booked.pk)
        again.pk, again.lead, again.status, again.ended_at = None, other, "open", None
        again.save(force_insert=True)

    answer = undo(browser, bulk)

    assert "1 undone, 3 changed since." in said_by(answer)
    assert owners_of(leads) == [cast.ben.pk, cast.ben.pk, cast.ana.pk, cast.ben.pk]
    with acting_as(SYSTEM):
        told = Notice.objects.exclude(lead__in=[leads[1], other])
        sentences = sorted(told.values_list("recipient__name", "sentence"))
        assert sentences == [
            ("Ana", "Cleo gave 3 of your leads to Ben, callbacks cancelled."),
            ("Ben", "Cleo gave you 3 leads."),
        ]
    call_command("invariants")


def test_leads_that_have_left_sight_come_back(cast, make, signed_in):
    """A manager's pool leads are nobody's once they are disqualified."""
    waiting = many(make, 3)
    browser = signed_in(cast.cleo)
    bulk = begin(browser, "not_interested", waiting)
    assert browser.get(f"/leads/{waiting[0].pk}").status_code == 404
    assert "3 more that you do not see." in said_by(browser.get(bulk.get_absolute_url()))

    assert "3 undone." in said_by(undo(browser, bulk))

    with acting_as(SYSTEM):
        back = Lead.objects.in_pool().filter(pk__in=[lead.pk for lead in waiting])
        assert [lead.pool_since for lead in back.order_by("pk")] == [x.pool_since for x in waiting]
        assert events_of(bulk).filter(kind="dispositioned").count() == 3
        assert Event.objects.filter(bulk_id=bulk.pk, kind="undone").count() == 3
    call_command("invariants")


def test_undo_is_the_actors_and_a_matter_of_seconds(cast, make, signed_in):
    leads = many(make, 2, owner=cast.ana)
    bulk = begin(signed_in(cast.cleo), "reassign", leads, to=cast.ben)

    for other, status in (("ben", 403), ("sol", 403), ("ana", 404), ("eli", 404)):
        assert undo(signed_in(getattr(cast, other)), bulk).status_code == status
    with acting_as(SYSTEM):
        BulkAction.objects.update(touched_at=bulk.touched_at - timedelta(seconds=6))
    late = undo(signed_in(cast.cleo), bulk)

    assert (late.status_code, "The time for Undo is over." in late.text) == (409, True)
    assert owners_of(leads) == [cast.ben.pk] * 2


def test_nobody_is_told_of_what_was_undone(cast, make, signed_in, move_clock):
    bulk = begin(signed_in(cast.cleo), "reassign", many(make, 2, owner=cast.ana), to=cast.ben)
    assert "gave you" not in signed_in(cast.ben).get("/notifications").text
    with acting_as(SYSTEM):
        assert (Notice.objects.count(), Email.objects.count()) == (2, 2)

    undo(signed_in(cast.cleo), bulk)

    with acting_as(SYSTEM):
        assert (Notice.objects.count(), Email.objects.count()) == (0, 0)


def test_nobody_who_has_left_gets_a_lead_back(cast, make, signed_in):
    leads = many(make, 2, owner=cast.ana)
    browser = signed_in(cast.cleo)
    bulk = begin(browser, "reassign", leads, to=cast.ben)
    with acting_as(SYSTEM):
        cast.ana.is_active = False
        cast.ana.save()

    assert "2 changed since" in said_by(undo(browser, bulk))
    assert owners_of(leads) == [cast.ben.pk] * 2


@pytest.fixture
def discarded(cast, make, signed_in):
    """A lead of the pool that Ada, among others, marked as not interested."""
    (lead,) = many(make, 1)
    begin(signed_in(cast.ada), "not_interested", [lead])
    return lead


def test_one_of_many_is_not_undone_by_itself(cast, signed_in, discarded):
    with acting_as(SYSTEM):
        made = discarded.dispositions.get()

    answer = signed_in(cast.ada).post(f"/dispositions/{made.pk}/undo")

    assert answer.status_code == 409
    assert "undo the whole bulk action" in answer.text


def test_what_nobody_had_is_not_corrected_but_reopened(cast, signed_in, discarded, move_clock):
    move_clock(timedelta(minutes=1))
    browser, folder = signed_in(cast.ada), f"/leads/{discarded.pk}"
    with acting_as(SYSTEM):
        version = Lead.objects.get(pk=discarded.pk).version

    correction = {"outcome": "no_answer", "corrects": "on", "version": version}
    assert browser.post(f"{folder}/disposition", correction).status_code == 409
    said = {"to": "pool", "why": "They called", "version": version}
    assert browser.post(f"{folder}/reopen", said).status_code == 303

    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=discarded.pk).status == "open"
    call_command("invariants")
