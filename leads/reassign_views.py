"""Giving one lead to somebody else, over HTTP: the picker of people, and the deed."""

from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backoffice.access import requires
from backoffice.htmx import go_to, render_page
from backoffice.unsent import NOT_SENT, is_only_shown, keeps_typed
from leads import actions
from leads.offered import get_rep, offered
from leads.protection_views import where_next


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@requires("leads.reassign_lead")
def reassign(request, pk):
    lead = actions.get_lead(pk)
    actions.authorise("leads.reassign_lead", lead, request.user)
    if request.POST.get("to") and not is_only_shown():
        return hand_over(request, lead)
    context = asking(lead, request.POST or request.GET)
    fragment = "people" if "part" in request.POST else "picker"
    return render_page(request, "leads/reassign.html", context, fragment=fragment)


def hand_over(request, lead):
    to, version = get_rep(request.POST["to"]), request.POST.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise Http404("No such version.")
    why = request.POST.get("why", "")[:500]
    actions.reassign_lead(lead.pk, to=to, by=request.user, version=int(version), why=why)
    messages.success(request, f"{lead.facility.name} is {to.name}'s now.")
    return go_to(request, where_next(lead, request.user))


def asking(lead, asked):
    """Return what leads/reassign.html shows: whom the lead may go to."""
    named = asked.get("named", "").strip()[:80]
    url = reverse("leads:reassign", args=[lead.pk])
    return {
        "lead": lead,
        "url": url,
        "search_url": url,
        "title": f"Reassign {lead.facility.name} to...",
        "people": [
            {"id": rep.pk, "name": rep.name, "note": ""}
            for rep, _ in offered([lead.pk], named=named, but=lead.owner)
        ],
        "named": named,
        "why": asked.get("why", ""),
        "notice": NOT_SENT if is_only_shown() else "",
        "kept": [("version", asked.get("version", lead.version))],
    }
