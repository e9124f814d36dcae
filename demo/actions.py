"""Making the demo data: the cast, more reps, and the story of every lead."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from backoffice.clock import clock
from backoffice.commands import at_work
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, SYSTEM_ID, acting_as
from demo.books import deal, fill_diary
from demo.people import CAST_EMAILS, let_in, make_people
from demo.remarks import ON_PEOPLE
from demo.telling import Teller
from demo.world import World
from demo.writing import write, write_apart
from leads.models import Facility
from notes.actions import add_note
from notes.subjects import person_subject
from people.models import OpportunityType, Policy, User, WorkScope
from people.permissions import CLEARANCE, Role

WRITERS = 2  # connections that write chunks at the same time
ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(hashtext('demo'))"


def is_seeded():
    """Is the demo data there, and complete, whatever has been added since?"""
    with acting_as(SYSTEM):
        cast = User.objects.filter(email__in=CAST_EMAILS).exclude(password__startswith="!")
        return cast.count() == len(CAST_EMAILS)


def seed_demo(*, leads, reps, seed):
    """Fill an empty database with the cast, `reps` more reps and `leads` leads.

    The same numbers and seed make the same data, as seen from the moment of seeding. The first
    chunk is one transaction with the people; where there are more, people can sign in when all is
    done. Refused if there are people or leads already.
    """
    with at_work() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        refuse_real_data(alone=cursor.fetchone()[0])
        rng = Random(f"{seed}")
        people = make_people(rng, reps)
        world = make_world()
        for rep in people:
            fill_diary(rep, world.now)
        teller = Teller(world, people, deal(rng, leads, people), rng)
        chapters = teller.chapters()
        write(next(chapters))
        note_on_people()
        if teller.is_done:
            let_in()
    if not teller.is_done:
        write_all(chapters)
        with at_work():
            let_in()


def refuse_real_data(*, alone):
    if not alone:
        raise Refused("Demo data is being made by somebody else right now.")
    people = User.objects.exclude(pk=SYSTEM_ID)
    if people.filter(email__in=CAST_EMAILS, password__startswith="!").exists():
        raise Refused("The making of demo data broke off here; start with a new database.")
    if people.exists():
        raise Refused("This database has people of its own; demo data is for an empty one.")
    if Facility.objects.exists():
        raise Refused("This database has leads of its own; demo data is for an empty one.")


def make_world():
    policy = Policy.current()
    codes = {kind.pk: kind.code for kind in OpportunityType.objects.all()}
    return World(
        now=int(clock().timestamp()),
        zone=ZoneInfo(settings.TIME_ZONE),
        protection_days=policy.protection_days,
        no_answer_limit=policy.no_answer_limit,
        follow_up_days=policy.follow_up_days,
        leaders={
            (person.role, person.team_id): person
            for person in User.objects.exclude(role=Role.INSIDE_REP)
        },
        scopes={
            (scope.state, codes[scope.opportunity_type_id]): (scope.pk, scope.opportunity_type_id)
            for scope in WorkScope.objects.all()
        },
    )


def note_on_people():
    people = {user.email: user for user in User.objects.filter(email__in=CAST_EMAILS)}
    for author, on, reader, text in ON_PEOPLE:
        subject = person_subject(people[f"{on}@example.com"])
        by = people[f"{author}@example.com"]
        add_note(subject, by=by, tier=CLEARANCE[reader], text=text)


def write_all(chapters):
    """Write chapters on several connections while the next one is being told."""
    with ThreadPoolExecutor(WRITERS) as pool:
        writing: deque[Future] = deque()
        for pages in chapters:
            if len(writing) == WRITERS:
                writing.popleft().result()
            writing.append(pool.submit(write_apart, pages))
        for future in writing:
            future.result()
