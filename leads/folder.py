"""What a lead folder's pages are made of: the head and the tabs."""

from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects
from django.urls import reverse

from leads import rows
from leads.actions import may
from leads.duplicates import duplicates_of
from leads.forms import ContactForm, FacilityForm
from leads.models import Lead
from leads.outcomes import BUTTONS
from leads.protection_card import protection

TABS = [
    ("leads:folder", "Contact"),
    ("notes:of_lead", "Notes"),
    ("dispositions:activity", "Activity"),
    ("files:files", "Files"),
    ("leads:workflow", "Workflow"),
]


def folder_context(lead, *, viewer, tab):
    """Return what every tab of a folder shows around its own content (leads/folder.html)."""
    prefetch_related_objects([lead], "facility__contacts")
    return {
        "lead": lead,
        "folder": head(lead, viewer),
        "protection": protection(lead, viewer),
        "now": lead.as_of.isoformat(),
        "outcome_keys": BUTTONS,
        "tabs": [
            {"name": name, "url": reverse(page, args=[lead.pk]), "current": page == tab}
            for page, name in TABS
        ],
    }


def head(lead, viewer):
    """Return who and where the facility is, whom to call there and what time it is there."""
    facility = lead.facility
    decides = next((person for person in facility.contacts.all() if person.is_decision_maker), None)
    phone = rows.first_number(decides and decides.phone, facility.phone)
    there = lead.as_of.astimezone(ZoneInfo(facility.time_zone))
    return {
        "facility": facility.name,
        "address": address(facility),
        "opportunity": lead.opportunity_type.code,
        "opportunity_name": lead.opportunity_type.name,
        "stage": lead.get_stage_display(),
        "standing": standing(lead, viewer),
        "decision_maker": decides.name if decides else "",
        "decision_maker_title": decides.title if decides else "",
        "dialled": rows.dialled(phone),
        "phone": rows.national(phone),
        "time_zone": facility.time_zone,
        "local_time": f"{there:%H:%M}",
        "local_day": f"{there:%A, %Z}",
        "callback": lead.callback_at and rows.slot(lead.callback_at, lead.as_of, viewer.zone),
        "works": works(lead, viewer),
        "disposition_url": reverse("dispositions:disposition", args=[lead.pk]),
        "callback_url": reverse("leads:callback", args=[lead.pk]),
        "sharing_url": may("leads.grant_lead", lead, viewer)
        and reverse("leads:sharing", args=[lead.pk]),
        **of_sales_admins(lead, viewer),
    }


def of_sales_admins(lead, viewer):
    """Return the links to what a sales admin asks and decides of a lead."""
    if not viewer.has_perm("leads.view_sight"):
        return {}
    reviewed = lead.status == Lead.Status.FLAGGED or lead.merged_into_id
    return {
        "sight_url": reverse("leads:sight", args=[lead.pk]),
        "review_url": reverse("admin:review_lead", args=[lead.pk]) if reviewed else "",
    }


def works(lead, viewer):
    """Does `viewer` call there, and say how it ended and when to call again?"""
    return lead.status == Lead.Status.OPEN and may("leads.work_lead", lead, viewer)


def address(facility):
    region = f"{facility.state} {facility.postcode}".strip()
    return ", ".join(part for part in (facility.address, facility.city, region) if part)


def standing(lead, viewer):
    """Return whose the lead is, as one phrase."""
    if lead.is_in_pool:
        since = lead.pool_since or lead.protected_until
        return f"In the pool since {rows.date_of(since, lead.as_of, viewer.zone)}"
    if lead.owner is None:
        return "Nobody's"
    whose = "Yours" if lead.owner == viewer else f"{lead.owner.name}'s"
    if lead.owned_at is None:
        return whose
    return f"{whose} since {rows.date_of(lead.owned_at, lead.as_of, viewer.zone)}"


# --- the tabs ----------------------------------------------------------------


def contact_context(lead, *, viewer, facility_form=None, contact_form=None, contact=None):
    """Return what the Contact tab shows; a form that was filled in stands in for its empty one."""
    editable = may("leads.change_facility", lead, viewer)
    return folder_context(lead, viewer=viewer, tab="leads:folder") | {
        "facility_form": (facility_form or FacilityForm.of(lead.facility)) if editable else None,
        "facility_url": reverse("leads:edit_facility", args=[lead.pk]),
        "facility_facts": facility_facts(lead.facility),
        "contacts": [
            contact_card(lead, person, editable, contact_form if person == contact else None)
            for person in lead.facility.contacts.all()
        ],
        "new_contact_form": new_contact_form(contact_form, contact) if editable else None,
        "new_contact_url": reverse("leads:add_contact", args=[lead.pk]),
        "duplicates": [duplicate(other) for other in duplicates_of(lead)],
    }


def duplicate(lead):
    """Return a lead that was merged into another, and whom it names at its own entry."""
    return {
        "facility": lead.facility.name,
        "url": lead.get_absolute_url(),
        "address": address(lead.facility),
        "phone": rows.national(rows.first_number(lead.facility.phone)),
        "contacts": [
            contact_card(lead, person, False, None) for person in lead.facility.contacts.all()
        ],
    }


def new_contact_form(filled_in, contact):
    return filled_in if filled_in and contact is None else ContactForm(prefix="new")


def facility_facts(facility):
    return [
        ("Name", facility.name),
        ("Address", address(facility)),
        ("Phone", rows.national(rows.first_number(facility.phone))),
        ("Time zone", facility.time_zone),
    ]


def contact_card(lead, person, editable, filled_in):
    """Return a contact as leads/_contact.html shows it, with its form where it may be edited."""
    number = rows.first_number(person.phone)
    said = {
        "id": person.pk,
        "name": person.name,
        "title": person.title,
        "dialled": rows.dialled(number),
        "phone": rows.national(number),
        "email": person.email,
        "is_decision_maker": person.is_decision_maker,
    }
    if not editable:
        return said
    ids = [lead.pk, person.pk]
    return said | {
        "form": filled_in or ContactForm.of(person),
        "url": reverse("leads:edit_contact", args=ids),
        "choose_url": reverse("leads:choose_decision_maker", args=ids),
    }
