"""Signing in with a passphrase, out again, and the page about oneself. Every guess goes through the throttle."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from domain import Person
from errors import BadInput, HomegrownError, Locked
from storage.wrap import checked_code, checked_passphrase
from web import door, texts
from web import door_texts as words
from web.door import Answer
from web.door_pages import You, code_page, lost_page, sign_in_page, you_page
from web.session import Sessions
from web.throttle import Throttle

T = TypeVar("T")
AT_ONCE, WAITING = 2, 16  # key derivations at once (each takes 64 MiB), and those that may wait for their turn
NOBODY = "nobody"  # no person's id
LEFT = "/?left"  # where whoever has left is told so
FORM = "/sign-in", "/lost"  # for strangers
# for those who are signed in
BEHIND = "/you", "/sign-out", "/lock", "/name", "/passphrase", "/recovery-code", "/keyring", "/here"


class Keys(Protocol):
    """What the door needs of storage/people.py. `unlock` and `recover` raise Locked for a wrong secret."""

    def has_passphrase(self, person: str) -> bool: ...

    def is_locked(self, person: str) -> bool: ...

    def unlock(self, person: str, passphrase: str) -> None:
        """Takes as long for somebody unknown."""
        ...

    def recover(self, person: str, code: str, new: str) -> str:
        """Chooses a new passphrase and signs in; returns the new recovery code."""
        ...

    def set_passphrase(self, person: str, new: str, old: str) -> str:
        """The first passphrase (`old` is "") or another one; returns the new recovery code."""
        ...

    def lock(self, person: str) -> None:
        """Forgets the key: what is under way for this person ends."""
        ...

    def new_code(self, person: str, passphrase: str) -> str:
        """A new recovery code; the old one no longer works."""
        ...

    def remembered(self, person: str) -> bool | None:
        """Whether the key is in the system's keyring; None: there is no keyring."""
        ...

    def remember(self, person: str, passphrase: str) -> None: ...

    def no_longer_remember(self, person: str) -> None: ...


class SignIn:
    """Answers the routes of FORM and BEHIND. `people` lists who is here; `rename` raises BadInput for a bad name."""

    def __init__(
        self,
        keys: Keys,
        people: Callable[[], Sequence[Person]],
        rename: Callable[[Person, str], object],
        sessions: Sessions,
        throttle: Throttle,
    ) -> None:
        self._keys = keys
        self._people = people
        self._renamed = rename
        self._sessions = sessions
        self._throttle = throttle
        self._deriving = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    def needs_passphrase(self, person: str) -> bool:
        return self._keys.has_passphrase(person)

    def for_stranger(self, *, left: bool = False) -> Answer:
        """The page for a browser that is not signed in. `left`: it was."""
        done = words.SIGNED_OUT if left else ""
        return self._sign_in_page(done=done) if self._known() else door.refusal(401, texts.NOT_SIGNED_IN)

    async def answer(
        self, method: str, path: str, form: Mapping[str, str], person: str | None, address: str
    ) -> Answer | None:
        """None: there is no such route. `person` is who is signed in."""
        match method, path, person:
            case "GET" | "HEAD", "/sign-in", None:
                return self.for_stranger()
            case "GET" | "HEAD", "/sign-in", _:
                return Answer(303, location="/")
            case "GET" | "HEAD", "/lost", _:
                return self._lost_page()
            case "POST", "/sign-in", _:
                return await self._enter(form, address)
            case "POST", "/lost", _:
                return await self._recover(form, address)
            case _, _, None:
                return None
            case "GET" | "HEAD", "/you", _:
                return await self._you_page(person)
            case "POST", "/name" | "/passphrase" | "/recovery-code" | "/keyring", _:
                return await self._change(person, path, form, address)
            case "POST", "/sign-out", _:
                self._sessions.end(person)
                return Answer(303, location=LEFT, session="")
            case "POST", "/lock", _:
                self._sessions.end(person)
                await asyncio.to_thread(self._keys.lock, person)
                return Answer(303, location=LEFT, session="")
            case "POST", "/here", _:
                return Answer(204)
        return None

    async def _enter(self, form: Mapping[str, str], address: str) -> Answer:
        name = form.get("name", "")
        person = self._called(name)

        def unlock() -> str:
            self._keys.unlock(person or NOBODY, form.get("passphrase", ""))
            return person

        try:
            entered = await self._guess(self._account(name), address, unlock)
        except Locked:
            return self._sign_in_page(401, name=name, trouble=words.WRONG_PASSPHRASE)
        except _TooManyGuessesError as many:
            return self._sign_in_page(429, name=name, trouble=str(many), retry_after=many.seconds)
        return Answer(303, location="/", session=self._sessions.begin(entered))

    async def _recover(self, form: Mapping[str, str], address: str) -> Answer:
        name = form.get("name", "")
        person = self._called(name)
        try:  # the same for everybody, known or not: it says nothing of who is here
            code, new = checked_code(form.get("code", "")), checked_passphrase(form.get("new", ""))
        except BadInput as error:
            return self._lost_page(400, name=name, trouble=str(error))

        def recover() -> str:
            if not person:
                self._keys.unlock(NOBODY, code)
            return self._keys.recover(person, code, new)

        try:
            fresh = await self._guess(self._account(name), address, recover)
        except Locked:
            return self._lost_page(401, name=name, trouble=words.WRONG_CODE)
        except _TooManyGuessesError as many:
            return self._lost_page(429, name=name, trouble=str(many), retry_after=many.seconds)
        self._sessions.end(person)  # whoever was in with the old passphrase
        return code_page(fresh, self._sessions.begin(person))

    async def _change(self, person: str, path: str, form: Mapping[str, str], address: str) -> Answer:
        """What somebody changes about themselves; the present passphrase is a guess like any other."""
        try:
            match path:
                case "/name":
                    self._rename(person, form.get("called", ""))
                    return await self._you_page(person, done=words.RENAMED)
                case "/passphrase":
                    return await self._choose(person, form, address)
                case "/recovery-code":
                    old = form.get("present", "")
                    return code_page(await self._guess(person, address, lambda: self._keys.new_code(person, old)))
            return await self._remember(person, form, address)
        except Locked:
            return await self._you_page(person, 401, trouble=words.WRONG_OLD)
        except _TooManyGuessesError as many:
            return await self._you_page(person, 429, trouble=str(many))
        except HomegrownError as error:
            return await self._you_page(person, 400, trouble=str(error))

    async def _choose(self, person: str, form: Mapping[str, str], address: str) -> Answer:
        new, old = checked_passphrase(form.get("new", "")), form.get("old", "")
        if new != checked_passphrase(form.get("again", "")):
            raise BadInput(words.NOT_ALIKE)
        if "name" in form:
            self._rename(person, form["name"])  # before the code is made, which is shown only once
        return code_page(await self._guess(person, address, lambda: self._keys.set_passphrase(person, new, old)))

    def _rename(self, person: str, name: str) -> None:
        known = next(one for one in self._people() if one.id == person)
        if name.strip() != known.name:
            self._renamed(known, name)

    async def _remember(self, person: str, form: Mapping[str, str], address: str) -> Answer:
        if "own" not in form:
            await asyncio.to_thread(self._keys.no_longer_remember, person)
            return await self._you_page(person, done=words.FORGOTTEN_NOW)
        await self._guess(person, address, lambda: self._keys.remember(person, form["own"]))
        return await self._you_page(person, done=words.REMEMBERED_NOW)

    async def _guess(self, account: str, address: str, derive: Callable[[], T]) -> T:
        """Runs what tries a secret, if it may be tried now."""
        if self._waiting >= WAITING:
            raise _TooManyGuessesError(1)
        if wait := self._throttle.guess(account, address):
            raise _TooManyGuessesError(math.ceil(wait))
        self._waiting += 1
        try:
            async with self._deriving:
                found = await asyncio.to_thread(derive)
        finally:
            self._waiting -= 1
        self._throttle.right(account, address)
        return found

    # who

    def _known(self) -> list[Person]:
        return [person for person in self._people() if self._keys.has_passphrase(person.id)]

    def _called(self, name: str) -> str:
        """The id of the person with that name, or of the only one; "" if there is nobody."""
        known = self._known()
        if not name and len(known) == 1:
            return known[0].id
        return next((person.id for person in known if person.name.casefold() == name.strip().casefold()), "")

    def _account(self, name: str) -> str:
        """What the throttle counts under: made-up names share 256 accounts, so that they cannot fill the memory."""
        made_up = hashlib.sha256(name.strip().casefold().encode("utf-8", "replace")).hexdigest()[:2]
        return self._called(name) or f"{NOBODY} {made_up}"

    # pages

    def _sign_in_page(self, status: int = 401, **told: Any) -> Answer:
        known = self._known()
        waits = any(self._keys.is_locked(person.id) for person in known)
        return sign_in_page(
            status, asks_name=len(known) != 1, others=len(known) < len(self._people()), waits=waits, **told
        )

    def _lost_page(self, status: int = 200, **told: Any) -> Answer:
        return lost_page(status, asks_name=len(self._known()) != 1, **told)

    async def _you_page(self, person: str, status: int = 200, **told: Any) -> Answer:
        name, owner = next(((known.name, known.owner) for known in self._people() if known.id == person), ("", False))
        protected = self._keys.has_passphrase(person)
        remembered = await asyncio.to_thread(self._keys.remembered, person) if protected else None
        return you_page(You(name, owner, protected, remembered), status, **told)


class _TooManyGuessesError(Exception):
    def __init__(self, seconds: int) -> None:
        minutes = math.ceil(seconds / 60)
        super().__init__(words.SLOWER_MINUTES.format(count=minutes) if minutes > 1 else words.SLOWER)
        self.seconds = seconds
