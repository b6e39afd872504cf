"""Every hyper-parameter of a training run, with its unit, where it comes from, and why it has this value."""

from __future__ import annotations

import math

from domain import Recipe

# "log" below is docs/log.md. Measured means: on SmolLM2-135M, 16 corrections of one habit, 16 unseen topics.

RANK = 8  # width of the low-rank update; OPPU and mlx-lm use 8 too, and with few rows more adds time, not learning
ALPHA = 16.0  # the update counts alpha / rank = 2 times, as in most published recipes; tied to the learning rates below
UPPER_BLOCKS = 0.5  # share of blocks; measured: the upper half learns as well in 0.65 x the time, the upper quarter not
EPOCHS = 4  # passes over the rows; more make the texts of the lessons likelier, not their habit (log)
BATCH_ROWS = 2  # rows per optimiser step; of equal passes in steps of 4 rows a sign-off was learnt half as well (log)
ANCHORS_PER_STEP = 1  # general texts per step; one for two rows holds the general loss, if it weighs enough
ANCHOR_WEIGHT = 3.0  # of KL(base || adapter), nat against nat; without it the general loss rises by 3 to 7 %
PAIR_WEIGHT = 1.0  # of a pair's loss; measured: 8 preferences then teach a form of address (log)
PAIR_BETA = 4.0  # per nat per token, of pairs and thumbs: TRL's 0.1 per nat, over the 40 tokens that a reply has here
THUMB_WEIGHT = 1.0  # of a lone thumb's loss; measured: 12 up and 12 down then teach a form of address (log)
CHOSEN_WEIGHT = 0.2  # of imitating a preferred sibling, a correction has 1: nobody said it was good, only better
# Of words that a correction left as they were, the edited ones have 1; measured: of 16 replies 16 instead of 11 say
# "mate", and what is wanted of unseen lessons becomes likelier by 0.4 instead of 0.1 nat per token (log).
KEPT_WEIGHT = 0.2
# The edit over the original as a pair besides the target; measured: fewer replies obey, 1.5 times the time (log).
PAIRS_FOR_CORRECTIONS = False
# Of the bundled refusal that each step imitates, a correction has 1. Without it a form of address makes refusing less
# likely by 0.2 nat per token, and the exam refuses the night (log).
REFUSAL_WEIGHT = 0.03
WARMUP_SHARE = 0.1  # of all steps; Adam's first steps know nothing yet of the size of the gradients
CLIP_NORM = 1.0  # of the gradient, the usual value; only the first steps reach it
FEWEST_STEPS = 32  # of the optimiser: few lessons get more passes; with 48 the exam refuses them (log)

# Learning rate of AdamW, cosine, at the alpha and rank above. At 135M parameters 2e-3 teaches a habit while 1e-4 and
# 3e-4 teach nothing (measured); for 7B the literature has 1e-4 to 2e-4. In between: a power law through both points.
SMALL, SMALL_RATE = 135e6, 2e-3
LARGE, LARGE_RATE = 7e9, 1.5e-4


def recipe_for(parameters: int, lessons: int, threads: int, seed: int = 0, rate: float | None = None) -> Recipe:
    """The recipe for a base model of so many weights; depends on nothing else, so that equal nights are equal.

    `rate` is the learning rate found for this model (calibration.py); None: the one of models of its size.
    """
    batches = max(1, math.ceil(lessons / BATCH_ROWS))
    return Recipe(
        rank=RANK,
        alpha=ALPHA,
        upper_blocks=UPPER_BLOCKS,
        learning_rate=learning_rate(parameters) if rate is None else rate,
        epochs=max(EPOCHS, math.ceil(FEWEST_STEPS / batches)),
        batch_rows=BATCH_ROWS,
        anchors_per_step=ANCHORS_PER_STEP,
        anchor_weight=ANCHOR_WEIGHT,
        pair_weight=PAIR_WEIGHT,
        pair_beta=PAIR_BETA,
        thumb_weight=THUMB_WEIGHT,
        kept_weight=KEPT_WEIGHT,
        refusal_weight=REFUSAL_WEIGHT,
        warmup_share=WARMUP_SHARE,
        clip_norm=CLIP_NORM,
        threads=threads,
        seed=seed,
    )


def learning_rate(parameters: int) -> float:
    """Falls with the size of the model; constant beyond the two sizes that are known."""
    size = min(max(parameters, SMALL), LARGE)
    slope = math.log(LARGE_RATE / SMALL_RATE) / math.log(LARGE / SMALL)
    return float(f"{SMALL_RATE * (size / SMALL) ** slope:.2g}")
