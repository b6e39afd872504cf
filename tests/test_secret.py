"""Keys, cards and passwords are noticed; sentences about them are not."""

from __future__ import annotations

import pytest

from personalization.secret import looks_secret


@pytest.mark.parametrize(
    "text",
    [
        "My password is hunter22, keep it.",
        "Passphrase: 4horse_battery",
        "PIN: 4711",
        "Use api_key=9f8e7d6c5b4a.",
        "It starts with sk-proj-" + "a1B2" * 6,
        "ghp_" + "a" * 36,
        "AKIA" + "ABCDEFGH12345678",
        "-----BEGIN RSA PRIVATE KEY-----",
        "Pay with 4111 1111 1111 1111 please.",
        "5500-0055-5555-5559",
    ],
)
def test_what_looks_like_a_secret(text: str) -> None:
    assert looks_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your password is wrong; the PIN is not needed.",
        "A password should have 12 signs.",
        "The secret is patience.",
        "Pay with 4111 1111 1111 1112 please.",
        "Pi is 3.14159265358979323846.",
        "0000 0000 0000 0000",
        "In 2026 we sold 12,345,678 eggs.",
        "sk- and ghp_ are beginnings of keys.",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not looks_secret(text)
