"""What happens to dispositions by itself."""

from celery import shared_task

from backoffice.sweeps import sweep
from dispositions.actions import finalise_dispositions
from notifications.heartbeat import beating


@shared_task
@beating
def finalise():
    with sweep("dispositions") as alone:
        if alone:
            finalise_dispositions()
