"""Writing history: every action calls record() once for each thing that it does."""

from history.models import Event


def record(kind, sentence, *, by, why="", detail=None, **about):
    """Write one line of history, in the transaction of the deed.

    It is `about` a lead, a person or a client, by columns of Event; where it tells of a note, that
    decides who reads it, and a bulk_id joins the lines of one bulk action. The subject has to be in
    the actor's sight: what takes a lead out of it is recorded first.
    """
    return Event.objects.create(
        kind=kind,
        sentence=sentence,
        actor_id=by.pk,
        actor_name=by.name,
        why=why,
        detail=detail or {},
        **about,
    )
