"""Writing down who signed in or out, who failed to, and who was turned away from what."""

from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import connection
from django.dispatch import receiver

from backoffice.rls import acting_as
from history.models import Access
from people.sessions import address_of, agent_of, signed_out_elsewhere

# By hand: who may write here may not read what Django would have returned to it.
WRITE = """
INSERT INTO history_access (at, kind, actor_id, actor_name, lead_id, address, agent, request,
    status)
  VALUES (app.clock(), %s, %s, %s, %s, %s, %s, %s, %s)"""
LONGEST = 300
DENIALS = {403, 404}
# No row has such a number; the database could not even hold it.
BEYOND = 2**63


def write(request, kind, *, actor=None, name="", status=None, of=""):
    asked = f"{request.method} {request.path}{of}"[:LONGEST]
    values = [kind, actor and actor.pk, name or actor.name, lead_of(request)]
    values += [address_of(request), agent_of(request), asked, status]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)


def lead_of(request):
    """Return the number of the lead that a request is about, as far as its address tells."""
    match = request.resolver_match
    is_about_one = match and (
        request.path.startswith("/leads/") or match.view_name.startswith("admin:review_")
    )
    number = match.kwargs.get("pk") if is_about_one else None
    return number if number and number < BEYOND else None


# --- signing in and out: the signals are the one place that every way passes -------


@receiver(user_logged_in)
def signed_in(sender, request, user, **kwargs):
    write(request, Access.Kind.SIGNED_IN, actor=user)


@receiver(user_logged_out)
def signed_out(sender, request, user, **kwargs):
    if user:
        write(request, Access.Kind.SIGNED_OUT, actor=user)


@receiver(user_login_failed)
def sign_in_failed(sender, credentials, request=None, **kwargs):
    """Write the address that was tried, if it looks like one: some type their password there."""
    tried = str(credentials.get("email", ""))
    if request:
        name = tried[:LONGEST_NAME] if "@" in tried else "an unknown name"
        # Who says again who they are is somebody already.
        actor = request.user if is_somebody(request) else None
        write(request, Access.Kind.SIGN_IN_FAILED, actor=actor, name=name)


@receiver(authentication_failed)
def code_failed(sender, request, user, **kwargs):
    """Somebody knew the password, and not the second factor."""
    write(request, Access.Kind.CODE_FAILED, actor=user)


@receiver(signed_out_elsewhere)
def other_browsers_signed_out(sender, request, user, **kwargs):
    write(request, Access.Kind.SIGNED_OUT_ELSEWHERE, actor=user)


FACTORS = {
    authenticator_added: Access.Kind.FACTOR_ADDED,
    authenticator_removed: Access.Kind.FACTOR_REMOVED,
    authenticator_reset: Access.Kind.FACTOR_RESET,
}


@receiver(list(FACTORS))
def factor_changed(signal, sender, request, user, **kwargs):
    write(request, FACTORS[signal], actor=user)


LONGEST_NAME = Access._meta.get_field("actor_name").max_length


# --- being turned away ----------------------------------------------------------


def note_denials(get_response):
    """Middleware: write down whom a page was denied to, in a transaction of its own.

    What one may not see answers like what is not there, so both are written.
    """

    def middleware(request):
        response = get_response(request)
        if response.status_code in DENIALS and request.resolver_match and is_somebody(request):
            with acting_as(request.user):
                write(
                    request,
                    Access.Kind.DENIED,
                    actor=request.user,
                    status=response.status_code,
                )
        return response

    return middleware


def note_unseen(request, number, *, chosen):
    """Write down how many leads of a list were not to be seen; which ones, nobody reads here."""
    of = f", {number:,} of {chosen:,} leads"
    write(request, Access.Kind.DENIED, actor=request.user, status=404, of=of)


def is_somebody(request):
    return request.user.is_authenticated
