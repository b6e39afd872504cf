"""What has tried to leave this machine since the start, as the owner is shown it."""

from __future__ import annotations

from datetime import datetime

from network.connections import LOOK_SECONDS
from network.offline import Attempt, Outbound
from web import machine_texts as words
from web.markup import escape


def connections_html(found: Outbound | None) -> str:
    """The record of offline.outbound(), newest attempt first."""
    if found is None:
        return f"<h2>{words.CONNECTIONS}</h2><p>{words.CONNECTIONS_UNKNOWN}</p>"
    processes = ", ".join(f"{process} {count}" for process, count in sorted(found.counts.items()))
    count = sum(found.counts.values())
    told = [words.CONNECTIONS_SINCE.format(since=_local(found.since), count=count, processes=processes)]
    if found.asked:
        told.append(words.CONNECTIONS_ASKED.format(count=found.asked))
    if count + found.asked > len(found.attempts):
        told.append(words.CONNECTIONS_LAST.format(count=len(found.attempts)))
    rows = "".join(
        f"<li>{_local(one.at)} · {escape(one.process)} · {escape(one.to)} · {_fate(one)}</li>"
        for one in reversed(found.attempts)
    )
    listed = f"<ul>{rows}</ul>" if rows else ""
    limits = words.CONNECTIONS_LIMITS.format(seconds=LOOK_SECONDS)
    return f'<h2>{words.CONNECTIONS}</h2><p>{escape(" ".join(told))}</p>{listed}<p class="quiet">{limits}</p>'


def _fate(one: Attempt) -> str:
    if one.asked:
        return words.CONNECTION_ASKED
    return words.CONNECTION_REFUSED if one.refused else words.CONNECTION_OPEN


def _local(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
