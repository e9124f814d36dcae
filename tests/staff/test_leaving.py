"""Somebody leaves: they are out at once, and each of their leads is judged by itself."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import book_callback
from callbacks.models import Callback
from dispositions.actions import disposition_lead
from history.models import Event
from leads.actions import get_lead
from leads.models import Lead, Task
from notifications.models import Email, Notice
from people.models import Policy, Session, User
from review.actions import resolve_flag
from staff import handing_over
from staff.handing_over import hand_over_departed
from staff.models import Departure
from tests.digest import digest
from tests.dispositions.starting import next_slot
from tests.factories import LeadFactory
from tests.test_invariants import add, all_is_well, check

HOUR = timedelta(hours=1)


@pytest.fixture
def leads(cast, make):
    """Five of Ana's: two plain ones, one with a callback, one far away, one reported."""
    names = ["Alder", "Birch", "Cedar", "Dogwood", "Elm"]
    found = {name: add(cast.ana, f"{name} Clinic", take=True) for name in names}
    with acting_as(SYSTEM):
        # In a state that Ben does not work.
        type(found["Dogwood"].facility).objects.filter(pk=found["Dogwood"].facility_id).update(
            state="TX"
        )
        Task.objects.create(lead=found["Alder"], kind="qualification")
    book(cast.ana, found["Birch"], 3)
    book(cast.ana, found["Cedar"], 5)
    report(cast.ana, found["Elm"])
    return found


def book(by, lead, hours):
    with acting_as(by):
        book_callback(get_lead(lead.pk), next_slot(clock() + hours * HOUR), by=by)


def report(by, lead):
    with acting_as(by):
        disposition_lead(
            lead.pk, "bad_data", by=by, version=get_lead(lead.pk).version, detail="A fax"
        )


def leave(browser, person, **said):
    with acting_as(SYSTEM):
        version = User.objects.get(pk=person.pk).version
    return browser.post(f"/admin/people/{person.pk}/leave", {"version": version} | said)


def now(lead):
    with acting_as(SYSTEM):
        return Lead.objects.with_display().get(pk=lead.pk)


def departure():
    with acting_as(SYSTEM):
        return Departure.objects.get()


def test_into_the_pool_with_callbacks_cancelled(cast, leads, in_admin, signed_in):
    at_work = signed_in(cast.ana)
    assert at_work.get("/leads").status_code == 200
    browser = in_admin(cast.ada)
    page = browser.get(f"/admin/people/{cast.ana.pk}/leave").text
    assert "4 open leads will go into the pool." in page
    assert "2 callbacks will be cancelled." in page
    assert "1 reported lead will wait for review as before." in page

    response = leave(browser, cast.ana, why="She moved on")

    assert at_work.get("/leads").headers["Location"].startswith("/login")
    with acting_as(SYSTEM):
        assert not Session.objects.filter(user=cast.ana).exists()
        assert not Callback.objects.filter(status="open").exists()
        assert not Task.objects.filter(status="open").exists()
    for name in ("Alder", "Birch", "Cedar", "Dogwood"):
        assert (now(leads[name]).owner, now(leads[name]).status) == (None, "open")
    assert (now(leads["Elm"]).owner, now(leads["Elm"]).status) == (cast.ana, "flagged")
    page = browser.get(response.headers["Location"]).text
    assert "4 leads went into the pool." in page
    assert "2 callbacks had to be cancelled." in page
    assert departure().is_done
    # The old owner is told of each, and who answers for the team of all of them.
    with acting_as(SYSTEM):
        of_ana = Notice.objects.filter(recipient=cast.ana, key__startswith="departure:")
        assert {(each.lead_id, each.sentence[:31]) for each in of_ana} == {
            (leads[name].pk, "Ada took over your callback of ") for name in ("Birch", "Cedar")
        }
        assert not Email.objects.filter(recipient=cast.ana, key__startswith="departure:").exists()
        told = Notice.objects.filter(recipient__in=[cast.cleo, cast.eli])
        assert [(each.recipient, each.sentence) for each in told] == [
            (
                cast.cleo,
                "Ana has left. 4 leads went into the pool. 2 callbacks had to be cancelled.",
            )
        ]
    assert check() == all_is_well()


def test_to_a_colleague_as_far_as_they_may(cast, leads, in_admin):
    """Ben has something else at the time of one callback, and does not work in Texas."""
    own = add(cast.ben, "Fir Clinic", take=True)
    book(cast.ben, own, 5)
    browser = in_admin(cast.ada)
    asked = {"to": cast.ben.pk, "look": "1"}
    page = leave(browser, cast.ana, **asked).text
    for said in (
        "3 open leads will go to Ben.",
        "1 lead will go into the pool: Ben may not work them.",
        "1 callback will come along, where the lead does.",
        "1 callback will be cancelled.",
    ):
        assert said in page
    assert now(leads["Alder"]).owner == cast.ana

    response = leave(browser, cast.ana, to=cast.ben.pk)

    for name, owner in [("Alder", "ben"), ("Birch", "ben"), ("Cedar", "ben"), ("Dogwood", None)]:
        assert now(leads[name]).owner == (owner and cast.ben), name
    with acting_as(SYSTEM):
        kept = Callback.objects.filter(status="open", rep=cast.ben).values_list("lead", flat=True)
        assert set(kept) == {leads["Birch"].pk, own.pk}
        # What there is to do stays with the lead.
        assert Task.objects.get(lead=leads["Alder"]).status == "open"
        told = Notice.objects.filter(recipient=cast.ben, kind="lead_assigned")
        assert [notice.sentence for notice in told] == [
            "Ada gave you 3 leads of Ana. 1 callback came along. 1 callback had to be cancelled."
        ]
        ids = set(Event.objects.exclude(bulk_id=None).values_list("bulk_id", flat=True))
        assert ids == {departure().pk}
        said = leads["Dogwood"].events.get(kind="released")
        assert said.why == "Ana has left, and who takes over may not work it."
        assert said.actor == cast.ada
    assert departure().tally == {
        "given": 3,
        "pool": 1,
        "hidden": 1,
        "full": 0,
        "callbacks": 1,
        "cancelled": 1,
    }
    page = browser.get(response.headers["Location"]).text
    assert "1 of them, because Ben may not work them." in page
    audit = browser.get(f"/admin/audit?bulk={departure().pk}").text
    assert "Ada reassigned the lead to Ben." in audit
    assert "Ada deactivated Ana; their leads go to Ben." in audit
    assert "is active <del>yes</del>" in audit
    assert "Ana has left, and who takes over may not work it." in audit
    assert check() == all_is_well()


def test_a_colleague_takes_no_more_than_they_have_room_for(cast, leads, in_admin):
    with acting_as(SYSTEM):
        Policy.objects.update(open_leads_per_rep=2)
    browser = in_admin(cast.ada)
    page = leave(browser, cast.ana, to=cast.ben.pk, look="1").text
    assert "2 open leads will go to Ben." in page
    assert "1 lead will go into the pool: Ben has no room." in page

    leave(browser, cast.ana, to=cast.ben.pk)

    assert departure().tally["given"] == 2
    assert departure().tally["full"] == 1
    with acting_as(SYSTEM):
        assert Lead.objects.filter(owner=cast.ben).count() == 2


def test_many_go_in_chunks_that_the_sweep_goes_on_with(cast, make, in_admin, monkeypatch, at_once):
    monkeypatch.setattr(handing_over, "CHUNK", 3)
    for _ in range(8):
        make(LeadFactory, owner=cast.ana)
    make(LeadFactory, owner=cast.ana, held_for=timedelta(days=46))
    browser = in_admin(cast.ada)

    response = leave(browser, cast.ana, to=cast.ben.pk)

    assert not departure().is_done
    assert departure().tally["given"] == 3
    page = browser.get(response.headers["Location"]).text
    assert "Being handed over" in page
    # One of the page's own, then the sweep's.
    browser.post(response.headers["Location"])
    assert departure().tally["given"] == 6
    assert hand_over_departed() == 1
    assert hand_over_departed() == 0
    assert departure().is_done
    assert departure().tally["given"] == 8
    with acting_as(SYSTEM):
        assert Notice.objects.filter(recipient=cast.ben).count() == 1
        assert Lead.objects.filter(owner=cast.ana).count() == 1


def test_a_departure_that_cannot_go_on_holds_up_no_other(cast, make):
    lead = make(LeadFactory, owner=cast.dora)
    with acting_as(SYSTEM):
        User.objects.filter(pk__in=[cast.ana.pk, cast.dora.pk]).update(is_active=False)
        stuck = Departure.objects.create(
            person=cast.ana, by=cast.ada, at=clock() - HOUR, tally={"given": "no number"}
        )
        other = Departure.objects.create(person=cast.dora, by=cast.ada)

    assert hand_over_departed() == 1

    with acting_as(SYSTEM):
        assert Departure.objects.get(pk=other.pk).is_done
        assert not Departure.objects.get(pk=stuck.pk).is_done
    assert now(lead).owner is None


IS_WAITED_FOR = """
SELECT EXISTS (SELECT FROM pg_locks
                WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"""


def test_nobody_takes_over_who_has_just_become_somebody_else(transactional_db, cast, make, at_once):
    lead = make(LeadFactory, owner=cast.ana)
    with acting_as(SYSTEM):
        User.objects.filter(pk=cast.ana.pk).update(is_active=False)
        gone = Departure.objects.create(person=cast.ana, to=cast.ben, by=cast.ada)
    changed = threading.Event()

    def promote():
        with acting_as(SYSTEM), connection.cursor() as cursor:
            User.objects.filter(pk=cast.ben.pk).update(role="manager")
            changed.set()
            until, waited_for = time.monotonic() + 30, False
            while not waited_for and time.monotonic() < until:
                cursor.execute(IS_WAITED_FOR)
                (waited_for,) = cursor.fetchone()
        return waited_for

    def hand_over():
        assert changed.wait(30)
        with acting_as(cast.ada):
            return handing_over.go_on(gone).tally["given"]

    assert at_once(promote, hand_over) == [True, 0]
    assert now(lead).owner is None


def test_they_come_back_without_their_leads(cast, leads, in_admin, signed_in):
    browser = in_admin(cast.ada)
    leave(browser, cast.ana)
    with acting_as(SYSTEM):
        gone = User.objects.get(pk=cast.ana.pk)
    assert "Reactivate" in browser.get(f"/admin/people/{gone.pk}").text

    stale = browser.post(f"/admin/people/{gone.pk}/return", {"version": gone.version - 1})
    back = browser.post(f"/admin/people/{gone.pk}/return", {"version": gone.version})

    assert (stale.status_code, back.status_code) == (409, 303)
    with acting_as(SYSTEM):
        assert User.objects.get(pk=gone.pk).is_active
        kinds = Event.objects.filter(person=gone).order_by("pk").values_list("kind", flat=True)
        assert list(kinds)[-2:] == ["person_left", "person_returned"]
    assert signed_in(cast.ana).get("/leads").status_code == 200
    assert now(leads["Alder"]).owner is None
    # What they had reported can go back to them.
    flagged = now(leads["Elm"])
    with acting_as(cast.ada):
        resolve_flag(flagged.pk, by=cast.ada, version=flagged.version)
    assert now(flagged).owner == cast.ana


def test_what_cannot_be_is_refused_and_changes_nothing(cast, leads, make, in_admin):
    browser = in_admin(cast.ada)
    before = digest()
    for said, status in [
        ({"to": cast.cleo.pk}, 422),
        ({"to": cast.ana.pk}, 422),
        ({"version": 99}, 409),
        ({"version": ""}, 422),
    ]:
        assert leave(browser, cast.ana, **said).status_code == status, said
    assert leave(browser, cast.ada).status_code == 409
    assert browser.post("/admin/people/1/leave", {"version": 1}).status_code == 404
    assert digest() == before
    leave(browser, cast.ana)
    assert leave(browser, cast.ana).status_code == 409


def test_the_departed_are_handed_over_by_sales_admins_alone(cast, make):
    """The function that looks beyond what one sees asks who calls it."""
    lead = make(LeadFactory, owner=cast.ana)
    with acting_as(SYSTEM):
        User.objects.filter(pk=cast.ana.pk).update(is_active=False)
        gone = Departure.objects.create(person=cast.ana, by=cast.ada)
    with acting_as(cast.sol):
        assert handing_over.go_on(gone).tally == {}
    assert now(lead).owner == cast.ana
