"""What happens around every request: identity, transaction, refusals, caching."""

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import connection, transaction
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from psycopg import errors

from backoffice import unsent
from backoffice.htmx import came_from, go_to
from backoffice.refusals import Refused
from backoffice.rls import acting_as

# A lock that was not to be had in time, or a deadlock that PostgreSQL broke up.
BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
HEALTH = {"/livez", "/readyz"}


def health_is_nobodys(get_response):
    """Look up no session for what machines ask: the database may be the very thing that is away."""

    def middleware(request):
        if request.path in HEALTH:
            request.COOKIES = {}
        return get_response(request)

    return middleware


def one_transaction_as_the_user(get_response):
    """Answer each request of a signed-in user in one transaction that acts as that user.

    What failed or was refused leaves nothing behind, and a GET changes nothing, whatever it tried.
    """

    def middleware(request):
        if not request.user.is_authenticated:
            return get_response(request)
        if request.method == "POST":
            # A large file may take minutes to arrive; no transaction is held open so long.
            request.POST  # noqa: B018
        with acting_as(request.user):
            response = get_response(request)
            # A wrong guess is refused and counted all the same: its answer says so.
            refused = response.status_code >= 400 and not getattr(response, "counted", False)
            if refused or request.method in SAFE_METHODS:
                transaction.set_rollback(True)
            return response

    return middleware


class refusals_become_answers:
    """Answer a Refused with its status and its sentence, so that no view needs a `try`."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if connection.in_atomic_block:
            # Everything is undone once the answer is there; until then its page may still be read.
            transaction.set_rollback(False)
        if isinstance(exception.__cause__, BUSY):
            exception = Refused("Somebody is changing this right now. Try again in a moment.")
        if isinstance(exception, Refused):
            context = {"sentence": str(exception), "refusal": exception}
            context["typed"] = unsent.words_of(request.POST)
            response = render(request, "refused.html", context, status=exception.status)
            # What is on the screen is out of date: lists listen for this and look again.
            response.headers["HX-Trigger"] = "refused"
            return response
        return None


class SignInRequired(LoginRequiredMiddleware):
    """Send strangers to the sign-in page, and from there back to the page that they were on.

    What they had typed is kept for them meanwhile.
    """

    def handle_no_permission(self, request, view_func):
        keeps = getattr(view_func, "keeps_typed", None)
        kept = keeps and request.method == "POST" and keeps(request.POST) and unsent.keep(request)
        after = reverse("unsent") if kept else page_of(request)
        login = redirect_to_login(after, self.get_login_url(view_func))
        # htmx would follow a plain redirect and show the sign-in page inside a table.
        return go_to(request, login.url) if request.htmx else login


def page_of(request):
    """Return the address of the page that a request comes from: one that can be asked for again."""
    if request.htmx:
        return request.htmx.current_url_abs_path or "/"
    return request.get_full_path() if request.method in SAFE_METHODS else came_from(request) or "/"


def never_cached(get_response):
    """Keep pages out of every cache: they show what one person may see at one moment."""

    def middleware(request):
        response = get_response(request)
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
            patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware
