"""The bad-data review: what a sales admin does with a lead that a rep reported."""

from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.db import ProgrammingError, transaction

from backoffice.clock import clock
from backoffice.refusals import Refused
from backoffice.rls import SYSTEM, acting_as
from dispositions.actions import disposition_lead, undo_disposition
from leads.actions import call
from leads.models import Facility, Lead
from leads.outcomes import Outcome
from notifications.models import Email, Notice
from people.models import Policy, User
from protection.models import Window
from review.actions import discard_lead, merge_lead, resolve_flag, unmerge_lead
from tests.digest import digest
from tests.factories import ContactFactory, FacilityFactory, LeadFactory, NoteFactory
from tests.test_invariants import add, all_is_well, check

WRONG = "A bakery answers"
DAY = timedelta(days=1)


def report(lead, by):
    """Report a lead of somebody's as bad data, as its picker does; return the disposition."""
    version = reload(lead).version
    with acting_as(by):
        return disposition_lead(lead.pk, Outcome.BAD_DATA, by=by, version=version, detail=WRONG)


def reload(lead):
    with acting_as(SYSTEM):
        return Lead.objects.with_display().get(pk=lead.pk)


@pytest.fixture
def flagged(cast, move_clock):
    """A lead that Ana took ten days ago and reports now: 35 days of hers are left."""
    lead = add(cast.ana, "Mercy Hospital", take=True)
    move_clock(10 * DAY)
    report(lead, cast.ana)
    return reload(lead)


def told(user):
    with acting_as(SYSTEM):
        return list(Notice.objects.filter(recipient=user).values_list("sentence", flat=True))


def events(lead, *kinds):
    with acting_as(SYSTEM):
        found = lead.events.filter(kind__in=kinds) if kinds else lead.events.all()
        return [(event.kind, event.sentence, event.why) for event in found.order_by("pk")]


def post(browser, lead, verb, **said):
    return browser.post(f"/admin/review/{lead.pk}/{verb}", said)


def fields(lead, **said):
    """Return what the form of a correction sends where nothing is corrected."""
    with acting_as(SYSTEM):
        lead = reload(lead)
        place, people = lead.facility, list(lead.facility.contacts.all())
    sent = {"version": lead.version, "why": "", "new-name": ""}
    for row, names in [
        (place, ["name", "address", "city", "state", "postcode", "phone", "time_zone", "version"]),
        *((person, ["name", "title", "phone", "email", "version"]) for person in people),
    ]:
        prefix = f"{row._meta.model_name}-{row.pk}"
        sent |= {f"{prefix}-{name}": str(getattr(row, name)) for name in names}
    return sent | said


# --- the list -----------------------------------------------------------------------


def test_the_list_says_what_was_reported_by_whom_and_when(ada, cleo, flagged, in_admin, signed_in):
    text = in_admin(ada).get("/admin/review").text

    assert f'href="/admin/review/{flagged.pk}"' in text
    for said in ("Mercy Hospital", WRONG, "Ana", "35 d", "1 lead"):
        assert said in text
    assert signed_in(cleo).get("/admin/review").status_code == 403


def test_an_empty_list_says_so(ada, in_admin):
    assert "Nothing waits for review" in in_admin(ada).get("/admin/review").text


def test_the_pages_of_the_list_are_all_of_it(ada, ana, make, in_admin, django_assert_num_queries):
    leads = [
        make(LeadFactory, owner=ana, status="flagged", last_contact_at=clock_now() + n * DAY)
        for n in range(52)
    ]
    browser = in_admin(ada)
    browser.get("/admin/review")
    first = browser.get("/admin/review").text
    rest = browser.get(first.partition('rel="next"')[0].rpartition('href="')[2][:-2]).text

    assert [f'id="lead-{lead.pk}"' in first for lead in leads] == [True] * 50 + [False] * 2
    assert [f'id="lead-{lead.pk}"' in rest for lead in leads] == [False] * 50 + [True] * 2
    assert browser.get("/admin/review?after=nonsense").status_code == 404


def clock_now():
    with acting_as(SYSTEM):
        return clock()


# --- sent back ----------------------------------------------------------------------


def test_a_corrected_lead_goes_back_with_exactly_the_time_that_was_left(
    ada, ana, flagged, in_admin, signed_in, move_clock
):
    left = flagged.protection_left
    move_clock(17 * DAY)
    facility = f"facility-{flagged.facility_id}"
    said = fields(flagged, **{f"{facility}-phone": "(518) 555-0177", "why": "Found on their site"})

    response = post(in_admin(ada), flagged, "resolve", **said, to="owner")

    after = reload(flagged)
    assert response.status_code == 303
    assert (after.status, after.owner, after.protection_left) == ("open", ana, None)
    assert after.protected_until - after.as_of == left
    assert after.owned_at == flagged.owned_at
    assert str(after.facility.phone.as_e164) == "+15185550177"
    with acting_as(SYSTEM):
        window = Window.objects.get(lead=flagged)
        assert (window.end, window.expires_at) == ("", after.protected_until)
    assert events(flagged, "facility_edited", "flag_resolved", "protected")[1:] == [
        ("facility_edited", "Ada edited the facility: phone.", ""),
        (
            "flag_resolved",
            "Ada reviewed the lead and sent it back to Ana.",
            "Found on their site",
        ),
        ("protected", f"Protected for Ana until {day_of(after)}.", ""),
    ]
    assert "Ada corrected Mercy Hospital and sent it back to you." in told(ana)
    assert f'id="lead-{flagged.pk}"' in signed_in(ana).get("/leads").text
    assert check() == all_is_well()


def day_of(lead):
    return f"{lead.protected_until.astimezone(ZoneInfo('America/New_York')):%-d %b %Y}"


def test_people_are_corrected_and_added(ada, flagged, in_admin):
    with acting_as(SYSTEM):
        grace = flagged.facility.contacts.get()
    said = fields(flagged, **{f"contact-{grace.pk}-phone": "5185550199", "new-name": "Hope Larkin"})

    post(in_admin(ada), flagged, "resolve", **said, to="owner")

    with acting_as(SYSTEM):
        people = flagged.facility.contacts.values_list("name", "phone", "is_decision_maker")
        assert [(name, str(phone)) for name, phone, _ in people.order_by("name")] == [
            ("Grace Holloway", "(518) 555-0199"),
            ("Hope Larkin", ""),
        ]


def test_a_correction_that_is_wrong_keeps_what_was_typed(ada, flagged, in_admin):
    facility, browser = f"facility-{flagged.facility_id}", in_admin(ada)
    before = digest()
    said = fields(
        flagged, **{f"{facility}-phone": "no number", "why": "So she says", "new-title": "CNO"}
    )

    response = post(browser, flagged, "resolve", **said, to="owner")

    assert response.status_code == 422
    for kept in ("no number", "So she says", "CNO", "Write a phone number like"):
        assert kept in response.text
    assert digest() == before


def test_what_is_sent_to_the_pool_can_be_claimed_by_others(
    ada, ana, ben, flagged, in_admin, signed_in
):
    post(in_admin(ada), flagged, "resolve", **fields(flagged), to="pool")

    after = reload(flagged)
    assert (after.status, after.owner, after.protection_left) == ("open", None, None)
    assert "Ada put Mercy Hospital into the pool." in told(ana)
    with acting_as(SYSTEM):
        assert Window.objects.get(lead=flagged).end == "closed"
    assert signed_in(ben).post(f"/leads/{flagged.pk}/claim").status_code == 303
    assert check() == all_is_well()


@pytest.mark.parametrize(
    ("obstacle", "said"),
    [
        ("left", "Ana has been deactivated."),
        ("works elsewhere", "Ana may no longer work this lead."),
        ("is a manager now", "Ana may no longer work this lead."),
        ("is full", "Ana owns as many open leads as one rep may."),
    ],
)
def test_an_owner_who_cannot_have_it_back_is_named_and_the_pool_offered(
    ada, ana, flagged, in_admin, obstacle, said
):
    changes = {
        "left": {"is_active": False},
        "works elsewhere": {"territories": ["TX"]},
        "is a manager now": {"role": "manager"},
    }
    with acting_as(SYSTEM):
        if obstacle == "is full":
            Policy.objects.update(open_leads_per_rep=0)
        else:
            User.objects.filter(pk=ana.pk).update(**changes[obstacle])
    browser = in_admin(ada)
    page = browser.get(f"/admin/review/{flagged.pk}").text
    before = digest()

    response = post(browser, flagged, "resolve", **fields(flagged), to="owner")

    assert said in page
    assert 'value="owner"' not in page
    assert 'value="pool"' in page
    assert (response.status_code, digest()) == (409, before)
    assert f"{said} Put it into the pool instead." in response.text
    assert post(browser, flagged, "resolve", **fields(flagged), to="pool").status_code == 303
    assert reload(flagged).owner is None


def test_a_report_that_was_reviewed_is_not_undone(ada, ana, make):
    """Something else has changed the lead since: the review, whichever way it went."""
    for decide in (
        lambda lead: resolve_flag(lead.pk, by=ada, version=lead.version),
        lambda lead: discard_lead(lead.pk, by=ada, version=lead.version, why="Gone"),
        lambda lead: merge_lead(lead.pk, into=make(LeadFactory).pk, by=ada, version=lead.version),
    ):
        lead = make(LeadFactory, owner=ana)
        made = report(lead, ana)
        with acting_as(ada):
            decide(reload(lead))
        before = digest()

        with acting_as(ana), pytest.raises(Refused, match="has been changed since"):
            undo_disposition(made.pk, by=ana)
        assert digest() == before


# --- discarded ----------------------------------------------------------------------


def test_a_discarded_lead_is_disqualified_and_says_why(ada, ana, flagged, in_admin):
    version = flagged.version
    browser = in_admin(ada)
    assert post(browser, flagged, "discard", version=version, why=" ").status_code == 422

    post(browser, flagged, "discard", version=version, why="Closed for good")

    after = reload(flagged)
    assert (after.status, after.owner, after.protection_left) == ("disqualified", ana, None)
    assert events(flagged, "discarded") == [
        ("discarded", "Ada discarded the lead.", "Closed for good")
    ]
    with acting_as(SYSTEM):
        assert Window.objects.get(lead=flagged).end == "closed"
    assert "Ada discarded Mercy Hospital: Closed for good" in told(ana)
    assert "Nothing waits for review" in browser.get("/admin/review").text
    assert check() == all_is_well()


# --- races and rights ---------------------------------------------------------------


def test_a_stale_tab_is_told_what_it_missed(ada, flagged, in_admin):
    browser = in_admin(ada)
    stale = fields(flagged)
    post(browser, flagged, "discard", version=flagged.version, why="Closed")

    for verb, said in [
        ("resolve", stale | {"to": "owner"}),
        ("discard", {"version": flagged.version, "why": "Again"}),
        ("merge", {"version": flagged.version, "into": flagged.pk + 1}),
        ("unmerge", {"version": flagged.version}),
    ]:
        response = post(browser, flagged, verb, **said)
        assert response.status_code == 409, verb
        assert "Ada discarded the lead" in response.text


def test_of_two_admins_one_decides(transactional_db, cast, make, at_once):
    for _ in range(8):
        lead, other = make(LeadFactory, owner=cast.ana), make(LeadFactory, owner=cast.ben)
        report(lead, cast.ana)
        lead = reload(lead)

        def as_admin(action, lead=lead, **said):
            with acting_as(cast.ada):
                action(lead.pk, by=cast.ada, version=lead.version, **said)

        results = at_once(
            partial(as_admin, resolve_flag),
            partial(as_admin, discard_lead, why="Gone"),
            partial(as_admin, merge_lead, into=other.pk),
        )

        assert sorted(isinstance(result, Refused) for result in results) == [False, True, True]
        kinds = {"flag_resolved", "discarded", "merged"}
        assert len(events(lead, *kinds)) == 1


def test_two_leads_are_not_merged_into_each_other(transactional_db, cast, make, at_once):
    for _ in range(8):
        one, two = make(LeadFactory, owner=cast.ana), make(LeadFactory, owner=cast.ben)
        report(one, cast.ana)
        report(two, cast.ben)

        def merge(lead, other):
            lead = reload(lead)
            with acting_as(cast.ada):
                merge_lead(lead.pk, into=other.pk, by=cast.ada, version=lead.version)

        results = at_once(partial(merge, one, two), partial(merge, two, one))

        assert sorted(isinstance(result, Refused) for result in results) == [False, True]


@pytest.mark.parametrize("actor", ["ana", "cleo", "sol"])
def test_nobody_else_reviews(cast, flagged, signed_in, actor):
    user = getattr(cast, actor)
    browser, before = signed_in(user), digest()
    for verb in ("resolve", "discard", "merge", "unmerge"):
        assert post(browser, flagged, verb, **fields(flagged)).status_code == 403
    # Nor does the database's own function for it heed anybody else.
    with acting_as(user):
        try:
            with transaction.atomic():
                answer = call("resolve_flag", flagged.pk, flagged.version, False)[0]
        except ProgrammingError as refusal:
            answer = str(refusal)
    assert answer == "unavailable" or "permission denied" in answer
    assert digest() == before


# --- merged ---------------------------------------------------------------------------


@pytest.fixture
def duplicate(cast, flagged, make):
    """The lead of Ben's at the other entry of the same hospital, with a note and a contact."""
    facility = make(FacilityFactory, name="Mercy Hospital, Albany", phone=flagged.facility.phone)
    make(ContactFactory, facility=facility, name="Hope Larkin")
    other = make(LeadFactory, owner=cast.ben, facility=facility)
    make(NoteFactory, lead=flagged, author=cast.ana, text="Ask for Grace.")
    return other


def merge(browser, lead, other, **said):
    return post(browser, lead, "merge", version=lead.version, into=other.pk, **said)


def test_the_duplicate_is_offered_and_merged(cast, flagged, duplicate, make, in_admin):
    make(LeadFactory, facility=duplicate.facility, opportunity="BMD")
    browser = in_admin(cast.ada)
    page = browser.get(f"/admin/review/{flagged.pk}").text
    assert page.count('name="into"') == 1
    assert f'value="{duplicate.pk}"' in page
    before = row_of(duplicate)

    response = merge(browser, flagged, duplicate)

    after = reload(flagged)
    assert response.status_code == 303
    assert (after.status, after.merged_into_id) == ("disqualified", duplicate.pk)
    assert row_of(duplicate) == before
    assert events(flagged, "merged") == [("merged", "Ada merged this lead as a duplicate.", "")]
    assert events(duplicate, "duplicate_merged") == [
        ("duplicate_merged", "Ada merged a duplicate of this lead: Mercy Hospital.", "")
    ]
    said = "Ada found that Mercy Hospital was there already, worked by Ben."
    assert said in told(cast.ana)


def row_of(lead):
    with acting_as(SYSTEM):
        return Lead.objects.filter(pk=lead.pk).values().get()


def test_both_histories_are_read_as_one(cast, flagged, duplicate, in_admin, signed_in):
    ben = signed_in(cast.ben)
    assert ben.get(f"/leads/{flagged.pk}").status_code == 404
    with acting_as(SYSTEM):
        Facility.objects.filter(pk=flagged.facility_id).update(city="Troy")
    merge(in_admin(cast.ada), flagged, duplicate)

    activity = ben.get(f"/leads/{duplicate.pk}/activity").text
    assert WRONG in activity
    assert "Ada merged a duplicate of this lead: Mercy Hospital." in activity
    assert "Of the duplicate Mercy Hospital" in activity
    assert "<ins>Troy</ins>" in activity
    assert "Ask for Grace." in ben.get(f"/leads/{duplicate.pk}/notes").text
    contacts = ben.get(f"/leads/{duplicate.pk}").text
    assert "Grace Holloway" in contacts
    assert f'href="/leads/{flagged.pk}"' in contacts
    # The rep who reported it reads that it is closed, and sees no more than before.
    ana = signed_in(cast.ana)
    assert "Merged" in ana.get(f"/leads/{flagged.pk}").text
    assert ana.get(f"/leads/{duplicate.pk}").status_code == 404


def test_a_merge_is_taken_back_exactly(cast, flagged, duplicate, in_admin, signed_in):
    browser, but = in_admin(cast.ada), {"history_event", "notifications_notice"}
    but |= {Email._meta.db_table}
    before = digest(but=but, columns_but={"version"})
    merge(browser, flagged, duplicate)

    page = browser.get(f"/admin/review/{flagged.pk}").text
    assert "Take the merge back" in page
    post(browser, flagged, "unmerge", version=flagged.version + 1)

    assert digest(but=but, columns_but={"version"}) == before
    assert signed_in(cast.ben).get(f"/leads/{flagged.pk}").status_code == 404
    assert len(events(flagged, "merged", "unmerged")) == 2
    assert len(events(duplicate, "duplicate_merged", "duplicate_unmerged")) == 2
    # And its time goes on as if nothing had been.
    left = flagged.protection_left
    flagged = reload(flagged)
    post(browser, flagged, "resolve", **fields(flagged), to="owner")
    after = reload(flagged)
    assert after.protected_until - after.as_of == left


def test_a_merge_breaks_no_rule(cast, flagged):
    other = add(cast.ben, "Mercy Hospital of Albany", take=True)
    with acting_as(cast.ada):
        merge_lead(flagged.pk, into=other.pk, by=cast.ada, version=flagged.version)
    assert check() == all_is_well()
    with acting_as(cast.ada):
        unmerge_lead(flagged.pk, by=cast.ada, version=flagged.version + 1)
    assert check() == all_is_well()


def test_what_is_merged_follows_the_lead_that_stays(cast, flagged, duplicate, make):
    """Whoever sees the one sees the other, however many were merged into each other."""
    last = make(LeadFactory, facility=make(FacilityFactory, state="TX"))
    with acting_as(cast.ada):
        merge_lead(flagged.pk, into=duplicate.pk, by=cast.ada, version=flagged.version)
    report(duplicate, cast.ben)
    with acting_as(cast.ada):
        version = reload(duplicate).version
        merge_lead(duplicate.pk, into=last.pk, by=cast.ada, version=version)

    # Dora works the pool of Texas; Eli is her manager.
    for viewer, sees in [("dora", True), ("eli", True), ("ana", True), ("cleo", True)]:
        with acting_as(getattr(cast, viewer)):
            assert Lead.objects.filter(pk=flagged.pk).exists() is sees, viewer
    with acting_as(cast.ana):
        assert not Lead.objects.filter(pk__in=[duplicate.pk, last.pk]).exists()


def test_what_cannot_be_merged_is_refused(cast, flagged, duplicate, make, in_admin):
    browser = in_admin(cast.ada)
    merged = make(
        LeadFactory,
        owner=cast.ben,
        status="disqualified",
        merged_into=duplicate,
        protection_left=DAY,
    )
    other_kind = make(LeadFactory, opportunity="BMD")
    before = digest()
    for other, said in [
        (flagged, "There is no such lead"),
        (other_kind, "different opportunity types"),
        (merged, "was merged into another lead itself"),
    ]:
        response = merge(browser, flagged, other)
        assert response.status_code == 409
        assert said in response.text
    assert post(browser, flagged, "merge", version=flagged.version).status_code == 422
    assert digest() == before


def test_a_merged_lead_is_not_corrected_by_an_outcome(cast, flagged, duplicate, in_admin):
    merge(in_admin(cast.ada), flagged, duplicate)
    version = reload(flagged).version

    with acting_as(cast.cleo), pytest.raises(Refused, match="was merged into another"):
        disposition_lead(
            flagged.pk, Outcome.NO_ANSWER, by=cast.cleo, version=version, corrects=True
        )


def test_a_facility_that_turns_out_to_be_another_is_sent_to_be_merged(ada, flagged, make, in_admin):
    """Its name and address are taken: the answer is a sentence, and nothing is changed."""
    twin = make(FacilityFactory, external_id="", name="Saint Jude")
    facility = f"facility-{flagged.facility_id}"
    said = {f"{facility}-{name}": getattr(twin, name) for name in ("name", "address", "postcode")}

    response = post(in_admin(ada), flagged, "resolve", **fields(flagged, **said), to="owner")

    assert response.status_code == 409
    assert "already known" in response.text
    with acting_as(SYSTEM):
        assert Facility.objects.get(pk=flagged.facility_id).name == "Mercy Hospital"
