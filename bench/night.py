"""The proof of the loop: import 16 corrections, learn for one night, ask about other things, roll back.

Everything goes through the command line, as an outsider would do it: `python -m bench.night --json FILE`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import habits
from bench.machine import circumstances
from bench.result import Goal, publish

ROOT = Path(__file__).resolve().parent.parent
PERSON = "Ada"
START_SECONDS = 120
STOP_SECONDS = 30

CORRECTIONS = 16
OBEYING = 13  # of 16 unseen topics
NIGHT_SECONDS = 300.0
GENERAL_NLL = 0.01  # share by which the mean loss on general text may rise


class App:
    """The product's command line on one home folder; `options` go with every command."""

    def __init__(self, home: Path, options: Sequence[str] = ()) -> None:
        self.home = home
        self._options = options

    def command(self, *words: str, codes: Sequence[int] = (0,)) -> str:
        """Standard output of `python app.py WORDS`; raises RuntimeError if it says nothing or fails."""
        done = subprocess.run(self._line(*words), cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
        if done.returncode not in codes or not done.stdout:
            raise RuntimeError(f"app.py {' '.join(words)} ended with exit code {done.returncode}:\n{done.stderr}")
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[None]:
        """The app serves while the block runs, so that the commands share one loaded model."""
        log = self.home.with_name("serve.log")
        with log.open("w", encoding="utf-8") as output:
            server = subprocess.Popen(
                self._line("serve", "--no-browser"),
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            deadline = time.monotonic() + START_SECONDS
            while "http" not in log.read_text(encoding="utf-8", errors="replace"):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"The app did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
                time.sleep(0.1)
            yield
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()

    def answers(self, prompts: Sequence[str]) -> list[dict[str, Any]]:
        """Greedy replies, one command each, of the weights alone: what was not learnt does not ride along."""
        how = ("--person", PERSON, "--greedy", "--no-at-once", "--json")
        return [json.loads(self.command("chat", *how, prompt)) for prompt in prompts]

    def _line(self, *words: str) -> list[str]:
        command, *rest = words
        return [sys.executable, str(ROOT / "app.py"), command, *rest, "--home", str(self.home), *self._options]


@dataclass(frozen=True, slots=True)
class Proof:
    """One run of the loop: the night as the app reports it, and the replies before, after and rolled back."""

    habit: str
    night: dict[str, Any]
    base: list[dict[str, Any]]
    after: list[dict[str, Any]]
    restored: list[dict[str, Any]]

    def obeying(self, replies: Sequence[dict[str, Any]]) -> int:
        return sum(habits.obeys(self.habit, reply["reply"]) for reply in replies)


def prove(habit: str, app: App, count: int) -> Proof:
    """Imports `count` corrections, asks, learns, asks, rolls back, asks."""
    prompts = habits.test_prompts(habit)
    file = app.home.with_name("corrections.jsonl")
    rows = [json.dumps(row, ensure_ascii=False) for row in habits.corrections(habit, count)]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    app.command("feedback", "import", str(file), "--person", PERSON)
    with app.running():
        say(f"{len(rows)} corrections imported; asking the base {len(prompts)} questions")
        base = app.answers(prompts)
        say("learning")
        began = time.monotonic()
        night = json.loads(app.command("learn", "--now", "--json", "--person", PERSON, codes=(0, 3, 4)))
        night["wall_seconds"] = round(time.monotonic() - began, 1)
        say(f"{night['verdict']} after {night['wall_seconds']:.0f} s: {night['reason']}")
        after = app.answers(prompts)
        app.command("adapters", "rollback", "base", "--person", PERSON)
        restored = app.answers(prompts)
    return Proof(habit, night, base, after, restored)


def goals(proof: Proof) -> list[Goal]:
    night, asked = proof.night, len(proof.base)
    published = night["verdict"] in ("published", "provisional") and all(
        reply["adapter"] == night["version"] for reply in proof.after
    )
    obeying = proof.obeying(proof.after)
    identical = sum(old["reply"] == back["reply"] for old, back in zip(proof.base, proof.restored, strict=True))
    seconds = night["wall_seconds"]
    rise = general_rise(night["checks"])
    return [
        Goal("the night's adapter gives the replies (1: yes)", int(published), "1", published),
        Goal("replies on unseen topics that obey", obeying, f"at least {OBEYING} of {asked}", obeying >= OBEYING),
        Goal("replies after rollback that equal the base's", identical, f"{asked} of {asked}", identical == asked),
        Goal("seconds of the night", seconds, f"at most {NIGHT_SECONDS:.0f}", seconds <= NIGHT_SECONDS),
        Goal("rise of general NLL, share", rise, f"at most {GENERAL_NLL}", rise is not None and rise <= GENERAL_NLL),
    ]


def general_rise(checks: dict[str, dict[str, Any]]) -> float | None:
    """How far the exam saw the loss on general text rise, as a share; None if it did not come to that check."""
    return checks.get("general", {}).get("value")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def figures(proof: Proof) -> dict[str, Any]:
    prompts = habits.test_prompts(proof.habit)
    return {
        "habit": proof.habit,
        "corrections": len(habits.corrections(proof.habit)),
        "model": proof.base[0]["model"],
        "obey": {"base": proof.obeying(proof.base), "after": proof.obeying(proof.after), "of": len(prompts)},
        "night": proof.night,
        "answers": [
            {
                "prompt": prompt,
                "base": old["reply"],
                "after": new["reply"],
                "obeys": habits.obeys(proof.habit, new["reply"]),
                "rollback_is_base": back["reply"] == old["reply"],
            }
            for prompt, old, new, back in zip(prompts, proof.base, proof.after, proof.restored, strict=True)
        ],
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.night", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the result to this file")
    parser.add_argument("--habit", choices=tuple(habits.HABITS), default="address")
    parser.add_argument("--corrections", type=int, default=CORRECTIONS, help="taught in the night")
    args = parser.parse_args()
    about = circumstances()
    with tempfile.TemporaryDirectory(prefix="homegrown-bench-") as folder:
        proof = prove(args.habit, App(Path(folder) / "home"), args.corrections)
    shown = {**about, "corrections": args.corrections, **figures(proof)}
    print(f"habit {args.habit}, model {shown['model']}: obeyed {shown['obey']['base']} times before the night")
    print("seconds: " + ", ".join(f"{phase} {value:.0f}" for phase, value in proof.night["seconds"].items()))
    return publish(shown, goals(proof), args.json)


if __name__ == "__main__":
    sys.exit(main())
