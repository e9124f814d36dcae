"""A million notes: the pages of the list by role, range and filter, and the exports of them."""

import http.client
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figures
from benchmarks.parts.pages import Page
from benchmarks.stage import Person, Stage

NOTES = 1_000_000
# Over two years, on leads of every kind, by their owners or anybody; seven of ten are shared.
FILL = """
WITH people AS (
       SELECT array_agg(id) AS ids FROM people_user WHERE role = 'inside_rep' AND is_active),
     leads AS (SELECT *, row_number() OVER (ORDER BY id) AS place FROM leads_lead)
INSERT INTO notes_note (lead_id, subject_name, author_id, tier, text, written_at, version)
SELECT l.id, f.name, coalesce(l.owner_id, p.ids[1 + n % cardinality(p.ids)]),
       CASE WHEN n % 10 < 7 THEN 0 WHEN n % 10 < 9 THEN 1 ELSE 2 + n / 10 % 2 END,
       'They asked for a quote over ' || n || ' weeks, and to be called again before the holidays.',
       now() - random() * interval '730 days', 1
  FROM generate_series(1, {missing}) AS n CROSS JOIN people p
  JOIN leads l ON l.place = 1 + n::bigint * 7919 % (SELECT count(*) FROM leads_lead)
  JOIN leads_facility f ON f.id = l.facility_id"""
# One of fifty besides on a client, one of two hundred on a person.
FILL_OTHERS = """
WITH subjects AS (
       SELECT f.id AS client_id, NULL::bigint AS person_id, f.name, {missing} / 50 AS of
         FROM clients_client c JOIN leads_facility f ON f.id = c.facility_id
        UNION ALL SELECT NULL, id, name, {missing} / 200 FROM people_user WHERE is_active),
     numbered AS (
       SELECT *, row_number() OVER (PARTITION BY of ORDER BY client_id, person_id) AS place,
              count(*) OVER (PARTITION BY of) AS there
         FROM subjects),
     authors AS (
       SELECT array_agg(id) AS ids FROM people_user WHERE role = 'inside_rep' AND is_active)
INSERT INTO notes_note (client_id, person_id, subject_name, author_id, tier, text, written_at,
       version)
SELECT s.client_id, s.person_id, s.name, a.ids[1 + n % cardinality(a.ids)],
       CASE WHEN n % 10 < 7 THEN 0 WHEN n % 10 < 9 THEN 1 ELSE 2 + n / 10 % 2 END,
       'They are glad of it for ' || n || ' weeks, and are to be asked for a reference.',
       now() - random() * interval '730 days', 1
  FROM generate_series(1, {missing} / 50) AS n CROSS JOIN authors a
  JOIN numbered s ON n <= s.of AND s.place = 1 + n % s.there"""
EVERYTHING = "since=2000-01-01"
SALES_ADMIN = "ada@example.com"
MANAGER = "cleo@example.com"
PIECE = 1 << 20
COMPARED = 100_000


def pages(stage: Stage) -> Iterator[Page]:
    senior, manager = stage.senior_manager, person(stage, MANAGER)
    for name, query in [("7 days", ""), ("quarter", "?range=quarter"), ("all", f"?{EVERYTHING}")]:
        yield Page(f"notes of {name}, rep", lambda stage, n, query=query: f"/notes{query}")
        for role, who in [("manager", manager), ("senior manager", senior)]:
            yield Page(
                f"notes of {name}, {role}",
                lambda stage, n, query=query: f"/notes{query}",
                lambda stage, n, who=who: who,
            )
    # What few notes meet is looked for among all that are newer.
    for query in ("subject=client", "subject=user", "tier=admin_only", "author=team"):
        for role, who in [("sales admin", person(stage, SALES_ADMIN)), ("manager", manager)]:
            yield Page(
                f"notes of quarter, {query}, {role}",
                lambda stage, n, query=query: f"/notes?range=quarter&{query}",
                lambda stage, n, who=who: who,
            )


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    for stage in stages:
        fill(stage)
        for page in pages(stage):
            for number in range(10):
                page.ask(stage, number)
            for number in range(max(repeat // 4, 10)):
                page.measure(stage, number)
            note(page, stage, figures)
        export(stage, figures)


def note(page: Page, stage: Stage, figures: Figures) -> None:
    walls, database = sorted(page.wall[stage.size]), sorted(page.database[stage.size])
    middle = len(walls) // 2
    figures.note(stage.size, page.name, "database, median", database[middle])
    figures.note(stage.size, "", f"{page.name}: request, median", walls[middle], at_most=200)


def fill(stage: Stage) -> None:
    """Top up the notes; these are without history, so nothing that asks for it comes later."""
    ((there,),) = stage.data.as_superuser("SELECT count(*) FROM notes_note")
    if there < NOTES:
        stage.data.as_owner(FILL.format(missing=NOTES - there))
        stage.data.as_owner(FILL_OTHERS.format(missing=NOTES - there))
        stage.data.as_owner("VACUUM (ANALYZE) notes_note")


def person(stage: Stage, email: str) -> Person:
    return stage.people(stage.find(email))[0]


def export(stage: Stage, figures: Figures) -> None:
    """Take all notes along that each role reads, and see how far the server's memory grows."""
    admin, manager = person(stage, SALES_ADMIN), person(stage, MANAGER)
    download(stage, f"/notes.csv?{EVERYTHING}&tier=admin_only", admin)
    before = memory(stage)
    roles = {"sales admin": admin, "senior manager": stage.senior_manager, "manager": manager}
    speeds = {}
    for role, who in roles.items():
        began = time.perf_counter()
        lines, size = download(stage, f"/notes.csv?{EVERYTHING}", who)
        took = time.perf_counter() - began
        speeds[role] = (lines - 1) / took
        figures.note(stage.size, f"notes.csv, {role}", "rows", lines - 1, "")
        figures.note(stage.size, "", f"{role}: size", size / 1e6, "MB")
        figures.note(stage.size, "", f"{role}: all rows", took, "s", at_most=15)
    grown = max(memory(stage)) - max(before)
    figures.note(stage.size, "notes.csv", "memory beyond that of few rows", grown, "MB", at_most=50)
    compare_export(stage, figures, "notes.csv", speeds["sales admin"])


def compare_export(stage: Stage, figures: Figures, name: str, speed: float) -> None:
    """Beside django-import-export, which keeps all that it exports in memory: so it gets less."""
    urls = {"DATABASE_URL": stage.data.product.addresses.owner}
    plain = stage.data.inside(
        "export_plainly",
        name,
        str(COMPARED),
        urls=stage.data.product.addresses.for_web() | urls,
    )
    if plain is None:
        # It comes with bin/test, not with what benchmarks/run needs.
        return
    theirs = plain["rows"] / plain["seconds"]
    whose = f"{name} by django-import-export, at most {COMPARED:,} rows"
    figures.note(stage.size, "", f"{whose}: rows a second", theirs, "")
    figures.note(stage.size, "", f"{whose}: memory, peak", plain["peak"], "MB")
    figures.note(stage.size, "", f"{name}: ours / django-import-export", speed / theirs, "x")


def download(stage: Stage, path: str, who: Person) -> tuple[int, int]:
    """Return how many lines and bytes there are; nothing is kept."""
    connection = http.client.HTTPConnection("127.0.0.1", stage.web.port, timeout=300)
    connection.request("GET", path, headers={"Cookie": f"sessionid={who.session}"})
    response = connection.getresponse()
    assert response.status == 200, response.status
    lines = size = 0
    while piece := response.read(PIECE):
        lines, size = lines + piece.count(b"\n"), size + len(piece)
    connection.close()
    return lines, size


def memory(stage: Stage) -> list[float]:
    """Return the most memory that each web process has had so far, in MB."""
    top = stage.web.process.pid
    family = [path for path in Path("/proc").glob("[0-9]*/status") if group_of(path) == top]
    return [most(path) for path in family]


def group_of(status: Path) -> int:
    try:
        return int((status.parent / "stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return 0


def most(status: Path) -> float:
    found = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(found[0].split()[1]) / 1024
