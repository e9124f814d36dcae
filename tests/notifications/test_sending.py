"""E-mails leave once, with text and HTML, and are tried again for a day."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from backoffice.rls import SYSTEM, acting_as
from leads.actions import claim_lead
from notifications.models import Email
from notifications.sending import send_due
from people.models import User
from tests.factories import LeadFactory

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


@pytest.fixture
def claimed(ana, make):
    lead = make(LeadFactory, facility__name="Mercy <b>Hospital</b>\nBcc: all@example.com $name")
    with acting_as(ana):
        claim_lead(lead.pk, by=ana)
    return lead


class Refusing(EmailBackend):
    """A mail server that has a bad day."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("no mail today")


def state():
    with acting_as(SYSTEM):
        return Email.objects.values_list("state", flat=True).get()


def test_a_due_email_leaves_once_in_text_and_html(ana, claimed):
    assert send_due() == 1
    assert send_due() == 0

    (message,) = mail.outbox
    assert message.to == ["ana@example.com"]
    assert f"/leads/{claimed.pk}" in message.body
    assert [kind for _, kind in message.alternatives] == ["text/html"]
    assert state() == "sent"


def test_names_are_text_in_every_part(claimed):
    send_due()

    (message,) = mail.outbox
    assert "\n" not in message.subject
    assert "$name" in message.body
    assert "<b>" not in message.alternatives[0][0]
    assert not message.bcc


def test_a_refusing_server_is_tried_again_with_the_same_message_id(claimed, settings, move_clock):
    good = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert send_due() == 0
    assert send_due() == 0
    with acting_as(SYSTEM):
        email = Email.objects.get()
        assert (email.state, email.attempts, email.error) == ("pending", 1, "no mail today")

    settings.EMAIL_BACKEND = good
    move_clock(timedelta(minutes=1))
    assert send_due() == 1
    assert re.fullmatch(r"<claimed[.].*@.*>", mail.outbox[0].extra_headers["Message-ID"])


def test_an_email_is_tried_ever_more_rarely_for_a_day_and_admins_see_that_it_failed(
    ada, claimed, settings, move_clock, signed_in
):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    tried = []
    while state() == "pending":
        with acting_as(SYSTEM):
            email = Email.objects.get()
        tried.append(email.next_attempt_at - email.due_at)
        move_clock(tried[-1] - MOMENT)
        assert send_due() == 0
        move_clock(tried[-1])
        assert send_due() == 0

    pauses = [after - before for before, after in pairwise(tried)]
    assert pauses == [timedelta(minutes=2**n) for n in range(8)] + [timedelta(hours=4)] * 5
    assert (state(), tried[-2] < DAY <= tried[-1]) == ("failed", True)
    assert "gave up after 14 tries" in signed_in(ada).get("/notifications/undelivered").text


def test_an_email_to_someone_who_left_is_dropped(ana, claimed):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(is_active=False)
    send_due()

    assert (state(), mail.outbox) == ("dropped", [])


def test_a_switch_turned_off_meanwhile_counts(ana, claimed):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(mail_off=["claim_confirmed"])
    send_due()

    assert (state(), mail.outbox) == ("dropped", [])
