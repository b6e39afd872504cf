"""Habits that a rule can check: what a person teaches with a few rows, and whether a reply then obeys.

The topics and their plain answers lie in data/habits.json; a habit is a transformation of the plain answer plus a
rule. Training and test prompts are about different things in different words, so that obeying is not remembering.
"""

from bench.habits.forms import HABITS, Habit
from bench.habits.persona import PERSONAS_OF_THREE, PERSONAS_OF_TWO, degenerate, drops, obeyed, obeys, teach
from bench.habits.rows import corrections, pairs, reversed_corrections, thumbs
from bench.habits.topics import OCCASIONS, TOPICS, test_prompts, training

__all__ = [
    "HABITS",
    "OCCASIONS",
    "PERSONAS_OF_THREE",
    "PERSONAS_OF_TWO",
    "TOPICS",
    "Habit",
    "corrections",
    "degenerate",
    "drops",
    "obeyed",
    "obeys",
    "pairs",
    "reversed_corrections",
    "teach",
    "test_prompts",
    "thumbs",
    "training",
]
