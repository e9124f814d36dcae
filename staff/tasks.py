"""What happens to the leads of those who have left, by itself."""

from celery import shared_task

from notifications.heartbeat import beating
from staff import handing_over


@shared_task
@beating
def hand_over_departed():
    handing_over.hand_over_departed()
