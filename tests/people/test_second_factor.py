"""Two-factor sign-in: authenticator app, recovery codes, passkeys; confirming who one is."""

import json
import re
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from backoffice.rls import SYSTEM, acting_as
from people.models import User
from tests.people.passkey import Passkey
from tests.people.test_sessions import browser_of, is_in

SECURITY = "/settings/security"
CREDENTIALS = {"password": "demo-password"}
NONSENSE = [
    "",
    "x",
    "null",
    "3",
    "[]",
    "{}",
    '{"id": 1}',
    '{"response": 3}',
    '{"id": "AA", "rawId": "AA", "response": {}}',
    '{"id": "AA", "rawId": "AA", "response": {"userHandle": "AA", "clientDataJSON": "e30"}}',
    "[" * 5000,
]


@pytest.fixture(autouse=True)
def nobody_has_guessed(db):
    cache.clear()


@pytest.fixture
def now(monkeypatch):
    """A code stays good for as long as the test looks."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: 6000))


def code(secret):
    return format_hotp_value(hotp_value(secret, 6000 // 30))


def confirmed(user):
    """A browser whose owner has just confirmed that it is them."""
    browser = browser_of(user)
    browser.post("/reauthenticate", CREDENTIALS)
    return browser


def set_up_app(browser):
    """Set up an authenticator app; return what it shares with us."""
    secret = re.search(r"<code>([A-Z2-7]+)</code>", browser.get(f"{SECURITY}/app").text)[1]
    response = browser.post(f"{SECURITY}/app", {"code": code(secret)})
    assert response.headers["Location"] == f"{SECURITY}/codes"
    return secret


def recovery_codes(browser):
    return re.findall(r"<code>(\d+)</code>", browser.get(f"{SECURITY}/codes").text)


def sign_in(user):
    """A browser that is asked for a second factor."""
    browser = Client(SERVER_NAME="localhost")
    response = browser.post("/login", {"login": user.email, **CREDENTIALS})
    assert response.headers["Location"] == "/login/code"
    assert not is_in(browser)
    return browser


@pytest.mark.parametrize("path", ["app", "app/off", "passkeys", "codes", "codes/file", "codes/new"])
def test_security_is_changed_only_by_whoever_confirms_who_they_are(ana, path):
    browser = browser_of(ana)
    with acting_as(SYSTEM):
        for kind in ("totp", "recovery_codes"):
            Authenticator.objects.create(user=ana, type=kind, data={})
        if path == "app":
            Authenticator.objects.filter(type="totp").delete()

    response = browser.get(f"{SECURITY}/{path}")

    assert response.headers["Location"].startswith("/reauthenticate?next=")


def test_a_wrong_password_confirms_nothing(ana):
    browser = browser_of(ana)

    assert browser.post("/reauthenticate", {"password": "no"}).status_code == 422
    assert browser.get(f"{SECURITY}/app").status_code == 302


def test_an_app_is_set_up_and_then_asked_for(ana, now):
    secret = set_up_app(confirmed(ana))

    browser = sign_in(ana)
    assert browser.post("/login/code", {"code": "000000"}).status_code == 422
    assert not is_in(browser)
    browser.post("/login/code", {"code": code(secret)})

    assert is_in(browser)


def test_a_code_is_good_once(ana, now):
    secret = set_up_app(confirmed(ana))
    sign_in(ana).post("/login/code", {"code": code(secret)})

    again = sign_in(ana)
    again.post("/login/code", {"code": code(secret)})

    assert not is_in(again)


def test_the_secret_does_not_lie_open_in_the_database(ana, now):
    secret = set_up_app(confirmed(ana))

    with acting_as(SYSTEM):
        stored = [str(each.data) for each in Authenticator.objects.filter(user=ana)]

    assert len(stored) == 2
    assert not any(secret in data for data in stored)


def test_a_wrong_code_sets_up_nothing(ana):
    browser = confirmed(ana)
    browser.get(f"{SECURITY}/app")

    assert browser.post(f"{SECURITY}/app", {"code": "123456"}).status_code == 422
    with acting_as(SYSTEM):
        assert not Authenticator.objects.exists()


def test_a_recovery_code_signs_in_once(ana, now):
    desk = confirmed(ana)
    set_up_app(desk)
    codes = recovery_codes(desk)
    assert len(set(codes)) == 10

    first, second = sign_in(ana), sign_in(ana)
    first.post("/login/code", {"code": codes[0]})
    second.post("/login/code", {"code": codes[0]})

    assert (is_in(first), is_in(second)) == (True, False)
    assert codes[0] not in recovery_codes(desk)
    assert "9 left" in desk.get(SECURITY).text


def test_recovery_codes_come_as_a_file_and_can_be_made_anew(ana, now):
    desk = confirmed(ana)
    set_up_app(desk)
    old = recovery_codes(desk)

    file = desk.get(f"{SECURITY}/codes/file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.text.split() == old

    desk.post(f"{SECURITY}/codes/new")
    assert not set(old) & set(recovery_codes(desk))


def test_ten_wrong_codes_are_enough(ana, now):
    secret = set_up_app(confirmed(ana))
    browser = sign_in(ana)
    for number in range(10):
        browser.post("/login/code", {"code": f"{number:06}"})

    browser.post("/login/code", {"code": code(secret)})

    assert not is_in(browser)


def test_an_app_is_switched_off(ana, now):
    desk = confirmed(ana)
    set_up_app(desk)

    desk.post(f"{SECURITY}/app/off")

    assert is_in(browser_of(ana))
    with acting_as(SYSTEM):
        assert not Authenticator.objects.exists()


def test_nobody_touches_anothers_second_factors(ana, ben, now):
    anas = confirmed(ana)
    set_up_app(anas)
    add_passkey(anas, Passkey())
    with acting_as(SYSTEM):
        pk = Authenticator.objects.get(type="webauthn").pk
    bens = confirmed(ben)

    assert bens.get(f"{SECURITY}/codes").status_code == 404
    assert bens.post(f"{SECURITY}/app/off").status_code == 404
    assert bens.post(f"{SECURITY}/passkeys/{pk}/remove").status_code == 404
    assert bens.post(f"{SECURITY}/passkeys/{pk}", {"name": "Mine"}).status_code == 404
    with acting_as(ben):
        assert not Authenticator.objects.exists()


def test_a_deactivated_user_is_not_let_in_by_a_code(ana, now):
    secret = set_up_app(confirmed(ana))
    browser = sign_in(ana)
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(is_active=False)

    browser.post("/login/code", {"code": code(secret)})

    assert not is_in(browser)


# --- passkeys ------------------------------------------------------------------


def options_of(page):
    found = re.search(
        r'<script id="passkey-options" type="application/json">(.*?)</script>', page.text
    )
    return json.loads(found[1])


def add_passkey(browser, passkey, name="My laptop"):
    asked = options_of(browser.get(f"{SECURITY}/passkeys"))["creation_options"]["publicKey"]
    answer = passkey.create(asked)
    return browser.post(f"{SECURITY}/passkeys", {"name": name, "credential": answer})


def test_a_passkey_is_added_and_is_a_second_factor(ana):
    passkey, desk = Passkey(), confirmed(ana)

    assert add_passkey(desk, passkey).headers["Location"] == f"{SECURITY}/codes"
    assert "My laptop" in desk.get(SECURITY).text

    browser = sign_in(ana)
    asked = options_of(browser.get("/login/code"))["request_options"]["publicKey"]
    browser.post("/login/code", {"credential": passkey.get(asked)})
    assert is_in(browser)


def test_a_passkey_signs_in_without_a_password(ana):
    passkey = Passkey()
    add_passkey(confirmed(ana), passkey)
    browser = Client(SERVER_NAME="localhost")

    asked = browser.get("/login/passkey", headers={"Accept": "application/json"}).json()
    answer = passkey.get(asked["request_options"]["publicKey"], user=ana)
    response = browser.post("/login/passkey", {"credential": answer})

    assert response.headers["Location"] == "/"
    assert is_in(browser)


@pytest.mark.parametrize("broken", ["challenge", "origin", "signature", "user"])
def test_a_forged_passkey_is_refused(ana, ben, broken):
    passkey = Passkey()
    add_passkey(confirmed(ana), passkey)
    browser = Client(SERVER_NAME="localhost")
    asked = browser.get("/login/passkey", headers={"Accept": "application/json"}).json()

    answer = passkey.get(asked["request_options"]["publicKey"], user=ana, broken=broken, other=ben)
    browser.post("/login/passkey", {"credential": answer})

    assert not is_in(browser)


@pytest.mark.parametrize("credential", NONSENSE)
def test_nonsense_instead_of_a_passkey_is_refused(ana, credential):
    browser = Client(SERVER_NAME="localhost")
    browser.get("/login/passkey", headers={"Accept": "application/json"})

    assert browser.post("/login/passkey", {"credential": credential}).status_code == 302
    assert not is_in(browser)


@pytest.mark.parametrize("credential", NONSENSE)
def test_nonsense_is_no_passkey_to_be_added_either(ana, credential):
    desk = confirmed(ana)
    desk.get(f"{SECURITY}/passkeys")

    response = desk.post(f"{SECURITY}/passkeys", {"name": "x", "credential": credential})

    assert response.status_code == 422
    with acting_as(SYSTEM):
        assert not Authenticator.objects.exists()


def test_a_passkey_of_somebody_who_left_is_refused(ana):
    passkey = Passkey()
    add_passkey(confirmed(ana), passkey)
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(is_active=False)
    browser = Client(SERVER_NAME="localhost")

    asked = browser.get("/login/passkey", headers={"Accept": "application/json"}).json()
    answer = passkey.get(asked["request_options"]["publicKey"], user=ana)
    browser.post("/login/passkey", {"credential": answer})

    assert not is_in(browser)


def test_a_passkey_is_renamed_and_removed(ana):
    passkey, desk = Passkey(), confirmed(ana)
    add_passkey(desk, passkey)
    with acting_as(SYSTEM):
        pk = Authenticator.objects.get(type="webauthn").pk

    desk.post(f"{SECURITY}/passkeys/{pk}", {"name": "Desk"})
    assert "Desk" in desk.get(SECURITY).text

    desk.post(f"{SECURITY}/passkeys/{pk}/remove")
    assert "Desk" not in desk.get(SECURITY).text
    assert is_in(browser_of(ana))


def test_a_passkey_confirms_who_one_is(ana):
    passkey = Passkey()
    add_passkey(confirmed(ana), passkey)
    browser = sign_in(ana)
    asked = options_of(browser.get("/login/code"))["request_options"]["publicKey"]
    browser.post("/login/code", {"credential": passkey.get(asked)})

    asked = options_of(browser.get("/reauthenticate/passkey"))["request_options"]["publicKey"]
    browser.post("/reauthenticate/passkey", {"credential": passkey.get(asked)})

    assert browser.get(f"{SECURITY}/app").status_code == 200
