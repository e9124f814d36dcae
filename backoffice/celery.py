"""What happens by itself, and how often. Each task is a sweep of what the database says is due.

A sweep may run twice, late or on two machines, so nothing here elects a leader, and no request ever
publishes a task. What nobody ran for hours is forgotten: the next one finds all that is due. (Not
after minutes: the clocks of two machines may differ, and one would forget all that the other asks.)
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

MINUTE = 60
HOUR = 60 * MINUTE


def every(seconds, task, queue="beat"):
    return {
        "task": task,
        "schedule": seconds,
        "options": {"queue": queue, "expires": 2 * HOUR},
    }


app.conf.beat_schedule = {
    "Give back the leads whose protection ended": every(MINUTE, "leads.tasks.release_expired"),
    "Mail that the window of a callback has opened": every(10, "callbacks.tasks.mail"),
    "Send the e-mails that are due": every(10, "notifications.tasks.send_due", queue="mail"),
    "Tell people whose e-mail came back": every(10, "notifications.tasks.tell_of_bounces"),
    "Hand over the leads of those who have left": every(10, "staff.tasks.hand_over_departed"),
    "Close the time for Undo of dispositions": every(10, "dispositions.tasks.finalise"),
    "Go on with the imports that are due": every(5, "imports.tasks.carry_on", queue="import"),
    "Forget the files and rows of old imports": every(HOUR, "imports.tasks.prune"),
    "Finish the bulk actions that nobody is at": every(10, "bulk.tasks.finish"),
    "Clear away what broken uploads left": every(HOUR, "files.tasks.clear_away"),
    "Prune what nobody needs any more": every(HOUR, "notifications.tasks.prune"),
}
