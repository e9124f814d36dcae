"""axe finds nothing for strangers, and in what opens; test_every_page.py walks the rest."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories import ContactFactory, LeadFactory

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def folder(ana, make):
    """A lead of Ana's with a contact, and one in the pool; return the folder's address."""
    lead = make(LeadFactory, owner=ana)
    make(ContactFactory, facility=lead.facility, phone="+15185550123", email="grace@example.com")
    make(ContactFactory, facility=lead.facility, name="Zed Young", is_decision_maker=False)
    make(LeadFactory)
    return f"/leads/{lead.pk}"


@pytest.mark.parametrize("path", ["/login", "/password/reset"])
def test_a_page_of_a_stranger(open_as, path):
    page = open_as(None, path)

    assert found_on(page) == []


@pytest.mark.parametrize("opener", ["Ana, account menu", "Edit Zed Young", "Notifications"])
def test_what_opens(open_as, ana, folder, opener):
    page = open_as(ana, folder)
    page.get_by_label(opener).click()

    assert found_on(page) == []


@pytest.mark.parametrize("asks", ["Release", "Won", "Lost"])
def test_what_asks_before_it_does_something(open_as, ana, folder, asks):
    page = open_as(ana, f"{folder}/workflow")
    page.locator("summary", has_text=asks).click()

    assert found_on(page) == []


def found_on(page, only=RULES):
    """Return what axe finds: rules by name, or by what they are part of."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    return page.evaluate(FOUND, only)


AXE = Axe()
FOUND = """async (only) => {
  // What fades in has little contrast while it does.
  const fading = document.getAnimations().filter((one) => one instanceof CSSTransition)
  await Promise.allSettled(fading.map(({ finished }) => finished))
  // Stylesheets that import others it would read anew, as inline ones.
  const options = { runOnly: only, resultTypes: ["violations"], preload: false }
  const { violations } = await axe.run(options)
  return violations.map(({ id, impact, nodes }) => [id, impact, nodes[0].html])
}"""
