"""What keeps a lead, as its card says it: what was done, and what the rest would give today."""

import re
from datetime import date, timedelta

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.actions import reassign_lead
from leads.models import Lead
from leads.workflow import move_stage, plan
from people.models import Policy
from protection.models import Extension
from tests.factories import LeadFactory

ACTIVITIES = dict(Extension.Activity.choices)
STAGES = ["qualified", "discovery", "gameplan", "contract"]


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana, stage="contacted", held_for=timedelta(days=20))


def keeps(browser, lead):
    """Return {activity: the instant to which it would move the end, or the words there}."""
    text = browser.get(f"/leads/{lead.pk}").text
    items = re.findall(r"<li[^>]*>\s*<span>([^<]+)</span>(.*?)</li>", text, re.DOTALL)
    return {
        what: until[1] if (until := re.search('datetime="([^"]+)"', rest)) else plain(rest)
        for what, rest in items
        if what in ACTIVITIES.values()
    }


def plain(markup):
    return re.sub("<[^>]+>", "", markup).strip()


def do(lead, activity, by):
    with acting_as(by):
        version = Lead.objects.get(pk=lead.pk).version
        if activity in STAGES:
            move_stage(lead.pk, activity, by=by, version=version)
        else:
            field = {"gameplan_call": "gameplan_on", "contract_sent": "contract_sent_on"}[activity]
            plan(lead.pk, by=by, version=version, **{field: date(2026, 1, 5)})


def until(lead):
    with acting_as(SYSTEM):
        return Lead.objects.get(pk=lead.pk).protected_until


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_what_an_activity_would_give_is_what_it_gives(ana, signed_in, lead, activity):
    promised = keeps(signed_in(ana), lead)
    assert list(promised) == list(ACTIVITIES.values())

    do(lead, activity, ana)

    assert promised[ACTIVITIES[activity]] == until(lead).isoformat()
    assert keeps(signed_in(ana), lead)[ACTIVITIES[activity]] == "done today"


def test_what_was_done_says_when(ana, signed_in, lead, move_clock):
    do(lead, "gameplan_call", ana)
    move_clock(timedelta(days=1))
    do(lead, "qualified", ana)
    move_clock(timedelta(days=2))

    said = keeps(signed_in(ana), lead)

    assert said["Stage qualified reached"] == "done yesterday"
    with acting_as(SYSTEM):
        days_ago = (clock() - timedelta(days=2)).astimezone(ana.zone)
    assert said["Gameplan call scheduled"] == f"done {days_ago:%a} {days_ago.day} {days_ago:%b}"
    assert said["Contract sent"] > until(lead).isoformat()


def test_a_stage_that_was_skipped_keeps_nothing_any_more(ana, signed_in, lead):
    do(lead, "gameplan", ana)

    said = keeps(signed_in(ana), lead)

    assert said["Stage qualified reached"] == said["Stage discovery reached"] == "passed"
    assert said["Stage gameplan reached"] == "done today"
    assert said["Stage contract reached"] == until(lead).isoformat()


def test_a_new_owner_has_done_nothing_yet(ana, ben, cleo, signed_in, lead):
    do(lead, "gameplan_call", ana)
    with acting_as(cleo):
        reassign_lead(lead.pk, to=ben, by=cleo)

    assert keeps(signed_in(ben), lead)["Gameplan call scheduled"] == until(lead).isoformat()


def test_nothing_is_promised_that_comes_earlier_than_the_end_there_is(ana, signed_in, lead):
    with acting_as(SYSTEM):
        Policy.objects.update(protection_days=10)

    assert set(keeps(signed_in(ana), lead).values()) == {until(lead).isoformat()}
    do(lead, "qualified", ana)
    assert until(lead) == lead.protected_until


@pytest.mark.parametrize("viewer", ["cleo", "sol", "ada"])
def test_those_above_read_it_too(cast, signed_in, lead, viewer):
    do(lead, "qualified", cast.ana)

    assert keeps(signed_in(getattr(cast, viewer)), lead)["Stage qualified reached"] == "done today"


def test_on_the_last_day_the_card_tells_the_hours(ana, signed_in, make):
    with acting_as(SYSTEM):
        until = clock() + timedelta(hours=18, minutes=-5)
    lead = make(LeadFactory, owner=ana, owned_at=clock(), protected_until=until)

    text = signed_in(ana).get(f"/leads/{lead.pk}").text

    assert "<strong>1</strong> day left" in text
    assert "(in 18 h)" in text
