"""Writing history: every action calls record() once for each thing that it does."""

from history.models import Event


def record(
    kind,
    sentence,
    *,
    by,
    lead=None,
    person=None,
    client=None,
    why="",
    detail=None,
    bulk_id=None,
):
    """Write one line of history about `lead`, `person` or `client`, in the transaction of the deed.

    The subject has to be in the actor's sight: what takes a lead out of it is recorded first.
    """
    return Event.objects.create(
        kind=kind,
        sentence=sentence,
        actor_id=by.pk,
        actor_name=by.name,
        lead=lead,
        person=person,
        client=client,
        why=why,
        detail=detail or {},
        bulk_id=bulk_id,
    )
