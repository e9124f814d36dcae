"""What is written down of signing in beyond password and sign-out: factors, other browsers."""

from functools import partial
from types import SimpleNamespace

import pytest
from django.core.cache import cache

from backoffice.rls import SYSTEM, acting_as
from history.models import Access
from people.models import Session
from people.sessions import handle
from tests.people.test_second_factor import SECURITY, code, confirmed, set_up_app, sign_in
from tests.people.test_sessions import browser_of


@pytest.fixture
def written(db, monkeypatch):
    """What has been written since it was asked for last: `written() == [("Ana", "signed_in")]`."""
    cache.clear()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: 6000))
    seen = [0]

    def since():
        with acting_as(SYSTEM):
            rows = list(Access.objects.filter(pk__gt=seen[0]).order_by("pk"))
        seen[0] = rows[-1].pk if rows else seen[0]
        return [(row.actor_name, row.kind) for row in rows if row.actor_id]

    return since


def test_second_factors_and_who_did_not_have_them_are_written_down(
    ana, written, django_capture_on_commit_callbacks
):
    committed = partial(django_capture_on_commit_callbacks, execute=True)
    desk = confirmed(ana)
    written()
    with committed():
        secret = set_up_app(desk)
    # The recovery codes come with it.
    assert written() == [("Ana", "factor_added")] * 2

    browser = sign_in(ana)
    browser.post("/login/code", {"code": "000000"})
    assert written() == [("Ana", "code_failed")]
    browser.post("/login/code", {"code": code(secret)})
    assert written() == [("Ana", "signed_in")]

    # A refused answer to somebody signed in keeps what it wrote.
    assert desk.post("/reauthenticate/code", {"code": "000000"}).status_code == 422
    assert written() == [("Ana", "code_failed")]

    with committed():
        desk.post(f"{SECURITY}/codes/new")
    assert written() == [("Ana", "factor_reset")]
    with committed():
        desk.post(f"{SECURITY}/app/off")
    assert ("Ana", "factor_removed") in written()


def test_signing_out_other_browsers_is_written_down(ana, written):
    browser_of(ana)
    desk = browser_of(ana)
    written()
    with acting_as(SYSTEM):
        others = Session.objects.of(ana).exclude(session_key=desk.session.session_key)
        (other,) = map(handle, others)

    desk.post(f"{SECURITY}/sessions/{other}")
    assert written() == [("Ana", "signed_out_elsewhere")]
    desk.post(f"{SECURITY}/sign-out")
    assert written() == [("Ana", "signed_out_elsewhere"), ("Ana", "signed_out")]
