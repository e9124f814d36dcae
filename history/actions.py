"""Writing history: every action calls record() once for each thing that it does."""

import json

from django.db import connection

from history.models import Event

# A bulk action writes thousands: as one parameter they keep the process free for others.
COLUMNS = {
    "kind": "text",
    "actor_id": "bigint",
    "actor_name": "text",
    "lead_id": "bigint",
    "person_id": "bigint",
    "client_id": "bigint",
    "note_id": "bigint",
    "sentence": "text",
    "why": "text",
    "detail": "jsonb",
    "bulk_id": "uuid",
}
WRITE = f"""
INSERT INTO history_event ({", ".join(COLUMNS)})
  SELECT {", ".join(COLUMNS)}
    FROM jsonb_to_recordset(%s) AS said ({", ".join(map(" ".join, COLUMNS.items()))})"""


def line(kind, sentence, *, by, why="", detail=None, bulk_id=None, **about):
    """Return one line of history, unwritten: {column: value}.

    It is `about` a lead, a person or a client (or `person_id`, a number); where it tells of a note,
    that decides who reads it, and a bulk_id joins the lines of one bulk action.
    """
    return columns_of(about) | {
        "kind": kind,
        "sentence": sentence,
        "actor_id": by.pk,
        "actor_name": by.name,
        "why": why,
        "detail": detail or {},
        "bulk_id": bulk_id,
    }


def columns_of(about):
    return {
        what if what.endswith("_id") else f"{what}_id": getattr(subject, "pk", subject)
        for what, subject in about.items()
    }


def record(kind, sentence, *, by, **more):
    """Write one line of history, in the transaction of the deed (see line()).

    The subject has to be in the actor's sight: what takes a lead out of it is recorded first.
    """
    event = Event(**line(kind, sentence, by=by, **more))
    event.save(force_insert=True)
    return event


def record_all(lines):
    """Write many lines of history at once."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [json.dumps(lines, default=str)])
