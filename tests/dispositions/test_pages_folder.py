"""What a rep does in the folder besides: tasks, an e-mail to whom calls don't reach, the menu."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from leads.models import Task
from leads.outcomes import Outcome
from tests.conftest import HTMX
from tests.digest import digest
from tests.dispositions.asking import FOLDER, QUEUE, fields
from tests.dispositions.conftest import reload
from tests.factories import ContactFactory, FacilityFactory, LeadFactory


def task_of(lead):
    with acting_as(SYSTEM):
        return Task.objects.get(lead=lead)


@pytest.fixture
def task(ana, lead, dispose):
    dispose(ana, lead, Outcome.INTERESTED)
    return task_of(lead)


def test_open_tasks_are_shown_and_can_be_completed(ana, lead, task, signed_in):
    browser, history = signed_in(ana), f"/leads/{lead.pk}/activity"
    done = f"/leads/{lead.pk}/tasks/{task.pk}/done"
    text = browser.get(history).text
    assert "<b>Qualification</b>" in text
    assert f'action="{done}"' in text

    response = browser.post(done, headers=FOLDER)

    assert response.headers["HX-Redirect"] == history
    text = browser.get(history).text
    assert "Ana completed: Qualification." in text
    assert done not in text
    assert (task_of(lead).status, reload(lead).hot_at) == ("done", None)


def test_a_follow_up_says_when_it_is_due(ana, lead, dispose, signed_in, move_clock):
    dispose(ana, lead, Outcome.NOT_NOW)
    history = f"/leads/{lead.pk}/activity"
    due_on = reload(lead).follow_up_on
    assert f"due {due_on.day} {due_on:%b}" in signed_in(ana).get(history).text

    move_clock(timedelta(days=30))

    assert '<span class="chip soon">due today</span>' in signed_in(ana).get(history).text


def test_only_the_owner_completes_a_task(ana, cleo, dora, lead, task, signed_in):
    cleos, doras = signed_in(cleo), signed_in(dora)
    done, before = f"/leads/{lead.pk}/tasks/{task.pk}/done", digest()

    assert done not in cleos.get(f"/leads/{lead.pk}/activity").text
    assert cleos.post(done).status_code == 403
    assert doras.post(done).status_code == 404
    assert digest() == before


def test_a_task_of_another_lead_is_not_found(ana, lead, task, make, signed_in):
    other = make(LeadFactory, owner=ana)
    browser = signed_in(ana)

    assert browser.post(f"/leads/{other.pk}/tasks/{task.pk}/done").status_code == 404


# --- e-mail instead of a fourth call ----------------------------------------------


@pytest.fixture
def unreached(ana, make):
    facility = make(FacilityFactory, name="St. Mary's & Sons")
    lead = make(
        LeadFactory,
        owner=ana,
        facility=facility,
        no_answer_count=3,
        unreached=True,
        last_contact_at=clock(),
    )
    make(ContactFactory, facility=facility, email="grace+desk@example.org")
    return lead


def test_the_row_of_an_unreached_lead_offers_to_write(ana, unreached, signed_in):
    text = signed_in(ana).get("/leads").text

    assert f'action="/leads/{unreached.pk}/email"' in text
    assert "E-mail Grace Holloway" in text
    assert "no answer 3 times" in text


def test_it_offers_so_in_whatever_band_it_is(ana, unreached, signed_in):
    with acting_as(SYSTEM):
        type(unreached).objects.filter(pk=unreached.pk).update(queued_at=clock())

    text = signed_in(ana).get("/leads").text

    assert 'data-band="queued"' in text
    assert "E-mail Grace Holloway" in text


def test_a_reached_lead_or_one_without_an_address_offers_none(ana, lead, make, signed_in):
    make(LeadFactory, owner=ana, no_answer_count=3, unreached=True, last_contact_at=clock())
    make(ContactFactory, facility=lead.facility, email="grace@example.org")

    assert "E-mail " not in signed_in(ana).get("/leads").text


def test_the_letter_is_begun_and_written_down(ana, unreached, signed_in):
    browser = signed_in(ana)
    url = f"/leads/{unreached.pk}/email"
    response = browser.post(url)
    assert (response.status_code, response.headers["Location"]) == (303, url)
    page = browser.get(url).text

    letter = urlsplit(unescape(re.search(r'href="(mailto:[^"]+)"', page).group(1)))
    said = parse_qs(letter.query)
    assert (letter.scheme, letter.path) == ("mailto", "grace%2Bdesk@example.org")
    assert said["subject"] == [f"A short call about {unreached.opportunity_type.name}"]
    assert "Dear Grace Holloway,\r\n" in said["body"][0]
    assert "at St. Mary's & Sons," in said["body"][0]
    assert said["body"][0].endswith("Ana\r\n")
    history = browser.get(f"/leads/{unreached.pk}/activity").text
    assert history.count("Ana e-mailed Grace Holloway.") == 1


def test_with_scripts_the_page_stays_and_opens_the_letter_itself(ana, unreached, signed_in):
    response = signed_in(ana).post(f"/leads/{unreached.pk}/email", headers=HTMX)

    assert response.status_code == 204
    assert response.headers["HX-Trigger"].startswith('{"letter": {"url": "mailto:grace')


def test_only_the_owner_writes(ana, cleo, dora, unreached, signed_in):
    cleos, doras = signed_in(cleo), signed_in(dora)
    before = digest()

    assert "E-mail " not in cleos.get(f"/leads?rep={ana.pk}").text
    assert cleos.post(f"/leads/{unreached.pk}/email").status_code == 403
    assert doras.post(f"/leads/{unreached.pk}/email").status_code == 404
    assert digest() == before


def test_nobody_is_written_to_without_an_address(ana, lead, signed_in):
    assert signed_in(ana).post(f"/leads/{lead.pk}/email").status_code == 404


def test_the_third_no_answer_offers_the_letter_at_once(ana, lead, make, dispose, signed_in):
    make(ContactFactory, facility=lead.facility, email="grace@example.org")
    dispose(ana, lead, Outcome.NO_ANSWER)
    dispose(ana, lead, Outcome.NO_ANSWER)

    url = f"/leads/{lead.pk}/disposition"
    response = signed_in(ana).post(url, fields(lead, Outcome.NO_ANSWER), headers=QUEUE)

    assert "E-mail Grace Holloway" in response.text
    assert f'<tr id="lead-{lead.pk}" data-band="unreached">' in response.text


# --- the menu of a row --------------------------------------------------------------


def test_every_row_has_its_actions_and_the_table_one_menu(ana, lead, make, signed_in):
    make(LeadFactory, owner=ana)
    text = signed_in(ana).get("/leads").text

    assert f'aria-labelledby="do name-{lead.pk}"' in text
    assert text.count('aria-labelledby="do ') == 2
    for item in ("Disposition", "Callback", "View audit"):
        assert text.count(f"{item}</a>") == 1


def test_the_menu_has_a_page_of_its_own(ana, cleo, lead, signed_in):
    text = signed_in(ana).get(f"/leads/{lead.pk}/menu").text
    for way in ("disposition", "callback", "activity"):
        assert f'href="/leads/{lead.pk}/{way}"' in text

    text = signed_in(cleo).get(f"/leads/{lead.pk}/menu").text
    assert f'href="/leads/{lead.pk}/activity"' in text
    assert f'href="/leads/{lead.pk}/disposition"' not in text
