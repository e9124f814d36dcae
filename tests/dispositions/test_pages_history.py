"""Field changes on the pages that tell a history: with the event that made them, or alone."""

import re
from datetime import timedelta

import pytest

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from dispositions import timeline
from history.actions import record
from history.models import Event
from leads.models import Contact, Facility
from tests.conftest import HTMX
from tests.factories import LeadFactory

DIALOG = HTMX | {"HX-Target": "dialog-content"}
FIELD = re.compile(r"<b>(.*?)</b> <del>(.*?)</del>.*?<ins>(.*?)</ins>")


def lines(text):
    """Return (sentence, when, [(field, before, after)]) of each line of a history."""
    listed = text.partition('<ol class="timeline">')[2].partition("</ol>")[0]
    _, *items = re.split(r'<li id="(?:event|change)-\d+">', listed)
    return [
        (
            re.search("<p>(.*?)</p>", item)[1],
            re.search('datetime="(.*?)"', item)[1],
            FIELD.findall(item),
        )
        for item in items
    ]


@pytest.fixture
def minutes(move_clock):
    """Go to the n-th minute of the test and return when that is."""

    def go_to(number):
        move_clock(timedelta(minutes=number))
        with acting_as(SYSTEM):
            return clock().isoformat()

    return go_to


def change_city(facility, city):
    with acting_as(SYSTEM):
        Facility.objects.filter(pk=facility).update(city=city)


def test_changes_are_told_wherever_the_lead_is(cast, make, lead, signed_in, in_admin, minutes):
    """By a page, by SQL, and of a contact; on the lead's pages, the client's and the review's."""
    facility, won = lead.facility, {"status": "won", "stage": "won"}
    make(LeadFactory, owner=cast.ana, facility=facility, opportunity="BMD", **won)
    ana, ada = signed_in(cast.ana), in_admin(cast.ada)
    said = {"name": "Saint Jude", "city": "Albany", "state": "NY", "version": 1}
    said |= {"time_zone": facility.time_zone, "address": facility.address}
    said |= {"postcode": facility.postcode, "phone": str(facility.phone)}

    by_page = minutes(1)
    where = f"/leads/{lead.pk}/facility"
    ana.post(where, {f"facility-{facility.pk}-{name}": word for name, word in said.items()})
    by_sql = minutes(2)
    change_city(facility.pk, "Troy")
    of_contact = minutes(3)
    with acting_as(cast.ana):
        Contact.objects.create(facility=facility, name="Hope Larkin")

    by_itself = f"Ana changed the facility {facility.name}."
    renamed = (by_page, [("name", facility.name, "Saint Jude")])
    moved = ("The system changed the facility.", by_sql, [("city", "Albany", "Troy")])
    for browser, url, headers, edit in [
        (ana, f"/leads/{lead.pk}/activity", {}, "Ana edited the facility: name."),
        (ana, f"/leads/{lead.pk}/activity", DIALOG, "Ana edited the facility: name."),
        (ada, f"/admin/review/{lead.pk}", {}, "Ana edited the facility: name."),
        # The event is that of a lead which is no client's.
        (ana, f"/clients/{facility.pk}/activity", {}, by_itself),
    ]:
        newest, *others = lines(browser.get(url, headers=headers).text)[:3]
        assert newest[:2] == ("Ana added the contact Hope Larkin.", of_contact), url
        assert ("name", "–", "Hope Larkin") in newest[2], url
        assert others == [moved, (edit, *renamed)], url


def test_pages_of_a_history_neither_lose_nor_double_a_change(
    lead, ana, signed_in, minutes, monkeypatch
):
    """At the moments of events, the ends of pages among them, and between."""
    monkeypatch.setattr(timeline, "EVENTS", 3)
    change_city(lead.facility_id, "0")
    for number in range(1, 9):
        minutes(2 * number)
        with acting_as(SYSTEM):
            record(Event.Kind.CREATED, f"Number {number}.", by=SYSTEM, lead=lead)
        if number % 2:
            change_city(lead.facility_id, f"{number}")
        minutes(2 * number + 1)
        change_city(lead.facility_id, f"{number} and a half")
    browser, url, told = signed_in(ana), f"/leads/{lead.pk}/activity", []
    while url:
        text = browser.get(url).text
        told += lines(text)
        following = re.search(r'href="([^"]*)" rel="next"', text)
        url = following and following[1]

    assert [when for _, when, _ in told] == sorted([when for _, when, _ in told], reverse=True)
    after = [float(new.replace(" and a half", ".5")) for *_, of in told for _, _, new in of]
    assert after == [8.5, 7.5, 7, 6.5, 5.5, 5, 4.5, 3.5, 3, 2.5, 1.5, 1, 0]
    events = [said for said, *_ in told if said.startswith("Number")]
    assert events == [f"Number {number}." for number in range(8, 0, -1)]
