"""What people do with their own account."""

from django.db.models import F

from backoffice.refusals import Refused
from people.models import Session, User

STALE = "Your settings were changed meanwhile. Look at them again before you save."


def change_profile(*, by, version, **fields):
    """Change what `by` says of themselves: name, time zone, working hours, keys.

    Refused unless all of it still is as it was seen at `version`.
    """
    seen = User.objects.filter(pk=by.pk, version=version)
    if seen.update(**fields, version=F("version") + 1) != 1:
        raise Refused(STALE)


def choose_password(password, *, by):
    """Give `by` a new password; whoever is signed in as them anywhere has to sign in again."""
    by.set_password(password)
    by.save(update_fields=["password"])
    sign_out_everywhere(by)


def sign_out_everywhere(user):
    """End every session of `user`, the one that asks for it included."""
    Session.objects.of(user).delete()
