"""Which leads a form means: those that were ticked, or all that the list's filters find."""

from django.http import Http404

from backoffice.refusals import Refused
from bulk.actions import MOST
from leads import pool, queue
from leads.filters import PoolFilters, QueueFilters
from leads.replies import WITH_A_QUEUE, view_name

POOL = "leads:pool"


def chosen_ids(request):
    """Return the ids of the leads that are meant, in the order of their list."""
    if request.POST.get("all"):
        return all_that_match(request.user, list_of(request))
    return [int(pk) for pk in request.POST.getlist("lead") if pk.isdecimal() and len(pk) < 19]


def agreed_ids(request):
    """Return chosen_ids(); Refused if more leads match by now than the form has told of."""
    ids, seen = chosen_ids(request), request.POST.get("seen", "")
    if request.POST.get("all") and seen.isdecimal() and len(seen) < 19 and len(ids) > int(seen):
        raise Refused(f"Of those there are {len(ids):,} leads now, not {int(seen):,}. Look again.")
    return ids


def list_of(request):
    """Return the path and query of the list in which somebody selects; 404 where it is none."""
    url = request.POST.get("from", "")
    if not is_list(url):
        raise Http404("No such list.")
    return url


def is_list(url):
    return view_name(url) in WITH_A_QUEUE | {POOL}


def all_that_match(user, url):
    """Return the ids of what the list shows at this moment, all pages of it, and one too many."""
    if view_name(url) == POOL:
        return pool.pool_ids(user, PoolFilters.of_url(user, url).criteria, MOST + 1)
    filters = QueueFilters.of_url(user, url)
    return queue.queue_ids(filters.whose(user), filters.criteria, MOST + 1)
