"""Sending the e-mails that are due. At least once each; twice only if we die right after sending.

Each e-mail is one transaction that locks its row: whoever is killed before the commit leaves it for
the next, with the same Message-ID.
"""

import time
from datetime import timedelta
from string import Template

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Engine
from django.utils.html import escape

from backoffice.clock import Clock, clock
from backoffice.sweeps import sweep
from notifications.models import Email

FIRST_PAUSE = timedelta(minutes=1)
GIVE_UP_AFTER = timedelta(hours=24)
# A task has 45 seconds, and a mail server that stalls takes its time for each of our sentences.
BEGIN_NO_MORE_AFTER = 15  # seconds
PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '30s'"


def send_due(limit=200):
    """Send up to `limit` e-mails that are due; return how many left the building."""
    sent, until = 0, time.monotonic() + BEGIN_NO_MORE_AFTER
    for _ in range(limit):
        outcome = send_one() if time.monotonic() < until else None
        if outcome is None:
            break
        sent += outcome
    return sent


def send_one():
    """Send the next e-mail that is due: True if it left, False if not, None if none is due."""
    with sweep("notifications.sending") as cursor:
        if cursor is None:
            return None
        cursor.execute(PATIENCE)
        due = Email.objects.filter(state=Email.State.PENDING, next_attempt_at__lte=Clock())
        due = due.select_for_update(skip_locked=True, of=("self",))
        due = due.select_related("recipient", "lead__facility").order_by("next_attempt_at")
        email = due.first()
        if email is None:
            return None
        return attempt(email)


def attempt(email):
    recipient = email.recipient
    if not recipient.is_active or email.kind in recipient.mail_off:
        Email.objects.filter(pk=email.pk).update(state=Email.State.DROPPED)
        return False
    try:
        message = compose(email)
        message.send()
    except Exception as problem:  # whatever a mail server or library may say
        wait(email, problem)
        return False
    Email.objects.filter(pk=email.pk).update(
        state=Email.State.SENT,
        sent_at=Clock(),
        attempts=email.attempts + 1,
        error="",
        message_id=known_as(message),
    )
    return True


def known_as(message):
    """Return the id by which a bounce will name it: the provider's, where there is one."""
    status = getattr(message, "anymail_status", None)
    return (status and status.message_id) or message.extra_headers["Message-ID"]


def wait(email, problem):
    """Try again after 1, 2, 4, ... minutes; give up a day after it was due."""
    now = clock()
    late = now - email.due_at >= GIVE_UP_AFTER
    Email.objects.filter(pk=email.pk).update(
        state=Email.State.FAILED if late else Email.State.PENDING,
        attempts=email.attempts + 1,
        next_attempt_at=now + min(FIRST_PAUSE * 2**email.attempts, timedelta(hours=4)),
        error=str(problem)[:1000],
    )


def compose(email):
    """Return the message, in text and HTML, from templates that hold nothing but these names."""
    host = settings.PUBLIC_URL
    names = {
        "name": email.recipient.get_short_name(),
        "sentence": email.sentence,
        "facility": email.lead.facility.name if email.lead else "",
        "link": f"{host}/leads/{email.lead_id}" if email.lead_id else f"{host}/notifications",
        "settings": f"{host}/settings/email",
    }
    message = EmailMultiAlternatives(
        subject=" ".join(email.sentence.split())[:150],
        body=filled("notifications/email.txt", names),
        to=[email.recipient.email],
        headers={"Message-ID": message_id(email)},
    )
    safe = {name: escape(value) for name, value in names.items()}
    message.attach_alternative(filled("notifications/email.html", safe), "text/html")
    return message


def message_id(email):
    """Return the same id for every attempt: by it a mail box knows a second copy."""
    return f"<{email.key.replace(':', '.')}.{email.pk}@{settings.MAIL_DOMAIN}>"


def filled(template, names):
    source = Engine.get_default().get_template(template).source
    return Template(source).substitute(names)
