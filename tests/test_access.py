"""Every URL of the project, asked for by everybody: what each may do is declared here, or it fails.

A new URL needs its rows in EXPECTED, and in Scene.where and Scene.sent what it takes. Whatever is
refused, and whatever is only asked for, leaves the whole database as it was.
"""

import copy
import inspect
import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import QueryDict
from django.urls import URLPattern, get_resolver, reverse
from guardian.shortcuts import assign_perm
from redis import RedisError
from redis.connection import AbstractConnection

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from bulk.actions import begin
from bulk.models import BulkAction
from callbacks.actions import book_callback
from dispositions.actions import disposition_lead
from dispositions.models import Disposition
from files.models import LeadFile
from imports.models import Import
from leads.actions import get_lead
from leads.models import Task
from leads.outcomes import Outcome
from notifications.models import Kind, Notice
from people.models import POLICY_LIMITS, OpportunityType, Policy, User
from people.permissions import ROLE_PERMISSIONS, Role
from staff.models import Departure
from tests.conftest import HTMX, NORTH, enter_admin, make_user
from tests.digest import digest
from tests.factories import ContactFactory, LeadFactory, NoteFactory

# Ana owns the lead that is asked about, Ben is of her team and Cleo their manager; Dora and Eli are
# of another team, Sol and Ada above all. Fay was deactivated while signed in. "in" leads to the
# sign-in page. A method without a row is allowed to nobody (405).
EXPECTED = """
URL                                         anon ana  ben  dora cleo eli  sol  ada  fay
home                                  GET   in   302  302  302  302  302  302  302  in
unsent                                GET   in   302  302  302  302  302  302  302  in
livez                                 GET   200  200  200  200  200  200  200  200  200
readyz                                GET   200  200  200  200  200  200  200  200  200
account_login                         GET   200  302  302  302  302  302  302  302  200
account_login                         POST  302  302  302  302  302  302  302  302  302
account_logout                        GET   in   200  200  200  200  200  200  200  in
account_logout                        POST  in   in   in   in   in   in   in   in   in
account_signup                        GET   200  302  302  302  302  302  302  302  200
account_signup                        POST  200  302  302  302  302  302  302  302  200
account_inactive                      GET   200  200  200  200  200  200  200  200  200
account_reauthenticate                GET   in   200  200  200  200  200  200  200  in
account_reauthenticate                POST  in   422  422  422  422  422  422  422  in
account_reset_password                GET   200  200  200  200  200  200  200  200  200
account_reset_password                POST  302  302  302  302  302  302  302  302  302
account_reset_password_done           GET   200  200  200  200  200  200  200  200  200
account_reset_password_from_key       GET   200  200  200  200  200  200  200  200  200
account_reset_password_from_key       POST  200  200  200  200  200  200  200  200  200
account_reset_password_from_key_done  GET   200  200  200  200  200  200  200  200  200
settings                              GET   in   200  200  200  200  200  200  200  in
settings_keys                         GET   in   200  200  200  200  200  200  200  in
settings                              POST  in   303  303  303  303  303  303  303  in
mfa_authenticate                      GET   in   302  302  302  302  302  302  302  in
mfa_authenticate                      POST  in   302  302  302  302  302  302  302  in
mfa_login_webauthn                    GET   in   302  302  302  302  302  302  302  in
mfa_login_webauthn                    POST  in   302  302  302  302  302  302  302  in
mfa_reauthenticate                    GET   in   302  302  302  302  302  302  302  in
mfa_reauthenticate                    POST  in   302  302  302  302  302  302  302  in
mfa_reauthenticate_webauthn           GET   in   302  302  302  302  302  302  302  in
mfa_reauthenticate_webauthn           POST  in   302  302  302  302  302  302  302  in
settings_security                     GET   in   200  200  200  200  200  200  200  in
settings_security                     POST  in   303  303  303  303  303  303  303  in
mfa_index                             GET   in   200  200  200  200  200  200  200  in
mfa_index                             POST  in   303  303  303  303  303  303  303  in
mfa_list_webauthn                     GET   in   200  200  200  200  200  200  200  in
mfa_list_webauthn                     POST  in   303  303  303  303  303  303  303  in
sign_out_one                          POST  in   404  404  404  404  404  404  404  in
sign_out_everywhere                   POST  in   in   in   in   in   in   in   in   in
mfa_activate_totp                     GET   in   302  302  302  302  302  302  302  in
mfa_activate_totp                     POST  in   302  302  302  302  302  302  302  in
mfa_deactivate_totp                   GET   in   404  404  404  404  404  404  404  in
mfa_deactivate_totp                   POST  in   404  404  404  404  404  404  404  in
mfa_add_webauthn                      GET   in   302  302  302  302  302  302  302  in
mfa_add_webauthn                      POST  in   302  302  302  302  302  302  302  in
mfa_edit_webauthn                     GET   in   302  302  302  302  302  302  302  in
mfa_edit_webauthn                     POST  in   302  302  302  302  302  302  302  in
mfa_remove_webauthn                   GET   in   302  302  302  302  302  302  302  in
mfa_remove_webauthn                   POST  in   302  302  302  302  302  302  302  in
mfa_generate_recovery_codes           GET   in   302  302  302  302  302  302  302  in
mfa_generate_recovery_codes           POST  in   302  302  302  302  302  302  302  in
mfa_view_recovery_codes               GET   in   404  404  404  404  404  404  404  in
mfa_download_recovery_codes           GET   in   404  404  404  404  404  404  404  in
mfa_download_recovery_codes           POST  in   404  404  404  404  404  404  404  in
leads:queue                           GET   in   200  200  200  200  200  200  200  in
leads:pool                            GET   in   200  200  200  200  200  200  200  in
leads:protected                       GET   in   200  200  200  200  200  200  200  in
leads:protected_csv                   GET   in   200  200  200  200  200  200  200  in
leads:new_lead                        GET   in   200  200  200  200  200  200  200  in
leads:new_lead                        POST  in   303  303  422  303  422  303  303  in
leads:folder                          GET   in   200  404  404  200  404  200  200  in
dispositions:activity                 GET   in   200  404  404  200  404  200  200  in
dispositions:menu                     GET   in   200  404  404  200  404  200  200  in
dispositions:disposition              GET   in   200  404  404  403  404  403  403  in
dispositions:disposition              POST  in   303  404  404  403  404  403  403  in
dispositions:undo                     POST  in   303  404  404  403  404  403  403  in
files:files                           GET   in   200  404  404  200  404  200  200  in
files:files                           POST  in   303  404  404  403  404  403  403  in
files:download                        GET   in   200  404  404  200  404  200  200  in
files:delete                          POST  in   303  404  404  403  404  403  403  in
leads:complete_task                   POST  in   303  404  404  403  404  403  403  in
leads:email                           GET   in   200  404  404  403  404  403  403  in
leads:email                           POST  in   303  404  404  403  404  403  403  in
leads:workflow                        GET   in   200  404  404  200  404  200  200  in
leads:move_stage                      POST  in   303  404  404  403  404  403  403  in
leads:plan                            POST  in   303  404  404  403  404  403  403  in
search:search                         GET   in   200  200  200  200  200  200  200  in
dashboard:dashboard                   GET   in   200  200  200  200  200  200  200  in
dashboard:cards                       GET   in   200  200  200  200  200  200  200  in
clients:clients                       GET   in   200  200  200  200  200  200  200  in
clients:folder                        GET   in   200  404  404  200  404  200  200  in
clients:activity                      GET   in   200  404  404  200  404  200  200  in
clients:menu                          GET   in   200  404  404  200  404  200  200  in
clients:disposition                   GET   in   200  404  404  200  404  200  200  in
clients:callback                      GET   in   200  404  404  200  404  200  200  in
clients:win                           POST  in   303  404  404  403  404  403  403  in
bulk:begin                            POST  in   303  303  303  303  303  303  303  in
bulk:choose                           POST  in   200  200  200  200  200  200  200  in
bulk:show                             GET   in   200  404  404  200  404  200  200  in
bulk:next                             POST  in   303  404  404  403  404  403  403  in
bulk:undo                             POST  in   303  404  404  403  404  403  403  in
bulk:skipped_csv                      GET   in   200  404  404  200  404  200  200  in
leads:claim                           POST  in   303  303  404  403  403  403  403  in
leads:release                         POST  in   303  404  404  303  404  303  303  in
leads:reopen                          POST  in   403  403  403  303  404  303  303  in
leads:sharing                         GET   in   403  403  403  200  404  200  200  in
leads:sharing                         POST  in   403  403  403  303  404  303  303  in
leads:withdraw_grant                  POST  in   403  403  403  303  404  303  303  in
leads:reassign                        GET   in   200  404  404  200  404  200  200  in
leads:reassign                        POST  in   303  404  404  303  404  303  303  in
leads:callback                        GET   in   200  404  404  403  404  403  403  in
leads:callback                        POST  in   303  404  404  403  404  403  403  in
leads:edit_facility                   POST  in   303  404  404  303  404  303  303  in
leads:add_contact                     POST  in   303  404  404  303  404  303  303  in
leads:edit_contact                    POST  in   303  404  404  303  404  303  303  in
leads:choose_decision_maker           POST  in   303  404  404  303  404  303  303  in
notes:list                            GET   in   200  200  200  200  200  200  200  in
notes:csv                             GET   in   200  200  200  200  200  200  200  in
notes:note                            GET   in   200  404  404  200  404  200  200  in
notes:edit                            GET   in   200  404  404  403  404  403  403  in
notes:edit                            POST  in   303  404  404  403  404  403  403  in
notes:of_lead                         GET   in   200  404  404  200  404  200  200  in
notes:of_lead                         POST  in   303  404  404  303  404  303  303  in
notes:new_on_lead                     GET   in   200  404  404  200  404  200  200  in
notes:of_client                       GET   in   200  404  404  200  404  200  200  in
notes:of_client                       POST  in   303  404  404  303  404  303  303  in
notes:new_on_client                   GET   in   200  404  404  200  404  200  200  in
notes:people                          GET   in   403  403  403  200  200  200  200  in
notes:of_person                       GET   in   200  404  404  200  404  200  200  in
notes:of_person                       POST  in   303  404  404  303  404  303  303  in
notes:new_on_person                   GET   in   200  404  404  200  404  200  200  in
callbacks:diary                       GET   in   200  200  200  200  200  200  200  in
callbacks:cancel                      POST  in   303  404  404  403  404  403  403  in
callbacks:complete                    POST  in   303  404  404  403  404  403  403  in
notifications:list                    GET   in   200  200  200  200  200  200  200  in
notifications:bell                    GET   in   200  200  200  200  200  200  200  in
notifications:read_all                POST  in   303  303  303  303  303  303  303  in
notifications:read                    POST  in   303  404  404  404  404  404  404  in
notifications:follow                  POST  in   303  404  404  404  404  404  404  in
notifications:undelivered             GET   in   403  403  403  403  403  403  200  in
notifications:webhook                 GET   404  404  404  404  404  404  404  404  404
notifications:webhook                 POST  404  404  404  404  404  404  404  404  404
notifications:settings                GET   in   200  200  200  200  200  200  200  in
notifications:settings                POST  in   303  303  303  303  303  303  303  in
"""

# The admin is open to Ada alone: anonymous and Fay are sent to sign in, all others are refused.
EXPECTED_OF_ADA = """
URL                                           ada
admin:index                              GET  200
admin:people_user_changelist             GET  200
admin:people_user_change                 GET  200
admin:people_user_change                 POST 303
admin:people_user_add                    GET  200
admin:people_user_add                    POST 303
admin:staff_leave                        GET  200
admin:staff_leave                        POST 303
admin:staff_return                       POST 303
admin:staff_invite                       POST 303
admin:staff_departure                    GET  200
admin:staff_departure                    POST 303
leads:sight                              GET  200
admin:review                             GET  200
admin:review_lead                        GET  200
admin:review_resolve                     POST 303
admin:review_discard                     POST 303
admin:review_merge                       POST 303
admin:review_unmerge                     POST 303
admin:people_team_changelist             GET  200
admin:people_team_add                    GET  200
admin:people_team_add                    POST 303
admin:people_team_change                 GET  200
admin:people_team_change                 POST 303
admin:people_opportunitytype_changelist  GET  200
admin:people_opportunitytype_add         GET  200
admin:people_opportunitytype_add         POST 303
admin:people_opportunitytype_change      GET  200
admin:people_opportunitytype_change      POST 303
admin:audit                              GET  200
admin:audit_csv                          GET  200
admin:policy                             GET  200
admin:policy                             POST 303
admin:imports                            GET  200
admin:imports                            POST 303
admin:import                             GET  200
admin:import_columns                     POST 303
admin:import_start_over                  POST 303
admin:import_commit                      POST 303
admin:import_cancel                      POST 303
admin:import_revert                      POST 303
admin:import_rejected                    GET  200
"""


class Scene:
    """What the URLs are about: a lead of Ana's with what hangs on it, and one in the pool."""

    def __init__(self, cast, make):
        self.lead, self.waiting = make(LeadFactory, owner=cast.ana), make(LeadFactory)
        self.won = make(LeadFactory, owner=cast.ana, status="won", stage="won")
        self.flagged = make(LeadFactory, owner=cast.ana, status="flagged")
        self.merged = make(
            LeadFactory,
            owner=cast.ana,
            status="disqualified",
            merged_into=self.won,
            protection_left=timedelta(days=9),
        )
        self.lost = make(LeadFactory, owner=cast.ana, status="lost", stage="lost")
        self.shared, self.grantee = make(LeadFactory, owner=cast.ana), cast.dora
        self.contact = make(ContactFactory, facility=self.lead.facility, email="grace@example.com")
        self.other = make(
            ContactFactory, facility=self.lead.facility, name="Hope Larkin", is_decision_maker=False
        )
        with acting_as(cast.ana):
            hour = clock().replace(minute=0, second=0, microsecond=0)
            self.slot = hour + timedelta(days=3)
            lead = get_lead(self.lead.pk)
            self.callback, _ = book_callback(lead, hour + timedelta(days=2), by=cast.ana)
            version = get_lead(lead.pk).version
            self.disposition = disposition_lead(
                lead.pk, by=cast.ana, outcome=Outcome.INTERESTED, version=version
            )
            theirs = make(LeadFactory, owner=cast.ana)
            self.bulk = begin("queue", [theirs.pk, self.won.pk], by=cast.ana)
        with acting_as(SYSTEM):
            assign_perm("leads.view_lead", self.grantee, self.shared)
            # Undo is a matter of seconds; asking everything for everybody takes longer.
            later = clock() + timedelta(hours=1)
            Disposition.objects.update(applied_at=later)
            BulkAction.objects.update(touched_at=later)
            self.ben = cast.ben
            self.task = Task.objects.get()
            self.file = LeadFile.objects.create(
                lead=self.lead,
                name="notes.txt",
                content=SimpleUploadedFile("notes.txt", b"Yes."),
                kind="text/plain",
                size=4,
                uploader=cast.ana,
            )
            self.kind = OpportunityType.objects.get(code="CS")
            self.lead = get_lead(self.lead.pk)
            self.notice = Notice.objects.create(
                recipient=cast.ana, kind=Kind.LEAD_RELEASED, sentence="Gone.", key="gone"
            )
            self.note = NoteFactory(lead=self.lead, author=cast.ana)
            self.person = cast.ana
            self.imports = {
                state: Import.objects.create(
                    content="imports/a-file",
                    by=cast.ada,
                    name="fair.csv",
                    state=state,
                    header=["Name", "State"],
                    created=1,
                )
                for state in ("uploaded", "checked", "done")
            }
            self.gone = make_user("Guy", Role.INSIDE_REP, cast.north)
            User.objects.filter(pk=self.gone.pk).update(is_active=False)
            self.departure = Departure.objects.create(person=self.gone, by=cast.ada, state="done")
            policy = Policy.current()
            self.policy = {name: getattr(policy, name) for name in ["version", *POLICY_LIMITS]}

    def where(self, name):
        """Return the arguments of a URL."""
        lead, contact = self.lead.pk, self.contact.pk
        if "client" in name and name != "clients:win":
            return [self.won.facility_id]
        if name.startswith("bulk:"):
            return [self.bulk.pk]
        special = {
            "leads:claim": [self.waiting.pk],
            "leads:reopen": [self.lost.pk],
            "leads:withdraw_grant": [self.shared.pk, self.grantee.pk],
            "leads:edit_contact": [lead, contact],
            "leads:choose_decision_maker": [lead, self.other.pk],
            "leads:complete_task": [lead, self.task.pk],
            "files:download": [lead, self.file.pk],
            "files:delete": [lead, self.file.pk],
            "dispositions:undo": [self.disposition.pk],
            "callbacks:cancel": [self.callback.pk],
            "callbacks:complete": [self.callback.pk],
            "notes:note": [self.note.pk],
            "notes:edit": [self.note.pk],
            "notes:of_person": [self.person.pk],
            "notes:new_on_person": [self.person.pk],
            "notifications:read": [self.notice.pk],
            "notifications:follow": [self.notice.pk],
            "account_reset_password_from_key": ["1", "set-password"],
            "sign_out_one": ["0" * 32],
            "admin:review_lead": [self.flagged.pk],
            "admin:review_resolve": [self.flagged.pk],
            "admin:review_discard": [self.flagged.pk],
            "admin:review_merge": [self.flagged.pk],
            "admin:review_unmerge": [self.merged.pk],
            "admin:people_user_change": [self.person.pk],
            "admin:staff_leave": [self.person.pk],
            "admin:staff_return": [self.gone.pk],
            "admin:staff_invite": [self.person.pk],
            "admin:staff_departure": [self.departure.pk],
            "admin:people_team_change": [self.person.team_id],
            "admin:people_opportunitytype_change": [self.kind.pk],
            "admin:import": [self.imports["uploaded"].pk],
            "admin:import_columns": [self.imports["uploaded"].pk],
            "admin:import_start_over": [self.imports["checked"].pk],
            "admin:import_commit": [self.imports["checked"].pk],
            "admin:import_cancel": [self.imports["checked"].pk],
            "admin:import_revert": [self.imports["done"].pk],
            "admin:import_rejected": [self.imports["done"].pk],
        }
        return special.get(name, [lead])

    def sent(self, name):
        """Return what a form sends there."""
        facility = self.lead.facility
        place = {"name": "Saint Jude", "state": "NY", "time_zone": "America/New_York"}
        person = {"name": "Faith Boyle"}
        look, zone = {"theme": "dark"}, {"time_zone": "America/New_York"}
        hours = {"working_days": ["1"], "work_starts": "09:00", "work_ends": "17:00"}
        who = {"name": "Gil", "email": "gil@example.com", "role": "inside_rep"}
        who |= zone | hours
        new = {"current": "demo-password", "new": "correct-horse", "again": "correct-horse"}
        special = {
            "settings_security": new,
            "mfa_index": new,
            "mfa_list_webauthn": new,
            "settings": zone | hours | look | {"name": "Anybody", "version": 1},
            "account_login": {"login": "ana@example.com", "password": "demo-password"},
            "account_reset_password": {"email": "ana@example.com"},
            "leads:new_lead": place | {"opportunity_type": self.kind.pk},
            "leads:edit_facility": prefixed(facility, place | {"version": facility.version}),
            "leads:add_contact": {f"new-{key}": value for key, value in person.items()},
            "leads:edit_contact": prefixed(self.contact, person | {"version": 1}),
            "leads:move_stage": {"stage": "qualified", "version": self.lead.version},
            "files:files": {"content": SimpleUploadedFile("offer.txt", b"Yes.")},
            "clients:win": {"why": "Price", "version": self.lead.version},
            "leads:plan": prefixed(self.lead, {"version": self.lead.version}),
            "leads:release": {"why": "No budget", "version": self.lead.version},
            "leads:reopen": {"why": "They called", "to": "owner", "version": self.lost.version},
            "leads:sharing": {"to": self.grantee.pk},
            "leads:reassign": {"to": self.ben.pk, "version": self.lead.version},
            "bulk:begin": {"deed": "not_interested", "lead": [self.lead.pk], "from": "/leads"},
            "bulk:choose": {"lead": [self.lead.pk], "from": "/leads"},
            "leads:callback": {"slot": self.slot.isoformat()},
            "notes:edit": {"text": "They signed.", "tier": "shared", "version": 1},
            "notes:of_lead": {"text": "They signed.", "tier": "management"},
            "notes:of_client": {"text": "They are glad.", "tier": "shared"},
            "notes:of_person": {"text": "Well done.", "tier": "shared"},
            "dispositions:disposition": {"outcome": "no_answer", "version": self.lead.version},
            "admin:review_resolve": prefixed(self.flagged.facility, place | {"version": 1})
            | {"version": 1},
            "admin:review_discard": {"version": 1, "why": "Gone"},
            "admin:review_merge": {"version": 1, "into": self.lead.pk},
            "admin:review_unmerge": {"version": 1},
            "admin:imports": {"file": SimpleUploadedFile("fair.csv", b"Name,State\nMercy,NY\n")},
            "admin:import_columns": {
                "source": "Fair",
                "opportunity_type": self.kind.pk,
                "column_0": "name",
                "column_1": "state",
            },
            "admin:policy": self.policy | {"protection_days": 30, "confirm": 1},
            "admin:people_user_add": who,
            "admin:people_user_change": who | {"version": 1},
            "admin:staff_leave": {"version": 1},
            "admin:staff_return": {"version": 1},
            "admin:people_team_add": {"name": "West"},
            "admin:people_team_change": {"name": "West", "version": 1},
            "admin:people_opportunitytype_add": {"code": "IT", "name": "Software"},
            "admin:people_opportunitytype_change": {"code": "IT", "name": "Software", "version": 1},
        }
        return special.get(name, {})


def prefixed(row, fields):
    return {f"{row._meta.model_name}-{row.pk}-{name}": value for name, value in fields.items()}


def patterns(resolver=None, namespace=""):
    """Yield (name, pattern) of every URL of the project."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from patterns(pattern, inner)


def declared():
    """Return {(name, method): {actor: answer}} of the table."""
    head, *rows = [line.split() for line in EXPECTED.strip().splitlines()]
    table = {
        (name, method): dict(zip(head[1:], answers, strict=True)) for name, method, *answers in rows
    }
    for name, method, answer in map(str.split, EXPECTED_OF_ADA.strip().splitlines()[1:]):
        table[name, method] = refused_but_to_ada(head[1:], answer)
    return table


def refused_but_to_ada(actors, answer):
    return dict.fromkeys(actors, "403") | {"anon": "in", "fay": "in", "ada": answer}


@pytest.fixture
def scene(cast, make, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return Scene(cast, make)


@pytest.fixture
def browsers(cast, signed_in, client):
    """A browser for each actor, signed in once."""
    names = ["ana", "ben", "cleo", "dora", "eli", "sol", "ada"]
    browsers = {name: signed_in(getattr(cast, name)) for name in names}
    enter_admin(browsers["ada"])
    with acting_as(SYSTEM):
        fay = make_user("Fay", Role.INSIDE_REP, cast.north, NORTH)
    browsers |= {"anon": client, "fay": signed_in(fay)}
    with acting_as(SYSTEM):
        User.objects.filter(pk=fay.pk).update(is_active=False)
    return browsers


# --- the table ----------------------------------------------------------------


# The only one that may: it says how Redis is.
ASKS_REDIS = {"readyz"}
# What a GET may leave behind: an export is written down.
EXPORTS = ["leads:protected_csv", "notes:csv", "bulk:skipped_csv"]
EXPORTS += ["admin:import_rejected", "admin:audit_csv"]
WRITTEN = {name: {"history_event"} for name in EXPORTS}


def app_of(name):
    """Return the namespace of a URL's name; allauth's names have none."""
    return name.rpartition(":")[0] or name.partition("_")[0]


@pytest.fixture
def redis_asked(monkeypatch):
    """The attempts to reach Redis, which no request may wait for."""
    asked = []

    def connect(self, *args, **options):
        asked.append(self)
        raise RedisError("asked for by a request")

    monkeypatch.setattr(AbstractConnection, "connect", connect)
    return asked


# The apps with many URLs have a test of their own, so that several can run at a time.
LARGE = ["account", "admin", "clients", "dispositions", "leads", "mfa", "notes"]


@pytest.mark.parametrize("part", [*LARGE, "others"])
def test_every_url_answers_everybody_as_declared(scene, browsers, part, redis_asked):
    problems, before = [], digest()
    for name, pattern in patterns():
        if part != (app_of(name) if app_of(name) in LARGE else "others"):
            continue
        url = url_of(name, pattern, scene)
        for method, actor, headers, answer in requests_of(name):
            found = ask(browsers[actor], method, url, scene.sent(name), headers)
            if not is_as_declared(answer, found, headers):
                problems.append((method, url, actor, headers, answer, found))
        after = digest()
        if {table for table in after if after[table] != before[table]} - WRITTEN.get(name, set()):
            problems.append((url, "the database has changed"))
        before = after
        if bool(redis_asked) != (name in ASKS_REDIS):
            problems.append((url, "who asks for Redis"))
        redis_asked.clear()
    assert problems == []


def requests_of(name):
    """Yield (method, actor, headers, answer) of all that is asked of a URL.

    Everybody asks for what the table declares, and for the part of it that a dialog shows. A few
    show that htmx and HEAD make no difference elsewhere, and that a method without a row is there
    for nobody.
    """
    table = declared()
    for method in ("GET", "POST"):
        row = table.get((name, method), dict.fromkeys(SOME, "nothing"))
        yield from ((method, actor, {}, answer) for actor, answer in row.items())
        yield from ((method, actor, HTMX, row[actor]) for actor in SOME)
        if method == "GET":
            yield from ((method, actor, DIALOG, answer) for actor, answer in row.items())
        if method == "GET" and name not in WRITTEN:
            yield from (("HEAD", actor, {}, row[actor]) for actor in SOME)


# Nobody in particular, the owner, and one who does not see the lead.
SOME = ["anon", "ana", "dora"]
DIALOG = HTMX | {"HX-Target": "dialog-content"}


def url_of(name, pattern, scene):
    return reverse(name, args=scene.where(name) if pattern.pattern.regex.groups else None)


def ask(browser, method, url, sent, headers=None):
    """Return the status, or "in" for being sent to the sign-in page. What is done is undone."""
    response, _ = answer_to(browser, method, url, sent, headers)
    goes_to = response.headers.get("Location", response.headers.get("HX-Redirect", ""))
    return "in" if goes_to.startswith("/login") else str(response.status_code)


def answer_to(browser, method, url, sent, headers=None):
    """Return the answer, and all that it says. What is done is undone."""
    browser = copy.copy(browser)
    browser.cookies = copy.copy(browser.cookies)
    with transaction.atomic():
        data = sent if method == "POST" else {}
        response = getattr(browser, method.lower())(url, data, headers=headers)
        text = response.getvalue().decode()  # of a stream, all of it
        is_file = response.headers.get("Content-Type") == "application/octet-stream"
        assert guards_of(response) == (FILE if is_file else PAGE), url
        # What is refused, or only asked for, is not: it has to leave no trace by itself.
        transaction.set_rollback(method == "POST" and response.status_code < 400)
    return response, text


# What every answer tells browsers, whoever asks and whatever comes of it.
POLICY = """default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self';
    connect-src 'self'; form-action 'self'; img-src 'self' data:; base-uri 'none';
    object-src 'none'; frame-ancestors 'none'"""
PAGE = {
    "Content-Security-Policy": sorted(map(str.strip, POLICY.split(";"))),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FILE = PAGE | {"Content-Security-Policy": ["default-src 'none'", "sandbox"]}


def guards_of(response):
    said = {name: response.headers.get(name) for name in PAGE}
    policy = response.headers["Content-Security-Policy"]
    return said | {"Content-Security-Policy": sorted(map(str.strip, policy.split(";")))}


def is_as_declared(declared, found, headers):
    if declared == "nothing":
        return found in {"405", "in", "403"}
    if headers and declared.isdecimal() and declared < "400":
        # htmx gets a part of the page, or is told where to go.
        return found.isdecimal() and found < "400"
    return found == declared


# Parts and queries that are asked for besides, where they could tell more than the page itself.
# What a POST sends stands behind its "?".
VARIANTS = """
URL                                                     anon ana  ben  dora cleo eli  sol  ada  fay
GET  /leads?rep={ana}                                   in   200  404  404  200  404  200  200  in
GET  /leads?rep={ana}&q=mercy                           in   200  404  404  200  404  200  200  in
GET  /leads?rep={ana}&coming=callbacks                  in   200  404  404  200  404  200  200  in
GET  /dashboard?rep={ana}                               in   200  404  404  200  404  200  200  in
GET  /dashboard/cards?known=0                           in   200  200  200  200  200  200  200  in
GET  /leads/{lead}/callback?day=2027-01-15              in   200  404  404  403  404  403  403  in
GET  /leads/{lead}/callback?find=next                   in   200  404  404  403  404  403  403  in
GET  /leads/{lead}/disposition?outcome=callback         in   200  404  404  403  404  403  403  in
GET  /leads/{lead}/activity?before=999                  in   200  404  404  200  404  200  200  in
GET  /leads/{lead}/notes?before=                        in   200  404  404  200  404  200  200  in
GET  /leads/{lead}/reassign?named=b                     in   200  404  404  200  404  200  200  in
GET  /clients/{client}/activity?before=999              in   200  404  404  200  404  200  200  in
GET  /search?q=mercy                                    in   200  200  200  200  200  200  200  in
POST /leads/bulk/reassign?lead={lead}&named=b           in   200  200  200  200  200  200  200  in
POST /leads/bulk/reassign?lead={lead}&part=people       in   200  200  200  200  200  200  200  in
POST /leads/bulk/reassign?all=1&from=/leads/pool        in   200  200  409  200  409  200  200  in
POST /leads/bulk/reassign?all=1&from=/leads%3Frep={ana} in   200  404  404  200  404  200  200  in
POST /leads/bulk/reassign?all=1&from=/notes             in   404  404  404  404  404  404  404  in
"""
# The same of the admin, where all others are refused.
VARIANTS_OF_ADA = """
URL                                            ada
/admin/people?q=ben                            200
/admin/people?role__exact=inside_rep&p=1       200
/admin/people?password__startswith=m           404
/admin/people?team__user__email={email}        404
/admin/people?_popup=1                         404
/admin/teams?_to_field=id                      404
/admin/people/{ana}?_popup=1                   404
/admin/people/{ana}?_to_field=id               404
/admin/people/new?_saveasnew=1                 404
/admin/people/{ana}/leave?to={ben}             200
/admin/review?after=nonsense                   404
/admin/review/{flagged}?find=mercy             200
/admin/review/{flagged}?before=999             200
/admin/audit?leads={lead}&kind=denied          200
/admin/audit?person={ana}&actor={ben}          200
/admin/audit?after=9~9~9                       200
/admin/audit?after=nonsense                    404
/admin/imports/{import}?show=warned&after=1    200
/admin/imports/{import}?after=nonsense         404
"""


def variants():
    """Yield (method, url, {actor: answer}, headers) of what is asked for besides."""
    head, *rows = [line.split() for line in VARIANTS.strip().splitlines()]
    for method, url, *answers in rows:
        for headers in ({}, HTMX, DIALOG):
            yield method, url, dict(zip(head[1:], answers, strict=True)), headers
    for url, answer in map(str.split, VARIANTS_OF_ADA.strip().splitlines()[1:]):
        yield "GET", url, refused_but_to_ada(head[1:], answer), {}


def test_every_part_and_query_answers_everybody_as_declared(scene, browsers):
    problems, before = [], digest()
    for method, url, answers, headers in variants():
        path, sent = query_of(method, url, scene)
        for actor, answer in answers.items():
            found = ask(browsers[actor], method, path, sent, headers)
            if found != answer:
                problems.append((url, actor, headers, answer, found))
    assert problems == []
    assert digest() == before


def query_of(method, url, scene):
    """Return the address that a row of VARIANTS names, and what is sent there."""
    ids = {"ana": scene.person.pk, "lead": scene.lead.pk, "client": scene.won.facility_id}
    ids |= {"ben": scene.ben.pk, "email": scene.ben.email, "flagged": scene.flagged.pk}
    ids |= {"import": scene.imports["done"].pk}
    path, _, sent = url.format(**ids).partition("?")
    return (path, QueryDict(sent).dict()) if method == "POST" else (f"{path}?{sent}", {})


def test_a_picker_and_a_search_know_nothing_of_what_is_out_of_sight(scene, browsers):
    """Whoever does not see Ana's lead is told the same as of a lead that is not there."""
    name = scene.lead.facility.name
    asks = [("POST", "/leads/bulk/reassign", "lead", scene.lead.pk, 999_999_999, ">Ben<")]
    asks += [("GET", "/search", "q", name, "Nowhere Hospital", f"/leads/{scene.lead.pk}")]
    for actor, sees in {"ana": True, "cleo": True, "dora": False, "eli": False}.items():
        for method, url, key, there, not_there, shown in asks:
            said = {
                word: part_of(browsers[actor], method, url, {key: word})
                for word in (there, not_there)
            }
            assert (shown in said[there]) == sees, (actor, url)
            assert (said[there] == said[not_there]) != sees, (actor, url)


def part_of(browser, method, url, sent):
    """Return what stands on a page apart from what was asked for."""
    text = getattr(browser, method.lower())(url, sent, headers=HTMX).text
    text = re.sub('name="csrfmiddlewaretoken" value="[^"]*"', "", text)
    asked = next(iter(sent.values()))
    return text.replace(f'"{asked}"', "...").replace(f"“{asked}”", "...")


def test_a_query_tells_nobody_of_a_place_out_of_sight(scene, browsers):
    place = f"/leads/new?facility={scene.lead.facility_id}"
    for actor, sees in {"ana": True, "cleo": True, "dora": False, "eli": False}.items():
        text = browsers[actor].get(place).text
        assert (scene.lead.facility.name in text) == sees, actor


def test_the_table_has_no_row_too_many():
    assert {name for name, _ in declared()} <= {name for name, _ in patterns()}


def test_every_url_has_a_name_and_a_row():
    named = {name for name, _ in declared()}

    assert [name for name, _ in patterns() if name not in named] == []


# --- every view ---------------------------------------------------------------


def ours():
    """Yield (name, view) of the views that are ours."""
    for name, pattern in patterns():
        if inspect.unwrap(pattern.callback).__module__.partition(".")[0] in OURS:
            yield name, pattern.callback


ROOT = Path(__file__).parent.parent
OURS = {app.name for app in apps.get_app_configs() if (ROOT / app.name).is_dir()}


def test_every_view_says_who_may_use_it_or_that_strangers_may():
    for name, view in ours():
        is_public = not getattr(view, "login_required", True)
        assert hasattr(view, "permission") != is_public, name


def test_every_permission_is_one_that_roles_have():
    for name, view in ours():
        assert getattr(view, "permission", "leads.view_lead") in ROLE_PERMISSIONS, name


# --- what is not there --------------------------------------------------------


def test_what_is_not_seen_answers_like_what_is_not_there(scene, browsers):
    """Whatever number of somebody else's is put into a URL."""
    for name, pattern in patterns():
        if not pattern.pattern.converters or name.startswith("account_"):
            continue
        arguments = scene.where(name)
        missing = [UUID(int=9) if isinstance(arguments[0], UUID) else 999_999_999, *arguments[1:]]
        for method in ("GET", "POST"):
            answers = [
                said(browsers["dora"], method, reverse(name, args=args), scene.sent(name))
                for args in (arguments, missing)
            ]
            assert answers[0] == answers[1], (method, name)


def said(browser, method, url, sent):
    response = getattr(browser, method.lower())(url, sent)
    body = re.sub('"(X-CSRFToken": "|csrfmiddlewaretoken" value=")[^"]*', "", response.text)
    headers = set(response.headers) - {"Expires"}
    return response.status_code, headers, body.replace(url, "URL")
