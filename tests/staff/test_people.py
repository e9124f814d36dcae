"""People in the admin: added and invited, changed from their next request on, never locked out."""

import re
from functools import partial

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.test import Client

from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from desk import actions as desk
from history.models import Change, Event
from people.models import OpportunityType, User
from people.permissions import Role
from staff.actions import add_person, deactivate_person, edit_person
from tests.conftest import make_user
from tests.digest import digest
from tests.factories import FacilityFactory, LeadFactory
from tests.test_invariants import all_is_well, check

SAID = {
    "time_zone": "America/Chicago",
    "working_days": ["1", "2", "3", "4"],
    "work_starts": "08:00",
    "work_ends": "16:30",
}


def fresh(user):
    with acting_as(SYSTEM):
        return User.objects.select_related("team").get(pk=user.pk)


def fields(user, **said):
    """Return what the form of a person sends where nothing is changed."""
    with acting_as(SYSTEM):
        user = fresh(user)
        types = [kind.pk for kind in user.opportunity_types.all()]
    return {
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "team": user.team_id or "",
        "opportunity_types": types,
        "territories": user.territories,
        "time_zone": user.time_zone,
        "working_days": user.working_days,
        "work_starts": user.work_starts.strftime("%H:%M"),
        "work_ends": user.work_ends.strftime("%H:%M"),
        "version": user.version,
    } | said


def told_of(user):
    with acting_as(SYSTEM):
        found = Event.objects.filter(person=user).order_by("pk")
        return [(event.kind, event.sentence, event.detail) for event in found]


@pytest.fixture
def sent(db, monkeypatch):
    """E-mails are sent beside the request; here they are sent at once."""
    cache.clear()

    class AtOnce:
        def __init__(self, target, args, **named):
            self.start = partial(target, *args)

    monkeypatch.setattr("people.adapters.Thread", AtOnce)
    return mail.outbox


# --- new people ---------------------------------------------------------------------


def test_whoever_is_added_chooses_a_password_with_the_link_of_an_invitation(
    cast, in_admin, sent, django_capture_on_commit_callbacks
):
    kinds = fields(cast.ana)["opportunity_types"]
    who = {"name": "Gil Gray", "email": "Gil@Example.com", "role": "inside_rep"}
    said = who | SAID | {"team": cast.north.pk, "territories": ["NY"], "opportunity_types": kinds}

    with django_capture_on_commit_callbacks(execute=True):
        response = in_admin(cast.ada).post("/admin/people/new", said)

    assert response.status_code == 303
    with acting_as(SYSTEM):
        gil = User.objects.get(email="gil@example.com")
        assert not gil.has_usable_password()
        assert (gil.team, gil.territories, gil.working_days) == (cast.north, ["NY"], [1, 2, 3, 4])
        assert gil.opportunity_types.count() == 2
    assert [kind for kind, *_ in told_of(gil)] == ["person_added", "person_invited"]
    (letter,) = sent
    assert letter.to == ["gil@example.com"]
    assert "Ada invites you" in letter.subject
    # The link asks for a password, and then one can sign in.
    link = re.search(r"http://\S+(/password/reset/key/\S+)", letter.body)[1]
    browser = Client()
    page = browser.get(link, follow=True)
    chosen = {"password1": "correct-horse-battery", "password2": "correct-horse-battery"}
    browser.post(page.redirect_chain[-1][0], chosen)
    browser.post("/login", {"login": "gil@example.com", "password": "correct-horse-battery"})
    assert browser.get("/leads").status_code == 200
    assert check() == all_is_well()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "ANA@example.com"}, "Somebody has this address already."),
        ({"role": "manager", "team": ""}, "A manager answers for a team."),
        ({"work_ends": "07:00"}, "Work has to end after it starts"),
        ({"name": ""}, "This field is required."),
        ({"territories": ["XX"]}, "Select a valid choice"),
    ],
)
def test_a_wrong_form_keeps_what_was_typed_and_changes_nothing(cast, in_admin, wrong, said):
    who = {"name": "Gil Gray", "email": "gil@example.com", "role": "inside_rep", "team": ""}
    browser, before = in_admin(cast.ada), digest()

    response = browser.post("/admin/people/new", who | SAID | wrong)

    assert response.status_code == 422
    assert said in response.text
    assert "16:30" in response.text or "07:00" in response.text
    assert digest() == before


def test_no_page_shows_a_password(cast, in_admin):
    page = in_admin(cast.ada).get(f"/admin/people/{cast.ana.pk}").text

    with acting_as(SYSTEM):
        assert fresh(cast.ana).password not in page
    assert "password" not in page.lower()


# --- changes count at once ----------------------------------------------------------


def test_a_change_counts_from_the_next_request_on(cast, in_admin, signed_in, make):
    """Territory, team and role are read from the table by row security, with every statement."""
    northern = make(LeadFactory)
    southern = make(LeadFactory, facility=make(FacilityFactory, state="TX"))
    own = make(LeadFactory, owner=cast.ben)
    browser, admin = signed_in(cast.ana), in_admin(cast.ada)

    def sees(*leads):
        return [browser.get(f"/leads/{lead.pk}").status_code == 200 for lead in leads]

    def change(**said):
        response = admin.post(f"/admin/people/{cast.ana.pk}", fields(cast.ana, **said))
        assert response.status_code == 303

    assert sees(northern, southern, own) == [True, False, False]
    change(territories=["TX"])
    assert sees(northern, southern, own) == [False, True, False]
    change(opportunity_types=[])
    assert sees(northern, southern, own) == [False, False, False]
    change(role="manager")
    assert sees(northern, southern, own) == [True, False, True]
    change(team=cast.south.pk)
    assert sees(northern, southern, own) == [False, True, False]
    change(role="senior_manager", team="")
    assert sees(northern, southern, own) == [True, True, True]
    change(role="inside_rep")
    assert sees(northern, southern, own) == [False, False, False]
    assert check()[1][0].endswith("hold.") or "event of its making" in check()[1][0]


def test_a_change_is_one_event_with_before_and_after(cast, in_admin):
    said = fields(cast.ana, name="Ana Bell", territories=["NY"], work_starts="10:00")

    in_admin(cast.ada).post(f"/admin/people/{cast.ana.pk}", said)
    in_admin(cast.ada).post(f"/admin/people/{cast.ana.pk}", fields(cast.ana))

    assert told_of(cast.ana) == [
        (
            "person_edited",
            "Ada changed Ana: name, territories, work_starts.",
            {
                "name": ["Ana", "Ana Bell"],
                "territories": ["NY, MA, CT, NJ", "NY"],
                "work_starts": ["09:00", "10:00"],
            },
        )
    ]
    with acting_as(SYSTEM):
        (change,) = Change.objects.filter(person_id=cast.ana.pk, deed="changed")
    assert change.actor_name == "Ada"
    assert change.fields == {
        "name": ["Ana", "Ana Bell"],
        "territories": [["NY", "MA", "CT", "NJ"], ["NY"]],
        "work_starts": ["09:00:00", "10:00:00"],
    }


def test_whoever_comes_second_is_told(cast, in_admin, signed_in):
    """Also where it was the person who changed something of themselves meanwhile."""
    stale = fields(cast.ana, role="manager")
    said = SAID | {"name": "Ana Bell", "theme": "dark", "key_shortcuts": "on", "version": 1}
    signed_in(cast.ana).post("/settings", said)

    response = in_admin(cast.ada).post(f"/admin/people/{cast.ana.pk}", stale)

    assert response.status_code == 409
    assert fresh(cast.ana).name == "Ana Bell"
    assert fresh(cast.ana).role == "inside_rep"


def test_an_old_address_opens_nothing_any_more(cast, in_admin, sent):
    Client().post("/login", {"login": "ana@example.com", "password": "demo-password"})
    in_admin(cast.ada).post(
        f"/admin/people/{cast.ana.pk}", fields(cast.ana, email="ana.bell@example.com")
    )

    old, new = Client(), Client()
    old.post("/login", {"login": "ana@example.com", "password": "demo-password"})
    new.post("/login", {"login": "ana.bell@example.com", "password": "demo-password"})
    Client().post("/password/reset", {"email": "ana@example.com"})

    assert (old.get("/leads").status_code, new.get("/leads").status_code) == (302, 200)
    assert [letter for letter in sent if "/password/reset/key/" in letter.body] == []


# --- nobody locks the house ---------------------------------------------------------


def test_nobody_changes_their_own_role_or_leaves_by_themselves(cast, in_admin):
    browser = in_admin(cast.ada)
    before = digest()

    for url, said in [
        (f"/admin/people/{cast.ada.pk}", fields(cast.ada, role="senior_manager")),
        (f"/admin/people/{cast.ada.pk}/leave", {"version": cast.ada.version}),
    ]:
        assert browser.post(url, said).status_code == 409
    assert digest() == before


def test_two_admins_do_not_lock_each_other_out(transactional_db, cast, at_once):
    for deed in ("leave", "demote"):
        with acting_as(SYSTEM):
            User.objects.filter(role=Role.SALES_ADMIN).update(is_active=True)
            other = make_user(f"Al {deed}", Role.SALES_ADMIN)

        def against(by, whom, deed=deed):
            with acting_as(by):
                if deed == "leave":
                    deactivate_person(whom.pk, by=by, version=fresh_version(whom))
                else:
                    said = plain(whom) | {"role": Role.SENIOR_MANAGER}
                    edit_person(whom.pk, by=by, version=fresh_version(whom), **said)

        results = at_once(partial(against, cast.ada, other), partial(against, other, cast.ada))

        assert sorted(isinstance(result, Refused) for result in results) == [False, True], results
        with acting_as(SYSTEM):
            User.objects.filter(pk=cast.ada.pk).update(role=Role.SALES_ADMIN, is_active=True)


def test_an_address_or_name_that_another_has_just_taken_is_refused(cast):
    """Past the form, which looked a moment earlier."""
    taken = plain(cast.dora) | {"email": "Ana@example.com"}
    with acting_as(SYSTEM):
        bmd = OpportunityType.objects.get(code="BMD")
    attempts = [
        lambda ada: add_person(by=ada, **taken),
        lambda ada: edit_person(cast.dora.pk, by=ada, version=1, **taken),
        lambda ada: desk.add_team(name="North", by=ada),
        lambda ada: desk.rename_team(cast.south, name="North", version=1, by=ada),
        lambda ada: desk.add_opportunity_type(code="CS", name="Care", by=ada),
        lambda ada: desk.edit_opportunity_type(bmd, code="CS", name="Care", version=1, by=ada),
    ]
    before = digest()
    for attempt in attempts:
        with pytest.raises(Refused, match="Somebody has just"), acting_as(cast.ada):
            attempt(cast.ada)
    assert digest() == before


def fresh_version(user):
    return User.objects.values_list("version", flat=True).get(pk=user.pk)


def plain(user):
    names = ["name", "email", "role", "team", "territories", "time_zone"]
    names += ["working_days", "work_starts", "work_ends"]
    return {name: getattr(user, name) for name in names} | {"opportunity_types": []}


@pytest.mark.parametrize("actor", ["ana", "cleo", "sol"])
def test_the_database_lets_nobody_else_say_who_works_here(cast, actor):
    """By plain statements, as somebody would who had got round every page."""
    user = getattr(cast, actor)
    attempts = [
        lambda: User.objects.filter(pk=user.pk).update(role=Role.SALES_ADMIN),
        lambda: User.objects.filter(pk=cast.dora.pk).update(is_active=False),
        lambda: User.objects.filter(pk=cast.dora.pk).update(name="Nobody"),
        lambda: User(email="x@example.com", name="X", role=Role.SALES_ADMIN).save(),
        lambda: user.opportunity_types.clear(),
        lambda: User.opportunity_types.through.objects.create(
            user=user, opportunitytype_id=cast.ana.opportunity_types.first().pk
        ),
    ]
    before = digest()
    with acting_as(user):
        for attempt in attempts:
            try:
                with transaction.atomic():
                    attempt()
            except DatabaseError:
                pass
    assert digest() == before


@pytest.mark.parametrize("actor", ["ana", "cleo", "sol"])
def test_nobody_else_is_let_in(cast, in_admin, actor):
    browser, before = in_admin(getattr(cast, actor)), digest()
    pk = cast.dora.pk
    for verb in ("", "/leave", "/return", "/invite"):
        response = browser.post(f"/admin/people/{pk}{verb}", fields(cast.dora))
        assert response.status_code == 403
    assert digest() == before
