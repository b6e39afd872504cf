"""A program for the tests, `python llama_logits.py MODEL IDS OUT [ADAPTER]`: writes logits [tokens, vocabulary].

In a process of its own, because llama.cpp and PyTorch bring a thread library each. Float32 KV cache, one thread.
"""

from __future__ import annotations

import ctypes
import json
import sys

import llama_cpp
import numpy as np


def main(model_file: str, ids_json: str, out: str, adapter_file: str = "") -> None:
    ids = json.loads(ids_json)
    llama_cpp.llama_backend_init()
    of_model = llama_cpp.llama_model_default_params()
    of_model.use_extra_bufts = False
    model = llama_cpp.llama_model_load_from_file(model_file.encode(), of_model)
    of_context = llama_cpp.llama_context_default_params()
    of_context.n_ctx = of_context.n_batch = of_context.n_ubatch = 256
    of_context.type_k = of_context.type_v = llama_cpp.GGML_TYPE_F32
    of_context.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    of_context.n_threads = of_context.n_threads_batch = 1
    context = llama_cpp.llama_init_from_model(model, of_context)
    if adapter_file:
        adapter = llama_cpp.llama_adapter_lora_init(model, adapter_file.encode())
        adapters, scales = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(adapter), (ctypes.c_float * 1)(1.0)
        assert llama_cpp.llama_set_adapters_lora(context, adapters, 1, scales) == 0
    batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
    batch.n_tokens = len(ids)
    for place, token in enumerate(ids):
        batch.token[place], batch.pos[place], batch.logits[place] = token, place, 1
        batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
    assert llama_cpp.llama_decode(context, batch) == 0
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    np.save(out, np.ctypeslib.as_array(llama_cpp.llama_get_logits(context), shape=(len(ids), vocabulary)))


if __name__ == "__main__":
    main(*sys.argv[1:])
