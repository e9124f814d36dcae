"""What would become of somebody's leads if they left now: numbers, before anything is done."""

from dataclasses import dataclass

from django.db import connection

from leads.models import Lead
from leads.rows import counted
from people.models import Policy

# What `to` may work is asked once, not for each lead.
COUNT = """
SELECT count(*) FILTER (WHERE open),
       count(*) FILTER (WHERE open AND works),
       count(*) FILTER (WHERE open AND callback_at IS NOT NULL),
       count(*) FILTER (WHERE open AND works AND EXISTS (
         SELECT FROM callbacks_callback c
          WHERE c.lead_id = l.id AND c.status = 'open' AND NOT EXISTS (
            SELECT FROM callbacks_callback theirs
             WHERE theirs.rep_id = %(to)s AND theirs.status = 'open'
               AND theirs.slot && c.slot))),
       count(*) FILTER (WHERE status = 'flagged')
  FROM (SELECT *, status = 'open' AND protected_until > app.clock() AS open,
               scope_id = ANY ((SELECT app.scopes_of(%(to)s))::int[]) AS works
          FROM leads_lead WHERE owner_id = %(person)s) AS l"""


@dataclass(frozen=True)
class Preview:
    """How many leads, and what of them: `fitting` ones `to` may work, and has `room` for some."""

    leads: int
    fitting: int
    callbacks: int
    keepable: int
    flagged: int
    room: int

    @property
    def given(self):
        return min(self.fitting, self.room)


def preview(person, to=None):
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"person": person.pk, "to": to and to.pk})
        leads, fitting, callbacks, keepable, flagged = cursor.fetchone()
    return Preview(leads, fitting, callbacks, keepable, flagged, room_of(to))


def room_of(rep):
    if rep is None:
        return 0
    return max(Policy.current().open_leads_per_rep - Lead.objects.held_by(rep).count(), 0)


def said_ahead(person, to=None):
    """Return the preview as sentences."""
    ahead = preview(person, to)
    if not ahead.leads:
        said = [f"{person.name} owns no open lead."]
    elif to is None:
        said = [f"{counted(ahead.leads, 'open lead')} will go into the pool."]
        said += of_callbacks(ahead.callbacks, "will be cancelled")
    else:
        said = [f"{counted(ahead.given, 'open lead')} will go to {to.name}."]
        said += of_pool(ahead, to)
        said += of_callbacks(ahead.keepable, "will come along, where the lead does")
        said += of_callbacks(ahead.callbacks - ahead.keepable, "will be cancelled")
    if ahead.flagged:
        said.append(f"{counted(ahead.flagged, 'reported lead')} will wait for review as before.")
    return said


def of_pool(ahead, to):
    hidden, full = ahead.leads - ahead.fitting, ahead.fitting - ahead.given
    said = []
    if hidden:
        said.append(
            f"{counted(hidden, 'lead')} will go into the pool: {to.name} may not work them."
        )
    if full:
        said.append(f"{counted(full, 'lead')} will go into the pool: {to.name} has no room.")
    return said


def of_callbacks(number, what):
    return [f"{counted(number, 'callback')} {what}."] if number else []


def said_after(departure):
    """Return what became of the leads, as sentences."""
    tally, to = departure.tally, departure.to
    said = []
    if tally.get("given"):
        said.append(f"{counted(tally['given'], 'lead')} went to {to.name}.")
    if tally.get("pool"):
        said.append(f"{counted(tally['pool'], 'lead')} went into the pool.")
    if tally.get("hidden"):
        said.append(f"{tally['hidden']:,} of them, because {to.name} may not work them.")
    if tally.get("full"):
        said.append(f"{tally['full']:,} of them, because {to.name} had no room for more.")
    said += of_callbacks(tally.get("callbacks"), "came along")
    said += of_callbacks(tally.get("cancelled"), "had to be cancelled")
    return said or ["There was no open lead to hand over."]
