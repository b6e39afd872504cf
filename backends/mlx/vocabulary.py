"""The tokenizer of a folder in MLX's format: text to ids, ids to text, and the tokens that end a turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

from errors import ModelUnusable

# Token texts that end a turn: at once (the first of them that there is closes one), and those that llama.cpp ends at
# besides, as no reply holds them.
CLOSING = ("<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<|end_of_text|>", "<|endoftext|>", "<EOT>", "</s>")
ENDING = frozenset(
    {*CLOSING, "<|eom_id|>", "<|return|>", "<|call|>", "<eos>", "[EOS]", "<|fim_pad|>", "<|fim_repo|>"}
    | {"<|repo_name|>", "<reponame>", "<|file_sep|>"}
)


class Vocabulary:
    """Satisfies wording.Vocabulary. Raises ModelUnusable if the folder has no tokenizer that can be read."""

    def __init__(self, folder: Path) -> None:
        try:
            # Adding and leaving out control tokens is a state of the tokenizer, so there are two.
            self._all = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
            facts = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        except Exception as error:  # tokenizers has no class of its own for what it cannot read
            raise ModelUnusable(
                f"The tokenizer of {folder.name} cannot be read ({error}); download the model again."
            ) from error
        self._plain.encode_special_tokens = True
        self.size = self._all.get_vocab_size(with_added_tokens=True)
        self.control = frozenset(t.content for t in self._all.get_added_tokens_decoder().values() if t.special)
        self.template = _template(folder, facts)
        self.bos, self.eos = (_content(facts.get(name)) for name in ("bos_token", "eos_token"))
        ids = config.get("eos_token_id")
        named = {ids} if isinstance(ids, int) else set(ids or ())
        known = {token: self._all.token_to_id(token) for token in (*ENDING, self.eos) if token}
        self.ends = frozenset({token for token in known.values() if token is not None} | named)
        self.end_texts = frozenset(text for end in self.ends if (text := self._all.id_to_token(end)))
        self.end_of_turn = next((token for token in CLOSING if token in self.end_texts), self.eos)

    def tokenize(self, text: str, start: bool, control: bool) -> list[int]:
        tokenizer = self._all if control else self._plain
        ids: list[int] = tokenizer.encode(text, add_special_tokens=start).ids
        return ids

    def speech(self) -> Speech:
        return Speech(self._all)


class Speech:
    """One reply's way back to text; characters of several tokens come whole."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)

    def piece(self, token: int) -> str:
        return self._stream.step(self._tokenizer, token) or ""


def _template(folder: Path, facts: dict[str, Any]) -> str | None:
    apart = folder / "chat_template.jinja"
    if apart.is_file():
        return apart.read_text(encoding="utf-8")
    found = facts.get("chat_template")
    if isinstance(found, list):  # several, by name
        found = next((one["template"] for one in found if one["name"] == "default"), None)
    return found


def _content(token: Any) -> str:
    return (token.get("content") if isinstance(token, dict) else token) or ""
