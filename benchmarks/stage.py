"""What runs for one size: a data set, its web servers, and the people signed in to them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.client import Client
from benchmarks.dataset import DataSet
from benchmarks.statements import Statements
from benchmarks.web import WebServer

# A settled order that has nothing to do with how the rows were made.
REPS = """
SELECT u.id, u.email FROM people_user u JOIN leads_lead l ON l.owner_id = u.id
 WHERE u.role = 'inside_rep' AND u.is_active AND l.status = 'open' AND l.protected_until > now()
 GROUP BY u.id HAVING count(*) >= 100 ORDER BY md5(u.email) LIMIT %s"""
MANAGERS = """
SELECT id, email FROM people_user WHERE role = 'manager' AND is_active
 ORDER BY md5(email) LIMIT %s"""
SENIOR_MANAGER = "sol@example.com"
PLAIN_ADMIN = "plain-admin@example.com"
PLAIN_PACKAGE = "benchmarks.plain_admin"
PLAIN_SETTINGS = f"{PLAIN_PACKAGE}.settings"


@dataclass
class Person:
    pk: int
    email: str
    session: str


class Stage:
    def __init__(self, data: DataSet) -> None:
        self.data = data
        self.size = data.size
        product = data.product
        web = product.environment(product.addresses.for_web())
        self.web = WebServer(web, data.folder.log / "web.log")
        self.client = Client(self.web.port)

    @cached_property
    def reps(self) -> list[Person]:
        """Some reps with a book of leads, spread over all of them."""
        rows = self.data.as_superuser(REPS, [20])
        if not rows:
            raise RuntimeError("no rep owns a hundred leads in this data set")
        return self.people(rows)

    @cached_property
    def senior_manager(self) -> Person:
        return self.people(self.find(SENIOR_MANAGER))[0]

    @cached_property
    def managers(self) -> list[Person]:
        return self.people(self.data.as_superuser(MANAGERS, [5]))

    def find(self, email: str) -> list[tuple]:
        return self.data.as_superuser("SELECT id, email FROM people_user WHERE email = %s", [email])

    def people(self, rows: list[tuple]) -> list[Person]:
        sessions = self.data.inside("sign_in", *(email for _, email in rows))
        return [Person(pk, email, sessions[email]) for pk, email in rows]

    @cached_property
    def statements(self) -> Statements:
        return Statements(self.data.product.postgres.superuser_url())

    # --- the plain admin ------------------------------------------------------

    @cached_property
    def admin(self) -> WebServer:
        """Under row security, as a sales admin."""
        web = self.data.product.addresses.for_web()
        return self.plain_admin(web | {"ACTS_AS": str(self.admin_user)}, "admin.log")

    @cached_property
    def owners_admin(self) -> WebServer:
        """As the owner of the tables, to whom no policy applies."""
        return self.plain_admin(self.owner, "owners_admin.log")

    def plain_admin(self, urls: dict[str, str], log: str) -> WebServer:
        settings = {"DJANGO_SETTINGS_MODULE": PLAIN_SETTINGS}
        environment = self.data.product.environment(urls) | urls | settings
        server = WebServer(
            environment, self.data.folder.log / log, f"{PLAIN_PACKAGE}.wsgi:application"
        )
        server.wait("/admin/login/")
        return server

    @cached_property
    def admin_user(self) -> int:
        return int(self.inside_plain_admin("plain_admin_user"))

    @cached_property
    def admin_session(self) -> str:
        assert self.admin_user
        return str(self.inside_plain_admin("sign_in")[PLAIN_ADMIN])

    def inside_plain_admin(self, name: str) -> Any:
        return self.data.inside(name, PLAIN_ADMIN, urls=self.owner, settings=PLAIN_SETTINGS)

    @property
    def owner(self) -> dict[str, str]:
        return {"DATABASE_OWNER_URL": self.data.product.addresses.owner}

    def stop(self) -> None:
        self.client.close()
        self.web.stop()
        for admin in ("admin", "owners_admin"):
            if admin in self.__dict__:
                getattr(self, admin).stop()


def in_turn(items: list, number: int):
    """Go round the items: the number-th of an endless row of them."""
    return items[number % len(items)]
