"""Writing history: every action calls record() once for each thing that it does."""

from history.models import Event


def line(kind, sentence, *, by, why="", detail=None, **about):
    """Return one line of history, unwritten.

    It is `about` a lead, a person or a client, by columns of Event; where it tells of a note, that
    decides who reads it, and a bulk_id joins the lines of one bulk action.
    """
    return Event(
        kind=kind,
        sentence=sentence,
        actor_id=by.pk,
        actor_name=by.name,
        why=why,
        detail=detail or {},
        **about,
    )


def record(kind, sentence, *, by, **more):
    """Write one line of history, in the transaction of the deed (see line()).

    The subject has to be in the actor's sight: what takes a lead out of it is recorded first.
    """
    event = line(kind, sentence, by=by, **more)
    event.save(force_insert=True)
    return event


def record_all(lines):
    """Write many lines of history at once."""
    Event.objects.bulk_create(lines)
