"""Who works there: the cast, and as many more reps as a benchmark wants, in teams of 25."""

from dataclasses import dataclass, field
from math import ceil
from random import Random
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from backoffice.rls import SYSTEM_ID
from demo.words import FIRST_NAMES, HOSPITALS_BY_STATE, pick, pick_surname
from people.models import OpportunityType, Team, User
from people.permissions import Role

PASSWORD = "demo-password"
TEAM_SIZE = 25
# The two teams of the cast, and the states that each works.
TERRITORIES = {"North": ["NY", "MA", "CT", "NJ"], "South": ["TX", "FL", "GA"]}
EASTERN, CENTRAL = "America/New_York", "America/Chicago"

# E-mail, name, role, team, time zone.
CAST = [
    ("ana@example.com", "Ana Alvarez", Role.INSIDE_REP, "North", EASTERN),
    ("ben@example.com", "Ben Becker", Role.INSIDE_REP, "North", EASTERN),
    ("cleo@example.com", "Cleo Carter", Role.MANAGER, "North", EASTERN),
    ("dora@example.com", "Dora Diaz", Role.INSIDE_REP, "South", CENTRAL),
    ("eli@example.com", "Eli Evans", Role.MANAGER, "South", CENTRAL),
    ("sol@example.com", "Sol Sorensen", Role.SENIOR_MANAGER, None, EASTERN),
    ("ada@example.com", "Ada Adler", Role.SALES_ADMIN, None, EASTERN),
]
CAST_EMAILS = {email for email, *_ in CAST}


@dataclass
class Rep:
    """A rep as the stories need one: who, what they may work, and their free half-hours."""

    id: int
    name: str
    email: str
    team: int
    zone: ZoneInfo
    states: list[str]
    types: list[str]
    colleagues: list["Rep"] = field(default_factory=list)
    past_slots: list[int] = field(default_factory=list)
    future_slots: list[int] = field(default_factory=list)


def make_people(rng: Random, reps: int) -> list[Rep]:
    """Create the cast and `reps` more inside reps with their managers; return all inside reps."""
    newcomers = [newcomer(*person) for person in CAST] + more_people(rng, reps)
    teams = {team: Team(name=team) for _, team in newcomers if team}
    Team.objects.bulk_create(teams.values())
    for person, team in newcomers:
        person.team = teams.get(team)
        person.set_unusable_password()
    User.objects.bulk_create(person for person, _ in newcomers)
    return let_them_work(rng, [person for person, _ in newcomers])


def let_in():
    """Give everybody the demo password; until then nobody can sign in."""
    # Hashing takes its time on purpose: once is enough for people who share a password.
    User.objects.exclude(pk=SYSTEM_ID).update(password=make_password(PASSWORD))


def newcomer(email, name, role, team, time_zone, territories=None):
    """Return an unsaved user and the name of their team."""
    person = User(email=email, name=name, role=role, time_zone=time_zone)
    if role == Role.INSIDE_REP:
        person.territories = territories or TERRITORIES[team]
    return person, team


def more_people(rng, reps):
    """rep0001@example.com and on, and a manager for each of their teams."""
    teams = ceil(reps / TEAM_SIZE)
    states = sorted(HOSPITALS_BY_STATE, key=lambda state: -len(HOSPITALS_BY_STATE[state]))
    people = []
    for number in range(1, teams + 1):
        name = f"{pick(rng, FIRST_NAMES)} {pick_surname(rng)}"
        email = f"manager{number:02}@example.com"
        people.append(newcomer(email, name, Role.MANAGER, f"Team {number:02}", EASTERN))
    for number in range(1, reps + 1):
        team = (number - 1) // TEAM_SIZE
        name = f"{pick(rng, FIRST_NAMES)} {pick_surname(rng)}"
        people.append(
            newcomer(
                f"rep{number:04}@example.com",
                name,
                Role.INSIDE_REP,
                f"Team {team + 1:02}",
                CENTRAL if team % 2 else EASTERN,
                states[team::teams],
            )
        )
    return people


def let_them_work(rng, users):
    """Give the reps among `users` what they may sell, the cast all of it; return them as Reps."""
    types = {kind.code: kind for kind in OpportunityType.objects.filter(code__in=["CS", "BMD"])}
    reps, rows = [], []
    link = User.opportunity_types.through
    for person in users:
        if person.role != Role.INSIDE_REP:
            continue
        both = person.email in CAST_EMAILS or rng.random() < 0.6
        works = ["CS", "BMD"] if both else [pick(rng, ["CS", "BMD"])]
        rows += [link(user=person, opportunitytype=types[code]) for code in works]
        reps.append(rep_of(person, works))
    link.objects.bulk_create(rows)
    for rep in reps:
        rep.colleagues = [other for other in reps if other.team == rep.team and other is not rep]
    return reps


def rep_of(user, works):
    return Rep(user.pk, user.name, user.email, user.team_id, user.zone, user.territories, works)
