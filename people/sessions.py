"""Sessions in the database, a row a browser: whose it is, where, and when it was last in use.

The row is read with every request, so a session whose row is deleted ends with the next one.
"""

from typing import cast

from allauth.account.adapter import get_adapter
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.core.exceptions import PermissionDenied
from django.dispatch import Signal
from django.utils.crypto import constant_time_compare, salted_hmac

from backoffice.clock import Clock
from backoffice.identity import current_identity
from people.backends import just_read
from people.models import Session

# Somebody ended sessions of theirs in other browsers; sent with request and user.
signed_out_elsewhere = Signal()


class SessionStore(db.SessionStore):
    """Django's own, with the columns that people.Session adds."""

    address, agent, unseen = None, "", False

    @classmethod
    def get_model_class(cls):
        return Session

    def _get_session_from_db(self):
        row = super()._get_session_from_db()  # type: ignore[misc]
        just_read.set(row and row.user)
        self.unseen = row is not None and row.unseen
        return row

    def create_model_instance(self, data):
        row = cast(Session, super().create_model_instance(data))
        row.user_id = data.get(SESSION_KEY) or whoever_acts()
        row.address, row.agent, row.last_seen_at = self.address, self.agent, Clock()
        return row

    def note(self):
        if self.unseen:
            Session.objects.note(self.session_key, address=self.address, agent=self.agent)


def whoever_acts():
    """Return whose a session is that gets a new key before anything is written into it."""
    identity = current_identity()
    return identity.user_id if identity else None


def note_who_is_here(get_response):
    """Middleware: note that a session is in use; a page that only asks what is new doesn't count.

    Outside of the request's own transaction, which a GET never commits.
    """

    def middleware(request):
        session = request.session
        session.address, session.agent = address_of(request), agent_of(request)
        response = get_response(request)
        if not is_polling(request):
            session.note()
        return response

    return middleware


def polling(view):
    """Mark a view that open pages ask by themselves."""
    view.polling = True
    return view


def is_polling(request):
    return getattr(request.resolver_match and request.resolver_match.func, "polling", False)


def address_of(request):
    try:
        return get_adapter().get_client_ip(request)
    except PermissionDenied:  # over a unix socket there is none
        return None


def agent_of(request):
    return request.headers.get("User-Agent", "")[: Session._meta.get_field("agent").max_length]


# --- naming a session to its owner without telling its key --------------------


def handle(session):
    return salted_hmac("people.sessions", session.session_key, algorithm="sha256").hexdigest()[:32]


def by_handle(user, said):
    """Return the session of `user` that `handle` named so, or None."""
    for session in Session.objects.of(user):
        if constant_time_compare(handle(session), said):
            return session
    return None
