"""The numbers of the dashboard: what comes up on one's own leads, and on those of one's reps."""

from hashlib import md5
from urllib.parse import urlencode

from django.urls import reverse

from leads.coming import COMING, coming_up


def look_ahead(viewer, reps):
    """Return (now, what dashboard/_cards.html shows) of `viewer` and their `reps` (one query)."""
    now, numbers = coming_up([viewer, *reps])
    return now, {
        "cards": links(viewer, viewer, numbers),
        "team": [{"name": rep.name, "cards": links(rep, viewer, numbers)} for rep in reps],
        "heads": [each.label for each in COMING],
        "known": fingerprint(numbers),
    }


def links(rep, viewer, numbers):
    """Return each number of a rep with where its leads are listed."""
    whose = {} if rep == viewer else {"rep": rep.pk}
    return [
        {
            "label": each.label,
            "number": f"{numbers[rep.pk][each.name]:,}",
            "url": f"{reverse('leads:queue')}?{urlencode(whose | {'coming': each.name})}",
        }
        for each in COMING
    ]


def fingerprint(numbers):
    """Return a text that changes whenever a number does; an open page asks whether it has."""
    return md5(repr(sorted(numbers.items())).encode(), usedforsecurity=False).hexdigest()[:12]
