"""Sessions: what the list shows, and that whoever is signed out is out at the next request."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.rls import SYSTEM, acting_as
from people.actions import sign_out_everywhere
from people.models import Session, User
from tests.conftest import HTMX

WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
SECURITY = "/settings/security"


def browser_of(user, agent=WINDOWS, address="203.0.113.7"):
    """A browser in which `user` has just signed in by hand."""
    browser = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address, SERVER_NAME="localhost")
    browser.post("/login", {"login": user.email, "password": "demo-password"})
    return browser


def is_in(browser):
    return browser.get("/settings").status_code == 200


def listed(browser):
    """Return what the list says of each session: device, address, when."""
    entries = re.findall(
        r"<li>\s*<b>(.*?)</b>\s*<span class=\"muted\">(.*?)</span>\s*<form", page(browser), re.S
    )
    return [f"{device}, {more}" for device, more in entries]


def page(browser):
    return browser.get(SECURITY).text


def end(browser, position):
    """Press the n-th "Sign out" of the list."""
    links = re.findall(rf'action="({SECURITY}/sessions/[^"]*)"', page(browser))
    return browser.post(links[position])


def test_each_session_is_listed_with_device_address_and_use(ana, signed_in):
    phone = browser_of(ana, IPHONE, "198.51.100.20")
    desk = browser_of(ana)

    assert listed(desk) == [
        "Chrome on Windows, 203.0.113.7, this browser",
        "Mobile Safari on iOS, 198.51.100.20, in use just now",
    ]
    assert is_in(phone)


def test_an_unknown_browser_is_called_so(ana):
    assert listed(browser_of(ana, agent="", address="2001:db8::1")) == [
        "Unknown device, 2001:db8::1, this browser"
    ]


def test_others_sessions_are_not_listed(ana, ben):
    browser_of(ben)

    assert len(listed(browser_of(ana))) == 1


def test_a_session_that_is_signed_out_is_out_at_its_next_request(ana):
    phone, desk = browser_of(ana, IPHONE), browser_of(ana)

    response = end(desk, 1)

    assert response.headers["Location"] == SECURITY
    assert (is_in(phone), is_in(desk)) == (False, True)
    assert len(listed(desk)) == 1


def test_a_polling_tab_of_an_ended_session_is_sent_to_sign_in(ana):
    phone, desk = browser_of(ana, IPHONE), browser_of(ana)
    asks = HTMX | {"HX-Current-URL": "http://localhost/leads/pool"}
    assert phone.get("/notifications/bell", headers=asks).status_code == 200

    end(desk, 1)

    response = phone.get("/notifications/bell", headers=asks)
    assert response.headers["HX-Redirect"] == "/login?next=/leads/pool"


def test_signing_out_of_this_browser_from_the_list(ana):
    desk = browser_of(ana)

    response = end(desk, 0)

    assert response.headers["Location"] == "/login"
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(desk)


def test_signing_out_everywhere_ends_this_session_too(ana, ben):
    phone, desk, bens = browser_of(ana, IPHONE), browser_of(ana), browser_of(ben)

    response = desk.post(f"{SECURITY}/sign-out")

    assert response.headers["Location"] == "/login"
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert [is_in(browser) for browser in (phone, desk, bens)] == [False, False, True]
    assert "You are signed out everywhere." in desk.get("/login").text


def test_the_system_signs_somebody_out(ana):
    desk = browser_of(ana)

    with acting_as(SYSTEM):
        sign_out_everywhere(ana)

    assert not is_in(desk)


def test_nobody_ends_anothers_session(ana, ben):
    anas, bens = browser_of(ana), browser_of(ben)
    (link,) = re.findall(rf'action="({SECURITY}/sessions/[^"]*)"', page(anas))

    assert bens.post(link).status_code == 404
    assert bens.post(f"{SECURITY}/sessions/{anas.session.session_key}").status_code == 404
    assert is_in(anas)


def test_the_page_never_tells_the_key_of_a_session(ana):
    desk = browser_of(ana)

    assert desk.session.session_key not in page(desk)


def test_a_deactivated_user_is_out_at_the_next_request(ana):
    desk = browser_of(ana)
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(is_active=False)

    assert not is_in(desk)


def test_signing_out_clears_what_the_browser_keeps(ana):
    desk = browser_of(ana)

    response = desk.post("/logout")

    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.exists()


# --- when a session was last in use ------------------------------------------


@pytest.fixture
def seen():
    """Return when the one session was last in use, to the database's knowledge."""

    def look():
        with acting_as(SYSTEM):
            return Session.objects.get().last_seen_at

    return look


def test_use_is_noted_every_five_minutes_at_most(ana, move_clock, seen):
    desk = browser_of(ana)
    at_first = seen()

    move_clock(timedelta(minutes=4, seconds=50))
    assert writes(desk, "/settings") == 0
    assert seen() == at_first

    move_clock(timedelta(minutes=5, seconds=10))
    assert writes(desk, "/settings") == 1
    assert writes(desk, "/settings") == 0
    assert seen() > at_first


def test_asking_what_is_new_is_no_use_and_prolongs_nothing(ana, move_clock, seen):
    desk = browser_of(ana)
    at_first, until = seen(), desk.session.get_expiry_date()
    move_clock(timedelta(minutes=30))

    assert writes(desk, "/notifications/bell") == 0

    assert seen() == at_first
    assert abs(desk.session.get_expiry_date() - until) < timedelta(seconds=5)


def writes(browser, path):
    with CaptureQueriesContext(connection) as captured:
        browser.get(path)
    return sum(query["sql"].startswith(("INSERT", "UPDATE", "DELETE")) for query in captured)


def test_a_new_address_is_noted_with_the_next_use(ana, move_clock):
    desk = browser_of(ana)
    move_clock(timedelta(hours=2))

    desk.get("/settings", REMOTE_ADDR="192.0.2.55")

    assert listed(desk) == ["Chrome on Windows, 192.0.2.55, this browser"]


def test_older_use_is_told_in_the_persons_time(ana, move_clock):
    browser_of(ana, IPHONE)
    move_clock(timedelta(days=2))
    desk = browser_of(ana)
    with acting_as(SYSTEM):
        # Sessions end after half a day; this one is kept for the test.
        Session.objects.update(expire_date="2100-01-01T00:00Z")

    assert re.search(r"last in use \d+ \w{3} \d{4} at \d\d:\d\d", listed(desk)[1])


def test_a_proxy_of_ours_says_who_calls_and_nobody_else(ana, settings):
    spoofed = {"X-Forwarded-For": "6.6.6.6"}
    desk = browser_of(ana)
    desk.post("/login", {"login": ana.email, "password": "demo-password"}, headers=spoofed)
    assert "6.6.6.6" not in page(desk)

    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    proxied = Client(headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.99"}, REMOTE_ADDR="10.0.0.1")
    proxied.post("/login", {"login": ana.email, "password": "demo-password"})
    assert "203.0.113.99" in page(proxied)
