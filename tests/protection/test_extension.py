"""What keeps a lead: the first qualifying activity of each kind under one ownership."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backoffice.clock import clock
from backoffice.refusals import Forbidden, Refused
from backoffice.rls import SYSTEM, acting_as
from clients.actions import win_lead
from leads.actions import reassign_lead
from leads.models import Lead
from leads.workflow import move_stage, plan
from protection.models import Extension, Window
from protection.window import window_end
from tests.factories import LeadFactory


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana, stage="contacted")


def reload(lead):
    with acting_as(SYSTEM):
        return Lead.objects.with_display().get(pk=lead.pk)


def now():
    with acting_as(SYSTEM):
        return clock()


def move(lead, stage, by):
    version = reload(lead).version
    with acting_as(by):
        if stage == "won":
            return win_lead(lead.pk, by=by, version=version, why="")
        return move_stage(lead.pk, stage, by=by, version=version)


def set_dates(lead, by, **dates):
    with acting_as(by):
        return plan(lead.pk, by=by, version=reload(lead).version, **dates)


def test_the_first_time_a_stage_is_reached_extends(ana, lead, move_clock):
    move_clock(timedelta(days=10))
    move(lead, "qualified", ana)

    until = window_end(now(), 45)
    assert reload(lead).protected_until == until
    with acting_as(SYSTEM):
        assert Window.objects.get(lead=lead).expires_at == until
        assert [event.kind for event in lead.events.order_by("id")] == ["extended", "stage_moved"]


def test_moving_back_and_forth_extends_once(ana, lead, move_clock):
    move(lead, "qualified", ana)
    first = reload(lead).protected_until
    move_clock(timedelta(days=5))
    move(lead, "contacted", ana)
    move(lead, "qualified", ana)

    assert reload(lead).protected_until == first


def test_each_further_stage_extends(ana, lead, move_clock):
    move(lead, "qualified", ana)
    move_clock(timedelta(days=5))
    move(lead, "discovery", ana)

    assert reload(lead).protected_until == window_end(now(), 45)


def test_contacted_is_no_qualifying_stage(ana, make, move_clock):
    lead = make(LeadFactory, owner=ana)
    move_clock(timedelta(days=5))
    move(lead, "contacted", ana)

    assert reload(lead).protected_until == lead.protected_until


@pytest.mark.parametrize("date", ["gameplan_on", "contract_sent_on"])
def test_a_gameplan_call_and_a_contract_extend_once_each(ana, lead, move_clock, date):
    move_clock(timedelta(days=10))
    set_dates(lead, ana, **{date: now().astimezone(ana.zone).date()})
    first = window_end(now(), 45)
    assert reload(lead).protected_until == first

    move_clock(timedelta(days=12))
    set_dates(lead, ana, **{date: now().astimezone(ana.zone).date()})
    assert reload(lead).protected_until == first


def test_other_dates_do_not_extend(ana, lead, move_clock):
    move_clock(timedelta(days=10))
    set_dates(lead, ana, discovery_on=now().date(), expected_value=Decimal("1200.00"))

    assert reload(lead).protected_until == lead.protected_until


def test_a_new_owner_starts_afresh(ana, ben, cleo, lead, move_clock):
    move(lead, "qualified", ana)
    with acting_as(cleo):
        reassign_lead(lead.pk, to=ben, by=cleo)
    move_clock(timedelta(days=3))
    move(lead, "contacted", ben)
    move(lead, "qualified", ben)

    assert reload(lead).protected_until == window_end(now(), 45)
    with acting_as(SYSTEM):
        assert Extension.objects.filter(lead=lead).count() == 2


@pytest.mark.parametrize(("stage", "status"), [("won", "won"), ("lost", "lost")])
def test_won_and_lost_close_the_window(ana, lead, stage, status):
    move(lead, stage, ana)

    after = reload(lead)
    assert (after.status, after.protected_until, after.owner) == (status, None, ana)
    with acting_as(SYSTEM):
        assert Window.objects.get(lead=lead).end == Window.End.CLOSED


def test_an_owner_whose_window_ended_moves_nothing(ana, lead, move_clock):
    move_clock(timedelta(days=46))

    with pytest.raises(Forbidden):
        move(lead, "qualified", ana)


def test_a_stale_tab_is_told(ana, lead):
    move(lead, "qualified", ana)

    with acting_as(ana), pytest.raises(Refused, match="changed this meanwhile"):
        move_stage(lead.pk, "discovery", by=ana, version=lead.version)


def test_managers_do_not_move_stages(cleo, lead):
    with pytest.raises(Forbidden):
        move(lead, "qualified", cleo)
