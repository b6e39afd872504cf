"""What runs in one home folder: the parts, already put together by app.py."""

from __future__ import annotations

from dataclasses import dataclass

from backends.engine import Engine
from backends.hardware import Machine
from chat import Chat
from household import Household
from memories import Memories
from models import Models
from nights import Nights
from proposals import Proposals
from ratings import Ratings
from settings import Settings
from standing import Standing
from storage.adapters import Adapters
from storage.store import Store
from versions import Versions


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
    nights: Nights
    versions: Versions
    standing: Standing
    people: Household
    models: Models

    def close(self) -> None:
        self.models.downloads.close()
        self.nights.close()
        self.engine.close()
        self.store.close()
