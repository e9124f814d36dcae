"""What "Sessions & security" shows."""

from people.devices import device
from people.models import NOTED, Session
from people.second_factor import second_factors
from people.sessions import handle


def security_context(request, password_form):
    user, current = request.user, request.session.session_key
    rows = [
        row(session, user.zone, session.session_key == current)
        for session in Session.objects.of(user).with_display()
    ]
    this_one_first = sorted(rows, key=lambda row: not row["is_this_one"])
    return second_factors(user) | {"sessions": this_one_first, "password_form": password_form}


def row(session, zone, is_this_one):
    return {
        "handle": handle(session),
        "device": device(session.agent),
        "address": session.address or "unknown address",
        "seen": "this browser" if is_this_one else seen(session, zone),
        "is_this_one": is_this_one,
    }


def seen(session, zone):
    """Return when a session was last in use, no finer than it is noted."""
    if session.as_of - session.last_seen_at < 2 * NOTED:
        return "in use just now"
    then = session.last_seen_at.astimezone(zone)
    today = session.as_of.astimezone(zone).date()
    day = "today" if then.date() == today else f"{then.day} {then:%b %Y}"
    return f"last in use {day} at {then:%H:%M}"
