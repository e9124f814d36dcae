"""What is killed, stopped or stalled comes back by itself; nothing is lost, nothing is doubled."""

import re
from collections import Counter
from contextlib import contextmanager
from threading import Thread

import pytest
from django.core.files.base import ContentFile
from django.test import Client as Browser

from backoffice.rls import SYSTEM, acting_as
from imports import actions
from imports.models import Import
from people.models import OpportunityType, User
from tests.conftest import enter_admin
from tests.faults.mailbox import AFTER_ACCEPTING, BEFORE_ACCEPTING
from tests.faults.product import WAIT_FOR, eventually
from tests.local.supervisor import children_of

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

# Only what a test asks for is mailed.
QUIET = "UPDATE people_user SET mail_off = '{lead_released,claim_confirmed,lead_assigned}'"
EXPIRE = """
UPDATE leads_lead SET protected_until = now() - interval '1 minute' WHERE id IN (
  SELECT id FROM leads_lead
   WHERE status = 'open' AND protected_until > now() AND owned_at < now() - interval '1 hour'
     AND NOT EXISTS (SELECT FROM history_event e
                      WHERE e.lead_id = leads_lead.id AND e.at > now() - interval '2 minutes')
   ORDER BY id LIMIT %s) RETURNING id"""
LAST_TO_GO = """
SELECT FROM protection_window WHERE ended_at IS NULL AND lead_id = (
  SELECT id FROM leads_lead WHERE protected_until < now() ORDER BY protected_until DESC, id DESC
   LIMIT 1) FOR UPDATE"""
LAST_MAIL = """
INSERT INTO notifications_email (recipient_id, kind, sentence, key, state, attempts, error)
  SELECT 1, 'callback_open', '', 'callback:' || max(id), 'pending', 0, ''
    FROM callbacks_callback"""
STILL_OWNED = "SELECT count(*) FROM leads_lead WHERE id = ANY (%s) AND owner_id IS NOT NULL"
# Some have been released before, in the demo data's past.
TOLD_OF_RELEASE = """
SELECT count(*), count(DISTINCT lead_id) FROM history_event
 WHERE kind = 'expired' AND lead_id = ANY (%s) AND at > now() - interval '10 minutes'
UNION ALL SELECT count(*), count(DISTINCT lead_id) FROM notifications_notice
 WHERE kind = 'lead_released' AND lead_id = ANY (%s)"""

# Those to come as well: one that opened meanwhile would be mailed before those of the test.
OVER = """
UPDATE callbacks_callback SET status = 'cancelled', ended_at = now() WHERE status = 'open'"""
# Half-hours of today and yesterday, rep by rep, for leads that have no callback yet.
BOOK = """
INSERT INTO callbacks_callback (lead_id, rep_id, booked_by_id, slot, local_date, local_time,
    time_zone, status, booked_at)
  SELECT id, owner_id, owner_id, tstzrange(at, at + interval '30 minutes'), at::date, at::time,
         'UTC', 'open', now() - interval '1 day'
    FROM (SELECT id, owner_id, row_number() OVER (PARTITION BY owner_id ORDER BY id) AS nth
            FROM leads_lead
           WHERE status = 'open' AND protected_until > now() + interval '1 hour') AS leads,
         LATERAL (SELECT date_trunc('hour', now()) - nth * interval '30 minutes' AS at) AS moment
   WHERE nth < 40 ORDER BY nth, id LIMIT %s RETURNING id"""
RUNG = """
SELECT substring(key FROM '[0-9]+$')::int, count(*) FROM notifications_notice
 WHERE key = ANY (SELECT 'callback:' || id FROM unnest(%s::int[]) AS id) GROUP BY 1"""
PENDING = "SELECT count(*) FROM notifications_email WHERE state = 'pending'"
HEARTBEATS = """
SELECT count(*) FROM notifications_heartbeat
 WHERE name <> 'leads.tasks.release_expired' AND at > %s"""
POOL = """
SELECT id FROM leads_lead WHERE owner_id IS NULL AND status = 'open'
   AND pool_scope = ANY (app.scopes_of((SELECT id FROM people_user WHERE email = %s)))
 ORDER BY id"""
MINE = """
SELECT l.id FROM leads_lead l JOIN people_user u ON u.id = l.owner_id
  JOIN history_event e ON e.lead_id = l.id AND e.kind = 'claimed' AND e.actor_id = u.id
   AND e.at = l.owned_at
 WHERE u.email = %s AND l.id = ANY (%s)"""


@pytest.fixture
def expire(product):
    """Let the windows of so many leads have ended."""
    product.ask(QUIET)

    def run(number):
        expired = product.column(EXPIRE, number)
        assert len(expired) == number
        return expired

    return run


@pytest.fixture
def book(product):
    """Let the windows of so many callbacks have opened."""
    product.ask(QUIET)

    def run(number):
        product.ask(OVER)
        booked = product.column(BOOK, number)
        assert len(booked) == number
        return booked

    return run


def all_are_released_once(product, leads):
    product.in_time(lambda: product.value(STILL_OWNED, leads) == 0, "the release of all")
    number = len(leads)
    return product.ask(TOLD_OF_RELEASE, leads, leads) == [(number, number)] * 2


def copies(mailbox, callbacks):
    """Return how many e-mails were accepted for each callback, if each always had the same id."""
    accepted = {
        callback: [
            number
            for message_id, number in list(mailbox.accepted.items())
            if message_id.startswith(f"<callback.{callback}.")
        ]
        for callback in callbacks
    }
    return {callback: sum(numbers) for callback, numbers in accepted.items() if len(numbers) == 1}


def all_are_told(product, mailbox, callbacks):
    """Wait for every bell and e-mail; return how often the e-mails came, by how many."""
    product.in_time(lambda: copies(mailbox, callbacks).keys() == set(callbacks), "all e-mails")
    product.in_time(lambda: product.value(PENDING) == 0, "an empty outbox")
    assert dict(product.ask(RUNG, callbacks)) == dict.fromkeys(callbacks, 1)
    return Counter(copies(mailbox, callbacks).values())


# --- kill -9 in the middle of a sweep -------------------------------------------


@pytest.mark.parametrize("victim", ["worker", "beat", "postgres", "redis"])
def test_a_sweep_that_is_killed_half_way_is_done_once_in_the_end(product, expire, victim):
    number = 600 if victim == "worker" else 50
    with product.half_way("leads.expiry", lambda: expire(number), LAST_TO_GO) as leads:
        product.kill(victim)

    assert all_are_released_once(product, leads)


def test_a_callback_is_told_once_though_the_worker_dies_on_it(product, mailbox, book):
    with product.half_way("callbacks.ringing", lambda: book(1), LAST_MAIL) as callbacks:
        product.kill("worker")

    assert all_are_told(product, mailbox, callbacks) == Counter({1: 1})


# --- kill -9 in the middle of an import -----------------------------------------

# Of the rows 2 to 6,001 a worker's first chunk ends with 5,001. One that finds row 5,500 as its
# own in another transaction, or its facility, waits for that: it stands in the second chunk.
TABLE = "Facility ID,Facility Name,State\n" + "".join(
    f"F{number},Clinic {number},{'ZZ' if number == 5_600 else 'NY'}\n"
    for number in [*range(2, 5_700), *range(2, 305)]
)
SAME_ROW = """
INSERT INTO imports_row (of_id, number, external_id, name, address, city, state, postcode, phone,
    time_zone, owner, verdict, problem, warnings)
  VALUES (%s, 5500, '', '', '', '', '', '', '', '', '', 'rejected', '', '[]')"""
SAME_FACILITY = """
INSERT INTO leads_facility (source, external_id, name, address, city, state, postcode, phone,
    time_zone, version)
  VALUES ('Fair', 'F5500', 'Clinic', '', '', 'NY', '', '', 'UTC', 1)"""
FROM_THE_FAIR = """
SELECT count(*), count(DISTINCT l.facility_id), count(e.id) FROM leads_lead l
  LEFT JOIN history_event e ON e.lead_id = l.id AND e.kind = 'imported'
 WHERE l.source = 'Fair'"""


def test_an_import_whose_worker_is_killed_twice_is_done_once_in_the_end(product, settings):
    settings.MEDIA_ROOT = product.environment["MEDIA_ROOT"]
    with acting_as(SYSTEM):
        ada = User.objects.get(email="ada@example.com")
        kind = OpportunityType.objects.get(code="CS")
        found = actions.upload_import(ContentFile(TABLE.encode()), name="fair.csv", by=ada)
    said = {"columns": found.columns, "source": "Fair", "opportunity_type": kind, "updates": False}

    with half_way(product, SAME_ROW, found.pk):
        act(actions.choose_columns, found.pk, **said, by=ada)
    checked = wait_for(product, found.pk, "checked")
    assert (checked.new, checked.known, checked.rejected) == (5_697, 303, 1)
    with half_way(product, SAME_FACILITY):
        act(actions.commit_import, found.pk, by=ada)
    done = wait_for(product, found.pk, "done")

    assert (done.created, done.duplicate, done.rejected) == (5_697, 303, 1)
    assert product.ask(FROM_THE_FAIR) == [(5_697, 5_697, 5_697)]
    assert figures_on_its_page(product, found.pk, ada) == ["5,697", "0", "303", "1"]
    act(actions.revert_import, found.pk, by=ada)
    assert wait_for(product, found.pk, "reverted").removed == 5_697
    assert product.ask(FROM_THE_FAIR) == [(0, 0, 0)]


@contextmanager
def half_way(product, hold, *parameters):
    """What begins in the block is killed with its first chunk done and its second one at work."""
    with product.holding(hold, *parameters) as holder:
        yield
        product.in_time(lambda: product.value(WAIT_FOR, holder), "an import half-way")
        with acting_as(SYSTEM):
            found = Import.objects.latest("id")
        assert (found.read_to if found.state == "checking" else found.merged_to) == 5_001
        product.kill("worker")


def act(action, pk, **said):
    with acting_as(SYSTEM):
        action(pk, **said)


def wait_for(product, pk, state):
    def in_that_state():
        with acting_as(SYSTEM):
            return Import.objects.filter(pk=pk, state=state).first()

    return product.in_time(in_that_state, f"an import that is {state}")


def figures_on_its_page(product, pk, admin):
    browser = Browser()
    browser.force_login(admin)
    session = enter_admin(browser).cookies["sessionid"].value
    page = product.browser.get(f"/admin/imports/{pk}", session).body.decode()
    return re.findall(r"<dd>([\d,]+)</dd>", page)


# --- kill -9 in the middle of a delivery ----------------------------------------


@pytest.mark.parametrize("victim", ["worker", "beat", "postgres", "redis"])
@pytest.mark.parametrize("moment", [BEFORE_ACCEPTING, AFTER_ACCEPTING])
def test_an_email_is_doubled_only_if_its_sender_dies_after_it_was_accepted(
    product, mailbox, book, victim, moment
):
    mailbox.hold(moment)
    callbacks = book(5)
    product.in_time(mailbox.held.is_set, "an e-mail on its way")
    product.kill(victim)
    mailbox.release()

    # A worker whose database has died lives to see the e-mail accepted, and can't write it down.
    doubled = victim == "postgres" or (victim == "worker" and moment == AFTER_ACCEPTING)
    expected = Counter({1: 4, 2: 1}) if doubled else Counter({1: 5})
    assert all_are_told(product, mailbox, callbacks) == expected


# --- Redis -----------------------------------------------------------------------


def test_what_redis_forgets_is_asked_for_again(product, book, mailbox):
    callbacks = book(5)
    with product.redis as broker:
        broker.flushall()
    moment = product.value("SELECT now()")

    eventually(lambda: product.value(HEARTBEATS, moment) >= 4, "sweeps of the product's own")
    assert all_are_told(product, mailbox, callbacks) == Counter({1: 5})


def test_what_is_no_message_or_no_task_of_ours_does_no_lasting_harm(product):
    product.spare("worker", deaths=2)
    moment = product.value("SELECT now()")
    with product.redis as broker:
        broker.lpush("beat", "no message", '{"body": "e30=", "headers": {}, "properties": {}}')
    with product.publisher() as publish:
        publish("leads.tasks.of_another_version", queue="beat")

    # A worker ends at what is no message at all; the next one goes on behind it.
    product.in_time(lambda: product.value(HEARTBEATS, moment) >= 4, "sweeps after it")


def test_all_that_works_by_itself_comes_back_by_itself(product, expire, book, mailbox):
    # Nobody brings one of them back before the last one has ended.
    with product.stopped("supervisor"):
        product.kill("beat")
        with product.redis as broker:
            broker.flushall()  # what the tests' own beat has published
        product.kill("worker")
        product.kill("redis")
        leads, callbacks = expire(20), book(5)
        moment = product.value("SELECT now()")
        product.kill("postgres")

    eventually(lambda: product.value(HEARTBEATS, moment) >= 4, "sweeps of the product's own")
    eventually(lambda: copies(mailbox, callbacks).keys() == set(callbacks), "all e-mails")
    eventually(lambda: product.value(STILL_OWNED, leads) == 0, "the release of all")
    assert all_are_released_once(product, leads)
    assert all_are_told(product, mailbox, callbacks) == Counter({1: 5})


PAGES = [
    *("/leads", "/leads/pool", "/leads/protected", "/leads/new", "/search?q=mercy"),
    *("/dashboard", "/dashboard/cards", "/clients", "/notes", "/callbacks"),
    *("/notifications", "/notifications/bell"),
    *("/settings", "/settings/email", "/settings/security"),
]
TABS = ["", "/notes", "/activity", "/files", "/workflow", "/disposition", "/callback", "/menu"]
MADE = "SELECT max(id) FROM dispositions_disposition WHERE lead_id = %s"


def walk(product, leads):
    """Ask for every page, and do with leads what a rep does."""
    answers = [product.get(path) for path in PAGES]
    answers += [product.post("/notifications/read")]
    for lead in [leads.pop() for _ in range(3)]:
        answers += work(product, f"/leads/{lead}", lead)
    assert {answer.status for answer in answers} <= {200, 303}


def work(product, folder, lead):
    def version():
        return product.value("SELECT version FROM leads_lead WHERE id = %s", lead)

    yield product.post(f"{folder}/claim")
    for tab in TABS:
        yield product.get(folder + tab)
    said = {"outcome": "not_now", "version": version()}
    yield product.post(f"{folder}/disposition", **said)
    yield product.post(f"/dispositions/{product.value(MADE, lead)}/undo")
    yield product.post(f"{folder}/notes", text="Asked for a quote.", tier="shared")
    yield product.post(f"{folder}/stage", stage="qualified", version=version())


def test_without_redis_every_page_and_action_answers_and_health_says_so(product):
    leads = product.column(POOL, "ana@example.com")
    with product.missing("redis"):
        walk(product, leads)
        assert product.health() == (200, ["redis"])
        assert product.browser.get("/livez", "").status == 200


def test_no_page_and_no_action_asks_redis_for_anything(product):
    """So none can wait for one that is slow or stands still; only health asks, and waits little."""
    leads = product.column(POOL, "ana@example.com")
    web = {product.pid("web"), *children_of(product.pid("web"))}
    with product.silent() as who_asked:
        walk(product, leads)
        assert who_asked() & web == set()
        assert product.health() == (200, ["redis"])
        assert who_asked() & web != set()


# --- the rest ---------------------------------------------------------------------


def test_what_was_acknowledged_survives_the_database(product):
    leads, answers = product.column(POOL, "ben@example.com")[:40], {}
    product.session_of("ben")

    def claim_all():
        browser = product.another_browser()
        for lead in leads:
            answers[lead] = browser.post(f"/leads/{lead}/claim", product.session_of("ben")).status
        browser.close()

    claiming = Thread(target=claim_all)
    claiming.start()
    eventually(lambda: len(answers) >= 5, "some claims")
    with product.missing("postgres"):
        eventually(lambda: product.health()[0] == 503, "the truth about the database")
        assert product.browser.get("/livez", "").status == 200
    claiming.join()

    acknowledged = {lead for lead, status in answers.items() if status in (200, 303)}
    kept = eventually(lambda: product.column(MINE, "ben@example.com", leads), "the database")
    assert acknowledged
    assert acknowledged <= set(kept)


def test_the_web_process_comes_back(product):
    product.get("/leads")
    product.kill("web")

    assert eventually(lambda: product.get("/leads").status == 200, "a page")


def test_two_workers_and_two_beats_do_nothing_twice(product, expire, book, mailbox, tmp_path):
    with (
        product.another("worker", "--hostname", "second@here"),
        product.another("beat", "--schedule", str(tmp_path / "schedule")),
    ):
        leads, callbacks = expire(100), book(10)

        assert all_are_released_once(product, leads)
        assert all_are_told(product, mailbox, callbacks) == Counter({1: 10})
