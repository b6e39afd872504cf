"""The GGUF header reader: reads what is right, and says in a sentence what is wrong."""

import random
import struct
import tracemalloc

import pytest

from backends.gguf_header import BLOCKS, QUANTISATIONS, read_header
from errors import ModelUnusable

TENSOR_BYTES = 64 * 4


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def pair(key, kind, payload):
    return text(key) + struct.pack("<I", kind) + payload


def model(version=3, architecture="llama", offset=0, keys=()):
    """A small whole GGUF file: two tensors of 64 float32 weights."""
    pairs = [
        pair("general.architecture", 8, text(architecture)),
        pair("general.name", 8, text("Tiny")),
        pair("general.file_type", 4, struct.pack("<I", 3)),
        pair(f"{architecture}.context_length", 4, struct.pack("<I", 2048)),
        pair(f"{architecture}.block_count", 4, struct.pack("<I", 2)),
        pair("tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, 3) + text("a") + text("b") + text("c")),
        pair("tokenizer.ggml.scores", 9, struct.pack("<IQ3f", 6, 3, 1, 2, 3)),
        pair("tokenizer.chat_template", 8, text("{{ messages }}")),
        *keys,
    ]
    head = b"GGUF" + struct.pack("<IQQ", version, 2, len(pairs)) + b"".join(pairs)
    for i, name in enumerate(("one", "two")):
        head += text(name) + struct.pack("<IQQIQ", 2, 8, 8, 0, offset + i * TENSOR_BYTES)
    head += b"\0" * (-len(head) % 32)
    return head + b"\1" * (2 * TENSOR_BYTES)


@pytest.fixture
def write(tmp_path):
    def write(content, name="model.gguf"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_a_whole_file_tells_what_it_is(write):
    header = read_header(write(model()))
    assert (header.architecture, header.name, header.context_length, header.blocks) == ("llama", "Tiny", 2048, 2)
    assert (header.quantisation, header.parameters, header.tensors) == ("Q4_1", 128, 2)
    assert header.template == "{{ messages }}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + b"\0" * 40, "a zip archive"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'{"error": "not found"}', "a JSON file"),
        (struct.pack("<Q", 90) + b'{"__metadata__":{}}', "a safetensors file"),
        (b"\x80\x02}q\0", "a PyTorch file"),
        (b"random words", "something else"),
        (model(version=1), "too old"),
        (model(version=9), "unknown kind"),
        (model()[:40], "inside its header"),
        (model()[:-1], "is cut short"),
        (model(keys=[pair("x", 99, b"")]), "unknown type 99"),
        (model(offset=1 << 60), "implausible"),
        (model(keys=[pair("general.alignment", 4, struct.pack("<I", 3))]), "alignment"),
        (model(keys=[pair("general.alignment", 8, text("wide"))]), "not a whole number"),
        (model(keys=[pair("a", 9, struct.pack("<IQ", 9, 1))]), "unknown type 9"),
    ],
)
def test_an_unusable_file_is_named_in_one_sentence(write, content, words):
    with pytest.raises(ModelUnusable, match=words) as caught:
        read_header(write(content))
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_file_cut_short_tells_how_much_is_there(write):
    content = model(offset=3_000_000)
    with pytest.raises(ModelUnusable, match="0 of 3 MB are there; download it again"):
        read_header(write(content))


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(ModelUnusable, match="no file"):
        read_header(tmp_path / "nothing.gguf")
    with pytest.raises(ModelUnusable, match="is a folder"):
        read_header(tmp_path)


@pytest.mark.parametrize("kind", [8, 0, 12])
def test_a_huge_count_costs_neither_memory_nor_time(write, kind):
    path = write(model(keys=[pair("a", 9, struct.pack("<IQ", kind, 1 << 62))]))
    tracemalloc.start()
    with pytest.raises(ModelUnusable):
        read_header(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_no_mutation_gets_past_a_sentence(tmp_path):
    draw, whole, path = random.Random(20), model(), tmp_path / "mutant.gguf"
    usable = 0
    for _ in range(1000):
        mutant = bytearray(whole)
        for _ in range(draw.randint(1, 8)):
            at = draw.randrange(len(whole) - 2 * TENSOR_BYTES)
            mutant[at] = draw.choice([0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)])
        path.write_bytes(mutant[: draw.choice([len(whole), draw.randrange(len(whole))])])
        try:
            read_header(path)
            usable += 1
        except ModelUnusable as reason:
            assert str(reason).endswith(".")
    assert 0 < usable < 1000


def test_the_tables_agree_with_the_format_library():
    from gguf.constants import GGML_QUANT_SIZES, LlamaFileType

    assert {int(kind): sizes for kind, sizes in GGML_QUANT_SIZES.items()} == BLOCKS
    for file_type in LlamaFileType:
        if file_type != LlamaFileType.GUESSED:
            assert QUANTISATIONS[int(file_type)] in file_type.name


def test_a_header_without_end_is_given_up(write, monkeypatch):
    monkeypatch.setattr("backends.gguf_header.HEADER_LIMIT", 100)
    with pytest.raises(ModelUnusable, match="implausibly long"):
        read_header(write(model()))
