"""What the pages of leads show, as ready strings: templates format nothing.

A page of 50 rows is mostly template, so a row is a dict whose values are written out once, here.
Instants come in as aware datetimes together with `now`, the database's clock.
"""

from datetime import timedelta
from typing import TypedDict

from leads.outcomes import Outcome
from protection.left import days_left, urgency

SLOT = timedelta(minutes=30)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


OUTCOMES = dict(Outcome.choices)


class QueueRow(TypedDict):
    """One line of the call queue (leads/_queue_rows.html)."""

    id: str
    version: str
    band: str
    url: str
    facility: str
    place: str
    decision_maker: str
    dialled: str
    phone: str
    opportunity: str
    outcome: str
    since: str
    why: str
    mailed: str
    left: str
    urgency: str


class PoolRow(TypedDict):
    """One line of the pool (leads/_pool_rows.html)."""

    id: str
    url: str
    facility: str
    place: str
    opportunity: str
    source: str
    since: str
    again: str


def queue_row(queued, now, zone, soon_days):
    """Return the line of a QueuedLead; `zone` is the rep's, `soon_days` the policy's."""
    lead = queued.lead
    # Django sets it only where there is one.
    person = getattr(lead, "decides", None)
    phone = first_number(person and person.phone, lead.facility.phone)
    return QueueRow(
        id=str(lead.pk),
        version=str(lead.version),
        band=queued.band,
        url=lead.get_absolute_url(),
        facility=lead.facility.name,
        place=place(lead.facility),
        decision_maker=person.name if person else "",
        dialled=dialled(phone),
        phone=national(phone),
        opportunity=lead.opportunity_type.code,
        outcome=OUTCOMES.get(lead.last_outcome, ""),
        since=since(now, lead.last_contact_at),
        why=why_here(queued.band, lead, now, zone),
        mailed=person.name if lead.unreached and person and person.email else "",
        left=left(now, lead.protected_until),
        urgency=urgency(now, lead.protected_until, soon_days),
    )


def pool_row(waiting, now, again=""):
    """Return the line of a PoolLead; `again` says from when a rep who had it can claim it."""
    lead = waiting.lead
    return PoolRow(
        id=str(lead.pk),
        url=lead.get_absolute_url(),
        facility=lead.facility.name,
        place=place(lead.facility),
        opportunity=lead.opportunity_type.code,
        source=lead.source,
        since=since(now, waiting.since),
        again=again,
    )


def place(facility):
    return ", ".join(part for part in (facility.city, facility.state) if part)


# --- phones ------------------------------------------------------------------


def first_number(*phones):
    """Return the first that is a number, not an empty field.

    Asking a PhoneNumber whether it is true, or for its text, formats it: 50 us each time.
    """
    return next((phone for phone in phones if getattr(phone, "national_number", None)), None)


def dialled(phone):
    """Return a phone number as a tel: link has it, "+13347938701"; "" for None."""
    return f"+{phone.country_code}{phone.national_number}" if phone is not None else ""


def national(phone):
    """Return a phone number as Americans read it, "(334) 793-8701"; "" for None."""
    if phone is None or phone.country_code != 1:
        return dialled(phone)
    digits = str(phone.national_number)
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


# --- lengths of time ---------------------------------------------------------


def since(now, then):
    """Return the time since `then` in its largest unit, "12 min" or "6 d"; "never" for None."""
    if then is None:
        return "never"
    passed = now - then
    for unit, length in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if passed >= length:
            return f"{passed // length} {unit}"
    return "now"


def ago(now, then):
    """Return "3 h ago", or "just now"."""
    passed = since(now, then)
    return "just now" if passed == "now" else f"{passed} ago"


def spell(now, then):
    """Return the time since `then` in words: "6 days", "1 day", "5 h"."""
    days = (now - then) // DAY
    return counted(days, "day") if days else since(now, then).replace("now", "a moment")


def counted(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


# --- the protection window ---------------------------------------------------


def left(now, until):
    """Return the days left as a chip says them: "41 d"."""
    return f"{days_left(now, until)} d"


# --- dates -------------------------------------------------------------------


def day(date, today):
    """Return a date as people say it: "today", "tomorrow", "Thu 12 Dec", "12 Dec 2027"."""
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((date - today).days)
    if near:
        return near
    if abs((date - today).days) < 7:
        return f"{date:%a} {date.day} {date:%b}"
    return f"{date.day} {date:%b}" if date.year == today.year else f"{date.day} {date:%b %Y}"


def date_of(instant, now, zone):
    """Return an instant's date as the calendar in `zone` has it, like day()."""
    return day(instant.astimezone(zone).date(), now.astimezone(zone).date())


def moment(instant, zone):
    """Return an instant in full, with its zone: "Fri 9 Jan 2026, 10:14 EST"."""
    there = instant.astimezone(zone)
    return f"{there:%a} {there.day} {there:%b %Y, %H:%M %Z}"


def time_of(instant, now, zone):
    """Return the time of an instant: "10:14", with its day unless that is today."""
    there, when = instant.astimezone(zone), date_of(instant, now, zone)
    return f"{there:%H:%M}" if when == "today" else f"{when} {there:%H:%M}"


def slot(start, now, zone):
    """Return a callback's window: "10:00-10:30", with its day unless that is today."""
    begin, end = start.astimezone(zone), (start + SLOT).astimezone(zone)
    hours = f"{begin:%H:%M}-{end:%H:%M}"
    when = day(begin.date(), now.astimezone(zone).date())
    return hours if when == "today" else f"{when} {hours}"


# --- why a lead stands where it stands ---------------------------------------


def why_here(band, lead, now, zone):
    """Return the reason for a lead's band as one phrase, in the rep's zone."""
    return REASONS[band](lead, now, zone)


def callback(lead, now, zone):
    return f"callback {slot(lead.callback_at, now, zone)}"


def hot(lead, now, zone):
    return f"interested {ago(now, lead.hot_at)}, qualification open"


def follow_up(lead, now, zone):
    today = now.astimezone(zone).date()
    on = "on " if abs((lead.follow_up_on - today).days) > 1 else ""
    due = "due " if lead.follow_up_on <= today else ""
    return f"follow-up {due}{on}{day(lead.follow_up_on, today)}"


def fresh(lead, now, zone):
    return f"new {ago(now, lead.created_at)}, never called"


def active(lead, now, zone):
    if lead.last_contact_at is None:
        return f"never contacted, yours for {spell(now, lead.owned_at)}"
    return f"no contact for {spell(now, lead.last_contact_at)}"


def scheduled(lead, now, zone):
    return callback(lead, now, zone) if lead.callback_at else follow_up(lead, now, zone)


def unreached(lead, now, zone):
    return f"no answer {counted(lead.no_answer_count, 'time')}"


def queued(lead, now, zone):
    return f"added to the queue {ago(now, lead.queued_at)}"


REASONS = {
    "callback_due": callback,
    "hot": hot,
    "follow_up_due": follow_up,
    "fresh": fresh,
    "active": active,
    "scheduled": scheduled,
    "unreached": unreached,
    "long_tail": active,
    "queued": queued,
}
