"""A real PostgreSQL under row security, the cast of the product, and hands to move the clock."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from hypothesis import settings as hypothesis_settings

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from people.admin_site import HERE_AT
from people.models import OpportunityType, Team, User
from people.permissions import Role
from tests.database import (
    create_database,
    drop_database,
    empty_tables,
    let_tests_move_the_clock,
    remember_what_migrations_made,
    test_database_name,
)

HTMX = {"HX-Request": "true"}
NORTH = ["NY", "MA", "CT", "NJ"]
SOUTH = ["TX", "FL", "GA"]

# How long an example takes says more about the machine's other work than about ours.
hypothesis_settings.register_profile("backoffice", deadline=None)
hypothesis_settings.load_profile("backoffice")


# What waits long goes beside what computes, and nobody is left alone with it in the end.
FIRST = ["faults", "local", "dispositions/test_races", "imports/test_hostile", "browser"]


def pytest_collection_modifyitems(items):
    def rank(item):
        path = item.nodeid.removeprefix("tests/")
        return next((at for at, start in enumerate(FIRST) if path.startswith(start)), len(FIRST))

    items.sort(key=rank)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Create the database as its owner; the tests themselves sign in as the web login."""
    name = test_database_name()
    with django_db_blocker.unblock():
        create_database(name)
        call_command("migrate", database="owner", verbosity=0)
        let_tests_move_the_clock()
        remember_what_migrations_made()
        yield
        drop_database(name)


@pytest.fixture
def transactional_db(django_db_setup, django_db_blocker):
    """A database in which everything is really committed, and emptied afterwards."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        empty_tables()


@pytest.fixture(autouse=True)
def quick_browsers(settings):
    """Look static files up when they are asked for, not all of them for each new browser."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


# --- the cast ---------------------------------------------------------------


def new_user(name, role, team=None, territories=()):
    email = f"{name.lower()}@example.com"
    user = User(email=email, name=name, role=role, team=team, territories=list(territories))
    user.set_password("demo-password")
    return user


def make_user(name, role, team=None, territories=(), works=("CS", "BMD")):
    user = new_user(name, role, team, territories)
    user.save()
    user.opportunity_types.set(OpportunityType.objects.filter(code__in=works))
    return user


def make_cast():
    """Ana and Ben are Cleo's in the North, Dora is Eli's in the South; Sol and Ada see all."""
    north, south = Team.objects.bulk_create([Team(name="North"), Team(name="South")])
    reps = {
        "ana": new_user("Ana", Role.INSIDE_REP, north, NORTH),
        "ben": new_user("Ben", Role.INSIDE_REP, north, NORTH),
        "dora": new_user("Dora", Role.INSIDE_REP, south, SOUTH),
    }
    others = {
        "cleo": new_user("Cleo", Role.MANAGER, north),
        "eli": new_user("Eli", Role.MANAGER, south),
        "sol": new_user("Sol", Role.SENIOR_MANAGER),
        "ada": new_user("Ada", Role.SALES_ADMIN),
    }
    User.objects.bulk_create([*reps.values(), *others.values()])
    works = User.opportunity_types.through
    works.objects.bulk_create(
        works(user=rep, opportunitytype=kind)
        for kind in OpportunityType.objects.filter(code__in=["CS", "BMD"])
        for rep in reps.values()
    )
    return SimpleNamespace(north=north, south=south, **reps, **others)


@pytest.fixture
def cast(request):
    request.getfixturevalue("transactional_db" if is_committed(request) else "db")
    with acting_as(SYSTEM):
        return make_cast()


def is_committed(request):
    return "transactional_db" in request.fixturenames or "live_server" in request.fixturenames


def member(name):
    @pytest.fixture(name=name)
    def fixture(cast):
        return getattr(cast, name)

    return fixture


ana, ben, cleo, dora, eli, sol, ada = map(
    member, ["ana", "ben", "cleo", "dora", "eli", "sol", "ada"]
)


@pytest.fixture
def as_system(db):
    """Make test data with it: `with as_system(): LeadFactory()`."""
    return lambda: acting_as(SYSTEM)


@pytest.fixture
def make():
    """Create with a factory as the system: `make(LeadFactory, owner=ana)`."""

    def create(factory, **fields):
        with acting_as(SYSTEM):
            return factory(**fields)

    return create


@pytest.fixture
def signed_in():
    """A browser in which a user has signed in: `signed_in(ana).get("/leads")`."""

    def browser(user):
        client = Client()
        client.force_login(user)
        return client

    return browser


def enter_admin(browser):
    """Have it said in this browser, just now, once more who is there."""
    session = browser.session
    with acting_as(SYSTEM):
        session[HERE_AT] = clock().isoformat()
    session.save()
    return browser


@pytest.fixture
def in_admin(signed_in):
    """A browser in which a sales admin is in the admin: `in_admin(ada).get("/admin/")`."""
    return lambda user: enter_admin(signed_in(user))


# --- time and simultaneity --------------------------------------------------


@pytest.fixture
def move_clock(db):
    """Move the database's clock for the rest of the test: `move_clock(timedelta(days=45))`."""

    def move(by):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.clock_offset', %s, true)", [str_of(by)])

    return move


@pytest.fixture
def still(db):
    """For the rest of the test nothing takes any time, not even on the wall clock."""
    stop_wall_clock()


def stop_wall_clock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.wall_clock_stands', 'yes', true)")


def str_of(delta):
    return f"{delta.total_seconds():.6f} seconds"


@pytest.fixture
def at_once():
    """Run functions on connections of their own, released together; return their results.

    What a function raises is its result. Connections are kept for the next round.
    """
    with ExitStack() as stack:
        threads = []

        def run(*functions):
            while len(threads) < len(functions):
                threads.append(stack.enter_context(own_connection()))
            start = threading.Barrier(len(functions))
            running = [
                thread.submit(released, start, function)
                for thread, function in zip(threads, functions, strict=False)
            ]
            return [one.result(timeout=60) for one in running]

        yield run


@contextmanager
def own_connection():
    """A thread whose connection lives as long as it does."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield thread
        thread.submit(lambda: connection.close())  # looked up there, it is the thread's own


def released(start, function):
    start.wait(timeout=30)
    try:
        return function()
    except Exception as problem:
        return problem
