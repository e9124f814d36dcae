"""What a worker makes of an import: nothing lost, nothing twice, whoever is killed or cancels."""

from contextlib import suppress
from io import StringIO
from itertools import count

import pytest
from django.core.management import call_command
from django.db import connection

from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from history.models import Change, Event
from imports import actions, checking, merging, reverting, working
from imports.models import Import
from leads.actions import claim_lead, get_lead, release_lead
from leads.models import Facility, Lead
from notifications.models import Notice
from people.models import OpportunityType, Policy, User
from tests.conftest import make_user
from tests.factories import ContactFactory, FacilityFactory, LeadFactory
from tests.imports.conftest import row, work

DONE, CHECKED = Import.State.DONE, Import.State.CHECKED


def leads():
    with acting_as(SYSTEM):
        return list(Lead.objects.with_display().order_by("id"))


def invariants():
    out = StringIO()
    call_command("invariants", stdout=out)
    return out.getvalue()


def test_nothing_is_written_before_somebody_says_so(importing):
    pk = importing.upload(row(1), row(2), "3,,,,NY")
    importing.check(pk)

    found = importing.get(pk)
    assert (found.state, found.new, found.rejected) == (CHECKED, 2, 1)
    assert leads() == []


def test_the_result_counts_what_was_written(importing, ada):
    found = importing.everything(row(1), row(2), row(1), row(3, state="ZZ"))

    assert found.state == DONE
    assert (found.created, found.duplicate, found.rejected, found.updated) == (2, 1, 1, 0)
    assert [lead.facility.name for lead in leads()] == ["Clinic 1", "Clinic 2"]
    with acting_as(SYSTEM):
        events = Event.objects.filter(kind="imported")
        assert set(events.values_list("bulk_id", "actor_name")) == {(found.bulk_id, "Ada")}
        assert list(events.values_list("detail__row", flat=True)) == [2, 3]
        ended = Event.objects.get(kind="import_ended")
    assert ended.sentence == (
        "Ada imported “fair.csv”: 2 created, 0 updated, 1 duplicate, 1 rejected."
    )
    invariants()


def test_what_somebody_brought_since_the_check_is_a_duplicate(importing):
    first, second = importing.upload(row(1)), importing.upload(row(1), row(2))
    importing.check(first)
    importing.check(second)
    importing.commit(first)
    importing.commit(second)

    found = importing.get(second)
    assert (found.new, found.created, found.duplicate) == (2, 1, 1)
    assert [each.verdict for each in importing.rows(second)] == ["known", "new"]


@pytest.fixture
def small_chunks(monkeypatch):
    for module in (checking, merging, reverting):
        monkeypatch.setattr(module, "CHUNK", 3)


class Killed(BaseException):
    """What a worker's end looks like from inside."""


def kill_again_and_again(pk):
    """Have each run die a statement later than the one before, until one comes to its end."""
    for statements in count():
        left = iter(range(statements))

        def one_more(execute, sql, *arguments, left=left):
            # What takes back a transaction of the test is the end of the connection in life.
            if "SAVEPOINT" not in sql and next(left, None) is None:
                raise Killed
            return execute(sql, *arguments)

        with connection.execute_wrapper(one_more), suppress(Killed):
            working.carry_on()
        if not at_work(pk):
            return


def test_a_worker_killed_at_any_statement_loses_and_doubles_nothing(
    importing, small_chunks, monkeypatch
):
    monkeypatch.setattr(working, "MOST_TRIES", 1000)
    lines = [row(number) for number in range(1, 11)] + [row(4), row(99, state="ZZ")]
    pk = importing.upload(*lines)
    with acting_as(SYSTEM):
        Import.objects.filter(pk=pk).update(state="checking", opportunity_type=kind())
    kill_again_and_again(pk)
    work()
    assert (importing.get(pk).new, importing.get(pk).known, importing.get(pk).rejected) == (
        10,
        1,
        1,
    )
    with acting_as(SYSTEM):
        Import.objects.filter(pk=pk).update(state="merging")
    kill_again_and_again(pk)
    work()

    found = importing.get(pk)
    assert (found.state, found.created, found.duplicate) == (DONE, 10, 1)
    assert len(leads()) == 10
    invariants()


def kind():
    return OpportunityType.objects.get(code="CS")


def at_work(pk):
    with acting_as(SYSTEM):
        return Import.objects.get(pk=pk).is_at_work


def test_a_run_ends_with_its_time_and_the_next_goes_on(importing, small_chunks, ada):
    pk = importing.upload(*[row(number) for number in range(1, 11)])
    with acting_as(SYSTEM):
        Import.objects.filter(pk=pk).update(state="checking", opportunity_type=kind())
    read = []
    while at_work(pk):
        working.work_on(pk, OneChunk())
        read.append(importing.get(pk).read_to)

    assert read == [7, 11, 11]
    assert importing.get(pk).new == 10


class OneChunk:
    """Time for one chunk."""

    def __init__(self):
        self.asked = 0

    @property
    def is_over(self):
        self.asked += 1
        return self.asked > 2


def test_cancelling_takes_effect_at_the_next_chunk(importing, small_chunks, ada):
    pk = importing.upload(*[row(number) for number in range(1, 11)])
    importing.check(pk)
    with acting_as(ada):
        actions.commit_import(pk, by=ada)
    working.work_on(pk, OneChunk())
    with acting_as(ada):
        actions.cancel_import(pk, by=ada)
    work()

    found = importing.get(pk)
    assert (found.state, found.created) == ("cancelled", 3)
    assert len(leads()) == 3


def test_a_chunk_whose_import_is_cancelled_meanwhile_is_taken_back(importing, monkeypatch, ada):
    pk = importing.upload(row(1))
    importing.check(pk)
    with acting_as(ada):
        actions.commit_import(pk, by=ada)
    really = merging.merge

    def cancelled_meanwhile(*arguments, **more):
        Import.objects.filter(pk=pk).update(state="cancelled")
        return really(*arguments, **more)

    monkeypatch.setattr(merging, "merge", cancelled_meanwhile)
    work()

    assert leads() == []


def test_what_an_admin_began_ends_with_their_right(importing, ada):
    pk = importing.upload(row(1))
    importing.check(pk)
    with acting_as(ada):
        actions.commit_import(pk, by=ada)
    with acting_as(SYSTEM):
        User.objects.filter(pk=ada.pk).update(role="senior_manager")
    work()

    found = importing.get(pk)
    assert (found.state, found.problem) == (
        "failed",
        "Ada is no sales admin any more. What was imported stays.",
    )
    assert leads() == []


# --- owners ---------------------------------------------------------------------


def test_an_owner_is_judged_like_an_assignment(importing, ana, ben, dora, cleo):
    with acting_as(SYSTEM):
        Policy.objects.update(open_leads_per_rep=2)
    found = importing.everything(
        row(1, owner="ana@example.com"),
        row(2, owner="ANA@example.com"),
        row(3, owner="ana@example.com"),
        row(4, owner="dora@example.com"),
        row(5, owner="cleo@example.com"),
        row(6, owner="nobody@example.com"),
        row(7),
    )

    assert [lead.owner for lead in leads()] == [ana, ana, None, None, None, None, None]
    assert [(each.number, each.warnings) for each in importing.rows(found.pk) if each.warnings] == [
        (4, ["goes to the pool: Ana owns as many as one rep may"]),
        (5, ["goes to the pool: Dora may not work it"]),
        (6, ["goes to the pool: Cleo may not work it"]),
        (7, ["goes to the pool: nobody here has the address nobody@example.com"]),
    ]
    with acting_as(SYSTEM):
        assert list(Notice.objects.values_list("recipient__name", "sentence")) == [
            ("Ana", "Ada imports leads for you: “fair.csv”.")
        ]
        kinds = Lead.objects.filter(owner=ana).first().events.order_by("id")
        assert list(kinds.values_list("kind", flat=True)) == ["imported", "reassigned", "protected"]
    invariants()


def test_whom_the_leads_go_to_is_judged_again_when_they_are_written(importing, ana):
    pk = importing.upload(row(1, owner="ana@example.com"), row(2, phone="5185550100"))
    importing.check(pk)
    assert importing.rows(pk)[0].owner_id == ana.pk
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(is_active=False)
    importing.commit(pk)

    assert [lead.owner for lead in leads()] == [None, None]
    assert importing.rows(pk)[0].warnings == ["goes to the pool: Ana may not work it"]


# --- known facilities -------------------------------------------------------------


def test_known_facilities_are_updated_only_if_that_is_wanted(importing, make, ana):
    facility = make(FacilityFactory, external_id="7", source="CMS", name="Old", phone="")
    lead = make(LeadFactory, facility=facility, owner=ana)
    line = row(7, name="New", phone="5185550100")

    assert importing.everything(line).duplicate == 1
    found = importing.everything(line, updates=True)

    assert (found.changed, found.updated, found.duplicate) == (1, 1, 0)
    with acting_as(SYSTEM):
        now = Facility.objects.get(pk=facility.pk)
        event = get_lead(lead.pk).events.get(kind="facility_edited")
    assert (now.name, str(now.phone.as_e164), now.version) == ("New", "+15185550100", 2)
    assert event.detail["name"] == ["Old", "New"]
    assert event.bulk_id == found.bulk_id
    (change,) = changes(found, deed="changed")
    assert (change.facility_id, change.actor_name) == (facility.pk, "Ada")
    assert change.fields["name"] == ["Old", "New"]
    again = importing.everything(line, updates=True)
    assert (again.updated, again.duplicate) == (0, 1)


def changes(found, **of):
    """Return the field changes that carry the id of an import."""
    with acting_as(SYSTEM):
        return list(Change.objects.filter(bulk_id=found.bulk_id, **of).order_by("facility_id"))


def test_a_client_is_a_warning(importing, make, ana):
    facility = make(FacilityFactory, external_id="7", source="CMS")
    make(LeadFactory, facility=facility, owner=ana, status="won", stage="won")

    found = importing.everything(row(7))

    assert (found.created, found.warned) == (1, 1)
    assert importing.rows(found.pk)[0].warnings == ["the facility is a client already"]


# --- taking back --------------------------------------------------------------------


def test_a_revert_takes_back_what_nobody_has_touched(importing, make, ana, ben, small_chunks):
    known = make(FacilityFactory, external_id="8", source="CMS")
    found = importing.everything(
        *[row(number) for number in range(1, 9)], row(9, owner="ben@example.com")
    )
    claimed, noted, edited, *_, owned = leads()
    assert owned.owner == ben
    with acting_as(ana):
        claim_lead(claimed.pk, by=ana)
        release_lead(claimed.pk, by=ana, version=get_lead(claimed.pk).version, why="No")
    make(ContactFactory, facility=noted.facility)
    with acting_as(SYSTEM):
        Facility.objects.filter(pk=edited.facility_id).update(version=2)
    importing.revert(found.pk)

    after = importing.get(found.pk)
    assert (after.state, after.removed, after.kept) == ("reverted", 8, 1)
    assert leads() == [claimed]
    assert [row.lead_id for row in importing.rows(found.pk) if row.verdict == "kept"] == [
        claimed.pk
    ]
    with acting_as(SYSTEM):
        left = set(Facility.objects.values_list("pk", flat=True))
        told = Event.objects.filter(kind="import_reverted")
        assert told.count() == 8
        assert Event.objects.filter(kind="imported").count() == 9
    assert left == {known.pk, claimed.facility_id, noted.facility_id, edited.facility_id}
    removed = changes(found, subject="facility", deed="removed")
    came = {change.facility_id for change in changes(found, subject="facility", deed="added")}
    assert {change.facility_id for change in removed} == came - left
    assert {change.actor_name for change in removed} == {"Ada"}
    invariants()
    assert importing.everything(row(2)).created == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_facility_goes_with_the_last_import_that_is_taken_back(importing, order):
    with acting_as(SYSTEM):
        bmd = OpportunityType.objects.get(code="BMD")
    first = importing.everything(row(1), row(2))
    both = [first, importing.everything(row(1), row(2), opportunity_type=bmd)]
    assert [each.created for each in both] == [2, 2]

    left = []
    for which in order:
        importing.revert(both[which].pk)
        with acting_as(SYSTEM):
            left.append((Lead.objects.count(), Facility.objects.count()))

    assert left == [(2, 2), (0, 0)]


def test_one_place_with_and_without_its_number_is_one_lead(importing):
    twin = "," + row(1).partition(",")[2]

    found = importing.everything(row(1), twin)

    assert (found.created, found.duplicate) == (1, 1)
    assert len(leads()) == 1
    with acting_as(SYSTEM):
        assert Facility.objects.count() == 1
    invariants()


def test_who_has_it_written_is_who_imported_it(importing, cast):
    pk = importing.upload(row(1))
    importing.check(pk)
    with acting_as(SYSTEM):
        bo = make_user("Bo", "sales_admin")
    with acting_as(bo):
        actions.commit_import(pk, by=bo)
    work()

    with acting_as(SYSTEM):
        names = Event.objects.filter(kind__startswith="import").values_list("actor_name", flat=True)
        assert set(names) == {"Bo"}


def test_coming_while_somebody_is_at_it_is_no_try(transactional_db, importing, at_once):
    pk = importing.upload(row(1))
    with acting_as(SYSTEM), connection.cursor() as cursor:
        Import.objects.filter(pk=pk).update(state=Import.State.CHECKING)
        tries = importing.get(pk).tries
    with acting_as(SYSTEM), connection.cursor() as cursor:
        assert working.is_alone(cursor, pk)
        at_once(*[working.carry_on] * 3)

    assert importing.get(pk).tries == tries


def test_a_record_without_an_end_swallows_no_file(importing):
    pk = importing.upload(*['a","'] * 2_000, row(1))
    importing.check(pk)

    found = importing.get(pk)
    assert (found.state, found.new, found.rejected) == (CHECKED, 1, 2_000)


def test_what_a_command_has_read_is_not_started_over(importing, ada):
    pk = importing.upload(row(1))
    importing.check(pk)
    with acting_as(SYSTEM):
        Import.objects.filter(pk=pk).update(content="", attended=True)

    with acting_as(ada), pytest.raises(Refused, match="read by a command"):
        actions.start_over(pk, by=ada)
    importing.commit(pk)

    assert importing.get(pk).state == DONE
