"""What the planner decided reaches nights, rows, the doctor, the status and the list of models."""

from __future__ import annotations

import ctypes
import importlib.util
import platform
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from backends import hardware, learner_main
from backends.gguf_header import read_header
from backends.plan import plan
from backends.shape import shape_of
from base_models.offers import offers
from domain import Lesson, Message, Person
from errors import Deferred
from learning.nights import Nights
from personalization.dataset import REJECTED_TOKENS, ROW_TOKENS, readable, training_rows
from personalization.schedule import RAM_LEAST, Need
from storage.store import Store
from tests.builders import corrections, lesson
from tests.machines import COMPUTERS
from tests.test_gguf_header import model, pair, text
from upkeep.doctor import planned

GB = 2**30


# Nights


@pytest.mark.usefixtures("spare")
def test_a_model_that_this_machine_cannot_teach_defers_nights_and_the_page_says_why(
    nights: Nights, store: Store, ada: Person
) -> None:
    nights.need = Need(cannot="A night needs 18 GB here; your newest corrections act through the prompt instead.")
    assert nights.plan(ada.id) == nights.need.cannot
    store.put_feedback(ada.id, *corrections(6))
    assert nights.plan(ada.id) == nights.need.cannot
    with pytest.raises(Deferred, match="act through the prompt instead"):
        nights.run(ada.id)
    assert nights.last(ada.id) is None


def test_a_night_waits_for_the_memory_that_its_longest_lesson_takes(
    nights: Nights, store: Store, ada: Person, spare: SimpleNamespace
) -> None:
    asked: list[int] = []

    def bytes_for(longest: int) -> int:
        asked.append(longest)
        return 3 * GB

    nights.need = Need(bytes_for, row_tokens=512)
    store.put_feedback(ada.id, *corrections(6))
    spare.ram = 3 * GB - 1
    with pytest.raises(Deferred, match=r"Only 3.0 GB of memory are free and 3 are needed; close some programs."):
        nights.run(ada.id)
    assert 40 < asked[-1] <= 512
    spare.ram = 3 * GB
    assert nights.run(ada.id).version
    assert nights.exam_bench(ada.id, lambda progress: None).row_tokens == 512


def long_lesson(prompt: int, chosen: int, rejected: int = 0) -> Lesson:
    said = (Message("user", "p" * prompt),)
    return replace(lesson(1), prompt=said, chosen="c" * chosen, rejected=("r" * rejected,) if rejected else ())


def test_memory_is_asked_for_by_the_length_of_the_longest_lesson_and_a_pair_reads_its_question_twice() -> None:
    need = Need(lambda longest: longest)
    assert need.ram([]) == 0
    short, long = long_lesson(300, 300), long_lesson(3000, 600)
    assert need.ram([short, long]) == need.ram([long]) == 1200 + 40
    assert need.ram([replace(long_lesson(3000, 600, 300), signal="preference")]) == 2300 + 40
    assert need.ram([long_lesson(10**6, 10)]) == ROW_TOKENS
    assert Need().ram([long]) == RAM_LEAST


# Rows


def encode(messages: Sequence[Message]) -> list[int]:
    return [0] * sum(len(message.content) for message in messages)


def encode_reply(messages: Sequence[Message], reply: str) -> list[int]:
    return list(range(len(reply)))


def test_a_row_is_cut_to_what_the_memory_holds_and_learnt_as_far_as_it_goes() -> None:
    (row,) = training_rows([long_lesson(100, 700)], encode, encode_reply, row_tokens=256)
    assert (len(row.prompt_ids), len(row.target_ids)) == (100, 156)
    (whole_row,) = training_rows([long_lesson(100, 700)], encode, encode_reply)
    assert len(whole_row.target_ids) == 700


def test_a_pair_never_reads_more_than_the_memory_holds() -> None:
    both = replace(long_lesson(60, 500, 500), signal="preference")
    for most in (384, 512, 700):
        (row,) = training_rows([both], encode, encode_reply, row_tokens=most)
        assert row.rejected_ids
        read = 2 * len(row.prompt_ids) + len(row.target_ids) + len(row.rejected_ids)
        assert most - REJECTED_TOKENS <= read <= most
    (plain,) = training_rows([long_lesson(60, 500, 500)], encode, encode_reply, row_tokens=384)
    assert (len(plain.target_ids), plain.rejected_ids) == (324, ())  # a correction reads its question once


def test_a_question_that_leaves_no_room_for_an_answer_is_left_out_with_its_reason() -> None:
    kept, left = readable([long_lesson(240, 100)], encode, encode_reply, 256)
    assert not kept and set(left.values()) == {"too long for this computer's memory: the question has 240 tokens"}
    assert readable([long_lesson(224, 100)], encode, encode_reply, 256)[0]
    assert readable([long_lesson(240, 100)], encode, encode_reply)[0]


# What a file tells


def test_a_header_tells_the_sizes_of_a_block(tmp_path: Path) -> None:
    sizes = {
        "embedding_length": 64,
        "attention.head_count": 4,
        "attention.head_count_kv": 2,
        "feed_forward_length": 128,
    }
    keys = [pair(f"llama.{name}", 4, struct.pack("<I", size)) for name, size in sizes.items()]  # type: ignore[no-untyped-call]
    path = tmp_path / "model.gguf"
    whole = model(keys=keys).replace(text("one"), text("token_embd.weight"))  # type: ignore[no-untyped-call]
    path.write_bytes(whole)
    shape = shape_of(read_header(path))
    assert (shape.width, shape.heads, shape.key_heads, shape.head_width, shape.feed_forward) == (64, 4, 2, 16, 128)
    assert (shape.blocks, shape.vocabulary, shape.known) == (2, 8, True)


def test_sizes_that_differ_from_block_to_block_count_as_unknown(tmp_path: Path) -> None:
    per_block = struct.pack("<IQ2I", 4, 2, 4, 8)
    path = tmp_path / "model.gguf"
    key = pair("llama.attention.head_count_kv", 9, per_block)  # type: ignore[no-untyped-call]
    path.write_bytes(model(keys=[key]))  # type: ignore[no-untyped-call]
    header = read_header(path)
    assert (header.width, header.heads, header.key_heads, header.head_width) == (0, 0, 0, 0)
    assert not shape_of(header).known


# Where it is told


def test_the_doctor_says_what_was_decided_and_complains_only_where_the_model_does_not_fit() -> None:
    laptop = next(one.machine for one in COMPUTERS if one.name.startswith("XPS"))
    pi = next(one.machine for one in COMPUTERS if one.name.endswith("Pi 4, 2 GB"))
    from backends.catalog import entry

    (fine,) = planned(plan(entry("bundled").shape, laptop))
    (bad,) = planned(plan(entry("qwen3-8b").shape, pi))
    assert fine.ok and "A night takes about 3 min" in fine.sentence
    assert not bad.ok and "choose a smaller one" in bad.sentence
    assert planned(None) == []


def test_the_list_of_models_has_a_verdict_for_each_and_recommends_one() -> None:
    laptop = next(one.machine for one in COMPUTERS if one.name.startswith("XPS"))
    listed = {offer.name: offer for offer in offers(laptop)}
    assert [name for name, offer in listed.items() if offer.recommended] == ["qwen3-1.7b"]
    bundled, good, large = listed["bundled"], listed["qwen3-1.7b"], listed["qwen3-32b"]
    assert bundled.source is None and bundled.verdict.startswith("It came with Homegrown. Runs well. It takes 0.3 GB")
    assert good.runs and "It can learn here; a night takes about 32 min." in good.verdict
    assert good.source and good.source.revision and good.source.sha256 and good.source.bytes == good.bytes
    assert not large.runs and large.verdict.startswith("Does not fit. It needs 19.2 GB of memory")


# The machine


@pytest.mark.parametrize(
    ("told", "size"), [("NVIDIA GeForce RTX 4070, 12282 MiB", 12282 << 20), ("Some card, [N/A]", 0), (None, 0)]
)
def test_the_memory_of_a_graphics_card_is_read_from_what_its_driver_says(told: str | None, size: int) -> None:
    assert replace(COMPUTERS[0].machine, nvidia=told).vram_bytes == size


def test_a_llama_cpp_with_a_cuda_library_can_use_a_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lib").mkdir()
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    assert not hardware._built_for_gpu()
    (tmp_path / "lib" / "libggml-cuda.so").touch()
    assert hardware._built_for_gpu()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has this setting")
def test_the_learner_gives_big_blocks_back_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    libc = SimpleNamespace(mallopt=lambda what, value: asked.append((what, value)))
    monkeypatch.setattr(ctypes, "CDLL", lambda name: libc)
    learner_main.return_big_blocks()
    assert asked == [(-3, 1 << 20)]
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    learner_main.return_big_blocks()
    assert len(asked) == 1
