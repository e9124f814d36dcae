"""Who sees a lead, and why: what row security decides (leads/policies.py), told for everybody."""

from dataclasses import dataclass, field

from django.db import connection

from leads.models import Lead
from people.models import User

# One row for everybody who works here, a column for each arm of the policy.
ARMS = """
WITH l AS (
  SELECT *, status = 'open' AND (owner_id IS NULL OR protected_until <= app.clock()) AS in_pool
    FROM leads_lead WHERE id = %s
), works AS (
  SELECT u.id, u.team_id
    FROM people_user u JOIN people_user_opportunity_types t ON t.user_id = u.id
         JOIN people_workscope s ON s.opportunity_type_id = t.opportunitytype_id
         JOIN l ON l.scope_id = s.id
   WHERE u.is_active AND (u.territories = '{}' OR s.state = ANY (u.territories)))
SELECT u.id,
       NOT l.in_pool AND u.id = l.owner_id,
       NOT l.in_pool AND u.role = 'manager' AND u.team_id = l.owner_team_id,
       l.in_pool AND (u.role <> 'manager' OR u.team_id IS NULL)
         AND u.id IN (SELECT id FROM works),
       l.in_pool AND u.role = 'manager' AND u.team_id IN (SELECT team_id FROM works),
       EXISTS (SELECT FROM leads_leadgrant g WHERE g.content_object_id = l.id AND g.user_id = u.id),
       u.role IN ('senior_manager', 'sales_admin')
  FROM people_user u, l WHERE u.is_active"""

OWNER, MANAGER, POOL, TEAM_POOL, GRANTED, ABOVE, MERGED = range(7)


@dataclass
class Viewer:
    """Somebody who sees the lead, by these arms of the policy."""

    user: User
    arms: set = field(default_factory=set)


def viewers_of(lead):
    """Return {user's id: Viewer} of all who see the lead; asked by who sees everything."""
    arms = arms_of(lead.pk)
    people = User.objects.select_related("team").in_bulk(arms)
    return {pk: Viewer(people[pk], why) for pk, why in arms.items()}


def arms_of(pk):
    """Return {user's id: arms of the policy}; a duplicate is seen with the lead that stays, too."""
    with connection.cursor() as cursor:
        cursor.execute(ARMS, [pk])
        rows = cursor.fetchall()
    found = {user: {arm for arm, is_so in enumerate(arms) if is_so} for user, *arms in rows}
    into = Lead.objects.values_list("merged_into_id", flat=True).get(pk=pk)
    for user in arms_of(into) if into else ():
        if ABOVE not in found[user]:
            found[user].add(MERGED)
    return {user: arms for user, arms in found.items() if arms}


def sight_context(lead):
    """Return what leads/sight.html shows: each who sees the lead, those closest to it first."""
    viewers = sorted(viewers_of(lead).values(), key=lambda each: (min(each.arms), each.user.name))
    return {
        "viewers": [
            {
                "name": viewer.user.name,
                "role": viewer.user.get_role_display(),
                "team": viewer.user.team.name if viewer.user.team else "",
                "why": [REASONS[arm](lead, viewer.user) for arm in sorted(viewer.arms)],
            }
            for viewer in viewers
        ],
        "blind_owner": blind_owner(lead, {viewer.user.pk for viewer in viewers}),
    }


def blind_owner(lead, seen_by):
    """Return why whoever the lead is stored for does not see it; "" where they do, or nobody is."""
    if lead.owner is None or lead.owner_id in seen_by:
        return ""
    if not lead.owner.is_active:
        return f"{lead.owner.name}, whose it is, has been deactivated and sees nothing."
    return f"The window of {lead.owner.name} has ended, and they do not work its pool."


def scope(lead):
    return f"{lead.opportunity_type.code} in {lead.scope.state}"


REASONS = {
    OWNER: lambda lead, user: "Owns it.",
    MANAGER: lambda lead, user: f"Manages {user.team.name}, the owner's team.",
    POOL: lambda lead, user: f"It is in the pool, and they work {scope(lead)}.",
    TEAM_POOL: lambda lead, user: f"It is in the pool, and their team works {scope(lead)}.",
    GRANTED: lambda lead, user: "It was shared with them.",
    ABOVE: lambda lead, user: f"Sees every lead, as a {user.get_role_display().lower()}.",
    MERGED: lambda lead, user: "Sees the lead that it was merged into.",
}
