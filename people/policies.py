"""Conditions of row security that several apps use, as SQL: who asks, and what hangs on a lead.

Each sub-select runs once for a statement. The functions are made by people's and leads' migrations.
"""

from backoffice.rls import RowSecurity

UID = "(SELECT app.uid())"
IS_MY_OWN = f"user_id = {UID}"
MANAGED_TEAM = "(SELECT app.managed_team())"
I_AM_SOMEBODY = f"{UID} IS NOT NULL"
I_AM_SALES_ADMIN = "(SELECT app.role()) = 'sales_admin'"
I_SEE_EVERYTHING = "(SELECT app.role()) IN ('senior_manager', 'sales_admin')"

# allauth's table of second factors has no model of ours to declare this on.
SECOND_FACTOR_SECURITY = RowSecurity(
    name="mfa_authenticator_security",
    rules=[
        # Signing in asks for them before anybody is somebody, and notes their use.
        ("web", "SELECT", "true"),
        ("web", "UPDATE", "true"),
        *[("rep admin", verb, IS_MY_OWN) for verb in ("SELECT", "INSERT", "UPDATE", "DELETE")],
    ],
)

# Who may work which opportunity types: a table that Django makes by itself.
WORKS_SECURITY = RowSecurity(
    name="people_works_security",
    rules=[
        ("rep admin", "SELECT", I_AM_SOMEBODY),
        ("admin", "INSERT", I_AM_SALES_ADMIN),
        ("admin", "DELETE", I_AM_SALES_ADMIN),
    ],
)

# What hangs on a client by its client_id: seen with it.
HANGS_ON_A_SEEN_CLIENT = "EXISTS (SELECT FROM clients_client c WHERE c.facility_id = client_id)"

# What hangs on a lead by its lead_id: seen with it, changed by whoever works it.
HANGS_ON_A_SEEN_LEAD = "EXISTS (SELECT FROM leads_lead l WHERE l.id = lead_id)"
HANGS_ON_A_WORKED_LEAD = f"""EXISTS (
    SELECT FROM leads_lead l WHERE l.id = lead_id
       AND (l.owner_id = {UID} OR l.owner_team_id = {MANAGED_TEAM} OR {I_SEE_EVERYTHING})
       AND (l.status <> 'open' OR l.protected_until > app.clock()))"""
HANGS_ON_MY_OPEN_LEAD = f"""EXISTS (
    SELECT FROM leads_lead l WHERE l.id = lead_id
       AND l.owner_id = {UID} AND l.status = 'open' AND l.protected_until > app.clock())"""

# What hangs on a person by its person_id: seen by themselves and by the manager of their team.
HANGS_ON_A_SEEN_PERSON = f"""(person_id = {UID} OR person_id = ANY ((
    SELECT array_agg(id) FROM people_user WHERE team_id = {MANAGED_TEAM})::bigint[]))"""
