"""Undo as the toast asks for it: it says "Undone" where it is, and otherwise why it is not."""

from datetime import timedelta

import pytest

from backoffice.rls import SYSTEM, acting_as
from dispositions.models import Disposition
from leads.actions import reassign_lead
from leads.outcomes import Outcome
from tests.digest import digest
from tests.dispositions.asking import FOLDER, PICKER, QUEUE, fields, rows_of, told, undo_url
from tests.dispositions.conftest import reload
from tests.dispositions.starting import BAND_NAMES, lead_in

RECORDS = {"history_event", "dispositions_disposition"}


def state():
    return digest(but=RECORDS, columns_but={"version"})


@pytest.fixture
def post(signed_in):
    """Give a lead an outcome in the queue of a browser; return where to undo it."""

    def run(browser, lead, outcome=Outcome.NO_ANSWER):
        url = f"/leads/{lead.pk}/disposition"
        return undo_url(browser.post(url, fields(lead, outcome), headers=QUEUE))

    return run


@pytest.mark.parametrize("outcome", PICKER)
@pytest.mark.parametrize("band", BAND_NAMES)
def test_undo_from_the_queue_brings_the_row_back(ana, signed_in, post, move_clock, outcome, band):
    lead, browser = lead_in(band, ana, move_clock), signed_in(ana)
    before = state()
    url = post(browser, lead, outcome)

    response = browser.post(url, headers=QUEUE)

    assert response.status_code == 200
    assert rows_of(response) == [(str(lead.pk), band)]
    assert f"Undone. {lead.facility.name}: {outcome.label}." in response.text
    assert told(response) == {"undone": {"lead": lead.pk}}
    assert state() == before


def test_undo_from_the_folder_leads_to_the_history_where_it_is_struck_out(
    ana, lead, signed_in, post
):
    browser = signed_in(ana)
    response = browser.post(post(browser, lead), headers=FOLDER)

    assert response.headers["HX-Redirect"] == f"/leads/{lead.pk}/activity"
    text = browser.get(f"/leads/{lead.pk}/activity").text
    assert "<s>Ana: Voicemail / No answer.</s>" in text
    assert "Ana undid: Voicemail / No answer." in text
    assert "Undone." in text


def test_undo_without_scripts_returns_to_the_page_one_is_on(ana, lead, signed_in, post):
    browser = signed_in(ana)
    url = post(browser, lead)

    response = browser.post(url, headers={"Referer": "http://testserver/leads?stage=new"})

    assert (response.status_code, response.headers["Location"]) == (303, "/leads?stage=new")
    assert "Undone." in browser.get("/leads").text
    assert reload(lead).last_outcome == ""


# --- refusals: a sentence, and nothing changes ----------------------------------


@pytest.mark.parametrize("headers", [QUEUE, FOLDER, {}])
def test_a_late_undo(ana, lead, signed_in, post, move_clock, headers):
    browser = signed_in(ana)
    url = post(browser, lead)
    move_clock(timedelta(seconds=7))

    refused(browser, url, 409, "The time for Undo is over.", headers)


@pytest.mark.parametrize("headers", [QUEUE, FOLDER, {}])
def test_a_second_undo(ana, lead, signed_in, post, headers):
    browser = signed_in(ana)
    url = post(browser, lead)
    browser.post(url, headers=QUEUE)

    refused(browser, url, 409, "This was undone already.", headers)


def test_the_undo_of_another(ana, ben, cleo, dora, lead, signed_in, post):
    anas, cleos, doras = (signed_in(user) for user in (ana, cleo, dora))
    url = post(anas, lead)

    refused(cleos, url, 403, "Only who made a disposition may undo it.", QUEUE)
    refused(doras, url, 404, "", QUEUE)


def test_what_was_changed_since(ana, ben, cleo, lead, signed_in, post):
    browser = signed_in(ana)
    url = post(browser, lead, Outcome.CALLBACK)
    with acting_as(cleo):
        reassign_lead(lead.pk, to=ben, by=cleo)

    refused(browser, url, 409, "The lead has been changed since", QUEUE)


def refused(browser, url, status, sentence, headers):
    before = digest()
    response = browser.post(url, headers=headers)

    assert response.status_code == status
    assert sentence in response.text
    assert "Undone" not in response.text
    assert digest() == before


# --- superseding ------------------------------------------------------------------


def test_a_correction_is_offered_once_the_time_for_undo_is_over(
    ana, lead, signed_in, post, move_clock
):
    browser, url = signed_in(ana), f"/leads/{lead.pk}/disposition"
    post(browser, lead)
    assert "corrects the earlier" not in browser.get(url).text

    move_clock(timedelta(seconds=10))

    assert "This corrects the earlier outcome (Voicemail / No answer, " in browser.get(url).text


def test_both_are_linked_in_the_history(ana, lead, signed_in, post, move_clock):
    browser = signed_in(ana)
    post(browser, lead)
    move_clock(timedelta(seconds=10))
    said = fields(lead, Outcome.NOT_NOW, corrects="on")
    browser.post(f"/leads/{lead.pk}/disposition", said, headers=QUEUE)

    text = browser.get(f"/leads/{lead.pk}/activity").text

    with acting_as(SYSTEM):
        older, newer = Disposition.objects.order_by("pk")
        events = lead.events.filter(kind="dispositioned").order_by("pk")
        event_of = {event.detail["disposition"]: event.pk for event in events}
    assert (older.state, older.superseded_by_id) == ("superseded", newer.pk)
    assert f'<a href="#event-{event_of[newer.pk]}">superseded by Connected - not now</a>' in text
    assert f'<a href="#event-{event_of[older.pk]}">The earlier outcome</a>' in text
    assert f'<li id="event-{event_of[older.pk]}">' in text


def test_a_manager_gives_back_what_a_rep_disqualified_by_mistake(
    ana, cleo, lead, signed_in, post, move_clock
):
    anas, cleos, url = signed_in(ana), signed_in(cleo), f"/leads/{lead.pk}/disposition"
    post(anas, lead, Outcome.NOT_A_FIT)
    move_clock(timedelta(minutes=10))

    assert anas.get(url).status_code == 403
    assert "Correct the outcome" in cleos.get(f"/leads/{lead.pk}/activity").text
    response = cleos.post(url, fields(lead, Outcome.NO_ANSWER, corrects="on"), headers=FOLDER)

    assert response.headers["HX-Redirect"] == f"/leads/{lead.pk}/activity"
    assert (reload(lead).status, reload(lead).owner) == ("open", ana)
