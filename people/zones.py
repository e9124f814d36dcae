"""The time zones that a person may choose, those of the United States first."""

import zoneinfo
from functools import cache

AT_HOME = {
    "America/New_York": "Eastern (New York)",
    "America/Chicago": "Central (Chicago)",
    "America/Denver": "Mountain (Denver)",
    "America/Phoenix": "Mountain without summer time (Phoenix)",
    "America/Los_Angeles": "Pacific (Los Angeles)",
    "America/Anchorage": "Alaska (Anchorage)",
    "Pacific/Honolulu": "Hawaii (Honolulu)",
    "America/Puerto_Rico": "Atlantic (Puerto Rico)",
}
# Older names of the same places, and zones that are nobody's home.
NOT_OFFERED = ("Etc/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/", "posix", "right")


@cache
def zone_choices():
    """Return the choices of a form field, in two groups."""
    elsewhere = sorted(filter(offered, zoneinfo.available_timezones() - set(AT_HOME)))
    named = [(zone, zone.replace("_", " ").replace("/", " / ")) for zone in elsewhere]
    return [("United States", list(AT_HOME.items())), ("Elsewhere", named)]


def offered(zone):
    return "/" in zone and not zone.startswith(NOT_OFFERED)


def choices_with(zone):
    """Return the choices, with the one that somebody has already, whatever its name."""
    groups = zone_choices()
    known = {value for _, choices in groups for value, _ in choices}
    return groups if zone in known else [*groups, ("Yours", [(zone, zone)])]
