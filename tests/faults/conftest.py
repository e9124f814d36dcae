"""One product of real processes for all of these tests, which kill, stop and stall its parts."""

import pytest

from tests.faults.mailbox import Mailbox
from tests.faults.product import Product


@pytest.fixture(scope="package")
def mailbox():
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="package")
def shared(mailbox, tmp_path_factory, django_db_setup, django_db_blocker):
    with Product(EMAIL_URL=mailbox.url) as product, django_db_blocker.unblock():
        yield product


@pytest.fixture
def product(shared, mailbox):
    """All of it is up, and afterwards no rule is broken."""
    yield shared
    mailbox.release()
    shared.recover()
    assert shared.broken_rules() == []
