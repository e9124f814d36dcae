"""What happens to leads by itself."""

from celery import shared_task

from leads import expiry


@shared_task
def release_expired():
    expiry.release_expired()
