"""A key is opened by its passphrase or its recovery code, by nothing else, and no crash or flipped bit loses it."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from errors import BadInput, HomegrownError, Locked, StorageTrouble
from storage import keys as module
from storage import wrap
from storage.atomic import write_whole
from storage.keys import FILES, Keys
from storage.wrap import STANDARD, Cost

ADA, WORDS = "ada", "correct horse battery"
CHEAP = Cost(memory=32, passes=1, lanes=1)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    (tmp_path / "people" / ADA).mkdir(parents=True)
    return Keys(tmp_path, CHEAP)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "people" / ADA


def reopened(folder: Path) -> Keys:
    """The same home after a restart."""
    return Keys(folder.parent.parent, CHEAP)


def sealed(keys: Keys, text: bytes = b"words") -> bytes:
    seal = keys.seal_of(ADA)
    assert seal
    return seal.seal(text, b"context")


def opens(keys: Keys, box: bytes) -> bool:
    seal = keys.seal_of(ADA)
    assert seal
    return seal.unseal(box, b"context") == b"words"


def refused(act: Callable[[], object]) -> type[HomegrownError]:
    with pytest.raises(HomegrownError) as caught:
        act()
    return caught.type


def test_who_has_no_passphrase_is_never_locked(keys: Keys) -> None:
    assert (keys.has_passphrase(ADA), keys.is_locked(ADA), keys.seal_of(ADA), keys.state(ADA)) == (
        False,
        False,
        None,
        None,
    )


def test_after_a_restart_a_person_is_locked_until_the_passphrase_is_given(keys: Keys, folder: Path) -> None:
    keys.create(ADA, WORDS)
    box = sealed(keys)
    later = reopened(folder)
    assert later.is_locked(ADA) and refused(lambda: later.seal_of(ADA)) is Locked
    later.unlock(ADA, WORDS)
    assert not later.is_locked(ADA) and opens(later, box)
    later.lock(ADA)
    assert later.is_locked(ADA) and refused(lambda: later.seal_of(ADA)) is Locked


@pytest.mark.parametrize("wrong", ["correct horse batterz", "", WORDS.upper(), f" {WORDS}", "\ud800", "x" * 100_000])
def test_a_wrong_passphrase_opens_nothing(keys: Keys, folder: Path, wrong: str) -> None:
    keys.create(ADA, WORDS)
    later = reopened(folder)
    assert refused(lambda: later.unlock(ADA, wrong)) is Locked
    assert later.is_locked(ADA)


def test_somebody_unknown_is_refused_like_a_wrong_passphrase_and_after_as_much_work(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.create(ADA, WORDS)
    keys.lock(ADA)
    derived: list[Cost] = []
    real = wrap._derived

    def counting(secret: str, salt: bytes, cost: Cost) -> bytes:
        derived.append(cost)
        return real(secret, salt, cost)

    monkeypatch.setattr(wrap, "_derived", counting)
    said = set()
    for person in (ADA, "nobody"):
        with pytest.raises(Locked) as caught:
            keys.unlock(person, "not the passphrase")
        said.add(str(caught.value))
    assert derived == [CHEAP, CHEAP] and len(said) == 1
    assert not keys.has_passphrase("nobody")


def test_letters_that_keyboards_send_in_several_forms_are_one_passphrase(keys: Keys, folder: Path) -> None:
    keys.create(ADA, "cafe\u0301 au lait")
    reopened(folder).unlock(ADA, "caf\u00e9 au lait")


def test_a_passphrase_has_eight_characters_at_least_and_no_other_rules(keys: Keys) -> None:
    assert refused(lambda: keys.create(ADA, "1234567")) is BadInput
    assert refused(lambda: keys.create(ADA, "x" * 1001)) is BadInput
    assert not keys.has_passphrase(ADA)
    keys.create(ADA, "        ")


def test_the_recovery_code_opens_too_however_it_is_typed(keys: Keys, folder: Path) -> None:
    code = keys.create(ADA, WORDS)
    assert [len(group) for group in code.split("-")] == [4] * 8
    box = sealed(keys)
    for typed in (code, code.lower(), code.replace("-", ""), f"  {code.replace('-', '  ')}\n", code.replace("O", "0")):
        later = reopened(folder)
        later.unlock_with_code(ADA, typed)
        assert opens(later, box)


def test_a_typing_mistake_in_a_recovery_code_is_told_from_a_wrong_code(
    keys: Keys, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as fixed:  # 16 bits show mistakes: of drawn codes, one in 65,536 would not
        fixed.setattr(secrets, "token_bytes", lambda count: bytes(range(count)))
        code = keys.create(ADA, WORDS)
    keys.lock(ADA)
    for typed in (
        code[:-1],
        code + "A",
        code[1:] + code[0],
        "",
        "AAAA-" * 8,
        "é" * 32,
        ("B" if code[0] == "A" else "A") + code[1:],
    ):
        assert refused(partial(keys.unlock_with_code, ADA, typed)) is BadInput, typed
    assert refused(lambda: keys.unlock_with_code(ADA, wrap.new_code())) is Locked
    assert keys.is_locked(ADA)


def test_no_passphrase_code_or_key_stands_in_the_key_file_which_its_owner_alone_may_read(
    keys: Keys, folder: Path
) -> None:
    code = keys.create(ADA, WORDS)
    key = wrap.unwrap(
        json.loads((folder / FILES[0]).read_text())["passphrase"], WORDS, module._context(ADA, "passphrase")
    )
    assert key
    for name in FILES:
        text = (folder / name).read_text(encoding="utf-8")
        assert not any(secret in text for secret in (WORDS, code, code.replace("-", ""), key.hex()))
        if os.name != "nt":
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_changing_the_passphrase_keeps_the_key_and_replaces_the_old_passphrase_and_the_old_code(
    keys: Keys, folder: Path
) -> None:
    old_code = keys.create(ADA, WORDS)
    box = sealed(keys)
    code = keys.change(ADA, "another passphrase", WORDS)
    later = reopened(folder)
    assert refused(lambda: later.unlock(ADA, WORDS)) is Locked
    assert refused(lambda: later.unlock_with_code(ADA, old_code)) is Locked
    later.unlock(ADA, "another passphrase")
    assert opens(later, box)
    later.unlock_with_code(ADA, code)
    assert opens(later, box)


def test_the_passphrase_is_changed_only_by_who_knows_it_even_while_signed_in(keys: Keys, folder: Path) -> None:
    keys.create(ADA, WORDS)
    assert refused(lambda: keys.change(ADA, "another passphrase", "not the passphrase")) is Locked
    assert refused(lambda: keys.change(ADA, "short", WORDS)) is BadInput
    assert refused(lambda: keys.create(ADA, "another passphrase")) is BadInput
    reopened(folder).unlock(ADA, WORDS)


def test_a_lost_passphrase_is_replaced_with_the_recovery_code_which_then_is_used_up(keys: Keys, folder: Path) -> None:
    code = keys.create(ADA, WORDS)
    box = sealed(keys)
    later = reopened(folder)
    fresh = later.recover(ADA, code, "another passphrase")
    assert opens(later, box) and fresh != code
    last = reopened(folder)
    assert refused(lambda: last.unlock(ADA, WORDS)) is Locked
    assert refused(lambda: last.recover(ADA, code, "a third passphrase")) is Locked
    last.unlock(ADA, "another passphrase")


def test_the_key_of_one_person_is_not_taken_for_that_of_another(keys: Keys, folder: Path) -> None:
    keys.create(ADA, WORDS)
    bob = folder.parent / "bob"
    bob.mkdir()
    for name in FILES:
        (bob / name).write_bytes((folder / name).read_bytes())
    assert refused(lambda: keys.unlock("bob", WORDS)) is Locked


def test_a_higher_standard_is_taken_over_at_the_next_sign_in(keys: Keys, folder: Path) -> None:
    keys.create(ADA, WORDS)
    box = sealed(keys)
    dearer = Cost(memory=64, passes=2, lanes=1)
    stronger = Keys(folder.parent.parent, dearer)
    stronger.unlock(ADA, WORDS)
    assert opens(stronger, box)
    for name in FILES:
        assert wrap.cost_of(json.loads((folder / name).read_text())["passphrase"]) == dearer
    reopened(folder).unlock(ADA, WORDS)


def test_a_guess_costs_64_mib_and_three_passes() -> None:
    assert (STANDARD.memory, STANDARD.passes, STANDARD.lanes) == (65_536, 3, 4)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"state": "sealed"}'])
def test_a_damaged_key_file_is_made_good_from_its_copy(keys: Keys, folder: Path, damage: bytes) -> None:
    keys.create(ADA, WORDS)
    box = sealed(keys)
    for broken, sound in (FILES, FILES[::-1]):
        (folder / broken).write_bytes(damage)
        later = reopened(folder)
        later.unlock(ADA, WORDS)
        assert opens(later, box)
        assert (folder / broken).read_bytes() == (folder / sound).read_bytes()


def test_with_both_copies_damaged_the_remedy_is_told_and_nobody_is_let_in(keys: Keys, folder: Path) -> None:
    keys.create(ADA, WORDS)
    for name in FILES:
        (folder / name).write_text("{", encoding="utf-8")
    later = reopened(folder)
    assert later.is_locked(ADA)
    with pytest.raises(StorageTrouble, match="put it back from a backup"):
        later.unlock(ADA, WORDS)
    with pytest.raises(Locked):
        later.seal_of(ADA)


def test_no_flipped_bit_in_one_key_file_keeps_its_owner_out_or_lets_a_wrong_key_in(keys: Keys, folder: Path) -> None:
    keys.create(ADA, WORDS)
    keys.settle(ADA)
    box = sealed(keys)
    whole = (folder / FILES[0]).read_bytes()
    for place in range(0, 8 * len(whole), 37):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        (folder / FILES[0]).write_bytes(changed)
        later = reopened(folder)
        later.unlock(ADA, WORDS)
        assert opens(later, box)


class Killed(BaseException):
    pass


def breaking(error: BaseException) -> Callable[[Path, str | bytes], None]:
    """`write_whole` that does not come to the second file of a key."""

    def write(path: Path, content: str | bytes) -> None:
        if path.name == FILES[1]:
            raise error
        write_whole(path, content)

    return write


def test_a_change_that_fails_between_the_two_files_leaves_the_old_passphrase_and_no_other(
    keys: Keys, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "write_whole", breaking(StorageTrouble("the disk is full")))
    assert refused(lambda: keys.create(ADA, WORDS)) is StorageTrouble
    assert not reopened(folder).has_passphrase(ADA)
    monkeypatch.undo()
    keys.create(ADA, WORDS)
    monkeypatch.setattr(module, "write_whole", breaking(StorageTrouble("the disk is full")))
    assert refused(lambda: keys.change(ADA, "another passphrase", WORDS)) is StorageTrouble
    reopened(folder).unlock(ADA, WORDS)
    assert refused(lambda: reopened(folder).unlock(ADA, "another passphrase")) is Locked


def test_a_change_that_is_killed_between_the_two_files_leaves_one_passphrase_that_opens_and_then_only_that(
    keys: Keys, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.create(ADA, WORDS)
    box = sealed(keys)
    with monkeypatch.context() as broken, pytest.raises(Killed):
        broken.setattr(module, "write_whole", breaking(Killed()))
        keys.change(ADA, "another passphrase", WORDS)
    later = reopened(folder)
    later.unlock(ADA, "another passphrase")
    assert opens(later, box)
    last = reopened(folder)
    assert refused(lambda: last.unlock(ADA, WORDS)) is Locked


def test_what_was_begun_is_remembered_until_it_is_settled(keys: Keys, folder: Path) -> None:
    keys.create(ADA, WORDS)
    assert reopened(folder).state(ADA) == "sealing"
    keys.settle(ADA)
    assert reopened(folder).state(ADA) == "sealed"
    later = reopened(folder)
    assert refused(lambda: later.begin_opening(ADA, "not the passphrase")) is Locked
    later.begin_opening(ADA, WORDS)
    assert reopened(folder).state(ADA) == "opening" and reopened(folder).is_locked(ADA)
    later.settle(ADA)
    assert (reopened(folder).state(ADA), later.has_passphrase(ADA), later.seal_of(ADA)) == (None, False, None)
    assert list(folder.iterdir()) == []


def test_erasing_overwrites_the_wraps_before_it_deletes_them(
    keys: Keys, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.create(ADA, WORDS)
    before = {name: (folder / name).read_bytes() for name in FILES}
    unlink, left = Path.unlink, {}

    def watching(path: Path, missing_ok: bool = False) -> None:
        left[path.name] = path.read_bytes()
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", watching)
    keys.erase(ADA)
    assert set(left) == set(FILES) and not keys.has_passphrase(ADA)
    for name in FILES:
        assert len(left[name]) == len(before[name]) and left[name][:64] != before[name][:64]
        assert json.loads(before[name])["passphrase"]["key"].encode() not in left[name]
    keys.erase(ADA)


@pytest.mark.parametrize(
    "change",
    [
        {"memory": 1 << 40},
        {"memory": 0},
        {"passes": 10**9},
        {"lanes": 10**6},
        {"memory": "64"},
        {"kdf": "none"},
        {"salt": ""},
        {"key": ""},
    ],
)
def test_a_key_file_that_asks_for_absurd_work_is_damaged(keys: Keys, folder: Path, change: dict[str, object]) -> None:
    keys.create(ADA, WORDS)
    for name in FILES:
        entry = json.loads((folder / name).read_text())
        entry["passphrase"] |= change
        (folder / name).write_text(json.dumps(entry))
    assert refused(lambda: reopened(folder).unlock(ADA, WORDS)) is StorageTrouble
