"""What an action raises when it can't or may not be done: one sentence that a rep understands."""

from contextlib import contextmanager

from django.db import IntegrityError, transaction
from psycopg import errors


class Refused(Exception):
    """It can't be done as things stand; answered with 409 and the sentence."""

    status = 409


class Forbidden(Refused):
    """The actor may see it but not do it; answered with 403 and the sentence."""

    status = 403


@contextmanager
def unless_taken(sentence):
    """Refuse, with `sentence`, what must be there once and came a moment after another's."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        if not isinstance(problem.__cause__, errors.UniqueViolation):
            raise
        raise Refused(sentence) from problem
