"""SQL: which facility a row means, where it is known, and which one has its phone."""

# Each of these looks for one row, at the very place of the only index with that order (LIMIT 1;
# `>=` and both columns in ORDER BY where many may match). So a row costs the same however large
# the tables are, however many facilities share a key or a phone, and whatever the planner
# believes of tables that grow while it plans.

# What its source calls it, else what has the same name, address and postcode, unless both have
# external ids and so are two. `r` is the row, with its `key`.
FACILITY = """
  LEFT JOIN LATERAL (
    SELECT id FROM leads_facility
     WHERE source = %(source)s AND external_id = r.external_id AND external_id <> ''
     LIMIT 1) by_id ON true
  LEFT JOIN LATERAL (
    SELECT id FROM leads_facility
     WHERE identity_key = r.key AND external_id = '' AND by_id.id IS NULL
     LIMIT 1) unnumbered ON true
  LEFT JOIN LATERAL (
    SELECT id, identity_key FROM leads_facility
     WHERE identity_key >= r.key AND r.external_id = ''
     ORDER BY identity_key, id LIMIT 1) first ON first.identity_key = r.key
  CROSS JOIN LATERAL (SELECT coalesce(by_id.id, first.id, unnumbered.id) AS id) facility"""

# The oldest one with the phone of `r`.
LISTED = """
  LEFT JOIN LATERAL (
    SELECT id, phone FROM leads_facility
     WHERE phone >= r.phone AND phone <> '' AND r.phone <> ''
     ORDER BY phone, id LIMIT 1) listed ON listed.phone = r.phone"""

# The facility that was found, as `f`, and its lead of the import's type that is live, as `l`.
KNOWN = """
  LEFT JOIN LATERAL (SELECT * FROM leads_facility WHERE id = r.facility_id LIMIT 1) f ON true
  LEFT JOIN LATERAL (
    SELECT id FROM leads_lead
     WHERE facility_id = r.facility_id AND opportunity_type_id = %(type)s
       AND status NOT IN ('won', 'lost')
     LIMIT 1) l ON true"""

KEY = "app.facility_key(name, address, postcode) AS key"

# What an update would make of facility `f` by row `r`: only what the row says, and by name and
# address no facility is renamed that was found by them.
CHANGES = {
    "name": "r.external_id <> '' AND r.name <> ''",
    "address": "r.external_id <> '' AND r.address <> ''",
    "city": "r.city <> ''",
    "state": "r.state <> ''",
    "postcode": "r.external_id <> '' AND r.postcode <> ''",
    "phone": "r.phone <> ''",
    "time_zone": "r.phone <> '' OR r.state <> f.state",
}
DIFFERS = " OR ".join(
    f"(({condition}) AND r.{column} IS DISTINCT FROM f.{column})"
    for column, condition in CHANGES.items()
)
