"""Does a text look as if it held a key, a password or a card number? Better asked once too often than learnt."""

from __future__ import annotations

import re

KEYS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bxox[abprs]-[\w-]{10,}"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}"
)
# A word for a secret, then something that no sentence goes on with: letters and digits mixed, or four digits or more.
NAMED = re.compile(
    r"\b(?:password|passphrase|passcode|pin|secret|api[ _-]?key|access[ _-]?token)\b(?:\s+(?:is|was)\s+|\s*[:=]\s*)"
    r"[\"'`]?(?=\S*\d)(?=\S*[^\W\d]|\d{4})\S{4,}",
    re.IGNORECASE,
)
DIGITS = re.compile(r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d.,]\d)")


def looks_secret(text: str) -> bool:
    return bool(KEYS.search(text) or NAMED.search(text) or any(_is_card(found) for found in DIGITS.findall(text)))


def _is_card(number: str) -> bool:
    """The check digit of payment cards (Luhn)."""
    digits = [int(sign) for sign in number if sign.isdigit()][::-1]
    return any(digits) and sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0
