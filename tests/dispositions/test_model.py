"""A rep's days at random - claim, call, book, undo, complete, wait - against the plain model."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.http import Http404
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backoffice.clock import clock
from backoffice.invariants import all_invariants, violations
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import book_callback, cancel_callback
from callbacks.models import Callback
from callbacks.slots import next_free_slot
from dispositions.actions import disposition_lead, finalise_dispositions, undo_disposition
from history.actions import record
from history.models import Event
from leads.actions import claim_lead, complete_task, get_lead
from leads.expiry import release_expired
from leads.models import Lead, Task
from leads.outcomes import PICKER, Outcome
from leads.queue import queue_page
from tests.conftest import stop_wall_clock
from tests.dispositions.model import ModelLead
from tests.factories import LeadFactory

LEADS = st.integers(0, 2)
REPS = st.sampled_from(["ana", "ben"])
UNDO = timedelta(seconds=6)
SAID = {Outcome.NOT_A_FIT: {"reason": "no_need"}, Outcome.BAD_DATA: {"detail": "a bakery"}}


class RepsDays(RuleBasedStateMachine):
    """Two reps and three leads; every step is done in the database and in the model."""

    cast = None

    def __init__(self):
        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()
        self.passed = timedelta(0)
        self.set_clock()
        stop_wall_clock()

    def teardown(self):
        with acting_as(SYSTEM), connection.cursor() as cursor:
            broken = [line for each in all_invariants() for line in violations(each, cursor)]
        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)
        assert broken == []

    @initialize()
    def three_leads_in_the_pool(self):
        with acting_as(SYSTEM):
            leads = [LeadFactory() for _ in range(3)]
            for lead in leads:
                record(Event.Kind.CREATED, "Imported.", by=SYSTEM, lead=lead)
            self.rows = [lead.pk for lead in leads]
            self.start = clock() - self.passed
        self.model = [ModelLead(self.now) for _ in range(3)]
        self.last = None

    # --- steps ---------------------------------------------------------------

    @rule(
        by=st.sampled_from(
            [
                timedelta(seconds=2),
                timedelta(seconds=7),
                timedelta(minutes=40),
                timedelta(hours=25),
                timedelta(days=15),
                timedelta(days=31),
            ]
        )
    )
    def time_passes(self, by):
        self.passed += by
        self.set_clock()

    @rule()
    def the_worker_sweeps(self):
        release_expired()
        with acting_as(SYSTEM):
            finalise_dispositions()
        for lead in self.model:
            lead.expire(self.now)

    @rule(number=LEADS, rep=REPS)
    def claim(self, number, rep):
        lead = self.model[number]
        expected = lead.may_claim(rep, self.now)
        assert self.does(rep, lambda by: claim_lead(self.rows[number], by=by)) == expected
        if expected:
            lead.claim(rep, self.now)

    @rule(number=LEADS, rep=REPS, outcome=st.sampled_from(PICKER))
    def disposition(self, number, rep, outcome):
        lead, pk = self.model[number], self.rows[number]
        slot = self.free_slot(rep) if outcome == Outcome.CALLBACK else None
        said = {"starts_at": slot} if slot else SAID.get(outcome, {})
        made = []

        def deed(by):
            version = get_lead(pk).version
            made.append(disposition_lead(pk, outcome, by=by, version=version, **said))

        expected = lead.held_by(rep, self.now)
        assert self.does(rep, deed) == expected
        if expected:
            before = lead.dispose(outcome, self.now, self.today(rep), slot)
            self.last = (made[0].pk, rep, number, before, lead.changes, self.now)

    @precondition(lambda self: self.last)
    @rule(rep=REPS)
    def undo(self, rep):
        pk, actor, number, before, changes, at = self.last
        lead = self.model[number]
        in_time = self.now - at <= UNDO
        unchanged = lead.changes == changes and not (before.until <= self.now)
        expected = rep == actor and in_time and unchanged
        assert self.does(rep, lambda by: undo_disposition(pk, by=by)) == expected
        if expected:
            before.changes = lead.changes + 1
            self.model[number] = before
            self.last = None

    @rule(number=LEADS, rep=REPS)
    def book(self, number, rep):
        lead = self.model[number]
        slot = self.free_slot(rep)

        def deed(by):
            book_callback(get_lead(self.rows[number]), slot, by=by)

        expected = lead.held_by(rep, self.now)
        assert self.does(rep, deed) == expected
        if expected:
            lead.callback_at = slot
            lead.changes += 1

    @rule(number=LEADS, rep=REPS)
    def cancel(self, number, rep):
        lead = self.model[number]

        def deed(by):
            rows = Callback.objects.filter(lead=self.rows[number], status="open")
            cancel_callback(rows.select_related("lead").get(), by=by)

        if lead.callback_at and lead.held_by(rep, self.now):
            assert self.does(rep, deed)
            lead.callback_at = None
            lead.changes += 1

    @rule(number=LEADS, kind=st.sampled_from(Task.Kind.values))
    def complete(self, number, kind):
        lead = self.model[number]
        has = lead.qualify if kind == Task.Kind.QUALIFICATION else lead.follow_up_on
        if has and lead.owner and lead.held_by(lead.owner, self.now):
            self.does(lead.owner, lambda by: self.complete_task(number, kind, by))
            if kind == Task.Kind.QUALIFICATION:
                lead.qualify, lead.hot_at = False, None
            else:
                lead.follow_up_on = None
            lead.changes += 1

    # --- what must hold after each -------------------------------------------

    @invariant()
    def the_database_says_what_the_model_says(self):
        if not hasattr(self, "rows"):
            return
        with acting_as(SYSTEM):
            rows = Lead.objects.select_related("owner").in_bulk(self.rows)
        for pk, lead in zip(self.rows, self.model, strict=True):
            assert said_by_database(rows[pk]) == said_by_model(lead)

    @invariant()
    def each_lead_stands_in_the_band_of_the_model(self):
        if not hasattr(self, "rows"):
            return
        for rep in ("ana", "ben"):
            with acting_as(self.user(rep)):
                queue = {row.lead.pk: row.band for row in queue_page(self.user(rep)).rows}
            assert queue == {
                pk: band
                for pk, lead in zip(self.rows, self.model, strict=True)
                if lead.owner == rep and (band := lead.band(self.now, self.today(rep)))
            }

    # --- hands ---------------------------------------------------------------

    @property
    def now(self):
        return self.start + self.passed

    def today(self, rep):
        return self.now.astimezone(self.user(rep).zone).date()

    def user(self, name):
        return getattr(self.cast, name)

    def set_clock(self):
        with connection.cursor() as cursor:
            seconds = f"{self.passed.total_seconds()} seconds"
            cursor.execute("SELECT set_config('app.clock_offset', %s, true)", [seconds])

    def free_slot(self, rep):
        with acting_as(self.user(rep)):
            return next_free_slot(self.user(rep), self.now)

    def complete_task(self, number, kind, by):
        lead = get_lead(self.rows[number])
        complete_task(lead, Task.objects.get(lead=lead, kind=kind, status="open"), by=by)

    def does(self, rep, deed):
        """Do it as the rep; return whether it was done, or refused with nothing changed."""
        try:
            with acting_as(self.user(rep)):
                deed(self.user(rep))
        except (Http404, Refused):
            return False
        return True


def said_by_database(lead):
    return {
        "owner": lead.owner and lead.owner.name.lower(),
        "until": lead.protected_until,
        "left": lead.protection_left,
        "status": lead.status,
        "stage": lead.stage,
        "contact_at": lead.last_contact_at,
        "outcome": lead.last_outcome,
        "count": lead.no_answer_count,
        "unreached": lead.unreached,
        "hot_at": lead.hot_at,
        "follow_up_on": lead.follow_up_on,
        "callback_at": lead.callback_at,
    }


def said_by_model(lead):
    return {name: getattr(lead, name) for name in SAID_OF_A_LEAD}


SAID_OF_A_LEAD = [
    "owner",
    "until",
    "left",
    "status",
    "stage",
    "contact_at",
    "outcome",
    "count",
    "unreached",
    "hot_at",
    "follow_up_on",
    "callback_at",
]


@pytest.mark.timeout(300)
def test_two_reps_and_three_leads_for_days_on_end(cast):
    class Machine(RepsDays):
        pass

    Machine.cast = cast
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=200,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
