"""SQL: which facility a row means, where it is known."""

# What its source calls it, else what has the same name, address and postcode, unless both have
# external ids and so are two. `r` is the row, with its `key`.
# (id + 0: else the planner may look for the smallest id along the primary key.)
FACILITY = """
  LEFT JOIN LATERAL (
    SELECT id FROM leads_facility
     WHERE source = %(source)s AND external_id = r.external_id AND external_id <> '') by_id ON true
  LEFT JOIN LATERAL (
    SELECT min(id + 0) AS id FROM leads_facility
     WHERE identity_key = r.key AND (external_id = '' OR r.external_id = '')
       AND by_id.id IS NULL) by_text ON true
  CROSS JOIN LATERAL (SELECT coalesce(by_id.id, by_text.id) AS id) facility"""

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
