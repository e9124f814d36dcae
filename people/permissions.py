"""Who may do what: product.md section 2 as data."""

from django.db.models import TextChoices


class Role(TextChoices):
    INSIDE_REP = "inside_rep", "Inside rep"
    MANAGER = "manager", "Manager"
    SENIOR_MANAGER = "senior_manager", "Senior manager"
    SALES_ADMIN = "sales_admin", "Sales admin"


# Reaching a note's tier takes this much clearance (product.md section 8).
CLEARANCE = {Role.INSIDE_REP: 0, Role.MANAGER: 1, Role.SENIOR_MANAGER: 2, Role.SALES_ADMIN: 3}

EVERYBODY = frozenset(Role)
MANAGERS = frozenset({Role.MANAGER, Role.SENIOR_MANAGER, Role.SALES_ADMIN})
SALES_ADMINS = frozenset({Role.SALES_ADMIN})

# What a role may use at all. Which lead it may be done to is in LEAD_PERMISSIONS.
ROLE_PERMISSIONS = {
    "leads.view_queue": EVERYBODY,
    "leads.view_pool": EVERYBODY,
    "protection.view_list": EVERYBODY,
    "leads.view_lead": EVERYBODY,
    "leads.add_lead": EVERYBODY,
    "leads.claim_lead": frozenset({Role.INSIDE_REP}),
    "leads.work_lead": EVERYBODY,
    "leads.change_facility": EVERYBODY,
    "leads.release_lead": EVERYBODY,
    "leads.reassign_lead": EVERYBODY,
    "leads.reopen_lead": MANAGERS,
    "leads.grant_lead": MANAGERS,
    "leads.resolve_flag": SALES_ADMINS,
    "leads.view_sight": SALES_ADMINS,
    "bulk.change_leads": EVERYBODY,
    "bulk.view_bulk": EVERYBODY,
    "clients.view_client": EVERYBODY,
    "callbacks.view_callback": EVERYBODY,
    "callbacks.change_callback": EVERYBODY,
    "dispositions.disposition_lead": EVERYBODY,
    "dispositions.undo_disposition": EVERYBODY,
    "notes.view_note": EVERYBODY,
    "notes.add_note": EVERYBODY,
    "notes.change_note": EVERYBODY,
    "people.view_people": MANAGERS,
    "notifications.view_notice": EVERYBODY,
    "notifications.view_undelivered": SALES_ADMINS,
    "people.change_settings": EVERYBODY,
    "people.use_admin": SALES_ADMINS,
    "people.change_people": SALES_ADMINS,
    "people.change_team": SALES_ADMINS,
    "people.change_opportunity_type": SALES_ADMINS,
    "people.change_policy": SALES_ADMINS,
    "history.view_audit": SALES_ADMINS,
    "imports.import_leads": SALES_ADMINS,
    "people.manage_reps": MANAGERS,
}


class Relation(TextChoices):
    """What a user is to a lead that they see."""

    OWNER = "owner"
    MANAGER = "manager of the owner's team"
    SENIOR_MANAGER = "senior manager"
    SALES_ADMIN = "sales admin"
    VIEWER = "grantee, or anyone who sees it in the pool"


_OWNER_AND_ABOVE = frozenset(Relation) - {Relation.VIEWER}
_MANAGER_AND_ABOVE = _OWNER_AND_ABOVE - {Relation.OWNER}

LEAD_PERMISSIONS = {
    "leads.view_lead": frozenset(Relation),
    "leads.work_lead": frozenset({Relation.OWNER}),
    "leads.change_facility": _OWNER_AND_ABOVE,
    "leads.release_lead": _OWNER_AND_ABOVE,
    "leads.reassign_lead": _OWNER_AND_ABOVE,
    "leads.reopen_lead": _MANAGER_AND_ABOVE,
    "leads.grant_lead": _MANAGER_AND_ABOVE,
    "leads.resolve_flag": frozenset({Relation.SALES_ADMIN}),
}
