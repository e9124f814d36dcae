"""How signing in differs from allauth's defaults."""

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from people.actions import choose_password


class InvitedOnly(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    def is_open_for_signup(self, request):
        return False

    def set_password(self, user, password):
        choose_password(password, by=user)


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
