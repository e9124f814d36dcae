"""What happens to files by itself."""

from celery import shared_task

from files import sweeping
from notifications.heartbeat import beating


@shared_task
@beating
def clear_away():
    sweeping.clear_away()
