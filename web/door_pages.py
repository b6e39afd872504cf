"""The door's four pages: sign in, lost passphrase, oneself, and the recovery code, which is shown once."""

from __future__ import annotations

from web import door_texts as words
from web.door import Answer, Field, form, link, page, paragraph, section


def sign_in_page(
    status: int = 401, *, asks_name: bool, others: bool, name: str = "", trouble: str = "", retry_after: int = 0
) -> Answer:
    """`asks_name`: more than one person has a passphrase. `others`: somebody has none."""
    who = Field("name", words.NAME, complete="username", value=name, focus=not name)
    secret = Field("passphrase", words.PASSPHRASE, "password", "current-password", focus=bool(name) or not asks_name)
    parts = [form("/sign-in", words.SIGN_IN, [who, secret] if asks_name else [secret]), link("/lost", words.LOST)]
    if others:
        parts.append(paragraph(words.WITHOUT_PASSPHRASE))
    told = page(words.SIGN_IN, *parts, trouble=trouble)
    return Answer(status, told, retry_after=retry_after, challenge=status == 401)


def lost_page(status: int = 200, *, asks_name: bool, name: str = "", trouble: str = "", retry_after: int = 0) -> Answer:
    who = Field("name", words.NAME, complete="username", value=name)
    code = Field("code", words.RECOVERY_CODE, hint=words.RECOVERY_CODE_HINT)
    fields = [*([who] if asks_name else []), code, _new()]
    parts = [paragraph(words.LOST_INTRO), form("/lost", words.CHOOSE, fields), link("/sign-in", words.BACK_TO_SIGN_IN)]
    return Answer(status, page(words.LOST_TITLE, *parts, trouble=trouble), retry_after=retry_after)


def you_page(name: str, has_passphrase: bool, status: int = 200, *, trouble: str = "", retry_after: int = 0) -> Answer:
    """About oneself: leaving, and the passphrase."""
    who = Field("name", words.NAME, "hidden", "username", name)  # for the browser's own store of passphrases
    again = Field("again", words.AGAIN, "password", "new-password")
    parts = [link("/", words.BACK_TO_CHAT)]
    if has_passphrase:
        old = Field("old", words.OLD_PASSPHRASE, "password", "current-password")
        change = form("/passphrase", words.CHANGE, [who, old, _new(), again], quiet=True)
        parts += [section(words.SIGN_OUT, words.SIGN_OUT_WHAT, form("/sign-out", words.SIGN_OUT))]
        parts += [section(words.LOCK, words.LOCK_WHAT, form("/lock", words.LOCK, quiet=True))]
        parts += [section(words.CHANGE_TITLE, words.CHANGE_WHAT, change)]
    else:
        parts += [
            section(words.CHOOSE_TITLE, words.CHOOSE_WHAT, form("/passphrase", words.CHOOSE, [who, _new(), again]))
        ]
    return Answer(status, page(name, *parts, trouble=trouble), retry_after=retry_after)


def code_page(code: str, session: str | None = None) -> Answer:
    shown = section(words.RECOVERY_CODE, words.CODE_WHAT, f'<p class="code">{code}</p>')
    return Answer(200, page(words.CODE_TITLE, shown, link("/", words.CODE_KEPT)), session=session)


def _new() -> Field:
    return Field("new", words.NEW_PASSPHRASE, "password", "new-password", hint=words.PASSPHRASE_HINT)
