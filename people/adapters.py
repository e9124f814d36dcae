"""How signing in differs from allauth's defaults."""

import base64
import hashlib
import logging
from threading import Thread

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from anymail.exceptions import AnymailError
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.urls import reverse

from backoffice.unsent import KEY
from people.actions import choose_password

log = logging.getLogger(__name__)


class InvitedOnly(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    def is_open_for_signup(self, request):
        return False

    def get_login_redirect_url(self, request):
        return (
            reverse("unsent") if KEY in request.session else super().get_login_redirect_url(request)
        )

    def send_mail(self, template_prefix, email, context):
        """Send it beside the request, which waits for no mail server; who gets nothing asks again.

        Not through the outbox: a link that opens an account must not lie in the database.
        """
        here = {"request": current.request, "current_site": get_current_site(current.request)}
        post(self.render_mail(template_prefix, email, here | {"email": email} | context))

    def set_password(self, user, password):
        choose_password(password, by=user)


def post(message):
    Thread(target=send, args=[message], name="mail", daemon=True).start()


def send(message):
    try:
        message.send()
    except (OSError, AnymailError):
        log.exception("an e-mail about an account could not be sent")


class SecondFactors(DefaultMFAAdapter):
    """What an authenticator app shares with us lies encrypted in the database, and its backups."""

    def encrypt(self, text):
        return vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return vault().decrypt(encrypted_text).decode()

    def generate_authenticator_name(self, user, type):
        return "Passkey"


def vault():
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor {key}".encode()).digest()))
        for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    )
