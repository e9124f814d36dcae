"""Where one goes on after booking, moving, completing or cancelling: where one was."""

import json
import re

import pytest

from callbacks.picker import written
from tests.callbacks.conftest import at, callback_at, open_callbacks
from tests.conftest import HTMX
from tests.factories import LeadFactory

SITE = "http://testserver"
QUEUE = {"HX-Current-URL": f"{SITE}/leads?band=fresh"}
DIARY = "/callbacks?view=day&on=2030-01-07"


def url(lead):
    return f"/leads/{lead.pk}/callback"


def slot(day, wall="10:00"):
    return {"slot": written(at(day, wall))}


@pytest.fixture
def callback(ana, lead, monday, book):
    return book(ana, lead, at(monday, "10:00"))


# --- booking -------------------------------------------------------------------


def test_in_the_queue_its_form_fills_a_dialog(ana, lead, signed_in):
    headers = HTMX | QUEUE | {"HX-Target": "dialog-content"}

    text = signed_in(ana).get(url(lead), headers=headers).text

    assert "<html" not in text
    assert "Book a callback" in text
    assert f'hx-post="{url(lead)}"' in text


def test_the_queue_redraws_itself(ana, lead, make, monday, signed_in):
    other = make(LeadFactory, owner=ana)

    response = signed_in(ana).post(url(lead), slot(monday), headers=HTMX | QUEUE)

    assert json.loads(response.headers["HX-Trigger-After-Swap"]) == {"booked": {"lead": lead.pk}}
    assert re.findall(r'<tr id="lead-(\d+)"', response.text) == [str(other.pk)]
    assert "Scheduled <b>1</b>" in response.text
    assert "10:00-10:30 EST." in response.text
    assert "/undo" not in response.text


@pytest.mark.parametrize("page", ["/leads?band=fresh", DIARY])
def test_by_full_pages_one_goes_back_to_the_list(ana, lead, monday, signed_in, page):
    browser = signed_in(ana)
    text = browser.get(url(lead), headers={"Referer": SITE + page}).text
    back = re.search(r'name="back" value="(.*?)"', text)[1].replace("&amp;", "&")

    response = browser.post(url(lead), slot(monday) | {"back": back})

    assert (response.status_code, response.url) == (303, page)


def test_a_day_looked_at_on_the_way_keeps_the_way_back(ana, lead, monday, signed_in):
    asked = {"day": monday.isoformat(), "back": "/leads?band=hot"}

    text = signed_in(ana).get(url(lead), asked).text

    assert text.count('name="back" value="/leads?band=hot"') == 2


@pytest.mark.parametrize("back", ["https://evil.example/leads", "//evil.example/leads", "/admin/"])
def test_nobody_is_sent_elsewhere(ana, lead, monday, signed_in, back):
    response = signed_in(ana).post(url(lead), slot(monday) | {"back": back})

    assert response.url == f"/leads/{lead.pk}/activity"


# --- in the folder ---------------------------------------------------------------


@pytest.mark.parametrize("tab", ["activity", "workflow"])
@pytest.mark.parametrize("deed", ["complete", "cancel"])
def test_it_is_completed_and_cancelled_there(ana, lead, callback, signed_in, tab, deed):
    browser, page = signed_in(ana), f"/leads/{lead.pk}/{tab}"
    form = browser.get(page).text.partition(f'action="/callbacks/{callback.pk}/{deed}"')[2]
    said = {"tab": re.search(r'name="tab" value="(\w+)"', form)[1]}

    response = browser.post(f"/callbacks/{callback.pk}/{deed}", said)
    told = browser.get(response.url).text

    assert response.url == page
    assert open_callbacks(ana) == []
    assert callback_at(lead) is None
    assert ("The callback is done." if deed == "complete" else "is cancelled.") in told
    assert "Move the callback" not in told


def test_it_is_moved_from_there(ana, lead, callback, monday, signed_in):
    browser = signed_in(ana)
    assert f'href="{url(lead)}" aria-label="Move the callback"' in (
        browser.get(f"/leads/{lead.pk}/activity").text
    )

    browser.post(url(lead), slot(monday, "11:00"))

    assert [each.starts_at for each in open_callbacks(ana)] == [at(monday, "11:00")]


@pytest.mark.parametrize("tab", ["", "/activity", "/workflow"])
def test_every_tab_shows_it_and_leads_to_the_picker(ana, lead, callback, signed_in, tab):
    text = signed_in(ana).get(f"/leads/{lead.pk}{tab}").text

    assert "10:00-10:30</span>" in text
    assert f'href="{url(lead)}"' in text


def test_who_only_sees_it_may_do_nothing_to_it(cleo, lead, callback, signed_in):
    text = signed_in(cleo).get(f"/leads/{lead.pk}/activity").text

    assert "10:00-10:30</span>" in text
    assert f'href="{url(lead)}"' not in text
    assert "/callbacks/" not in text.partition("<main")[2]
