"""Who reads which note: tier and subject, and one's own. The same on every surface."""

import re
from datetime import timedelta
from itertools import product

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from guardian.shortcuts import assign_perm

from backoffice.rls import SYSTEM, acting_as
from clients.models import Client
from history.models import Event
from leads.models import Facility, Lead
from notes.actions import edit_note, get_note
from notes.models import EarlierText, Note, Tier
from notifications.actions import notify
from notifications.models import Kind
from notifications.sending import send_due
from tests.conftest import HTMX, enter_admin, make_user
from tests.factories import FacilityFactory, LeadFactory, NoteFactory
from tests.notes.conftest import VIEWERS, every_page, exported
from tests.test_access import Scene, answer_to, declared, patterns, url_of

# Who sees the subject, and from which clearance up a tier is read. Ana and Ben are Cleo's, Dora is
# Eli's; Gus was granted the lead.
CLEARANCE = {"ana": 0, "ben": 0, "dora": 0, "gus": 0, "cleo": 1, "eli": 1, "sol": 2, "ada": 3}
SUBJECTS = {
    "ana's lead": "ana cleo gus sol ada",
    "dora's lead": "dora eli sol ada",
    "pool lead, north": "ana ben cleo sol ada",
    "expired lead of dora, north": "ana ben cleo sol ada",
    "client of ana": "ana cleo sol ada",
    "ana": "ana cleo sol ada",
    "dora": "dora eli sol ada",
    "cleo": "cleo sol ada",
    "sol": "sol ada",
}
AUTHORS = ["ben", "ada"]


class World:
    """A note of each tier by each author on each subject; what it says is its own name."""

    def __init__(self, cast):
        self.users = vars(cast) | {"gus": make_user("Gus", "inside_rep", works=())}
        self.subjects = {
            "ana's lead": {"lead": LeadFactory(owner=cast.ana)},
            "dora's lead": {"lead": lead_in("TX", owner=cast.dora)},
            "pool lead, north": {"lead": LeadFactory()},
            "expired lead of dora, north": {
                "lead": LeadFactory(owner=cast.dora, held_for=timedelta(days=46))
            },
            "client of ana": {"client": client_of(cast.ana)},
            **{name: {"person": getattr(cast, name)} for name in ("ana", "dora", "cleo", "sol")},
        }
        assign_perm("leads.view_lead", self.users["gus"], self.subjects["ana's lead"]["lead"])
        self.notes = {named: self.note(*named) for named in product(self.subjects, Tier, AUTHORS)}

    def note(self, subject, tier, author):
        on = self.subjects[subject]
        text = canary(subject, tier, author)
        return NoteFactory(**on, author=self.users[author], tier=tier, text=text)

    def seen_by(self, viewer):
        return sorted(canary(*named) for named in self.notes if is_seen(viewer, *named))


def is_seen(viewer, subject, tier, author):
    return author == viewer or (viewer in SUBJECTS[subject].split() and tier <= CLEARANCE[viewer])


def canary(subject, tier, author):
    return f"canary {subject}, {tier.word}, {author}".replace("'", "")


def client_of(seller):
    return LeadFactory(owner=seller, status="won", stage="won").facility.client


def lead_in(state, **fields):
    return LeadFactory(facility=FacilityFactory(state=state), **fields)


@pytest.fixture
def world(cast):
    with acting_as(SYSTEM):
        return World(cast)


@pytest.mark.parametrize("viewer", CLEARANCE)
def test_page_count_and_csv_show_what_tier_and_subject_allow(world, signed_in, viewer):
    user, expected = world.users[viewer], world.seen_by(viewer)
    browser = signed_in(user)

    with acting_as(user):
        assert sorted(Note.objects.values_list("text", flat=True)) == expected
    page = every_page(browser, "/notes")
    assert sorted(text_of(world, pk) for pk in page) == expected
    assert f'<span class="muted">{len(expected)} notes</span>' in browser.get("/notes").text
    assert sorted(row["Note"] for row in exported(browser)) == expected


def text_of(world, pk):
    return next(note.text for note in world.notes.values() if note.pk == pk)


PAGES = {"lead": "leads", "client": "clients", "person": "people"}


@pytest.mark.parametrize("viewer", CLEARANCE)
def test_a_subjects_own_page_shows_the_same_or_is_not_there(world, signed_in, viewer):
    browser = signed_in(world.users[viewer])
    for subject, on in world.subjects.items():
        kind, row = next(iter(on.items()))
        page = browser.get(f"/{PAGES[kind]}/{row.pk}/notes")
        if viewer not in SUBJECTS[subject].split():
            assert page.status_code == 404, subject
            continue
        assert page.status_code == 200, subject
        shown = sorted(set(re.findall("canary [^<]+", page.text)))
        seen = [named for named in world.notes if named[0] == subject and is_seen(viewer, *named)]
        assert shown == sorted(canary(*named) for named in seen), subject


@pytest.mark.parametrize("viewer", CLEARANCE)
def test_one_note_is_there_for_whoever_reads_it(world, signed_in, viewer):
    browser = signed_in(world.users[viewer])
    for named, note in world.notes.items():
        expected = 200 if is_seen(viewer, *named) else 404
        assert browser.get(f"/notes/{note.pk}").status_code == expected, named
        expected = expected if named[2] == viewer or expected == 404 else 403
        assert browser.get(f"/notes/{note.pk}/edit").status_code == expected, named


def test_no_role_reads_a_note_without_being_somebody(world):
    for viewer in ("ana", "sol"):
        with acting_as(world.users[viewer]):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.user_id', '', true)")
            assert Note.objects.count() == EarlierText.objects.count() == 0


# --- canaries -------------------------------------------------------------------


@pytest.mark.parametrize("viewer", VIEWERS)
def test_no_surface_tells_of_a_note_to_whom_it_is_not_for(cast, make, signed_in, write, viewer):
    """Every page and part of one that can be asked for, with notes of all tiers behind it."""
    scene, user = Scene(cast, make), getattr(cast, viewer)
    for tier in Tier:
        with acting_as(cast.ada):
            client = Client.objects.with_display().get()
        for on in (scene.lead, scene.waiting, client, cast.ana):
            written = write(cast.ada, on, f"Canary-{tier.word}-", tier)
            edit(written, cast.ada, f"Canary-{tier.word}-again", tier)
    with acting_as(SYSTEM):
        notify(user, Kind.LEAD_ASSIGNED, "Ada gave you it.", lead=scene.lead, key="given")
    send_due()
    browser, reached = enter_admin(signed_in(user)), set()

    said = []
    for method, url, sent, headers in requests(scene, in_admin=viewer == "ada"):
        _, text = answer_to(browser, method, url, sent, headers)
        said.append((f"{method} {url}", text))
    sent = [message for message in mail.outbox if message.to == [user.email]]
    assert sent
    said += [("mail", str(message.message())) for message in sent]
    with acting_as(user):
        said += [
            ("event", str((event.sentence, event.why, event.detail)))
            for event in Event.objects.all()
        ]

    for name, text in said:
        for tier in Tier:
            if f"Canary-{tier.word}-" in text:
                reached.add(tier)
                assert tier <= CLEARANCE[viewer], (name, tier)
    assert reached == {tier for tier in Tier if tier <= CLEARANCE[viewer]} - HIDDEN.get(
        viewer, set()
    )


def requests(scene, *, in_admin):
    """Yield (method, URL, what is sent, headers) of all that can be asked for and done.

    What is done answers htmx with parts and toasts; what is wrong, or has changed meanwhile, with
    the form and what stands there now. The admin is refused whole to all but Ada.
    """
    found = dict(patterns())
    for name, method in declared():
        if name.startswith(("account_", "mfa_", "notifications:webhook")):
            continue
        if name.startswith("admin:") and not in_admin:
            continue
        url, sent = url_of(name, found[name], scene), scene.sent(name)
        if method == "GET":
            yield from (("GET", url, {}, headers) for headers in ({}, HTMX))
            continue
        yield "POST", url, sent, HTMX
        yield "POST", url, {}, HTMX
        if "version" in sent:
            yield "POST", url, sent | {"version": 0}, HTMX
    yield from (("GET", url, {}, {}) for url in SEARCHED)


SEARCHED = [
    *(f"{path}?q=canary" for path in ("/leads", "/leads/pool", "/clients", "/search", "/notes")),
    *(f"/{notes}?range=quarter&tier=admin_only" for notes in ("notes", "notes.csv")),
    "/notes?author=team&subject=client",
    "/leads/protected?q=canary",
]


# Dora and Eli see none of these subjects.
HIDDEN = {"dora": {Tier.SHARED}, "eli": {Tier.SHARED, Tier.MANAGEMENT}}


def edit(note, author, text, tier):
    with acting_as(author):
        edit_note(get_note(note.pk), by=author, version=note.version, text=text, tier=tier)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_history_tells_of_a_note_to_whom_it_is_for(cast, lead, write, viewer):
    for tier in Tier:
        write(cast.ada, lead, tier=tier)
    user = getattr(cast, viewer)
    sees_lead = viewer in {"ana", "cleo", "sol", "ada"}

    with acting_as(user):
        told = Event.objects.filter(kind="noted").count()

    assert told == (CLEARANCE[viewer] + 1 if sees_lead else 0)


# --- what changes -----------------------------------------------------------------


def test_own_notes_stay_when_the_subject_has_gone(cast, lead, signed_in, write):
    written = write(cast.ana, lead, "Mine to keep", Tier.ADMIN_ONLY)
    ana, dora = signed_in(cast.ana), signed_in(cast.dora)
    assert f'href="/leads/{lead.pk}"' in row_of(ana.get("/notes"), written)
    with acting_as(SYSTEM):
        Facility.objects.update(name="Renamed")
        Lead.objects.update(owner=cast.dora)

    row = row_of(ana.get("/notes"), written)

    assert "Mine to keep" in row
    assert lead.facility.name in row
    assert "Renamed" not in row
    assert f"/leads/{lead.pk}" not in row
    assert ana.get(f"/leads/{lead.pk}/notes").status_code == 404
    assert ana.get(f"/notes/{written.pk}").status_code == 200
    assert "Mine to keep" not in dora.get("/notes").text
    [exported_row] = exported(ana)
    assert exported_row["Subject"] == lead.facility.name


def row_of(response, note):
    return re.search(rf'<tr id="note-{note.pk}">.*?</tr>', response.text)[0]


def test_a_window_that_ends_takes_notes_out_of_sight_at_that_instant(
    cast, make, signed_in, note, move_clock
):
    lead = make(LeadFactory, owner=cast.ana, facility=make(FacilityFactory, state="CA"))
    note(cast.cleo, lead=lead, text="Told to the owner")
    browser = signed_in(cast.ana)
    assert "Told to the owner" in browser.get("/notes").text

    move_clock(lead.protected_until - lead.owned_at)

    assert "Told to the owner" not in browser.get("/notes?range=quarter").text


def test_a_note_that_is_closed_to_some_goes_from_their_sight_with_its_history(
    cast, lead, signed_in, write
):
    written = write(cast.cleo, lead, "Canary")
    browser = signed_in(cast.ana)
    assert "Canary" in browser.get("/notes").text

    edit(written, cast.cleo, "Canary, for managers", Tier.MANAGEMENT)

    for url in ("/notes", f"/leads/{lead.pk}/notes", f"/leads/{lead.pk}/activity", "/notes.csv"):
        assert b"Canary" not in browser.get(url).getvalue()
    assert browser.get(f"/notes/{written.pk}").status_code == 404
    assert "note" not in [line.split()[-1] for line in timeline(browser, lead)]


def timeline(browser, lead):
    page = browser.get(f"/leads/{lead.pk}/activity").text
    return [sentence.rstrip(".") for sentence in re.findall("<p>([^<]+)</p>", page)]


def test_what_was_written_for_a_few_is_not_told_when_a_note_is_opened_to_many(
    cast, lead, signed_in, write
):
    written = write(cast.cleo, lead, "Said among managers", Tier.MANAGEMENT)
    edit(written, cast.cleo, "Said to all", Tier.SHARED)
    url = f"/notes/{written.pk}"

    assert "Said among managers" not in signed_in(cast.ana).get(url).text
    assert "Said to all" in signed_in(cast.ana).get(url).text
    for reader in (cast.cleo, cast.sol, cast.ada):
        assert "Said among managers" in signed_in(reader).get(url).text


def test_the_author_reads_what_they_wrote_above_their_clearance(cast, lead, signed_in, write):
    written = write(cast.ana, lead, "For the admin's eyes", Tier.ADMIN_ONLY)
    edit(written, cast.ana, "Said to all", Tier.SHARED)
    url = f"/notes/{written.pk}"

    assert "For the admin" in signed_in(cast.ana).get(url).text
    assert "For the admin" not in signed_in(cast.cleo).get(url).text


# --- hostile ----------------------------------------------------------------------


DENIED = [
    "UPDATE notes_note SET text = 'x' WHERE id = %(hers)s",
    "UPDATE notes_note SET author_id = %(me)s WHERE id = %(hers)s",
    "UPDATE notes_note SET author_id = %(her)s WHERE id = %(mine)s",
    "UPDATE notes_note SET lead_id = %(hidden)s WHERE id = %(mine)s",
    "UPDATE notes_note SET written_at = now() WHERE id = %(mine)s",
    "UPDATE notes_note SET subject_name = 'x' WHERE id = %(mine)s",
    "DELETE FROM notes_note WHERE id = %(mine)s",
    "UPDATE notes_earliertext SET text = 'x'",
    "DELETE FROM notes_earliertext",
    """INSERT INTO notes_note (lead_id, subject_name, author_id, tier, text, version)
       VALUES (%(seen)s, 'x', %(her)s, 0, 'x', 1)""",
    """INSERT INTO notes_note (lead_id, subject_name, author_id, tier, text, version)
       VALUES (%(hidden)s, 'x', %(me)s, 0, 'x', 1)""",
    """INSERT INTO notes_note (person_id, subject_name, author_id, tier, text, version)
       VALUES (%(her)s, 'x', %(me)s, 0, 'x', 1)""",
    """INSERT INTO notes_earliertext (note_id, version, text, tier, since)
       VALUES (%(hers)s, 1, 'x', 0, now())""",
    """INSERT INTO history_event (kind, actor_id, actor_name, lead_id, note_id, sentence, why,
         detail) VALUES ('noted', %(me)s, 'Ana', %(seen)s, %(hers)s, 'x', '', '{}')""",
    """INSERT INTO history_event (kind, actor_id, actor_name, lead_id, note_id, sentence, why,
         detail) VALUES ('noted', %(me)s, 'Ana', %(hidden)s, %(mine)s, 'x', '', '{}')""",
]


def test_what_a_rep_may_not_do_to_notes_stays_as_it_is(cast, lead, make, write):
    hidden = make(LeadFactory, owner=cast.dora, facility=make(FacilityFactory, state="TX"))
    ids = {
        "me": cast.ana.pk,
        "her": cast.ben.pk,
        "mine": write(cast.ana, lead).pk,
        "hers": write(cast.cleo, lead).pk,
        "seen": lead.pk,
        "hidden": hidden.pk,
    }
    for statement in DENIED:
        assert changed(cast.ana, statement, ids) == 0, statement


def changed(user, statement, ids):
    """Return how many rows a statement changes; 0 where it is refused."""
    try:
        with acting_as(user), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, ids)
            return cursor.rowcount
    except DatabaseError:
        return 0


def test_a_hidden_subject_and_a_missing_one_are_refused_alike(cast, make):
    hidden = make(LeadFactory, owner=cast.dora, facility=make(FacilityFactory, state="TX"))
    sql = """INSERT INTO notes_note (lead_id, subject_name, author_id, tier, text, version)
             VALUES (%s, 'x', %s, 0, 'x', 1)"""
    answers = set()
    for pk in (hidden.pk, 999_999_999):
        try:
            with acting_as(cast.ana), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, [pk, cast.ana.pk])
        except DatabaseError as refusal:
            answers.add(str(refusal))

    assert len(answers) == 1
