"""The engine named in settings.DATABASES: every transaction begins by saying who acts in it."""

from django.db.backends.postgresql import base

from backoffice.identity import current_identity, stamp


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL whose transactions carry an identity, whoever opens them.

    Views, tasks, commands, streams and tests all reach the database through here, so none of them
    can forget. Without an identity the login has no right on any business table.
    """

    def set_autocommit(self, autocommit, force_begin_transaction_with_broken_autocommit=False):
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if not autocommit and (identity := current_identity()):
            self.begin_as(identity)

    def begin_as(self, identity):
        try:
            with self.wrap_database_errors:
                stamp(self, identity)
        except Exception:
            # Or this connection would take itself to be in a transaction for good.
            self.close()
            raise
