"""The door's four pages: sign in, lost passphrase, oneself, and the recovery code, which is shown once."""

from __future__ import annotations

from dataclasses import dataclass

from storage.os_keyring import NONE
from web import door_texts as words
from web.door import Answer, Field, form, link, page, paragraph, section


def sign_in_page(
    status: int = 401,
    *,
    asks_name: bool,
    others: bool,
    waits: bool = False,
    name: str = "",
    trouble: str = "",
    done: str = "",
    retry_after: int = 0,
) -> Answer:
    """`asks_name`: more than one person has a passphrase. `others`: somebody has none. `waits`: somebody is locked."""
    who = Field("name", words.NAME, complete="username", value=name, focus=not name)
    secret = Field("passphrase", words.PASSPHRASE, "password", "current-password", focus=bool(name) or not asks_name)
    parts = [form("/sign-in", words.SIGN_IN, [who, secret] if asks_name else [secret]), link("/lost", words.LOST)]
    if others:
        parts.append(paragraph(words.WITHOUT_PASSPHRASE))
    if waits:
        parts.append(paragraph(words.NIGHTS_WAIT))
    told = page(words.SIGN_IN, *parts, trouble=trouble, done=done)
    return Answer(status, told, retry_after=retry_after, challenge=status == 401)


def lost_page(status: int = 200, *, asks_name: bool, name: str = "", trouble: str = "", retry_after: int = 0) -> Answer:
    who = Field("name", words.NAME, complete="username", value=name)
    code = Field("code", words.RECOVERY_CODE, hint=words.RECOVERY_CODE_HINT)
    fields = [*([who] if asks_name else []), code, _new()]
    parts = [paragraph(words.LOST_INTRO), form("/lost", words.CHOOSE, fields), link("/sign-in", words.BACK_TO_SIGN_IN)]
    return Answer(status, page(words.LOST_TITLE, *parts, trouble=trouble), retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class You:
    """`remembered`: whether the key is in the system's keyring; None: there is no keyring."""

    name: str
    owner: bool
    has_passphrase: bool
    remembered: bool | None


def you_page(you: You, status: int = 200, *, trouble: str = "", done: str = "", retry_after: int = 0) -> Answer:
    """About oneself: leaving, the passphrase and what belongs to it, and for the owner the way to the others."""
    who = Field("name", words.NAME, "hidden", "username", you.name)  # for the browser's own store of passphrases
    again = Field("again", words.AGAIN, "password", "new-password")
    people = section(words.PEOPLE, words.PEOPLE_SHORT, link("/people", words.SEE_PEOPLE))
    parts = [link("/", words.BACK_TO_CHAT)]
    if you.has_passphrase:
        change = form("/passphrase", words.CHANGE, [who, _present("old"), _new(), again], quiet=True)
        parts += [paragraph(words.PROTECTED)]
        parts += [section(words.SIGN_OUT, words.SIGN_OUT_WHAT, form("/sign-out", words.SIGN_OUT))]
        parts += [section(words.LOCK, words.LOCK_WHAT, form("/lock", words.LOCK, quiet=True))]
        parts += [people] * you.owner
        called = Field("called", words.NAME, complete="username", value=you.name)
        parts += [section(words.CHANGE_TITLE, words.CHANGE_WHAT, change)]
        parts += [section(words.NAME_TITLE, words.NAME_WHAT, form("/name", words.RENAME, [called], quiet=True))]
        fresh = form("/recovery-code", words.NEW_CODE, [who, _present("present")], quiet=True)
        parts += [section(words.NEW_CODE_TITLE, words.NEW_CODE_WHAT, fresh), _keyring(you.remembered, who)]
    else:
        named = Field("name", words.NAME, complete="username", value=you.name, hint=words.NAME_WHAT)
        choose = form("/passphrase", words.CHOOSE, [named, _new(), again])
        parts += [section(words.CHOOSE_TITLE, words.CHOOSE_WHAT, choose), *[people] * you.owner]
    return Answer(status, page(you.name, *parts, trouble=trouble, done=done), retry_after=retry_after)


def _keyring(remembered: bool | None, who: Field) -> str:
    match remembered:
        case None:
            return section(words.REMEMBER_TITLE, NONE)
        case True:
            return section(words.REMEMBER_TITLE, words.REMEMBERED, form("/keyring", words.NO_LONGER, quiet=True))
    ask = form("/keyring", words.REMEMBER, [who, _present("own")], quiet=True)
    return section(words.REMEMBER_TITLE, words.REMEMBER_WHAT, ask)


def code_page(code: str, session: str | None = None) -> Answer:
    shown = code_section(code, words.CODE_WHAT)
    return Answer(200, page(words.CODE_TITLE, shown, link("/", words.CODE_KEPT)), session=session)


def code_section(code: str, sentence: str) -> str:
    return section(words.RECOVERY_CODE, sentence, f'<p class="code">{code}</p>')


def _present(name: str) -> Field:
    return Field(name, words.OLD_PASSPHRASE, "password", "current-password")


def _new() -> Field:
    return Field("new", words.NEW_PASSPHRASE, "password", "new-password", hint=words.PASSPHRASE_HINT)
