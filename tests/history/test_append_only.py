"""History can be added to and read, by whom it concerns; nothing can change it afterwards."""

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction

from backoffice.rls import SYSTEM, acting_as
from history.actions import record
from history.models import Event
from leads.models import Lead
from people.models import User
from tests.digest import digest
from tests.factories import LeadFactory

CHANGES = [
    "UPDATE history_event SET sentence = 'It never happened.'",
    "UPDATE history_event SET at = now()",
    "DELETE FROM history_event",
    "TRUNCATE history_event",
    "TRUNCATE history_event, leads_lead CASCADE",
    "TRUNCATE people_user CASCADE",
    """INSERT INTO history_event SELECT * FROM history_event
       ON CONFLICT (id) DO UPDATE SET sentence = 'It never happened.'""",
    """MERGE INTO history_event h USING (SELECT 1) s ON true
       WHEN MATCHED THEN DELETE""",
    "ALTER TABLE history_event DISABLE TRIGGER ALL",
    "DROP TRIGGER append_only ON history_event",
    "ALTER TABLE history_event ADD COLUMN more text",
    "DROP TABLE history_event",
]
OF_THE_OWNER = CHANGES[:6]


@pytest.fixture
def event(ana, make):
    lead = make(LeadFactory, owner=ana)
    with acting_as(ana):
        return record(Event.Kind.CREATED, "Ana added the lead.", by=ana, lead=lead)


@pytest.mark.parametrize("statement", CHANGES)
def test_no_role_of_the_product_can_change_it(cast, event, statement):
    before = digest()
    for user in (cast.ana, cast.cleo, cast.sol, cast.ada, SYSTEM):
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
            execute(user, statement)
    assert digest() == before


def execute(user, statement):
    with acting_as(user), connections["default"].cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', '{append_only}', true)")
        cursor.execute(statement)


@pytest.mark.parametrize("statement", OF_THE_OWNER)
@pytest.mark.django_db(databases=["default", "owner"])
def test_not_even_the_tables_owner_can(statement):
    with (
        pytest.raises(DatabaseError, match="history is append-only"),
        transaction.atomic("owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute(statement)


def test_what_it_is_about_stays(ana, event):
    for row in (Lead.objects.filter(pk=event.lead_id), User.objects.filter(pk=ana.pk)):
        with pytest.raises(IntegrityError), acting_as(SYSTEM):
            delete(row)


def delete(rows):
    """In the database, without Django's own look at what depends on it."""
    rows._raw_delete(rows.db)
    with connections["default"].cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_names_stay_as_they_were(ana, event):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(name="Ana Maria")
        event.refresh_from_db()

    assert event.actor_name == "Ana"


# --- who may add --------------------------------------------------------------


def may_record(user, *, by, lead=None, person=None, kind=Event.Kind.CREATED):
    try:
        with acting_as(user):
            record(kind, "So it was.", by=by, lead=lead, person=person)
    except DatabaseError:
        return False
    return True


def test_one_writes_in_ones_own_name_about_what_one_sees(cast, make):
    lead = make(LeadFactory, owner=cast.ana)

    assert may_record(cast.ana, by=cast.ana, lead=lead)
    assert may_record(cast.cleo, by=cast.cleo, lead=lead)
    assert may_record(cast.sol, by=cast.sol, lead=lead)
    assert may_record(cast.ana, by=cast.ana, person=cast.ana)
    assert may_record(SYSTEM, by=SYSTEM, lead=lead)

    assert not may_record(cast.ana, by=cast.ben, lead=lead)
    assert not may_record(cast.cleo, by=cast.ana, lead=lead)
    assert not may_record(cast.ana, by=SYSTEM, lead=lead)
    assert not may_record(cast.dora, by=cast.dora, lead=lead)
    assert not may_record(cast.ada, by=cast.sol, lead=lead)


def test_that_time_ended_a_window_is_written_down_by_whoever_finds_it(ana, ben, make):
    lead = make(LeadFactory)

    assert may_record(ben, by=SYSTEM, lead=lead, kind=Event.Kind.EXPIRED)


def test_a_lead_that_is_not_seen_answers_like_one_that_is_not_there(dora, ana, make):
    lead = make(LeadFactory, owner=ana)
    sayings = []
    for pk in (lead.pk, 999_999_999):
        with pytest.raises(DatabaseError) as refusal, acting_as(dora):
            Event.objects.create(kind="created", actor=dora, actor_name="Dora", lead_id=pk)
        sayings.append(str(refusal.value))

    assert sayings[0] == sayings[1]


# --- who reads ----------------------------------------------------------------


def test_what_is_about_a_person_is_read_by_them_and_those_above(cast):
    with acting_as(SYSTEM):
        record(Event.Kind.CREATED, "Ana joined.", by=SYSTEM, person=cast.ana)

    def readers():
        for name in ("ana", "ben", "cleo", "dora", "eli", "sol", "ada"):
            with acting_as(getattr(cast, name)):
                if Event.objects.exists():
                    yield name

    assert list(readers()) == ["ana", "cleo", "sol", "ada"]
