"""The demo data: who can sign in, and what they find."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from demo import actions, telling
from leads.models import Facility, Lead
from leads.queue import BAND_NAMES, queue_page
from notes.models import Note
from people.models import User
from people.permissions import Role
from tests.conftest import make_user
from tests.factories import FacilityFactory
from tests.imports.test_command import SAMPLE
from tests.imports.test_command import run as run_import

CAST = {
    "ana@example.com": ("inside_rep", "North", False),
    "ben@example.com": ("inside_rep", "North", False),
    "cleo@example.com": ("manager", "North", False),
    "dora@example.com": ("inside_rep", "South", False),
    "eli@example.com": ("manager", "South", False),
    "sol@example.com": ("senior_manager", None, False),
    "ada@example.com": ("sales_admin", None, True),
}


def seed(**options):
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()


def rows(sql, *values):
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def person(name):
    with acting_as(SYSTEM):
        return User.objects.get(email=f"{name}@example.com")


def nothing_is_in(sql):
    return rows(f"SELECT count(*) FROM ({sql}) AS wrong") == [(0,)]


@pytest.fixture
def demo(db):
    seed()


@pytest.fixture
def small_demo(db):
    seed(leads=400)


def test_the_cast_can_sign_in_and_nobody_else(client, small_demo):
    with acting_as(SYSTEM):
        people = {
            user.email: (user.role, user.team and user.team.name, user.is_staff)
            for user in User.objects.exclude(pk=SYSTEM.pk)
        }

    assert people == CAST
    assert all(client.login(username=email, password="demo-password") for email in CAST)


def test_north_and_south_work_different_states(small_demo):
    assert set(person("ana").territories) == set(person("ben").territories)
    assert not set(person("ana").territories) & set(person("dora").territories)


def test_every_band_of_everybodys_queue_has_leads(demo):
    for rep in map(person, ["ana", "ben", "dora"]):
        with acting_as(rep):
            counts = queue_page(rep).counts

        assert {band for band in BAND_NAMES if counts.get(band, 0) >= 3} == set(BAND_NAMES)


@pytest.mark.parametrize("hours", [5, 13, 60])
def test_bands_do_not_depend_on_the_hour_of_seeding(db, move_clock, hours):
    move_clock(timedelta(hours=hours))
    seed(leads=400)

    with acting_as(person("ana")):
        counts = queue_page(person("ana")).counts

    assert {band for band, count in counts.items() if count} == set(BAND_NAMES)


def test_there_are_2000_leads_in_every_state(demo):
    with acting_as(SYSTEM):
        found = Counter(Lead.objects.values_list("status", flat=True))
        in_pool = Lead.objects.in_pool().count()
        expired = Lead.objects.in_pool().exclude(owner=None).count()

    assert sum(found.values()) == 2_000
    assert set(found) == set(Lead.Status.values)
    assert 700 < in_pool < 900
    assert expired > 0


def test_notes_of_every_tier_are_there_on_leads_and_people(small_demo):
    tiers = rows("SELECT DISTINCT tier FROM notes_note WHERE lead_id IS NOT NULL ORDER BY tier")

    assert tiers == [(0,), (1,), (2,), (3,)]
    assert rows("SELECT count(*) > 5 FROM notes_note WHERE person_id IS NOT NULL") == [(True,)]
    for name in ("ana", "cleo", "sol"):
        with acting_as(person(name)):
            assert Note.objects.filter(written_at__gt=clock() - timedelta(days=7)).count() > 5


def test_windows_end_on_any_day_from_tomorrow_on(demo):
    found = rows(
        """SELECT count(DISTINCT day) >= 42, min(day) <= 1 FROM (
             SELECT extract(day FROM protected_until - app.clock()) AS day FROM leads_lead
              WHERE protected_until > app.clock()) days"""
    )

    assert found == [(True, True)]


def test_the_pool_has_leads_of_all_ages_and_sources(demo):
    found = rows(
        """SELECT min(app.clock() - pool_since) < '1 day',
                  max(app.clock() - pool_since) > '90 days', count(DISTINCT source) >= 5
             FROM leads_lead WHERE pool_since IS NOT NULL"""
    )

    assert found == [(True, True, True)]


def test_owners_may_work_what_they_own(small_demo):
    assert nothing_is_in(
        """SELECT FROM leads_lead
            WHERE owner_id IS NOT NULL AND NOT scope_id = ANY (app.scopes_of(owner_id))"""
    )


def test_nothing_has_happened_in_the_future(small_demo):
    assert nothing_is_in("SELECT FROM history_event WHERE at > app.clock()")
    assert nothing_is_in(
        """SELECT FROM leads_lead WHERE greatest(created_at, owned_at, pool_since, last_contact_at,
             hot_at, queued_at) > app.clock()"""
    )


# --- the history is that of the lead --------------------------------------------


def test_every_history_begins_where_the_lead_does_and_is_in_order(small_demo):
    assert nothing_is_in(
        """SELECT FROM leads_lead l JOIN LATERAL (
             SELECT kind, at FROM history_event e WHERE e.lead_id = l.id ORDER BY id LIMIT 1
           ) first ON true
            WHERE first.kind NOT IN ('created', 'imported') OR first.at <> l.created_at"""
    )
    assert nothing_is_in(
        """SELECT FROM history_event c JOIN history_event p USING (lead_id, at)
            WHERE c.kind = 'claimed' AND p.kind = 'protected' AND p.id < c.id"""
    )
    assert nothing_is_in(
        """SELECT FROM (SELECT at, lag(at) OVER (PARTITION BY lead_id ORDER BY id) AS before
                          FROM history_event) e WHERE at < before"""
    )


def test_every_window_was_claimed_and_ended_as_history_says(small_demo):
    assert nothing_is_in(
        """SELECT FROM protection_window w WHERE NOT EXISTS (
             SELECT FROM history_event e WHERE e.lead_id = w.lead_id AND e.kind = 'claimed'
                AND e.at = w.started_at AND e.actor_id = w.owner_id)"""
    )
    assert nothing_is_in(
        """SELECT FROM protection_window w
            WHERE "end" IN ('expired', 'released') AND NOT EXISTS (
              SELECT FROM history_event e
               WHERE e.lead_id = w.lead_id AND e.kind = w."end" AND e.at = w.ended_at)"""
    )
    assert rows('SELECT count(DISTINCT "end") FROM protection_window') == [(5,)]


def test_history_names_the_days_of_the_organisations_zone(small_demo):
    ends = "coalesce(detail ->> 'until', detail -> 'protected_until' ->> 1)::timestamptz"
    day = f"to_char({ends} AT TIME ZONE 'America/New_York', 'FMDD Mon YYYY')"
    said = "SELECT * FROM history_event WHERE kind IN ('protected', 'extended')"
    assert rows(f"SELECT kind FROM ({said}) AS e GROUP BY 1 ORDER BY 1") == [
        ("extended",),
        ("protected",),
    ]
    assert nothing_is_in(f"{said} AND sentence NOT LIKE '%% until ' || {day} || '.'")


def test_open_windows_are_those_of_owned_leads(small_demo):
    assert nothing_is_in(
        """SELECT FROM leads_lead l
             FULL JOIN (SELECT * FROM protection_window WHERE ended_at IS NULL) w
               ON w.lead_id = l.id
            WHERE (l.status = 'open' AND l.owner_id IS NOT NULL OR w.id IS NOT NULL)
              AND (w.expires_at, w.owner_id, w.started_at)
                  IS DISTINCT FROM (l.protected_until, l.owner_id, l.owned_at)"""
    )


def test_what_the_last_call_set_off_is_there(small_demo):
    assert nothing_is_in(
        """SELECT FROM leads_lead l
            WHERE (hot_at IS NOT NULL) <> EXISTS (
                    SELECT FROM leads_task t WHERE t.lead_id = l.id AND t.status = 'open'
                       AND t.kind = 'qualification')
               OR follow_up_on IS DISTINCT FROM (
                    SELECT due_on FROM leads_task t WHERE t.lead_id = l.id AND t.status = 'open'
                       AND t.kind = 'follow_up')
               OR callback_at IS DISTINCT FROM (
                    SELECT starts_at FROM callbacks_callback c
                     WHERE c.lead_id = l.id AND c.status = 'open')"""
    )


def test_last_outcome_and_counter_are_those_of_the_dispositions(small_demo):
    assert nothing_is_in(
        """SELECT FROM leads_lead l LEFT JOIN LATERAL (
             SELECT outcome, at FROM dispositions_disposition d WHERE d.lead_id = l.id
              ORDER BY id DESC LIMIT 1) last ON true
            WHERE (l.last_outcome, l.last_contact_at)
                  IS DISTINCT FROM (coalesce(last.outcome, ''), last.at)"""
    )
    assert nothing_is_in(
        """SELECT FROM leads_lead l WHERE no_answer_count <> (
             SELECT count(*) FROM dispositions_disposition d
              WHERE d.lead_id = l.id AND outcome = 'no_answer' AND NOT EXISTS (
                SELECT FROM dispositions_disposition connect WHERE connect.lead_id = l.id
                   AND connect.id > d.id AND connect.outcome NOT IN ('no_answer', 'bad_data')))"""
    )


def test_every_disposition_has_its_event_and_every_event_its_disposition(small_demo):
    assert nothing_is_in(
        """SELECT FROM dispositions_disposition d
             FULL JOIN (SELECT * FROM history_event WHERE kind = 'dispositioned') e
               ON e.lead_id = d.lead_id AND (e.detail ->> 'disposition')::bigint = d.id
            WHERE e.at IS DISTINCT FROM d.at"""
    )


# --- making it --------------------------------------------------------------------


def picture():
    """What there is, as seen from now: facilities with their leads' states and histories."""
    return rows(
        """SELECT f.external_id, f.name, f.phone, l.status, l.stage, u.email, l.last_outcome,
                  l.created_at - app.clock(), l.protected_until - app.clock(), (
                    SELECT array_agg(kind ORDER BY e.id) FROM history_event e
                     WHERE e.lead_id = l.id)
             FROM leads_lead l JOIN leads_facility f ON f.id = l.facility_id
             LEFT JOIN people_user u ON u.id = l.owner_id ORDER BY f.external_id"""
    )


def picture_of(**options):
    """Seed, look, and take it back."""
    with transaction.atomic():
        seed(**options)
        seen = picture()
        transaction.set_rollback(True)
    return seen


def test_the_same_seed_makes_the_same_data(db):
    first = picture_of(leads=150, reps=3, seed="7")

    assert picture_of(leads=150, reps=3, seed="7") == first
    assert picture_of(leads=150, reps=3, seed="8") != first


def test_chunks_that_are_written_side_by_side_make_the_same_data(transactional_db, monkeypatch):
    now = clock()
    monkeypatch.setattr(actions, "clock", lambda: now)
    whole = [row[:7] for row in picture_of(leads=150, reps=3)]
    monkeypatch.setattr(telling, "CHUNK", 20)

    seed(leads=150, reps=3)

    assert [row[:7] for row in picture()] == whole
    assert actions.is_seeded()


def test_more_reps_come_in_teams_with_a_manager_and_one_with_a_big_book(db):
    seed(leads=1_000, reps=30)

    with acting_as(SYSTEM):
        assert User.objects.filter(email__startswith="rep").count() == 30
        managers = User.objects.filter(email__startswith="manager")
        assert sorted(managers.values_list("team__name", flat=True)) == ["Team 01", "Team 02"]
        assert Lead.objects.filter(owner__email="rep0001@example.com", status="open").count() == 50
        assert Lead.objects.count() == 1_000


def test_a_database_that_is_seeded_is_left_alone(db):
    seed(leads=50)
    before = picture()

    assert "already" in seed(leads=50)

    assert picture() == before


def test_a_database_with_people_is_refused(db):
    with acting_as(SYSTEM):
        make_user("Zoe", Role.SENIOR_MANAGER)

    with pytest.raises(CommandError, match="people of its own"):
        seed()


def test_a_database_with_leads_is_refused(db, make):
    make(FacilityFactory)

    with pytest.raises(CommandError, match="leads of its own"):
        seed()

    with acting_as(SYSTEM):
        assert not User.objects.exclude(pk=SYSTEM.pk).exists()


def test_a_seed_that_breaks_off_leaves_nobody_who_could_sign_in(transactional_db, monkeypatch):
    monkeypatch.setattr(telling, "CHUNK", 20)
    monkeypatch.setattr(actions, "write_apart", lambda pages: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        seed(leads=100)

    with pytest.raises(CommandError, match="broke off here; start with a new database"):
        seed(leads=100)
    with acting_as(SYSTEM):
        assert not any(user.has_usable_password() for user in User.objects.all())


def test_real_facilities_can_be_imported_beside_the_demo(demo):
    assert run_import(SAMPLE).tally == (60, 0, 0, 4)

    with acting_as(SYSTEM):
        assert Facility.objects.count() == 2_060
