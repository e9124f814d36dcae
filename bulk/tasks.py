"""What happens to bulk actions by itself."""

from celery import shared_task

from bulk.sweeping import finish_what_was_left
from notifications.heartbeat import beating


@shared_task
@beating
def finish():
    finish_what_was_left()
