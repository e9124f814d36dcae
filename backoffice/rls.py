"""Row security: acting_as(user), and the constraint that declares who sees the rows of a model."""

from contextlib import contextmanager

from django.db import connection, models, transaction
from django.db.models.constraints import BaseConstraint

from backoffice.identity import (
    NOBODY,
    Identity,
    Role,
    current_identity,
    reset_identity,
    set_identity,
    stamp,
)

# The system itself acts for what happens by itself; its row is made by people's first migrations.
SYSTEM_ID = 1


class System:
    """The actor of scheduled work: `acting_as(SYSTEM)`, `by=SYSTEM`."""

    id = pk = SYSTEM_ID
    name = "The system"
    database_role = Role.SERVICE

    def __str__(self):
        return self.name


SYSTEM = System()


@contextmanager
def acting_as(user):
    """Open a transaction in which the database knows `user`, and only what `user` may see.

    Inside an open transaction it becomes a savepoint; the outer identity returns when it ends.
    """
    outer = current_identity() or NOBODY
    inner = Identity(user.database_role, str(user.pk))
    nested = connection.in_atomic_block
    token = set_identity(inner)
    try:
        with transaction.atomic():
            if nested:
                stamp(connection, inner)
            yield
    finally:
        reset_identity(token)
    # Where the savepoint was rolled back, PostgreSQL has brought the outer identity back already.
    if nested and not connection.needs_rollback:
        stamp(connection, outer)


def joined_by(bulk_id, *, by=None):
    """Have the field changes of this transaction, from here on, carry a bulk action's id.

    Where the system carries out what somebody began, they are told as `by` that person.
    """
    said = [str(bulk_id), str(by.pk) if by else ""]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.bulk_id', %s, true), set_config('app.for_id', %s, true)", said
        )


class TableGrants(BaseConstraint):
    """What each database role may do with a table whose rows are no secret.

    Each of `web`, `rep` and `admin` is a list of SQL privileges ("SELECT, INSERT"); the service
    role may do everything, unless `service` says less.
    """

    EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"

    def __init__(self, *, name, web="", rep="", admin="", service=EVERYTHING):
        super().__init__(name=name)
        self.web, self.rep, self.admin, self.service = web, rep, admin, service

    @property
    def grants(self):
        named = {Role.WEB: self.web, Role.REP: self.rep, Role.ADMIN: self.admin}
        wanted = {role: verbs for role, verbs in named.items() if verbs}
        return wanted | {Role.SERVICE: self.service}

    def statements(self, table):
        return [f"GRANT {verbs} ON {table} TO {role}" for role, verbs in self.grants.items()]

    def undo_statements(self, table):
        return [f"REVOKE ALL ON {table} FROM {role}" for role in self.grants]

    # The interface of Django's constraints: makemigrations writes and removes us like a CHECK.

    def constraint_sql(self, model, schema_editor):
        # Policies can't stand inside CREATE TABLE; they follow it.
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def create_sql(self, model, schema_editor):
        return ";\n".join(self.statements(schema_editor.quote_name(model._meta.db_table)))

    def remove_sql(self, model, schema_editor):
        return ";\n".join(self.undo_statements(schema_editor.quote_name(model._meta.db_table)))

    def validate(self, model, instance, exclude=None, using=None):
        """Nothing to validate: the database decides when the row is written."""

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        said = {"web": self.web, "rep": self.rep, "admin": self.admin}
        if self.service != self.EVERYTHING:
            said["service"] = self.service
        return path, args, kwargs | {key: value for key, value in said.items() if value}

    def __eq__(self, other):
        if isinstance(other, TableGrants):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    __hash__ = BaseConstraint.__hash__


class RowSecurity(TableGrants):
    """Who may see and change which rows of a model.

    `rules` are tuples (roles, privilege, condition[, check]): some of "rep", "admin" and, for what
    signing in needs, "web"; a SQL privilege, for some columns perhaps ("UPDATE (name, phone)"); the
    SQL condition that the row meets before; and the one that it must meet after, where that is
    another. Nothing else is allowed to anybody but the service role, to which no condition applies.
    """

    ROLES = {"web": Role.WEB, "rep": Role.REP, "admin": Role.ADMIN}

    def __init__(self, *, name, rules, service=TableGrants.EVERYTHING):
        super().__init__(name=name, service=service)
        self.rules = [tuple(rule) for rule in rules]

    def _expanded(self):
        """Yield one (policy name, role, privilege, condition, check) for each role of each rule."""
        for number, (roles, privilege, condition, *check) in enumerate(self.rules, start=1):
            for role in roles.split():
                yield (
                    f"{self.name}_{number}_{role}",
                    self.ROLES[role],
                    privilege,
                    condition,
                    check[0] if check else condition,
                )

    def statements(self, table):
        yield from super().statements(table)
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        everything = f"TO {Role.SERVICE} USING (true) WITH CHECK (true)"
        yield f"CREATE POLICY {self.name} ON {table} {everything}"
        for policy, role, privilege, condition, check in self._expanded():
            verb = privilege.split()[0]
            clauses = {
                "SELECT": f"USING ({condition})",
                "DELETE": f"USING ({condition})",
                "INSERT": f"WITH CHECK ({check})",
                "UPDATE": f"USING ({condition}) WITH CHECK ({check})",
            }
            yield f"GRANT {privilege} ON {table} TO {role}"
            yield f"CREATE POLICY {policy} ON {table} FOR {verb} TO {role} {clauses[verb]}"

    def undo_statements(self, table):
        for policy, *_ in self._expanded():
            yield f"DROP POLICY {policy} ON {table}"
        yield f"DROP POLICY {self.name} ON {table}"
        yield f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
        roles = ", ".join([Role.SERVICE, *self.ROLES.values()])
        yield f"REVOKE ALL ON {table} FROM {roles}"

    def deconstruct(self):
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"rules": self.rules}


def has_row_security(model: type[models.Model]) -> bool:
    return any(isinstance(constraint, RowSecurity) for constraint in model._meta.constraints)
