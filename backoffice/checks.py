"""System checks: every table says who may touch it, and production runs under a harmless role."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import connection, connections

from backoffice.local.real import POWERS
from backoffice.rls import TableGrants, has_row_security

# Keeps cached row-security plans after a right is taken away below these (CVE-2026-14666).
SAFE_VERSIONS = {15: 15_0019, 16: 16_0015, 17: 17_0011, 18: 18_0006}


def our_models():
    """Return the models with a table of every app that lies in the project's folder."""
    return [
        model
        for app in apps.get_app_configs()
        if Path(app.path).parent == settings.BASE_DIR
        for model in app.get_models(include_auto_created=True)
        if model._meta.managed
    ]


def leads_to_a_lead(model, seen=frozenset()):
    """Is there a way of foreign keys from `model` to a lead or a facility?"""
    if model._meta.label in {"leads.Lead", "leads.Facility"}:
        return True
    parents = {
        field.related_model
        for field in model._meta.get_fields()
        if (field.many_to_one or field.one_to_one) and field.concrete
    }
    return any(leads_to_a_lead(parent, seen | {model}) for parent in parents - seen - {model})


@register(Tags.models)
def every_table_says_who_may_touch_it(app_configs, **kwargs):
    for model in our_models():
        if leads_to_a_lead(model) and not has_row_security(model):
            yield Error(f"{model._meta.label} belongs to a lead and has no RowSecurity.", obj=model)
        elif not model._meta.auto_created and not any(
            isinstance(constraint, TableGrants) for constraint in model._meta.constraints
        ):
            yield Error(
                f"{model._meta.label} declares neither TableGrants nor RowSecurity.", obj=model
            )


@register(Tags.database, deploy=True)
def the_login_cannot_bypass_row_security(app_configs, databases, **kwargs):
    if "default" not in (databases or []) and databases is not None:
        return
    with connection.cursor() as cursor:
        cursor.execute(POWERS)
        superuser, bypasses, owns_tables = cursor.fetchone()
    if superuser:
        yield Error("DATABASE_URL signs in as a superuser, who sees every row.", id="rls.E001")
    if bypasses:
        yield Error("DATABASE_URL's role may bypass row security.", id="rls.E002")
    if owns_tables:
        yield Error(
            "DATABASE_URL's role owns tables or may act as who does: row security spares it.",
            id="rls.E003",
        )


FORGETFUL = "This PostgreSQL may apply rights that were taken away already (CVE-2026-14666)."
NEWER = "Use 15.19, 16.15, 17.11, 18.6 or newer."


@register(Tags.database, deploy=True)
def postgresql_heeds_revoked_rights(app_configs, databases, **kwargs):
    if forgets_revoked_rights(server_version(connection)):
        yield Error(FORGETFUL, hint=NEWER, id="rls.E004")


@register(Tags.database)
def postgresql_is_safe_enough_to_start(app_configs, databases, **kwargs):
    """Warn at each start, when migrations look at the database; production is held to more."""
    for alias in databases or []:
        if forgets_revoked_rights(server_version(connections[alias])):
            yield Warning(FORGETFUL, hint=NEWER, id="rls.W001")


def server_version(connection) -> int:
    return connection.pg_version


def forgets_revoked_rights(version):
    """Say so of a server version as PostgreSQL numbers it, 18_0006 being 18.6."""
    return version < SAFE_VERSIONS.get(version // 10_000, 0)
