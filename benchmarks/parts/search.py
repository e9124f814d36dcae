"""Searching queue, pool, clients and everything by part of a name or phone; near spellings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import quote

from benchmarks.client import HTMX, expect
from benchmarks.figures import Figures, p95
from benchmarks.stage import Person, Stage, in_turn

# How many facilities have a word, estimated from some of them.
WORDS = """
WITH sampled AS (SELECT doc FROM leads_facilitysearch TABLESAMPLE BERNOULLI (%s) REPEATABLE (1))
SELECT word, count(*) FROM sampled, regexp_split_to_table(doc, '[^[:alpha:]]+') AS word
 WHERE length(word) >= 5 GROUP BY 1 ORDER BY 2 DESC, 1"""
# What the facilities and the people of some leads are called, and their phone numbers.
OWN = """
SELECT s.doc, c.name, f.phone FROM leads_lead l JOIN leads_facilitysearch s USING (facility_id)
  JOIN leads_facility f ON f.id = l.facility_id
  LEFT JOIN leads_contact c ON c.facility_id = f.id AND c.is_decision_maker
 WHERE l.owner_id = %s AND l.status = 'open' AND l.protected_until > now()
 ORDER BY md5(l.id::text) LIMIT 10"""
WAITING = """
SELECT s.doc, c.name, f.phone FROM leads_lead l JOIN leads_facilitysearch s USING (facility_id)
  JOIN leads_facility f ON f.id = l.facility_id
  JOIN people_workscope w ON w.id = l.pool_scope
  JOIN people_user u ON u.id = %s AND (u.territories = '{}' OR w.state = ANY (u.territories))
  JOIN people_user_opportunity_types t
       ON t.user_id = u.id AND t.opportunitytype_id = w.opportunity_type_id
  LEFT JOIN leads_contact c ON c.facility_id = f.id AND c.is_decision_maker
 WHERE l.pool_scope IS NOT NULL AND l.id %% 97 = u.id %% 97 ORDER BY md5(l.id::text) LIMIT 10"""
SOLD = """
SELECT s.doc, c.name, f.phone FROM clients_client k JOIN leads_facilitysearch s USING (facility_id)
  JOIN leads_facility f ON f.id = k.facility_id
  LEFT JOIN leads_contact c ON c.facility_id = f.id AND c.is_decision_maker
 WHERE %s = ANY (k.sellers) ORDER BY md5(f.id::text) LIMIT 10"""
SAMPLED = 20_000
NOTHING_MATCHES = b"Nothing matches"


@dataclass
class Vocabulary:
    """Which words of a data set are common, and how common."""

    frequency: dict[str, int]

    @classmethod
    def of(cls, stage: Stage) -> "Vocabulary":
        percent = min(100, 100 * SAMPLED / stage.size)
        return cls(dict(stage.data.as_superuser(WORDS, [percent])))

    @property
    def commonest(self) -> list[str]:
        return list(self.frequency)[:3]

    def rarest(self, doc: str) -> str:
        words = [word for word in doc.split() if word.isalpha() and len(word) >= 5]
        return min(words, key=lambda word: self.frequency.get(word, 0))

    def misspelt(self, doc: str) -> str:
        """A word with two letters the wrong way round, as nobody is called."""
        words = sorted((word for word in doc.split() if word.isalpha()), key=len)
        word = words[-1]
        middle = len(word) // 2
        return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :] + "q"


Term = Callable[[Vocabulary, tuple], str]
TERMS: dict[str, Term] = {
    "rare word": lambda words, lead: words.rarest(lead[0]),
    "common word": lambda words, lead: in_turn(words.commonest, len(lead[0])),
    "surname": lambda words, lead: (lead[1] or "miller").split()[-1],
    "phone part": lambda words, lead: lead[2][-7:],
}


@dataclass
class Search:
    """One kind of term looked for in one list."""

    name: str
    path: str
    term: Term
    person: Callable[[Stage, int], Person]
    leads: str
    at_most: float = 60
    wall: dict[int, list[float]] = field(default_factory=dict)
    known: dict[tuple[int, int], list[tuple]] = field(default_factory=dict)

    def url(self, stage: Stage, words: Vocabulary, number: int) -> tuple[str, Person]:
        person = self.person(stage, number)
        key = (stage.size, person.pk)
        if key not in self.known:
            rep = in_turn(stage.reps, 0) if person is stage.senior_manager else person
            self.known[key] = stage.data.as_superuser(self.leads, [rep.pk])
        lead = in_turn(self.known[key], number // 3)
        return f"{self.path}?q={quote(self.term(words, lead))}", person

    def measure(self, stage: Stage, words: Vocabulary, number: int) -> None:
        url, person = self.url(stage, words, number)
        answer = expect(stage.client.get(url, person.session, **HTMX), 200)
        self.wall.setdefault(stage.size, []).append(answer.ms)

    def note(self, stage: Stage, figures: Figures) -> None:
        wall = self.wall[stage.size]
        note = figures.note
        note(stage.size, "search", f"{self.name}: request, median", median(wall))
        note(stage.size, "", f"{self.name}: request, p95", p95(wall), at_most=self.at_most)


def searches() -> Iterator[Search]:
    def rep(stage: Stage, number: int) -> Person:
        return in_turn(stage.reps, number)

    def senior(stage: Stage, number: int) -> Person:
        return stage.senior_manager

    for name, term in TERMS.items():
        yield Search(f"queue, {name}", "/leads", term, rep, OWN)
        yield Search(f"pool, {name}", "/leads/pool", term, rep, WAITING)
        yield Search(f"whole pool, {name}", "/leads/pool", term, senior, WAITING)
        yield Search(f"everything, {name}", "/search", term, rep, OWN)
        yield Search(f"everything of all, {name}", "/search", term, senior, WAITING)
        yield Search(f"clients, {name}", "/clients", term, rep, SOLD)
        yield Search(f"all clients, {name}", "/clients", term, senior, SOLD)
    near: Term = lambda words, lead: words.misspelt(lead[0])  # noqa: E731
    yield Search("queue, nearest spellings", "/leads", near, rep, OWN, at_most=300)
    yield Search("pool, nearest spellings", "/leads/pool", near, rep, WAITING, at_most=300)
    yield Search("everything, nearest spellings", "/search", near, rep, OWN, at_most=300)
    yield Search("everything of all, nearest spellings", "/search", near, senior, OWN, at_most=300)


def measure(stages: list[Stage], figures: Figures, repeat: int) -> None:
    vocabularies = {stage.size: Vocabulary.of(stage) for stage in stages}
    for search in searches():
        for number in range(max(repeat // 2, 10)):
            for stage in stages:
                search.measure(stage, vocabularies[stage.size], number)
        for stage in stages:
            search.note(stage, figures)
