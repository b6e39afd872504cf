"""Whatever is written, the rules come to an end soon: regular expressions can take forever, and the app with them."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from personalization import observing
from personalization.observing.rules import RULES
from personalization.observing.rules.plans import DATED_SCRAPS, PLANS, UNDATED_PLANS


def test_no_message_keeps_the_rules_busy_for_good() -> None:
    """A word again and again, as any that a rule knows: what can be read in two ways would take all night."""
    words = sorted({word for pattern in patterns() for word in re.findall(r"(?<![\\a-z])[a-z]{2,}", pattern)})
    assert len(words) > 500
    code = "import sys; from datetime import date; from personalization.observing.facts import facts_in\n"
    code += "for line in sys.stdin: facts_in(line, date(2026, 3, 1))"
    messages = [f"{opening} {' '.join([word] * 28)}." for opening in ("I", "I keep") for word in words]
    messages += [f"I {word} {'very ' * 40}good." for word in ("am", "keep", "have", "eat", "work")]
    root = Path(__file__).parents[1]
    subprocess.run(
        [sys.executable, "-c", code], cwd=root, input="\n".join(messages), text=True, check=True, timeout=300
    )


def patterns() -> Iterator[str]:
    """Of every rule, and of every other pattern of the package."""
    yield from (rule.pattern.pattern for rule in (*RULES, *PLANS, *DATED_SCRAPS, *UNDATED_PLANS))
    for part in pkgutil.iter_modules(observing.__path__):
        found = vars(importlib.import_module(f"{observing.__name__}.{part.name}")).values()
        yield from (pattern.pattern for pattern in found if isinstance(pattern, re.Pattern))
