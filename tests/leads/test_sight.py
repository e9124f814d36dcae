"""The page that says who sees a lead says what row security shows."""

from datetime import timedelta

import pytest

from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead
from leads.sight import viewers_of
from people.models import User
from tests.factories import LeadFactory
from tests.test_visibility import World


@pytest.fixture
def world(cast):
    with acting_as(SYSTEM):
        return World(cast)


def test_it_agrees_with_row_security_for_everybody_and_every_lead(world, cast):
    with acting_as(SYSTEM):
        merge(world, "disqualified of ana", into="pool, southern")
        merge(world, "flagged of ana", into="disqualified of ana")
        # Ways of their own: a manager who works nothing, a rep of no team, a manager as owner.
        User.objects.filter(pk=cast.ben.pk).update(team=None)
        LeadFactory(owner=cast.eli)
        leads = list(Lead.objects.all())
        people = {user.pk: user for user in User.objects.all()}

    with acting_as(cast.ada):
        said = {lead.pk: set(viewers_of(lead)) for lead in leads}

    seen: dict = {lead.pk: set() for lead in leads}
    for user in people.values():
        with acting_as(user):
            for pk in Lead.objects.values_list("pk", flat=True):
                seen[pk].add(user.pk)
    names = {pk: user.name for pk, user in people.items()}
    assert {pk: sorted(names[each] for each in them) for pk, them in said.items()} == {
        pk: sorted(names[each] for each in them) for pk, them in seen.items()
    }
    assert len(leads) == 19


def merge(world, name, into):
    lead = world.leads[name]
    Lead.objects.filter(pk=lead.pk).update(
        status="disqualified",
        protection_left=timedelta(days=9),
        merged_into=world.leads[into],
    )


def test_each_is_there_with_the_reason(world, cast, signed_in):
    browser = signed_in(cast.ada)

    def page(name):
        return browser.get(f"/leads/{world.leads[name].pk}/sight").text

    held = page("ana's, granted to gus")
    for said in (
        "Owns it.",
        "Manages North, the owner&#x27;s team.",
        "It was shared with them.",
        "Sees every lead, as a sales admin.",
    ):
        assert said in held
    assert "Dora" not in held
    pooled = page("pool, southern")
    assert "It is in the pool, and they work CS in TX." in pooled
    assert "It is in the pool, and their team works CS in TX." in pooled
    assert "Fay, whose it is, has been deactivated" in page("fay's")
    assert "The window of Ana has ended" in page("expired of ana, south")
    assert "Who sees it" in browser.get(f"/leads/{world.leads['ana' + chr(39) + 's'].pk}").text
    assert (
        "Who sees it" not in signed_in(cast.ana).get(f"/leads/{world.leads['won by ana'].pk}").text
    )
