"""What happens to callbacks by itself."""

from celery import shared_task

from callbacks import ringing
from notifications.heartbeat import beating


@shared_task
@beating
def ring():
    ringing.ring_open_callbacks()
