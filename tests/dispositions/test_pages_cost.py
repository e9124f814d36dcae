"""What an outcome in the queue costs: questions to the database, and bytes on the wire."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import book_callback
from leads.models import Lead, Task
from leads.outcomes import Outcome
from tests.dispositions.asking import PICKER, QUEUE, fields, free_slot, rows_of
from tests.dispositions.conftest import reload
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

AT_MOST = 14
LONG = "UNIVERSITY MEDICAL CENTER AND CHILDREN'S HOSPITAL OF THE GREATER NORTHEAST"


@pytest.fixture
def busy_lead(ana, make):
    """A lead of Ana's with all that an outcome may have to end: two tasks, and a callback ahead."""
    today = clock().astimezone(ana.zone).date()
    lead = make(LeadFactory, owner=ana, follow_up_on=today, hot_at=clock())
    make(Task.objects.create, lead=lead, kind=Task.Kind.QUALIFICATION)
    make(Task.objects.create, lead=lead, kind=Task.Kind.FOLLOW_UP, due_on=today)
    with acting_as(ana):
        book_callback(Lead.objects.with_display().get(pk=lead.pk), free_slot(2), by=ana)
    return lead


def queries_of(browser, lead, outcome):
    # The first request for a while also writes down when the session was last seen.
    browser.get("/leads")
    said = fields(lead, outcome)
    with CaptureQueriesContext(connection) as queries:
        response = browser.post(f"/leads/{lead.pk}/disposition", said, headers=QUEUE)
    assert response.status_code == 200
    return len(queries)


@pytest.mark.parametrize("is_due", [False, True])
@pytest.mark.parametrize("outcome", PICKER)
def test_no_outcome_takes_more_than_fourteen_queries(
    ana, busy_lead, signed_in, make, move_clock, outcome, is_due
):
    browser = signed_in(ana)
    for _ in range(3):
        make(ContactFactory, facility=make(LeadFactory, owner=ana).facility)
    if is_due:
        move_clock(timedelta(hours=4))
    # The first request in a while also notes that the session is in use: once in five minutes.
    browser.get("/notifications")

    assert queries_of(browser, busy_lead, outcome) <= AT_MOST


def test_a_long_queue_takes_no_more_queries_than_a_short_one(ana, signed_in, make):
    browser, lead = signed_in(ana), make(LeadFactory, owner=ana)
    short = queries_of(browser, lead, Outcome.NO_ANSWER)
    for _ in range(30):
        make(ContactFactory, facility=make(LeadFactory, owner=ana).facility)

    assert queries_of(browser, lead, Outcome.NO_ANSWER) == short


def test_fifty_rows_weigh_little(ana, signed_in, make):
    """Also where each offers to write, and all the names are long."""
    for number in range(51):
        facility = make(FacilityFactory, name=f"{LONG} {number}")
        make(ContactFactory, facility=facility, email="maria-luisa@example.org")
        make(
            LeadFactory,
            owner=ana,
            facility=facility,
            no_answer_count=3,
            unreached=True,
            last_contact_at=clock(),
        )
    browser = signed_in(ana)
    page = browser.get("/leads")
    with acting_as(SYSTEM):
        lead = Lead.objects.earliest("pk")

    said = {"version": reload(lead).version, "outcome": "no_answer"}
    redrawn = browser.post(f"/leads/{lead.pk}/disposition", said, headers=QUEUE)

    for response in (page, redrawn):
        assert len(rows_of(response)) == 50
        assert len(response.content) < 60_000
