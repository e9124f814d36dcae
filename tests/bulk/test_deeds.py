"""Bulk actions: each row judged by itself, told in numbers, and undone whole or not at all."""

import re

import pytest
from django.core.management import call_command

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from bulk.models import BulkAction
from callbacks.models import Callback
from dispositions.actions import disposition_lead
from leads.actions import get_lead, reassign_lead
from leads.models import Lead, Task
from leads.outcomes import Outcome
from notifications.models import Notice
from people.models import Policy
from protection.models import Window
from tests.bulk.starting import book, chosen, events_of, grant, many, owners_of, said_by
from tests.conftest import HTMX
from tests.digest import digest

# A bulk action's id, a form's token.
VARIES = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|value=\"[^\"]+\""
BULK_TABLES = {"bulk_bulkaction", "bulk_bulkrow"}


def bulk(browser, deed, leads, **more):
    """Do something to leads (or ids) as the list's form does; return the answer."""
    return browser.post("/leads/bulk", chosen(deed, leads, **more), headers=HTMX)


# --- each row by itself -----------------------------------------------------------


@pytest.mark.parametrize("deed", ["reassign", "not_interested", "queue"])
def test_20_fine_10_protected_and_10_invisible(cast, make, signed_in, deed):
    """The rest go through, what is not done leaves no trace, and what is not seen has no name."""
    mine = many(make, 20, owner=cast.ana)
    protected = many(make, 10, owner=cast.ben)
    hidden = many(make, 5, owner=cast.dora, state="TX")
    grant(cast.ana, protected)
    missing = range(900_000_000, 900_000_005)
    ids = [*(lead.pk for lead in [*mine, *protected, *hidden]), *missing]
    browser = signed_in(cast.ana)
    before = digest(but=BULK_TABLES)

    answer = bulk(browser, deed, [*ids[20:]], to=cast.ben)
    assert "0 done, 20 skipped: 10 not visible to you, 10 protected." in said_by(answer)
    assert digest(but=BULK_TABLES) == before

    answer = bulk(browser, deed, ids, to=cast.ben)
    assert "20 done, 20 skipped: 10 not visible to you, 10 protected." in said_by(answer)
    with acting_as(SYSTEM):
        action = BulkAction.objects.get(chosen=40)
        events = list(events_of(action))
        assert sorted(event.lead_id for event in events) == [lead.pk for lead in mine]
        assert {event.actor_id for event in events} == {cast.ana.pk}
        rows = set(action.rows.values_list("lead_id", flat=True))
        assert not rows & {lead.pk for lead in hidden}
    everything = answer.text + browser.get(action.get_absolute_url()).text
    assert not [lead for lead in hidden if lead.facility.name in everything]
    named = set(map(int, re.findall(r"(?:lead-|leads/|value=.)(\d+)", everything)))
    assert not named & {*missing, *(lead.pk for lead in hidden)}
    call_command("invariants")


def test_a_forged_selection_answers_alike_for_hidden_and_missing(cast, make, signed_in):
    hidden = many(make, 3, owner=cast.dora, state="TX")

    answers = [
        re.sub(VARIES, "", bulk(signed_in(cast.ana), "queue", ids).text)
        for ids in ([lead.pk for lead in hidden], [999_999_991, 999_999_992, 999_999_993])
    ]

    assert answers[0] == answers[1]


def test_who_may_do_what_to_which(cast, make, signed_in):
    """Owner, manager of the owner's team and those above reassign; owners mark their own leads,
    managers what waits in their pool; reps queue what is theirs or in their pool.
    """
    expected = {
        ("ana", "reassign"): "1 done, 2 skipped: 1 closed, 1 in the pool",
        ("cleo", "reassign"): "1 done, 2 skipped: 1 closed, 1 in the pool",
        ("sol", "reassign"): "2 done, 1 skipped: 1 closed",
        ("ana", "not_interested"): "1 done, 2 skipped: 1 closed, 1 in the pool",
        ("cleo", "not_interested"): "1 done, 2 skipped: 1 protected, 1 closed",
        ("sol", "not_interested"): "1 done, 2 skipped: 1 protected, 1 closed",
        ("ana", "queue"): "2 done, 1 skipped: 1 closed",
    }
    for (actor, deed), summary in expected.items():
        leads = [
            *many(make, 1, owner=cast.ana),
            *many(make, 1, owner=cast.ana, status="disqualified"),
            *many(make, 1),
        ]
        answer = bulk(signed_in(getattr(cast, actor)), deed, leads, to=cast.ben)
        assert f"{summary}." in said_by(answer), (actor, deed)
    refused = bulk(signed_in(cast.cleo), "queue", leads)
    assert (refused.status_code, "Only inside reps" in refused.text) == (403, True)


def test_a_rep_who_may_not_work_there_or_is_full_gets_none(cast, make, signed_in):
    north, south = many(make, 2, owner=cast.ana), many(make, 2, owner=cast.dora, state="TX")
    leads = [*north, *south]
    answer = bulk(signed_in(cast.sol), "reassign", leads, to=cast.ben)
    assert "2 done, 2 skipped: 2 not visible to Ben." in said_by(answer)
    with acting_as(SYSTEM):
        Policy.objects.update(open_leads_per_rep=3)

    answer = bulk(signed_in(cast.sol), "reassign", [*many(make, 2, owner=cast.ana)], to=cast.ben)

    assert "1 done, 1 skipped: 1 over the number of open leads that Ben may own." in said_by(answer)
    assert owners_of(leads) == [cast.ben.pk, cast.ben.pk, cast.dora.pk, cast.dora.pk]


def test_only_100_are_claimed_at_a_time_in_the_order_of_the_list(cast, make, signed_in):
    waiting = many(make, 103)
    mine = many(make, 1, owner=cast.ana)

    answer = bulk(signed_in(cast.ana), "queue", [*waiting, *mine])

    assert "101 done, 3 skipped: 3 over 100 claims at a time." in said_by(answer)
    assert owners_of(waiting[-4:]) == [cast.ana.pk, None, None, None]
    with acting_as(SYSTEM):
        queued = Lead.objects.exclude(queued_at=None).order_by("queued_at")
        assert list(queued) == [*waiting[:100], *mine]
        assert Notice.objects.get().sentence == "You claimed 100 leads."
    call_command("invariants")


def test_reassigning_into_a_role_that_owns_no_leads_is_nobody_found(cast, make, signed_in):
    leads = many(make, 1, owner=cast.ana)
    for to in (cast.cleo.pk, 999_999_999, "x"):
        answer = bulk(signed_in(cast.cleo), "reassign", leads, to=to)
        assert answer.status_code == 404
    assert bulk(signed_in(cast.cleo), "explode", leads).status_code == 404
    assert bulk(signed_in(cast.cleo), "not_interested", []).status_code == 409


# --- all that match ----------------------------------------------------------------


def test_all_that_match_are_found_again_by_the_server(cast, make, signed_in):
    cs, bmd = many(make, 3, owner=cast.ana), many(make, 2, owner=cast.ana, opportunity="BMD")
    many(make, 2, owner=cast.ben)
    more = {"all": "1", "from": "/leads?opportunity=BMD"}

    answer = bulk(signed_in(cast.ana), "not_interested", [cs[0].pk, 999], **more)

    assert "2 done." in said_by(answer)
    with acting_as(SYSTEM):
        gone = Lead.objects.filter(status="disqualified")
        assert set(gone) == set(bmd)


def test_all_are_no_more_than_were_there_when_they_were_chosen(cast, make, signed_in):
    """Others came meanwhile, which nobody has seen."""
    leads, browser = many(make, 51, owner=cast.ana), signed_in(cast.ana)
    assert seen_on(browser.get("/leads")) == "51"
    waiting = many(make, 1)
    everything = {"all": "1", "from": "/leads"}
    asked = browser.post("/leads/bulk/reassign", everything | {"seen": "51"})
    assert seen_on(asked) == "51"
    late = many(make, 1, owner=cast.ana)
    before = digest()

    refused = bulk(browser, "not_interested", [], **everything, seen="51")
    also = bulk(browser, "reassign", [], to=cast.ben, **everything, seen=seen_on(asked))

    assert (refused.status_code, also.status_code) == (409, 409)
    assert "Of those there are 52 leads now, not 51. Look again." in said_by(refused)
    assert digest() == before
    done = bulk(browser, "reassign", [], to=cast.ben, **everything, seen="52")
    assert "52 done." in said_by(done)
    assert owners_of([*leads, *late, *waiting]) == [cast.ben.pk] * 52 + [None]


def seen_on(page):
    return re.search(r'name="seen" value="(\d*)"', page.text)[1]


def test_a_manager_reassigns_all_of_a_reps_queue_and_nobody_elses(cast, make, signed_in):
    mine, theirs = many(make, 3, owner=cast.ana), many(make, 1, owner=cast.dora, state="TX")
    more = {"all": "1", "to": cast.ben}
    asked = [{"from": f"/leads?rep={cast.ana.pk}"}, {"from": f"/leads?rep={cast.dora.pk}"}]
    asked += [{"from": "https://elsewhere.example/leads"}, {"from": "/notes"}]

    answers = [bulk(signed_in(cast.cleo), "reassign", [], **more, **where) for where in asked]

    assert [answer.status_code for answer in answers] == [200, 404, 404, 404]
    assert owners_of([*mine, *theirs]) == [cast.ben.pk] * 3 + [cast.dora.pk]


def test_all_of_the_pool_is_what_the_manager_sees_of_it(cast, make, signed_in):
    north, south = many(make, 3), many(make, 2, state="TX")
    more = {"all": "1", "from": "/leads/pool?source=CMS"}

    answer = bulk(signed_in(cast.cleo), "not_interested", [], **more)

    assert "3 done." in said_by(answer)
    with acting_as(SYSTEM):
        assert set(Lead.objects.filter(status="open")) == set(south)
        assert {lead.status for lead in Lead.objects.filter(pk__in=[x.pk for x in north])} == {
            "disqualified"
        }


# --- as if by hand ------------------------------------------------------------------


def test_a_bulk_leaves_what_the_single_actions_leave(cast, make, signed_in):
    """Row by row, every table alike: the rules can't drift apart."""
    pairs = {}
    for deed in ("reassign", "not_interested", "queue"):
        pairs[deed] = [one_of_each(cast, make) for _ in range(2)]

    for deed, (singly, in_bulk) in pairs.items():
        by_hand(cast, deed, singly)
        actor = cast.cleo if deed == "reassign" else cast.ana
        bulk(signed_in(actor), deed, in_bulk, to=cast.ben)
        for one, other in zip(singly, in_bulk, strict=True):
            assert traces(one) == traces(other), (deed, one.pk)
    call_command("invariants")


def one_of_each(cast, make):
    plain, planned, called = many(make, 3, owner=cast.ana)
    book(cast.ana, called)
    with acting_as(cast.ana):
        disposition_lead(
            planned.pk, Outcome.NOT_NOW, by=cast.ana, version=get_lead(planned.pk).version
        )
    return [plain, planned, called]


def by_hand(cast, deed, leads):
    for lead in leads:
        with acting_as(cast.cleo if deed == "reassign" else cast.ana):
            version = get_lead(lead.pk).version
            if deed == "reassign":
                reassign_lead(lead.pk, to=cast.ben, by=cast.cleo)
            elif deed == "not_interested":
                disposition_lead(lead.pk, Outcome.NOT_INTERESTED, by=cast.ana, version=version)
            else:
                Lead.objects.filter(pk=lead.pk).update(queued_at=clock(), version=version + 1)


TIMES = {"at", "applied_at", "owned_at", "queued_at", "started_at", "expires_at", "ended_at"}
TIMES |= {
    "protected_until",
    "last_contact_at",
    "booked_at",
    "created_at",
    "pool_since",
    "callback_at",
}
IDS = {"id", "facility_id", "lead_id", "bulk_id", "facility_name", "version_after"}


def traces(lead):
    """Return what the database knows of a lead, without what differs between any two."""
    with acting_as(SYSTEM):
        tables = {
            "lead": Lead.objects.filter(pk=lead.pk),
            "windows": Window.objects.filter(lead=lead.pk).order_by("id"),
            "tasks": Task.objects.filter(lead=lead.pk).order_by("id"),
            "callbacks": Callback.objects.filter(lead=lead.pk).order_by("id"),
            "dispositions": lead.dispositions.order_by("id"),
        }
        found = {name: [plain(row) for row in rows.values()] for name, rows in tables.items()}
        events = lead.events.exclude(kind__in=["queued", "callback_booked"]).order_by("id")
        found["events"] = list(events.values_list("kind", "sentence", "actor_id", "why"))
        return found


def plain(row):
    row = {name: value for name, value in row.items() if name not in IDS}
    for name in TIMES & set(row):
        row[name] = row[name] is not None
    for name in {"lead_before", "effects", "slot", "starts_at", "local_date", "local_time"}:
        row.pop(name, None)
    row["queued_at"] = row.get("queued_at")
    return row
