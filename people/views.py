"""Settings: what people say of themselves, and how they sign in."""

from functools import wraps

from allauth.account import views as account
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from backoffice.access import requires
from backoffice.htmx import go_to
from backoffice.unsent import keeps_typed
from people import actions
from people.forms import PasswordForm, ProfileForm
from people.models import Session
from people.security import security_context
from people.sessions import by_handle, signed_out_elsewhere


@keeps_typed
@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.change_settings")
def profile(request):
    form = ProfileForm(request.user, request.POST or None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "settings/profile.html", {"form": form}, status=status)
    if form.is_stale(request.user):
        form.beside_saved(request.user)
        form.add_error(None, actions.STALE)
        return render(request, "settings/profile.html", {"form": form}, status=409)
    actions.change_profile(by=request.user, **form.cleaned_data)
    messages.success(request, "Saved.")
    return go_to(request, "settings")


@require_safe
@requires("people.change_settings")
def keys(request):
    return render(request, "settings/keys.html")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("people.change_settings")
@rate_limit(action="change_password")
def security(request):
    """Show sessions, password and second factors; what is sent here is a new password."""
    form = PasswordForm(request.user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        page = render(request, "settings/security.html", security_context(request, form))
        return counted(page) if form.is_bound else page
    actions.choose_password(form.cleaned_data["new"], by=request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, "Your password is changed. Every other browser is signed out.")
    return go_to(request, "settings_security")


# --- signing out ---------------------------------------------------------------


@login_not_required
def sign_out(request):
    response = account.logout(request)
    return forgotten(response) if request.method == "POST" else response


@require_POST
@requires("people.change_settings")
def sign_out_one(request, handle):
    session = by_handle(request.user, handle)
    if session is None:
        raise Http404("No such session.")
    if session.session_key == request.session.session_key:
        return sign_out(request)
    session.delete()
    signed_out_elsewhere.send(sender=Session, request=request, user=request.user)
    messages.success(request, "That browser is signed out.")
    return go_to(request, "settings_security")


@require_POST
@requires("people.change_settings")
def sign_out_everywhere(request):
    signed_out_elsewhere.send(sender=Session, request=request, user=request.user)
    actions.sign_out_everywhere(request.user)
    logout(request)
    messages.success(request, "You are signed out everywhere.")
    return forgotten(go_to(request, "account_login"))


def forgotten(response):
    """Have the browser forget what it keeps of us: the next person there may be another."""
    response.delete_cookie(settings.PAGES_COOKIE_NAME)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


# --- allauth's pages -------------------------------------------------------------


def counted(response):
    """Answer 422, and yet keep what was counted against guessing."""
    response.status_code = 422
    response.counted = True
    return response


def form_page(view):
    """Have a view of allauth's answer 422, not 200, where its form is wrong."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        shown = getattr(response, "context_data", None) or {}
        forms = [shown.get("form"), shown.get("webauthn_form")]
        wrong = request.method == "POST" and any(form and form.errors for form in forms)
        return counted(response) if wrong else response

    return answer
