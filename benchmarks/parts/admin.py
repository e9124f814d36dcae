"""The same leads in ours and in a plain Django admin, request by request in turn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from benchmarks.client import HTMX, Client, expect
from benchmarks.figures import Figures, paired_ratio
from benchmarks.stage import Stage, in_turn

WARM_UP = 3
GROWTH = 1.5
WAITING = """
SELECT l.id FROM leads_lead l JOIN people_user u ON u.id = %s
  JOIN people_user_opportunity_types t ON t.user_id = u.id
  JOIN people_workscope s ON s.id = l.pool_scope AND s.opportunity_type_id = t.opportunitytype_id
       AND (u.territories = '{}' OR s.state = ANY (u.territories))
 ORDER BY md5(l.id::text) LIMIT 200"""
OWNED = """
SELECT id, owner_id FROM leads_lead
 WHERE status = 'open' AND protected_until > now() + interval '1 day' AND owner_id = ANY (%s)
 ORDER BY md5(id::text) LIMIT 200"""


@dataclass
class Pair:
    """One thing to do, in ours and in the admin; each returns the milliseconds it took."""

    name: str
    ours: Callable[["Contest", int], float]
    theirs: Callable[["Contest", int], float]
    at_least: float | None = None

    @property
    def growth_at_most(self) -> float | None:
        """Flat from the smallest size to the largest has to be what ours wins by far."""
        return GROWTH if self.at_least else None


@dataclass
class Contest:
    """One size: the leads that are worked with, and a connection to each server."""

    stage: Stage
    admin: Client = field(init=False)
    owners_admin: Client = field(init=False)
    waiting: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.admin = Client(self.stage.admin.port)
        self.owners_admin = Client(self.stage.owners_admin.port)
        reps = [rep.pk for rep in self.stage.reps]
        self.owned = self.stage.data.as_superuser(OWNED, [reps])

    # --- ours -----------------------------------------------------------------

    def queue(self, number: int) -> float:
        rep = in_turn(self.stage.reps, number)
        return expect(self.stage.client.get("/leads", rep.session), 200).ms

    def whole_pool(self, number: int) -> float:
        session = self.stage.senior_manager.session
        return expect(self.stage.client.get("/leads/pool", session), 200).ms

    def folder(self, number: int) -> float:
        lead, owner = in_turn(self.owned, number)
        session = next(rep.session for rep in self.stage.reps if rep.pk == owner)
        return expect(self.stage.client.get(f"/leads/{lead}", session), 200).ms

    def claim(self, number: int) -> float:
        rep = self.stage.reps[-1]
        if rep.pk not in self.waiting:
            rows = self.stage.data.as_superuser(WAITING, [rep.pk])
            self.waiting[rep.pk] = [lead for (lead,) in rows]
        lead = self.waiting[rep.pk].pop()
        return expect(self.stage.client.post(f"/leads/{lead}/claim", rep.session, **HTMX), 200).ms

    # --- the plain admin ------------------------------------------------------

    def ask(self, admin: Client, path: str) -> float:
        return expect(admin.get(f"/admin/leads/lead/{path}", self.stage.admin_session), 200).ms

    def list_of_owner(self, number: int) -> float:
        return self.ask(self.admin, self.owned_by(number))

    def list_of_owner_unsecured(self, number: int) -> float:
        return self.ask(self.owners_admin, self.owned_by(number))

    def owned_by(self, number: int) -> str:
        return f"?owner__id__exact={in_turn(self.stage.reps, number).pk}"

    def list_of_all(self, number: int) -> float:
        return self.ask(self.admin, "")

    def list_of_all_unsecured(self, number: int) -> float:
        return self.ask(self.owners_admin, "")

    def change_form(self, number: int) -> float:
        return self.ask(self.admin, f"{in_turn(self.owned, number)[0]}/change/")

    def save(self, number: int) -> float:
        """Give the lead to another owner; only the owner of the tables may write them so."""
        lead, owner = in_turn(self.owned, number)
        another = next(rep.pk for rep in self.stage.reps if rep.pk != owner)
        fields = self.fields_of(lead) | {"owner": another}
        path, session = f"/admin/leads/lead/{lead}/change/", self.stage.admin_session
        return expect(self.owners_admin.post(path, session, fields), 302).ms

    def fields_of(self, lead: int) -> dict[str, object]:
        names = "facility_id, opportunity_type_id, source, stage, status"
        rows = self.stage.data.as_superuser(f"SELECT {names} FROM leads_lead WHERE id = %s", [lead])
        return dict(zip(names.replace("_id", "").split(", "), rows[0], strict=True))


PAIRS = [
    Pair("my leads (queue)", Contest.queue, Contest.list_of_owner, at_least=5),
    Pair("all leads (pool of all)", Contest.whole_pool, Contest.list_of_all, at_least=20),
    Pair("my leads, admin without policies", Contest.queue, Contest.list_of_owner_unsecured),
    Pair("all leads, admin without policies", Contest.whole_pool, Contest.list_of_all_unsecured),
    Pair("open a lead", Contest.folder, Contest.change_form),
    Pair("assign a lead (claim)", Contest.claim, Contest.save),
]


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    contests = [Contest(stage) for stage in stages]
    for pair in PAIRS:
        times = {stage.size: ([], []) for stage in stages}
        for number in range(WARM_UP + max(repeat // 5, 5)):
            for contest in contests:
                both = pair.ours(contest, number), pair.theirs(contest, number)
                if number >= WARM_UP:
                    for one, ms in zip(times[contest.stage.size], both, strict=True):
                        one.append(ms)
        for size, (ours, theirs) in times.items():
            note(size, pair, ours, theirs, figures)


def note(size: int, pair: Pair, ours: list[float], theirs: list[float], figures: Figures) -> None:
    part = "plain admin"
    growth = pair.growth_at_most
    figures.note(size, part, f"{pair.name}: ours, median", median(ours), growth_at_most=growth)
    figures.note(size, part, f"{pair.name}: admin, median", median(theirs))
    figures.note(
        size,
        part,
        f"{pair.name}: pair by pair",
        paired_ratio(ours, theirs),
        "x",
        at_least=pair.at_least,
        only_largest=True,
    )
