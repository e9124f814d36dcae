"""A bulk action of more than one chunk: committed bit by bit, gone on with by whoever comes."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from backoffice.clock import WallClock
from backoffice.rls import SYSTEM, acting_as
from bulk import actions, sweeping
from bulk.models import BulkAction
from bulk.sweeping import finish_what_was_left
from people.models import User
from tests.bulk.starting import chosen, events_of, many, owners_of, said_by
from tests.conftest import HTMX


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(actions, "CHUNK", 2)


@pytest.fixture
def leads(small_chunks, cast, make):
    return many(make, 5, owner=cast.ana)


def begin(browser, leads, to):
    return browser.post("/leads/bulk", chosen("reassign", leads, to=to), headers=HTMX)


def the_one():
    with acting_as(SYSTEM):
        return BulkAction.objects.get()


def left_alone(bulk):
    with acting_as(SYSTEM):
        longer = actions.LEFT_ALONE + timedelta(seconds=1)
        BulkAction.objects.filter(pk=bulk.pk).update(touched_at=WallClock() - longer)


def test_each_request_does_a_chunk_and_says_how_far_it_is(cast, signed_in, leads):
    browser = signed_in(cast.cleo)
    answers = [begin(browser, leads, cast.ben)]
    bulk = the_one()
    answers += [browser.post(f"/history/bulk/{bulk.pk}/next", headers=HTMX) for _ in range(3)]

    said = [said_by(answer) for answer in answers]
    assert [text.partition(" Continue")[0] for text in said[:2]] == [
        "2 of 5 reassigned to Ben",
        "4 of 5 reassigned to Ben",
    ]
    assert "5 done. Details Undo" in said[2]
    assert said[3] == said[2]  # Nothing is left to do: once more changes nothing.
    with acting_as(SYSTEM):
        assert events_of(bulk).count() == 5
    call_command("invariants")


def test_undo_goes_chunk_by_chunk_too(cast, signed_in, leads):
    browser = signed_in(cast.cleo)
    begin(browser, leads, cast.ben)
    url = f"/history/bulk/{the_one().pk}"
    assert browser.post(f"{url}/undo", headers=HTMX).status_code == 409
    for _ in range(2):
        browser.post(f"{url}/next", headers=HTMX)

    said = [said_by(browser.post(f"{url}/{way}", headers=HTMX)) for way in ("undo", "next", "next")]

    assert "2 of 5" in said[0]
    assert "5 undone." in said[2]
    assert owners_of(leads) == [cast.ana.pk] * 5
    call_command("invariants")


def test_what_its_page_left_is_finished_by_itself_as_its_actor(cast, signed_in, leads):
    begin(signed_in(cast.cleo), leads, cast.ben)
    assert finish_what_was_left() == 0  # Somebody was at it a moment ago.
    left_alone(the_one())

    assert finish_what_was_left() == 1

    bulk = the_one()
    assert (bulk.state, bulk.tally) == ("done", {"done": 5})
    with acting_as(SYSTEM):
        assert set(events_of(bulk).values_list("actor", flat=True)) == {cast.cleo.pk}
    assert finish_what_was_left() == 0
    call_command("invariants")


def test_who_has_left_moves_nothing_more(cast, signed_in, leads):
    begin(signed_in(cast.cleo), leads, cast.ben)
    with acting_as(SYSTEM):
        User.objects.filter(pk=cast.cleo.pk).update(is_active=False)
    left_alone(the_one())

    finish_what_was_left()

    assert the_one().tally == {"done": 2, "stopped": 3}
    assert owners_of(leads) == [cast.ben.pk] * 2 + [cast.ana.pk] * 3
    call_command("invariants")


def test_who_may_no_longer_is_judged_as_they_are_now(cast, signed_in, leads):
    """Demoted half-way: the rest is out of their sight, like what nobody has."""
    begin(signed_in(cast.cleo), leads, cast.ben)
    with acting_as(SYSTEM):
        User.objects.filter(pk=cast.cleo.pk).update(role="inside_rep")
    left_alone(the_one())

    finish_what_was_left()

    assert the_one().tally == {"done": 2, "unseen": 3}


def test_one_that_cannot_go_on_holds_up_no_other(cast, signed_in, make, leads, monkeypatch):
    begin(signed_in(cast.cleo), leads, cast.ben)
    broken = the_one()
    begin(signed_in(cast.sol), many(make, 3, owner=cast.ana), cast.ben)
    with acting_as(SYSTEM):
        whole = BulkAction.objects.exclude(pk=broken.pk).get()
    left_alone(broken)
    left_alone(whole)

    def go_on(pk, *, by):
        if pk == broken.pk:
            raise RuntimeError("something nobody thought of")
        return actions.go_on(pk, by=by)

    monkeypatch.setattr(sweeping, "go_on", go_on)

    assert finish_what_was_left() == 1
    with acting_as(SYSTEM):
        assert BulkAction.objects.get(pk=whole.pk).has_ended
