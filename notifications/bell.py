"""What the bell and its full list show: ready strings, newest first."""

from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

from django.db import connection
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from psycopg.pq import TransactionStatus

from notifications.models import SHOWN_FOR, Email, Kind, Notice

AT_MOST = 50
PAGE = 50
UNDELIVERED = 200

# Every open page asks this all the time, and Django would take longer to write it than PostgreSQL
# to answer.
GLANCE = f"""
SELECT count(*), count(*) FILTER (WHERE read_at IS NULL), max(due_at)
  FROM notifications_notice
 WHERE recipient_id = %s AND due_at <= app.clock()
   AND due_at > app.clock() - interval '{SHOWN_FOR.days} days'"""


class Bell(NamedTuple):
    """The bell as a template shows it; `lines` is None where nobody has looked into it yet."""

    unread: int = 0
    known: str = ""
    lines: list | None = None

    @property
    def count(self):
        return "99+" if self.unread > 99 else str(self.unread)


def glance(user):
    """Return the bell with its number, without its lines; `known` changes whenever they do."""
    with connection.cursor() as cursor:
        cursor.execute(GLANCE, [user.pk])
        total, unread, newest = cursor.fetchone()
    # By when it counts from: what was written long ago for today has an older id.
    return Bell(unread, f"{total}-{unread}-{newest and newest.timestamp()}")


def look(user, bell):
    """Return the bell with its lines."""
    notices = Notice.objects.of(user).of_the_last_days().with_display()[:AT_MOST]
    return bell._replace(lines=[line(notice, user.zone) for notice in notices])


def in_every_page(request):
    """Context processor: the bell of whoever is signed in, asked for once a page needs it."""
    return {"bell": SimpleLazyObject(lambda: glance(request.user) if can_ask() else Bell())}


def can_ask():
    """Is there a transaction to ask in? A page that says what broke it may stand in none."""
    session = connection.connection
    return (
        session
        and session.info.transaction_status == TransactionStatus.INTRANS
        and not connection.needs_rollback
    )


# --- the full list -----------------------------------------------------------


def list_context(user, after=None):
    """Return a page of everything that `user` was told, by days, from `after` on."""
    notices = Notice.objects.of(user).with_display()
    found = list((notices.before(*after) if after else notices)[: PAGE + 1])
    shown = found[:PAGE]
    return {
        "days": days(shown, user.zone),
        "next_url": f"{reverse('notifications:list')}?after={place(shown[-1])}"
        if len(found) > PAGE
        else "",
        "first_url": reverse("notifications:list") if after else "",
        "any_unread": Notice.objects.of(user).unread().exists(),
    }


def place(notice):
    return f"{notice.due_at.isoformat()}~{notice.pk}".replace("+", "%2B")


def days(notices, zone):
    """Return the lines under the names of their days, in the reader's time zone."""
    dated = groupby(notices, lambda notice: notice.due_at.astimezone(zone).date())
    return [
        {"name": name_of(day, notices[0].as_of.astimezone(zone).date()), "lines": group(of, zone)}
        for day, of in dated
    ]


def group(notices, zone):
    return [line(notice, zone) | {"at": clock_time(notice.due_at, zone)} for notice in notices]


def name_of(day, today):
    near = {today: "Today", today - timedelta(days=1): "Yesterday"}
    return near.get(day) or f"{day:%A}, {day.day} {day:%B %Y}"


# --- what did not arrive ---------------------------------------------------------


def undelivered_context(user):
    """Return the newest e-mails that came back or could not be sent for a day."""
    found = list(Email.objects.undelivered()[: UNDELIVERED + 1])
    return {
        "emails": [undelivered_row(email, user.zone) for email in found[:UNDELIVERED]],
        "more": len(found) > UNDELIVERED,
        "limit": UNDELIVERED,
    }


def undelivered_row(email, zone):
    there = email.due_at.astimezone(zone)
    came_back = email.state == Email.State.BOUNCED
    return {
        "id": email.pk,
        "recipient": email.recipient.name,
        "address": email.recipient.email,
        "sentence": email.sentence,
        "what": "came back" if came_back else f"gave up after {email.attempts} tries",
        "why": email.error,
        "at": f"{there.day} {there:%b %Y %H:%M}",
        "at_iso": there.isoformat(),
    }


# --- one line ----------------------------------------------------------------


def line(notice, zone):
    return {
        "id": notice.pk,
        "sentence": notice.sentence,
        "unread": notice.read_at is None,
        "at": moment(notice.due_at, notice.as_of, zone),
        "at_iso": notice.due_at.isoformat(),
        "url": url_of(notice),
    }


def url_of(notice):
    """Return where a line leads, or "" where its lead is out of the reader's sight by now."""
    if notice.kind == Kind.EMAIL_BOUNCED:
        return reverse("notifications:settings")
    return reverse("leads:folder", args=[notice.lead_id]) if notice.lead_in_sight else ""


def moment(instant, now, zone):
    """Return "10:14" of today, "Tue 10:14" of another day."""
    there = instant.astimezone(zone)
    day = "" if there.date() == now.astimezone(zone).date() else f"{there:%a} "
    return day + clock_time(instant, zone)


def clock_time(instant, zone):
    return f"{instant.astimezone(zone):%H:%M}"
