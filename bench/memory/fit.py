"""What a cosine is worth beside what is asked for and what is told: a logistic model of five weights, and the floors.

Fitted on the development split. The weights are in units of the cosine, as they stand in personalization/recall.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.memory.personas import Persona
from bench.memory.recalls import indexed, ours, share_of
from personalization import recall
from personalization.asking import about_oneself, holds, sought
from personalization.contrast import excludes
from personalization.embed import Embedder
from personalization.words import words

NEAREST = 15  # memories of a question that are looked at
RIDGE = 20.0  # on standardised features
STEPS = 30  # of Newton's method
FLOORS = (0.36, 0.37, 0.38, 0.39, 0.40)
Numbers = NDArray[np.float64]


def fit(people: Sequence[Persona], embedder: Embedder) -> None:
    """Prints the weights, and what each floor finds and lets in with the weights that are in use."""
    rows, wanted = _examples(people, embedder)
    cosine, answers, misses, fact, oneself = _logistic(rows, wanted)
    found = {"ANSWERS": answers, "MISSES": misses, "FACT": fact, "GENERAL": oneself}
    print(", ".join(f"{name} {weight / cosine:.3f}" for name, weight in found.items()))
    way, in_use = ours(people, embedder), recall.OPENS
    for floor in FLOORS:
        recall.OPENS = floor
        print(floor, ", ".join(f"{kind} {share:.3f}" for kind, share in share_of(people, way).items()))
    recall.OPENS = in_use


def _examples(people: Sequence[Persona], embedder: Embedder) -> tuple[Numbers, Numbers]:
    """Features of question and memory, a pair a row, and whether the memory is an answer."""
    rows, wanted = [], []
    for persona, index, queries in indexed(people, embedder):
        for question in persona.questions:
            cosines = (index.vectors @ queries(question.text).T).max(axis=1)
            kinds, asked = sought(question.text), words(question.text)
            near = np.argsort(-cosines)[:NEAREST].tolist()
            for place in near:
                memory = index.memories[place]
                if excludes(asked, words(memory.text)):
                    continue
                held, fact = holds(memory.text, kinds), memory.kind != "other"
                rows.append([cosines[place], held is True, held is False, fact, about_oneself(asked)])
                wanted.append(memory.id in question.answers)
    return np.array(rows, np.float64), np.array(wanted, np.float64)


def _logistic(rows: Numbers, wanted: Numbers) -> Numbers:
    """The weights of the features, by Newton's method."""
    spread = rows.std(axis=0)
    inputs = np.column_stack([(rows - rows.mean(axis=0)) / spread, np.ones(len(rows))])
    ridge = np.diag([RIDGE] * rows.shape[1] + [0.0])
    weights = np.zeros(inputs.shape[1])
    for _ in range(STEPS):
        told = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (told - wanted) + ridge @ weights
        weights -= np.linalg.solve((inputs * (told * (1 - told))[:, None]).T @ inputs + ridge, slope)
    found: Numbers = weights[:-1] / spread
    return found
