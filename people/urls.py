"""Signing in and out, by allauth, and settings, at the addresses of contract.md."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path

from people import views
from people.views import form_page

signing_in = [
    path("login", account.login, name="account_login"),
    path("login/code", form_page(second_factor.authenticate), name="mfa_authenticate"),
    path("login/passkey", login_not_required(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("logout", views.sign_out, name="account_logout"),
    path("signup", account.signup, name="account_signup"),
    path("inactive", account.account_inactive, name="account_inactive"),
    path("reauthenticate", form_page(account.reauthenticate), name="account_reauthenticate"),
    path("reauthenticate/code", form_page(second_factor.reauthenticate), name="mfa_reauthenticate"),
    path(
        "reauthenticate/passkey",
        form_page(passkeys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("password/reset", account.password_reset, name="account_reset_password"),
    path("password/reset/sent", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

settings = [
    path("settings", views.profile, name="settings"),
    path("settings/keys", views.keys, name="settings_keys"),
    path("settings/security", views.security, name="settings_security"),
    path("settings/security/sessions/<str:handle>", views.sign_out_one, name="sign_out_one"),
    path("settings/security/sign-out", views.sign_out_everywhere, name="sign_out_everywhere"),
]

# What has been done to a second factor leads back to "Sessions & security", under allauth's names.
security = "settings/security"
second_factors = [
    path(security, views.security, name="mfa_index"),
    path(security, views.security, name="mfa_list_webauthn"),
    path(f"{security}/app", form_page(app.activate_totp), name="mfa_activate_totp"),
    path(f"{security}/app/off", app.deactivate_totp, name="mfa_deactivate_totp"),
    path(f"{security}/passkeys", form_page(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path(
        f"{security}/passkeys/<int:pk>", form_page(passkeys.edit_webauthn), name="mfa_edit_webauthn"
    ),
    path(
        f"{security}/passkeys/<int:pk>/remove", passkeys.remove_webauthn, name="mfa_remove_webauthn"
    ),
    path(f"{security}/codes", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        f"{security}/codes/file", codes.download_recovery_codes, name="mfa_download_recovery_codes"
    ),
    path(
        f"{security}/codes/new", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
]

urlpatterns = signing_in + settings + second_factors
