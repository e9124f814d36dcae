"""Changing and resetting a password: who stays signed in, and how often one may guess."""

import re
import threading

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client

from tests.people.test_sessions import IPHONE, browser_of, is_in

SECURITY = "/settings/security"
NEW = "correct-horse-battery"
RIGHT = {"current": "demo-password", "new": NEW, "again": NEW}


@pytest.fixture(autouse=True)
def nobody_has_guessed(db):
    cache.clear()


def test_a_changed_password_signs_every_other_browser_out(ana):
    phone, desk = browser_of(ana, IPHONE), browser_of(ana)
    before = desk.session.session_key

    response = desk.post(SECURITY, RIGHT)

    assert response.headers["Location"] == SECURITY
    assert (is_in(phone), is_in(desk)) == (False, True)
    assert desk.session.session_key != before
    assert len(re.findall("/sessions/", desk.get(SECURITY).text)) == 1


def test_only_the_new_password_opens_the_door(ana):
    browser_of(ana).post(SECURITY, RIGHT)

    assert not is_in(browser_of(ana))
    ana.email, again = ana.email, browser_of(ana)
    again.post("/login", {"login": ana.email, "password": NEW})
    assert is_in(again)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"current": "no"}, "That is not your password."),
        ({"new": "short", "again": "short"}, "too short"),
        ({"new": "password1234", "again": "password1234"}, "too common"),
        ({"new": "ana@example.com", "again": "ana@example.com"}, "too similar"),
        ({"again": "another-battery"}, "The two are not the same."),
        ({"current": ""}, "This field is required."),
    ],
)
def test_a_wrong_change_changes_nothing(ana, wrong, said):
    phone, desk = browser_of(ana, IPHONE), browser_of(ana)

    response = desk.post(SECURITY, RIGHT | wrong)

    assert response.status_code == 422
    assert said in response.text
    assert "demo-password" not in response.text
    assert NEW not in response.text
    assert is_in(phone)


def test_wrong_guesses_are_counted_though_they_are_refused(ana):
    desk = browser_of(ana)

    answers = [desk.post(SECURITY, RIGHT | {"current": f"guess {n}"}).status_code for n in range(7)]

    assert answers == [422] * 5 + [429] * 2
    assert desk.post(SECURITY, RIGHT).status_code == 429


def test_an_address_that_guesses_is_stopped_and_no_other_is(ana):
    """However many addresses it says that it has, and though it knows the password by then."""

    def enter(password, **where):
        return Client(**where).post("/login", {"login": ana.email, "password": password})

    guesses = [
        enter("guess", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(31)
    ]

    assert guesses == [200] * 30 + [429]
    assert enter("demo-password").status_code == 429
    assert enter("demo-password", REMOTE_ADDR="192.0.2.55").status_code == 302


def wait_for_mail():
    """It is sent beside the request."""
    for thread in threading.enumerate():
        if thread.name == "mail":
            thread.join(5)


class MailServerAway(BaseEmailBackend):
    def send_messages(self, messages):
        raise ConnectionRefusedError("mail server away")


def test_a_reset_is_answered_though_the_mail_server_is_away(ana, client, settings, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.MailServerAway"

    response = client.post("/password/reset", {"email": ana.email})
    wait_for_mail()

    assert response.status_code in (302, 303)
    assert "could not be sent" in caplog.text


def test_a_reset_password_signs_everybody_out(ana, client):
    phone = browser_of(ana, IPHONE)
    client.post("/password/reset", {"email": ana.email})
    wait_for_mail()
    link = re.search(r"https?://[^/]+(/password/reset/key/\S+)", mail.outbox[0].body)[1]

    form = client.get(link, follow=True)
    response = client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    assert response.headers["Location"] == "/password/reset/done"
    assert not is_in(phone)
    client.post("/login", {"login": ana.email, "password": NEW})
    assert is_in(client)
