"""Codes and passkeys, as second factors and, a passkey, in place of a password."""

from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from allauth.mfa.base import forms as codes
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as passkeys
from django import forms


class FewGuesses:
    """allauth counts wrong codes like wrong passwords, but there are far fewer codes to try."""

    def clean_code(self):
        guesses = {"action": "second_factor", "key": f"second-factor-{self.user.pk}"}  # type: ignore[attr-defined]
        if not ratelimit.consume(context.request, **guesses):
            raise get_adapter().validation_error("too_many_login_attempts")
        code = super().clean_code()  # type: ignore[misc]
        ratelimit.clear(context.request, **guesses)
        return code


class CodeForm(FewGuesses, codes.AuthenticateForm):
    """At sign-in."""


class CodeAgainForm(FewGuesses, codes.ReauthenticateForm):
    """Before security is changed."""


# --- passkeys ------------------------------------------------------------------

# What the library that reads them raises where a browser, or somebody else, sends anything else.
NONSENSE = (AttributeError, KeyError, IndexError, TypeError, ValueError, RecursionError)


class CredentialField(forms.JSONField):
    widget = forms.HiddenInput

    def bound_data(self, data, initial):
        return initial  # whatever was wrong about it is not sent back

    def to_python(self, value):
        try:
            return super().to_python(value)
        except RecursionError:
            raise refusal() from None


class Sensible(forms.Form):
    """A form of allauth's that refuses nonsense instead of breaking on it."""

    credential = CredentialField()

    def clean_credential(self):
        try:
            return getattr(super(), "clean_credential", lambda: self.cleaned_data["credential"])()
        except NONSENSE:
            raise refusal() from None

    def clean(self):
        try:
            return super().clean()
        except NONSENSE:
            raise refusal() from None


def refusal():
    return get_adapter().validation_error("incorrect_code")


class AddPasskeyForm(Sensible, passkeys.AddWebAuthnForm):
    passwordless = None  # every one of ours may be


class PasskeyForm(Sensible, passkeys.AuthenticateWebAuthnForm):
    """As a second factor."""


class PasskeyAloneForm(Sensible, passkeys.LoginWebAuthnForm):
    """In place of a password."""


class PasskeyAgainForm(Sensible, passkeys.ReauthenticateWebAuthnForm):
    """Before security is changed."""


# --- both ------------------------------------------------------------------------


def second_factors(user):
    """Return what settings show: the app, the passkeys, and how many recovery codes are left."""
    found = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at"))
    of_type = {kind: [each for each in found if each.type == kind] for kind in Authenticator.Type}
    codes = of_type[Authenticator.Type.RECOVERY_CODES]
    return {
        "app": next(iter(of_type[Authenticator.Type.TOTP]), None),
        "passkeys": of_type[Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
    }
