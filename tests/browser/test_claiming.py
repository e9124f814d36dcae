"""Claiming in a browser: the row leaves, the next one has the keyboard, the loser reads who won."""

import pytest
from playwright.sync_api import expect

from tests.factories import LeadFactory


@pytest.fixture
def pool(make):
    return [make(LeadFactory) for _ in range(3)]


def test_the_loser_reads_who_has_it_and_the_row_goes(open_as, ana, ben, pool):
    anas, bens = open_as(ana, "/leads/pool"), open_as(ben, "/leads/pool")
    anas.locator("tbody tr").first.get_by_role("button", name="Claim").click()
    expect(anas.locator("tbody tr")).to_have_count(2)

    bens.locator("tbody tr").first.get_by_role("button", name="Claim").focus()
    bens.keyboard.press("Enter")

    expect(bens.get_by_role("status")).to_contain_text("taken by Ana")
    expect(bens.locator("tbody tr")).to_have_count(2)
    expect(bens.locator("tbody th a").first).to_be_focused()


@pytest.mark.parametrize(
    ("answer", "said"), [({"status": 500}, "Nothing was changed"), (None, "it is not known")]
)
def test_what_went_wrong_on_the_way_is_said(open_as, ana, pool, problems, answer, said):
    page = open_as(ana, "/leads/pool")
    page.route("**/claim", lambda route: route.fulfill(**answer) if answer else route.abort())

    page.locator("tbody tr").first.get_by_role("button", name="Claim").click()

    expect(page.get_by_role("status")).to_contain_text(said)
    expect(page.locator("tbody tr")).to_have_count(3)
    problems.clear()


def test_claiming_and_filtering_need_no_scripts(open_as, ana, pool):
    page = open_as(ana, "/leads/pool", java_script_enabled=False)

    page.get_by_label("State").select_option("NY")
    page.get_by_role("button", name="Filter").click()
    assert "state=NY" in page.url
    page.locator("tbody tr").first.get_by_role("button", name="Claim").click()

    expect(page.get_by_role("status")).to_contain_text("is yours until")
    assert page.url.endswith(f"/leads/{pool[-1].pk}")
