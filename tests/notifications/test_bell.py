"""The bell: the number, the lines, reading them, and the endpoint that open pages ask."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.clock import clock
from backoffice.rls import SYSTEM, acting_as
from notifications.models import Kind, Notice
from people.models import User
from tests.conftest import HTMX
from tests.factories import LeadFactory

ONE_LINE = re.compile(r'<li class="told')


@pytest.fixture
def tell(make):
    """Tell somebody something: `tell(ana, "Cleo gave you Mercy.", ago=timedelta(days=2))`."""

    def told(user, sentence, *, kind=Kind.LEAD_ASSIGNED, lead=None, ago=timedelta(0)):
        with acting_as(SYSTEM):
            key = f"{user.pk}:{sentence}"
            due_at = clock() - ago
            return Notice.objects.create(
                recipient=user, kind=kind, sentence=sentence, lead=lead, due_at=due_at, key=key
            )

    return told


def unread(browser):
    """Return the number that the bell of a page shows."""
    said = re.search(r'aria-live="polite">(?:(\d+) unread)?<', browser.get("/leads").text)
    return int(said[1] or 0)


def known(browser):
    return re.search(r'data-known="([^"]*)"', browser.get("/leads").text)[1]


def sentences(response):
    return re.findall(r"<(?:a [^>]*|span)>([^<]*)</(?:a|span)>\s*<time", response.text)


def look(browser):
    return browser.get("/notifications/bell", headers=HTMX)


def test_the_bell_counts_what_is_unread(ana, signed_in, tell):
    browser = signed_in(ana)
    assert unread(browser) == 0

    tell(ana, "One")
    tell(ana, "Two")

    assert unread(browser) == 2


def test_the_bell_shows_the_last_seven_days_newest_first(ana, signed_in, tell):
    tell(ana, "Long ago", ago=timedelta(days=7, minutes=1))
    tell(ana, "A while ago", ago=timedelta(days=6, hours=23))
    tell(ana, "Now")

    browser = signed_in(ana)

    assert sentences(look(browser)) == ["Now", "A while ago"]
    assert unread(browser) == 2
    assert sentences(browser.get("/notifications")) == ["Now", "A while ago", "Long ago"]


def test_what_is_not_due_yet_is_nowhere(ana, signed_in, tell, move_clock):
    browser = signed_in(ana)
    tell(ana, "Soon", ago=-timedelta(seconds=8))
    assert (unread(browser), sentences(browser.get("/notifications"))) == (0, [])

    move_clock(timedelta(seconds=8))

    assert (unread(browser), sentences(browser.get("/notifications"))) == (1, ["Soon"])


def test_nobody_sees_or_reads_anothers_lines(ana, ben, ada, signed_in, tell):
    notice = tell(ana, "For Ana only")

    for other in (ben, ada):
        browser = signed_in(other)
        assert unread(browser) == 0
        assert sentences(look(browser)) == sentences(browser.get("/notifications")) == []
        assert browser.post(f"/notifications/{notice.pk}/read").status_code == 404
        assert browser.post(f"/notifications/{notice.pk}/follow").status_code == 404
        browser.post("/notifications/read")

    assert unread(signed_in(ana)) == 1


def test_following_a_line_marks_it_read_and_leads_to_its_place(ana, signed_in, make, tell):
    lead = make(LeadFactory, owner=ana)
    notice = tell(ana, "Cleo gave you Mercy.", lead=lead)
    browser = signed_in(ana)
    assert f'<a href="/leads/{lead.pk}"' in look(browser).text

    response = browser.post(f"/notifications/{notice.pk}/follow", headers=HTMX)

    assert response.headers["HX-Redirect"] == f"/leads/{lead.pk}"
    assert unread(browser) == 0


def test_a_line_about_a_lead_out_of_sight_leads_nowhere(ana, dora, signed_in, make, tell):
    lead = make(LeadFactory, owner=dora)
    tell(ana, "Cleo gave Mercy to Dora.", lead=lead)

    assert sentences(look(signed_in(ana))) == ["Cleo gave Mercy to Dora."]
    assert f"/leads/{lead.pk}" not in look(signed_in(ana)).text


def test_one_line_is_marked_read(ana, signed_in, tell):
    notice = tell(ana, "One")
    tell(ana, "Two")
    browser = signed_in(ana)

    response = browser.post(f"/notifications/{notice.pk}/read", headers=HTMX)

    assert response.headers["HX-Trigger"] == "notices-read"
    assert ">1 unread<" in response.text
    assert unread(browser) == 1


def test_all_lines_are_marked_read_without_scripts_as_well(ana, signed_in, tell):
    tell(ana, "One")
    tell(ana, "Old", ago=timedelta(days=20))
    browser = signed_in(ana)

    response = browser.post("/notifications/read", follow=True)

    assert response.redirect_chain == [("/notifications", 303)]
    assert "unread" not in response.text
    assert ONE_LINE.findall(response.text) == ['<li class="told'] * 2


def test_who_knows_what_the_bell_says_is_told_nothing(ana, signed_in, tell):
    browser = signed_in(ana)
    notice = tell(ana, "One")
    asked = f"/notifications/bell?known={known(browser)}"
    assert browser.get(asked, headers=HTMX).status_code == 204

    tell(ana, "Two")
    response = browser.get(asked, headers=HTMX)
    assert (response.status_code, sentences(response)) == (200, ["Two", "One"])

    asked = f"/notifications/bell?known={known(browser)}"
    browser.post(f"/notifications/{notice.pk}/read")
    assert browser.get(asked, headers=HTMX).status_code == 200


def test_asking_takes_two_queries_and_writes_nothing(ana, signed_in, tell):
    browser = signed_in(ana)
    for number in range(30):
        tell(ana, f"Line {number}")
    now = known(browser)

    # One of them for the session and its user.
    assert queries(browser, now) == 2
    assert queries(browser, "") == 3


def queries(browser, known):
    with CaptureQueriesContext(connection) as captured:
        browser.get("/notifications/bell", {"known": known}, headers=HTMX)
    said = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert not [sql for sql in said if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
    return len(said)


def test_a_page_full_of_lines_takes_no_more_queries(ana, signed_in, tell):
    browser = signed_in(ana)
    tell(ana, "First")
    few = page_queries(browser)
    for number in range(30):
        tell(ana, f"Line {number}")

    assert page_queries(browser) == few


def page_queries(browser):
    with CaptureQueriesContext(connection) as captured:
        browser.get("/notifications")
    return len(captured)


def test_the_full_list_is_read_page_by_page(ana, signed_in, tell):
    for number in range(120):
        # Three at a time share their moment, so that a page ends in the middle of them.
        tell(ana, f"Line {number:03}", ago=timedelta(hours=number // 3))
    browser = signed_in(ana)

    found, page = [], browser.get("/notifications")
    while True:
        found += sentences(page)
        following = re.search(r'href="([^"]*)" rel="next"', page.text)
        if not following:
            break
        page = browser.get(following[1].replace("&amp;", "&"))

    assert sorted(found) == [f"Line {number:03}" for number in range(120)]
    assert len(set(found)) == 120


@pytest.mark.parametrize("after", ["x", "2026-01-01~1", "2026-01-01T00:00:00+00:00~x", "~"])
def test_a_page_that_is_none_is_not_found(ana, signed_in, after):
    assert signed_in(ana).get("/notifications", {"after": after}).status_code == 404


def test_a_tab_of_somebody_who_left_is_sent_to_sign_in(ana, signed_in):
    browser = signed_in(ana)
    with acting_as(SYSTEM):
        User.objects.filter(pk=ana.pk).update(is_active=False)

    asks = HTMX | {"HX-Current-URL": "http://testserver/leads/pool"}
    response = browser.get("/notifications/bell", headers=asks)

    assert response.headers["HX-Redirect"] == "/login?next=/leads/pool"
    assert browser.get("/notifications").headers["Location"] == "/login?next=/notifications"


def test_names_of_facilities_are_text(ana, signed_in, tell):
    tell(ana, "<b onclick=x>Mercy</b>")

    assert "<b onclick" not in look(signed_in(ana)).text
