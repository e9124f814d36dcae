"""Django's PostgreSQL backend, with an identity stamped at the start of every transaction."""
