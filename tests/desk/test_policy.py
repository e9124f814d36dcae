"""The policy page: it tells what a change would do, then makes it, once."""

import re
from datetime import timedelta

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from history.models import Event
from leads.models import Lead
from people.models import POLICY_LIMITS, Policy
from tests.digest import digest
from tests.factories import LeadFactory


@pytest.fixture
def policy(in_admin, ada):
    """Send some numbers, the others as they are: `policy(fresh_hours=2)`."""
    browser = in_admin(ada)

    def send(**changed):
        with acting_as(SYSTEM):
            now = Policy.current()
        numbers = {name: getattr(now, name) for name in ["version", *POLICY_LIMITS]}
        return browser.post("/admin/policy", numbers | changed)

    return send


def told(response):
    """Return the sentences of the preview."""
    listed = re.search('<ul class="consequences">(.*?)</ul>', response.text, re.S)
    return re.findall("<li>(.*?)</li>", listed[1]) if listed else []


def test_it_shows_every_number_with_its_unit(in_admin, ada):
    page = in_admin(ada).get("/admin/policy").text

    for said in ("Protection window, days", "No answer, calls in a row", "Open leads, per rep"):
        assert said in page


def test_a_preview_counts_what_would_move_and_changes_nothing(policy, cast, make):
    with acting_as(SYSTEM):
        now = clock()
    for rep, days in ((cast.ana, 5), (cast.ana, 6), (cast.ben, 5), (cast.dora, 1)):
        age = timedelta(days=days)
        make(LeadFactory, owner=rep, created_at=now - age, held_for=age)
    before = digest()

    response = policy(long_tail_days=4, protection_days=30)

    assert told(response) == [
        "Windows that open from now last 30 days, not 45; 4 windows open now keep their end.",
        "The queue of 2 reps reorders.",
        "3 leads move to long tail.",
    ]
    assert digest() == before


def test_a_preview_tells_of_every_other_number(policy, ana, make):
    make(LeadFactory, owner=ana)

    assert told(
        policy(
            expiring_soon_days=45,
            no_answer_limit=5,
            follow_up_days=10,
            reclaim_cooldown_hours=1,
            open_leads_per_rep=1,
            admins_need_second_factor="on",
        )
    ) == [
        "Expiring soon are 1 window at once, not 0.",
        "From the next call on, a lead sinks to unreached after 5 without an answer, not 3; "
        "those that have sunk stay there.",
        "Follow-ups set from now are 10 days ahead, not 30; those set keep their day.",
        "Who gave a lead back waits 1 hour, not 24, to claim it again; that counts at once.",
        "A rep may own 1 open lead, not 2,000; 1 rep can then claim no more.",
        "Sales admins without a second factor add one before they enter the admin again.",
    ]


def test_confirmed_it_counts_for_what_begins_afterwards(policy, ana, make):
    lead = make(LeadFactory, owner=ana)

    assert policy(protection_days=30, confirm=1).status_code == 303

    with acting_as(SYSTEM):
        assert Policy.current().protection_days == 30
        assert Lead.objects.get(pk=lead.pk).protected_until == lead.protected_until
        event = Event.objects.get()
    assert str(event) == "Ada changed the policy: protection days 45 → 30."
    assert event.detail == {"protection_days": [45, 30]}


def test_what_changed_meanwhile_is_not_overwritten(policy):
    policy(protection_days=30, confirm=1)

    response = policy(protection_days=60, version=1, confirm=1)

    assert response.status_code == 409
    assert "Somebody changed the policy meanwhile" in response.text
    assert 'value="60"' in response.text
    with acting_as(SYSTEM):
        assert Policy.current().protection_days == 30


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        ({"protection_days": 0}, "greater than or equal to 1"),
        ({"fresh_hours": 721}, "less than or equal to 720"),
        ({"expiring_soon_days": 46}, "That is longer than the whole window."),
        ({"open_leads_per_rep": "many"}, "Enter a whole number."),
        ({}, "Nothing is changed yet."),
    ],
)
def test_numbers_that_make_no_sense_are_not_taken(policy, numbers, why):
    response = policy(**numbers, confirm=1)

    assert response.status_code == 422
    assert why in response.text
