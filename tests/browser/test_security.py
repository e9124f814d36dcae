"""Settings and signing in, in a browser; its passkeys are those of a virtual authenticator."""

import pytest
from playwright.sync_api import expect

from backoffice.rls import SYSTEM, acting_as
from people.models import User
from tests.browser.test_accessible import found_on

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def give_authenticator(page):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session


def follow(page, name):
    """Follow a link, and wait until the page that it leads to can do what it does."""
    with page.expect_navigation():
        page.get_by_role("link", name=name).click()


def confirm(page):
    page.get_by_label("Password").fill("demo-password")
    with page.expect_navigation():
        page.get_by_role("button", name="Confirm").click()


def add_passkey(page):
    page.goto("/settings/security")
    follow(page, "Add a passkey")
    confirm(page)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url("**/settings/security/codes")


def test_a_switch_is_turned_by_keyboard(open_as, ana):
    page = open_as(ana, "/settings/email")
    switch = page.get_by_role("switch", name="A claim of mine is confirmed")
    expect(switch).to_be_checked()

    switch.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_role("switch", name="A claim of mine is confirmed")).not_to_be_checked()
    with acting_as(SYSTEM):
        assert User.objects.get(pk=ana.pk).mail_off == ["claim_confirmed"]


def test_a_passkey_is_added_and_signs_in_without_a_password(open_as, ana):
    page = open_as(ana, "/settings")
    give_authenticator(page)
    add_passkey(page)
    page.goto("/settings/security")
    expect(page.get_by_text("My laptop")).to_be_visible()

    page.get_by_role("button", name="Ana, account menu").click()
    page.locator("#person-menu").get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/leads")


def test_a_passkey_is_a_second_factor(open_as, ana):
    page = open_as(ana, "/settings")
    give_authenticator(page)
    add_passkey(page)
    page.context.clear_cookies()

    page.goto("/login")
    page.get_by_label("Email").fill("ana@example.com")
    page.get_by_label("Password").fill("demo-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/login/code")
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url("**/leads")


def test_a_passkey_that_is_not_given_is_said(open_as, ana):
    page = open_as(ana, "/login")
    page.context.clear_cookies()
    page.goto("/login")
    give_authenticator(page)

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("No passkey was used.")


# --- axe, in light and dark ------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_step_of_a_second_factor_is_accessible(open_as, ana, scheme):
    page = open_as(ana, "/settings", color_scheme=scheme)
    give_authenticator(page)
    page.goto("/settings/security/app")
    problems = {"confirm": found_on(page)}
    add_passkey(page)
    for path in ("", "/app", "/passkeys", "/codes", "/codes/new"):
        page.goto(f"/settings/security{path}")
        problems[path] = found_on(page)
    for name in ("Rename", "Remove"):
        page.goto("/settings/security")
        follow(page, f"{name} My laptop")
        problems[name] = found_on(page)
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("Email").fill("ana@example.com")
    page.get_by_label("Password").fill("demo-password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/login/code")
    problems["code"] = found_on(page)

    assert {path: found for path, found in problems.items() if found} == {}
