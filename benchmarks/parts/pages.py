"""Queue, pool, folder and dashboard with one client: time in the database, and in all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from benchmarks.client import expect
from benchmarks.figures import Figures, p95
from benchmarks.stage import Person, Stage, in_turn

WARM_UP = 16
# Of what one request asks at any size.
QUERIES = 8
GROWTH = 1.5

OWN_LEADS = """
SELECT id FROM leads_lead WHERE owner_id = %s AND status = 'open' AND protected_until > now()
 ORDER BY md5(id::text) LIMIT 20"""


@dataclass
class Page:
    """A page that somebody opens: the n-th request is person(stage, n) asking path(stage, n)."""

    name: str
    path: Callable[[Stage, int], str]
    person: Callable[[Stage, int], Person] = lambda stage, n: in_turn(stage.reps, n)
    # In the database, and for 95 of 100 requests.
    at_most: tuple[float, float] = (5, 40)
    growth: float | None = GROWTH
    database: dict[int, list[float]] = field(default_factory=dict)
    wall: dict[int, list[float]] = field(default_factory=dict)
    queries: dict[int, int] = field(default_factory=dict)

    def ask(self, stage: Stage, number: int) -> float:
        path, person = self.path(stage, number), self.person(stage, number)
        return expect(stage.client.get(path, person.session), 200).ms

    def measure(self, stage: Stage, number: int) -> None:
        stage.statements.since()
        self.wall.setdefault(stage.size, []).append(self.ask(stage, number))
        cost = stage.statements.since()
        self.database.setdefault(stage.size, []).append(cost.ms)
        self.queries[stage.size] = max(self.queries.get(stage.size, 0), cost.queries)

    def note(self, stage: Stage, figures: Figures) -> None:
        size, wall, growth = stage.size, self.wall[stage.size], self.growth
        in_database, in_all = self.at_most
        note = figures.note
        database = median(self.database[size])
        limits = {"at_most": in_database, "growth_at_most": growth}
        note(size, self.name, "database, median", database, **limits)
        note(size, "", f"{self.name}: queries", self.queries[size], "", at_most=QUERIES)
        note(size, "", f"{self.name}: request, median", median(wall), growth_at_most=growth)
        note(size, "", f"{self.name}: request, p95", p95(wall), at_most=in_all)


def folder_of(stage: Stage, number: int) -> str:
    rep = in_turn(stage.reps, number)
    leads = OWN.setdefault((stage.size, rep.pk), stage.data.as_superuser(OWN_LEADS, [rep.pk]))
    return f"/leads/{in_turn(leads, number // len(stage.reps))[0]}"


OWN: dict[tuple[int, int], list[tuple]] = {}


def pages() -> list[Page]:
    return [
        Page("queue", lambda stage, n: "/leads"),
        Page("pool", lambda stage, n: "/leads/pool"),
        Page(
            "pool, senior manager",
            lambda stage, n: "/leads/pool",
            lambda stage, n: stage.senior_manager,
        ),
        Page("folder", folder_of),
        Page("dashboard", lambda stage, n: "/dashboard"),
        # The numbers of each rep of a team, or of all 500.
        Page(
            "dashboard, manager",
            lambda stage, n: "/dashboard",
            lambda stage, n: in_turn(stage.managers, n),
            at_most=(20, 100),
            growth=None,
        ),
        Page(
            "dashboard, senior manager",
            lambda stage, n: "/dashboard",
            lambda stage, n: stage.senior_manager,
            at_most=(200, 500),
            growth=None,
        ),
    ]


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    for page in pages():
        for stage in stages:
            for number in range(WARM_UP):
                page.ask(stage, number)
        for number in range(repeat):
            for stage in stages:  # in turn, so that neighbours on the machine slow down both alike
                page.measure(stage, number)
        for stage in stages:
            page.note(stage, figures)
