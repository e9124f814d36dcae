"""/leads/<id>/callback: the picker, with and without htmx, and booking from it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.rls import SYSTEM, acting_as
from callbacks.models import SLOT
from callbacks.picker import written
from people.models import User
from tests.callbacks.conftest import at, open_callbacks, reload
from tests.conftest import HTMX
from tests.factories import FacilityFactory, LeadFactory


def url(lead):
    return f"/leads/{lead.pk}/callback"


def slots(response):
    """Return {"10:00": the markup of its window} of a page or fragment."""
    labels = re.findall(r'<label class="slot.*?</label>', response.text)
    return {re.search(r"<b>(.*?)</b>", label)[1]: label for label in labels}


def chosen(response):
    return [time for time, label in slots(response).items() if " checked" in label]


def test_the_page_shows_the_windows_of_a_day(ana, lead, monday, signed_in):
    page = signed_in(ana).get(url(lead), {"day": monday.isoformat()})

    assert page.status_code == 200
    windows = slots(page)
    assert len(windows) == 48
    assert f'value="{written(at(monday, "10:00"))}"' in windows["10:00"]
    assert "Next free slot" in page.text
    assert "Book callback" in page.text
    assert chosen(page) == []


def test_htmx_gets_the_picker_alone(ana, lead, monday, signed_in):
    part = signed_in(ana).get(url(lead), {"day": monday.isoformat()}, headers=HTMX)

    assert part.text.strip().startswith('<fieldset id="callback-picker"')
    assert "<html" not in part.text


def test_the_facilitys_time_stands_beside_the_reps(ana, make, monday, signed_in):
    there = make(FacilityFactory, time_zone="America/Los_Angeles")
    lead = make(LeadFactory, owner=ana, facility=there)

    windows = slots(signed_in(ana).get(url(lead), {"day": monday.isoformat()}))

    assert "<small>07:00</small>" in windows["10:00"]
    # Still the day before, over there.
    assert "<small>Sun 22:00</small>" in windows["01:00"]


def test_a_taken_window_says_by_whom_and_can_not_be_chosen(
    ana, lead, make, monday, signed_in, book
):
    other = make(LeadFactory, owner=ana)
    book(ana, other, at(monday, "10:00"))

    windows = slots(signed_in(ana).get(url(lead), {"day": monday.isoformat()}))

    assert "taken" in windows["10:00"]
    assert other.facility.name in windows["10:00"]
    assert " disabled" in windows["10:00"]
    assert " disabled" not in windows["10:30"]


def test_next_free_slot_jumps_to_it_and_chooses_it(ana, lead, make, monday, signed_in, book):
    book(ana, make(LeadFactory, owner=ana), at(monday, "09:00"))
    browser = signed_in(ana)

    first = browser.get(url(lead), {"day": monday.isoformat(), "find": "next"})
    assert chosen(first) == ["09:30"]
    again = browser.get(
        url(lead),
        {"day": monday.isoformat(), "find": "next", "slot": written(at(monday, "16:30"))},
    )
    assert chosen(again) == ["09:00"]
    assert f'value="{monday + timedelta(days=1)}"' in again.text


def test_without_a_day_it_opens_where_the_next_free_window_is(ana, lead, signed_in):
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(working_days=[3])

    page = signed_in(ana).get(url(lead))

    assert "<h3>Wed " in page.text


def test_booking_takes_the_window_and_goes_to_the_leads_history(ana, lead, monday, signed_in):
    answer = signed_in(ana).post(url(lead), {"slot": written(at(monday, "10:00"))})

    assert (answer.status_code, answer.url) == (303, f"/leads/{lead.pk}/activity")
    assert [callback.slot.lower for callback in open_callbacks(ana)] == [at(monday, "10:00")]


def test_htmx_is_sent_there_too(ana, lead, monday, signed_in):
    answer = signed_in(ana).post(url(lead), {"slot": written(at(monday, "10:00"))}, headers=HTMX)

    assert answer.headers["HX-Redirect"] == f"/leads/{lead.pk}/activity"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_taken_window_comes_back_with_the_next_free_one_chosen(
    ana, lead, make, monday, signed_in, book, headers
):
    book(ana, make(LeadFactory, owner=ana), at(monday, "16:30"))

    answer = signed_in(ana).post(
        url(lead), {"slot": written(at(monday, "16:30")), "shown": monday}, headers=headers
    )

    assert answer.status_code == 422
    assert "16:30 on " in answer.text
    assert "is taken" in answer.text
    assert chosen(answer) == ["09:00"]
    assert f'name="shown" value="{monday + timedelta(days=1)}"' in answer.text
    assert len(open_callbacks(ana)) == 1


@pytest.mark.parametrize(
    ("slot", "sentence"),
    [
        ("", "Choose a window."),
        ("soon", "Choose a window."),
        ("0001-01-01T00:00+14:00", "Choose a window."),
        ("9999-12-31T23:30-14:00", "Choose a window."),
        ("9999-12-31T23:30Z", "up to 180 days ahead"),
        ("2020-01-06T15:00Z", "has passed already"),
        ("2027-03-14T02:30", "There is no 02:30 on Sun 14 Mar 2027"),
    ],
)
def test_what_is_no_window_comes_back_with_a_sentence(ana, lead, monday, signed_in, slot, sentence):
    answer = signed_in(ana).post(url(lead), {"slot": slot, "shown": monday.isoformat()})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'name="shown" value="{monday}"' in answer.text
    assert open_callbacks(ana) == []


def test_a_wall_time_without_an_offset_is_the_reps(ana, lead, monday, signed_in):
    signed_in(ana).post(url(lead), {"slot": f"{monday}T10:00"})

    assert [callback.slot.lower for callback in open_callbacks(ana)] == [at(monday, "10:00")]


def test_moving_shows_where_it_is_now(ana, lead, monday, signed_in, book):
    callback = book(ana, lead, at(monday, "10:00"))
    browser = signed_in(ana)

    page = browser.get(url(lead))
    assert "Move the callback" in page.text
    assert "booked now" in slots(page)["10:00"]
    browser.post(url(lead), {"slot": written(at(monday, "11:00"))})

    assert reload(callback).status == "cancelled"
    assert [callback.slot.lower for callback in open_callbacks(ana)] == [at(monday, "11:00")]


@pytest.mark.parametrize("days", ["2020-01-01", "9999-12-31", "0001-01-01", "tomorrow", ""])
@pytest.mark.parametrize("find", ["", "next"])
def test_a_day_out_of_reach_is_the_nearest_that_can_be_booked(ana, lead, signed_in, days, find):
    page = signed_in(ana).get(url(lead), {"day": days, "find": find})

    assert page.status_code == 200


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("ana", 200),
        ("ben", 404),
        ("cleo", 403),
        ("dora", 404),
        ("eli", 404),
        ("sol", 403),
        ("ada", 403),
    ],
)
def test_who_may_use_the_picker(request, lead, monday, signed_in, who, status):
    browser = signed_in(request.getfixturevalue(who))

    assert browser.get(url(lead)).status_code == status
    if status != 200:
        answer = browser.post(url(lead), {"slot": written(at(monday, "10:00"))})
        assert answer.status_code == status
        with acting_as(SYSTEM):
            assert lead.callbacks.count() == 0


def test_a_pool_lead_has_no_picker(ana, make, signed_in):
    assert signed_in(ana).get(url(make(LeadFactory))).status_code == 403


def test_the_picker_asks_as_much_for_an_empty_day_as_for_a_full_one(
    ana, lead, make, monday, signed_in, book
):
    browser = signed_in(ana)
    empty = queries(browser, lead, monday)
    for number in range(16):
        book(ana, make(LeadFactory, owner=ana), at(monday, "09:00") + SLOT * number)

    assert queries(browser, lead, monday) == empty


def queries(browser, lead, day):
    with CaptureQueriesContext(connection) as captured:
        browser.get(url(lead), {"day": day.isoformat()}, headers=HTMX)
    return len(captured)
