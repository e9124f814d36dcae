"""Forgetting what has served its time: read lines of the bell, sent e-mails, ended sessions."""

from datetime import timedelta

from backoffice.clock import Clock
from backoffice.sweeps import sweep
from notifications.models import Bounce, Email, Notice
from people.models import Session

# The bell shows 7 days and the full list a quarter.
KEPT = timedelta(days=90)


def prune():
    """Delete what is older than anybody looks back; history itself is kept for good."""
    with sweep("notifications.pruning") as alone:
        if not alone:
            return
        Notice.objects.filter(due_at__lt=Clock() - KEPT).delete()
        Email.objects.filter(due_at__lt=Clock() - KEPT).exclude(state=Email.State.PENDING).delete()
        Bounce.objects.filter(heard_at__lt=Clock() - KEPT).delete()
        Session.objects.filter(expire_date__lt=Clock()).delete()
