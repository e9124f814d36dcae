"""What happens to leads by itself."""

from celery import shared_task

from leads import expiry
from notifications.heartbeat import beating


@shared_task
@beating
def release_expired():
    expiry.release_expired()
