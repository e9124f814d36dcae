"""What has served its time is forgotten; what is still due or shown is not."""

from datetime import timedelta

from backoffice.rls import SYSTEM, acting_as
from notifications.models import Email, Notice
from notifications.pruning import prune


def test_old_lines_and_sent_mail_go_after_a_quarter(ana, move_clock):
    with acting_as(SYSTEM):
        told = {"recipient": ana, "kind": "lead_assigned", "sentence": "Old"}
        Notice.objects.create(**told, key="old")
        Email.objects.create(**told, key="sent", state="failed")
        Email.objects.create(**told, key="pending")
    move_clock(timedelta(days=60))
    with acting_as(SYSTEM):
        Notice.objects.create(**told, key="new")
    move_clock(timedelta(days=91))

    prune()

    with acting_as(SYSTEM):
        assert [notice.key for notice in Notice.objects.all()] == ["new"]
        assert [email.key for email in Email.objects.all()] == ["pending"]
