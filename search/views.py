"""The search at the top of every page that is no list."""

from django.views.decorators.http import require_safe

from backoffice.access import requires
from backoffice.htmx import render_page
from search.everywhere import search_context


@require_safe
@requires("leads.view_lead")
def search(request):
    text = " ".join(request.GET.get("q", "")[:80].replace("\0", "").split())
    context = search_context(text) | {"q": text, "search_form": "everywhere"}
    return render_page(request, "search/search.html", context, fragment="found")
