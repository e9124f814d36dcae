"""What one request costs the database, as PostgreSQL itself counts it (pg_stat_statements)."""

from dataclasses import dataclass

import psycopg

# What costs time, but is no query of the page: transactions, with the stamp of the identity beside
# BEGIN; the question whether a kept connection lives; foreign keys that COMMIT looks up.
NO_QUERY = "|".join(
    [
        "BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SELECT set_config",
        r"SELECT (1|\$1)$",
        r"SELECT (1|\$\d+) FROM ONLY",
    ]
)
IS_A_QUERY = rf"query !~* '^\s*({NO_QUERY})'"
TOTAL = f"""
SELECT coalesce(sum(s.total_plan_time + s.total_exec_time), 0),
       coalesce(sum(s.calls) FILTER (WHERE {IS_A_QUERY}), 0)
  FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
 WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND s.toplevel AND r.rolname <> session_user"""


@dataclass
class Cost:
    ms: float
    queries: int


class Statements:
    """Planning and execution of all statements but our own, since the last look."""

    def __init__(self, superuser_url: str) -> None:
        self.connection = psycopg.connect(superuser_url, autocommit=True)
        self.last = self.total()

    def total(self) -> tuple[float, int]:
        ms, queries = self.connection.execute(TOTAL).fetchone()  # type: ignore[misc]
        return float(ms), int(queries)

    def since(self) -> Cost:
        """Return the cost of what ran since the last call; one request at a time, please."""
        before, self.last = self.last, self.total()
        return Cost(self.last[0] - before[0], self.last[1] - before[1])
