"""Sealed bytes: nobody can read or change them without the key, nor pass them off as something else."""

from __future__ import annotations

import secrets
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12  # random: with one key, 2^32 seals keep the odds of a repeated nonce below 2^-32 (NIST SP 800-38D)
SEAL_BYTES = NONCE_BYTES + 16  # how much longer sealed bytes are


class Seal(Protocol):
    """`context` says what the bytes are and where they belong; it is not kept with them."""

    def seal(self, plain: bytes, context: bytes) -> bytes: ...

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """Raises ValueError if the bytes were changed, cut, sealed with another key or for another context."""
        ...


class AesGcm:
    """AES-256-GCM: nonce | ciphertext | tag. Satisfies Seal."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except InvalidTag:
            raise ValueError("the seal does not hold") from None
