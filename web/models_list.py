"""The base models as HTML: what serves, a download and how far it is, and what else there is. Values in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from backends.catalog import OPEN
from base_models.downloads import Transfer, progress, size
from base_models.entries import Entry
from storage.shelf import BUNDLED
from web import models_texts as words
from web.markup import escape
from web.thread import button

if TYPE_CHECKING:
    from homegrown import Homegrown


def models_html(
    entries: Sequence[Entry],
    transfer: Transfer | None,
    *,
    changing: str,
    before: str,
    learnt: frozenset[str],
    waits: bool = False,
    cannot: str = "",
) -> str:
    """`changing` is the name of the model being loaded, `before` of the one to go back to; `learnt`: have served.

    `waits`: others than those are taught before they serve; `cannot`: why that is impossible for the next one.
    """
    titles = {entry.name: entry.offer.title for entry in entries}
    serving = next((entry for entry in entries if entry.serving), None)
    parts = []

    def using(entry: Entry) -> str:
        ask = words.USING_AGAIN if entry.name in learnt else words.USING_NEXT if waits else words.USING
        return ask.format(title=entry.offer.title, serving=serving.offer.title if serving else "")

    if serving:
        back = ""
        if before:
            label, ask = words.BACK, words.GOING_BACK
            back = button(
                "back", label.format(title=titles.get(before, before)), ask=ask.format(title=titles.get(before, before))
            )
        told = (words.SERVES if serving.here else words.SERVES_STILL).format(title=serving.offer.title)
        parts.append(_entry(serving, f'<p class="text">{escape(told)}</p>', back))
    following = next((entry for entry in entries if entry.next), None)
    if following and serving:
        parts.append(_next(following, serving.offer.title, cannot))
    if changing:
        parts.append(f'<p class="status">{escape(words.LOADING.format(title=titles.get(changing, changing)))}</p>')
    if transfer:
        parts.append(_transfer(transfer, titles.get(transfer.name, transfer.name)))
    busy = transfer.name if transfer else ""
    rest = [entry for entry in entries if not (entry.serving or entry.next) and entry.name != busy]
    best = [entry for entry in rest if entry.offer.recommended and not entry.here]
    here = [entry for entry in rest if entry.here]
    others = [entry for entry in rest if not entry.here and entry.offer.runs and not entry.offer.recommended]
    suited = [entry for entry in others if entry.offer.suits]
    lesser = [entry for entry in others if not entry.offer.suits]
    large = [entry for entry in rest if not entry.here and not entry.offer.runs]
    for title, group in ((words.RECOMMENDED, best), (words.HERE, here), (words.OTHERS, suited)):
        parts.append(_group(title, (_choice(entry, using(entry)) for entry in group)))
    for title, group in ((words.LESSER, lesser), (words.UNFIT, large)):
        parts.append(_folded(title, [_choice(entry, using(entry)) for entry in group]))
    return "".join(parts)


def _folded(title: str, rows: Sequence[str]) -> str:
    summary = f"<summary>{escape(title)} ({len(rows)})</summary>"
    return f'<details>{summary}<ul class="entries">{"".join(rows)}</ul></details>' if rows else ""


def _group(title: str, rows: Iterable[str]) -> str:
    inner = "".join(rows)
    return f'<h2>{escape(title)}</h2><ul class="entries">{inner}</ul>' if inner else ""


def _next(entry: Entry, serving: str, cannot: str) -> str:
    """The model that is to serve next: what it waits for, and how to end that."""
    named = {"title": entry.offer.title, "serving": serving}
    told = (words.CANNOT if cannot else words.NEXT).format(**named, why=cannot)
    link = "" if cannot else f' <a href="/learning">{words.SEE_LEARNING}</a>'
    tools = button("now", words.SWITCH_NOW, ask=words.USING.format(**named))
    return _entry(
        entry, f'<p class="text">{escape(told)}{link}</p>', tools + button("keep", words.KEEP.format(**named))
    )


def _choice(entry: Entry, using: str) -> str:
    offer, tools = entry.offer, ""
    named = {"title": offer.title, "size": size(offer.bytes), "licence": offer.licence}
    if entry.here and offer.runs:
        tools += button("use", words.USE, ask=using)
    if entry.added:
        tools += button("remove", words.TAKE_OFF)
    elif entry.here and offer.source:
        tools += button("remove", words.REMOVE, ask=words.REMOVING)
    if not entry.here and offer.runs and offer.source:
        tools += button("download", words.DOWNLOAD, ask=words.DOWNLOADING.format(**named))
    return _entry(entry, f'<p class="text">{escape(offer.verdict)}</p>', tools, tag="li")


def _entry(entry: Entry, said: str, tools: str, tag: str = "div") -> str:
    offer = entry.offer
    badges = [words.BEST] if offer.recommended else []
    badges += [words.SERVING] if entry.serving else [words.FOLLOWING] if entry.next else []
    marks = "".join(f' <span class="badge">{escape(badge)}</span>' for badge in badges)
    if not entry.verified:
        marks += f' <span class="badge bad">{words.NOT_VERIFIED}</span>'
    about = (words.ABOUT_ADDED if entry.added else words.ABOUT).format(
        size=size(offer.bytes), licence=offer.licence, path=entry.name
    )
    terms = "" if offer.licence in OPEN or not offer.licence else f'<p class="quiet">{words.TERMS}</p>'
    terms += f'<p class="quiet">{words.GATED}</p>' if offer.source and offer.source.gated else ""
    return (
        f'<{tag} class="entry item model-entry" id="m-{escape(entry.name)}"><h3>{escape(offer.title)}{marks}</h3>{said}'
        f'<p class="quiet">{escape(about)}</p>{terms}<div class="tools">{tools}</div></{tag}>'
    )


def _transfer(transfer: Transfer, title: str) -> str:
    step, cancel = transfer.step, button("cancel", words.CANCEL, ask=words.CANCELLING)
    if transfer.state == "running":
        said, tools = progress(transfer), button("pause", words.PAUSE) + cancel
    else:
        said, tools = words.PAUSED.format(done=size(step.done), total=size(step.total)), button("resume", words.RESUME)
        said, tools = f"{transfer.said} {said}".strip(), tools + cancel
    share = _share(transfer)
    label = escape(words.PROGRESS.format(title=title))
    return (
        f'<div class="entry item model-entry" id="m-{escape(transfer.name)}"><h3>{escape(title)}</h3>'
        f'<progress max="100" value="{share}" aria-label="{label}">{share} %</progress>'
        f'<p class="text">{escape(said)}</p><div class="tools">{tools}</div></div>'
    )


def link_html() -> str:
    """On the machine page."""
    return f'<p><a href="/models">{escape(words.LINK)}</a></p>'


def better_html(home: Homegrown, person: str) -> str:
    """On the owner's empty chat page while the bundled model serves: which one is better, and where to get it."""
    if home.models.serving.name != BUNDLED or not home.store.person(person).owner:
        return ""
    best = next((entry for entry in home.models.entries() if entry.offer.recommended), None)
    if best is None or best.serving:
        return ""
    transfer, named = home.models.downloads.now(), {"title": best.offer.title, "size": size(best.offer.bytes)}
    if best.here:
        said = words.BETTER_HERE.format(**named)
    elif transfer and transfer.name == best.name:
        said = words.BETTER_COMING.format(**named, share=_share(transfer))
    else:
        said = words.BETTER.format(**named)
    return f'<p class="small">{escape(said)} <a href="/models">{words.SEE_MODELS}</a></p>'


def _share(transfer: Transfer) -> int:
    return int(100 * transfer.step.done / transfer.step.total) if transfer.step.total else 0
