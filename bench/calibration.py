"""Finds a base model's learning rate as its first night does: `python -m bench.calibration [--model PATH]`.

The result of each model stands in docs/results/calibration.json; `--ship` also lets it come with the product, so that
nobody has to find it again.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backends import catalog
from bench.learning.workshop import Workshop
from bench.machine import circumstances
from errors import HomegrownError
from learning.probes import DATA
from personalization.calibration import Calibration
from personalization.recipe import learning_rate

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "results" / "calibration.json"
SHIPPED = DATA / "calibrations.json"

Json = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.calibration", description=__doc__)
    parser.add_argument("--model", default=catalog.BUNDLED.name, help="a model of the catalogue, or a .gguf file")
    parser.add_argument("--json", type=Path, default=RESULTS, help="add the result to this file")
    parser.add_argument("--ship", action="store_true", help="also let it come with the product")
    arguments = parser.parse_args()
    about = circumstances()
    try:
        base, entry = measured(arguments.model)
    except HomegrownError as error:
        print(f"homegrown: {error}", file=sys.stderr)
        return error.exit_code
    put(arguments.json, base, {**entry, **about})
    if arguments.ship and entry["tried"]:
        put(SHIPPED, base, entry)
    return 0


def measured(model: str) -> tuple[str, Json]:
    """(SHA-256 of the model, what was found); without trials if this machine is too slow for them."""
    with tempfile.TemporaryDirectory(prefix="homegrown-bench-") as folder, Workshop(Path(folder), model) as workshop:
        rate = workshop.rate
        print(workshop.calibrate().sentence)
        usual = learning_rate(rate.parameters)
        found = rate.calibration if rate.source == "calibrated" and rate.calibration else Calibration(usual, (), 0.0)
        for trial in found.tried:
            fits = "" if trial.harmless else ", harmful"
            print(
                f"{trial.rate:g}: margin {trial.margin:+.3f}, likelihood {trial.likelihood:+.3f} nat per token, "
                f"general loss {trial.general:+.2%}{fits}"
            )
        entry = {"model": workshop.model.name, "parameters": rate.parameters, "key": rate.key, **asdict(found)}
        return workshop.base, entry


def put(file: Path, base: str, entry: Json) -> None:
    """Replaces what the file says about this base; other bases stay."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**kept, base: entry}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
