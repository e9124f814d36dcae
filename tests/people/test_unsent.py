"""What was typed when a session ended comes back in its form, to its author and to nobody else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead
from notes.models import Note
from people.models import Session
from tests.conftest import HTMX
from tests.digest import digest
from tests.factories import LeadFactory
from tests.test_access import Scene, ours, patterns, prefixed, url_of

TYPED = "Ask for Grace after nine."


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana)


def sign_in(browser, user, **more):
    said = {"login": user.email, "password": "demo-password"}
    return browser.post("/login", said | more)


def came_in(user):
    """Return a browser in which somebody signed in, and looked at a page."""
    browser = Client()
    sign_in(browser, user)
    browser.get("/leads")
    return browser


def end_sessions():
    with acting_as(SYSTEM):
        Session.objects.all().delete()


def kept():
    with acting_as(SYSTEM):
        return [row.session_key for row in Session.objects.all() if "unsent" in row.get_decoded()]


@pytest.fixture
def note_too_late(ana, lead):
    """Ana's browser, in which a note was sent after her session had ended."""
    browser = came_in(ana)
    end_sessions()
    response = browser.post(f"/leads/{lead.pk}/notes", {"text": TYPED, "tier": "management"})
    assert response.headers["Location"] == "/login?next=/unsent"
    return browser


def notes():
    with acting_as(SYSTEM):
        return [(note.text, note.author.name) for note in Note.objects.select_related("author")]


def test_it_comes_back_in_its_form_and_is_sent_when_its_author_sends_it(note_too_late, ana, lead):
    assert TYPED not in note_too_late.get("/login?next=/unsent").text

    back = sign_in(note_too_late, ana, next="/unsent")
    assert back.headers["Location"] == "/unsent"
    page = note_too_late.get("/unsent")

    assert page.status_code == 200
    assert f">\n{TYPED}</textarea>" in page.text
    assert '<option value="management" selected>' in page.text
    assert "You were signed out before this was sent" in page.text
    assert f'action="/leads/{lead.pk}/notes"' in page.text
    assert notes() == kept() == []
    sent = note_too_late.post(f"/leads/{lead.pk}/notes", {"text": TYPED, "tier": "management"})
    assert sent.status_code == 303
    assert notes() == [(TYPED, "Ana")]


def test_it_is_kept_whatever_asks_and_wherever_one_signs_in(ana, lead):
    browser = came_in(ana)
    end_sessions()

    asked = browser.post(f"/leads/{lead.pk}/notes", {"text": TYPED, "tier": "shared"}, headers=HTMX)
    assert asked.headers["HX-Redirect"] == "/login?next=/unsent"

    assert sign_in(browser, ana).headers["Location"] == "/unsent"
    assert TYPED in browser.get("/unsent").text
    assert browser.get("/unsent").headers["Location"] == "/"


def test_it_is_nothing_to_whoever_signs_in_instead(note_too_late, ben):
    sign_in(note_too_late, ben, next="/unsent")

    assert kept() == []
    page = note_too_late.get("/unsent", follow=True)
    assert page.redirect_chain[-1][0] == "/leads"
    assert TYPED not in page.text


def test_a_stranger_keeps_nothing_here(db, lead):
    with acting_as(SYSTEM):
        before = Session.objects.count()
    strange = Client()
    strange.get("/login")
    strange.cookies["pages"] = "2:" + "0" * 64

    response = strange.post(f"/leads/{lead.pk}/notes", {"text": TYPED})

    assert response.headers["Location"] == "/login?next=/"
    with acting_as(SYSTEM):
        assert Session.objects.count() == before


def test_who_signs_out_leaves_nothing_to_keep_for(ana, lead):
    browser = came_in(ana)
    browser.post("/logout")

    browser.post(f"/leads/{lead.pk}/notes", {"text": TYPED})

    assert kept() == []


def test_it_is_kept_for_an_hour_and_not_however_long_it_is(note_too_late, ana, lead, move_clock):
    move_clock(timedelta(hours=1, seconds=1))
    sign_in(note_too_late, ana, next="/unsent")
    assert note_too_late.get("/unsent").headers["Location"] == "/"

    end_sessions()
    note_too_late.post(f"/leads/{lead.pk}/notes", {"text": TYPED * 5000})
    assert kept() == []


def test_the_words_are_there_where_the_lead_is_not(note_too_late, ana, ben, lead):
    with acting_as(SYSTEM):
        Lead.objects.update(owner=ben)
    sign_in(note_too_late, ana, next="/unsent")

    page = note_too_late.get("/unsent")

    assert "it can't be sent any more" in page.text
    assert f'<p class="text">{TYPED}</p>' in page.text


# --- other tabs -------------------------------------------------------------------


@pytest.mark.parametrize(("who", "answer"), [("ana", 303), ("ben", 403)])
def test_tabs_that_were_open_go_on_for_the_same_person_alone(cast, lead, who, answer):
    browser = Client(enforce_csrf_checks=True)
    token = token_in(browser.get("/login"))
    sign_in(browser, cast.ana, csrfmiddlewaretoken=token)
    tab = token_in(browser.get(f"/leads/{lead.pk}/notes"))
    end_sessions()

    token = token_in(browser.get("/login"))
    sign_in(browser, getattr(cast, who), csrfmiddlewaretoken=token)
    said = {"text": TYPED, "tier": "shared", "csrfmiddlewaretoken": tab}

    assert browser.post(f"/leads/{lead.pk}/notes", said).status_code == answer


def token_in(page):
    return page.context["csrf_token"]


def test_what_holds_no_words_is_asked_for_again_in_its_list(ana, lead):
    browser = came_in(ana)
    end_sessions()

    said = {"deed": "not_interested", "lead": [lead.pk], "from": "/leads"}
    asked = browser.post("/leads/bulk", said, headers={"referer": "http://testserver/leads"})

    assert asked.headers["Location"] == "/login?next=/leads"
    assert kept() == []


# --- every form ------------------------------------------------------------------


def forms(scene):
    """Yield (view's name, what is typed there) of every form that one types into."""
    with acting_as(SYSTEM):
        facility = scene.lead.facility
    yield "leads:new_lead", {"name": TYPED, "state": "NY", "opportunity_type": scene.kind.pk}
    place = {"name": TYPED, "state": "NY", "time_zone": "America/New_York", "version": 1}
    yield "leads:edit_facility", prefixed(facility, place)
    yield "leads:add_contact", {"new-name": TYPED}
    yield "leads:edit_contact", prefixed(scene.contact, {"name": TYPED, "version": 1})
    yield "leads:release", {"why": TYPED, "version": scene.lead.version}
    lost = {"stage": "lost", "why": TYPED, "version": scene.lead.version}
    yield "leads:move_stage", lost
    plan = {"expected_value": "12345.67", "version": scene.lead.version}
    yield "leads:plan", prefixed(scene.lead, plan)
    yield "clients:win", {"why": TYPED, "version": scene.lead.version}
    outcome = {"outcome": "bad_data", "wrong": TYPED, "version": scene.lead.version}
    yield "dispositions:disposition", outcome
    for name in ("notes:of_lead", "notes:of_client", "notes:of_person"):
        yield name, {"text": TYPED, "tier": "shared"}
    yield "notes:edit", {"text": TYPED, "tier": "shared", "version": 1}
    hours = {"working_days": ["1"], "work_starts": "09:00", "work_ends": "17:00", "version": 1}
    yield "settings", hours | {"name": TYPED, "time_zone": "America/New_York", "theme": "dark"}


def pickers(scene):
    """The same of what asks for a person, and beside that why."""
    to, one = {"to": scene.ben.pk, "why": TYPED}, {"lead": [scene.lead.pk], "from": "/leads"}
    yield "leads:reassign", to | {"version": scene.lead.version}
    yield "bulk:choose", one | {"why": TYPED}
    yield "bulk:begin", one | to | {"deed": "reassign"}


def where(scene, name):
    is_of_none = name in {"leads:new_lead", "settings"} or name.startswith("bulk:")
    return [] if is_of_none else scene.where(name)


# More at once would be too many sign-ins.
@pytest.mark.parametrize("some", [forms, pickers])
def test_every_form_comes_back_as_it_was_and_does_nothing(cast, make, settings, tmp_path, some):
    settings.MEDIA_ROOT = tmp_path
    scene = Scene(cast, make)
    for name, said in some(scene):
        browser = came_in(cast.ana)
        end_sessions()
        browser.post(reverse(name, args=where(scene, name)), said)
        sign_in(browser, cast.ana, next="/unsent")
        before = digest()

        page = browser.get("/unsent")

        assert page.status_code == 200, name
        assert "You were signed out before this was sent" in page.text, name
        assert (TYPED in page.text) or "12345.67" in page.text, name
        assert digest() == before, name


WRONG = {
    "leads:new_lead": {"state": "Mars"},
    "leads:edit_facility": {"phone": "12"},
    "leads:add_contact": {"email": "nobody"},
    "leads:edit_contact": {"email": "nobody"},
    "leads:release": {"version": "old"},
    "leads:move_stage": {"version": "old"},
    "leads:plan": {"discovery_on": "yesterday"},
    "clients:win": {"version": "old"},
    "dispositions:disposition": {"version": "old"},
    "settings": {"work_ends": "08:00"},
}
NOTE = {"tier": "top secret"}


def failing(scene):
    """Yield (view's name, what is sent there) of the same forms, with something wrong in each."""
    for name, said in forms(scene):
        wrong = WRONG.get(name, NOTE)
        prefix = next(iter(said)).rpartition("-")[0]
        yield (
            name,
            said | {f"{prefix}-{field}" if prefix else field: wrong[field] for field in wrong},
        )


def failing_above(scene):
    """Yield (who, view's name, what is sent there) of what managers and sales admins fill in."""
    lost = {"why": TYPED, "to": "nobody", "version": scene.lost.version}
    yield "cleo", "leads:reopen", lost
    with acting_as(SYSTEM):
        facility = scene.flagged.facility
    yield "ada", "admin:review_resolve", prefixed(facility, {"name": TYPED, "state": "Mars"})
    yield "ada", "admin:review_discard", {"why": TYPED, "version": "old"}
    for name in ("admin:people_user_add", "admin:people_user_change"):
        yield "ada", name, scene.sent(name) | {"name": TYPED, "email": "nobody"}
    for name in ("admin:people_team_add", "admin:people_team_change"):
        yield "ada", name, scene.sent(name) | {"name": TYPED * 20}
    for name in ("admin:people_opportunitytype_add", "admin:people_opportunitytype_change"):
        yield "ada", name, scene.sent(name) | {"name": TYPED, "code": ""}
    columns = scene.sent("admin:import_columns")
    yield "ada", "admin:import_columns", columns | {"source": TYPED, "opportunity_type": "none"}
    yield "ada", "admin:policy", scene.policy | {"protection_days": "12345.67"}


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_form_that_fails_keeps_what_was_typed(
    cast, make, signed_in, in_admin, settings, tmp_path, headers
):
    settings.MEDIA_ROOT = tmp_path
    scene, found = Scene(cast, make), dict(patterns())
    browsers = {"ana": signed_in(cast.ana), "cleo": signed_in(cast.cleo), "ada": in_admin(cast.ada)}
    sent = [("ana", *each) for each in failing(scene)]
    for who, name, said in [*sent, *failing_above(scene)]:
        before, url = digest(), url_of(name, found[name], scene)

        answer = browsers[who].post(url, said, headers=headers)

        assert answer.status_code == 422, name
        assert (TYPED in answer.text) or "12345.67" in answer.text, name
        assert digest() == before, name


def test_every_view_that_is_marked_is_walked_above(cast, make, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    marked = {name for name, view in ours() if getattr(view, "keeps_typed", False)}

    scene = Scene(cast, make)
    assert marked == {name for name, _ in [*forms(scene), *pickers(scene)]} | OF_MANAGERS


# Ana is asked for neither.
OF_MANAGERS = {"leads:reopen", "leads:sharing"}
