"""The admin: who gets in, what it shows, and that nothing goes round the actions."""

from datetime import timedelta

from allauth.mfa.models import Authenticator

from backoffice.rls import SYSTEM, acting_as
from history.models import Event
from people.admin_site import site
from people.models import OpportunityType, Team, WorkScope
from tests.digest import digest


def events_of(kind):
    with acting_as(SYSTEM):
        return [str(event) for event in Event.objects.filter(kind=kind).order_by("id")]


# --- coming in ------------------------------------------------------------------


def test_whoever_enters_says_once_more_who_they_are(signed_in, ada):
    browser = signed_in(ada)

    assert (
        browser.get("/admin/teams").headers["Location"] == "/reauthenticate?next=%2Fadmin%2Fteams"
    )

    said = {"password": "demo-password", "next": "/admin/teams"}
    assert browser.post("/reauthenticate", said).headers["Location"] == "/admin/teams"
    assert browser.get("/admin/teams").status_code == 200


def test_what_they_were_saving_is_saved_once_they_have(signed_in, ada):
    browser = signed_in(ada)
    asked = browser.post("/admin/teams/new", {"name": "West"}).headers["Location"]
    assert asked == "/reauthenticate?next=%2Fadmin%2Fteams%2Fnew"
    with acting_as(SYSTEM):
        assert not Team.objects.filter(name="West").exists()

    browser.post("/reauthenticate", {"password": "demo-password", "next": "/admin/teams/new"})

    with acting_as(SYSTEM):
        assert Team.objects.filter(name="West").exists()


def test_an_hour_away_and_they_are_asked_again(in_admin, ada, move_clock):
    browser = in_admin(ada)
    move_clock(timedelta(minutes=50))
    assert browser.get("/admin/").status_code == 200
    move_clock(timedelta(minutes=100))
    assert browser.get("/admin/").status_code == 200

    move_clock(timedelta(minutes=161))
    assert browser.get("/admin/").headers["Location"].startswith("/reauthenticate")


def test_the_menu_leads_there(signed_in, ada, sol):
    assert 'href="/admin/"' in signed_in(ada).get("/leads").text
    assert 'href="/admin/"' not in signed_in(sol).get("/leads").text


# --- its tables --------------------------------------------------------------------


def test_a_team_is_added_and_renamed_with_an_event_each(in_admin, ada):
    browser = in_admin(ada)

    browser.post("/admin/teams/new", {"name": "West"})
    with acting_as(SYSTEM):
        west = Team.objects.get(name="West")
    browser.post(f"/admin/teams/{west.pk}", {"name": "Far West", "version": 1})

    with acting_as(SYSTEM):
        assert Team.objects.get(pk=west.pk).name == "Far West"
    assert events_of("house_changed") == ["Ada added the team West.", "Ada changed the team West."]


def test_a_team_that_changed_meanwhile_is_left_alone(in_admin, ada, cast):
    where, browser = f"/admin/teams/{cast.north.pk}", in_admin(ada)
    browser.post(where, {"name": "Upper North", "version": 1})

    assert browser.post(where, {"name": "Nether North", "version": 1}).status_code == 409


def test_a_form_with_errors_says_so_and_writes_nothing(in_admin, ada):
    response = in_admin(ada).post("/admin/teams/new", {"name": "North"})

    assert response.status_code == 422
    assert "Team with this Name already exists." in response.text


def test_an_opportunity_type_can_be_worked_in_every_state_at_once(in_admin, ada):
    in_admin(ada).post("/admin/opportunity-types/new", {"code": "IT", "name": "Software"})

    with acting_as(SYSTEM):
        kind = OpportunityType.objects.get(code="IT")
        assert WorkScope.objects.filter(opportunity_type=kind).count() == 56


def test_people_are_found_by_name_and_role(in_admin, ada):
    found = in_admin(ada).get("/admin/people?q=ben&role__exact=inside_rep").text

    assert "ben@example.com" in found
    assert "ana@example.com" not in found


ORACLES = [
    "password__startswith=m",
    "sessions__session_key__gt=a",
    "team__user__password__startswith=m",
    "team__user__email=ana@example.com",
    "team__name__startswith=N",
    "role__startswith=i",
]


def test_no_list_is_narrowed_by_what_it_does_not_show(in_admin, ada, cast):
    browser = in_admin(ada)
    for oracle in ORACLES:
        assert browser.get(f"/admin/people?{oracle}").status_code == 404, oracle
    for asked in (f"team__id__exact={cast.north.pk}", "team__isnull=True", "is_active__exact=1"):
        assert browser.get(f"/admin/people?{asked}").status_code == 200, asked


# --- nothing goes round the actions ------------------------------------------------------

DJANGOS_OWN = [
    "login/",
    "logout/",
    "password_change/",
    "jsi18n/",
    "autocomplete/?app_label=people&model_name=user&field_name=team",
    "r/1/1/",
    "people/user/",
    "people/user/1/change/",
    "people/user/1/password/",
    "people/user/1/delete/",
    "people/user/1/history/",
    "people/team/1/delete/",
    "teams/1/delete",
    "auth/group/",
    "account/emailaddress/",
    "mfa/authenticator/",
    "guardian/userobjectpermission/",
]


def pages():
    """Yield each table's address and that of a row."""
    for page in site.pages:
        with acting_as(SYSTEM):
            row = page.model.objects.last()
        yield f"/admin/{page.where}"
        yield f"/admin/{page.where}/{row.pk}"


def test_djangos_own_pages_are_not_there(cast, in_admin):
    browser, before = in_admin(cast.ada), digest()
    for where in DJANGOS_OWN:
        for ask in (browser.get, browser.post):
            assert ask(f"/admin/{where}").status_code == 404, where
    assert digest() == before


def test_every_page_names_its_fields_and_deletes_nothing(rf, ada):
    request = rf.get("/")
    request.user = ada
    for page in site.pages:
        assert page.fields, page
        assert not page.get_actions(request), page
        assert not page.has_delete_permission(request), page
        assert page.list_editable == (), page
        assert page.get_inline_instances(request) == [], page


def test_no_secret_is_on_any_page(cast, in_admin):
    browser = in_admin(cast.ada)
    with acting_as(SYSTEM):
        secrets = [cast.ana.password, cast.ada.password, browser.session.session_key]
        cast.ana.set_password("correct-horse")
        cast.ana.save()
        secrets.append(cast.ana.password)
        for user in (cast.ana, cast.ada):
            data = {"secret": "JBSWY3DPEHPK3PXP", "seed": "NB2W45DFOIZA"}
            Authenticator.objects.create(user=user, type="totp", data=data)
            secrets += data.values()
    audits = ["/admin/audit", "/admin/policy", f"/admin/audit?person={cast.ana.pk}"]
    for url in ["/admin/", *pages(), *audits, f"/admin/people/{cast.ana.pk}"]:
        shown = browser.get(url).text
        assert not any(secret in shown for secret in secrets), url
        # That it was changed is told, and no more.
        assert "password" not in shown.lower() or url in audits, url
