"""Who sees and changes a lead, as SQL conditions: product.md section 2 for PostgreSQL.

Every arm of LEAD_IS_SEEN is an indexed column compared with something that is computed once for the
statement, so that an unfiltered query becomes a union of index scans. Every column named here must
also stand in the covering indexes of leads_lead, or the queue's index-only scan silently ends.
"""

from people.policies import MANAGED_TEAM, UID

SCOPES = "ANY ((SELECT app.scopes())::int[])"
# Granted to me, or merged into a lead that I see (leads 0013).
GRANTED = "ANY ((SELECT app.granted_leads())::bigint[])"

# An owner's window decides by the clock: from its end the lead is in the pool, swept or not.
HELD = "(status <> 'open' OR protected_until > app.clock())"
EXPIRED = "(status = 'open' AND owner_id IS NOT NULL AND protected_until <= app.clock())"

IS_MINE = f"(owner_id = {UID} AND {HELD})"
IS_MY_TEAMS = f"(owner_team_id = {MANAGED_TEAM} AND {HELD})"
IS_IN_MY_POOL = f"(pool_scope = {SCOPES} OR ({EXPIRED} AND scope_id = {SCOPES}))"

LEAD_IS_SEEN = f"{IS_MINE} OR {IS_IN_MY_POOL} OR {IS_MY_TEAMS} OR id = {GRANTED}"
LEAD_IS_WORKED = f"{IS_MINE} OR {IS_MY_TEAMS}"

# What hangs on a facility: seen with any lead of it that one sees, edited with any that one works.
FACILITY_IS_SEEN = "EXISTS (SELECT FROM leads_lead l WHERE l.facility_id = {facility})"
FACILITY_IS_WORKED = f"""EXISTS (
    SELECT FROM leads_lead l WHERE l.facility_id = {{facility}}
       AND (l.owner_id = {UID} OR l.owner_team_id = {MANAGED_TEAM})
       AND (l.status <> 'open' OR l.protected_until > app.clock()))"""

# The outer table is named: a bare facility_id in there would be the lead's own, and always equal.
CONTACT_IS_SEEN = FACILITY_IS_SEEN.format(facility="leads_contact.facility_id")
CONTACT_IS_WORKED = FACILITY_IS_WORKED.format(facility="leads_contact.facility_id")
EDITED_OF_FACILITY = "name, address, city, state, postcode, phone, time_zone, version"
EDITED_OF_CONTACT = "name, title, phone, email, is_decision_maker, version"

# Managers grant what their team holds.
GRANT_IS_MY_TEAMS = f"""EXISTS (
    SELECT FROM leads_lead l WHERE l.id = content_object_id AND l.owner_team_id = {MANAGED_TEAM}
       AND (l.status <> 'open' OR l.protected_until > app.clock()))"""

# Columns that an owner's or a manager's work changes. Owner, facility and scope are not among
# them: only app.claim, app.release and app.reassign hand a lead over.
WORKED_COLUMNS = """stage, status, last_contact_at, last_outcome, no_answer_count, unreached,
    hot_at, follow_up_on, callback_at, queued_at, protected_until, protection_left, version,
    discovery_on, gameplan_on, contract_sent_on, expected_close_on, expected_value"""
