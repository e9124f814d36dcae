"""The picker of outcomes, as a browser asks for it and sends it back."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from backoffice.rls import SYSTEM, acting_as
from callbacks.actions import book_callback
from dispositions.models import Disposition
from leads.models import LeadGrant
from leads.outcomes import Outcome
from tests.conftest import HTMX
from tests.digest import digest
from tests.dispositions.asking import (
    FOLDER,
    PICKER,
    QUEUE,
    fields,
    free_slot,
    rows_of,
    told,
    undo_url,
)
from tests.dispositions.conftest import reload
from tests.factories import LeadFactory


@pytest.fixture
def url(lead):
    return f"/leads/{lead.pk}/disposition"


def made(lead):
    with acting_as(SYSTEM):
        return Disposition.objects.filter(lead=lead).order_by("-id").first()


def test_it_offers_the_six_outcomes_with_their_keys(ana, lead, url, signed_in):
    text = signed_in(ana).get(url).text

    offered = re.findall(r'value="(\w+)" data-key="(\d)".*?</kbd>\s*(.+?)\s*</button>', text, re.S)
    assert offered == [
        (outcome.value, str(key), outcome.label) for key, outcome in enumerate(PICKER, start=1)
    ]


def test_a_row_has_it_for_whom_it_works(ana, cleo, lead, url, signed_in):
    """Without scripts the button leads to the page, and from there back to the queue."""
    button = f'<button form="dots" formaction="{url}">Disposition</button>'

    assert button in signed_in(ana).get("/leads").text
    assert button not in signed_in(cleo).get(f"/leads?rep={ana.pk}").text


def test_htmx_gets_the_form_alone(ana, url, signed_in):
    text = signed_in(ana).get(url, headers=HTMX).text

    assert "<html" not in text
    assert "How did the call end?" in text


@pytest.mark.parametrize("outcome", PICKER)
def test_an_outcome_from_the_queue_is_answered_with_the_queue_redrawn(
    ana, lead, url, signed_in, make, outcome
):
    other = make(LeadFactory, owner=ana)

    response = signed_in(ana).post(url, fields(lead, outcome), headers=QUEUE)

    assert response.status_code == 200
    assert made(lead).outcome == outcome
    stays = reload(lead).status == "open"
    assert {int(pk) for pk, _ in rows_of(response)} == {other.pk} | ({lead.pk} if stays else set())
    assert f"All <b>{2 if stays else 1}</b>" in response.text
    assert undo_url(response) == f"/dispositions/{made(lead).pk}/undo"
    assert told(response) == {"dispositioned": {"lead": lead.pk}}


def test_the_redrawn_queue_keeps_its_filters(ana, lead, url, signed_in, make):
    make(LeadFactory, owner=ana, opportunity="BMD")
    headers = QUEUE | {"HX-Current-URL": "http://testserver/leads?opportunity=CS&band=hot"}

    response = signed_in(ana).post(url, fields(lead, Outcome.INTERESTED), headers=headers)

    assert rows_of(response) == [(str(lead.pk), "hot")]
    assert 'href="/leads?opportunity=CS&amp;band=fresh" class="empty">Fresh <b>0</b>' in (
        response.text
    )


@pytest.mark.parametrize("outcome", PICKER)
def test_an_outcome_from_the_folder_leads_to_the_history_with_undo(
    ana, lead, url, signed_in, outcome
):
    browser = signed_in(ana)
    response = browser.post(url, fields(lead, outcome), headers=FOLDER)

    history = f"/leads/{lead.pk}/activity"
    assert response.headers["HX-Redirect"] == history
    text = browser.get(history).text
    assert f'action="/dispositions/{made(lead).pk}/undo"' in text
    assert f"{lead.facility.name}: {outcome.label}." in text


@pytest.mark.parametrize("outcome", PICKER)
def test_without_scripts_one_returns_to_the_queue_one_came_from(ana, lead, url, signed_in, outcome):
    browser = signed_in(ana)
    form = browser.get(url, headers={"Referer": "http://testserver/leads?band=fresh"}).text
    assert '<input type="hidden" name="back" value="/leads?band=fresh">' in form

    response = browser.post(url, fields(lead, outcome, back="/leads?band=fresh"))

    assert (response.status_code, response.headers["Location"]) == (303, "/leads?band=fresh")
    assert made(lead).outcome == outcome
    assert f'action="/dispositions/{made(lead).pk}/undo"' in browser.get("/leads").text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/leads", "//evil.example/leads", "/admin/", "javascript:1"]
)
def test_nobody_is_sent_elsewhere(ana, lead, url, signed_in, elsewhere):
    response = signed_in(ana).post(url, fields(lead, Outcome.NO_ANSWER, back=elsewhere))

    assert response.headers["Location"] == f"/leads/{lead.pk}/activity"


def test_a_note_becomes_part_of_the_history(ana, lead, url, signed_in):
    browser = signed_in(ana)
    browser.post(url, fields(lead, Outcome.NOT_NOW, note="Budget in May.\nAsk for Grace."))

    assert made(lead).note == "Budget in May.\nAsk for Grace."
    assert "Budget in May.<br>Ask for Grace." in browser.get(f"/leads/{lead.pk}/activity").text


# --- what an outcome asks for ---------------------------------------------------


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("outcome", "question"),
    [
        (Outcome.NOT_A_FIT, "Why is it not a fit?"),
        (Outcome.BAD_DATA, "What was wrong?"),
        (Outcome.CALLBACK, "Next free slot"),
    ],
)
def test_choosing_an_outcome_asks_and_keeps_what_was_typed(
    ana, lead, url, signed_in, outcome, question, headers
):
    browser, before = signed_in(ana), digest()
    said = {"version": lead.version, "choose": outcome, "note": "Call Zed <soon>"}
    response = browser.post(url, said, headers=headers)

    assert response.status_code == 200
    assert question in response.text
    assert "Call Zed &lt;soon&gt;" in response.text
    assert "errorlist" not in response.text
    assert digest() == before


@pytest.mark.parametrize(
    ("outcome", "said", "sentence"),
    [
        (Outcome.NOT_A_FIT, {"reason": ""}, "Choose a reason."),
        (Outcome.NOT_A_FIT, {"reason": "no_such"}, "not one of the available choices"),
        (Outcome.NOT_A_FIT, {"reason": "other"}, "Say which."),
        (Outcome.BAD_DATA, {"wrong": " "}, "Say what was wrong"),
        (Outcome.CALLBACK, {"slot": ""}, "Choose a window."),
        (Outcome.CALLBACK, {"slot": "2020-01-06T15:00Z"}, "has passed already"),
        (Outcome.NOT_INTERESTED, {}, "not one of the available choices"),
        ("", {}, "Choose how the call ended."),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    ana, lead, url, signed_in, outcome, said, sentence
):
    browser, before = signed_in(ana), digest()
    said = fields(lead, outcome, **{"note": "Zed rings back", **said})
    response = browser.post(url, said, headers=QUEUE)

    assert response.status_code == 422
    assert sentence in response.text
    assert "Zed rings back" in response.text
    assert digest() == before


def test_a_taken_slot_offers_the_next_free_one_and_keeps_the_rest(ana, lead, url, signed_in, make):
    taken, other = free_slot(30), make(LeadFactory, owner=ana)
    with acting_as(ana):
        book_callback(type(lead).objects.with_display().get(pk=other.pk), taken, by=ana)
    browser, before = signed_in(ana), digest()

    said = fields(lead, Outcome.CALLBACK, slot=taken.isoformat(), note="Zed rings back")
    response = browser.post(url, said, headers=QUEUE)

    assert response.status_code == 422
    assert "is taken. The next free window is at" in response.text
    assert re.search(r'name="slot" value="[^"]+" checked', response.text)
    assert "Zed rings back" in response.text
    assert digest() == before


# --- who may, and when not --------------------------------------------------------


def test_who_only_sees_the_lead_is_told_no_and_shown_no_control(
    ana, cleo, sol, ada, ben, lead, url, signed_in, make
):
    make(LeadGrant.objects.create, user=ben, content_object=lead, permission=view_lead())
    browsers = [signed_in(viewer) for viewer in (cleo, sol, ada, ben)]
    before = digest()
    for browser in browsers:
        for answer in (browser.get(url), browser.post(url, fields(lead, Outcome.NO_ANSWER))):
            assert answer.status_code == 403
            assert "Only the lead&#x27;s owner may disposition it." in answer.text
        for page in (f"/leads/{lead.pk}", f"/leads/{lead.pk}/activity", f"/leads/{lead.pk}/menu"):
            assert url not in browser.get(page).text
    assert digest() == before


def view_lead():
    with acting_as(SYSTEM):
        return Permission.objects.get(codename="view_lead")


def test_a_manager_reads_a_reps_queue_without_the_controls(ana, cleo, lead, signed_in):
    text = signed_in(cleo).get(f"/leads?rep={ana.pk}").text

    assert "View audit" in text
    assert "outcome-keys" not in text
    assert "Disposition</a>" not in text


def test_another_team_finds_nothing(dora, eli, lead, url, signed_in):
    browsers = [signed_in(stranger) for stranger in (dora, eli)]
    before = digest()
    for browser in browsers:
        for page in (url, f"/leads/{lead.pk}/menu", f"/leads/{lead.pk}/activity"):
            assert browser.get(page).status_code == 404
        for said in (fields(lead, Outcome.NO_ANSWER), {"choose": "callback"}, {}):
            assert browser.post(url, said).status_code == 404
            assert browser.post(url, said, headers=QUEUE).status_code == 404
    assert digest() == before


def test_a_second_tab_is_told(ana, lead, url, signed_in):
    browser, seen = signed_in(ana), fields(lead, Outcome.NO_ANSWER)
    browser.post(url, seen, headers=QUEUE)
    before = digest()

    response = browser.post(url, seen, headers=QUEUE)

    assert response.status_code == 409
    assert "The lead has changed since you looked: Ana: Voicemail / No answer" in response.text
    assert digest() == before


def test_an_owner_whose_window_has_ended_is_told(ana, lead, url, signed_in, move_clock):
    seen = fields(lead, Outcome.NO_ANSWER)
    move_clock(timedelta(days=46))
    browser = signed_in(ana)

    for answer in (browser.get(url), browser.post(url, seen)):
        assert answer.status_code == 409
        assert "it is in the pool" in answer.text
