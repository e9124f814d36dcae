"""E-mails that came back: whom the provider's call convinces, and who is told."""

import base64
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from anymail.message import AnymailStatus
from django.conf import settings as project
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.actions import claim_lead
from notifications.bounces import tell_of_bounces
from notifications.models import Bounce, Email, Kind, Notice
from notifications.sending import send_due
from tests.digest import digest
from tests.factories import LeadFactory

KEY = "whsec_" + base64.b64encode(b"a secret of thirty-two characters").decode()


@pytest.fixture(params=["resend", "mailersend"])
def provider(request, settings):
    """A mail provider that knows our key; `provider(...)` is a call of theirs."""
    settings.MAIL_PROVIDER = request.param
    _, webhook_key = project.MAIL_PROVIDERS[request.param]
    settings.ANYMAIL = {webhook_key: KEY}
    return {"resend": Resend, "mailersend": MailerSend}[request.param]


class Call:
    """One call: a body, and the headers that sign it."""

    def __init__(self, email, *, id="event-1", kind="bounced", ago=timedelta(0), to=None, at=None):
        self.email, self.id, self.kind = email, id, kind
        self.at = (at or now()) - ago
        self.to = to or email.recipient.email
        self.body = json.dumps(self.said()).encode()
        self.headers = self.signed()

    def send(self, path="/webhooks/mail"):
        # Nobody signs in for it, and no form of ours has a token for it.
        browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
        return browser.post(
            path, self.body, content_type="application/json", headers=self.headers
        ).status_code


class Resend(Call):
    def said(self):
        return {
            "type": f"email.{self.kind}",
            "created_at": "2020-01-01T00:00:00Z",
            "data": {
                "email_id": self.email.message_id,
                "to": [self.to],
                "headers": [],
                "bounce": {"message": "The mailbox is full"},
            },
        }

    def signed(self):
        stamp = str(int(self.at.timestamp()))
        said = f"{self.id}.{stamp}.".encode() + self.body
        digest = hmac.digest(base64.b64decode(KEY.removeprefix("whsec_")), said, hashlib.sha256)
        signature = f"v1,{base64.b64encode(digest).decode()}"
        return {"svix-id": self.id, "svix-timestamp": stamp, "svix-signature": signature}


class MailerSend(Call):
    def said(self):
        return {
            "type": "activity.hard_bounced",
            "data": {
                "id": self.id,
                "type": "hard_bounced" if self.kind == "bounced" else self.kind,
                "created_at": self.at.isoformat(),
                "email": {
                    "message": {"id": self.email.message_id},
                    "recipient": {"email": self.to},
                },
                "morph": {"object": "recipient_bounce", "reason": "The mailbox is full"},
            },
        }

    def signed(self):
        return {"Signature": hmac.new(KEY.encode(), self.body, hashlib.sha256).hexdigest()}


def now():
    with acting_as(SYSTEM):
        return clock()


@pytest.fixture
def email(ana, make):
    """An e-mail to Ana that has left."""
    lead = make(LeadFactory, facility__name="Mercy Hospital")
    with acting_as(ana):
        claim_lead(lead.pk, by=ana)
    send_due()
    with acting_as(SYSTEM):
        Notice.objects.all().delete()
        return Email.objects.select_related("recipient").get()


def told(user):
    with acting_as(user):
        return [(notice.kind, str(notice)) for notice in Notice.objects.of(user)]


def state(email):
    with acting_as(SYSTEM):
        return Email.objects.get(pk=email.pk).state


def heard():
    with acting_as(SYSTEM):
        return Bounce.objects.count()


def test_who_gets_no_mail_is_told_in_the_bell_once(provider, ana, email):
    assert provider(email).send() == 200

    assert (tell_of_bounces(), tell_of_bounces()) == (1, 0)

    sentence = "An e-mail to ana@example.com came back: The mailbox is full."
    assert told(ana) == [(Kind.EMAIL_BOUNCED, sentence)]
    assert state(email) == "bounced"


def test_what_is_heard_before_the_mail_is_written_down_is_told_later(provider, ana, email):
    with acting_as(SYSTEM):
        Email.objects.update(message_id="")
    provider(email).send()
    assert tell_of_bounces() == 0

    with acting_as(SYSTEM):
        Email.objects.update(message_id=email.message_id)

    assert tell_of_bounces() == 1


def test_a_replay_is_heard_once(provider, ana, email):
    call = provider(email)

    assert [call.send() for _ in range(3)] == [200] * 3
    assert heard() == 1
    tell_of_bounces()
    assert len(told(ana)) == 1


def test_two_events_of_one_email_tell_once(provider, ana, email):
    provider(email, id="soft").send()
    provider(email, id="hard").send()
    tell_of_bounces()

    assert len(told(ana)) == 1


@pytest.mark.parametrize("ago", [timedelta(minutes=5, seconds=10), -timedelta(minutes=6)])
def test_an_old_or_future_call_is_refused(provider, email, ago):
    assert provider(email, ago=ago).send() == 400
    assert heard() == 0


def test_a_call_of_four_minutes_ago_is_heard(provider, email):
    assert provider(email, ago=timedelta(minutes=4)).send() == 200
    assert heard() == 1


def test_a_changed_call_is_refused(provider, email):
    """Many ways to change one byte of what is signed, or of the signature."""
    call, chance = provider(email), random.Random(7)
    before = digest()

    for _ in range(150):
        forged = provider(email, at=call.at)
        place = chance.randrange(len(call.body))
        forged.body = call.body[:place] + bytes([call.body[place] ^ 1]) + call.body[place + 1 :]
        assert forged.send() == 400
    for header, value in call.headers.items():
        for wrong in ("", value[:-2], value + "x", value.replace(value[-3], "~"), "v1,é"):
            forged = provider(email, at=call.at)
            forged.headers = call.headers | {header: wrong}
            assert forged.send() == 400
        forged.headers = {name: said for name, said in call.headers.items() if name != header}
        assert forged.send() == 400

    assert digest() == before


def test_another_key_convinces_nobody(provider, email, settings):
    call = provider(email)
    settings.ANYMAIL = dict.fromkeys(settings.ANYMAIL, "whsec_" + "QUJD" * 8)

    assert call.send() == 400
    assert heard() == 0


def test_what_is_signed_and_makes_no_sense_is_refused(provider, email):
    for nonsense in (b"", b"[]", b"null", b"{}", b'"x"', b'{"type": 1, "data": []}', b"\xff"):
        call = provider(email)
        call.body = nonsense
        call.headers = call.signed()
        assert call.send() == 400
    assert heard() == 0


@pytest.mark.parametrize("kind", ["delivered", "opened", "clicked"])
def test_what_arrived_is_nothing_to_tell(provider, email, kind):
    assert provider(email, kind=kind).send() == 200
    assert heard() == 0


def test_a_bounce_of_somebody_elses_mail_tells_nobody(provider, ana, ben, email):
    provider(email, to="ben@example.com").send()
    tell_of_bounces()

    assert (told(ana), told(ben)) == ([], [])
    assert state(email) == "sent"


def test_nobody_calls_where_no_provider_is_chosen(email, settings):
    settings.MAIL_PROVIDER = ""

    assert Resend(email).send() == 404


def test_only_calls_are_answered(provider, client, db):
    assert client.get("/webhooks/mail").status_code == 405


# --- who sees it --------------------------------------------------------------


def test_a_person_reads_in_their_settings_that_mail_came_back(provider, ana, email, signed_in):
    provider(email).send()
    tell_of_bounces()

    assert "came back: The mailbox is full" in signed_in(ana).get("/settings/email").text


def test_sales_admins_see_what_did_not_arrive_and_nobody_else(
    provider, ana, cleo, sol, ada, email, signed_in
):
    assert "Every e-mail arrived" in signed_in(ada).get("/notifications/undelivered").text
    provider(email).send()
    tell_of_bounces()

    page = signed_in(ada).get("/notifications/undelivered").text
    assert "ana@example.com" in page
    assert "came back" in page
    for other in (ana, cleo, sol):
        browser = signed_in(other)
        assert browser.get("/notifications/undelivered").status_code == 403
        assert "/notifications/undelivered" not in browser.get("/settings").text
        with acting_as(sol):
            assert not Email.objects.exists()


class Provider(EmailBackend):
    """Sends like anymail's: what it knows of a message it leaves on the message."""

    def send_messages(self, messages):
        for message in messages:
            message.anymail_status = AnymailStatus()
            message.anymail_status.message_id = "id-of-theirs"
        return super().send_messages(messages)


def test_the_id_of_the_provider_is_kept(ana, make, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Provider"
    lead = make(LeadFactory)
    with acting_as(ana):
        claim_lead(lead.pk, by=ana)

    send_due()

    with acting_as(SYSTEM):
        assert Email.objects.get().message_id == "id-of-theirs"


def test_times_are_the_databases(provider, email, move_clock):
    """The calls of a provider are judged by the database's clock, not by the web server's."""
    call = provider(email, at=datetime.now(UTC))
    move_clock(timedelta(minutes=10))

    assert call.send() == 400
