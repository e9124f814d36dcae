"""Pages that belong to no app: the way in, health, and errors."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
@login_not_required
def home(request):
    return redirect("leads:queue" if request.user.is_authenticated else "account_login")


@require_safe
@login_not_required
def livez(request):
    """The process answers; whatever it depends on is readyz's business."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@login_not_required
def readyz(request):
    """Ready to serve: 503 only for the database or migrations that are missing."""
    problem = database_problem()
    body = {"status": "unavailable" if problem else "ready", "problem": problem}
    return JsonResponse(body, status=503 if problem else 200)


def database_problem():
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations are missing"
    except DatabaseError:
        return "the database does not answer"
    return None


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=403)
