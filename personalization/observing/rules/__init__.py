"""The rules by which a statement is a fact worth keeping, in the order in which they are tried."""

from __future__ import annotations

from personalization.observing.rules.health import HEALTH
from personalization.observing.rules.home_and_work import PLACES, WORK
from personalization.observing.rules.likes import LIKES
from personalization.observing.rules.open import OPEN
from personalization.observing.rules.rule import Rule
from personalization.observing.rules.things import DEVICE, OTHER
from personalization.observing.rules.who import NAME, PERSON

RULES: tuple[Rule, ...] = (*NAME, *HEALTH, *PERSON, *PLACES, *WORK, *OTHER, *DEVICE, *LIKES, *OPEN)
