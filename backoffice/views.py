"""Pages that belong to no app: the way in, health, and errors."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import get_template
from django.views.decorators.http import require_safe
from psycopg.errors import QueryCanceled

from backoffice import health
from backoffice.access import requires
from backoffice.unsent import bring_back


@require_safe
@login_not_required
def home(request):
    return redirect("leads:queue" if request.user.is_authenticated else "account_login")


@require_safe
@requires("people.change_settings")
def unsent(request):
    """Go on with the form that one could not send without a session."""
    return bring_back(request) or redirect("home")


@require_safe
@login_not_required
def livez(request):
    """The process answers; whatever it depends on is readyz's business."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@login_not_required
def readyz(request):
    """Ready to serve: 503 only for the database or migrations; what else limps is named."""
    if problem := health.database_problem():
        return JsonResponse({"status": "unavailable", "problem": problem}, status=503)
    limping = health.degraded()
    return JsonResponse({"status": "degraded" if limping else "ready", "degraded": limping})


def server_error(request):
    """503 where the database can't be reached, 500 for everything that we did wrong ourselves."""
    problem = sys.exception()
    away = isinstance(problem, OperationalError) and not isinstance(
        problem.__cause__, QueryCanceled
    )
    # Without the request: who is signed in would be asked of the database.
    page = get_template("503.html" if away else "500.html").render()
    headers = {"Retry-After": "10"} if away else {}
    return HttpResponse(page, status=503 if away else 500, headers=headers)


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=403)
