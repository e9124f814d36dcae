"""What happens by itself, and how often. Each task is a sweep of what the database says is due.

A sweep may run twice, late or on two machines, so nothing here elects a leader, and no request ever
publishes a task.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

MINUTE = 60
HOUR = 60 * MINUTE

app.conf.beat_schedule = {
    "Give back the leads whose protection has ended, every minute": {
        "task": "leads.tasks.release_expired",
        "schedule": MINUTE,
        "options": {"expires": MINUTE},
    },
    "Ring for the callbacks whose window has opened, every ten seconds": {
        "task": "callbacks.tasks.ring",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "Send the e-mails that are due, every ten seconds": {
        "task": "notifications.tasks.send_due",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "Tell people whose e-mail came back, every ten seconds": {
        "task": "notifications.tasks.tell_of_bounces",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "Close the time for Undo of dispositions, every ten seconds": {
        "task": "dispositions.tasks.finalise",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "Prune what nobody needs any more, every hour": {
        "task": "notifications.tasks.prune",
        "schedule": HOUR,
        "options": {"expires": HOUR},
    },
}
