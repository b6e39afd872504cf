"""Builds a tokenizer from what a GGUF file says about its vocabulary: the same pieces as llama.cpp makes of a text."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors

from errors import ModelUnusable

NORMAL, CONTROL, USER_DEFINED = 1, 3, 4  # token types of GGUF

_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"
# tokenizer.ggml.pre -> the patterns by which a text is cut into words, one after the other.
_CUTS = {
    "default": (r"[\p{P}\$\+<=>\^~\|]+", _WORDS, r"\p{N}+", r"[0-9][0-9][0-9]"),
    "gpt-2": (_WORDS,),
    "smollm": (r"\p{N}", _WORDS),
}


def from_gguf(fields: dict[str, Any], name: str) -> Tokenizer:
    """`fields` are the metadata of the file `name`. Raises ModelUnusable for a vocabulary of another kind."""
    kind, cut = fields.get("tokenizer.ggml.model"), fields.get("tokenizer.ggml.pre", "default")
    if kind != "gpt2" or cut not in _CUTS:
        raise ModelUnusable(
            f"The vocabulary of {name} ({kind}, {cut}) cannot be converted for MLX yet; choose a model in MLX's format."
        )
    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    vocabulary = {token: n for n, token in enumerate(tokens)}
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    possible = [merge for merge in merges if "".join(merge) in vocabulary and len(merge) == 2]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=possible))
    splits = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in _CUTS[cut]]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [*splits, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    for token, its_kind in zip(tokens, fields["tokenizer.ggml.token_type"], strict=True):
        if its_kind in (CONTROL, USER_DEFINED):
            added = AddedToken(token, normalized=False, special=its_kind == CONTROL)
            (tokenizer.add_special_tokens if its_kind == CONTROL else tokenizer.add_tokens)([added])
    if fields.get("tokenizer.ggml.add_bos_token"):
        begin = fields["tokenizer.ggml.bos_token_id"]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{tokens[begin]} $A", special_tokens=[(tokens[begin], begin)]
        )
    return tokenizer
