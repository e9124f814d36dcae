"""What happens to dispositions by itself."""

from celery import shared_task

from backoffice.rls import SYSTEM, acting_as
from dispositions.actions import finalise_dispositions
from notifications.heartbeat import beating


@shared_task
@beating
def finalise():
    with acting_as(SYSTEM):
        finalise_dispositions()
