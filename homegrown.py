"""What runs in one home folder: the parts, already put together by app.py."""

from __future__ import annotations

from dataclasses import dataclass

from backends.engine import Engine
from backends.hardware import Machine
from base_models.models import Models
from conversation.attachments import Attachments
from conversation.chat import Chat
from conversation.memories import Memories
from conversation.proposals import Proposals
from conversation.ratings import Ratings
from conversation.reading import Reading
from learning.nights import Nights
from learning.rest import Rest
from learning.standing import Standing
from learning.unreported import adopt_reports
from learning.versions import Versions
from people.household import Household
from settings import Settings
from storage.adapters import Adapters
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Homegrown:
    """`choice` is the backend's name and the reason for it."""

    settings: Settings
    machine: Machine
    choice: tuple[str, str]
    store: Store
    adapters: Adapters
    engine: Engine
    chat: Chat
    ratings: Ratings
    memories: Memories
    proposals: Proposals
    reading: Reading
    attachments: Attachments
    nights: Nights
    rest: Rest
    versions: Versions
    standing: Standing
    people: Household
    models: Models

    def recover(self) -> None:
        """At the start: finishes what a kill has cut off, or takes it away."""
        self.people.sweep()
        self.adapters.sweep()
        adopt_reports(self.store, self.adapters)

    def close(self) -> None:
        self.models.downloads.close()
        self.nights.close()
        self.engine.close()
        self.store.close()
