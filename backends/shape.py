"""The sizes of a model on which its need of memory and its speed depend."""

from __future__ import annotations

from dataclasses import dataclass

from backends.gguf_header import GgufHeader


@dataclass(frozen=True, slots=True)
class Shape:
    """`bytes` of the GGUF file; `active` parameters that one token uses: fewer than all in a mixture of experts.

    The sizes of a block are 0 where nobody whom we can cite has told them; `known` is False then.
    """

    architecture: str  # as GGUF names it
    parameters: int
    active: int
    bytes: int
    context: int  # tokens that the model was trained for; 0: unknown
    blocks: int = 0
    width: int = 0  # of the residual stream
    heads: int = 0
    key_heads: int = 0
    head_width: int = 0  # of one head's keys, and of its values
    feed_forward: int = 0
    vocabulary: int = 0

    @property
    def known(self) -> bool:
        sizes = (self.blocks, self.width, self.heads, self.key_heads, self.head_width, self.feed_forward)
        return all(sizes) and self.vocabulary > 0

    @property
    def mixture(self) -> bool:
        return self.active < self.parameters


def shape_of(header: GgufHeader) -> Shape:
    """The shape of a model file. Of a mixture of experts all parameters count as active: the header does not tell."""
    return Shape(
        architecture=header.architecture,
        parameters=header.parameters,
        active=header.parameters,
        bytes=header.bytes,
        context=header.context_length,
        blocks=header.blocks,
        width=header.width,
        heads=header.heads,
        key_heads=header.key_heads,
        head_width=header.head_width,
        feed_forward=header.feed_forward,
        vocabulary=header.vocabulary,
    )
