"""A new installation without demo data gets its first sales admin by command."""

import pytest
from django.core.management import call_command

from backoffice.rls import SYSTEM, acting_as
from people.models import User


@pytest.mark.django_db
def test_createsuperuser_makes_a_sales_admin(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long enough password")

    with acting_as(SYSTEM):
        call_command(
            "createsuperuser", "--noinput", email="Grace@Example.com", name="Grace", verbosity=0
        )
        grace = User.objects.get(email="grace@example.com")

    assert (grace.role, grace.is_superuser) == ("sales_admin", False)
    assert grace.check_password("a long enough password")
