"""What `manage.py check` and `check --deploy` hold every deployment to."""

import pytest
from django.db import models
from django.test.utils import isolate_apps

from backoffice import checks
from backoffice.rls import TableGrants
from leads.models import Lead


@pytest.mark.parametrize(
    ("version", "forgets"),
    [(18_0005, True), (18_0006, False), (17_0010, True), (15_0019, False), (19_0000, False)],
)
def test_servers_that_forget_revoked_rights_are_named(version, forgets):
    assert checks.forgets_revoked_rights(version) is forgets


def test_our_own_models_say_who_may_touch_them():
    assert list(checks.every_table_says_who_may_touch_it(None)) == []


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


def test_the_web_login_passes(db):
    assert list(checks.the_login_cannot_bypass_row_security(None, None)) == []
    assert list(checks.postgresql_heeds_revoked_rights(None, None)) == []
