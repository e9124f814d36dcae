"""Field changes in words: who, when, before, after."""

from history.models import Change

# Many at once are an import's or a bulk edit's; nobody reads further here.
MOST = 200


def changes_at(facilities, *, since=None, until=None):
    """Return the changes of some facilities, and of what hangs on them, newest first.

    That a facility came is told by its lead's event.
    """
    found = Change.objects.filter(facility_id__in=facilities)
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until)
    return found.exclude(subject="facility", deed="added").order_by("-id")[:MOST]


def sentence(change):
    name = change.fields.get("name", ["", ""])
    called = f" {name[0] or name[1]}" if any(name) else ""
    return f"{change.actor_name} {change.deed} the {change.subject}{called}."


def fields_of(change):
    """Return the fields of a change as a table shows them."""
    return [
        {
            "name": name.removesuffix("_id").replace("_", " "),
            "before": said(was),
            "after": "another" if is_ == "hidden" else said(is_),
        }
        for name, (was, is_) in sorted(change.fields.items())
        if (name not in {"id", "facility_id", "created_at"} and said(was) != said(is_))
        or (was, is_) == ("hidden", "hidden")
    ]


def said(value):
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
