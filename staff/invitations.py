"""Inviting people: a link to choose a password with, by e-mail and never through the database."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from backoffice.refusals import Refused
from history.actions import record
from history.models import Event
from people.adapters import post


@transaction.atomic
def invite(person, *, by):
    """Send `person` a link to choose a password with; it works once, for three days."""
    if not person.is_active:
        raise Refused(f"{person.name} is deactivated.")
    sentence = f"{by.name} invited {person.name} to sign in."
    record(Event.Kind.PERSON_INVITED, sentence, by=by, person=person)
    context = {"user": person, "by": by, "link": link_for(person), "days": days()}
    letter = get_adapter().render_mail("account/email/invitation", person.email, context)
    # Nobody is invited to what was not saved.
    transaction.on_commit(lambda: post(letter))


def link_for(person):
    key = default_token_generator.make_token(person)
    uid = user_pk_to_url_str(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    return f"{settings.PUBLIC_URL}{path}"


def days():
    return settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
