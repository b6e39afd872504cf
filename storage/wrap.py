"""Wraps a person's key with something they know or have on paper: a passphrase, or a recovery code."""

from __future__ import annotations

import base64
import hashlib
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from errors import BadInput
from storage.seal import KEY_BYTES, SEAL_BYTES, AesGcm

SALT_BYTES = 16
SHORTEST, LONGEST = 8, 1000  # characters of a passphrase; no other rules (NIST SP 800-63B)
CODE_BYTES, CHECK_BYTES = 18, 2  # of a recovery code: 20 bytes are 32 letters in base 32
GROUP = 4  # letters between two dashes
MISREAD = str.maketrans("018", "OIB")  # digits that base 32 does not have, and the letters they were read for

TOO_SHORT = f"A passphrase has at least {SHORTEST} characters; choose a longer one."
TOO_LONG = f"A passphrase has at most {LONGEST:,} characters; choose a shorter one."
NO_CODE = "That is not a recovery code: it has eight groups of four letters or digits; look for a typing mistake."


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs: Argon2id with this much memory (KiB), passes over it, and lanes."""

    memory: int = 64 * 1024
    passes: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        # A changed file must not make us fill the machine.
        if not (8 * self.lanes <= self.memory <= 1 << 20 and 1 <= self.passes <= 64 and 1 <= self.lanes <= 16):
            raise ValueError(f"nobody asks for {self}")


STANDARD = Cost()


def wrap(key: bytes, secret: str, context: bytes, cost: Cost) -> dict[str, Any]:
    """The key, sealed with what Argon2id makes of a passphrase, or of a code; JSON-able."""
    salt = secrets.token_bytes(SALT_BYTES)
    sealed = AesGcm(_derived(secret, salt, cost)).seal(key, context)
    return {"kdf": "argon2id", **asdict(cost), "salt": salt.hex(), "key": sealed.hex()}


def unwrap(entry: Mapping[str, Any], secret: str, context: bytes) -> bytes | None:
    """The key; None if the secret is another one. Raises ValueError, KeyError or TypeError if `entry` is damaged."""
    cost, salt, sealed = cost_of(entry), bytes.fromhex(entry["salt"]), bytes.fromhex(entry["key"])
    if entry["kdf"] != "argon2id" or len(salt) != SALT_BYTES or len(sealed) != KEY_BYTES + SEAL_BYTES:
        raise ValueError("not a wrapped key")
    try:
        return AesGcm(_derived(secret, salt, cost)).unseal(sealed, context)
    except ValueError:
        return None


def decoy(cost: Cost) -> dict[str, Any]:
    """What nothing opens, and takes as long to try: for somebody who is not there."""
    salt, sealed = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(KEY_BYTES + SEAL_BYTES)
    return {"kdf": "argon2id", **asdict(cost), "salt": salt.hex(), "key": sealed.hex()}


def cost_of(entry: Mapping[str, Any]) -> Cost:
    return Cost(entry["memory"], entry["passes"], entry["lanes"])


def checked_passphrase(text: str) -> str:
    """The passphrase in the form that is used. Raises BadInput if it is too short."""
    text = normal(text)
    if len(text) < SHORTEST:
        raise BadInput(TOO_SHORT)
    if len(text) > LONGEST:
        raise BadInput(TOO_LONG)
    return text


def normal(text: str) -> str:
    """One form for letters that keyboards send in several (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def new_code() -> str:
    """A recovery code to print: 144 random bits and 16 that show typing mistakes, as eight groups of four."""
    drawn = secrets.token_bytes(CODE_BYTES)
    letters = base64.b32encode(drawn + _check(drawn)).decode()
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def checked_code(typed: str) -> str:
    """A recovery code as it was printed, whatever its spaces, dashes and case. Raises BadInput for a typing mistake."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum()).translate(MISREAD)
    try:
        code = base64.b32decode(letters)
    except ValueError:
        raise BadInput(NO_CODE) from None
    if len(code) != CODE_BYTES + CHECK_BYTES or _check(code[:CODE_BYTES]) != code[CODE_BYTES:]:
        raise BadInput(NO_CODE)
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def _check(drawn: bytes) -> bytes:
    return hashlib.sha256(b"recovery code" + drawn).digest()[:CHECK_BYTES]


def _derived(secret: str, salt: bytes, cost: Cost) -> bytes:
    kdf = Argon2id(salt=salt, length=KEY_BYTES, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory)
    return kdf.derive(secret.encode("utf-8", "surrogatepass"))
