"""Who may be offered a lead: the inside reps who may work it, found by name."""

from collections import Counter

from django.db import connection
from django.http import Http404

from leads.models import Lead
from people.models import User
from people.permissions import Role

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
    """Return [(rep, how many of `leads` they may work)] of those who may work any, by name.

    `leads` are ids; those out of sight offer nobody. `named` is a part of the rep's name.
    """
    scopes = Counter(
        Lead.objects.filter(pk__in=leads, status="open").values_list("scope_id", flat=True)
    )
    people = list(reps().exclude(pk=but and but.pk).filter(name__icontains=named).order_by("name"))
    works = scopes_of(people)
    found = [(rep, sum(scopes[scope] for scope in works[rep.pk])) for rep in people]
    return [(rep, number) for rep, number in found if number][:SHOWN]


def scopes_of(people):
    """Return {rep's id: ids of the scopes that they may work}."""
    with connection.cursor() as cursor:
        cursor.execute(SCOPES, [[rep.pk for rep in people]])
        return dict(cursor.fetchall())
