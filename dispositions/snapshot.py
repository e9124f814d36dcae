"""The lead's columns that a disposition may overwrite, kept exactly as they were."""

from functools import cache

from leads.models import Lead

# callback_at follows the callback itself, by trigger; version only ever grows.
COLUMNS = [
    "stage",
    "status",
    "last_contact_at",
    "last_outcome",
    "no_answer_count",
    "unreached",
    "hot_at",
    "follow_up_on",
    "queued_at",
    "protected_until",
    "protection_left",
]


def snapshot(lead):
    """Return {column: value} as text that loses no microsecond."""
    return {
        name: None if getattr(lead, name) is None else field.value_to_string(lead)
        for name, field in _fields()
    }


def values(snapshot):
    """Return {column: value} as Python values."""
    return {
        name: None if snapshot[name] is None else field.to_python(snapshot[name])
        for name, field in _fields()
    }


@cache
def _fields():
    return [(name, Lead._meta.get_field(name)) for name in COLUMNS]
