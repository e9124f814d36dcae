"""What is told by itself."""

from celery import shared_task

from notifications import bounces, pruning, sending
from notifications.heartbeat import beating


@shared_task
@beating
def send_due():
    sending.send_due()


@shared_task
@beating
def tell_of_bounces():
    bounces.tell_of_bounces()


@shared_task
@beating
def prune():
    pruning.prune()
