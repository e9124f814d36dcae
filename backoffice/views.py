"""Pages that belong to no app: the way in, health, and errors."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from backoffice import health


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
    """Ready to serve: 503 only for the database or migrations; what else limps is named."""
    if problem := health.database_problem():
        return JsonResponse({"status": "unavailable", "problem": problem}, status=503)
    limping = health.degraded()
    return JsonResponse({"status": "degraded" if limping else "ready", "degraded": limping})


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=403)
