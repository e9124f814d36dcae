"""A won lead becomes a client, or joins one; who sees the client, and what is refused."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from backoffice.refusals import Forbidden, Refused
from backoffice.rls import SYSTEM, acting_as
from clients.actions import win_lead
from clients.models import Client
from history.models import Event
from leads.models import Lead
from tests.digest import digest
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

EVERYBODY = ["ana", "ben", "cleo", "dora", "eli", "sol", "ada"]


@pytest.fixture
def mercy(make):
    return make(FacilityFactory, name="Mercy")


@pytest.fixture
def lead(ana, make, mercy):
    return make(LeadFactory, owner=ana, facility=mercy)


def win(lead, by):
    with acting_as(by):
        version = Lead.objects.get(pk=lead.pk).version
        return win_lead(lead.pk, by=by, version=version, why="Price")


def seers(cast, client):
    """Return the names of those who see a client."""
    found = []
    for name in EVERYBODY:
        with acting_as(getattr(cast, name)):
            if Client.objects.filter(pk=client.pk).exists():
                found.append(name)
    return found


def told(**what):
    with acting_as(SYSTEM):
        return list(Event.objects.filter(**what).order_by("pk").values_list("kind", "sentence"))


# --- becoming a client ------------------------------------------------------------


def test_a_won_lead_becomes_a_client_with_its_history(ana, lead, mercy):
    client = win(lead, ana)

    assert client.facility_id == mercy.pk
    assert told(lead=lead) == [
        ("stage_moved", "Ana moved the lead from new to won."),
        ("became_client", "Ana won CS: a new client."),
    ]
    assert told(client=client) == [("became_client", "Ana won CS: a new client.")]


def test_the_next_lead_that_is_won_there_joins_the_client(ana, lead, mercy, make):
    other = make(LeadFactory, owner=ana, facility=mercy, opportunity="BMD")

    assert win(lead, ana) == win(other, ana)

    assert told(client=mercy.pk)[1:] == [("became_client", "Ana won BMD: a client already.")]


def test_joining_takes_no_look_at_a_client_that_one_does_not_see(cast, lead, mercy, make):
    other = make(LeadFactory, owner=cast.dora, facility=mercy, opportunity="BMD")
    client = win(lead, cast.ana)
    assert seers(cast, client) == ["ana", "cleo", "sol", "ada"]

    assert win(other, cast.dora) == client

    assert seers(cast, client) == ["ana", "cleo", "dora", "eli", "sol", "ada"]


def test_two_leads_that_are_won_at_once_are_of_one_client(
    transactional_db, cast, lead, mercy, make, at_once
):
    other = make(LeadFactory, owner=cast.dora, facility=mercy, opportunity="BMD")

    results = at_once(lambda: win(lead, cast.ana), lambda: win(other, cast.dora))

    assert [result.pk for result in results] == [mercy.pk, mercy.pk]
    with acting_as(SYSTEM):
        assert sorted(Client.objects.get().sellers) == sorted([cast.ana.pk, cast.dora.pk])


# --- who sees it ------------------------------------------------------------------


def test_a_client_follows_its_seller_to_another_team(cast, lead):
    client = win(lead, cast.ana)
    with acting_as(SYSTEM):
        type(cast.ana).objects.filter(pk=cast.ana.pk).update(team=cast.south)

    assert seers(cast, client) == ["ana", "eli", "sol", "ada"]


def test_its_history_is_seen_with_it(cast, lead):
    client = win(lead, cast.ana)

    for name in EVERYBODY:
        with acting_as(getattr(cast, name)):
            seen = Event.objects.filter(client=client).exists()
        assert seen == (name in {"ana", "cleo", "sol", "ada"}), name


def test_facility_and_people_stay_in_sight(cast, lead, make):
    make(ContactFactory, facility=lead.facility)
    win(lead, cast.ana)

    for name, seen in [("ana", True), ("cleo", True), ("ben", False), ("dora", False)]:
        with acting_as(getattr(cast, name)):
            assert lead.facility.contacts.exists() is seen, name


# --- what is refused --------------------------------------------------------------


@pytest.mark.parametrize(("by", "problem"), [("cleo", Forbidden), ("sol", Forbidden)])
def test_only_the_owner_wins(cast, lead, by, problem):
    before = digest()

    with pytest.raises(problem):
        win(lead, getattr(cast, by))

    assert digest() == before


def test_a_lead_is_won_once_and_as_it_was_seen(ana, lead):
    with pytest.raises(Refused, match="Somebody else changed this"), acting_as(ana):
        win_lead(lead.pk, by=ana, version=99, why="Price")
    win(lead, ana)
    with pytest.raises(Refused, match="This lead is won"):
        win(lead, ana)


def test_no_lead_is_won_without_its_client(transactional_db, lead):
    with pytest.raises(IntegrityError, match="a_won_lead_has_a_client"), acting_as(SYSTEM):
        Lead.objects.filter(pk=lead.pk).update(status="won", stage="won", protected_until=None)


FORGED = [
    "INSERT INTO clients_client (facility_id) VALUES (%s)",
    "INSERT INTO clients_client (facility_id) VALUES (%s) ON CONFLICT DO NOTHING",
    "INSERT INTO clients_client (facility_id, sellers) VALUES (%s, '{1}')",
    "UPDATE clients_client SET sellers = '{1}' WHERE facility_id = %s",
    "DELETE FROM clients_client WHERE facility_id = %s",
]


@pytest.mark.parametrize("who", ["ben", "dora", "cleo", "sol"])
def test_nobody_makes_or_changes_a_client_by_hand(cast, lead, who):
    win(lead, cast.ana)
    before = digest()

    for statement in FORGED:
        with acting_as(getattr(cast, who)):
            problem = refused(statement, [lead.facility_id])
        assert problem in {"permission denied", "new row violates row-level security policy"}
        assert digest() == before


def refused(statement, parameters):
    """Return the gist of why the database refuses a statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
    except DatabaseError as problem:
        return str(problem).split(" for ")[0]
    return None
