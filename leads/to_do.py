"""What is to be done for a lead, as tabs of its folder show it (leads/_tasks.html)."""

from django.urls import reverse

from leads import rows
from leads.actions import may


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
