"""History as an Activity tab shows it: what was undone or superseded says so."""

from django.urls import reverse

from dispositions.models import Disposition
from history.models import Event
from history.telling import MOST, changes_at, fields_of, sentence

EVENTS = 50
DONE_IN_BULK = {
    Event.Kind.REASSIGNED,
    Event.Kind.DISPOSITIONED,
    Event.Kind.QUEUED,
    Event.Kind.UNDONE,
}


def timeline(events, viewer, before=None, *, path, others=None, facilities=()):
    """Return a page of a history, newest first, and where the earlier ones are.

    `path` is that of its page: a dialog shows it over another. `others` are {lead's id: name} of
    leads whose events stand among those of the one that it is about. What was changed at the
    `facilities` stands with the event of the same moment, or by itself.
    """
    earlier = events.filter(pk__lt=before) if before else events
    found = list(earlier.order_by("-pk")[: EVENTS + 1])
    shown, more = found[:EVENTS], len(found) > EVENTS
    links = Links(events, shown, path)
    lines = [
        line(event, viewer) | links.of(event) | {"of": (others or {}).get(event.lead_id, "")}
        for event in shown
    ]
    since = shown[-1].at if more else None
    later = events.filter(pk__gte=before).order_by("pk") if before else events.none()
    until = later.values_list("at", flat=True).first()
    changes = list(changes_at(facilities, since=since, until=until))
    return {
        "events": with_changes(lines, changes, viewer) + beyond(changes, viewer),
        "earlier_url": f"{path}?before={shown[-1].pk}" if more else "",
    }


def line(event, viewer):
    """Return an event as dispositions/_timeline.html shows it."""
    return moment(event.at, viewer) | {
        "id": f"event-{event.pk}",
        "sentence": event.sentence,
        "why": event.why,
        "changes": [],
        "bulk_url": reverse("bulk:show", args=[event.bulk_id]) if tells_of_bulk(event) else "",
    }


def moment(at, viewer):
    there = at.astimezone(viewer.zone)
    return {"at": f"{there:%a} {there.day} {there:%b %Y, %H:%M}", "at_iso": at.isoformat()}


def with_changes(lines, changes, viewer):
    """Put field changes with the events of their moments, or between them."""
    told = {}
    for event in reversed(lines):
        told[event["at_iso"]] = event
    alone = []
    for change in changes:
        if fields := fields_of(change):
            where = told.get(change.at.isoformat())
            if where is None:
                where = moment(change.at, viewer) | {
                    "id": f"change-{change.pk}",
                    "sentence": sentence(change),
                    "changes": [],
                }
                alone.append(where)
            where["changes"].append({"subject": change.subject, "fields": fields})
    return sorted(lines + alone, key=lambda each: each["at_iso"], reverse=True)


def beyond(changes, viewer):
    """Return the line that says so where there are more changes than a page of history holds."""
    if len(changes) < MOST:
        return []
    sentence = f"Of the fields changed here, these are the latest {MOST}; the audit has all."
    last = {"id": "changes-beyond", "sentence": sentence, "changes": []}
    return [moment(changes[-1].at, viewer) | last]


class Links:
    """What became of the dispositions among some events, and the links between them."""

    def __init__(self, history, events, path):
        self.path = path
        self.shown = {event.pk for event in events}
        self.made = Disposition.objects.select_related("superseded_by", "corrects").in_bulk(
            [event.detail["disposition"] for event in events if tells_of_one(event)]
        )
        self.events = self.events_of(history, events)

    def events_of(self, history, events):
        """Return {disposition: its event}, also for those that are on other pages."""
        known = {event.detail["disposition"]: event.pk for event in events if tells_of_one(event)}
        linked = {
            other.pk for made in self.made.values() for other in (newer(made), older(made)) if other
        }
        if missing := linked - set(known):
            far = history.filter(
                kind=Event.Kind.DISPOSITIONED, detail__disposition__in=list(missing)
            )
            known |= {event.detail["disposition"]: event.pk for event in far}
        return known

    def of(self, event):
        made = self.made.get(event.detail["disposition"]) if tells_of_one(event) else None
        if made is None:
            return {}
        return {
            "is_undone": made.state == Disposition.State.UNDONE,
            "superseded_by": self.link(newer(made)),
            "corrects": self.link(older(made)),
        }

    def link(self, other):
        if other is None or other.pk not in self.events:
            return None
        event = self.events[other.pk]
        page = "" if event in self.shown else f"{self.path}?before={event + 1}"
        return {"text": str(other), "url": f"{page}#event-{event}"}


def tells_of_bulk(event):
    """Was it one of many? Imports and departures number theirs too, and have pages of their own."""
    is_one = event.bulk_id is not None and event.kind in DONE_IN_BULK
    return is_one and "departure" not in event.detail


def tells_of_one(event):
    return event.kind == Event.Kind.DISPOSITIONED and "disposition" in event.detail


def newer(disposition):
    return disposition.superseded_by


def older(disposition):
    return getattr(disposition, "corrects", None)
