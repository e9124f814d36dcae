"""Booking, moving, cancelling and completing a callback."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from psycopg.types.range import Range

from backoffice.clock import clock
from backoffice.refusals import Forbidden, Refused
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import SlotTaken, cancel_callback, complete_callback
from callbacks.models import SLOT, Callback
from callbacks.slots import DAYS_AHEAD, BadWindow
from leads.actions import claim_lead, get_lead, reassign_lead, release_lead
from leads.models import Lead
from leads.queue import queue_page
from tests.callbacks.conftest import at, callback_at, open_callbacks, reload
from tests.factories import LeadFactory


def sentences(lead):
    with acting_as(SYSTEM):
        return [event.sentence for event in lead.events.order_by("id")]


def test_a_booking_takes_the_window_and_is_copied_to_the_lead(ana, lead, monday, book):
    callback = book(ana, lead, at(monday, "10:00"))

    assert (callback.rep, callback.booked_by, callback.status) == (ana, ana, "open")
    assert (callback.slot.lower, callback.slot.upper) == (
        at(monday, "10:00"),
        at(monday, "10:30"),
    )
    assert (callback.local_date, f"{callback.local_time}") == (monday, "10:00:00")
    assert callback.time_zone == "America/New_York"
    assert callback_at(lead) == at(monday, "10:00")
    assert sentences(lead) == [f"Ana booked a callback for {callback.window}."]


def test_whoever_looked_at_the_lead_before_is_told_that_it_changed(ana, lead, monday, book):
    book(ana, lead, at(monday, "10:00"))

    assert reload(lead).version == lead.version + 1


def test_a_second_booking_moves_the_first(ana, lead, monday, book):
    first = book(ana, lead, at(monday, "10:00"))
    second = book(ana, lead, at(monday, "11:30"))

    assert open_callbacks(ana) == [second]
    assert reload(first).status == "cancelled"
    assert callback_at(lead) == at(monday, "11:30")
    assert sentences(lead)[-1] == f"Ana moved the callback of {first.window} to {second.window}."


def test_the_window_that_it_has_already_is_refused(ana, lead, monday, book):
    first = book(ana, lead, at(monday, "10:00"))

    with pytest.raises(BadWindow, match="already"):
        book(ana, lead, at(monday, "10:00"))
    assert open_callbacks(ana) == [first]


def test_a_taken_window_is_refused_with_the_next_free_one(ana, lead, make, monday, book):
    book(ana, make(LeadFactory, owner=ana), at(monday, "10:00"))
    book(ana, make(LeadFactory, owner=ana), at(monday, "10:30"))
    mine = book(ana, lead, at(monday, "11:00"))

    with pytest.raises(SlotTaken, match=r"10:00 on .* is taken") as refusal:
        book(ana, lead, at(monday, "10:00"))

    # Not 11:00, where the lead's own callback still stands.
    assert refusal.value.next_free == at(monday, "11:30")
    assert reload(mine).is_open
    assert callback_at(lead) == at(monday, "11:00")


def test_neighbouring_windows_do_not_collide(ana, lead, make, monday, book):
    for wall in ["09:30", "10:00", "10:30"]:
        book(ana, make(LeadFactory, owner=ana), at(monday, wall))

    assert len(open_callbacks(ana)) == 3


def test_two_reps_may_have_the_same_window(ana, ben, lead, make, monday, book):
    book(ana, lead, at(monday, "10:00"))
    book(ben, make(LeadFactory, owner=ben), at(monday, "10:00"))

    assert len(open_callbacks(ana)) == len(open_callbacks(ben)) == 1


def test_a_cancelled_window_is_free_again(ana, lead, make, monday, book):
    callback = book(ana, lead, at(monday, "10:00"))
    with acting_as(ana):
        cancel_callback(callback, by=ana, why="They called us")

    assert callback_at(lead) is None
    assert sentences(lead)[-1] == f"Ana cancelled the callback of {callback.window}."
    book(ana, make(LeadFactory, owner=ana), at(monday, "10:00"))


def test_a_callback_can_be_completed_without_a_disposition(ana, lead, monday, book):
    callback = book(ana, lead, at(monday, "10:00"))
    with acting_as(ana):
        complete_callback(callback, by=ana)

    assert reload(callback).status == "done"
    assert reload(callback).ended_at is not None
    assert callback_at(lead) is None


def test_what_is_done_can_not_be_cancelled(ana, lead, monday, book):
    callback = book(ana, lead, at(monday, "10:00"))
    with acting_as(ana):
        complete_callback(callback, by=ana)
    with acting_as(ana), pytest.raises(Refused, match="done or cancelled already"):
        cancel_callback(callback, by=ana)


# --- which windows there are --------------------------------------------------


@pytest.mark.parametrize("wall", ["10:15", "10:01", "10:00:01"])
def test_windows_start_on_the_hour_or_half_past(ana, lead, monday, book, wall):
    with pytest.raises(BadWindow, match="half past"):
        book(ana, lead, at(monday, wall))


def test_the_past_is_refused(ana, lead, monday, book):
    with pytest.raises(BadWindow, match="passed already"):
        book(ana, lead, at(monday - timedelta(days=21), "10:00"))


def test_a_window_can_be_booked_up_to_its_first_moment(ana, lead, monday, book, move_clock):
    until_then = at(monday, "10:00") - clock()

    move_clock(until_then)
    assert book(ana, lead, at(monday, "10:00")).is_open

    move_clock(until_then + timedelta(minutes=30, microseconds=1))
    with pytest.raises(BadWindow, match="passed already"):
        book(ana, lead, at(monday, "10:30"))


def test_the_last_day_is_180_days_ahead(ana, lead, book):
    today = clock().astimezone(ana.zone).date()

    with pytest.raises(BadWindow, match="180 days"):
        book(ana, lead, at(today + timedelta(days=DAYS_AHEAD + 1), "00:00"))
    assert book(ana, lead, at(today + timedelta(days=DAYS_AHEAD), "23:30")).is_open


# --- who may ------------------------------------------------------------------


def test_only_the_owner_books(ben, cleo, sol, ada, make, ana, lead, monday, book):
    for other in [cleo, sol, ada]:
        with pytest.raises(Forbidden, match="Only the lead's owner"):
            book(other, lead, at(monday, "10:00"))


def test_the_owner_whose_window_has_ended_is_refused(ana, lead, book, monday, move_clock):
    move_clock(timedelta(days=45, hours=1))

    with pytest.raises(Refused, match="no longer yours"):
        book(ana, lead, at(monday + timedelta(days=49), "10:00"))


def test_only_the_owner_cancels_and_completes(ana, cleo, lead, monday, book):
    callback = book(ana, lead, at(monday, "10:00"))
    with acting_as(cleo):
        seen = Callback.objects.with_display().get(pk=callback.pk)
        for action in [cancel_callback, complete_callback]:
            with pytest.raises(Forbidden):
                action(seen, by=cleo)
    assert reload(callback).is_open


def test_the_database_lets_nobody_book_for_another(ana, ben, lead, monday):
    for rep, booked_by in [(ben, ana), (ana, ben), (ben, ben)]:
        with acting_as(ben), pytest.raises(ProgrammingError), transaction.atomic():
            Callback.objects.create(**row(lead, monday, rep=rep, booked_by=booked_by))


def test_a_callback_is_seen_with_its_lead(ana, ben, cleo, dora, eli, sol, ada, lead, monday, book):
    book(ana, lead, at(monday, "10:00"))

    seen = {}
    for user in [ana, ben, cleo, dora, eli, sol, ada]:
        with acting_as(user):
            seen[user.name] = Callback.objects.count()
    assert seen == {"Ana": 1, "Ben": 0, "Cleo": 1, "Dora": 0, "Eli": 0, "Sol": 1, "Ada": 1}


@pytest.mark.parametrize("outsider", ["ben", "dora", "eli"])
def test_outsiders_change_nothing(request, ana, lead, monday, book, outsider):
    callback = book(ana, lead, at(monday, "10:00"))

    with acting_as(request.getfixturevalue(outsider)):
        assert Callback.objects.filter(pk=callback.pk).update(status="open") == 0
        assert Callback.objects.filter(pk=callback.pk).delete()[0] == 0
    assert reload(callback).is_open


def test_nobody_shifts_a_callback_to_another_rep_or_time(ana, cleo, ada, lead, monday, book):
    callback = book(ana, lead, at(monday, "10:00"))
    for user in [ana, cleo, ada]:
        for column in [{"rep": cleo}, {"slot": Range(at(monday, "11:00"), at(monday, "11:30"))}]:
            with acting_as(user), pytest.raises(ProgrammingError), transaction.atomic():
                Callback.objects.filter(pk=callback.pk).update(**column)


# --- what the database refuses whoever asks -----------------------------------


def row(lead, day, wall="10:00", length=SLOT, **fields):
    start = at(day, wall)
    return {
        "lead": lead,
        "rep": lead.owner,
        "booked_by": lead.owner,
        "slot": Range(start, start + length),
        "local_date": day,
        "local_time": start.time(),
        "time_zone": "America/New_York",
    } | fields


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": timedelta(minutes=29)},
        {"length": timedelta(hours=1)},
        {"wall": "10:15"},
        {"status": "done"},
        {"ended_at": "2026-01-01T00:00Z"},
    ],
)
def test_the_database_refuses_what_is_no_callback(lead, monday, wrong):
    with acting_as(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
        Callback.objects.create(**row(lead, monday, **wrong))


def test_windows_that_overlap_in_part_collide(ana, lead, make, monday, book):
    book(ana, lead, at(monday, "14:00"))
    other = make(LeadFactory, owner=ana)
    start = at(monday, "14:15")

    with acting_as(SYSTEM), pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        Callback.objects.create(
            **row(other, monday, slot=Range(start, start + SLOT), time_zone="Asia/Kathmandu")
        )


# --- when the lead changes hands ----------------------------------------------


def test_a_release_cancels_the_callback(ana, lead, monday, book):
    callback = book(ana, lead, at(monday, "10:00"))
    with acting_as(ana):
        version = get_lead(lead.pk).version
        release_lead(lead.pk, by=ana, version=version, why="Closed for the summer")

    assert reload(callback).status == "cancelled"
    assert callback_at(lead) is None


def test_a_reassignment_cancels_the_callback(ana, ben, cleo, lead, monday, book):
    callback = book(ana, lead, at(monday, "10:00"))
    with acting_as(cleo):
        reassign_lead(lead.pk, to=ben, by=cleo)

    assert reload(callback).status == "cancelled"
    assert callback_at(lead) is None
    assert book(ben, lead, at(monday, "10:00")).rep == ben


def test_claiming_an_expired_lead_cancels_the_old_owners_callback(
    ana, ben, lead, monday, book, move_clock
):
    callback = book(ana, lead, at(monday, "10:00"))
    move_clock(timedelta(days=45, hours=1))
    with acting_as(ben):
        claim_lead(lead.pk, by=ben)

    assert reload(callback).status == "cancelled"
    assert callback_at(lead) is None


def test_an_unswept_callback_still_takes_its_window(ana, make, lead, monday, book, move_clock):
    """The lead is anybody's, the window is still Ana's until the job or a claim cancels it."""
    late = monday + timedelta(days=42)
    book(ana, lead, at(late, "10:00"))
    with acting_as(SYSTEM):
        type(ana).objects.filter(pk=ana.pk).update(territories=["MA"])
        Lead.objects.filter(pk=lead.pk).update(protected_until=clock())
    other = make(LeadFactory, owner=ana)

    with pytest.raises(SlotTaken) as refusal:
        book(ana, other, at(late, "10:00"))
    assert refusal.value.next_free == at(late, "10:30")


# --- the queue ----------------------------------------------------------------


def test_a_lead_is_scheduled_until_its_window_opens_and_then_on_top(
    ana, lead, make, monday, book, move_clock
):
    make(LeadFactory, owner=ana)
    book(ana, lead, at(monday, "10:00"))

    assert bands(ana)[lead.pk] == "scheduled"
    move_clock(at(monday, "10:00") - clock())
    assert next(iter(bands(ana).items())) == (lead.pk, "callback_due")


def bands(rep):
    with acting_as(rep):
        return {row.lead.pk: row.band for row in queue_page(rep).rows}
