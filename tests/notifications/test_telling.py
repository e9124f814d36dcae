"""Who is told what: once, in the transaction of what happened."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import book_callback, cancel_callback
from callbacks.models import Callback
from callbacks.ringing import mail_open_callbacks
from leads.actions import claim_lead, get_lead, reassign_lead, release_lead
from leads.expiry import release_expired
from notifications.models import Email, Kind, Notice
from people.models import User
from tests.dispositions.starting import next_slot
from tests.factories import LeadFactory


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana, facility__name="Mercy Hospital")


def book(lead, rep, *, in_hours):
    """Book the first window in so many hours; return the callback."""
    with acting_as(rep):
        mine = get_lead(lead.pk)
        starts_at = next_slot(mine.as_of + timedelta(hours=in_hours))
        return book_callback(mine, starts_at, by=rep)[0]


def told(user, kind=None):
    with acting_as(user):
        notices = Notice.objects.filter(recipient=user).order_by("id")
        return [str(notice) for notice in (notices.filter(kind=kind) if kind else notices)]


def mailed(user):
    with acting_as(SYSTEM):
        return [email.kind for email in Email.objects.filter(recipient=user).order_by("id")]


def test_a_claim_is_confirmed(ana, make):
    lead = make(LeadFactory, facility__name="Mercy Hospital")
    with acting_as(ana):
        claim_lead(lead.pk, by=ana)

    assert told(ana)[0].startswith("Mercy Hospital is yours until")
    assert mailed(ana) == [Kind.CLAIM_CONFIRMED]


def test_a_claim_is_confirmed_with_the_day_of_the_organisations_zone(ana, make, move_clock):
    """At 20:30 in New York it is tomorrow by UTC."""
    lead = make(LeadFactory, facility__name="Mercy Hospital")
    with acting_as(ana):
        there = clock().astimezone(ZoneInfo("America/New_York"))
    evening = there.replace(hour=20, minute=30) + timedelta(days=1)
    move_clock(evening - there)
    with acting_as(ana):
        claim_lead(lead.pk, by=ana)

    last = evening.date() + timedelta(days=45)
    assert told(ana) == [f"Mercy Hospital is yours until {last.day} {last:%b %Y}."]


def test_the_old_owner_is_told_when_time_takes_the_lead(ana, lead, move_clock):
    move_clock(timedelta(days=46))
    release_expired()
    release_expired()

    assert told(ana) == ["Your protection of Mercy Hospital has ended; it is back in the pool."]
    assert mailed(ana) == [Kind.LEAD_RELEASED]


def test_the_old_owner_is_told_by_the_claim_that_was_quicker_than_the_sweep(
    ana, ben, lead, move_clock
):
    move_clock(timedelta(days=46))
    with acting_as(ben):
        claim_lead(lead.pk, by=ben)
    release_expired()

    assert told(ana) == ["Your protection of Mercy Hospital has ended."]


def test_a_manager_who_releases_tells_the_owner(ana, cleo, lead):
    with acting_as(cleo):
        release_lead(lead.pk, by=cleo, version=lead.version, why="")

    assert told(ana) == ["Cleo released Mercy Hospital into the pool."]


def test_who_releases_by_hand_needs_no_telling(ana, lead):
    with acting_as(ana):
        release_lead(lead.pk, by=ana, version=lead.version, why="")

    assert told(ana) == []


def test_the_old_owner_hears_of_the_callback_that_goes_with_the_lead(
    ana, ben, cleo, make, move_clock
):
    leads = {name: make(LeadFactory, owner=ana, facility__name=name) for name in "ABC"}
    for hours, lead in enumerate(leads.values(), start=1):
        book(lead, ana, in_hours=hours)
    with acting_as(cleo):
        released = get_lead(leads["A"].pk)
        release_lead(released.pk, by=cleo, version=released.version, why="")
    move_clock(timedelta(days=46))
    with acting_as(ben):
        claim_lead(leads["B"].pk, by=ben)
    release_expired()

    assert told(ana, Kind.LEAD_RELEASED) == [
        "Cleo released A into the pool. Your callback there is cancelled.",
        "Your protection of B has ended. Your callback there is cancelled.",
        "Your protection of C has ended; it is back in the pool. Your callback there is cancelled.",
    ]


def test_reassigning_tells_both(ana, ben, cleo, lead):
    with acting_as(ana):
        mine = get_lead(lead.pk)
        book_callback(mine, next_slot(mine.as_of + timedelta(hours=3)), by=ana)
    with acting_as(cleo):
        reassign_lead(lead.pk, to=ben, by=cleo)

    assert told(ben) == ["Cleo gave you Mercy Hospital."]
    assert told(ana) == ["Cleo gave Mercy Hospital to Ben. Your callback there is cancelled."]


def says(callback, name, rep):
    begins, ends = (moment.astimezone(rep.zone) for moment in callback.bounds)
    return f"Call {name}: callback {begins:%a} {begins.day} {begins:%b, %H:%M}-{ends:%H:%M}."


def test_the_bell_rings_when_a_window_opens_though_no_job_runs(ana, lead, move_clock):
    with acting_as(ana):
        now = clock()
    callback = book(lead, ana, in_hours=1)
    move_clock(callback.slot.lower - now - timedelta(milliseconds=1))
    assert told(ana) == []

    move_clock(callback.slot.lower - now)
    assert told(ana) == [says(callback, "Mercy Hospital", ana)]


def test_the_mail_of_it_leaves_once_and_also_after_a_weekend_without_a_worker(
    ana, lead, move_clock
):
    book(lead, ana, in_hours=1)
    assert mail_open_callbacks() == 0

    move_clock(timedelta(days=3))

    assert (mail_open_callbacks(), mail_open_callbacks()) == (1, 0)
    assert mailed(ana) == [Kind.CALLBACK_OPEN]


def test_what_can_still_be_undone_does_not_ring(ana, lead, move_clock):
    with acting_as(ana):
        mine = get_lead(lead.pk)
        slot = next_slot(mine.as_of + timedelta(hours=1))
    move_clock(slot - mine.as_of - timedelta(seconds=3))
    with acting_as(ana):
        book_callback(get_lead(lead.pk), slot, by=ana)
    move_clock(slot - mine.as_of + timedelta(seconds=4))
    assert (told(ana), mail_open_callbacks()) == ([], 0)

    move_clock(slot - mine.as_of + timedelta(seconds=5))
    assert (len(told(ana)), mail_open_callbacks()) == (1, 1)


def test_what_was_moved_or_cancelled_does_not_ring_and_what_is_put_back_does(ana, make, move_clock):
    moved, cancelled, put_back = (
        make(LeadFactory, owner=ana, facility__name=name) for name in ("Moved", "Gone", "Back")
    )
    book(moved, ana, in_hours=1)
    last = book(moved, ana, in_hours=4)
    again = book(put_back, ana, in_hours=3)
    with acting_as(ana):
        gone = Callback.objects.with_display().get(pk=book(cancelled, ana, in_hours=2).pk)
        cancel_callback(gone, by=ana)
    with acting_as(SYSTEM):
        mine = Callback.objects.filter(pk=again.pk)
        mine.update(status="cancelled", ended_at=clock())
        mine.update(status="open", ended_at=None)
    move_clock(timedelta(hours=6))

    assert told(ana) == [says(last, "Moved", ana), says(again, "Back", ana)]


def test_the_bell_says_the_hour_of_where_the_rep_is_then(ana, lead, move_clock):
    callback = book(lead, ana, in_hours=1)
    with acting_as(ana):
        User.objects.filter(pk=ana.pk).update(time_zone="America/Denver")
        ana.refresh_from_db()
    move_clock(timedelta(hours=2))

    assert told(ana) == [says(callback, "Mercy Hospital", ana)]


def test_a_switch_keeps_the_mail_away_but_not_the_bell(ana, make):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(mail_off=[Kind.CLAIM_CONFIRMED])
    lead = make(LeadFactory)
    with acting_as(ana):
        claim_lead(lead.pk, by=User.objects.get(pk=ana.pk))

    assert len(told(ana)) == 1
    assert mailed(ana) == []


def test_nobody_reads_anothers_bell(ana, ben, ada, make):
    lead = make(LeadFactory)
    with acting_as(ana):
        claim_lead(lead.pk, by=ana)

    for other in (ben, ada):
        with acting_as(other):
            assert not Notice.objects.exists()


def test_sweeps_at_the_same_moment_mail_once(transactional_db, cast, make, at_once):
    lead = make(LeadFactory, owner=cast.ana)
    with acting_as(cast.ana):
        mine = get_lead(lead.pk)
        callback, _ = book_callback(mine, next_slot(mine.as_of + timedelta(hours=1)), by=cast.ana)
    with acting_as(SYSTEM):
        late = clock() - timedelta(hours=2)
        type(callback).objects.filter(pk=callback.pk).update(
            slot=(late, late + timedelta(minutes=30)), booked_at=late
        )

    mailed = at_once(*[mail_open_callbacks] * 4)

    assert sum(mailed) == 1
