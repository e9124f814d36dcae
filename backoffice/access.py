"""@requires: who may use a view. What one may do to a single lead is decided by its action."""

from functools import wraps

from backoffice.refusals import Forbidden


def requires(permission):
    """Let in whoever's role has `permission` ("leads.claim_lead"); others read why not (403).

    Every view says its permission: tests/test_access.py walks the URLs and fails for one without.
    """

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            if not request.user.has_perm(permission):
                raise Forbidden("Your role does not include this. Ask a sales admin if it should.")
            return view(request, *args, **kwargs)

        checked.permission = permission  # type: ignore[attr-defined]
        return checked

    return decorate
