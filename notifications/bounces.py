"""E-mails that came back: finding out whose, and telling them in the bell."""

from datetime import timedelta

from backoffice.clock import Clock
from backoffice.rls import SYSTEM, acting_as
from notifications.actions import notify
from notifications.models import Bounce, Email, Kind

# An e-mail may come back before the one who sent it has written down that it left.
LOOKED_FOR = timedelta(hours=1)


def tell_of_bounces():
    """Tell of every bounce that has been heard of; return of how many."""
    with acting_as(SYSTEM):
        untold = Bounce.objects.filter(email=None, heard_at__gt=Clock() - LOOKED_FOR)
        waiting = list(untold.order_by("id").values_list("pk", flat=True))
    return sum(tell_of(pk) for pk in waiting)


def tell_of(pk):
    """Tell whoever did not get the e-mail; False where nobody is known, or another sweep does."""
    with acting_as(SYSTEM):
        bounces = Bounce.objects.select_for_update(skip_locked=True)
        bounce = bounces.filter(pk=pk, email=None).first()
        if bounce is None:
            return False
        email = sent_as(bounce)
        if email is None:
            return False
        Bounce.objects.filter(pk=pk).update(email=email)
        Email.objects.filter(pk=email.pk).update(state=Email.State.BOUNCED, error=bounce.reason)
        why = f": {bounce.reason.rstrip('.')}." if bounce.reason else "."
        notify(
            email.recipient,
            Kind.EMAIL_BOUNCED,
            f"An e-mail to {email.recipient.email} came back{why}"[:400],
            key=f"bounced:{email.pk}",
        )
        return True


def sent_as(bounce):
    sent = Email.objects.known_as(bounce.message_id, bounce.address)
    return sent.select_related("recipient").first()
