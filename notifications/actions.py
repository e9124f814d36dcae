"""Telling people: a line in the bell, and an e-mail if they want one."""

from backoffice.clock import Clock
from backoffice.refusals import Refused
from notifications.models import BY_EMAIL, Email, Notice
from people.actions import STALE
from people.models import User


def notify(recipient, kind, sentence, *, key, lead=None, due_at=None):
    """Tell `recipient` once for each `key`, in the transaction of what happened; from now on, or
    from `due_at`.
    """
    told = {
        "recipient": recipient,
        "kind": kind,
        "sentence": sentence,
        "lead": lead,
        "key": key,
    }
    told |= {"due_at": due_at} if due_at else {}
    # Written without reading back: it is the recipient's, not the writer's, to see.
    Notice.objects.bulk_create([Notice(**told)], ignore_conflicts=True)
    if kind in BY_EMAIL and kind not in recipient.mail_off:
        told |= {"next_attempt_at": due_at} if due_at else {}
        Email.objects.bulk_create([Email(**told)], ignore_conflicts=True)


def choose_mail(wanted, *, by):
    """Send `by` e-mails of the `wanted` kinds from now on, and of no other.

    Refused where others are switched off by now than those that `by` has seen to be.
    """
    off = [kind for kind in BY_EMAIL if kind not in wanted]
    if User.objects.filter(pk=by.pk, mail_off=by.mail_off).update(mail_off=off) != 1:
        raise Refused(STALE)


def read_all(user):
    """Mark everything in the bell of `user` as read."""
    return Notice.objects.of(user).unread().update(read_at=Clock())


def read_notice(pk, *, by):
    """Mark one line as read; return it, or None if there is no such line of `by`."""
    notice = Notice.objects.of(by).with_display().filter(pk=pk).first()
    if notice and notice.read_at is None:
        Notice.objects.filter(pk=pk).update(read_at=Clock())
    return notice
