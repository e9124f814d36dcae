"""A passkey in software: what a browser and its authenticator would answer to our pages."""

import hashlib
import json
import os

from allauth.account.utils import user_pk_to_url_str
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

PRESENT_AND_VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV
ORIGIN = "http://localhost"


class Passkey:
    """One key pair; `create` and `get` are JSON like that of PublicKeyCredential.toJSON()."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)

    def create(self, options):
        attested = AttestedCredentialData.create(
            b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(
            scope(options["rp"]["id"]),
            PRESENT_AND_VERIFIED | AuthenticatorData.FLAG.AT,
            0,
            attested,
        )
        attestation = {"fmt": "none", "attStmt": {}, "authData": bytes(data)}
        said = {
            "clientDataJSON": websafe_encode(client_data("webauthn.create", options)),
            "attestationObject": websafe_encode(cbor.encode(attestation)),
        }
        return self.answer(said, {"credProps": {"rk": True}})

    def get(self, options, user=None, broken=None, other=None):
        """Answer a request to sign in; `broken` is what is wrong with the answer."""
        client = client_data("webauthn.get", options, broken)
        data = bytes(AuthenticatorData.create(scope(options["rpId"]), PRESENT_AND_VERIFIED, 0))
        signed = data + hashlib.sha256(client).digest()
        if broken == "signature":
            signed += b"."
        said = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
        }
        owner = other if broken == "user" else user
        if owner:
            said["userHandle"] = websafe_encode(user_pk_to_url_str(owner).encode())
        return self.answer(said, {})

    def answer(self, said, extensions):
        encoded = websafe_encode(self.id)
        return json.dumps(
            {
                "id": encoded,
                "rawId": encoded,
                "type": "public-key",
                "response": said,
                "clientExtensionResults": extensions,
            }
        )


def scope(name):
    return hashlib.sha256(name.encode()).digest()


def client_data(kind, options, broken=None):
    said = {
        "type": kind,
        "challenge": "AAAA" if broken == "challenge" else options["challenge"],
        "origin": "https://evil.example" if broken == "origin" else ORIGIN,
    }
    return json.dumps(said).encode()
