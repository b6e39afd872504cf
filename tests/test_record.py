"""Records are read back as they were written; what is not a record is never taken for one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.record import HEADER, MARK, encode, scan
from tests.builders import unhurried

payloads = st.lists(st.binary(max_size=80), max_size=6)


def chained(payloads: list[bytes]) -> tuple[bytes, list[int]]:
    """A file of these payloads, and where each record ends."""
    data, ends, previous = b"", [], 0
    for number, payload in enumerate(payloads):
        record, previous = encode(payload, number, previous)
        data += record
        ends.append(len(data))
    return data, ends


def read(data: bytes) -> list[bytes]:
    return [bytes(record.payload) for record in scan(data).records]


@unhurried
@given(payloads)
def test_records_come_back_in_their_order(payloads: list[bytes]) -> None:
    data, _ = chained(payloads)
    found = scan(data)
    assert ([bytes(record.payload) for record in found.records], found.end, found.gap) == (payloads, len(data), False)


@unhurried
@given(payloads.filter(bool), st.data())
def test_a_file_cut_anywhere_holds_the_records_before_the_cut_and_no_gap(
    payloads: list[bytes], data: st.DataObject
) -> None:
    whole, ends = chained(payloads)
    cut = data.draw(st.integers(0, len(whole)))
    found = scan(whole[:cut])
    sound = [end for end in ends if end <= cut]
    assert (len(found.records), found.end, found.gap) == (len(sound), max(sound, default=0), False)


@unhurried
@given(payloads.filter(bool), st.data())
def test_any_flipped_bit_takes_one_record_away_and_shows_as_a_gap_unless_it_was_the_last(
    payloads: list[bytes], data: st.DataObject
) -> None:
    whole, ends = chained(payloads)
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    flipped = bytearray(whole)
    flipped[bit // 8] ^= 1 << bit % 8
    hit = next(number for number, end in enumerate(ends) if bit // 8 < end)
    found = scan(bytes(flipped))
    assert read(bytes(flipped)) == payloads[:hit] + payloads[hit + 1 :]
    assert found.gap == (hit < len(payloads) - 1)


def test_records_that_are_dropped_swapped_or_doubled_show_as_a_gap() -> None:
    data, ends = chained([b"one", b"two", b"three"])
    one, two, three = data[: ends[0]], data[ends[0] : ends[1]], data[ends[1] :]
    for changed in (one + three, one + three + two, one + one + two + three, two + three, one + two + two + three):
        assert scan(changed).gap
    assert not scan(data).gap
    assert read(one + two + one + three) == [b"one", b"two", b"three"]  # the old one does not undo the new one


def test_a_record_of_another_file_does_not_fit_into_the_chain() -> None:
    (data, ends), (other, others) = chained([b"one", b"two", b"three"]), chained([b"other", b"two", b"three"])
    assert scan(data[: ends[0]] + other[others[0] :]).gap


def test_a_payload_that_looks_like_a_record_is_only_a_payload() -> None:
    inner, _ = encode(b"inner", 1, 0)
    data, _ = chained([MARK, inner, MARK + inner])
    assert read(data) == [MARK, inner, MARK + inner]
    assert not scan(data).gap


def test_a_length_beyond_the_end_of_the_file_is_no_record() -> None:
    data, _ = chained([b"one"])
    absurd = HEADER.pack(MARK, 2**32 - 1, 1, 0, 0)
    found = scan(data + absurd)
    assert (len(found.records), found.end, found.gap) == (1, len(data), False)
