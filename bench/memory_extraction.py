"""How well facts are found in what people say: `make bench-extraction`. No language model runs.

Hand-written dialogues. With `development` and `second_development` the rules were made; the second was written by
somebody who had not seen the rules, and read part by part, each only after it had been measured. `unseen` was written
so too, and was measured once before any of it was read; then the misses of every other dialogue were. Of
`varied_development` (people of all kinds, in their manner), `plain_development` (everyday sentences, and many that only
look like facts), `held_out` (both) and `second_held_out` (written for the second judge) none was read; of
`third_development` some misses were. FIRST_LOOKS are what the rules of that moment reached on dialogues
nobody had tuned them to; other figures only tell of changes.

Each set is measured with the judge and with the rules alone. The judge was trained on the development sets: what it
makes of dialogues that it has not seen stands in docs/results/judge.json for these, and here for the two others.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from bench.machine import circumstances
from bench.result import Goal, publish
from personalization.embed import MiniLM
from personalization.observe import Spoken, observed
from personalization.observing.judge import Judge
from personalization.observing.own_words import plain

FOLDER = Path(__file__).parent / "dialogues"
TRAINED = (  # the judge has seen them
    "development",
    "second_development",
    "third_development",
    "varied_development",
    "plain_development",
)
SETS = (*TRAINED, "unseen", "held_out", "second_held_out")
PRECISION, RECALL = 0.95, 0.70  # goals

FIRST_LOOKS = {  # dialogues -> what was reached before they were read
    "second_development, all 40": {"precision": 0.8676, "recall": 0.369},
    "second_development, 20 of them, after the others were read": {"precision": 0.9, "recall": 0.4235},
    "second_development, 10 of these, after the other 30 were read": {"precision": 0.8, "recall": 0.4615},
    "unseen, all 38": {"precision": 0.8315, "recall": 0.4206},
    "unseen, the 19 still unread, after the misses of the other 19 were read": {"precision": 0.8298, "recall": 0.4554},
    "varied_development, all 160": {"precision": 0.6349, "recall": 0.1505},
    "plain_development, all 160": {"precision": 0.6623, "recall": 0.2074},
    "held_out, all 44": {"precision": 0.7619, "recall": 0.2189},
    "held_out, with the judge": {"precision": 0.9079, "recall": 0.6996},
    "second_held_out, with that judge": {"precision": 0.895, "recall": 0.7518},
    "second_held_out, with the second judge": {"precision": 0.9598, "recall": 0.7044},
    "held_out, with the second judge": {"precision": 0.9308, "recall": 0.618},
}

Json = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.memory_extraction", description=__doc__)
    parser.add_argument("--set", choices=SETS, action="append", dest="sets", help="only these dialogues")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--misses", action="store_true", help="also print what was missed, and what should not be")
    arguments = parser.parse_args()
    measured, goals, judge = {}, [], Judge(MiniLM())
    for name in arguments.sets or SETS:
        dialogues = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        for way, found in (("judge", measure(dialogues, judge)), ("rules alone", measure(dialogues))):
            if arguments.misses and way == "judge":
                print(*found["misses"], sep="\n")
            told = measured[f"{name}, {way}"] = {key: value for key, value in found.items() if key != "misses"}
            print(f"{name}, {way}", {key: value for key, value in told.items() if key != "by_kind"})
            if way == "judge" and name not in TRAINED:
                for figure, least in (("precision", PRECISION), ("recall", RECALL)):
                    reached = (found[figure] or 0) >= least
                    goals.append(Goal(f"{name}: {figure}", found[figure], f"at least {least}", reached))
    return publish({**circumstances(), "dialogues": measured, "first_looks": FIRST_LOOKS}, goals, arguments.json)


def measure(dialogues: list[Json], judge: Judge | None = None) -> Json:
    """Precision: of what was found, the share that holds all telling words of a labelled fact of its turn.

    Recall: of the labelled facts, the share that something found in their turn holds. `changed`: of the facts that
    are labelled as replacing an earlier one, and were found, the share that was seen to replace it. `alarms`: turns
    without any fact in which one was found.
    """
    count: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = {}
    misses, seconds = [], 0.0
    for dialogue in dialogues:
        spoken, labels = [], {}
        for number, turn in enumerate(dialogue["turns"]):
            if turn["role"] == "user":
                spoken.append(Spoken(str(number), turn["text"], date.fromisoformat(dialogue["date"])))
                labels[str(number)] = turn["facts"]
        began = time.perf_counter()
        found = observed(spoken, judge=judge)
        seconds += time.perf_counter() - began
        for turn, facts in labels.items():
            said = [one for one in found if one.turn == turn]
            text = dialogue["turns"][int(turn)]["text"]
            count["turns"] += 1
            count["distractors"] += not facts
            count["alarms"] += bool(said) and not facts
            hit = set()
            for one in said:
                right = [number for number, fact in enumerate(facts) if _holds(one.fact.text, fact["must"])]
                hit |= set(right)
                count["found"] += 1
                count["right"] += bool(right)
                count["kind right"] += any(facts[number]["kind"] == one.fact.kind for number in right)
                if not right:
                    misses.append(f"WRONG {dialogue['id']}  {one.fact.text!r} [{one.fact.kind}]  <- {text[:150]!r}")
            for number, fact in enumerate(facts):
                tally = kinds.setdefault(fact["kind"], Counter())
                count["facts"] += 1
                tally["facts"] += 1
                if number not in hit:
                    misses.append(f"MISSED {dialogue['id']}  {fact['text']!r} {fact['must']}  <- {text[:150]!r}")
                    continue
                count["hit"] += 1
                tally["found"] += 1
                _follow_up(fact, said, found, count)
    return {
        "dialogues": len(dialogues),
        **{name: count[name] for name in ("turns", "distractors", "alarms", "facts", "found", "right")},
        "precision": _share(count["right"], count["found"]),
        "recall": _share(count["hit"], count["facts"]),
        "kind": _share(count["kind right"], count["right"]),
        "dates": _share(count["dated right"], count["dated"]),
        "changed": _share(count["replaced"], count["changes"]),
        "by_kind": {kind: dict(tally) for kind, tally in sorted(kinds.items())},
        "ms_per_turn": round(1000 * seconds / max(1, count["turns"]), 2),
        "misses": misses,
    }


def _follow_up(fact: Json, said: list[Any], found: list[Any], count: Counter[str]) -> None:
    """Whether the day of a plan is right, and whether a change was seen as one."""
    ones = [one for one in said if _holds(one.fact.text, fact["must"])]
    if day := fact.get("when", {}).get("day"):
        count["dated"] += 1
        count["dated right"] += any(one.fact.until and one.fact.until.isoformat() == day for one in ones)
    if "supersedes" in fact:
        count["changes"] += 1
        count["replaced"] += any(one.replaces for one in ones)


def _holds(text: str, must: list[str]) -> bool:
    return all(plain(stem).lower() in plain(text).lower() for stem in must)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


if __name__ == "__main__":
    sys.exit(main())
