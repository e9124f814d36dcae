"""What somebody had typed when their session ended: kept until they sign in again, then put back.

It comes back in its form, and is sent by nobody but them. A cookie says whose pages a browser has
open, for as long as the secret of their forms holds (decisions/0014).
"""

import copy
import re
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, QueryDict
from django.shortcuts import render
from django.urls import resolve
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.datastructures import MultiValueDict

from backoffice.clock import clock
from backoffice.refusals import Refused

KEPT_FOR = int(timedelta(hours=1).total_seconds())
LARGEST = 64 * 1024
KEY = "unsent"


NOT_SENT = (
    "You were signed out before this was sent, and nothing was changed. "
    "Look it over, and send it again."
)


def keeps_typed(view, when=bool):
    """Mark a view whose form is worth bringing back where `when` says so of what was sent.

    It is a backoffice.unsent.Form, or its view does nothing while is_only_shown().
    """
    view.keeps_typed = when
    return view


# --- whose pages a browser has open ---------------------------------------------------


def whose_pages(get_response):
    """Middleware: know whose the forms are that come in, whether or not they are still signed in.

    Who signs in again keeps the secret of their forms, so that their other tabs go on working; a
    new one is for somebody else, whose forms must not be taken for theirs.
    """

    def middleware(request):
        secret = request.META.get("CSRF_COOKIE")
        request.pages_of = owner_of(request.COOKIES.get(settings.PAGES_COOKIE_NAME, ""), secret)
        response = get_response(request)
        if request.user.is_authenticated:
            if request.pages_of == request.user.pk:
                request.META["CSRF_COOKIE"] = secret
            sign_pages(request, response)
            forget_others(request)
        return response

    return middleware


def owner_of(cookie, secret):
    """Return the id that a cookie says, if it was written for this secret; else None."""
    pk = cookie.partition(":")[0]
    return int(pk) if pk.isdecimal() and constant_time_compare(cookie, named(pk, secret)) else None


def named(pk, secret):
    mac = salted_hmac("backoffice.unsent", f"{pk}:{secret}", algorithm="sha256")
    return f"{pk}:{mac.hexdigest()}"


def sign_pages(request, response):
    secret = request.META.get("CSRF_COOKIE")
    said = secret and named(request.user.pk, secret)
    if said and said != request.COOKIES.get(settings.PAGES_COOKIE_NAME):
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(
            settings.PAGES_COOKIE_NAME, said, httponly=True, samesite="Lax", secure=secure
        )


# --- keeping it -------------------------------------------------------------------------


def keep(request):
    """Keep what was sent without a session in one of nobody's; return whether that was done."""
    said = request.POST.copy()
    said.pop("csrfmiddlewaretoken", None)
    typed = said.urlencode()
    if request.pages_of is None or len(typed) > LARGEST:
        return False
    request.session[KEY] = {
        "whose": request.pages_of,
        "at": clock().timestamp(),
        "url": request.get_full_path(),
        "typed": typed,
    }
    request.session.set_expiry(KEPT_FOR)
    return True


def forget_others(request):
    """Whoever has signed in: what is another's, or old, is kept no longer."""
    kept = request.session.get(KEY)
    if kept and (kept["whose"] != request.user.pk or clock().timestamp() - kept["at"] > KEPT_FOR):
        del request.session[KEY]
    if request.session.get("_session_expiry") == KEPT_FOR:
        request.session.set_expiry(0)  # as allauth has it


# --- bringing it back ---------------------------------------------------------------------

only_shown: ContextVar[bool] = ContextVar("only_shown", default=False)


@contextmanager
def showing_only():
    token = only_shown.set(True)
    try:
        yield
    finally:
        only_shown.reset(token)


def is_only_shown():
    """Is a form only brought back? Its sender has yet to send it."""
    return only_shown.get()


class Form(forms.Form):
    """A form that is not valid where it is only brought back: its sender has yet to send it."""

    def clean(self):
        if is_only_shown():
            self.add_error(None, NOT_SENT)
        return super().clean()


def bring_back(request):
    """Return the answer of a kept form's own view, filled in; None where nothing is kept.

    Its request is a GET's, so whatever the view did would be rolled back.
    """
    kept = request.session.pop(KEY, None)
    if kept is None or kept["whose"] != request.user.pk:
        return None
    path, _, query = kept["url"].partition("?")
    again = copy.copy(request)
    again.method, again.path, again.path_info = "POST", path, path
    again.GET, again.POST = QueryDict(query), QueryDict(kept["typed"])
    again._files = MultiValueDict()
    again.resolver_match = match = resolve(path)
    try:
        with showing_only():
            response = match.func(again, *match.args, **match.kwargs)
    except (Http404, Refused):
        # Where it belonged is out of sight, or not theirs any more: the words are.
        return render(request, "unsent.html", {"typed": words_of(again.POST)})
    response.status_code = 200
    return response


# What a form sends besides: numbers, chosen words, instants of windows.
NO_WORDS = re.compile(r"[a-z0-9_]*|[\d:T+.-]+|/.*")


def words_of(said):
    """Return the texts among what a form has sent."""
    values = [value for key in said if key != "csrfmiddlewaretoken" for value in said.getlist(key)]
    return [value for value in values if not NO_WORDS.fullmatch(value)]
