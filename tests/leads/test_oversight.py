"""What those above the owner do: reopen what ended, share a lead with one more person."""

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.invariants import all_invariants, violations
from backoffice.rls import SYSTEM, acting_as
from history.actions import record
from history.models import Event
from leads.actions import claim_lead
from leads.models import Lead
from leads.workflow import move_stage
from people.models import Policy
from protection.models import Window
from tests.conftest import HTMX, make_user
from tests.factories import LeadFactory

WHY = "They called us back"


@pytest.fixture
def lost(ana, make):
    """A lead that Ana claimed, qualified, and lost."""
    lead = make(LeadFactory)
    with acting_as(SYSTEM):
        record(Event.Kind.CREATED, "Imported.", by=SYSTEM, lead=lead)
    with acting_as(ana):
        claim_lead(lead.pk, by=ana)
        move_stage(lead.pk, "qualified", by=ana, version=now(lead).version)
        move_stage(lead.pk, "lost", by=ana, version=now(lead).version, why="Price")
    return now(lead)


@pytest.fixture
def disqualified(ana, make):
    return make(LeadFactory, owner=ana, status="disqualified", stage="contacted")


def now(lead):
    with acting_as(SYSTEM):
        return Lead.objects.with_display().get(pk=lead.pk)


def reopen(browser, lead, *, to="owner", why=WHY, version=None, **headers):
    said = {"to": to, "why": why, "version": version or lead.version}
    return browser.post(f"/leads/{lead.pk}/reopen", said, headers=headers)


@pytest.mark.parametrize("actor", ["cleo", "sol", "ada"])
def test_a_lost_lead_goes_on_in_its_stage_with_a_new_window(cast, signed_in, lost, ana, actor):
    answer = reopen(signed_in(getattr(cast, actor)), lost)

    assert answer.status_code == 303
    lead = now(lost)
    assert (lead.status, lead.stage, lead.owner) == ("open", "qualified", ana)
    with acting_as(SYSTEM):
        event = lead.events.get(kind="reopened")
        assert (event.actor, event.why) == (getattr(cast, actor), WHY)
        window = Window.objects.get(lead=lead, end="")
        assert window.owner == ana
        assert lead.protected_until - lead.owned_at > (lost.as_of - lost.owned_at)
        with connection.cursor() as cursor:
            broken = [line for each in all_invariants() for line in violations(each, cursor)]
    assert broken == []
    assert f'id="lead-{lead.pk}"' in signed_in(ana).get("/leads").text
    assert f"reopened {lead.facility.name} for you" in signed_in(ana).get("/notifications").text


def test_a_disqualified_one_goes_to_the_pool(signed_in, cleo, ben, disqualified):
    reopen(signed_in(cleo), disqualified, to="pool")

    lead = now(disqualified)
    assert (lead.status, lead.stage, lead.owner, lead.protected_until) == (
        "open",
        "contacted",
        None,
        None,
    )
    assert f'id="lead-{lead.pk}"' in signed_in(ben).get("/leads/pool").text


@pytest.mark.parametrize(("actor", "status"), [("ana", 403), ("ben", 403), ("eli", 404)])
def test_nobody_else_does(cast, signed_in, lost, actor, status):
    assert reopen(signed_in(getattr(cast, actor)), lost).status_code == status
    assert now(lost).status == "lost"


def test_the_owner_is_not_offered_it_the_manager_is(signed_in, ana, cleo, lost):
    assert "Reopen the lead" not in signed_in(ana).get(f"/leads/{lost.pk}").text
    assert "Reopen the lead" in signed_in(cleo).get(f"/leads/{lost.pk}").text


def test_without_a_reason_nothing_happens_and_nothing_is_lost(signed_in, cleo, lost):
    for headers in ({}, HTMX):
        answer = reopen(signed_in(cleo), lost, to="pool", why="", **headers)

        assert answer.status_code == 422
        assert 'value="pool" selected' in answer.text
    assert now(lost).status == "lost"


def deactivate(ana):
    ana.is_active = False
    ana.save()


def move_away(ana):
    ana.territories = ["TX"]
    ana.save()


def fill_up(ana):
    Policy.objects.update(open_leads_per_rep=1)
    LeadFactory(owner=ana)


@pytest.mark.parametrize(
    ("obstacle", "sentence"),
    [
        (deactivate, "Ana has been deactivated"),
        (move_away, "Ana may no longer work this lead"),
        (fill_up, "Ana owns as many open leads as one rep may"),
    ],
)
def test_an_owner_who_cannot_have_it_is_named_and_the_pool_offered(
    signed_in, cleo, ana, lost, obstacle, sentence
):
    with acting_as(SYSTEM):
        obstacle(ana)

    answer = reopen(signed_in(cleo), lost)

    assert answer.status_code == 409
    assert sentence in answer.text
    assert now(lost).status == "lost"
    assert reopen(signed_in(cleo), lost, to="pool").status_code == 303


def test_what_was_opened_anew_meanwhile_stays_alone(signed_in, cleo, lost, make):
    make(LeadFactory, facility=lost.facility)

    answer = reopen(signed_in(cleo), lost)

    assert answer.status_code == 409
    assert "Another lead of this type has been opened there since" in answer.text
    assert now(lost).status == "lost"


def test_of_two_managers_one_is_told(transactional_db, signed_in, cast, make, at_once):
    lead = make(LeadFactory, owner=cast.ana, status="lost", stage="lost")
    browsers = [signed_in(cast.cleo), signed_in(cast.sol)]

    answers = at_once(*[lambda each=each: reopen(each, lead) for each in browsers])

    assert sorted(answer.status_code for answer in answers) == [303, 409]


def test_the_database_lets_nobody_else_reopen(ana, eli, lost):
    for user in (ana, eli):
        with acting_as(user), connection.cursor() as cursor:
            cursor.execute(
                "SELECT app.reopen(%s, %s, 'new', app.clock() + interval '1 day', false)",
                [lost.pk, lost.version],
            )
            assert cursor.fetchone() == ("unavailable",)


# --- sharing --------------------------------------------------------------------


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana)


def share(browser, lead, to):
    return browser.post(f"/leads/{lead.pk}/sharing", {"to": to.pk})


@pytest.mark.parametrize("actor", ["cleo", "sol", "ada"])
def test_who_was_granted_a_lead_sees_it_until_it_is_withdrawn(cast, signed_in, lead, actor):
    above, dora = signed_in(getattr(cast, actor)), signed_in(cast.dora)
    assert dora.get(f"/leads/{lead.pk}").status_code == 404

    assert share(above, lead, cast.dora).status_code == 303

    assert dora.get(f"/leads/{lead.pk}").status_code == 200
    assert "Stop sharing with Dora" in above.get(f"/leads/{lead.pk}/sharing").text
    above.post(f"/leads/{lead.pk}/sharing/{cast.dora.pk}/withdraw")
    assert dora.get(f"/leads/{lead.pk}").status_code == 404
    with acting_as(SYSTEM):
        kinds = list(lead.events.order_by("id").values_list("kind", flat=True))
    assert kinds == ["granted", "grant_withdrawn"]


def test_a_grantee_grants_nobody_else(signed_in, cleo, dora, ben, lead):
    share(signed_in(cleo), lead, dora)

    assert share(signed_in(dora), lead, ben).status_code == 403
    with (
        acting_as(dora),
        pytest.raises(DatabaseError, match=r"row-level security|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO leads_leadgrant (content_object_id, user_id, permission_id)"
            " SELECT content_object_id, %s, permission_id FROM leads_leadgrant",
            [ben.pk],
        )


def test_who_sees_it_anyway_or_left_is_not_offered(signed_in, cleo, ana, sol, dora, lead):
    with acting_as(SYSTEM):
        gone = make_user("Gone", "inside_rep")
        gone.is_active = False
        gone.save()
    share(signed_in(cleo), lead, dora)

    page = signed_in(cleo).get(f"/leads/{lead.pk}/sharing").text
    for person in (ana, sol, dora, gone):
        assert f'<option value="{person.pk}"' not in page
        assert share(signed_in(cleo), lead, person).status_code == 422


def test_a_second_withdrawal_is_told(signed_in, cleo, dora, lead):
    share(signed_in(cleo), lead, dora)
    withdraw = f"/leads/{lead.pk}/sharing/{dora.pk}/withdraw"

    answers = [signed_in(cleo).post(withdraw).status_code for _ in range(2)]

    assert answers == [303, 409]
