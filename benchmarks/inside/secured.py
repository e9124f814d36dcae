"""Replay what queue and pool ask, by turns under row security and as the owner of the tables.

secured REPEAT EMAIL ...: prints {page: {"secured": [ms, ...], "plain": [ms, ...]}}.
"""

import json
import sys
import time

import django

django.setup()

from django.db import connection, connections  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from backoffice.identity import STAMP  # noqa: E402
from backoffice.rls import acting_as  # noqa: E402
from leads.pool import pool_page  # noqa: E402
from leads.queue import queue_page  # noqa: E402
from people.models import User  # noqa: E402

PAGES = {"queue": queue_page, "pool": pool_page}
# The owner knows whose page it is as well, but is subject to no policy.
AS_OWNER = "SELECT set_config('app.user_id', %s, false)"


def statements_of(page, rep):
    with acting_as(rep), CaptureQueriesContext(connection) as captured:
        page(rep)
    return [query["sql"] for query in captured.captured_queries]


def replay(raw, statements):
    """Return the milliseconds until the last row of the last statement is here."""
    began = time.perf_counter()
    for statement in statements:
        raw.execute(statement).fetchall()
    return (time.perf_counter() - began) * 1000


def in_pairs(statements, rep, repeat):
    web, owner = (connections[alias].connection for alias in ("default", "owner"))
    owner.execute(AS_OWNER, [str(rep.pk)])
    for _ in range(repeat):
        with web.transaction():
            web.execute(STAMP, (rep.database_role, str(rep.pk)))
            secured = replay(web, statements)
        yield secured, replay(owner, statements)


def main():
    repeat, reps = int(sys.argv[1]), User.objects.filter(email__in=sys.argv[2:])
    for alias in connections:
        connections[alias].ensure_connection()
    found = {}
    for name, page in PAGES.items():
        pairs = [
            pair
            for rep in reps
            for pair in in_pairs(statements_of(page, rep), rep, max(repeat // 10, 5))
        ]
        found[name] = {"secured": [a for a, _ in pairs], "plain": [b for _, b in pairs]}
    print(json.dumps(found))


main()
