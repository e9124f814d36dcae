"""Who may be offered a lead: the inside reps who may work it and have room, found by name."""

from collections import Counter

from django.db import connection
from django.db.models import Count
from django.http import Http404

from backoffice.clock import Clock
from leads.models import Lead
from people.models import Policy, User
from people.permissions import Role
from protection.models import Window

# A list that nobody reads to its end is narrowed by a name.
SHOWN = 50

SCOPES = "SELECT u.id, app.scopes_of(u.id) FROM unnest(%s::bigint[]) AS u (id)"


def reps():
    return User.objects.filter(role=Role.INSIDE_REP, is_active=True)


def get_rep(pk):
    """Return the inside rep with this id, as a form says it; 404 for everybody else."""
    found = reps().filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
    if found is None:
        raise Http404("No such rep.")
    return found


def offered(leads, *, named="", but=None):
    """Return [(rep, how many of `leads` they may be given)] of those who may have any, by name.

    `leads` are ids; those out of sight offer nobody. `named` is a part of the rep's name.
    """
    those = Lead.objects.filter(pk__in=leads, status="open")
    scopes = Counter(those.values_list("scope_id", flat=True))
    # Nobody is given what they have.
    held = Counter(those.filter(protected_until__gt=Clock()).values_list("owner_id", "scope_id"))
    people = list(reps().exclude(pk=but and but.pk).filter(name__icontains=named).order_by("name"))
    works = scopes_of(people)
    found = [
        (rep, sum(scopes[scope] - held[rep.pk, scope] for scope in works[rep.pk])) for rep in people
    ]
    full = without_room([rep.pk for rep, number in found if number])
    return [(rep, number) for rep, number in found if number and rep.pk not in full][:SHOWN]


def without_room(people):
    """Return the ids of those who own as many open leads as policy lets them, or more.

    They are counted on the public list: who gives leads away may not see all that others own.
    """
    owned = Window.objects.public().filter(owner__in=people).order_by().values_list("owner")
    most = Policy.current().open_leads_per_rep
    return {pk for pk, number in owned.annotate(Count("pk")) if number >= most}


def scopes_of(people):
    """Return {rep's id: ids of the scopes that they may work}."""
    with connection.cursor() as cursor:
        cursor.execute(SCOPES, [[rep.pk for rep in people]])
        return dict(cursor.fetchall())
