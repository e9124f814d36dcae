"""`manage.py invariants` finds nothing wrong with what the product does."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from phonenumber_field.phonenumber import PhoneNumber

from backoffice.clock import clock
from backoffice.invariants import all_invariants
from backoffice.rls import SYSTEM, acting_as
from dispositions.actions import disposition_lead, undo_disposition
from leads.actions import (
    add_lead,
    choose_decision_maker,
    claim_lead,
    edit_facility,
    get_lead,
    reassign_lead,
    release_lead,
)
from leads.expiry import release_expired
from people.models import OpportunityType, User

DAY = timedelta(days=1)
PLACE = {
    "address": "1 High Street",
    "city": "Albany",
    "state": "NY",
    "postcode": "12208",
    "phone": "+15185550100",
    "time_zone": "America/New_York",
}
PHONE = PhoneNumber.from_string("+15185550142")
CONTACT = {"name": "Grace Holloway", "title": "CNO", "phone": PHONE, "email": ""}


def check():
    """Run the command; return its exit code and lines."""
    out = StringIO()
    try:
        call_command("invariants", stdout=out)
    except SystemExit as stopped:
        return stopped.code, out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def all_is_well():
    return 0, [f"All {len(all_invariants())} invariants hold."]


def add(by, name, *, take=False):
    with acting_as(by):
        kind = OpportunityType.objects.get(code="CS")
        facility = PLACE | {"name": name}
        return add_lead(by=by, facility=facility, opportunity_type=kind, contact=CONTACT, take=take)


def test_an_empty_database_breaks_no_rule(db):
    assert check() == all_is_well()


def test_what_the_product_does_breaks_no_rule(cast, move_clock):
    ana, ben, cleo, sol = cast.ana, cast.ben, cast.cleo, cast.sol
    waiting, released, expiring, handed, assigned = (
        add(ana, name, take=name > "B") for name in ("A", "Mercy", "Mount Sinai", "Saint Jude", "Z")
    )
    with acting_as(ana):
        release_lead(released.pk, by=ana, version=released.version, why="No budget")
        reassign_lead(handed.pk, to=ben, by=ana)
        lead = get_lead(expiring.pk)
        edit_facility(lead, by=ana, version=1, name="Mount Sinai West", state="MA")
        choose_decision_maker(lead, lead.facility.contacts.get(), by=ana)
    move_clock(2 * DAY)
    with acting_as(cleo):
        reassign_lead(assigned.pk, to=ben, by=cleo)
    with acting_as(ben):
        claim_lead(waiting.pk, by=ben)
    with acting_as(SYSTEM):
        User.objects.filter(pk=ben.pk).update(name="Benjamin", team=cast.south)
    assert check() == all_is_well()

    # Run out, and nobody has noticed yet; then somebody does, then the sweep.
    move_clock(60 * DAY)
    assert check() == all_is_well()
    with acting_as(ana):
        claim_lead(handed.pk, by=ana)
    with acting_as(sol):
        reassign_lead(assigned.pk, to=ana, by=sol)
    assert check() == all_is_well()
    release_expired()
    assert check() == all_is_well()


def test_what_calls_set_off_and_undo_takes_back_breaks_no_rule(cast, move_clock):
    ana, pk = cast.ana, add(cast.ana, "Mercy", take=True).pk

    def call(outcome, **said):
        with acting_as(ana):
            version = get_lead(pk).version
            return disposition_lead(pk, outcome, by=ana, version=version, **said)

    def undo(disposition):
        with acting_as(ana):
            undo_disposition(disposition.pk, by=ana)

    for outcome in ("no_answer", "no_answer", "no_answer", "interested", "no_answer", "not_now"):
        undo(call(outcome))
        call(outcome)
        assert check() == all_is_well()
    with acting_as(SYSTEM):
        hour = clock().replace(minute=0, second=0, microsecond=0)
    call("callback", starts_at=hour + 2 * DAY)
    undo(call("callback", starts_at=hour + 3 * DAY))
    assert check() == all_is_well()
    move_clock(3 * DAY)
    call("no_answer", corrects=True)
    undo(call("bad_data", detail="A fax answers"))
    call("not_a_fit", reason="no_budget")
    assert check() == all_is_well()
    with acting_as(cast.cleo):
        version = get_lead(pk).version
        disposition_lead(pk, "no_answer", by=cast.cleo, version=version, corrects=True)
    assert check() == all_is_well()
