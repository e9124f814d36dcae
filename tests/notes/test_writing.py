"""Writing and editing notes: in a folder, in a dialog over a list, about people."""

import re

import pytest
from django.http import Http404

from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from history.models import Event
from notes.actions import edit_note, get_note
from notes.models import LONGEST, EarlierText, Note, Tier
from tests.conftest import HTMX
from tests.digest import digest
from tests.factories import LeadFactory
from tests.notes.conftest import every_page
from tests.test_invariants import add, all_is_well, check


def notes():
    with acting_as(SYSTEM):
        return list(Note.objects.order_by("pk"))


def events(*kinds):
    with acting_as(SYSTEM):
        return list(Event.objects.filter(kind__in=kinds).order_by("pk"))


def earlier(note):
    with acting_as(SYSTEM):
        return list(EarlierText.objects.filter(note=note).order_by("version"))


def said(text="They asked for a quote.", tier="shared", **more):
    return {"text": text, "tier": tier} | more


# --- writing --------------------------------------------------------------------


@pytest.mark.parametrize("tier", [tier.word for tier in Tier])
def test_an_author_may_choose_any_tier(ana, lead, signed_in, tier):
    browser = signed_in(ana)

    response = browser.post(f"/leads/{lead.pk}/notes", said(tier=tier))

    assert (response.status_code, response["Location"]) == (303, f"/leads/{lead.pk}/notes")
    [note] = notes()
    assert (note.lead_id, note.person_id, note.author_id) == (lead.pk, None, ana.pk)
    assert (note.text, note.get_tier_display()) == (
        "They asked for a quote.",
        tier.replace("_", " ").capitalize(),
    )
    assert note.subject_name == lead.facility.name
    assert "They asked for a quote." in browser.get(f"/leads/{lead.pk}/notes").text


def test_a_note_is_one_event_that_does_not_repeat_it(ana, lead, signed_in):
    signed_in(ana).post(f"/leads/{lead.pk}/notes", said("A secret"))

    [note], [event] = notes(), events("noted")
    assert (event.lead_id, event.person_id, event.note_id) == (lead.pk, None, note.pk)
    assert event.sentence == "Ana wrote a note."
    assert "secret" not in f"{event.sentence} {event.why} {event.detail}"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Two\r\nlines\r\n\r\n", "Two\nlines"),
        ("x" * LONGEST, "x" * LONGEST),
        # As a browser counts: a line end is one character.
        ("\r\n".join("x" * (LONGEST // 2)), "\n".join("x" * (LONGEST // 2))),
        ("Ünïcödé 名 🙂 \u202e", "Ünïcödé 名 🙂 \u202e"),
    ],
)
def test_a_text_is_kept_as_it_was_typed(ana, lead, signed_in, sent, kept):
    response = signed_in(ana).post(f"/leads/{lead.pk}/notes", said(sent))

    assert response.status_code == 303
    assert [note.text for note in notes()] == [kept]


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": " \r\n\t "},
        {"text": "x" * (LONGEST + 1)},
        {"text": "nul\0"},
        {"text": "kept", "tier": "secret"},
        {"text": "kept", "tier": ""},
        {"text": "kept", "tier": "0"},
    ],
    ids=lambda wrong: repr(wrong)[:30],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(ana, lead, signed_in, wrong):
    browser, before = signed_in(ana), digest(but={"people_user"})
    for url in (f"/leads/{lead.pk}/notes", f"/people/{ana.pk}/notes"):
        for headers in ({}, HTMX):
            response = browser.post(url, said() | wrong, headers=headers)

            assert response.status_code == 422
            assert 'aria-invalid="true"' in response.text
            typed = (said() | wrong)["text"].strip()
            assert f">\n{typed}" in response.text.replace("\r", "")
    assert digest(but={"people_user"}) == before


def test_a_dialog_gets_the_form_alone_and_closes_when_it_is_saved(ana, lead, signed_in):
    browser = signed_in(ana)

    asked = browser.get(f"/leads/{lead.pk}/notes/new", headers=HTMX)
    saved = browser.post(f"/leads/{lead.pk}/notes", said(), headers=HTMX)

    assert "<html" not in asked.text
    assert 'id="dialog-title"' in asked.text
    assert lead.facility.name in asked.text
    assert saved.status_code == 200
    assert "noted" in saved.headers["HX-Trigger-After-Swap"]
    assert "They asked for a quote." not in saved.text
    assert "Saved." in saved.text


def test_without_scripts_the_form_has_a_page_of_its_own(ana, lead, signed_in):
    page = signed_in(ana).get(f"/leads/{lead.pk}/notes/new").text

    assert f'<form class="stack" method="post" action="/leads/{lead.pk}/notes"' in page
    assert "hx-post" not in re.search('<form class="stack".*?</form>', page, re.DOTALL)[0]


def test_the_menu_of_a_row_offers_it_to_whoever_sees_the_lead(ana, cleo, lead, signed_in):
    for reader in (ana, cleo):
        page = signed_in(reader).get(f"/leads/{lead.pk}/menu").text
        assert f'href="/leads/{lead.pk}/notes/new"' in page
    assert 'data-way="notes/new" data-dialog' in signed_in(ana).get("/leads").text


def test_a_manager_writes_on_their_people_and_reads_what_is_for_managers(ana, cleo, sol, signed_in):
    url = f"/people/{ana.pk}/notes"
    signed_in(cleo).post(url, said("Ready for more", tier="management"))
    signed_in(cleo).post(url, said("Well done"))

    assert [(note.person, note.subject_name) for note in notes()] == [(ana, "Ana")] * 2
    assert [event.person for event in events("noted")] == [ana, ana]
    seen = signed_in(ana).get(url).text
    assert "Well done" in seen
    assert "Ready for more" not in seen
    assert "Ready for more" in signed_in(sol).get(url).text


def test_people_lists_whom_one_may_write_on(cleo, eli, sol, signed_in):
    def listed(reader):
        return re.findall(r'href="/people/\d+/notes">(\w+)<', signed_in(reader).get("/people").text)

    assert listed(cleo) == ["Ana", "Ben", "Cleo"]
    assert listed(eli) == ["Dora", "Eli"]
    assert sorted(listed(sol)) == ["Ada", "Ana", "Ben", "Cleo", "Dora", "Eli", "Sol"]


def test_whoever_sees_a_lead_in_the_pool_may_write_on_it(ben, signed_in, make):
    lead = make(LeadFactory)
    assert signed_in(ben).post(f"/leads/{lead.pk}/notes", said()).status_code == 303


def test_a_note_leaves_the_lead_as_it_was(ana, lead, signed_in):
    browser, before = signed_in(ana), digest(but={"notes_note", "history_event"})

    browser.post(f"/leads/{lead.pk}/notes", said())

    assert digest(but={"notes_note", "history_event"}) == before


# --- editing --------------------------------------------------------------------


def test_an_edit_keeps_what_the_note_said(ana, cleo, lead, signed_in, write):
    note = write(ana, lead, "First", Tier.MANAGEMENT)
    browser = signed_in(ana)

    browser.post(f"/notes/{note.pk}/edit", said("Second", version=1))
    browser.post(f"/notes/{note.pk}/edit", said("Third", version=2))

    [now] = notes()
    assert (now.text, now.tier, now.version) == ("Third", Tier.SHARED, 3)
    assert now.written_at == note.written_at
    assert [(old.version, old.text, old.tier) for old in earlier(note)] == [
        (1, "First", Tier.MANAGEMENT),
        (2, "Second", Tier.SHARED),
    ]
    page = signed_in(cleo).get(f"/notes/{note.pk}").text
    assert page.index("Third") < page.index("Second") < page.index("First")
    assert [event.sentence for event in events("note_edited")] == ["Ana edited a note."] * 2


def test_an_edit_that_changes_nothing_is_none(ana, lead, signed_in, write):
    note = write(ana, lead)
    browser, before = signed_in(ana), digest()

    response = browser.post(f"/notes/{note.pk}/edit", said(note.text, version=1))

    assert response.status_code == 303
    assert digest() == before


def test_nobody_but_the_author_edits(ana, cleo, ada, lead, signed_in, write):
    note = write(ana, lead)
    browsers, before = [signed_in(cleo), signed_in(ada)], digest()
    for browser in browsers:
        response = browser.post(f"/notes/{note.pk}/edit", said("Mine", version=1))
        assert response.status_code == 403
        assert "Only who wrote a note may edit it." in response.text
        assert f"/notes/{note.pk}/edit" not in browser.get("/notes").text
    assert digest() == before


def test_an_author_edits_also_what_they_wrote_on_what_they_see_no_longer(
    ana, ben, lead, signed_in, write
):
    note = write(ana, lead, "Careless words")
    with acting_as(SYSTEM):
        type(lead).objects.update(owner=ben)

    response = signed_in(ana).post(f"/notes/{note.pk}/edit", said("Careful words", version=1))

    assert response.status_code == 303
    assert [note.text for note in notes()] == ["Careful words"]
    assert len(events("note_edited")) == 1


def test_a_stale_tab_is_told_what_the_note_says_now_and_keeps_what_was_typed(
    ana, lead, signed_in, write
):
    note, browser = write(ana, lead, "First"), signed_in(ana)
    browser.post(f"/notes/{note.pk}/edit", said("Second", version=1))

    response = browser.post(f"/notes/{note.pk}/edit", said("From the other tab", version=1))

    assert response.status_code == 409
    assert "From the other tab" in response.text
    assert "Saved meanwhile: Second" in response.text
    assert [note.text for note in notes()] == ["Second"]
    version = re.search(r'name="version" value="(\d+)"', response.text)[1]
    browser.post(f"/notes/{note.pk}/edit", said("Both", version=version))
    assert [note.text for note in notes()] == ["Both"]


@pytest.mark.parametrize("version", ["", "x", "0"])
def test_an_edit_says_what_it_was_made_from(ana, lead, signed_in, write, version):
    note = write(ana, lead)

    response = signed_in(ana).post(f"/notes/{note.pk}/edit", said("New", version=version))

    assert response.status_code in (409, 422)
    assert [note.text for note in notes()] == ["They asked for a quote."]


def test_of_two_edits_at_once_one_is_kept_and_one_refused(transactional_db, ana, write, at_once):
    note = write(ana, add(ana, "Mercy", take=True))

    def edit(text):
        with acting_as(ana):
            seen = get_note(note.pk)
            return edit_note(seen, by=ana, version=1, text=text, tier=Tier.SHARED)

    results = at_once(*[lambda n=n: edit(f"Text {n}") for n in range(8)])

    assert [type(result) for result in results if result is not None] == [Refused] * 7
    assert [old.text for old in earlier(note)] == [note.text]
    assert check() == all_is_well()


def test_notes_and_edits_break_no_rule(ana, cleo, signed_in):
    lead = add(ana, "Mercy", take=True)
    browser = signed_in(ana)
    browser.post(f"/leads/{lead.pk}/notes", said())
    browser.post(f"/people/{ana.pk}/notes", said())
    for note in notes():
        browser.post(f"/notes/{note.pk}/edit", said("Another text", version=1))

    assert check() == all_is_well()
    assert len(events("noted", "note_edited")) == 4


def test_a_lead_that_leaves_ones_sight_while_one_writes_is_not_there(ana, ben, lead, write):
    """Between looking and writing somebody else has taken it."""
    with acting_as(SYSTEM):
        type(lead).objects.update(owner=ben)

    with pytest.raises(Http404):
        write(ana, lead)
    assert notes() == []


# --- the tab ----------------------------------------------------------------------


def test_the_folder_around_the_tab_is_as_around_the_others(ana, lead, signed_in):
    browser = signed_in(ana)

    for tab in ("", "/notes"):
        page = browser.get(f"/leads/{lead.pk}{tab}").text
        assert f'href="/leads/{lead.pk}/disposition"' in page
        assert 'id="outcome-keys"' in page


def test_the_tab_lists_newest_first_in_pages(ana, lead, signed_in, note):
    written = [note(ana, lead=lead).pk for _ in range(45)]

    assert every_page(signed_in(ana), f"/leads/{lead.pk}/notes") == written[::-1]


@pytest.mark.parametrize("before", ["x", "1~2", "9999-01-01T00:00Z~1"])
def test_a_page_of_the_tab_that_never_was_is_not_found(ana, lead, signed_in, before):
    assert signed_in(ana).get(f"/leads/{lead.pk}/notes?before={before}").status_code == 404


def test_the_tab_asks_the_database_as_often_for_one_note_as_for_twenty(
    ana, lead, signed_in, note, django_assert_max_num_queries
):
    browser = signed_in(ana)
    note(ana, lead=lead)
    browser.get("/leads")
    with django_assert_max_num_queries(14) as first:
        browser.get(f"/leads/{lead.pk}/notes")
    for _ in range(19):
        note(ana, lead=lead)
    with django_assert_max_num_queries(len(first)):
        browser.get(f"/leads/{lead.pk}/notes")
