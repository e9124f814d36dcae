"""What the picker of windows (callbacks/picker.html) shows, on its page or within a form."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from callbacks.grid import State, day_grid
from callbacks.models import SLOT
from callbacks.slots import BadWindow, day_of, last_day, next_free_slot, slot_from


def picker(lead, rep, asked, *, url, page_url=None, refusal=None):
    """Return what callbacks/picker.html needs as `picker`.

    `lead` is with_display(). `asked` says the day, the slot and whether to find the next free one
    (?day=2026-11-30&slot=2026-11-30T15:00Z&find=next). htmx asks `url` for the picker; without
    JavaScript the browser asks `page_url` for the page that it stands on. A `refusal` (BadWindow)
    is shown, and the next free window that it knows is chosen.
    """
    day, chosen, problem = choose(lead, rep, asked, refusal)
    grid = day_grid(rep, day, ZoneInfo(lead.facility.time_zone), lead=lead)
    working, others = [[choice(w, chosen) for w in part] for part in (grid.working, grid.others)]
    return {
        "url": url,
        "page_url": page_url or url,
        "day": day.isoformat(),
        "first_day": today(lead, rep).isoformat(),
        "last_day": last_day(rep, lead.as_of).isoformat(),
        "title": day_of(day),
        "slot": written(chosen) if chosen else "",
        "working": working,
        "others": others,
        "others_open": not working or any(each["checked"] for each in others),
        "clocks": clocks(grid, lead.facility),
        "change": clock_change(grid),
        "error": str(problem or ""),
    }


def choose(lead, rep, asked, refusal):
    """Return the day to show, the window chosen on it or None, and what went wrong or None."""
    day, chosen = day_asked(lead, rep, asked), slot_asked(rep, asked)
    if refusal is None and asked.get("find"):
        found = next_free_slot(rep, sought_from(rep, day, chosen))
        refusal = None if found else BadWindow("There is no free window after this one.")
        day, chosen = (None, found) if found else (day, chosen)
    if refusal and getattr(refusal, "next_free", None):
        day, chosen = None, refusal.next_free
    return day or day_to_begin_with(lead, rep, chosen), chosen, refusal


def slot_asked(rep, asked):
    try:
        return slot_from(asked.get("slot", ""), rep)
    except BadWindow:
        return None


def day_asked(lead, rep, asked):
    """Return the day asked for, or the nearest that can be booked; None where none is asked for."""
    try:
        day = date.fromisoformat(asked.get("day") or asked.get("shown") or "")
    except ValueError:
        return None
    return min(max(day, today(lead, rep)), last_day(rep, lead.as_of))


def day_to_begin_with(lead, rep, chosen):
    """Return the day of the chosen window, of the lead's callback, or of the next free window."""
    known = chosen or lead.callback_at
    bookable = known and lead.as_of <= known and known.astimezone(rep.zone).date()
    if bookable and bookable <= last_day(rep, lead.as_of):
        return bookable
    return (next_free_slot(rep) or lead.as_of).astimezone(rep.zone).date()


def sought_from(rep, day, chosen):
    """Return where the search begins: behind the chosen window if it is on that day, or with it."""
    if chosen and day in {None, chosen.astimezone(rep.zone).date()}:
        return chosen + SLOT
    return datetime.combine(day, time(), rep.zone) if day else None


def today(lead, rep):
    return lead.as_of.astimezone(rep.zone).date()


# --- in words -----------------------------------------------------------------


def written(instant):
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def choice(window, chosen):
    """Return one window as the template shows it."""
    return {
        "value": written(window.starts_at),
        "time": f"{window.here:%H:%M}",
        "there": time_there(window),
        "state": window.state,
        "said": SAID[window.state].format(window.taken_by or "another callback"),
        "disabled": not window.is_bookable,
        "checked": window.is_bookable and window.starts_at == chosen,
    }


def time_there(window):
    """Return the facility's time, with its day where that is another; nothing where it is ours."""
    if window.here.utcoffset() == window.there.utcoffset():
        return ""
    same_day = window.here.date() == window.there.date()
    return f"{window.there:%H:%M}" if same_day else f"{window.there:%a %H:%M}"


SAID = {State.FREE: "", State.PAST: "past", State.TAKEN: "{}", State.OWN: "booked now"}


def clocks(grid, facility):
    """Return whose clocks the times are."""
    midday = grid.windows[len(grid.windows) // 2]
    if not time_there(midday):
        return f"Your time, which is also the time at {facility.name} ({midday.here:%Z})."
    return f"Your time ({midday.here:%Z}), then the time at {facility.name} ({midday.there:%Z})."


def clock_change(grid):
    """Return what is unusual about a day on which the clocks change, or nothing."""
    if grid.skipped:
        return f"The clocks are put forward: there is no {listed(grid.skipped)} on this day."
    if grid.doubled:
        return f"The clocks are put back: of {listed(grid.doubled)} the first is meant."
    return ""


def listed(times):
    return " and ".join(f"{each:%H:%M}" for each in times)
