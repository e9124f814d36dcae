"""What people do with their own account."""

from people.models import User


def change_profile(*, by, **fields):
    """Change what `by` says of themselves: name, time zone, working hours, keys."""
    User.objects.filter(pk=by.pk).update(**fields)
