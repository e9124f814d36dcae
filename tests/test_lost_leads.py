"""What an owner may still do with a lead that time, a manager or its end has taken from them.

Each state is really brought about, and looked at from its first instant on, before any job has run.
Every URL about the lead is then asked for by Ana, who had it: whatever is refused leaves the whole
database as it was. "elsewhere" is expired in a state that she works no more; "shared" is hers no
longer, but granted to her.
"""

import pytest
from django.db import transaction
from django.urls import reverse
from guardian.shortcuts import assign_perm

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from bulk.models import BulkAction
from clients.actions import win_lead
from dispositions.actions import disposition_lead
from leads.actions import get_lead, reassign_lead, release_lead
from leads.outcomes import Outcome
from people.models import User
from tests.digest import digest
from tests.test_access import Scene, ask, declared, patterns, url_of

EXPECTED = """
URL                               expired elsewhere released shared flagged ended won
leads:folder                 GET  200     404       200      200    200     200   200
leads:workflow               GET  200     404       200      200    200     200   200
leads:move_stage             POST 403     404       403      403    409     409   409
leads:plan                   POST 403     404       403      403    409     409   409
leads:release                POST 403     404       403      403    409     409   409
leads:reassign               GET  403     404       403      403    200     200   200
leads:reassign               POST 403     404       403      403    409     409   409
leads:callback               GET  409     404       403      403    409     409   409
leads:callback               POST 409     404       403      403    409     409   409
leads:email                  GET  403     404       403      403    200     200   200
leads:email                  POST 403     404       403      403    303     303   303
leads:complete_task          POST 403     404       403      403    409     409   409
leads:edit_facility          POST 403     404       403      403    303     303   303
leads:add_contact            POST 403     404       403      403    303     303   303
leads:edit_contact           POST 403     404       403      403    303     303   303
leads:choose_decision_maker  POST 403     404       403      403    303     303   303
dispositions:activity        GET  200     404       200      200    200     200   200
dispositions:disposition     GET  409     404       403      403    403     403   409
dispositions:disposition     POST 409     404       403      403    409     409   409
dispositions:menu            GET  200     404       200      200    200     200   200
dispositions:undo            POST 409     409       409      409    409     409   409
clients:win                  POST 403     404       403      403    409     409   409
files:files                  GET  200     404       200      200    200     200   200
files:files                  POST 403     404       403      403    303     303   303
files:download               GET  200     404       200      200    200     200   200
files:delete                 POST 403     404       403      403    303     303   303
notes:note                   GET  200     200       200      200    200     200   200
notes:edit                   GET  200     200       200      200    200     200   200
notes:edit                   POST 303     303       303      303    303     303   303
notes:of_lead                GET  200     404       200      200    200     200   200
notes:of_lead                POST 303     404       303      303    303     303   303
notes:new_on_lead            GET  200     404       200      200    200     200   200
callbacks:cancel             POST 409     404       403      403    409     409   409
callbacks:complete           POST 409     404       403      403    409     409   409
"""


@pytest.fixture
def scene(cast, make, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return Scene(cast, make)


def expire(scene, cast, move_clock):
    move_clock(scene.lead.protected_until - clock())


def expire_elsewhere(scene, cast, move_clock):
    expire(scene, cast, move_clock)
    User.objects.filter(pk=cast.ana.pk).update(territories=["TX"])


def release(scene, cast, move_clock):
    with acting_as(cast.cleo):
        release_lead(scene.lead.pk, by=cast.cleo, version=scene.lead.version, why="")


def take_and_share(scene, cast, move_clock):
    with acting_as(cast.cleo):
        reassign_lead(scene.lead.pk, to=cast.ben, by=cast.cleo)
    assign_perm("leads.view_lead", cast.ana, scene.lead)


def end(outcome, **said):
    def run(scene, cast, move_clock):
        with acting_as(cast.ana):
            version = scene.lead.version
            disposition_lead(scene.lead.pk, outcome, by=cast.ana, version=version, **said)

    return run


def win(scene, cast, move_clock):
    with acting_as(cast.ana):
        win_lead(scene.lead.pk, by=cast.ana, version=scene.lead.version, why="")


STATES = {
    "expired": expire,
    "elsewhere": expire_elsewhere,
    "released": release,
    "shared": take_and_share,
    "flagged": end(Outcome.BAD_DATA, detail="A fax answers"),
    "ended": end(Outcome.NOT_A_FIT, reason="no_budget"),
    "won": win,
}
HEAD, *ROWS = [line.split() for line in EXPECTED.strip().splitlines()]


def test_who_had_a_lead_does_no_more_with_it_than_is_declared(scene, cast, signed_in, move_clock):
    browser, problems = signed_in(cast.ana), []
    assert [*STATES] == HEAD[1:]
    url = urls(scene)
    for number, (state, bring_about) in enumerate(STATES.items()):
        with transaction.atomic():
            with acting_as(SYSTEM):
                bring_about(scene, cast, move_clock)
                as_it_was, scene.lead = scene.lead, get_lead(scene.lead.pk)
            before = digest()
            for name, method, *answers in ROWS:
                found = ask(browser, method, url[name], scene.sent(name))
                if found != answers[number]:
                    problems.append((state, name, method, answers[number], found))
            after = digest()
            problems += [(state, table) for table in after if after[table] != before[table]]
            problems += [(state, deed) for deed in BulkAction.Deed if does(deed, browser, scene)]
            scene.lead = as_it_was
            transaction.set_rollback(True)
    assert problems == []


def urls(scene):
    named = {name for name, *_ in ROWS}
    return {name: url_of(name, each, scene) for name, each in patterns() if name in named}


def does(deed, browser, scene):
    """Is the lead among those that a bulk action does something to?"""
    with transaction.atomic():
        sent = {"deed": deed, "lead": [scene.lead.pk], "to": scene.ben.pk, "from": "/leads"}
        assert browser.post(reverse("bulk:begin"), sent).status_code == 303
        with acting_as(SYSTEM):
            tally = BulkAction.objects.exclude(pk=scene.bulk.pk).get().tally
        transaction.set_rollback(True)
    return "done" in tally


def test_no_url_about_a_lead_is_missing(scene):
    about = {"callbacks:cancel", "callbacks:complete", "dispositions:undo"}
    about |= {"notes:note", "notes:edit"}
    for name, pattern in patterns():
        of_a_lead = str(pattern.pattern).startswith("leads/<int:pk>")
        if of_a_lead and scene.where(name)[0] == scene.lead.pk and is_anas(name):
            about.add(name)

    assert {name for name, *_ in ROWS} == about


def is_anas(name):
    rows = [declared().get((name, method), {}) for method in ("GET", "POST")]
    return any(row.get("ana") in {"200", "303"} for row in rows)
