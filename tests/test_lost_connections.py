"""A database that goes away takes one request with it, not the process that asked."""

import os

import psycopg
import pytest
from django.db import OperationalError, connection

from backoffice.rls import acting_as
from people.models import User


def cut_connection():
    ours = connection.connection.info.backend_pid
    with psycopg.connect(os.environ["SUPERUSER_URL"], autocommit=True) as superuser:
        # Waits until it has gone.
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])


def test_a_transaction_that_could_not_begin_leaves_nothing_behind(transactional_db, ana):
    connection.ensure_connection()
    cut_connection()
    with pytest.raises(OperationalError), acting_as(ana):
        pass

    with acting_as(ana):
        assert User.objects.filter(pk=ana.pk).exists()
