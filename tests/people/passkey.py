"""A device that keeps passkeys: ES256, no attestation, as a browser would hand its answers on."""

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

ORIGIN = "http://localhost"
SITE = "localhost"
PRESENT_AND_VERIFIED, NEW_KEY = 0x05, 0x40


class Passkey:
    """One credential of one person."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(repr(self._key.private_numbers()).encode()).digest()[:16]
        self._owner = b""
        self._uses = 0

    def register(self, options: dict[str, Any]) -> str:
        """What ``navigator.credentials.create`` would give."""
        public = options["publicKey"]
        self._owner = public["user"]["id"].encode()
        told = self._client("webauthn.create", public["challenge"])
        key = cbor.encode(dict(ES256.from_cryptography_key(self._key.public_key())))
        named = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + key
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(NEW_KEY) + named}
        response = {
            "clientDataJSON": websafe_encode(told),
            "attestationObject": websafe_encode(cbor.encode(statement)),
            "transports": ["internal"],
        }
        return self._answer(response, {"credProps": {"rk": True}})

    def use(self, options: dict[str, Any]) -> str:
        """What ``navigator.credentials.get`` would give."""
        told = self._client("webauthn.get", options["publicKey"]["challenge"])
        data = self._data()
        signed = self._key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(told),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signed),
            "userHandle": self._owner.decode(),
        }
        return self._answer(response, {})

    def _answer(self, response: dict[str, Any], extensions: dict[str, Any]) -> str:
        named = websafe_encode(self.id)
        told = {"type": "public-key", "id": named, "rawId": named, "response": response}
        return json.dumps(told | {"clientExtensionResults": extensions})

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": ORIGIN}).encode()

    def _data(self, flags: int = 0) -> bytes:
        self._uses += 1
        site = hashlib.sha256(SITE.encode()).digest()
        return site + bytes([PRESENT_AND_VERIFIED | flags]) + self._uses.to_bytes(4, "big")
