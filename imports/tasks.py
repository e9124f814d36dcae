"""What happens to imports by itself."""

from celery import shared_task

from imports import pruning, working
from notifications.heartbeat import beating


@shared_task
@beating
def carry_on():
    working.carry_on()


@shared_task
@beating
def prune():
    pruning.prune()
