"""A lead of Ana's and a hand to disposition it with."""

import pytest

from backoffice.rls import SYSTEM, acting_as
from dispositions.actions import disposition_lead
from leads.models import Lead
from tests.factories import LeadFactory


def reload(lead):
    with acting_as(SYSTEM):
        return Lead.objects.with_display().get(pk=lead.pk)


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana)


@pytest.fixture
def dispose():
    """Disposition a lead as it stands now: `dispose(ana, lead, Outcome.NOT_NOW)`."""

    def run(by, lead, outcome, **said):
        version = reload(lead).version
        with acting_as(by):
            return disposition_lead(lead.pk, outcome, by=by, version=version, **said)

    return run
