"""Who sees which lead, in every way that one may ask: product.md section 2 as one table."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from guardian.shortcuts import assign_perm

from backoffice.clock import clock
from backoffice.identity import NOBODY, reset_identity, set_identity, stamp
from backoffice.rls import SYSTEM, acting_as
from history.actions import record
from history.models import Event
from leads.actions import get_lead, may
from leads.models import Contact, Facility, Lead, LeadGrant
from leads.pool import PoolFilters, pool_page
from leads.queue import QueueFilters, queue_page
from leads.search import near_spellings
from people.models import OpportunityType, User, WorkScope
from people.permissions import Role
from protection.models import Window
from tests.conftest import NORTH, make_user
from tests.factories import ContactFactory, FacilityFactory, LeadFactory

# Ana and Ben are reps of Cleo's in the North, Dora is Eli's in the South. Sol and Ada see all. Gus
# works nothing and was granted one lead. Fay, of the North, was deactivated.
EXPECTED = """
                       ana  ben  cleo dora eli  sol  ada  gus  fay
ana's                  x    .    x    .    .    x    x    .    .
ana's, out of state    x    .    x    .    .    x    x    .    .
ana's, granted to gus  x    .    x    .    .    x    x    x    .
ben's                  .    x    x    .    .    x    x    .    .
dora's                 .    .    .    x    x    x    x    .    .
fay's                  .    .    x    .    .    x    x    .    .
pool, northern         x    x    x    .    .    x    x    .    .
pool, southern         .    .    .    x    x    x    x    .    .
pool, nobody's state   .    .    .    .    .    x    x    .    .
pool, northern BMD     x    .    x    .    .    x    x    .    .
expired of ana         x    x    x    .    .    x    x    .    .
expired of dora, north x    x    x    .    .    x    x    .    .
expired of ana, south  .    .    .    x    x    x    x    .    .
flagged of ana         x    .    x    .    .    x    x    .    .
disqualified of ana    x    .    x    .    .    x    x    .    .
disqualified, no owner .    .    .    .    .    x    x    .    .
won by ana             x    .    x    .    .    x    x    .    .
lost by dora           .    .    .    x    x    x    x    .    .
"""

FLAGGED = {"status": "flagged", "protection_left": timedelta(days=9)}
EXPIRED = {"held_for": timedelta(days=46)}
LEADS = {
    "ana's": {"owner": "ana"},
    "ana's, out of state": {"owner": "ana", "state": "CA"},
    "ana's, granted to gus": {"owner": "ana"},
    "ben's": {"owner": "ben"},
    "dora's": {"owner": "dora", "state": "TX"},
    "fay's": {"owner": "fay"},
    "pool, northern": {},
    "pool, southern": {"state": "TX"},
    "pool, nobody's state": {"state": "CA"},
    "pool, northern BMD": {"opportunity": "BMD"},
    "expired of ana": {"owner": "ana", **EXPIRED},
    "expired of dora, north": {"owner": "dora", **EXPIRED},
    "expired of ana, south": {"owner": "ana", "state": "TX", **EXPIRED},
    "flagged of ana": {"owner": "ana", **FLAGGED},
    "disqualified of ana": {"owner": "ana", "status": "disqualified"},
    "disqualified, no owner": {"status": "disqualified"},
    "won by ana": {"owner": "ana", "status": "won", "stage": "won"},
    "lost by dora": {"owner": "dora", "state": "TX", "status": "lost", "stage": "lost"},
}
# A word of its own for every facility, no two of them spelled nearly alike.
WORDS = """Alder Birchwood Cottonfield Dunmore Elkhorn Foxglove Granville Hollyoak Ironbridge
    Juniper Kestrel Lakeshore Maplewood Nightingale Orchid Pinecrest Quarry Riverbend"""
HELD = [name for name in LEADS if "'s" in name and not name.startswith("pool")]
IN_POOL = [name for name in LEADS if name.startswith(("pool", "expired"))]


def grid(text):
    """Return {row: {column: bool}} of a table of x and dots."""
    head, *lines = text.strip("\n").splitlines()
    viewers, width = head.split(), head.index("ana")
    return {
        line[:width].strip(): dict(
            zip(viewers, [m == "x" for m in line[width:].split()], strict=True)
        )
        for line in lines
    }


SEEN = grid(EXPECTED)
NAMES = list(SEEN)
VIEWERS = list(SEEN["ana's"])


class World:
    """The cast with two more, and one lead for each row of the table."""

    def __init__(self, cast):
        self.users = vars(cast) | {
            "gus": make_user("Gus", Role.INSIDE_REP, works=()),
            "fay": make_user("Fay", Role.INSIDE_REP, cast.north, NORTH),
        }
        cast.ben.opportunity_types.set(OpportunityType.objects.filter(code="CS"))
        self.leads = {
            name: self.lead(word, **LEADS[name])
            for name, word in zip(NAMES, WORDS.split(), strict=True)
        }
        self.names = {lead.pk: name for name, lead in self.leads.items()}
        User.objects.filter(name="Fay").update(is_active=False)
        assign_perm("leads.view_lead", self.users["gus"], self.leads["ana's, granted to gus"])

    def lead(self, word, owner=None, state="NY", **fields):
        facility = FacilityFactory(name=f"Mercy {word}", state=state)
        ContactFactory(facility=facility, name=f"Grace {word}")
        if owner:
            fields["owner"] = self.users[owner]
        lead = LeadFactory(facility=facility, **fields)
        record(Event.Kind.CREATED, "Made.", by=SYSTEM, lead=lead)
        return lead

    @property
    def reps(self):
        return [user for user in self.users.values() if getattr(user, "role", "") == "inside_rep"]

    def named(self, ids):
        return sorted(self.names[pk] for pk in ids)

    def by_facility(self, ids):
        found = set(ids)
        return sorted(name for name, lead in self.leads.items() if lead.facility_id in found)


@pytest.fixture
def world(cast):
    with acting_as(SYSTEM):
        return World(cast)


def seen_by(viewer):
    return sorted(name for name in NAMES if SEEN[name][viewer])


def rows(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def ids(sql, params=()):
    return [pk for (pk,) in rows(sql, params)]


# --- one viewer, every way of asking ------------------------------------------


@pytest.mark.parametrize("viewer", VIEWERS)
def test_every_way_of_asking_shows_what_the_table_says(world, viewer):
    user, expected = world.users[viewer], seen_by(viewer)

    with acting_as(user):
        assert world.named(Lead.objects.values_list("pk", flat=True)) == expected
        assert Lead.objects.count() == len(expected)
        assert [name for name in sorted(NAMES) if fetched(world.leads[name].pk)] == expected
        assert world.named(ids("SELECT id FROM leads_lead")) == expected
        assert world.named(ids("SELECT DISTINCT lead_id FROM history_event")) == expected
        assert world.by_facility(ids("SELECT id FROM leads_facility")) == expected
        assert world.by_facility(ids("SELECT facility_id FROM leads_contact")) == expected


def fetched(pk):
    """Is the lead found by its number, by the ORM and by the product's own function alike?"""
    found = Lead.objects.filter(pk=pk).exists()
    try:
        get_lead(pk)
    except Http404:
        assert not found
    else:
        assert found
    return found


@pytest.mark.parametrize("viewer", VIEWERS)
def test_lists_and_searches_find_nothing_else(world, viewer):
    user, expected = world.users[viewer], seen_by(viewer)
    queues = [name for name in expected if name in HELD and viewer != "gus"]
    pool = [name for name in expected if name in IN_POOL]

    with acting_as(user):
        assert world.named(of_queues(world, user)) == queues
        assert world.named(of_queues(world, user, text="mercy")) == queues
        assert world.named(of_queues_search(world)) == queues
        assert world.named(of_pool(user)) == pool
        assert world.named(of_pool(user, text="MERCY")) == pool
        assert world.named(of_pool_search()) == pool
        offered = Counter(spelling_offered(world, user))
    assert sorted(offered) == sorted(queues + pool)


def of_queues(world, user, **filters):
    """Every row of every rep's queue, as far as the viewer gets."""
    pages = [queue_page(rep, QueueFilters(**filters)) for rep in world.reps]
    mine = [row for page in pages for row in page.rows]
    if user.role == Role.INSIDE_REP:
        assert {row.lead.owner_id for row in mine} <= {user.pk, *granting_owners(user)}
        mine = [row for row in mine if row.lead.owner_id == user.pk]
    assert all(sum(page.counts.values()) >= len(page.rows) for page in pages)
    return [row.lead.pk for row in mine]


def granting_owners(user):
    return LeadGrant.objects.filter(user=user).values_list("content_object__owner", flat=True)


def of_queues_search(world):
    """What the definer function answers, without the row security of the query around it."""
    return [
        pk
        for rep in world.reps
        for pk in ids("SELECT * FROM app.search_owned('mercy', %s)", [rep.pk])
    ]


def of_pool(user, **filters):
    page = pool_page(user, PoolFilters(**filters))
    assert page.count == len(page.rows)
    return [row.lead.pk for row in page.rows]


def of_pool_search():
    every_scope = list(WorkScope.objects.values_list("pk", flat=True))
    return ids(
        """SELECT id FROM app.search_pool('mercy', %s, NULL, '-infinity', 'infinity', 'infinity',
             0, 1000)""",
        [every_scope],
    )


def spelling_offered(world, user):
    """Yield each lead of whose facility a nearly right spelling is offered."""
    every_scope = list(WorkScope.objects.values_list("pk", flat=True))
    for name, word in zip(NAMES, WORDS.split(), strict=True):
        misspelled = word[:3] + word[4:]
        asked = [near_spellings(misspelled, scopes=every_scope)]
        asked += [near_spellings(misspelled, owner=rep) for rep in world.reps]
        yield from [name for offer in asked if word.lower() in offer]


# --- pages --------------------------------------------------------------------


@pytest.mark.parametrize("viewer", VIEWERS)
def test_what_is_not_seen_answers_like_what_does_not_exist(world, signed_in, viewer):
    browser = signed_in(world.users[viewer])
    for url in FOLDER_PAGES:
        missing = answer(browser, url, 999_999_999)
        assert missing[0] == (302 if viewer == "fay" else 404)
        for name, lead in world.leads.items():
            found = answer(browser, url, lead.pk)
            assert found[0] == 200 if SEEN[name][viewer] else found == missing, (name, url)


FOLDER_PAGES = ["/leads/{}", "/leads/{}/activity", "/leads/{}/workflow"]


def answer(browser, url, pk):
    """Return the status and the page, with whatever differs from page to page taken out."""
    response = browser.get(url.format(pk))
    said = response.text.replace(f"/leads/{pk}", "/leads/ID")
    return response.status_code, re.sub(
        '"(X-CSRFToken": "|csrfmiddlewaretoken" value=")[^"]*', "", said
    )


@pytest.mark.parametrize("viewer", [viewer for viewer in VIEWERS if viewer != "fay"])
def test_pages_list_what_the_database_lists(world, signed_in, viewer):
    user = world.users[viewer]
    browser = signed_in(user)
    mine = [name for name in HELD if LEADS[name].get("owner") == viewer]
    pool = [name for name in IN_POOL if SEEN[name][viewer]]

    assert world.named(listed(browser, "/leads")) == sorted(mine)
    assert world.named(listed(browser, "/leads?q=mercy")) == sorted(mine)
    assert world.named(listed(browser, "/leads/pool")) == sorted(pool)
    assert world.named(listed(browser, "/leads/pool?q=mercy")) == sorted(pool)


def listed(browser, url):
    return [int(pk) for pk in re.findall(r'<tr[^>]* id="lead-(\d+)"', browser.get(url).text)]


@pytest.mark.parametrize("viewer", ["cleo", "eli", "sol", "ada", "ana"])
def test_a_managers_view_of_a_queue_is_of_a_rep_of_theirs(world, signed_in, viewer):
    browser = signed_in(world.users[viewer])
    of_team = {"cleo": ["ana", "ben"], "eli": ["dora"], "sol": ["ana", "ben", "dora"]}
    of_team |= {"ada": of_team["sol"], "ana": ["ana"]}

    for name in ("ana", "ben", "dora"):
        response = browser.get(f"/leads?rep={world.users[name].pk}")
        assert response.status_code == (200 if name in of_team[viewer] else 404), name


# --- what hangs on no single lead ---------------------------------------------


def test_the_protection_list_is_everybodys_who_works_here(world):
    for viewer in VIEWERS:
        with acting_as(world.users[viewer]):
            listed = world.named(Window.objects.values_list("lead", flat=True))
        assert listed == ([] if viewer == "fay" else sorted(HELD)), viewer


def test_a_grant_is_seen_by_its_grantee_and_by_who_may_give_it(world):
    seen = set()
    for viewer in VIEWERS:
        with acting_as(world.users[viewer]):
            seen |= {viewer} if LeadGrant.objects.exists() else set()

    assert seen == {"gus", "cleo", "sol", "ada"}


def test_what_is_searched_is_read_by_nobody(world):
    for viewer in VIEWERS:
        with acting_as(world.users[viewer]):
            for table in ("leads_facilitysearch", "leads_searchword"):
                assert refused(f"SELECT * FROM {table}") == "permission denied"


def refused(sql, params=()):
    """Return the gist of why the database refuses a statement, or None if it doesn't."""
    try:
        with transaction.atomic():
            rows(sql, params)
    except DatabaseError as problem:
        return str(problem).split(" for ")[0]
    return None


def test_without_a_stamp_there_is_no_permission_at_all(world):
    token = set_identity(None)
    stamp(connection, NOBODY)
    try:
        for model in (Lead, Facility, Contact, Event, Window, LeadGrant):
            sql = f"SELECT count(*) FROM {model._meta.db_table}"
            assert refused(sql) == "permission denied", model
        assert refused("SELECT * FROM app.search_owned('mercy', 2)") == "permission denied"
    finally:
        reset_identity(token)


@pytest.mark.parametrize("viewer", ["sol", "ada"])
def test_the_role_of_those_who_see_all_shows_a_rep_nothing(world, viewer):
    """Whoever switches roles by force still has to be somebody whom the table allows it."""
    forged = world.users["ana"]
    with acting_as(world.users[viewer]):
        rows("SELECT set_config('app.user_id', %s, true)", [str(forged.pk)])

        assert Lead.objects.count() == Facility.objects.count() == Contact.objects.count() == 0


def test_losing_a_right_counts_from_the_next_statement(world):
    ana = world.users["ana"]
    with acting_as(ana):
        assert Lead.objects.count() > 0
        with acting_as(SYSTEM):
            User.objects.filter(pk=ana.pk).update(is_active=False)

        assert Lead.objects.count() == Window.objects.count() == Event.objects.count() == 0


def test_a_window_that_ends_takes_the_lead_out_of_sight_at_that_instant(world, move_clock):
    lead = world.leads["ana's, out of state"]
    left = lead.protected_until - clock()

    for offset, sees_it in [(-timedelta(microseconds=1), True), (timedelta(0), False)]:
        move_clock(left + offset)
        with acting_as(world.users["ana"]):
            assert Lead.objects.filter(pk=lead.pk).exists() is sees_it


def test_who_changes_teams_takes_their_leads_along(world):
    ana, dora = world.users["ana"], world.users["dora"]
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(team=dora.team)

    with acting_as(world.users["eli"]):
        assert Lead.objects.filter(pk=world.leads["ana's"].pk).exists()
    with acting_as(world.users["cleo"]):
        assert not Lead.objects.filter(pk=world.leads["ana's"].pk).exists()


# --- grants -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("giver", "name", "may"),
    [
        ("ana", "ana's", False),
        ("ana", "pool, northern", False),
        ("ben", "ana's", False),
        ("cleo", "ana's", True),
        ("cleo", "flagged of ana", True),
        ("cleo", "pool, northern", False),
        ("cleo", "expired of ana", False),
        ("cleo", "dora's", False),
        ("eli", "ana's", False),
        ("gus", "ana's, granted to gus", False),
        ("sol", "dora's", True),
        ("ada", "ana's", True),
        ("fay", "fay's", False),
    ],
)
def test_granting_takes_the_owners_manager_or_above(world, giver, name, may):
    ben, lead = world.users["ben"], world.leads[name]
    with acting_as(SYSTEM):
        before = LeadGrant.objects.count()

    try:
        with acting_as(world.users[giver]):
            assign_perm("leads.view_lead", ben, lead)
    except DatabaseError:
        assert not may

    with acting_as(SYSTEM):
        assert LeadGrant.objects.count() == before + may
    with acting_as(ben):
        assert Lead.objects.filter(pk=lead.pk).exists() is (may or SEEN[name]["ben"])


def test_a_grant_answers_for_the_one_lead_and_the_one_permission(world):
    gus, granted = world.users["gus"], world.leads["ana's, granted to gus"]

    with acting_as(gus):
        assert gus.has_perm("leads.view_lead", granted)
        assert not gus.has_perm("leads.view_lead", world.leads["ana's"])
        assert not gus.has_perm("leads.change_lead", granted)
        assert not may("leads.change_facility", get_lead(granted.pk), gus)
