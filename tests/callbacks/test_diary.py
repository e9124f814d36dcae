"""/callbacks: my callbacks by day and week; a manager's team's."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from callbacks.models import SLOT
from people.models import User
from tests.callbacks.conftest import NEW_YORK, at, reload
from tests.conftest import HTMX
from tests.factories import ContactFactory, FacilityFactory, LeadFactory


def rows(page):
    """Return {callback id: text of its row} of the page, in order."""
    found = re.findall(r'<tr id="callback-(\d+)".*?</tr>', page.text, re.DOTALL)
    markup = re.findall(r'<tr id="callback-\d+".*?</tr>', page.text, re.DOTALL)
    return dict(zip(map(int, found), markup, strict=True))


@pytest.fixture
def week(ana, make, monday, book):
    """Three callbacks of Ana's: on Monday, on Friday and on the Monday after."""
    days = [monday, monday + timedelta(days=4), monday + timedelta(days=7)]
    return [book(ana, make(LeadFactory, owner=ana), at(day, "10:00")) for day in days]


def test_the_week_shows_its_callbacks_in_order(ana, monday, week, signed_in):
    page = signed_in(ana).get("/callbacks", {"on": (monday + timedelta(days=2)).isoformat()})

    assert list(rows(page)) == [week[0].pk, week[1].pk]
    first = rows(page)[week[0].pk]
    assert "10:00-10:30" in first
    with acting_as(SYSTEM):
        assert week[0].lead.facility.name in first
    assert f'href="/leads/{week[0].lead_id}"' in first
    assert f'href="/leads/{week[0].lead_id}/callback"' in first


def test_the_day_shows_one_day(ana, monday, week, signed_in):
    on = (monday + timedelta(days=4)).isoformat()

    page = signed_in(ana).get("/callbacks", {"view": "day", "on": on})

    assert list(rows(page)) == [week[1].pk]
    assert "Friday" in page.text


def test_one_goes_back_and_forth_and_home(ana, monday, signed_in):
    page = signed_in(ana).get("/callbacks", {"on": monday.isoformat()})

    links = re.findall(r'href="(/callbacks[^"]*)"[^>]*>(.*?)</a>', page.text)
    said = {re.sub("<.*?>", "", text): url.replace("&amp;", "&") for url, text in links}
    today = clock().astimezone(NEW_YORK).date()
    assert said["Previous week"] == f"/callbacks?view=week&on={monday - timedelta(days=7)}"
    assert said["Next week"] == f"/callbacks?view=week&on={monday + timedelta(days=7)}"
    assert said["Today"] == f"/callbacks?view=week&on={today}"
    assert said["Day"] == f"/callbacks?view=day&on={monday}"


def test_without_more_it_is_this_week(ana, monday, week, signed_in):
    this_week = signed_in(ana).get("/callbacks")
    nonsense = signed_in(ana).get("/callbacks?view=year&on=yesterday")

    assert rows(this_week) == rows(nonsense) == {}
    assert "today" in this_week.text


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "2026-02-30", "1", ""])
def test_a_day_that_makes_no_sense_is_today(ana, signed_in, on):
    page = signed_in(ana).get("/callbacks", {"on": on})

    assert page.status_code == 200
    assert "<small>today</small>" in page.text


def test_what_was_done_stays_what_was_cancelled_goes(ana, monday, week, signed_in):
    browser = signed_in(ana)
    browser.post(f"/callbacks/{week[0].pk}/complete")
    browser.post(f"/callbacks/{week[1].pk}/cancel")

    page = browser.get("/callbacks", {"on": monday.isoformat()})

    assert list(rows(page)) == [week[0].pk]
    assert ">done<" in rows(page)[week[0].pk]
    assert "Cancel" not in rows(page)[week[0].pk]
    assert (reload(week[0]).status, reload(week[1]).status) == ("done", "cancelled")


def test_an_open_window_is_due(ana, monday, week, signed_in, move_clock):
    move_clock(at(monday, "10:00") - clock())

    page = signed_in(ana).get("/callbacks")

    assert ">due<" in rows(page)[week[0].pk]
    assert ">to come<" in rows(page)[week[1].pk]


def test_cancelling_with_htmx_takes_the_row_away(ana, week, signed_in):
    answer = signed_in(ana).post(f"/callbacks/{week[0].pk}/cancel", headers=HTMX)

    assert answer.status_code == 200
    assert f'hx-target="#callback-{week[0].pk}" hx-swap="delete"' in answer.text


def test_completing_with_htmx_shows_the_row_as_done(ana, week, signed_in):
    answer = signed_in(ana).post(f"/callbacks/{week[0].pk}/complete", headers=HTMX)

    assert ">done<" in rows(answer)[week[0].pk]


def test_without_javascript_one_comes_back_to_the_week(ana, monday, week, signed_in):
    answer = signed_in(ana).post(f"/callbacks/{week[1].pk}/cancel")

    friday = monday + timedelta(days=4)
    assert (answer.status_code, answer.url) == (303, f"/callbacks?view=week&on={friday}")


def test_cancelling_twice_is_refused(ana, week, signed_in):
    browser = signed_in(ana)
    browser.post(f"/callbacks/{week[0].pk}/cancel")

    answer = browser.post(f"/callbacks/{week[0].pk}/cancel")

    assert answer.status_code == 409
    assert "done or cancelled already" in answer.text


@pytest.mark.parametrize("verb", ["cancel", "complete"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("ben", 404), ("cleo", 403), ("dora", 404), ("eli", 404), ("sol", 403), ("ada", 403)],
)
def test_nobody_but_the_owner_changes_a_callback(request, week, signed_in, who, status, verb):
    answer = signed_in(request.getfixturevalue(who)).post(f"/callbacks/{week[0].pk}/{verb}")

    assert answer.status_code == status
    assert reload(week[0]).is_open


# --- teams --------------------------------------------------------------------


@pytest.fixture
def everybodys(ana, ben, dora, make, monday, book):
    texas = make(FacilityFactory, state="TX", time_zone="America/Chicago")
    return {
        "Ana": book(ana, make(LeadFactory, owner=ana), at(monday, "10:00")),
        "Ben": book(ben, make(LeadFactory, owner=ben), at(monday, "10:00")),
        "Dora": book(dora, make(LeadFactory, owner=dora, facility=texas), at(monday, "11:00")),
    }


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("ana", {"Ana"}),
        ("ben", {"Ben"}),
        ("cleo", {"Ana", "Ben"}),
        ("dora", {"Dora"}),
        ("eli", {"Dora"}),
        ("sol", {"Ana", "Ben", "Dora"}),
        ("ada", {"Ana", "Ben", "Dora"}),
    ],
)
def test_whose_callbacks_each_role_sees(request, monday, everybodys, signed_in, who, seen):
    browser = signed_in(request.getfixturevalue(who))

    page = browser.get("/callbacks", {"on": monday.isoformat()})

    assert set(rows(page)) == {everybodys[name].pk for name in seen}


def test_a_manager_chooses_a_rep(ana, cleo, monday, everybodys, signed_in):
    page = signed_in(cleo).get("/callbacks", {"on": monday.isoformat(), "rep": ana.pk})

    assert set(rows(page)) == {everybodys["Ana"].pk}
    assert "Ana&#x27;s callbacks" in page.text
    assert "Cancel" not in rows(page)[everybodys["Ana"].pk]


def test_another_teams_rep_does_not_exist(ben, dora, cleo, ana, signed_in):
    for viewer, rep in [(cleo, dora), (ana, ben), (ana, cleo)]:
        assert signed_in(viewer).get("/callbacks", {"rep": rep.pk}).status_code == 404
    assert signed_in(cleo).get("/callbacks?rep=nobody").status_code == 404


def test_a_reps_diary_is_in_the_reps_time(ana, cleo, monday, everybodys, signed_in):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(time_zone="America/Los_Angeles")

    page = signed_in(cleo).get("/callbacks", {"on": monday.isoformat(), "rep": ana.pk})

    assert "07:00-07:30" in rows(page)[everybodys["Ana"].pk]
    assert "10:00 EST" in rows(page)[everybodys["Ana"].pk]


def test_the_decision_maker_is_named(ana, lead, make, monday, book, signed_in):
    make(ContactFactory, facility=lead.facility, name="Grace Holloway")
    callback = book(ana, lead, at(monday, "10:00"))

    page = signed_in(ana).get("/callbacks", {"on": monday.isoformat()})

    assert "Grace Holloway" in rows(page)[callback.pk]


@pytest.mark.parametrize("who", ["ana", "cleo", "sol"])
def test_it_asks_as_much_for_one_row_as_for_thirty(
    request, ana, make, monday, book, signed_in, who
):
    browser = signed_in(request.getfixturevalue(who))
    starts = [at(monday + timedelta(days=n // 16), "09:00") + SLOT * (n % 16) for n in range(30)]
    book(ana, make(LeadFactory, owner=ana), starts[0])
    one = queries(browser, monday)
    for start in starts[1:]:
        book(ana, make(LeadFactory, owner=ana), start)

    assert queries(browser, monday) == one
    assert len(rows(browser.get("/callbacks", {"on": monday.isoformat()}))) == 30


def queries(browser, monday):
    with CaptureQueriesContext(connection) as captured:
        browser.get("/callbacks", {"on": monday.isoformat()})
    return len(captured)
