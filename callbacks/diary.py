"""The page of callbacks: a rep's, or a team's, of one day or week."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404
from django.urls import reverse

from backoffice.clock import clock
from callbacks.models import Callback
from callbacks.slots import DAY
from people.models import User

# More than this nobody reads on one page; whoever sees that many can choose a rep.
ROWS = 300
LENGTHS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Period:
    """A day, or a week from Monday, of somebody's wall clock."""

    view: str
    on: date
    zone: ZoneInfo

    @classmethod
    def asked(cls, query, now, zone):
        """Return what the URL asks for (?view=day&on=2026-11-30); this week where it does not."""
        view = "day" if query.get("view") == "day" else "week"
        return cls(view, day_said(query.get("on")) or now.astimezone(zone).date(), zone)

    @property
    def first(self):
        return self.on - timedelta(days=self.on.weekday()) if self.view == "week" else self.on

    @property
    def days(self):
        return [self.first + DAY * number for number in range(LENGTHS[self.view])]

    @property
    def bounds(self):
        """The instants at which it begins and ends."""
        after = self.first + DAY * LENGTHS[self.view]
        return [datetime.combine(day, time(), self.zone) for day in (self.first, after)]

    def step(self, number):
        """The period that many days or weeks later."""
        return Period(self.view, self.first + DAY * LENGTHS[self.view] * number, self.zone)

    @property
    def title(self):
        first, last = self.days[0], self.days[-1]
        if self.view == "day":
            return f"{first:%A} {first.day} {first:%b %Y}"
        return f"{first.day} {first:%b} - {last.day} {last:%b %Y}"


def day_said(text):
    """Return the day that a URL says, or None where it makes no sense."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def diary_url(period, rep=None, **changes):
    said = {"view": period.view, "on": period.on.isoformat(), "rep": rep and rep.pk} | changes
    query = urlencode({name: value for name, value in said.items() if value})
    return f"{reverse('callbacks:diary')}?{query}"


def diary_context(viewer, query):
    """Return what callbacks/diary.html shows (four queries; a manager's page one more)."""
    now = clock()
    reps = {str(rep.pk): rep for rep in User.objects.reps_under(viewer)}
    rep = rep_asked(viewer, reps, query.get("rep"))
    period = Period.asked(query, now, (rep or viewer).zone)
    callbacks = list(callbacks_of(rep, reps, viewer).between(*period.bounds)[: ROWS + 1])
    rows = [row(callback, now, period.zone, viewer) for callback in callbacks[:ROWS]]
    return {
        "title": title(rep, viewer),
        "days": by_day(rows, period, now),
        "reps": [{"pk": pk, "name": one.name, "chosen": one == rep} for pk, one in reps.items()],
        "shows_rep": rep is None,
        "is_own": rep == viewer,
        "limit": ROWS if len(callbacks) > ROWS else None,
        "now": now.isoformat(),
        "zone": f"{now.astimezone(period.zone):%Z}",
        **links(period, rep if rep != viewer else None, now),
    }


def rep_asked(viewer, reps, asked):
    """Return the rep whose diary is asked for, or None for all whose work `viewer` may read."""
    if not asked or asked == str(viewer.pk):
        return None if reps else viewer
    if asked not in reps:
        raise Http404("No such rep.")
    return reps[asked]


def callbacks_of(rep, reps, viewer):
    kept = Callback.objects.kept().with_display()
    if rep:
        return kept.filter(rep=rep)
    return kept if viewer.sees_everything else kept.filter(rep__in=reps)


def title(rep, viewer):
    if rep == viewer:
        return "My callbacks"
    if rep:
        return f"{rep.name}'s callbacks"
    return "All callbacks" if viewer.sees_everything else "My team's callbacks"


def links(period, rep, now):
    """Return where one can go from here: earlier, later, today, and the other view."""
    today = Period(period.view, now.astimezone(period.zone).date(), period.zone)
    return {
        "period": period.title,
        "view": period.view,
        "on": period.on.isoformat(),
        "earlier_url": diary_url(period.step(-1), rep),
        "later_url": diary_url(period.step(1), rep),
        "today_url": diary_url(today, rep),
        "is_today": period.first == today.first,
        "views": [
            {
                "name": view.title(),
                "url": diary_url(period, rep, view=view),
                "current": view == period.view,
            }
            for view in LENGTHS
        ],
    }


def by_day(rows, period, now):
    """Return the days of the period, each with its rows."""
    today = now.astimezone(period.zone).date()
    return [
        {
            "iso": day.isoformat(),
            "name": f"{day:%A} {day.day} {day:%b}",
            "is_today": day == today,
            "rows": [row for row in rows if row["day"] == day],
        }
        for day in period.days
    ]


def row(callback, now, zone, viewer):
    """Return one line as ready strings."""
    begins, ends = (instant.astimezone(zone) for instant in callback.bounds)
    lead = callback.lead
    there = begins.astimezone(ZoneInfo(lead.facility.time_zone))
    people = lead.facility.contacts.all()
    return {
        "id": callback.pk,
        "day": begins.date(),
        "hours": f"{begins:%H:%M}-{ends:%H:%M}",
        "there": f"{there:%H:%M %Z}",
        "facility": lead.facility.name,
        "place": f"{lead.facility.city}, {lead.facility.state}".lstrip(", "),
        "url": lead.get_absolute_url(),
        "decides": next((person.name for person in people if person.is_decision_maker), ""),
        "opportunity": lead.opportunity_type.code,
        "rep": callback.rep.name,
        "standing": standing(callback, now),
        "may_change": callback.is_open and lead.owner_id == viewer.pk,
    }


def standing(callback, now):
    """Return how a callback stands: "done", "due" once its window is open, or "to come"."""
    if not callback.is_open:
        return "done"
    return "due" if callback.starts_at <= now else "to come"
