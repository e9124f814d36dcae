"""Readiness tells the truth: 503 for the database alone, the rest by name."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.migrations.loader import MigrationLoader

from backoffice.celery import HOUR, MINUTE, app
from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from notifications.models import Email, Heartbeat
from tests.conftest import HTMX
from tests.digest import digest
from tests.factories import LeadFactory


@pytest.fixture(autouse=True)
def no_redis(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


def test_alive_needs_nothing(client):
    assert client.get("/livez").content == b"alive\n"


@pytest.fixture
def database_away(monkeypatch):
    def nobody_there(*args):
        raise OperationalError("connection refused")

    monkeypatch.setattr("people.models.SessionManager.get_queryset", nobody_there)


def test_whoever_is_signed_in_hears_that_we_are_alive_without_a_database(ana, signed_in, request):
    browser = signed_in(ana)
    request.getfixturevalue("database_away")

    assert browser.get("/livez").content == b"alive\n"


def test_a_page_without_a_database_says_so(ana, signed_in, request):
    browser = signed_in(ana)
    browser.raise_request_exception = False
    request.getfixturevalue("database_away")

    response = browser.get("/leads")

    assert response.status_code == 503
    assert "The database can't be reached." in response.text


def test_a_mistake_of_ours_is_a_page_that_says_so_and_changes_nothing(
    ana, signed_in, make, monkeypatch
):
    lead, browser = make(LeadFactory, owner=ana), signed_in(ana)
    browser.raise_request_exception = False
    monkeypatch.setattr("leads.actions.record", lambda *args, **kwargs: 1 / 0)
    before = digest()

    for headers in ({}, HTMX):
        sent = {"why": "No budget", "version": lead.version}
        response = browser.post(f"/leads/{lead.pk}/release", sent, headers=headers)

        assert response.status_code == 500
        assert "Nothing was changed, and it has been written down" in response.text
        assert "ZeroDivisionError" not in response.text
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert digest() == before


def test_a_sweep_that_never_ran_is_named(client, db):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        200,
        {"status": "degraded", "degraded": ["scheduler", "redis"]},
    )


@pytest.fixture
def run(db):
    """Let all sweeps have run that come at least so often, but for one."""

    def sweeps(every, but=""):
        names = {e["task"] for e in app.conf.beat_schedule.values() if e["schedule"] <= every}
        with acting_as(SYSTEM):
            for name in names - {but}:
                Heartbeat.objects.update_or_create(name=name, defaults={"at": clock()})

    return sweeps


def test_sweeps_that_ran_make_it_ready_until_one_is_stale(client, run, move_clock):
    run(MINUTE)
    assert client.get("/readyz").json()["degraded"] == ["redis"]

    move_clock(timedelta(minutes=4))
    run(MINUTE, but="leads.tasks.release_expired")
    assert client.get("/readyz").json()["degraded"] == ["scheduler", "redis"]


def test_one_sweep_that_never_ran_is_noticed_beside_others(client, run):
    run(MINUTE, but="callbacks.tasks.mail")

    assert "scheduler" in client.get("/readyz").json()["degraded"]


def test_what_runs_once_an_hour_is_stale_after_three(client, run, move_clock):
    run(HOUR)
    move_clock(timedelta(hours=2))
    run(MINUTE)
    assert client.get("/readyz").json()["degraded"] == ["redis"]

    move_clock(timedelta(hours=4))
    run(MINUTE)
    assert client.get("/readyz").json()["degraded"] == ["scheduler", "redis"]


def test_mail_that_waits_too_long_is_named(client, ana, move_clock):
    with acting_as(SYSTEM):
        Email.objects.create(recipient=ana, kind="callback_open", sentence="Call.", key="one")
    move_clock(timedelta(minutes=6))

    assert "mail" in client.get("/readyz").json()["degraded"]


def test_missing_migrations_make_it_unavailable(client, db, monkeypatch):
    loader = "django.db.migrations.loader.MigrationLoader.build_graph"
    whole = MigrationLoader.build_graph

    def as_if_one_were_unapplied(self):
        whole(self)
        self.applied_migrations.pop(("contenttypes", "0002_remove_content_type_name"))

    monkeypatch.setattr(loader, as_if_one_were_unapplied)
    response = client.get("/readyz")

    assert (response.status_code, response.json()["problem"]) == (503, "migrations are missing")
