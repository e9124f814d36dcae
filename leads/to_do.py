"""What is to be done for a lead, as tabs of its folder show it (leads/_tasks.html)."""

from django.urls import reverse

from callbacks.models import Callback
from leads import rows
from leads.actions import may


def to_do(lead, viewer):
    """Return what leads/_tasks.html shows."""
    return {"tasks": open_tasks(lead, viewer), "callback": open_callback(lead, viewer)}


def open_tasks(lead, viewer):
    """Return the lead's open tasks, each with where to complete it if `viewer` may."""
    today = lead.as_of.astimezone(viewer.zone).date()
    completes = may("leads.work_lead", lead, viewer)
    return [
        {
            "name": str(task),
            "due": f"due {rows.day(task.due_on, today)}" if task.due_on else "",
            "is_due": task.due_on is not None and task.due_on <= today,
            "url": reverse("leads:complete_task", args=[lead.pk, task.pk]) if completes else "",
        }
        for task in lead.tasks.filter(status="open").order_by("due_on", "pk")
    ]


def open_callback(lead, viewer):
    """Return the lead's appointment, with where to move, complete and cancel it; None without."""
    callback = Callback.objects.open().filter(lead=lead.pk).first() if lead.callback_at else None
    if callback is None:
        return None
    ids = [callback.pk]
    return {
        "when": rows.slot(callback.starts_at, lead.as_of, viewer.zone),
        "is_due": callback.starts_at <= lead.as_of,
        "may_change": may("leads.work_lead", lead, viewer),
        "move_url": reverse("leads:callback", args=[lead.pk]),
        "complete_url": reverse("callbacks:complete", args=ids),
        "cancel_url": reverse("callbacks:cancel", args=ids),
    }
