"""Settings: what people say of themselves, and how they sign in."""

from django.contrib import messages
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from backoffice.access import requires
from backoffice.htmx import go_to
from people import actions
from people.forms import ProfileForm


@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.change_settings")
def profile(request):
    form = ProfileForm(request.user, request.POST or None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "settings/profile.html", {"form": form}, status=status)
    actions.change_profile(by=request.user, **form.cleaned_data)
    messages.success(request, "Saved.")
    return go_to(request, "settings")
