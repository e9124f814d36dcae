"""axe finds nothing serious on any page, in light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories import ContactFactory, LeadFactory

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def folder(ana, make):
    """A lead of Ana's with a contact, and one in the pool; return the folder's address."""
    lead = make(LeadFactory, owner=ana)
    make(ContactFactory, facility=lead.facility, phone="+15185550123", email="grace@example.com")
    make(ContactFactory, facility=lead.facility, name="Zed Young", is_decision_maker=False)
    make(LeadFactory)
    return f"/leads/{lead.pk}"


@pytest.fixture
def client_folder(ana, make):
    """A client of Ana's; return its folder's address."""
    won = make(LeadFactory, owner=ana, status="won", stage="won")
    make(ContactFactory, facility=won.facility, phone="+15185550123")
    return f"/clients/{won.facility_id}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/leads",
        "/leads/pool",
        "/leads/protected",
        "/leads/new",
        "/clients",
        "/dashboard",
        "/search?q=mercy",
        "/search?q=mrecy",
        "/leads?coming=callbacks",
        "{client}",
        "{client}/activity",
        "/leads?q=nowhere",
        "/nowhere",
        "{folder}",
        "{folder}/activity",
        "{folder}/workflow",
    ],
)
def test_a_page_of_a_rep(open_as, ana, folder, client_folder, path, scheme):
    page = open_as(ana, path.format(folder=folder, client=client_folder), color_scheme=scheme)

    assert found_on(page) == []


@pytest.mark.parametrize("path", ["/login", "/password/reset"])
def test_a_page_of_a_stranger(open_as, path):
    page = open_as(None, path)

    assert found_on(page) == []


@pytest.mark.parametrize("opener", ["Ana, account menu", "Edit Zed Young"])
def test_what_opens(open_as, ana, folder, opener):
    page = open_as(ana, folder)
    page.get_by_label(opener).click()

    assert found_on(page) == []


@pytest.mark.parametrize("asks", ["Release", "Won", "Lost"])
def test_what_asks_before_it_does_something(open_as, ana, folder, asks):
    page = open_as(ana, f"{folder}/workflow")
    page.locator("summary", has_text=asks).click()

    assert found_on(page) == []


def found_on(page):
    violations = Axe().run(page, options=RULES).response["violations"]
    return [
        (broken["id"], broken["nodes"][0]["html"])
        for broken in violations
        if broken["impact"] in {"serious", "critical"}
    ]
