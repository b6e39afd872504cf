"""What the planner promises of a model on a machine, and what it decides."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from backends.catalog import entries, entry
from backends.footprint import MIB, learn_bytes, serve_bytes, shown_bytes
from backends.hardware import GIB, serve_options
from backends.plan import COUNTED_TOKENS, NIGHTS, converted, fit, plan, recommended, usable
from backends.shape import Shape
from base_models.bases import Base
from errors import Trouble
from personalization.dataset import ROW_TOKENS
from tests.machines import COMPUTERS, GOLDEN, computer, mac, table

SMALL = entry("bundled").shape
LAPTOP = computer("Laptop", "Linux", 4, 16, "Some CPU").machine
BILLION = Shape("llama", 1_038_680_064, 1_038_680_064, 585_000_000, 8192, 16, 2048, 32, 8, 64, 8192, 32_000)


def test_forty_computers_get_the_reviewed_verdicts() -> None:
    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == table()
    assert len(COMPUTERS) >= 30


# What processes were seen to take (bench/planner.py and its forerunners), in MiB, against the formulas.


@pytest.mark.parametrize(
    ("rows", "prompt", "reply", "peak"),
    [(2, 50, 50, 1259), (1, 50, 50, 1172), (2, 200, 200, 1861), (2, 700, 700, 4275), (2, 400, 20, 1713)],
)
def test_the_formula_of_teaching_explains_what_was_measured(rows: int, prompt: int, reply: int, peak: int) -> None:
    promised = learn_bytes(SMALL, rows, prompt + reply, reply_tokens=reply) / MIB
    assert abs(peak / promised - 1) < 0.15


def test_the_formulas_hold_for_a_billion_parameters_too() -> None:
    assert abs(5067 * MIB / learn_bytes(BILLION, 2, 120, reply_tokens=60) - 1) < 0.15
    assert abs(1354 * MIB / shown_bytes(BILLION, 4096, "Q4_0", waiting=10 * MIB) - 1) < 0.15


@pytest.mark.parametrize(("context", "shown"), [(2048, 263), (8192, 399)])
def test_the_formula_of_serving_explains_what_was_measured(context: int, shown: int) -> None:
    assert abs(shown * MIB / serve_bytes(SMALL, context, waiting=20 * MIB) - 1) < 0.15


# Deciding


def test_what_memory_is_short_of_is_given_up_in_order_precision_then_context() -> None:
    large = entry("qwen3-8b").shape
    plenty = plan(large, replace(LAPTOP, ram_bytes=64 * GIB)).options
    assert (plenty.context, plenty.kv_type) == (8192, "f16")
    sizes = []
    for ram in range(30, 5, -1):
        options = plan(large, replace(LAPTOP, ram_bytes=ram * GIB // 2)).options
        sizes.append((options.context, options.kv_type))
    order = [(8192, "f16"), (8192, "q8_0"), (4096, "f16"), (4096, "q8_0"), (2048, "f16"), (2048, "q8_0")]
    assert sizes == sorted(sizes, key=order.index)
    assert {(4096, "f16"), (4096, "q8_0"), (2048, "q8_0")} <= set(sizes)


def test_the_bundled_model_is_served_as_before_on_an_ordinary_machine() -> None:
    assert plan(SMALL, LAPTOP).options == serve_options(LAPTOP, SMALL.context, SMALL.bytes)


def test_a_plan_says_what_it_decided() -> None:
    told = " ".join(plan(SMALL, LAPTOP).sentences)
    for words in ("holds 4096 tokens", "half precision", "processor computes", "of 16.0 GB", "unpacked to float32"):
        assert words in told
    tight = " ".join(plan(entry("qwen3-8b").shape, replace(LAPTOP, ram_bytes=17 * GIB // 2)).sentences)
    assert "less than the usual 4096, as memory is short" in tight and "q8_0" in tight


def test_a_graphics_card_takes_as_many_layers_as_fit_and_the_plan_says_so() -> None:
    card = replace(LAPTOP, nvidia="NVIDIA GeForce RTX 4060, 8188 MiB", offload=True)
    whole, part = plan(entry("qwen3-4b").shape, card), plan(entry("qwen3-14b").shape, card)
    assert (whole.options.gpu_layers, whole.runs) == (-1, "runs well")
    assert "All layers are on NVIDIA GeForce RTX 4060." in whole.sentences
    assert part.runs == "runs with part on the GPU" and part.options.gpu_layers and 20 < part.options.gpu_layers < 41
    assert f"{part.options.gpu_layers} of 41 layers are on NVIDIA GeForce RTX 4060." in part.sentences
    assert part.bytes < serve_bytes(entry("qwen3-14b").shape, 4096) // 2


def test_a_card_that_llama_cpp_was_not_built_for_is_not_counted_on() -> None:
    made = plan(entry("qwen3-4b").shape, replace(LAPTOP, nvidia="NVIDIA GeForce RTX 4060, 8188 MiB"))
    assert made.options.gpu_layers is None
    assert any("RTX 4060 is not used, as llama.cpp was built without CUDA" in sentence for sentence in made.sentences)


def test_a_model_of_unknown_sizes_is_on_a_card_whole_or_not_at_all() -> None:
    unknown = entry("granite-4.0-micro").shape
    assert not unknown.known
    layers = [
        plan(unknown, replace(LAPTOP, nvidia=f"A card, {mib} MiB", offload=True)).options.gpu_layers
        for mib in (8188, 2048)
    ]
    assert layers == [-1, 0]


# Nights


def test_a_night_that_would_not_fit_is_refused_beforehand_with_what_happens_instead() -> None:
    made = plan(entry("qwen3-4b").shape, LAPTOP)
    assert made.night is None
    assert made.no_night.startswith("A night needs 18.3 GB of memory and ")
    assert made.no_night.endswith("your newest corrections act through the prompt instead.")


def test_a_night_that_would_not_end_by_morning_is_refused() -> None:
    slow = replace(LAPTOP, arch="aarch64", ram_bytes=64 * GIB)
    assert "hours here and may take 4 hours" in plan(entry("qwen3-8b").shape, slow).no_night


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (replace(SMALL, architecture="qwen35"), "Models of the kind qwen35 cannot be taught yet"),
        (entry("qwen3-30b-a3b").shape, "A mixture of experts cannot be taught yet"),
        (replace(SMALL, feed_forward=0), "does not tell its sizes"),
    ],
)
def test_a_model_that_cannot_be_taught_serves_and_says_why(shape: Shape, words: str) -> None:
    made = plan(shape, replace(LAPTOP, ram_bytes=64 * GIB))
    assert made.runs != "does not fit" and made.night is None and words in made.no_night


def test_little_memory_shortens_rows_first_and_then_the_step() -> None:
    seen = []
    for ram in range(160, 15, -1):
        night = plan(SMALL, replace(LAPTOP, ram_bytes=ram * GIB // 10)).night
        seen += [(night.rows, night.row_tokens)] if night else []
    assert seen == sorted(seen, key=NIGHTS.index)
    assert seen[0] == NIGHTS[0] == (2, ROW_TOKENS) and (1, 256) in seen


def test_what_a_night_needs_grows_with_its_longest_lesson_up_to_the_plan() -> None:
    night = plan(SMALL, LAPTOP).night
    assert night
    assert night.need(100) < night.need(1000) < night.need(10**6) == night.bytes
    assert night.need(200) < 1.9 * GIB


def test_the_two_longest_texts_of_a_row_are_all_that_can_count() -> None:
    from personalization.dataset import REJECTED_TOKENS, REPLY_TOKENS

    assert COUNTED_TOKENS == REPLY_TOKENS + REJECTED_TOKENS


def test_a_base_tells_its_nights_what_they_need() -> None:
    able, unable = plan(SMALL, LAPTOP), plan(entry("qwen3-4b").shape, LAPTOP)
    need = Base("bundled", None, "digest", able.options, None, able).need
    assert (need.row_tokens, need.cannot) == (ROW_TOKENS, "")
    assert able.night and need.bytes_for(300) == able.night.need(300)
    assert Base("large", None, "digest", unable.options, None, unable).need.cannot == unable.no_night
    one = replace(able, night=replace(able.night, rows=1))
    assert Base("bundled", None, "digest", one.options, None, one).recipe(20).rows_at_once == 1


# Bad input


def test_a_machine_with_two_gigabytes_is_told_in_one_sentence_what_it_can_do() -> None:
    tiny = replace(LAPTOP, ram_bytes=2 * GIB)
    small, large = fit(entry("bundled"), tiny), fit(entry("qwen3-1.7b"), tiny)
    assert small.runs == "runs well" and not small.can_learn and "A night needs 1.4 GB" in small.learns
    assert (large.runs, large.why) == ("does not fit", "It needs 1.4 GB of memory, and 0.7 GB are free for it.")
    assert plan(entry("qwen3-1.7b").shape, tiny).sentences[2].endswith("choose a smaller one.")


def test_a_machine_with_less_than_the_system_takes_has_nothing_free() -> None:
    tiny = replace(LAPTOP, ram_bytes=GIB // 2)
    assert usable(tiny, "llama_cpp") < 0
    assert fit(entry("bundled"), tiny).why == "It needs 0.2 GB of memory, and 0.0 GB are free for it."
    assert plan(SMALL, tiny).options.kv_budget == 0


def test_a_machine_that_is_not_supported_fits_no_model_and_says_why() -> None:
    old = replace(LAPTOP, system="Darwin", cpu="Intel Core i9")
    found = fit(entry("bundled"), old)
    assert found.runs == "does not fit" and "Intel Macs are not supported" in found.why
    with pytest.raises(Trouble, match="Intel Macs"):
        plan(SMALL, old)


# Apple Silicon


def test_on_apple_silicon_the_packed_weights_count_and_metals_share_of_the_memory() -> None:
    air = mac("Air", 8, 8, "Apple M1").machine
    assert usable(replace(air, ram_bytes=16 * GIB), "mlx") == int(16 * GIB * 2 / 3)
    on_mlx, on_llama = (fit(entry("qwen3-1.7b"), air, backend) for backend in ("mlx", "llama_cpp"))
    assert on_mlx.can_learn and not on_llama.can_learn
    assert "stay as they are" in " ".join(plan(entry("qwen2.5-0.5b").shape, air, "mlx").sentences)


def test_a_file_that_mlx_has_no_form_for_is_counted_in_half_precision() -> None:
    shape = entry("qwen2.5-0.5b").shape
    assert converted(shape, "Q4_K_M").bytes == 2 * shape.parameters
    assert converted(shape, "Q4_0") == shape


# Recommending


def test_only_what_is_open_runs_well_and_learns_is_recommended() -> None:
    listed = entries()
    for one in COMPUTERS:
        fits = {model.name: fit(model, one.machine, one.backend) for model in listed}
        best = recommended(fits, listed)
        if best is None:
            assert all(found.runs == "does not fit" for found in fits.values() if found.bytes)
            continue
        assert entry(best).licence in ("Apache-2.0", "MIT")
        assert fits[best].can_learn or best == "bundled"
        assert fits[best].runs in ("runs well", "runs with part on the GPU") or best == "bundled"


def test_where_nothing_learns_the_smallest_model_is_recommended() -> None:
    tiny = replace(LAPTOP, ram_bytes=2 * GIB)
    assert recommended({model.name: fit(model, tiny) for model in entries()}, entries()) == "bundled"
