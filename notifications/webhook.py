"""What the mail provider calls when an e-mail came back: signed by it, fresh, and heard once."""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from anymail.exceptions import AnymailWebhookValidationFailure as NotBelieved
from anymail.signals import EventType, tracking
from anymail.webhooks.base import AnymailCoreWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.dispatch import receiver
from django.http import Http404
from django.views.decorators.csrf import csrf_exempt

from backoffice.clock import clock
from notifications.models import Bounce

FRESH = timedelta(minutes=5)
LOST = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}


@csrf_exempt
@login_not_required
def mail(request):
    """Let anymail check and read the call; what it reads comes to `hear`."""
    provider = PROVIDERS.get(settings.MAIL_PROVIDER)
    if provider is None:
        raise Http404("No mail provider calls here.")
    try:
        return provider.as_view()(request)
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise NotBelieved("Signed, but not to be understood.") from problem


@receiver(tracking)
def hear(sender, event, **kwargs):
    """Write a bounce down; NotBelieved where it can't be told from a replay."""
    if not (event.event_id and event.timestamp):
        raise NotBelieved("An event without an id or a time.")
    if abs(clock() - event.timestamp) > FRESH:
        raise NotBelieved("An event of another time.")
    if event.event_type in LOST and event.recipient and event.message_id:
        Bounce.objects.bulk_create([bounce_of(event)], ignore_conflicts=True)


def bounce_of(event):
    reason = " ".join((event.description or event.mta_response or "").split())
    return Bounce(
        event=event.event_id[:200],
        address=event.recipient[:320],
        message_id=event.message_id[:300],
        reason=reason[:300],
    )


# --- providers ------------------------------------------------------------------


class SignedByStandardWebhooks(ResendTrackingWebhookView):
    """anymail reads Resend's events; to check who signed them it wants a library of many megabytes.

    The signature is HMAC-SHA256 of "id.time.body" (standardwebhooks.com); each attempt to tell us
    is signed anew, under the same id.
    """

    def __init__(self, **kwargs):
        # Past anymail's checks for that library, and for a password in the URL.
        AnymailCoreWebhookView.__init__(self, **kwargs)
        self.basic_auth, self._svix_webhook = [], None

    def validate_request(self, request):
        said = [request.headers.get(f"svix-{name}", "") for name in ("id", "timestamp")]
        signed = ".".join(said).encode() + b"." + request.body
        right = base64.b64encode(hmac.digest(secret(), signed, hashlib.sha256)).decode()
        given = request.headers.get("svix-signature", "").split()
        if not any(hmac.compare_digest(f"v1,{right}".encode(), each.encode()) for each in given):
            raise NotBelieved("Not signed by our mail provider.")

    def esp_to_anymail_event(self, esp_event, request):
        event = super().esp_to_anymail_event(esp_event, request)
        # Not when it happened, which may be long ago where we could not be reached.
        event.timestamp = datetime.fromtimestamp(int(request.headers["svix-timestamp"]), UTC)
        return event


def secret():
    try:
        return base64.b64decode(settings.ANYMAIL["STANDARD_WEBHOOKS_SECRET"].removeprefix("whsec_"))
    except binascii.Error as problem:
        raise NotBelieved("MAIL_WEBHOOK_KEY is not what the provider shows.") from problem


PROVIDERS = {"mailersend": MailerSendTrackingWebhookView, "resend": SignedByStandardWebhooks}
