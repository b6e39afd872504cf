"""Keeps a reply within a grammar: what cannot follow is masked before the usual sampler draws."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as native

from backends.llama_cpp.sampler import Sampler
from backends.llama_cpp.weights import Weights

ROOT = b"root"  # the rule that a whole reply must match
LIKELIEST = 256  # tokens tried first: trying a whole vocabulary takes as long as a token of a small model
CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama.h: llama_token_data


class GrammarSampler:
    """A sampler whose replies match `grammar` (GBNF). Owns `sampler`; close it.

    It draws from those of the likeliest tokens that can follow: the best one that can is always among them. Raises
    ValueError if llama.cpp cannot read the grammar.
    """

    def __init__(self, sampler: Sampler, grammar: str, weights: Weights) -> None:
        self._sampler = sampler
        self._end = min(weights.ends)
        self._all = np.arange(weights.vocabulary, dtype=np.int32)
        self._candidates = np.zeros(weights.vocabulary, CANDIDATE)
        data = self._candidates.ctypes.data_as(native.llama_token_data_p)
        self._array = native.llama_token_data_array(data, 0, -1, False)
        vocabulary: Any = native.llama_model_get_vocab(weights.model)
        self._grammar: Any = native.llama_sampler_init_grammar(vocabulary, grammar.encode(), ROOT)
        if not self._grammar:
            sampler.close()
            raise ValueError("llama.cpp cannot read the grammar of this request.")

    def next(self, context: Any) -> int:
        """The token that follows what `context` decoded last; an end of the reply if none can."""
        logits = np.ctypeslib.as_array(native.llama_get_logits_ith(context, -1), self._all.shape)
        fitting = self._fitting(logits, np.argpartition(-logits, LIKELIEST)[:LIKELIEST])
        if not len(fitting):
            fitting = self._fitting(logits, self._all)
        if not len(fitting):  # the grammar would take none, and end the process
            return self._end
        kept = logits[fitting]
        logits[:] = -np.inf
        logits[fitting] = kept
        token = self._sampler.next(context)
        native.llama_sampler_accept(self._grammar, token)
        return token

    def _fitting(self, logits: Any, tokens: Any) -> Any:
        """Those of the tokens that can follow."""
        tried = self._candidates[: len(tokens)]
        tried["id"], tried["logit"] = tokens, logits[tokens]
        self._array.size = len(tokens)
        native.llama_sampler_apply(self._grammar, ctypes.byref(self._array))
        return tokens[tried["logit"] > -np.inf]

    def close(self) -> None:
        native.llama_sampler_free(self._grammar)
        self._sampler.close()
