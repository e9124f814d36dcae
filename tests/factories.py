"""Test data, made as the system: facilities, leads and contacts that look like the real ones."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from backoffice.clock import clock
from clients.models import Client
from leads.models import Contact, Facility, Lead
from notes.models import Note
from people.models import OpportunityType, WorkScope
from protection.window import window_end


class FacilityFactory(DjangoModelFactory):
    class Meta:
        model = Facility

    source = "CMS"
    external_id = factory.Sequence(lambda n: f"{n:06}")
    name = factory.Sequence(lambda n: f"Mercy Hospital {n}")
    address = factory.Sequence(lambda n: f"{n} Main Street")
    city = "Albany"
    state = "NY"
    postcode = "12208"
    phone = factory.Sequence(lambda n: f"+1518555{n % 10_000:04}")
    time_zone = "America/New_York"


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    facility = factory.SubFactory(FacilityFactory)
    name = "Grace Holloway"
    title = "Chief Nursing Officer"
    is_decision_maker = True


class LeadFactory(DjangoModelFactory):
    """A lead in the pool, or owned with an open window where `owner` is given."""

    class Meta:
        model = Lead

    facility = factory.SubFactory(FacilityFactory)
    source = "CMS"

    @classmethod
    def _create(cls, model, *, opportunity="CS", held_for=timedelta(0), **fields):
        """`held_for`: how long ago the owner took the lead over."""
        now = clock()
        kind = OpportunityType.objects.get(code=opportunity)
        fields |= {
            "opportunity_type": kind,
            "scope": WorkScope.objects.get(opportunity_type=kind, state=fields["facility"].state),
        }
        if fields.get("status") == "won":
            Client.objects.get_or_create(facility=fields["facility"])
        standing = _standing(fields.get("status", "open"), fields.get("owner"), now - held_for)
        return super()._create(model, **standing | fields)


class NoteFactory(DjangoModelFactory):
    """A note on a `lead`, a `client` or a `person`; the author is given."""

    class Meta:
        model = Note

    subject_name = factory.LazyAttribute(
        lambda note: note.person.name if note.person else (note.lead or note.client).facility.name
    )
    lead = client = person = None
    text = factory.Sequence(lambda n: f"They asked for a quote, {n}.")


def _standing(status, owner, since):
    """Return the columns that go with a lead's status, since it has an owner or waits for one."""
    if owner is None:
        return {"pool_since": since} if status == "open" else {}
    end = {"open": {"protected_until": window_end(since, 45)}}
    end |= {"flagged": {"protection_left": timedelta(days=30)}}
    return {"owned_at": since} | end.get(status, {})
