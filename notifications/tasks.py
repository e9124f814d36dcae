"""What is told by itself."""

from celery import shared_task

from notifications import sending
from notifications.heartbeat import beating


@shared_task
@beating
def send_due():
    sending.send_due()
