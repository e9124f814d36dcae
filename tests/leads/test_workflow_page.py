"""The Workflow tab: who moves a lead from stage to stage, what is asked, what is kept."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.models import Lead, Task
from leads.workflow import plan
from protection.window import window_end
from tests.conftest import HTMX
from tests.factories import LeadFactory

STAGES = ["new", "contacted", "qualified", "discovery", "gameplan", "contract"]
EVERY_WAY = pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])


@pytest.fixture
def lead(ana, make):
    return make(LeadFactory, owner=ana, stage="contacted", held_for=timedelta(days=10))


def fresh(lead):
    with acting_as(SYSTEM):
        return Lead.objects.with_display().get(pk=lead.pk)


def page(browser, lead):
    return browser.get(f"/leads/{lead.pk}/workflow")


def move(browser, lead, stage, headers=None, **said):
    said = {"stage": stage, "version": lead.version} | said
    verb = "won" if stage == "won" else "stage"
    return browser.post(f"/leads/{lead.pk}/{verb}", said, headers=headers or {})


def save(browser, lead, headers=None, **dates):
    names = ["discovery_on", "gameplan_on", "contract_sent_on", "expected_close_on"]
    names += ["expected_value", "version"]
    said = {name: getattr(lead, name) or "" for name in names} | dates
    fields = {f"lead-{lead.pk}-{name}": value for name, value in said.items()}
    return browser.post(f"/leads/{lead.pk}/plan", fields, headers=headers or {})


def today(lead, user):
    return fresh(lead).as_of.astimezone(user.zone).date()


def history(lead):
    with acting_as(SYSTEM):
        return list(lead.events.order_by("pk").values_list("kind", "sentence", "why"))


# --- what is shown --------------------------------------------------------------


def test_the_owner_is_offered_every_other_stage(ana, signed_in, lead):
    text = page(signed_in(ana), lead).text

    assert re.findall(r'name="stage" value="(\w+)" aria-label="([^"]+)"', text) == [
        ("new", "Move back to New"),
        ("qualified", "Move to Qualified"),
        ("discovery", "Move to Discovery"),
        ("gameplan", "Move to Gameplan"),
        ("contract", "Move to Contract"),
    ]
    assert '<span aria-current="step">Contacted</span>' in text
    assert "Mark as won" in text
    assert "Mark as lost" in text


@pytest.mark.parametrize("viewer", ["cleo", "sol", "ada"])
def test_others_read_the_facts(cast, signed_in, lead, viewer):
    with acting_as(cast.ana):
        dates = {"discovery_on": date(2026, 12, 24), "expected_value": Decimal(1200)}
        plan(lead.pk, by=cast.ana, version=1, **dates)

    text = page(signed_in(getattr(cast, viewer)), lead).text

    assert '<span aria-current="step">Contacted</span>' in text
    assert "<dt>Discovery date</dt><dd>24 Dec 2026</dd>" in text
    assert "<dt>Expected value, US dollars</dt><dd>$1,200.00</dd>" in text
    assert "<dt>Gameplan call</dt><dd>Not set</dd>" in text
    for control in ("Move to", "Mark as", "Save the plan"):
        assert control not in text


def test_open_tasks_are_completed_where_they_stand(ana, cleo, signed_in, lead):
    with acting_as(SYSTEM):
        task = Task.objects.create(lead=lead, kind="follow_up", due_on="2030-01-05")
        Task.objects.create(lead=lead, kind="qualification")
    browser, done = signed_in(ana), f"/leads/{lead.pk}/tasks/{task.pk}/done"

    text = page(browser, lead).text
    assert "<b>Follow-up</b>" in text
    assert "due 5 Jan 2030" in text
    assert "<b>Qualification</b>" in text
    assert done not in page(signed_in(cleo), lead).text

    response = browser.post(done, {"tab": "workflow"}, headers=HTMX)

    assert response.headers["HX-Redirect"] == f"/leads/{lead.pk}/workflow"
    assert "<b>Follow-up</b>" not in page(browser, lead).text


@pytest.mark.parametrize(("viewer", "status"), [("dora", 404), ("ben", 404), ("eli", 404)])
def test_what_one_may_not_see_is_not_there(cast, signed_in, lead, viewer, status):
    browser = signed_in(getattr(cast, viewer))

    assert page(browser, lead).status_code == status
    assert move(browser, lead, "qualified").status_code == status
    assert save(browser, lead, discovery_on="2026-12-24").status_code == status
    assert history(lead) == []


@pytest.mark.parametrize("viewer", ["cleo", "sol", "ada"])
def test_who_sees_it_but_does_not_own_it_moves_nothing(cast, signed_in, lead, viewer):
    browser = signed_in(getattr(cast, viewer))

    assert move(browser, lead, "qualified").status_code == 403
    # Also where the form is wrong: whoever may not learns nothing about it.
    assert move(browser, lead, "nowhere").status_code == 403
    assert save(browser, lead, discovery_on="2026-12-24").status_code == 403
    assert history(lead) == []


def test_an_owner_whose_time_is_over_moves_nothing(ana, signed_in, lead, move_clock):
    move_clock(timedelta(days=36))
    browser = signed_in(ana)

    assert "Move to" not in page(browser, lead).text
    assert move(browser, lead, "qualified").status_code == 403
    assert save(browser, lead, gameplan_on="2026-12-24").status_code == 403
    assert history(lead) == []


# --- stages ---------------------------------------------------------------------


@EVERY_WAY
def test_moving_forward_extends_and_says_so(ana, signed_in, lead, headers):
    browser = signed_in(ana)
    response = move(browser, lead, "qualified", headers)

    after = fresh(lead)
    with acting_as(SYSTEM):
        until = window_end(clock(), 45)
    assert (after.stage, after.protected_until) == ("qualified", until)
    there = until.astimezone(ana.zone)
    said = f"Moved to qualified. Protected until {there:%a} {there.day} {there:%b %Y, %H:%M %Z}."
    if headers:
        assert '<span aria-current="step">Qualified</span>' in response.text
        assert '<hx-partial hx-target="#folder-head"' in response.text
    else:
        assert response.headers["Location"] == f"/leads/{lead.pk}/workflow"
        response = page(browser, lead)
    assert said in response.text
    assert "<strong>45</strong> days left" in response.text


@EVERY_WAY
def test_moving_back_extends_nothing(ana, signed_in, lead, headers):
    move(signed_in(ana), lead, "new", headers)

    assert fresh(lead).stage == "new"
    assert fresh(lead).protected_until == lead.protected_until


@EVERY_WAY
@pytest.mark.parametrize("stage", ["won", "lost"])
def test_an_ending_asks_why_and_keeps_the_answer(ana, signed_in, lead, headers, stage):
    browser = signed_in(ana)
    unanswered = move(browser, lead, stage, headers)
    assert unanswered.status_code == 422
    assert "This field is required." in unanswered.text
    assert fresh(lead).status == "open"

    move(browser, lead, stage, headers, why="They said so")

    after = fresh(lead)
    assert (after.status, after.stage, after.protected_until) == (stage, stage, None)
    assert history(lead)[0][::2] == ("stage_moved", "They said so")
    assert f"This lead is {stage}." in page(browser, lead).text
    assert "Move back" not in page(browser, lead).text


@EVERY_WAY
def test_a_stale_tab_is_told_and_keeps_the_reason(ana, signed_in, lead, headers):
    browser = signed_in(ana)
    move(browser, lead, "discovery")

    response = move(browser, lead, "lost", headers, why="No budget this year")

    assert response.status_code == 409
    assert "Somebody else changed this meanwhile" in response.text
    assert "No budget this year" in response.text
    assert '<span aria-current="step">Discovery</span>' in response.text
    assert fresh(lead).stage == "discovery"
    # What is on the screen now can be sent.
    version = re.search(r'name="version" value="(\d+)"', response.text)[1]
    move(browser, lead, "lost", headers, why="No budget this year", version=version)
    assert fresh(lead).status == "lost"


@pytest.mark.parametrize(
    "nonsense", [{"stage": "nowhere"}, {"stage": ""}, {"version": "x"}, {"version": ""}]
)
def test_nonsense_moves_nothing(ana, signed_in, lead, nonsense):
    response = move(signed_in(ana), lead, **({"stage": "qualified"} | nonsense))

    assert response.status_code == 422
    assert history(lead) == []


# --- dates and value ------------------------------------------------------------


@EVERY_WAY
def test_dates_and_value_are_saved(ana, signed_in, lead, headers):
    dates = {
        "discovery_on": "2026-12-24",
        "gameplan_on": "2027-01-15",
        "contract_sent_on": str(today(lead, ana)),
        "expected_close_on": "2027-02-28",
        "expected_value": "12500",
    }

    response = save(signed_in(ana), lead, headers, **dates)

    after = fresh(lead)
    saved = {name: str(getattr(after, name)) for name in dates}
    assert saved == dates | {"expected_value": "12500.00"}
    assert response.status_code == (200 if headers else 303)
    [planned] = [sentence for kind, sentence, _ in history(lead) if kind == "planned"]
    assert "discovery date 24 Dec 2026; gameplan call 15 Jan 2027" in planned
    assert "expected value $12,500.00" in planned


@pytest.mark.parametrize("field", ["gameplan_on", "contract_sent_on"])
def test_the_first_of_a_kind_extends(ana, signed_in, lead, field):
    save(signed_in(ana), lead, **{field: str(today(lead, ana))})

    with acting_as(SYSTEM):
        assert fresh(lead).protected_until == window_end(clock(), 45)


def test_saving_what_stands_there_already_changes_nothing(ana, signed_in, lead):
    browser = signed_in(ana)
    save(browser, lead, expected_value="1200", discovery_on="2026-12-24")
    before = history(lead)

    save(browser, fresh(lead), expected_value="1200.00")

    assert history(lead) == before


def test_a_date_can_be_taken_away(ana, signed_in, lead):
    browser = signed_in(ana)
    save(browser, lead, gameplan_on="2026-12-24")
    until = fresh(lead).protected_until

    save(browser, fresh(lead), gameplan_on="")

    assert fresh(lead).gameplan_on is None
    assert fresh(lead).protected_until == until
    assert history(lead)[-1][1] == "Ana set: no gameplan call."


@EVERY_WAY
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("discovery_on", "someday"),
        ("gameplan_on", "0026-01-01"),
        ("expected_close_on", "2226-01-01"),
        ("expected_value", "-1"),
        ("expected_value", "12345678901.00"),
        ("expected_value", "1.234"),
        ("expected_value", "NaN"),
    ],
)
def test_what_is_wrong_is_said_and_kept(ana, signed_in, lead, headers, field, typed):
    response = save(signed_in(ana), lead, headers, **{field: typed})

    assert response.status_code == 422
    assert f'value="{typed}"' in response.text
    assert 'aria-invalid="true"' in response.text
    assert history(lead) == []


def test_a_contract_is_not_sent_tomorrow(ana, signed_in, lead):
    tomorrow = today(lead, ana) + timedelta(days=1)
    response = save(signed_in(ana), lead, contract_sent_on=str(tomorrow))

    assert response.status_code == 422
    assert "This day has not come yet." in response.text
    assert fresh(lead).contract_sent_on is None


def test_today_is_the_reps_today(ana, signed_in, lead):
    """East of the date line it is tomorrow already, and west of it still yesterday."""
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        with acting_as(SYSTEM):
            type(ana).objects.filter(pk=ana.pk).update(time_zone=zone)
        ana.time_zone = zone
        browser, day = signed_in(ana), today(lead, ana)
        late = save(browser, fresh(lead), contract_sent_on=str(day + timedelta(days=1)))
        assert late.status_code == 422
        save(browser, fresh(lead), contract_sent_on=str(day))
        assert fresh(lead).contract_sent_on == day


@EVERY_WAY
def test_a_stale_form_shows_both_texts(ana, signed_in, lead, headers):
    browser = signed_in(ana)
    save(browser, lead, discovery_on="2026-12-24", expected_value="100")

    response = save(browser, lead, headers, discovery_on="2027-01-07", expected_value="250")

    assert response.status_code == 409
    assert "Somebody else changed this meanwhile" in response.text
    assert 'value="2027-01-07"' in response.text
    assert "Saved meanwhile: 24 Dec 2026." in response.text
    assert 'value="250"' in response.text
    assert "Saved meanwhile: $100.00." in response.text
    assert fresh(lead).expected_value == Decimal("100.00")
    # Saved again, what was typed stands.
    save(browser, fresh(lead), headers, discovery_on="2027-01-07", expected_value="250")
    assert fresh(lead).expected_value == Decimal("250.00")


def test_a_lead_that_ended_meanwhile_takes_no_dates(ana, signed_in, lead):
    browser = signed_in(ana)
    move(browser, lead, "lost", why="No budget")

    response = save(browser, lead, discovery_on="2027-01-07")

    assert response.status_code == 409
    assert "This lead is lost meanwhile." in response.text
    assert fresh(lead).discovery_on is None
