"""Finishes what a kill or a full disk cut off: the report of a night that had already published its version."""

from __future__ import annotations

import logging

from errors import HomegrownError, Locked
from storage.adapters import Adapters
from storage.store import Store

log = logging.getLogger("homegrown.unreported")


def adopt_reports(store: Store, adapters: Adapters) -> None:
    """At the start, for everybody whose words are open. What cannot be read now waits for another start."""
    try:
        for person in store.people():
            adopt_report(store, adapters, person.id)
    except HomegrownError as error:
        log.warning("nobody's late report was looked for: %s", error)


def adopt_report(store: Store, adapters: Adapters, person: str) -> None:
    """Stores what lies beside versions; a copy goes only when the report is stored, or tells nothing."""
    try:
        known = [night.id for night in store.nights(person)]  # first: a journal that cannot be read is left alone
        for version, night in adapters.unreported(person).items():
            if night and night.id not in known:  # else only the copy was left
                store.put_night(person, night)
                log.info("the report of version %s of %s was stored late", version, person)
            adapters.reported(person, version)
    except Locked:  # they are asked again when they sign in
        return
    except HomegrownError as error:
        log.warning("no late report for %s: %s", person, error)
