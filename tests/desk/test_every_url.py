"""Every URL of the admin: who has to say first who they are, and what a forged form adds to it."""

import copy

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction

from backoffice.rls import SYSTEM, acting_as
from people.models import Policy
from tests.conftest import enter_admin
from tests.digest import digest
from tests.test_access import Scene, declared, patterns, url_of


@pytest.fixture
def scene(cast, make, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return Scene(cast, make)


def urls(scene):
    """Yield (name, url) of all of the admin."""
    for name, pattern in patterns():
        if name.startswith("admin:"):
            yield name, url_of(name, pattern, scene)


# --- coming in ------------------------------------------------------------------


def led_to(browser, scene):
    """Return where every URL of the admin leads, whatever is asked of it."""
    answers = []
    for name, url in urls(scene):
        answers += [browser.get(url), browser.post(url, scene.sent(name))]
    assert {answer.status_code for answer in answers} <= {302, 303}
    return {answer.headers["Location"].partition("?")[0] for answer in answers}


def test_nothing_is_there_before_a_second_factor_and_saying_who_one_is(scene, cast, signed_in):
    browser, another = signed_in(cast.ada), signed_in(cast.ada)
    before = digest()
    assert led_to(browser, scene) == {"/reauthenticate"}
    assert digest() == before

    with acting_as(SYSTEM):
        Policy.objects.update(admins_need_second_factor=True)
    before = digest()
    assert led_to(enter_admin(browser), scene) == {"/settings/security"}
    assert digest() == before

    with acting_as(SYSTEM):
        factor = Authenticator.objects.create(user=cast.ada, type="totp", data={})
    assert browser.get("/admin/").status_code == 200
    assert led_to(another, scene) == {"/reauthenticate"}
    with acting_as(SYSTEM):
        factor.delete()
    assert browser.get("/admin/").headers["Location"] == "/settings/security"
    assert digest() == before


# --- nothing goes round the actions ---------------------------------------------------

# What Django's admin would take from somebody's form, and columns that no form of ours has.
FORGED = {
    "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": 1, "form-0-name": "Mine",
    "form-0-role": "sales_admin", "_save": "Save",
    "action": "delete_selected", "_selected_action": [1, 2], "index": 0, "post": "yes",
    "user_set-TOTAL_FORMS": 1, "user_set-INITIAL_FORMS": 0, "user_set-0-name": "Eve",
    "DELETE": "on",
    "password1": "correct-horse", "password2": "correct-horse", "usable_password": 1,
    "is_superuser": "on", "is_active": "false", "password": "correct-horse", "mail_off": "all",
    "last_login": "2001-01-01 01:01", "created_at": "2001-01-01 01:01", "id": 1, "pk": 1,
    "status": "won", "stage": "won", "tally": "{}", "actor": 1, "by": 1, "person": 1,
}  # fmt: skip
BENT = [{"_popup": 1}, {"_to_field": "id"}, {"_saveasnew": 1}]
# Numbers that the database gives, anew each time; and where they are told.
GIVEN = ["id", "opportunity_type_id", "opportunitytype_id", "user_id", "person_id", "row_id"]
GIVEN += ["bulk_id", "departure_id", "of_id", "content", "key", "detail"]


def as_it_is():
    return digest(but={"history_change"}, columns_but=GIVEN)


def done_by(browser, url, sent, untouched):
    """Return the answer, and the tables that it changed, with what they hold; it is put back."""
    browser = copy.copy(browser)
    browser.cookies = copy.copy(browser.cookies)
    with transaction.atomic():
        status = browser.post(url, sent).status_code
        found = as_it_is()
        transaction.set_rollback(True)
    return status, {name: found[name] for name in found if found[name] != untouched[name]}


# Whoever left there has no lead any more.
DOES_NOTHING = {"admin:staff_departure"}


def test_a_forged_form_does_what_the_plain_one_does_and_no_more(scene, cast, in_admin, monkeypatch):
    # Of which passwords are made that open nothing.
    monkeypatch.setattr("django.contrib.auth.hashers.get_random_string", lambda length: "x" * 8)
    browser, untouched, problems = in_admin(cast.ada), as_it_is(), []
    more = FORGED | {"owner": cast.ben.pk, "merged_into": scene.lead.pk}
    for name, url in urls(scene):
        plain = done_by(browser, url, scene.sent(name), untouched)
        expected = declared().get((name, "POST"), {}).get("ada", "405")
        does = expected == "303" and name not in DOES_NOTHING
        if str(plain[0]) != expected or bool(plain[1]) != does:
            problems.append((url, expected, plain))
        for forged in (more, *BENT):
            found = done_by(browser, url, forged | scene.sent(name), untouched)
            if found != plain and (found != (404, {}) or forged is more):
                problems.append((url, forged, plain, found))
    assert problems == []


def test_nobody_else_gets_anything_with_it(scene, cast, in_admin):
    browsers, before = [in_admin(user) for user in (cast.ana, cast.cleo, cast.sol)], digest()
    for name, url in urls(scene):
        for browser in browsers:
            assert browser.post(url, FORGED | scene.sent(name)).status_code == 403, url
    assert digest() == before
