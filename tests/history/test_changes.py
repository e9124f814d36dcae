"""Field changes, by whatever path they come; who came in; and who reads of it."""

from contextlib import suppress
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections, transaction

from backoffice.rls import SYSTEM, acting_as, joined_by
from clients.models import Client
from history.changes import WATCHED
from history.models import Access, Change
from leads.models import Contact, Facility
from people.models import Policy, User
from tests.digest import digest
from tests.factories import ContactFactory, FacilityFactory, LeadFactory


def changes(**of):
    with acting_as(SYSTEM):
        return list(Change.objects.filter(**of).order_by("id"))


def last(**of):
    return changes(**of)[-1]


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana)


def test_a_page_an_update_of_many_and_raw_sql_are_told_alike(signed_in, ana, lead):
    facility = lead.facility
    where = f"/leads/{lead.pk}/facility"
    sent = {"name": "Saint Jude", "state": "NY", "time_zone": facility.time_zone, "version": 1}
    prefix = f"facility-{facility.pk}-"

    signed_in(ana).post(where, {prefix + name: value for name, value in sent.items()})
    with acting_as(ana):
        Facility.objects.filter(pk=facility.pk).update(city="Troy")
    with acting_as(SYSTEM), connections["default"].cursor() as cursor:
        cursor.execute("UPDATE leads_facility SET city = 'Utica' WHERE id = %s", [facility.pk])

    told = changes(subject="facility", deed="changed")
    assert [(change.actor_name, change.fields.get("city")) for change in told] == [
        ("Ana", ["Albany", ""]),
        ("Ana", ["", "Troy"]),
        ("The system", ["Troy", "Utica"]),
    ]
    assert told[0].fields["name"] == [facility.name, "Saint Jude"]


@pytest.mark.django_db(databases=["default", "owner"])
def test_who_comes_past_the_product_is_told_by_their_login():
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE people_user SET role = 'sales_admin' WHERE id = 1")
        cursor.execute("SELECT actor_id, actor_name, fields::text FROM history_change")
        told = cursor.fetchall()

    assert told == [(None, "backoffice_owner", '{"role": ["inside_rep", "sales_admin"]}')]


def test_more_changes_than_a_page_of_history_holds_are_not_left_out_unsaid(ana, lead, signed_in):
    said = "Of the fields changed here, these are the latest 200; the audit has all."
    change = f"""DO $$ BEGIN FOR n IN 1..{{}} LOOP
        UPDATE leads_facility SET city = n WHERE id = {lead.facility_id}; END LOOP; END $$"""
    for number, is_said in ((199, False), (200, True)):
        with acting_as(SYSTEM), connections["default"].cursor() as cursor:
            cursor.execute(change.format(number - 198 if is_said else number))
        assert (said in signed_in(ana).get(f"/leads/{lead.pk}/activity").text) == is_said


def test_what_changes_nothing_is_worth_no_line(ana, lead):
    before = len(changes())
    with acting_as(ana):
        Facility.objects.filter(pk=lead.facility_id).update(city="Albany", version=7)
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(last_login=None)

    assert len(changes()) == before


def test_a_bulk_action_joins_what_it_changes(ana, lead, make):
    bulk = uuid4()
    facilities = [lead.facility_id, make(LeadFactory, owner=ana).facility_id]
    with acting_as(SYSTEM):
        Facility.objects.filter(pk__in=facilities).update(city="Utica")
        joined_by(bulk)
        Facility.objects.filter(pk__in=facilities).update(city="Troy")

    assert [change.facility_id for change in changes(bulk_id=bulk)] == facilities


def test_contacts_clients_people_and_policy_are_watched_too(cast, lead, make):
    contact = make(ContactFactory, facility=lead.facility)
    make(LeadFactory, owner=cast.ana, status="won", stage="won")
    with acting_as(SYSTEM):
        Contact.objects.filter(pk=contact.pk).update(phone="+15185550199")
        Contact.objects.filter(pk=contact.pk).delete()
        Policy.objects.update(fresh_hours=2)
        cast.ben.opportunity_types.clear()

    assert [change.deed for change in changes(subject="contact")] == ["added", "changed", "removed"]
    assert changes(subject="contact")[0].fields["name"] == [None, "Grace Holloway"]
    assert last(subject="contact").fields["phone"] == ["+15185550199", None]
    assert last(subject="policy").fields == {"fresh_hours": [24, 2]}
    assert last(subject="client").deed == "added"
    assert last(subject="what a person works").person_id == cast.ben.pk


@pytest.mark.django_db(databases=["default", "owner"])
def test_whatever_else_changes_of_a_row_is_told(make):
    """Its number, which it is known by, and the facility that it stands at."""
    old, new = make(FacilityFactory), make(FacilityFactory)
    contact = make(ContactFactory, facility=old)
    with acting_as(SYSTEM):
        Client.objects.create(facility=old)
        with connections["default"].cursor() as cursor:
            cursor.execute("UPDATE leads_contact SET id = id + 1000, phone = '+15185550199'")
            cursor.execute("UPDATE leads_contact SET facility_id = %s", [new.pk])
            cursor.execute("UPDATE clients_client SET facility_id = %s", [new.pk])

    def told(subject):
        return [(each.deed, each.row_id, each.facility_id) for each in changes(subject=subject)]

    assert told("contact") == [
        ("added", contact.pk, old.pk),
        ("removed", contact.pk, old.pk),
        ("added", contact.pk + 1000, old.pk),
        ("removed", contact.pk + 1000, old.pk),
        ("added", contact.pk + 1000, new.pk),
    ]
    assert changes(subject="contact")[2].fields["phone"] == [None, "+15185550199"]
    assert told("client") == [
        ("added", old.pk, old.pk),
        ("removed", old.pk, old.pk),
        ("added", new.pk, new.pk),
    ]


@pytest.mark.django_db(databases=["owner"])
def test_no_table_is_emptied_past_it():
    for table in [watched.table for watched in WATCHED]:
        with (
            pytest.raises(DatabaseError, match="history is append-only"),
            transaction.atomic("owner"),
            connections["owner"].cursor() as cursor,
        ):
            cursor.execute(f"TRUNCATE {table} CASCADE")


def test_no_password_is_ever_in_it(cast):
    with acting_as(SYSTEM):
        cast.ana.set_password("correct-horse")
        cast.ana.save()

    assert last(person_id=cast.ana.pk).fields == {"password": ["hidden", "hidden"]}
    with acting_as(SYSTEM), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM history_change WHERE fields::text LIKE '%md5$%'")
        assert cursor.fetchone() == (0,)


# --- who reads -----------------------------------------------------------------


def test_it_is_seen_with_its_subject(cast, make):
    lead = make(LeadFactory, owner=cast.ana)
    make(ContactFactory, facility=lead.facility)
    with acting_as(SYSTEM):
        Policy.objects.update(fresh_hours=2)

    def seen_by(user):
        with acting_as(user):
            return {change.subject for change in Change.objects.all()}

    about_facility = {"facility", "contact"}
    assert seen_by(cast.ana) == seen_by(cast.cleo) == seen_by(cast.sol) == about_facility
    assert seen_by(cast.dora) == seen_by(cast.eli) == set()
    assert seen_by(cast.ada) >= {*about_facility, "person", "policy", "team"}


# --- nobody changes it ------------------------------------------------------------

CHANGES = [
    "UPDATE {table} SET actor_name = 'Nobody'",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "DROP TRIGGER append_only ON {table}",
    "DROP TABLE {table}",
    """MERGE INTO {table} h USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE""",
]
FORGED = [
    """INSERT INTO history_change (subject, deed, row_id, fields, actor_name)
       VALUES ('policy', 'changed', 1, '{}', 'Ben')""",
    "DROP TRIGGER write_updates ON people_policy",
    "ALTER TABLE leads_facility DISABLE TRIGGER USER",
    "SELECT app.write_changes()",
]
TABLES = ["history_change", "history_access"]


def test_no_role_of_the_product_changes_or_forges_it(cast, lead):
    statements = [each.format(table=table) for each in CHANGES for table in TABLES] + FORGED
    before = digest()
    for user in (cast.ana, cast.cleo, cast.sol, cast.ada, SYSTEM):
        for statement in statements:
            with (
                pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
                acting_as(user),
                connections["default"].cursor() as cursor,
            ):
                cursor.execute(statement)
    assert digest() == before


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.django_db(databases=["default", "owner"])
def test_not_even_the_tables_owner_changes_it(table):
    for statement in CHANGES[:3]:
        with (
            pytest.raises(DatabaseError, match="history is append-only"),
            transaction.atomic("owner"),
            connections["owner"].cursor() as cursor,
        ):
            cursor.execute(statement.format(table=table))


# --- coming in, and being turned away -------------------------------------------------


def accesses():
    with acting_as(SYSTEM):
        return [(each.actor_name, each.kind, each.status) for each in Access.objects.order_by("id")]


def test_signing_in_and_out_and_failing_to_are_written_down(client, ana):
    client.post("/login", {"login": "ana@example.com", "password": "wrong"})
    client.post("/login", {"login": "ana@example.com", "password": "demo-password"})
    client.post("/logout")

    assert accesses() == [
        ("ana@example.com", "sign_in_failed", None),
        ("Ana", "signed_in", None),
        ("Ana", "signed_out", None),
    ]


def test_what_is_denied_is_written_down_with_its_lead(signed_in, dora, ben, lead):
    signed_in(dora).post(f"/leads/{lead.pk}/release", {"why": "Mine", "version": 1})
    signed_in(ben).get("/people")

    with acting_as(SYSTEM):
        denied = Access.objects.filter(kind="denied").order_by("id")
        assert [(each.actor_name, each.lead_id, each.request, each.status) for each in denied] == [
            ("Dora", lead.pk, f"POST /leads/{lead.pk}/release", 404),
            ("Ben", None, "GET /people", 403),
        ]


def test_denied_leads_are_known_in_review_too_and_counted_in_a_bulk_action(cast, signed_in, lead):
    foreign = {"deed": "not_interested", "lead": [lead.pk, 999_999_999], "from": "/leads"}
    signed_in(cast.ana).get(f"/admin/review/{lead.pk}")
    signed_in(cast.dora).post("/leads/bulk", foreign)

    with acting_as(SYSTEM):
        denied = Access.objects.filter(kind="denied").order_by("id")
        assert [(each.actor_name, each.lead_id, each.request, each.status) for each in denied] == [
            ("Ana", lead.pk, f"GET /admin/review/{lead.pk}", 403),
            ("Dora", None, "POST /leads/bulk, 2 of 2 leads", 404),
        ]


def test_only_sales_admins_read_who_came_in(cast, signed_in):
    signed_in(cast.ana)

    def readers():
        for name in ("ana", "cleo", "dora", "sol", "ada"):
            with suppress(DatabaseError), acting_as(getattr(cast, name)):
                if Access.objects.exists():
                    yield name

    assert list(readers()) == ["ada"]


def test_a_client_that_is_not_seen_has_no_history(cast, make):
    won = make(LeadFactory, owner=cast.ana, status="won", stage="won")
    with acting_as(cast.ben):
        assert not Client.objects.filter(pk=won.facility_id).exists()
        assert not Change.objects.filter(subject="client").exists()
