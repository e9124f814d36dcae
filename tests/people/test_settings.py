"""What people set for themselves, and for nobody else."""

import pytest

from backoffice.rls import SYSTEM, acting_as
from leads.actions import claim_lead
from notifications.models import BY_EMAIL, Email, Kind
from people.models import User
from tests.conftest import HTMX
from tests.digest import digest
from tests.factories import LeadFactory

PROFILE = {
    "version": 1,
    "name": "Ana Alvarez",
    "time_zone": "America/Chicago",
    "working_days": ["1", "2", "6"],
    "work_starts": "08:30",
    "work_ends": "16:00",
    "key_shortcuts": "on",
    "theme": "light dark",
}


def now_of(user):
    with acting_as(SYSTEM):
        return User.objects.get(pk=user.pk)


def test_a_profile_is_changed(ana, signed_in):
    response = signed_in(ana).post("/settings", PROFILE, follow=True)

    assert response.redirect_chain == [("/settings", 303)]
    assert "Saved." in response.text
    ana = now_of(ana)
    assert (ana.name, ana.time_zone, ana.working_days) == (
        "Ana Alvarez",
        "America/Chicago",
        [1, 2, 6],
    )
    assert (f"{ana.work_starts:%H:%M}", f"{ana.work_ends:%H:%M}") == ("08:30", "16:00")


def test_keys_are_switched_off_and_on(ana, signed_in):
    browser = signed_in(ana)

    browser.post("/settings", {**PROFILE, "key_shortcuts": ""})
    assert 'data-keys="off"' in browser.get("/leads").text
    browser.post("/settings", {**PROFILE, "version": 2})
    assert 'data-keys="on"' in browser.get("/leads").text


@pytest.mark.parametrize("theme", ["light", "dark", "light dark"])
def test_a_theme_is_remembered_and_there_from_the_first_line(ana, ben, signed_in, theme):
    signed_in(ana).post("/settings", {**PROFILE, "theme": theme})

    page = signed_in(ana).get("/leads").text

    assert f'data-theme="{theme}"' in page
    assert f'<meta name="color-scheme" content="{theme}">' in page
    assert 'data-theme="light dark"' in signed_in(ben).get("/leads").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "This field is required."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice."),
        ({"working_days": []}, "Choose at least one day."),
        ({"working_days": ["8"]}, "Select a valid choice."),
        ({"work_ends": "08:30"}, "Work has to end after it starts"),
        ({"theme": "purple"}, "Select a valid choice."),
        ({"work_starts": "25:00"}, "Enter a valid time."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(ana, signed_in, wrong, said):
    browser = signed_in(ana)
    before = digest()

    response = browser.post("/settings", {**PROFILE, "name": "Typed", **wrong})

    assert response.status_code == 422
    assert said in response.text
    assert ("Typed" in response.text) == ("name" not in wrong)
    assert digest() == before


def test_a_tab_that_is_behind_is_told_what_was_saved_meanwhile(ana, signed_in):
    """A sales admin has changed the hours while Ana's page was open."""
    with acting_as(SYSTEM):
        meanwhile = {"work_starts": "07:00", "working_days": [1, 2, 3], "version": 2}
        User.objects.filter(pk=ana.pk).update(**meanwhile)
    browser = signed_in(ana)
    before = digest()

    told = browser.post("/settings", PROFILE)

    assert told.status_code == 409
    assert "Your settings were changed meanwhile." in told.text
    assert "Saved meanwhile: 07:00." in told.text
    assert "Saved meanwhile: Mon, Tue, Wed." in told.text
    assert 'value="08:30"' in told.text
    assert [f'value="{day}"' in told.text for day in (1, 2, 6)] == [True] * 3
    assert told.text.count(" checked") == len(PROFILE["working_days"]) + 2
    assert digest() == before
    seen = PROFILE | {"version": told.context["form"].data["version"]}
    assert browser.post("/settings", seen).status_code == 303
    assert f"{now_of(ana).work_starts:%H:%M}" == "08:30"


def test_a_tab_of_switches_that_is_behind_is_told_too(ana, signed_in):
    browser, kinds = signed_in(ana), [kind.value for kind in BY_EMAIL]
    browser.post("/settings/email", {"wanted": kinds[1:], "off": ""})
    before = digest()

    told = browser.post("/settings/email", {"wanted": kinds[:-1], "off": ""})

    assert told.status_code == 409
    assert "Your settings were changed meanwhile." in told.text
    assert f"Saved meanwhile: {', '.join(kind.label for kind in BY_EMAIL[1:])}." in told.text
    assert told.text.count(" checked") == len(kinds) - 1
    assert digest() == before
    assert f'name="off" value="{kinds[0]}"' in told.text
    seen = {"wanted": kinds[:-1], "off": kinds[0]}
    assert browser.post("/settings/email", seen).status_code == 303
    assert now_of(ana).mail_off == kinds[-1:]


def test_nothing_else_of_a_person_can_be_set(ana, ben, signed_in):
    more = {"role": "sales_admin", "team": "2", "is_active": "", "email": "x@example.com"}

    signed_in(ana).post("/settings", {**PROFILE, **more, "id": ben.pk, "pk": ben.pk})

    after = now_of(ana)
    assert (after.role, after.team_id, after.email) == (ana.role, ana.team_id, ana.email)
    assert now_of(ben).name == "Ben"


def test_a_zone_with_an_old_name_can_be_kept(ana, signed_in):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(time_zone="US/Pacific")
    browser = signed_in(ana)
    assert '<option value="US/Pacific" selected>' in browser.get("/settings").text

    assert browser.post("/settings", {**PROFILE, "time_zone": "US/Pacific"}).status_code == 303


def test_switches_decide_what_is_mailed(ana, signed_in, make):
    browser = signed_in(ana)
    lead, another = make(LeadFactory), make(LeadFactory)

    browser.post("/settings/email", {"wanted": [Kind.CALLBACK_OPEN]})
    claim(lead, ana)
    assert mailed(ana) == []

    wanted = [Kind.CALLBACK_OPEN, Kind.CLAIM_CONFIRMED]
    browser.post("/settings/email", {"wanted": wanted, "off": ",".join(now_of(ana).mail_off)})
    claim(another, ana)
    assert mailed(ana) == [Kind.CLAIM_CONFIRMED]


def claim(lead, user):
    with acting_as(user):
        claim_lead(lead.pk, by=now_of(user))


def mailed(user):
    with acting_as(SYSTEM):
        return [email.kind for email in Email.objects.filter(recipient=user)]


def test_all_switches_can_be_off(ana, signed_in):
    browser = signed_in(ana)
    assert browser.get("/settings/email").text.count(" checked") == 4

    assert browser.post("/settings/email", {}).status_code == 303

    assert browser.get("/settings/email").text.count(" checked") == 0


def test_a_switch_that_is_none_is_refused(ana, signed_in):
    assert signed_in(ana).post("/settings/email", {"wanted": ["everything"]}).status_code == 422
    assert now_of(ana).mail_off == []


@pytest.mark.parametrize("path", ["/settings", "/settings/email"])
def test_settings_are_for_those_who_signed_in(client, db, path):
    assert client.get(path).headers["Location"] == f"/login?next={path}"
    assert client.post(path, headers=HTMX).headers["HX-Redirect"] == "/login?next=/"
