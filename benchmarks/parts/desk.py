"""The sales admin's desk: review, people, the policy's preview, and the audit by every filter."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from benchmarks.client import expect
from benchmarks.figures import Figures
from benchmarks.parts.dispositions import invariants_hold
from benchmarks.parts.notes import SALES_ADMIN, person
from benchmarks.parts.pages import Page
from benchmarks.stage import Person, Stage, in_turn

# For each lead; numbered as they came, after all that is there.
CHANGES, ACCESSES = 3, 1
FILL = """
WITH rows AS (SELECT {each} * count(*) AS number FROM leads_lead),
     begun AS (SELECT coalesce(max(at), now() - interval '90 days') AS at FROM {table}),
     people AS (SELECT array_agg(id ORDER BY id) AS ids FROM people_user WHERE is_active),
     leads AS (SELECT id, facility_id, row_number() OVER (ORDER BY id) - 1 AS place
                 FROM leads_lead)
INSERT INTO {table} (at, actor_id, actor_name, {columns})
SELECT b.at + (now() - b.at) * n / r.number, p.ids[1 + n % cardinality(p.ids)], 'Somebody', {values}
  FROM rows r CROSS JOIN begun b CROSS JOIN people p
 CROSS JOIN LATERAL generate_series(1, r.number) AS n
  JOIN leads l ON l.place = n::bigint * 7919 % (SELECT count(*) FROM leads_lead)
 ORDER BY n"""
CHANGED = {
    "table": "history_change",
    "columns": "subject, deed, row_id, facility_id, fields",
    "values": """'facility', 'changed', l.facility_id, l.facility_id,
                 '{"city": ["Troy", "Utica"]}'""",
}
DENIED = {
    "table": "history_access",
    "columns": "kind, lead_id, agent, request, status",
    "values": "'denied', l.id, 'Firefox', 'GET /leads/' || l.id, 404",
}
FLAGGED = "SELECT id FROM leads_lead WHERE status = 'flagged' ORDER BY md5(id::text) LIMIT 20"
OWNED = """
SELECT id FROM leads_lead WHERE status = 'open' AND owner_id IS NOT NULL
 ORDER BY md5(id::text) LIMIT 40"""
# Whose book is closest to what one rep may own.
LEAVES = """
SELECT u.id, u.version, count(*) FROM people_user u JOIN leads_lead l ON l.owner_id = u.id
 WHERE u.role = 'inside_rep' AND u.is_active AND l.status = 'open' AND l.protected_until > now()
 GROUP BY u.id ORDER BY abs(count(*) - 2000), u.id LIMIT 1"""
BULK = "SELECT bulk_id FROM history_event WHERE bulk_id IS NOT NULL ORDER BY id DESC LIMIT 1"
# What takes all windows of the house into account.
OF_ALL = (200, 500)
GOES_ON = re.compile(rb"Being handed over")


@dataclass
class Form(Page):
    """A page that answers what is filled in, and changes nothing yet."""

    fields: Callable[[Stage], dict[str, Any]] = lambda stage: {}

    def ask(self, stage: Stage, number: int) -> float:
        path, who = self.path(stage, number), self.person(stage, number)
        return expect(stage.client.post(path, who.session, self.fields(stage)), 200).ms


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    for stage in stages:
        admin = person(stage, SALES_ADMIN)
        for page in desk(stage, admin):
            timed(page, stage, figures, repeat)
        leave(stage, admin, figures)
        fill(stage)
        for page in audit(stage, admin):
            timed(page, stage, figures, repeat)


def timed(page: Page, stage: Stage, figures: Figures, repeat: int) -> None:
    for number in range(5):
        page.ask(stage, number)
    for number in range(max(repeat // 5, 10)):
        page.measure(stage, number)
    page.note(stage, figures)


def page(admin: Person, name: str, *paths: str, **options: Any) -> Page:
    def path(stage: Stage, number: int) -> str:
        return in_turn(list(paths), number)

    return Page(name, path, lambda stage, n: admin, growth=None, **options)


def desk(stage: Stage, admin: Person) -> Iterator[Page]:
    flagged = [lead for (lead,) in stage.data.as_superuser(FLAGGED)]
    owned = [lead for (lead,) in stage.data.as_superuser(OWNED)]
    leaves = stage.data.as_superuser(LEAVES)[0][0]
    yield page(admin, "admin: review", "/admin/review")
    yield page(admin, "admin: review of a lead", *(f"/admin/review/{lead}" for lead in flagged))
    yield page(admin, "admin: people", "/admin/people")
    yield page(admin, "admin: a person", f"/admin/people/{leaves}")
    yield page(admin, "admin: leaving, preview", f"/admin/people/{leaves}/leave", at_most=(20, 100))
    yield page(admin, "admin: who sees a lead", *(f"/leads/{lead}/sight" for lead in owned))
    yield Form(
        "admin: policy, preview",
        lambda stage, n: "/admin/policy",
        lambda stage, n: admin,
        growth=None,
        at_most=OF_ALL,
        fields=policy,
    )


NUMBERS = ["protection_days", "expiring_soon_days", "no_answer_limit", "follow_up_days"]
NUMBERS += ["fresh_hours", "long_tail_days", "reclaim_cooldown_hours", "open_leads_per_rep"]
NUMBERS += ["version"]


def policy(stage: Stage) -> dict[str, Any]:
    """Every number another, but for the version."""
    (now,) = stage.data.as_superuser(f"SELECT {', '.join(NUMBERS)} FROM people_policy")
    return {name: number - (name != "version") for name, number in zip(NUMBERS, now, strict=True)}


def leave(stage: Stage, admin: Person, figures: Figures) -> None:
    """Have a rep with a full book leave; the page hands the rest over, 500 leads at a time."""
    pk, version, leads = stage.data.as_superuser(LEAVES)[0]
    began, path = time.perf_counter(), f"/admin/people/{pk}/leave"
    answers = [stage.client.post(path, admin.session, {"version": version})]
    ((departure,),) = stage.data.as_superuser(
        "SELECT id FROM staff_departure WHERE person_id = %s", [pk]
    )
    path = f"/admin/people/departures/{departure}"
    while GOES_ON.search(stage.client.get(path, admin.session).body):
        answers.append(stage.client.post(path, admin.session))
    took = time.perf_counter() - began
    longest = max(expect(answer, 303).ms for answer in answers)
    note = figures.note
    note(stage.size, "admin: leaving", "leads", leads, "")
    note(stage.size, "", "all of it", took, "s", at_most=10)
    note(stage.size, "", "longest chunk", longest, at_most=2000)
    stage.__dict__.pop("reps", None)  # who is asked next has not left
    note(stage.size, "", "leaving: invariants hold", int(invariants_hold(stage)), "", at_least=1)


def fill(stage: Stage) -> None:
    """Top up the audit; these changes have happened to nobody, so nothing that asks comes later."""
    ((leads,),) = stage.data.as_superuser("SELECT count(*) FROM leads_lead")
    for each, told in [(CHANGES, CHANGED), (ACCESSES, DENIED)]:
        table = told["table"]
        ((there,),) = stage.data.as_superuser(f"SELECT count(*) FROM {table}")
        if there < each * leads:
            stage.data.as_owner(FILL.format(each=each, **told))
            stage.data.as_owner(f"VACUUM (ANALYZE) {table}")


def audit(stage: Stage, admin: Person) -> Iterator[Page]:
    """The audit without a filter, by each, and by each two."""
    rep, leads = stage.reps[0], stage.data.as_superuser(OWNED)
    bulk = stage.data.as_superuser(BULK)
    today = datetime.now(UTC).date()
    filters = {
        "actor": f"actor={rep.pk}",
        "exports": "kind=exported",
        "changes": "kind=field_changed",
        "denials": "kind=denied",
        "person": f"person={rep.pk}",
        "40 leads": "leads=" + ",".join(str(lead) for (lead,) in leads),
        "a week": f"since={today - timedelta(days=7)}&until={today}",
    }
    if bulk:
        filters["bulk"] = f"bulk={bulk[0][0]}"
    yield page(admin, "audit", "/admin/audit")
    for number in (1, 2):
        for chosen in combinations(filters.items(), number):
            query = "&".join(said for _, said in chosen)
            if query.count("kind=") < 2:
                names = ", ".join(name for name, _ in chosen)
                yield page(admin, f"audit: {names}", f"/admin/audit?{query}")
