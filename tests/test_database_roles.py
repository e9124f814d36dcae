"""What the database itself allows whom: reliability.md tests B1, B2, B5, B6 and B9."""

import re
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.checks import our_models
from backoffice.identity import NOBODY, Identity, Role, reset_identity, set_identity, stamp
from backoffice.rls import SYSTEM, acting_as
from history.actions import record
from history.models import Event
from leads.actions import edit_facility, get_lead
from leads.models import Facility, Lead
from tests.digest import digest
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

ROLES = Path(__file__).parent.parent / "backoffice" / "local"
# What signing in needs, before anybody is somebody: the whole of the web login's rights.
WEB_MAY = {
    "account_emailaddress": "SELECT INSERT UPDATE",
    "account_emailconfirmation": "SELECT",
    "auth_group": "SELECT",
    "auth_group_permissions": "SELECT",
    "auth_permission": "SELECT",
    "backoffice_cache": "SELECT INSERT UPDATE DELETE",
    "django_content_type": "SELECT",
    "django_migrations": "SELECT",
    "mfa_authenticator": "SELECT UPDATE",
    "history_access": "INSERT",
    "notifications_bounce": "INSERT",
    "notifications_heartbeat": "SELECT",
    "people_session": "SELECT INSERT UPDATE DELETE",
    "people_user": "SELECT",
    "people_user_groups": "SELECT",
    "people_user_user_permissions": "SELECT",
}


def rows(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def attempt(sql, params=()):
    """Run one statement; return its rows, or the error that it ends with."""
    try:
        with transaction.atomic():
            return rows(sql, params)
    except DatabaseError as refusal:
        return refusal


@pytest.fixture
def nobody(db):
    """The web login itself, before any transaction has switched to a person's role."""
    token = set_identity(None)
    stamp(connection, NOBODY)
    yield
    reset_identity(token)


# --- the catalogue (B1, B9) ---------------------------------------------------


def test_tests_run_as_the_production_login(db):
    ((user, superuser, bypasses, inherits, creates),) = rows(
        """SELECT session_user, rolsuper, rolbypassrls, rolinherit, rolcreaterole OR rolcreatedb
             FROM pg_roles WHERE rolname = session_user"""
    )

    assert connection.vendor == "postgresql"
    assert (user, superuser, bypasses, inherits, creates) == (Role.WEB, False, False, False, False)


def test_the_roles_are_members_of_each_other_as_declared(db):
    members = set(
        rows(
            """SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members
                WHERE starts_with(member::regrole::text, 'backoffice')
                   OR starts_with(roleid::regrole::text, 'backoffice')"""
        )
    )
    people = {(login, role) for login in LOGINS for role in (Role.REP, Role.ADMIN)}

    # These two are the test cluster's alone.
    for_tests = {(Role.WEB, Role.SERVICE), (Role.OWNER, "pg_signal_backend")}

    assert members == people | for_tests
    assert "GRANT backoffice_service" not in (ROLES / "roles.sql").read_text()
    assert "GRANT backoffice_service TO backoffice_web" in (ROLES / "roles_test.sql").read_text()


LOGINS = (Role.WEB, Role.SERVICE)


def test_every_table_is_the_owners_and_ours_have_a_service_policy(db):
    owners = rows(
        """SELECT DISTINCT relowner::regrole::text FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')"""
    )
    unforced = rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('v', 'm')"
    )

    assert owners == [(Role.OWNER,)]
    assert unforced == []


# Tables that have no model of ours to declare a policy on.
SECURED_IN_MIGRATIONS = {"mfa_authenticator", "people_user_opportunity_types"}


def test_every_declared_policy_is_there_and_no_other(db):
    declared = {
        (model._meta.db_table, constraint.name)
        for model in our_models()
        for constraint in model._meta.constraints
        if hasattr(constraint, "rules")
    }
    declared |= {
        (table, policy)
        for model in our_models()
        for constraint in model._meta.constraints
        for table in [model._meta.db_table]
        if hasattr(constraint, "rules")
        for policy, *_ in constraint._expanded()
    }
    found = set(rows("SELECT tablename, policyname FROM pg_policies"))
    secured = {table for (table,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity")}

    assert {policy for policy in found if policy[0] not in SECURED_IN_MIGRATIONS} == declared
    assert secured - SECURED_IN_MIGRATIONS == {table for table, _ in declared}


# Before anybody is somebody: signing in, and whether the product is ready.
OPEN_TO_THE_WEB_LOGIN = {
    "people_user",
    "people_session",
    "mfa_authenticator",
    "notifications_bounce",
    "notifications_heartbeat",
    "history_access",
}


def test_no_policy_is_for_everybody_or_for_those_without_a_stamp(db):
    policies = rows(
        "SELECT tablename, policyname, roles::text[], qual, with_check FROM pg_policies"
    )

    for table, name, roles, using, check in policies:
        assert "public" not in roles, name
        assert "current_setting" not in f"{using}{check}", name
        if "true" in {using, check}:
            assert roles == [Role.SERVICE] or table in OPEN_TO_THE_WEB_LOGIN, name
        if Role.WEB in roles:
            assert table in OPEN_TO_THE_WEB_LOGIN, name


def test_definer_functions_pin_their_search_path_and_are_not_for_everybody(db):
    functions = rows(
        """SELECT p.oid::regprocedure::text, proconfig,
                  has_function_privilege(%s, p.oid, 'EXECUTE')
             FROM pg_proc p WHERE pronamespace = 'app'::regnamespace AND prosecdef""",
        [Role.WEB],
    )

    assert len(functions) > 15
    for name, settings, _ in functions:
        assert "search_path=pg_catalog, public, pg_temp" in (settings or []), name
    # Whether the product is ready is asked before anybody is somebody.
    assert [name for name, _, for_web in functions if for_web] == ["app.mail_backlog()"]


def test_nobody_but_the_owner_makes_objects(db):
    for role in (Role.WEB, Role.REP, Role.ADMIN):
        may = rows(
            """SELECT has_schema_privilege(%(role)s, 'public', 'CREATE')
                   OR has_schema_privilege(%(role)s, 'app', 'CREATE')
                   OR has_database_privilege(%(role)s, current_database(), 'CREATE')
                   OR has_database_privilege(%(role)s, current_database(), 'TEMPORARY')""",
            {"role": role},
        )
        assert may == [(False,)], role


# --- without an identity (B2) -------------------------------------------------


def tables():
    return sorted(
        name
        for (name,) in rows(
            """SELECT relname FROM pg_class
                WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"""
        )
    )


VERBS = {
    "SELECT": "SELECT * FROM {} LIMIT 1",
    "INSERT": "INSERT INTO {} DEFAULT VALUES",
    "UPDATE": "UPDATE {table} SET {column} = {column}",
    "DELETE": "DELETE FROM {}",
}


def test_without_a_stamp_signing_in_is_all_there_is(nobody):
    may = {}
    for table in tables():
        allowed = [verb for verb, sql in VERBS.items() if not is_denied(attempt(asked(sql, table)))]
        if allowed:
            may[table] = " ".join(allowed)

    assert may == WEB_MAY


def asked(sql, table):
    ((column,),) = rows(
        """SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0
            AND attgenerated = '' ORDER BY attnum LIMIT 1""",
        [table],
    )
    return sql.format(table, table=table, column=f'"{column}"')


def is_denied(answer):
    return isinstance(answer, DatabaseError) and str(answer).startswith("permission denied")


@pytest.mark.parametrize("role", [Role.REP, Role.ADMIN])
@pytest.mark.parametrize("who", ["", "0", "999999999"])
def test_a_role_without_a_person_sees_no_row_and_changes_none(cast, make, role, who):
    contact = make(ContactFactory)
    lead = make(LeadFactory, owner=cast.ana, facility=contact.facility)
    with acting_as(SYSTEM):
        record(Event.Kind.CREATED, "Made.", by=SYSTEM, lead=lead)
    before = digest()

    with nested(Identity(role, who)):
        for table in secured_tables():
            answer = attempt(f"SELECT * FROM {table}")
            assert is_denied(answer) or answer == [] or table == "people_user", table
            for sql in ("DELETE FROM {}", "UPDATE {table} SET {column} = {column}"):
                attempt(asked(sql, table))
    assert digest() == before


def secured_tables():
    return [name for (name,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity")]


class nested:
    """A savepoint under a forged identity."""

    def __init__(self, identity):
        self.identity, self.atomic = identity, transaction.atomic()

    def __enter__(self):
        self.atomic.__enter__()
        stamp(connection, self.identity)

    def __exit__(self, *raised):
        self.atomic.__exit__(*raised)
        stamp(connection, NOBODY)


def test_a_stamp_ends_with_its_transaction(cast, make):
    make(LeadFactory)
    with acting_as(cast.ana):
        assert Lead.objects.exists()
        with pytest.raises(ZeroDivisionError), acting_as(cast.dora):
            1 / Lead.objects.count()
        assert Lead.objects.exists()
        with acting_as(cast.dora):
            transaction.set_rollback(True)
        assert Lead.objects.exists()

    assert rows("SELECT current_user::text, nullif(current_setting('app.user_id'), '')") == [
        (Role.WEB, None)
    ]


# --- what a person's role may not change --------------------------------------

DENIED = [
    # Leads: owner, facility, scope and pool are not a rep's to write; others' leads not at all.
    "UPDATE leads_lead SET stage = 'contract' WHERE id <> %(mine)s",
    "UPDATE leads_lead SET owner_id = %(me)s",
    "UPDATE leads_lead SET owner_team_id = %(me)s",
    "UPDATE leads_lead SET scope_id = 1",
    "UPDATE leads_lead SET facility_id = %(theirs)s",
    "UPDATE leads_lead SET pool_since = now()",
    "UPDATE leads_lead SET owned_at = now()",
    "UPDATE leads_lead SET created_at = now()",
    "UPDATE leads_lead SET protected_until = now() - interval '1 day' WHERE id = %(mine)s",
    "DELETE FROM leads_lead",
    """INSERT INTO leads_lead (facility_id, opportunity_type_id, scope_id, source, stage, status,
         pool_since, last_outcome, no_answer_count, unreached, version)
       SELECT facility_id, opportunity_type_id, scope_id, 'x', 'new', 'open', now(), '', 0, false, 1
         FROM leads_lead""",
    # Facilities and contacts: of one's own leads only.
    "UPDATE leads_facility SET name = 'Mine' WHERE id = %(theirs)s",
    "UPDATE leads_facility SET name = 'Mine' WHERE id = %(pooled)s",
    "UPDATE leads_facility SET external_id = 'mine'",
    "DELETE FROM leads_facility",
    "INSERT INTO leads_facility (source, external_id, name) VALUES ('x', 'x', 'x')",
    "UPDATE leads_contact SET name = 'Mine' WHERE facility_id = %(theirs)s",
    "UPDATE leads_contact SET name = 'Mine' WHERE facility_id = %(pooled)s",
    "UPDATE leads_contact SET facility_id = %(theirs)s",
    "DELETE FROM leads_contact WHERE facility_id IN (%(theirs)s, %(pooled)s)",
    """INSERT INTO leads_contact (facility_id, name, title, phone, email, is_decision_maker,
         version) VALUES (%(theirs)s, 'Mine', '', '', '', false, 1)""",
    """INSERT INTO leads_contact (facility_id, name, title, phone, email, is_decision_maker,
         version) VALUES (%(pooled)s, 'Mine', '', '', '', false, 1)""",
    # Grants.
    """INSERT INTO leads_leadgrant (content_object_id, user_id, permission_id)
       SELECT %(hidden)s, %(me)s, min(id) FROM auth_permission""",
    """INSERT INTO leads_leadgrant (content_object_id, user_id, permission_id)
       SELECT %(mine)s, %(me)s, min(id) FROM auth_permission""",
    "UPDATE leads_leadgrant SET content_object_id = %(hidden)s",
    "DELETE FROM leads_leadgrant",
    # The public list.
    "UPDATE protection_window SET expires_at = expires_at + interval '1 year'",
    "DELETE FROM protection_window",
    """INSERT INTO protection_window (lead_id, facility_name, city, state, opportunity, owner_id,
         owner_name, started_at, expires_at, "end")
       VALUES (%(hidden)s, 'x', 'x', 'NY', 'CS', %(me)s, 'x', now(), now(), '')""",
    # People and policy.
    "UPDATE people_user SET role = 'sales_admin'",
    "UPDATE people_user SET territories = '{}'",
    "UPDATE people_user SET is_active = true",
    "UPDATE people_user SET password = 'known' WHERE id <> %(me)s",
    "UPDATE people_user SET id = %(me)s WHERE id <> %(me)s",
    "DELETE FROM people_user",
    "INSERT INTO people_user (email, name, role) VALUES ('x', 'x', 'sales_admin')",
    "UPDATE people_user_opportunity_types SET opportunitytype_id = 1",
    """INSERT INTO people_user_opportunity_types (user_id, opportunitytype_id)
       SELECT %(me)s, id FROM people_opportunitytype""",
    "INSERT INTO people_user_groups (user_id, group_id) SELECT %(me)s, id FROM auth_group",
    "UPDATE people_policy SET open_leads_per_rep = 1000000",
    "UPDATE people_team SET name = 'Mine'",
    "UPDATE people_opportunitytype SET code = 'X'",
    "DELETE FROM people_workscope",
    # What is derived.
    "UPDATE leads_facilitysearch SET doc = ''",
    "DELETE FROM leads_searchword",
]


@pytest.fixture
def places(cast, make):
    """A lead of Ana's, one of the pool and one of Dora's that Ana does not see, with contacts."""
    mine, pooled = make(LeadFactory, owner=cast.ana), make(LeadFactory)
    facility = make(FacilityFactory, state="TX")
    hidden = make(LeadFactory, owner=cast.dora, facility=facility)
    for lead in (mine, pooled, hidden):
        make(ContactFactory, facility=lead.facility)
    return {
        "me": cast.ana.pk,
        "mine": mine.pk,
        "hidden": hidden.pk,
        "theirs": facility.pk,
        "pooled": pooled.facility_id,
    }


def test_what_a_rep_may_not_write_stays_as_it_is(cast, places):
    before = digest()
    for statement in DENIED:
        with acting_as(cast.ana):
            attempt(statement, places)
        assert digest() == before, statement


def test_what_is_refused_says_nothing_of_what_is_there(cast, places):
    """A hidden row and a missing one answer alike (B5)."""
    asked = [
        "UPDATE leads_lead SET stage = 'contract' WHERE id = %(lead)s RETURNING id",
        "SELECT id FROM leads_lead WHERE id = %(lead)s FOR UPDATE",
        "SELECT app.release(%(lead)s, 1)",
        "SELECT app.lock_for_hand_over(%(lead)s, %(me)s)",
        "SELECT app.lock_leads_of(%(facility)s)",
        "SELECT result FROM app.claim(%(lead)s, app.clock() + interval '45 days')",
        """SELECT result FROM app.reassign(ARRAY[%(lead)s], '{1}', %(me)s,
             app.clock() + interval '45 days', false)""",
        "SELECT app.lock_many(ARRAY[%(lead)s], %(me)s)",
        "SELECT app.give_back(ARRAY[%(lead)s])",
        """SELECT * FROM app.disqualify_waiting(
             jsonb_build_array(jsonb_build_object('lead', %(lead)s)), NULL)""",
        "SELECT * FROM app.search_owned('mercy', %(owner)s)",
        """INSERT INTO leads_contact (facility_id, name, title, phone, email, is_decision_maker,
             version) VALUES (%(facility)s, 'Mine', '', '', '', true, 1)""",
        """INSERT INTO leads_leadgrant (content_object_id, user_id, permission_id)
           SELECT %(lead)s, %(me)s, min(id) FROM auth_permission""",
        """INSERT INTO history_event (kind, actor_id, actor_name, lead_id, sentence, why, detail)
           VALUES ('created', %(me)s, 'Ana', %(lead)s, '', '', '{}')""",
        "DELETE FROM leads_lead WHERE id = %(lead)s",
    ]
    hidden = {"lead": places["hidden"], "facility": places["theirs"], "owner": cast.dora.pk}
    missing = {"lead": 999_999_999, "facility": 999_999_999, "owner": 999_999_999}
    for statement in asked:
        with acting_as(cast.ana):
            answers = [attempt(statement, {"me": cast.ana.pk} | of) for of in (hidden, missing)]
        assert str(answers[0]) == str(answers[1]), statement


def test_an_identity_that_is_taken_is_refused_with_one_sentence(cast, make):
    """Whether or not one sees the facility that has it."""
    place = {"address": "1 High Street", "postcode": "77001", "external_id": ""}
    make(
        LeadFactory, owner=cast.dora, facility=make(FacilityFactory, name="A", state="TX", **place)
    )
    make(LeadFactory, facility=make(FacilityFactory, name="B", **place))
    mine = make(LeadFactory, owner=cast.ana, facility=make(FacilityFactory, name="C", **place))
    sentences = set()
    for name in ("a", "b"):
        with acting_as(cast.ana):
            try:
                edit_facility(get_lead(mine.pk), by=cast.ana, version=1, name=name)
            except Exception as refusal:
                sentences.add(f"{type(refusal).__name__}: {refusal}")

    assert sentences == {"Refused: A facility of this name and address is already known."}
    with acting_as(SYSTEM):
        assert Facility.objects.get(pk=mine.facility_id).name == "C"


# --- hostile SQL (B6) ---------------------------------------------------------

HOSTILE = {
    # Becoming somebody else.
    "SET ROLE backoffice_owner": "permission denied to set role",
    "SET ROLE postgres": "permission denied to set role|does not exist",
    "SET SESSION AUTHORIZATION backoffice_owner": "permission denied",
    "SELECT set_config('role', 'backoffice_owner', true)": "permission denied",
    "ALTER ROLE backoffice_web BYPASSRLS": "permission denied",
    "ALTER ROLE backoffice_rep SUPERUSER": "permission denied",
    "CREATE ROLE mallory LOGIN": "permission denied",
    "GRANT backoffice_owner TO backoffice_rep": "permission denied",
    "ALTER DEFAULT PRIVILEGES FOR ROLE backoffice_owner GRANT ALL ON TABLES TO backoffice_rep": (
        "permission denied"
    ),
    "REASSIGN OWNED BY backoffice_owner TO backoffice_rep": "permission denied",
    # Around row security.
    "SET LOCAL row_security = off; SELECT * FROM leads_lead": "affected by row-level security",
    "ALTER TABLE leads_lead DISABLE ROW LEVEL SECURITY": "must be owner",
    "ALTER TABLE leads_lead OWNER TO backoffice_rep": "must be owner",
    "DROP POLICY leads_lead_security ON leads_lead": "must be owner",
    "CREATE POLICY all_of_it ON leads_lead USING (true)": "must be owner",
    "ALTER POLICY leads_lead_security ON leads_lead USING (true)": "must be owner",
    "SET LOCAL session_replication_role = replica": "permission denied",
    # Definitions.
    "CREATE TABLE public.mine (id int)": "permission denied",
    "CREATE TEMPORARY TABLE mine (id int)": "permission denied",
    "CREATE VIEW public.mine AS SELECT * FROM leads_lead": "permission denied",
    "CREATE SCHEMA mine": "permission denied",
    "CREATE EXTENSION dblink": "permission denied|not available",
    "CREATE FUNCTION app.uid2() RETURNS int LANGUAGE sql AS 'SELECT 1'": "permission denied",
    "CREATE OR REPLACE FUNCTION app.uid() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'": (
        "permission denied|must be owner"
    ),
    "ALTER FUNCTION app.scopes() SECURITY INVOKER": "must be owner",
    """CREATE FUNCTION leak(text) RETURNS bool LANGUAGE plpgsql COST 0.01
         AS 'BEGIN RETURN true; END'""": "permission denied",
    "DO $$ BEGIN EXECUTE 'DROP TABLE leads_lead'; END $$": "must be owner",
    "ALTER TABLE history_event DISABLE TRIGGER ALL": "must be owner",
    "ALTER TABLE leads_lead ADD COLUMN mine int": "must be owner",
    "CREATE INDEX ON leads_lead (source)": "must be owner",
    "CREATE TRIGGER mine AFTER INSERT ON leads_contact EXECUTE FUNCTION app.copy_window()": (
        "permission denied"
    ),
    "CREATE RULE mine AS ON SELECT TO leads_lead DO INSTEAD NOTHING": "must be owner",
    "DROP TABLE leads_lead CASCADE": "must be owner",
    "COMMENT ON TABLE leads_lead IS ''": "must be owner",
    # All at once.
    "TRUNCATE leads_lead CASCADE": "permission denied",
    "LOCK TABLE leads_lead IN ACCESS EXCLUSIVE MODE": "permission denied",
    "COPY leads_lead FROM PROGRAM 'true'": "permission denied",
    "COPY leads_lead TO '/tmp/leads.csv'": "permission denied",
    "COPY (SELECT 1) TO PROGRAM 'true'": "permission denied",
    "COPY leads_lead FROM STDIN": "permission denied|row-level security",
    "VACUUM leads_lead": "permission denied|cannot run inside a transaction",
    # The machine.
    "SELECT pg_read_file('postgresql.conf')": "permission denied",
    "SELECT pg_ls_dir('.')": "permission denied",
    "SELECT lo_import('/etc/passwd')": "permission denied",
    "SELECT pg_reload_conf()": "permission denied",
    "ALTER SYSTEM SET row_security = off": "permission denied|cannot run inside a transaction",
    "SELECT * FROM pg_authid": "permission denied",
    "SELECT * FROM pg_statistic": "permission denied",
    # Functions that are only for other functions.
    "SELECT app.room_for_leads(1)": "permission denied",
    "SELECT app.refresh_search(ARRAY[1::bigint])": "permission denied",
    "SELECT app.is_a_window(now())": "permission denied",
    "SELECT app.visible_scopes(ARRAY[1])": "permission denied",
    "SELECT app.may_hand_over(l) FROM leads_lead l": "permission denied",
}


@pytest.mark.parametrize("who", ["ana", "sol"])
def test_hostile_statements_are_refused(cast, places, who):
    before = digest()
    for statement, refusal in HOSTILE.items():
        with acting_as(getattr(cast, who)):
            answer = attempt(statement)
        assert isinstance(answer, DatabaseError), statement
        assert re.search(refusal, str(answer)), (statement, str(answer))
    assert digest() == before


def test_statistics_tell_nothing_of_rows_that_are_not_seen(cast, places):
    with acting_as(cast.ana):
        told = rows("SELECT tablename FROM pg_stats WHERE tablename LIKE 'leads%%'")

    assert told == []


def test_a_condition_sees_only_rows_that_the_policy_lets_through(cast, places):
    """An error in a condition would tell of the row that it was raised for."""
    with acting_as(cast.ana):
        answer = attempt("SELECT id FROM leads_facility WHERE 1 / (id - %(theirs)s) > 2", places)

    assert not isinstance(answer, DatabaseError)
