"""What `manage.py check` and `check --deploy` hold every deployment to."""

import os
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from backoffice import checks
from backoffice.identity import Role
from backoffice.rls import TableGrants
from leads.models import Lead
from people.models import User


@pytest.mark.parametrize(
    ("version", "forgets"),
    [(18_0005, True), (18_0006, False), (17_0010, True), (15_0019, False), (19_0000, False)],
)
def test_servers_that_forget_revoked_rights_are_named(version, forgets):
    assert checks.forgets_revoked_rights(version) is forgets


def test_our_own_models_say_who_may_touch_them():
    assert list(checks.every_table_says_who_may_touch_it(None)) == []


def test_every_app_of_ours_is_held_to_it_and_no_other(settings, monkeypatch):
    def an_app(path, model):
        return SimpleNamespace(path=path, get_models=lambda **options: [model])

    ours, theirs = an_app(settings.BASE_DIR / "stickers", Lead), an_app("/lib/guardian", User)
    registry = SimpleNamespace(get_app_configs=lambda: [ours, theirs])
    monkeypatch.setattr(checks, "apps", registry)

    assert checks.our_models() == [Lead]


@isolate_apps("leads")
def test_a_model_behind_a_lead_without_row_security_is_an_error(monkeypatch):
    class Sticker(models.Model):
        lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "leads"
            constraints = [TableGrants(name="sticker_grants", rep="SELECT")]

    monkeypatch.setattr(checks, "our_models", lambda: [Sticker])

    (error,) = checks.every_table_says_who_may_touch_it(None)
    assert error.msg == "leads.Sticker belongs to a lead and has no RowSecurity."


@isolate_apps("leads")
def test_a_model_without_any_grants_is_an_error(monkeypatch):
    class Pencil(models.Model):
        class Meta:
            app_label = "leads"

    monkeypatch.setattr(checks, "our_models", lambda: [Pencil])

    (error,) = checks.every_table_says_who_may_touch_it(None)
    assert error.msg == "leads.Pencil declares neither TableGrants nor RowSecurity."


@pytest.fixture
def signed_in_as(db, monkeypatch):
    """Sign in as who the statements make of a superuser's connection; nothing of it stays."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["SUPERUSER_URL"], dbname=name) as superuser:
        monkeypatch.setattr(checks, "connection", superuser)
        yield superuser.execute
        superuser.rollback()


A_LOGIN = "CREATE ROLE a_login; {}; SET LOCAL SESSION AUTHORIZATION a_login"


@pytest.mark.parametrize(
    ("statements", "errors"),
    [
        ("SELECT", {"rls.E001", "rls.E002", "rls.E003"}),
        (A_LOGIN.format("ALTER ROLE a_login BYPASSRLS"), {"rls.E002"}),
        (f"SET LOCAL SESSION AUTHORIZATION {Role.OWNER}", {"rls.E003"}),
        (A_LOGIN.format(f"GRANT {Role.OWNER} TO a_login"), {"rls.E003"}),
        (A_LOGIN.format("ALTER TABLE leads_task OWNER TO a_login"), {"rls.E003"}),
        (A_LOGIN.format("SELECT"), set()),
    ],
    ids=["superuser", "bypassing", "owner", "member", "of_one_table", "harmless"],
)
def test_a_login_that_row_security_does_not_hold_is_an_error(signed_in_as, statements, errors):
    signed_in_as(statements)

    found = list(checks.the_login_cannot_bypass_row_security(None, ["default"]))

    assert {error.id for error in found} == errors


def test_the_web_login_passes(db):
    assert list(checks.the_login_cannot_bypass_row_security(None, None)) == []
    assert list(checks.postgresql_heeds_revoked_rights(None, None)) == []
