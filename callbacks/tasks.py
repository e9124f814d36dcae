"""What happens to callbacks by itself."""

from celery import shared_task

from callbacks import ringing
from notifications.heartbeat import beating


@shared_task
@beating
def mail():
    ringing.mail_open_callbacks()
