"""Sealed bytes can be opened with the same key for the same purpose, and in no other way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.seal import KEY_BYTES, SEAL_BYTES, AesGcm
from tests.builders import unhurried

KEY = bytes(range(KEY_BYTES))


@unhurried
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_what_was_sealed_is_unsealed_for_the_same_context(plain: bytes, context: bytes) -> None:
    sealed = AesGcm(KEY).seal(plain, context)
    assert len(sealed) == len(plain) + SEAL_BYTES
    assert AesGcm(KEY).unseal(sealed, context) == plain


def test_sealed_bytes_do_not_hold_the_text_and_never_repeat() -> None:
    seal = AesGcm(KEY)
    first, second = seal.seal(b"my secret words", b""), seal.seal(b"my secret words", b"")
    assert b"secret" not in first and first != second


def test_another_key_or_another_context_opens_nothing() -> None:
    sealed = AesGcm(KEY).seal(b"words", b"ada/1")
    for seal, context in ((AesGcm(KEY[::-1]), b"ada/1"), (AesGcm(KEY), b"bob/1"), (AesGcm(KEY), b"")):
        with pytest.raises(ValueError):
            seal.unseal(sealed, context)


def test_a_flipped_bit_anywhere_or_a_cut_at_any_byte_is_noticed() -> None:
    seal = AesGcm(KEY)
    sealed = seal.seal(b"words", b"")
    for place in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(ValueError):
            seal.unseal(bytes(changed), b"")
    for size in range(len(sealed)):
        with pytest.raises(ValueError):
            seal.unseal(sealed[:size], b"")


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        AesGcm(KEY[:16])
