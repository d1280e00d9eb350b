"""The signature under fal's webhooks: Ed25519 over the request, the user, the time and the hash of the body as it came.

The public keys are kept for a day. When none of them fits they are fetched once more, but not oftener than once a
minute, or every forged call would become a call of ours.
"""

import base64
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from generation.providers.errors import UnavailableError
from generation.providers.http import Secrets, ask, json_of

logger = logging.getLogger(__name__)

TOLERANCE_SECONDS = 300
KEYS_SECONDS = 24 * 3600.0
REFETCH_SECONDS = 60.0
TIMEOUT = httpx.Timeout(5)
HEADERS = ("request-id", "user-id", "timestamp", "signature")


class SignatureCheck:
    """Checks calls against the keys at `url`. `clock` gives Unix seconds."""

    def __init__(self, client: httpx.Client, url: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._url = url
        self._clock = clock
        self._keys: list[Ed25519PublicKey] = []
        self._fetched_at = self._tried_at = float("-inf")
        self._lock = threading.Lock()

    def holds(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether fal signed this call within the last five minutes.

        Raises UnavailableError when fal's keys are needed and cannot be had.
        """
        given = {name.lower(): value for name, value in headers.items()}
        request_id, user_id, timestamp, signature = (
            given.get(f"x-fal-webhook-{name}", "") for name in HEADERS
        )
        if not (request_id and user_id and signature and self._is_fresh(timestamp)):
            return False
        try:
            signed = bytes.fromhex(signature)
        except ValueError:
            return False
        digest = hashlib.sha256(body).hexdigest()
        message = "\n".join((request_id, user_id, timestamp, digest)).encode()
        # The second, younger set is asked for only when the first does not fit.
        return any(_fits(self._keys_within(age), signed, message) for age in (KEYS_SECONDS, REFETCH_SECONDS))

    def _is_fresh(self, timestamp: str) -> bool:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 16):
            return False
        return abs(self._clock() - int(timestamp)) <= TOLERANCE_SECONDS

    def _keys_within(self, age: float) -> list[Ed25519PublicKey]:
        """fal's keys, fetched anew when ours are older than so many seconds and we may ask again."""
        with self._lock:
            now = self._clock()
            if now - self._fetched_at >= age and now - self._tried_at >= REFETCH_SECONDS:
                self._tried_at = now
                self._keys = self._fetch()
                self._fetched_at = now
            if now - self._fetched_at >= KEYS_SECONDS:
                raise UnavailableError("fal's public keys could not be fetched a moment ago.")
            return self._keys

    def _fetch(self) -> list[Ed25519PublicKey]:
        response = ask(self._client, "GET", self._url, secrets=Secrets(), timeout=TIMEOUT)
        body = json_of(response)
        entries = body.get("keys") if isinstance(body, Mapping) else None
        keys = [key for entry in entries or [] if (key := _key(entry)) is not None]
        if not keys:
            raise UnavailableError(f"{self._url} holds no public key that can be used.")
        return keys


def _key(entry: object) -> Ed25519PublicKey | None:
    """One entry of the key set; None for anything else than an Ed25519 key."""
    text = entry.get("x") if isinstance(entry, Mapping) else None
    if not isinstance(text, str):
        return None
    try:
        return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        logger.warning("fal's key set holds an entry that is no Ed25519 key.")
        return None


def _fits(keys: list[Ed25519PublicKey], signed: bytes, message: bytes) -> bool:
    return any(_is_signed_by(key, signed, message) for key in keys)


def _is_signed_by(key: Ed25519PublicKey, signed: bytes, message: bytes) -> bool:
    try:
        key.verify(signed, message)
    except InvalidSignature:
        return False
    return True
