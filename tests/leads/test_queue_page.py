"""The call queue as a browser gets it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.clock import clock
from tests.conftest import HTMX
from tests.factories import ContactFactory, FacilityFactory, LeadFactory


def rows_of(response):
    return re.findall(r'<tr id="lead-(\d+)" data-band="(\w+)">', response.text)


@pytest.fixture
def queue_of(make):
    """Give a rep a number of leads with a decision-maker each: `queue_of(ana, 30)`."""

    def create(rep, number):
        leads = [make(LeadFactory, owner=rep) for _ in range(number)]
        for lead in leads:
            make(ContactFactory, facility=lead.facility)
        return leads

    return create


def test_a_row_shows_whom_to_call_and_why(ana, signed_in, make):
    lead = make(LeadFactory, owner=ana, hot_at=clock() - timedelta(hours=2))
    make(ContactFactory, facility=lead.facility, phone="+15185550123")

    response = signed_in(ana).get("/leads")

    assert rows_of(response) == [(str(lead.pk), "hot")]
    for words in ("Grace Holloway", "tel:+15185550123", "(518) 555-0123", "45 d"):
        assert words in response.text
    assert "interested 2 h ago, qualification open" in response.text


def test_bands_count_and_narrow(ana, signed_in, make):
    hot = make(LeadFactory, owner=ana, hot_at=clock())
    make(LeadFactory, owner=ana)

    response = signed_in(ana).get("/leads?band=hot")

    assert rows_of(response) == [(str(hot.pk), "hot")]
    assert 'href="/leads?band=hot" aria-current="page" class="">Hot <b>1</b>' in response.text
    assert 'href="/leads?band=fresh" class="">Fresh <b>1</b>' in response.text


def test_filters_stay_in_the_links(ana, signed_in, queue_of):
    queue_of(ana, 1)

    response = signed_in(ana).get("/leads?state=NY&opportunity=CS&stage=new&q=mercy")

    assert 'href="/leads?opportunity=CS&amp;state=NY&amp;stage=new&amp;q=mercy&amp;band=hot"' in (
        response.text
    )
    assert len(rows_of(response)) == 1


@pytest.mark.parametrize("nonsense", ["band=x", "state=ZZ", "stage=won", "opportunity=1", "q=%00"])
def test_nonsense_narrows_nothing(ana, signed_in, queue_of, nonsense):
    queue_of(ana, 1)

    assert len(rows_of(signed_in(ana).get(f"/leads?{nonsense}"))) == 1


@pytest.mark.parametrize("after", ["x", "1~2~3~4", "2026-01-01T00:00:00~1~0.0~1"])
def test_a_page_that_never_was_is_not_found(ana, signed_in, after):
    assert signed_in(ana).get("/leads", {"after": after}).status_code == 404


def test_pages_follow_one_another(ana, signed_in, queue_of):
    leads = queue_of(ana, 60)
    browser = signed_in(ana)

    first = browser.get("/leads")
    following = re.search(r'href="([^"]+)" rel="next"', first.text)[1].replace("&amp;", "&")
    second = browser.get(following)

    assert [len(rows_of(first)), len(rows_of(second))] == [50, 10]
    assert {int(pk) for pk, _ in rows_of(first) + rows_of(second)} == {lead.pk for lead in leads}
    assert 'rel="next"' not in second.text


def test_a_manager_reads_the_queue_of_a_rep(ana, cleo, signed_in, queue_of):
    queue_of(ana, 1)

    response = signed_in(cleo).get(f"/leads?rep={ana.pk}")

    assert "Ana&#x27;s queue" in response.text
    assert len(rows_of(response)) == 1


def test_nobody_reads_the_queue_of_a_rep_who_is_not_theirs(ana, ben, eli, signed_in):
    assert signed_in(eli).get(f"/leads?rep={ana.pk}").status_code == 404
    assert signed_in(ben).get(f"/leads?rep={ana.pk}").status_code == 404


def test_an_empty_queue_says_what_to_do(ana, signed_in):
    response = signed_in(ana).get("/leads")

    assert "Your queue is empty" in response.text
    assert 'href="/leads/pool"' in response.text


def test_a_search_that_finds_nothing_offers_near_spellings(ana, signed_in, make):
    make(LeadFactory, owner=ana, facility=make(FacilityFactory, name="Northwell Clinic"))

    response = signed_in(ana).get("/leads?q=nortwell")

    assert "Did you mean" in response.text
    assert 'href="/leads?q=northwell"' in response.text


def test_htmx_gets_the_list_alone_and_a_tidy_url(ana, signed_in, queue_of):
    queue_of(ana, 1)

    response = signed_in(ana).get(
        "/leads?band=&state=NY&q=", headers=HTMX | {"HX-Trigger": "filters"}
    )

    assert "<html" not in response.text
    assert len(rows_of(response)) == 1
    assert response.headers["HX-Push-Url"] == "/leads?state=NY"


def test_what_people_typed_is_text(ana, signed_in, make):
    facility = make(FacilityFactory, name="<script>alert(1)</script>", city='"><img src=x>')
    make(LeadFactory, owner=ana, facility=facility)
    make(ContactFactory, facility=facility, name="<b onclick=x>Eve</b>")

    response = signed_in(ana).get("/leads?q=<svg onload=x>")
    whole = signed_in(ana).get("/leads")

    assert "<svg onload" not in response.text
    for markup in ("<script>alert", "<img src", "<b onclick"):
        assert markup not in whole.text


def test_fifty_rows_weigh_little(ana, signed_in, queue_of):
    queue_of(ana, 51)

    response = signed_in(ana).get("/leads")

    assert len(rows_of(response)) == 50
    assert len(response.content) < 51_000


@pytest.mark.parametrize("url", ["/leads", "/leads/pool"])
def test_a_list_asks_the_database_as_often_for_one_row_as_for_thirty(
    ana, signed_in, make, queue_of, url
):
    browser = signed_in(ana)
    make(LeadFactory)
    queue_of(ana, 1)
    for_one = queries(browser, url)
    queue_of(ana, 29)
    for _ in range(29):
        make(LeadFactory)

    assert queries(browser, url) == for_one
    assert for_one <= 9


def queries(browser, url):
    """Return how many queries a page takes; savepoints are the test's own transaction."""
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return sum("SAVEPOINT" not in query["sql"] for query in captured)
