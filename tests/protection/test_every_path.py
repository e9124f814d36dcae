"""No path past the extension that a qualifying activity brings, not even a plain UPDATE."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.rls import SYSTEM, acting_as
from leads.actions import get_lead
from leads.models import Lead
from leads.workflow import move_stage, plan
from protection.models import Extension
from tests.factories import LeadFactory

QUALIFYING = [
    {"stage": "qualified"},
    {"stage": "contract"},
    {"gameplan_on": date(2030, 1, 1)},
    {"contract_sent_on": date(2030, 1, 1)},
]
OTHERS = [
    {"stage": "contacted"},
    {"discovery_on": date(2030, 1, 1)},
    {"gameplan_on": None},
    {"expected_value": 100},
]


def at_the_end():
    """Have the database check now what it checks when a transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def is_let_through(lead, by, columns):
    try:
        with transaction.atomic(), acting_as(by):
            assert Lead.objects.filter(pk=lead.pk).update(**columns) == 1
            at_the_end()
    except IntegrityError as refusal:
        return "worked without extending its window" not in str(refusal)
    return True


@pytest.mark.parametrize("actor", ["ana", "cleo", "ada", "system"])
def test_a_plain_update_is_held_to_it_whoever_makes_it(cast, make, actor):
    by = SYSTEM if actor == "system" else getattr(cast, actor)
    lead = make(LeadFactory, owner=cast.ana, stage="new")

    for columns in QUALIFYING:
        assert not is_let_through(lead, by, columns), columns
    for columns in OTHERS:
        assert is_let_through(lead, by, columns), columns


def test_the_window_really_has_to_move(ana, make):
    """The row that says so is not enough, should somebody write that alone."""
    lead = make(LeadFactory, owner=ana, stage="contacted")
    with acting_as(ana):
        Extension.objects.create(
            lead=lead,
            owner=ana,
            owned_at=lead.owned_at,
            activity="qualified",
            until_before=lead.protected_until,
            until=lead.protected_until + timedelta(days=1),
        )

    assert not is_let_through(lead, ana, {"stage": "qualified"})


def test_what_the_product_does_is_let_through(ana, make):
    lead = make(LeadFactory, owner=ana, stage="contacted")
    with acting_as(ana):
        for stage in ("qualified", "contract", "contacted", "qualified", "gameplan"):
            move_stage(lead.pk, stage, by=ana, version=get_lead(lead.pk).version)
        for day in (date(2020, 1, 1), date(2020, 1, 2)):
            said = {"gameplan_on": day, "contract_sent_on": day}
            plan(lead.pk, by=ana, version=get_lead(lead.pk).version, **said)
        at_the_end()


def test_what_nobody_owns_has_no_window_to_extend(ana, make):
    waiting = make(LeadFactory, stage="contacted")
    lost = make(LeadFactory, owner=ana, status="lost", stage="lost")

    assert is_let_through(waiting, SYSTEM, {"stage": "qualified"})
    assert is_let_through(lost, SYSTEM, {"gameplan_on": date(2030, 1, 1)})
