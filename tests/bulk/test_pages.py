"""Who moved these, which were left out and why: the page of a bulk action, its CSV, its bell."""

import re
from datetime import timedelta

import pytest

from backoffice.rls import SYSTEM, acting_as
from bulk.models import BulkAction
from history.models import Event
from notifications.models import Email, Notice
from people.models import Policy
from tests.bulk.starting import chosen, grant, many, said_by
from tests.conftest import HTMX, make_user


@pytest.fixture
def leads(cast, make):
    """Two of Ana's, one of Ben's that she was granted, one of Dora's."""
    granted = many(make, 1, owner=cast.ben)
    grant(cast.ana, granted)
    return [*many(make, 2, owner=cast.ana), *granted, *many(make, 1, owner=cast.dora, state="TX")]


@pytest.fixture
def bulk(cast, signed_in, leads):
    signed_in(cast.ana).post("/leads/bulk", chosen("reassign", leads, to=cast.ben, why="Away"))
    with acting_as(SYSTEM):
        return BulkAction.objects.get()


def names(leads):
    return {lead.facility.name for lead in leads}


def named_in(text):
    return set(re.findall(r"Mercy Hospital \d+", text))


def test_each_reads_the_rows_that_they_see_and_how_many_more_there_are(
    cast, signed_in, leads, bulk
):
    url = bulk.get_absolute_url()
    pages = {name: signed_in(getattr(cast, name)).get(url) for name in ("ana", "ben", "cleo")}

    # What Ana gave away has left her sight.
    assert named_in(pages["ana"].text) == names(leads[2:3])
    assert "By you on" in said_by(pages["ana"])
    assert "2 done, 2 skipped: 1 not visible to you, 1 protected." in said_by(pages["ana"])
    assert "3 more that you do not see." in said_by(pages["ana"])
    assert named_in(pages["ben"].text) == names(leads[:3])
    assert "By Ana on" in said_by(pages["ben"])
    assert "skipped: 1 not visible to Ana, 1 protected." in said_by(pages["ben"])
    assert "1 more that you do not see." in said_by(pages["cleo"])
    for name in ("dora", "eli"):
        assert signed_in(getattr(cast, name)).get(url).status_code == 404


def test_a_leads_history_leads_to_the_bulk_action(cast, signed_in, leads, bulk):
    page = signed_in(cast.ben).get(f"/leads/{leads[0].pk}/activity")

    assert f'<a href="{bulk.get_absolute_url()}">Bulk action</a>' in page.text
    assert "Away" in said_by(page)


def test_the_skipped_rows_in_sight_as_csv(cast, signed_in, leads, bulk):
    url = f"{bulk.get_absolute_url()}/skipped.csv"

    csv = signed_in(cast.ana).get(url).getvalue().decode("utf-8-sig")

    facility = leads[2].facility
    assert csv.splitlines() == [
        "Facility,City,State,Opportunity,Why skipped",
        f'"{facility.name}","Albany","NY","CS","protected"',
    ]
    with acting_as(SYSTEM):
        event = Event.objects.get(kind="exported")
        assert (event.actor, event.detail["rows"]) == (cast.ana, 1)


def test_each_is_told_once_and_only_when_nobody_can_undo_it(
    cast, signed_in, make, move_clock, leads, bulk
):
    with acting_as(SYSTEM):
        (notice,) = Notice.objects.all()
        (email,) = Email.objects.all()
    assert notice.sentence == email.sentence == "Ana gave you 2 leads."
    assert notice.due_at - bulk.touched_at >= timedelta(seconds=7)
    assert email.next_attempt_at >= email.due_at
    assert "Ana gave you" not in signed_in(cast.ben).get("/notifications").text

    move_clock(timedelta(minutes=1))

    assert "Ana gave you 2 leads." in signed_in(cast.ben).get("/notifications").text


def test_whom_a_selection_may_go_to(cast, signed_in, leads, make):
    with acting_as(SYSTEM):
        make_user("Gus", "inside_rep", cast.north, ["MA"])
        make_user("Hope", "inside_rep", cast.north, works=["BMD"])
    many(make, 1, owner=cast.ana, state="MA")
    sent = {"all": "1", "from": "/leads", "part": "people"}
    browser = signed_in(cast.ana)

    answer = browser.post("/leads/bulk/reassign", sent, headers=HTMX)

    assert said_by(answer) == "Ben Gus may work 1 of 3"
    found = browser.post("/leads/bulk/reassign", sent | {"named": "gu"}, headers=HTMX)
    assert said_by(found) == "Gus may work 1 of 3"
    hidden = {"lead": [leads[3].pk], "part": "people", "from": "/leads"}
    missing = hidden | {"lead": [999_999_999]}
    answers = [browser.post("/leads/bulk/reassign", ids, headers=HTMX) for ids in (hidden, missing)]
    assert said_by(answers[0]) == said_by(answers[1]) == "Nobody else may work them."


def test_nobody_is_offered_what_they_have_or_have_no_room_for(cast, signed_in, make):
    mine = many(make, 3, owner=cast.ana)
    bens = many(make, 1, owner=cast.ben)
    sent = {"lead": [lead.pk for lead in [*mine, *bens]], "part": "people", "from": "/leads"}

    def offered():
        browser = signed_in(cast.cleo)
        return said_by(browser.post("/leads/bulk/reassign", sent, headers=HTMX))

    assert offered() == "Ana may work 1 of 4 Ben may work 3 of 4"
    sent["lead"] = sent["lead"][:3]
    assert offered() == "Ben"
    with acting_as(SYSTEM):
        Policy.objects.update(open_leads_per_rep=1)
    assert offered() == "Nobody else may work them."


def test_what_a_list_offers_is_what_may_be_done_there(cast, signed_in, make):
    many(make, 1, owner=cast.ana)
    many(make, 1)
    deeds = ["Reassign to...", "Mark not interested", "Add to call queue"]
    lists = {
        ("ana", "/leads"): deeds,
        ("ana", "/leads/pool"): deeds[2:],
        ("cleo", f"/leads?rep={cast.ana.pk}"): deeds[:1],
        ("cleo", "/leads/pool"): deeds[1:2],
        ("sol", "/leads/pool"): deeds[:2],
    }
    for (name, url), offered in lists.items():
        page = signed_in(getattr(cast, name)).get(url).text
        bar = page[page.index('<form id="bulk"') :].partition("</form>")[0]
        assert [deed for deed in deeds if f">{deed}<" in bar] == offered, (name, url)
