"""Trains the judge of what is worth noticing, on the development dialogues: `make train-judge`.

First by cross-validation, each dialogue judged by a network that has not seen it: these figures go to
docs/results/judge.json. Then on all of them: that network goes to data/judge.npz.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.machine import circumstances
from bench.memory_extraction import FOLDER, TRAINED, Json, measure
from personalization.embed import MiniLM
from personalization.observe import Spoken, in_earnest
from personalization.observing.judge import FILE, KINDS, Judge, Matrix, Sentence, Weights, features
from personalization.observing.judged import heard_in

FOLDS, NETWORKS = 5, 3  # the networks differ in their seed, and are one in the end
HIDDEN, EPOCHS, BATCH, RATE, DECAY = 64, 60, 200, 1e-3, 0.003
RESULT = Path(__file__).parents[1] / "docs" / "results" / "judge.json"

Row = tuple[Sentence, bool, int]  # whether it tells a labelled fact, and the number of its kind (-1: none)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.train_judge", description=__doc__)
    parser.add_argument("--json", type=Path, default=RESULT)
    parser.add_argument("--weights", type=Path, default=FILE)
    arguments = parser.parse_args()
    embedder = MiniLM()
    dialogues = {name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in TRAINED}
    every = [one for some in dialogues.values() for one in some]
    rows = {one["id"]: _rows(one) for one in every}
    read = {id: features([sentence for sentence, _, _ in some], embedder) for id, some in rows.items() if some}
    figures: dict[str, Any] = {}
    judges = [
        Judge(embedder, fit(read, rows, [one["id"] for one in every if _fold(one) != fold])) for fold in range(FOLDS)
    ]
    for name, some in dialogues.items():
        found = [measure([one for one in some if _fold(one) == fold], judges[fold]) for fold in range(FOLDS)]
        figures[name] = _summed(found)
        print(name, figures[name], flush=True)
    weights = fit(read, rows, list(read))
    np.savez_compressed(
        arguments.weights,
        **{name: part.astype(np.float16) for name, part in zip(Weights.__slots__, astuple(weights), strict=True)},
    )
    about = {**circumstances(), "dialogues": len(every), "sentences": sum(map(len, rows.values())), "folds": FOLDS}
    arguments.json.write_text(
        json.dumps({**about, "judged by a network that has not seen them": figures}, indent=1) + "\n"
    )


def fit(read: dict[str, Matrix], rows: dict[str, list[Row]], ids: Sequence[str]) -> Weights:
    """Some networks, put side by side as one that says the mean of what they say."""
    ids = [id for id in ids if id in read]
    inputs = np.vstack([read[id] for id in ids])
    tells = np.array([tell for id in ids for _, tell, _ in rows[id]], np.float32)
    kinds = np.array([kind for id in ids for _, _, kind in rows[id]])
    inner, inner_bias, outer, outer_bias = zip(
        *(_network(inputs, tells, kinds, n) for n in range(NETWORKS)), strict=True
    )
    share = np.float32(1 / NETWORKS)
    return Weights(np.hstack(inner), np.hstack(inner_bias), np.vstack(outer) * share, sum(outer_bias) * share)


def _network(inputs: Matrix, tells: Matrix, kinds: NDArray[np.int64], seed: int) -> list[Matrix]:
    """[inner, its bias, outer, its bias], by Adam (Kingma and Ba 2015) with decaying weights."""
    draw = np.random.default_rng(seed)
    sizes = ((inputs.shape[1], HIDDEN), (HIDDEN, 1 + len(KINDS)))
    parts = [_even(draw, shape, size) for size, out in sizes for shape in ((size, out), (out,))]
    means, squares = ([np.zeros_like(part) for part in parts] for _ in range(2))
    step = 0
    for _ in range(EPOCHS):
        order = draw.permutation(len(inputs))
        for start in range(0, len(order), BATCH):
            places, step = order[start : start + BATCH], step + 1
            slopes = _slopes(parts, inputs[places], tells[places], kinds[places])
            for part, slope, mean, square in zip(parts, slopes, means, squares, strict=True):
                slope += DECAY * part
                mean += (1 - 0.9) * (slope - mean)
                square += (1 - 0.999) * (slope**2 - square)
                part -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return parts


def _even(draw: np.random.Generator, shape: tuple[int, ...], inputs: int) -> Matrix:
    return draw.uniform(-1 / np.sqrt(inputs), 1 / np.sqrt(inputs), shape).astype(np.float32)


def _slopes(parts: Sequence[Matrix], inputs: Matrix, tells: Matrix, kinds: NDArray[np.int64]) -> list[Matrix]:
    """Of the mean cross-entropy: whether a sentence tells something, and, where it does, of which kind."""
    inner, inner_bias, outer, outer_bias = parts
    hidden = np.maximum(inputs @ inner + inner_bias, 0)
    out = hidden @ outer + outer_bias
    slope = np.zeros_like(out)
    slope[:, 0] = (1 / (1 + np.exp(-out[:, 0])) - tells) / len(inputs)
    known = np.flatnonzero(kinds >= 0)
    if len(known):
        likely = np.exp(out[known, 1:] - out[known, 1:].max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        likely[np.arange(len(known)), kinds[known]] -= 1
        slope[known, 1:] = likely / len(known)
    back = (slope @ outer.T) * (hidden > 0)
    return [inputs.T @ back, back.sum(axis=0), hidden.T @ slope, slope.sum(axis=0)]


def _rows(dialogue: Json) -> list[Row]:
    turns = dialogue["turns"]
    said = [
        Spoken(str(number), turn["text"], date.fromisoformat(dialogue["date"]))
        for number, turn in enumerate(turns)
        if turn["role"] == "user"
    ]
    found: list[Row] = []
    for one in in_earnest(said):
        for sentence in (heard.sentence for heard in heard_in(one.text, one.on)):
            text = sentence.text.lower()
            told = [fact for fact in turns[int(one.turn)]["facts"] if all(stem in text for stem in fact["must"])]
            found.append((sentence, bool(told), KINDS.index(told[0]["kind"]) if told else -1))
    return found


def _fold(dialogue: Json) -> int:
    return hashlib.sha256(dialogue["id"].encode()).digest()[0] % FOLDS


def _summed(found: Sequence[Json]) -> Json:
    count = {
        name: sum(one[name] for one in found)
        for name in ("dialogues", "turns", "distractors", "alarms", "facts", "found", "right")
    }
    hit = sum((one["recall"] or 0) * one["facts"] for one in found)
    return {
        **count,
        "precision": round(count["right"] / max(1, count["found"]), 4),
        "recall": round(hit / max(1, count["facts"]), 4),
    }


if __name__ == "__main__":
    main()
