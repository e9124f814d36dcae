"""What people do with their own account."""

from django.db.models import F

from people.models import Session, User


def change_profile(*, by, **fields):
    """Change what `by` says of themselves: name, time zone, working hours, keys."""
    User.objects.filter(pk=by.pk).update(**fields, version=F("version") + 1)


def choose_password(password, *, by):
    """Give `by` a new password; whoever is signed in as them anywhere has to sign in again."""
    by.set_password(password)
    by.save(update_fields=["password"])
    sign_out_everywhere(by)


def sign_out_everywhere(user):
    """End every session of `user`, the one that asks for it included."""
    Session.objects.of(user).delete()
