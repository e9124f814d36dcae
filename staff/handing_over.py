"""The leads of somebody who has left, in chunks: app.hand_over_next() judges each by itself."""

import json

import structlog
from django.db import connection, transaction

from backoffice.clock import Clock
from backoffice.rls import SYSTEM, acting_as
from backoffice.sweeps import sweep
from callbacks.models import Callback
from leads.rows import counted
from notifications.actions import notify
from notifications.models import Kind, Notice
from people.models import User
from people.permissions import Role
from protection.window import day_there, window_end_from_now
from staff.models import Departure

log = structlog.get_logger(__name__)

CHUNK = 500
# A task has 45 seconds; what is left waits for the next one.
CHUNKS_AT_A_TIME = 20


@transaction.atomic
def go_on(departure):
    """Hand the next chunk over, unless somebody is at it; return the departure as it is then."""
    until = window_end_from_now()
    with connection.cursor() as cursor:
        arguments = [departure.pk, until, day_there(until), CHUNK]
        cursor.execute("SELECT app.hand_over_next(%s, %s, %s, %s)", arguments)
        (said,) = cursor.fetchone()
    if said is not None:
        settle(departure, json.loads(said))
    return departure


def settle(departure, said):
    more = said.pop("more")
    rows = Departure.objects.filter(pk=departure.pk)
    # Locked by who hands over, so nobody else counts meanwhile.
    departure.tally = rows.values_list("tally", flat=True).get()
    for word, number in said.items():
        departure.tally[word] = departure.tally.get(word, 0) + number
    departure.state = Departure.State.RUNNING if more else Departure.State.DONE
    rows.update(tally=departure.tally, state=departure.state)
    tell_of_callbacks(departure)
    if departure.is_done:
        if departure.tally["given"]:
            tell_who_takes_over(departure)
        tell_managers(departure)


def tell_who_takes_over(departure):
    tally = departure.tally
    leads = counted(tally["given"], "lead")
    sentence = f"{departure.by.name} gave you {leads} of {departure.person.name}."
    if tally["callbacks"]:
        sentence += f" {counted(tally['callbacks'], 'callback')} came along."
    if tally["cancelled"]:
        sentence += f" {counted(tally['cancelled'], 'callback')} had to be cancelled."
    notify(departure.to, Kind.LEAD_ASSIGNED, sentence, key=f"departure:{departure.pk}")


def tell_of_callbacks(departure):
    """Tell who left of each callback that has just left their diary: for the day they return.

    No e-mail: it would reach somebody who has left.
    """
    person, by = departure.person, departure.by
    ended = Callback.objects.filter(rep=person, status="cancelled", ended_at=Clock())
    Notice.objects.bulk_create(
        [
            Notice(
                recipient=person,
                kind=Kind.LEAD_RELEASED,
                sentence=f"{by.name} took over your callback of {callback.window}: you have left.",
                lead_id=callback.lead_id,
                key=f"departure:{departure.pk}:{callback.pk}",
            )
            for callback in ended
        ],
        ignore_conflicts=True,
    )


def tell_managers(departure):
    """Tell who answers for the team what became of the work."""
    person, tally = departure.person, departure.tally
    if not (tally["given"] or tally["pool"]):
        return
    said = [f"{person.name} has left."]
    if tally["given"]:
        said.append(f"{counted(tally['given'], 'lead')} went to {departure.to.name}.")
    if tally["pool"]:
        said.append(f"{counted(tally['pool'], 'lead')} went into the pool.")
    if tally["cancelled"]:
        said.append(f"{counted(tally['cancelled'], 'callback')} had to be cancelled.")
    managers = User.objects.filter(role=Role.MANAGER, is_active=True, team__isnull=False)
    for manager in managers.filter(team=person.team_id):
        key = f"departure:{departure.pk}:manager:{manager.pk}"
        notify(manager, Kind.LEAD_RELEASED, " ".join(said), key=key)


def hand_over_departed():
    """Go on with every departure that is not done; return how many chunks were handed over."""
    with acting_as(SYSTEM):
        running = Departure.objects.filter(state=Departure.State.RUNNING).order_by("at")
        found = list(running.values_list("pk", flat=True))
    done = 0
    for pk in found:
        try:
            while done < CHUNKS_AT_A_TIME and next_chunk(pk):
                done += 1
        except Exception:
            # One that cannot go on holds up no other.
            log.exception("departure_failed", departure=str(pk))
    return done


def next_chunk(pk):
    with sweep("staff.handing_over") as cursor:
        if cursor is None:
            return False
        running = Departure.objects.select_related("person", "to", "by")
        departure = running.filter(pk=pk, state=Departure.State.RUNNING).first()
        if departure is None:
            return False
        before = departure.tally
        return go_on(departure).tally != before or departure.is_done
