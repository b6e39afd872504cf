"""Renders a model file's chat template. The template is foreign code: it runs in a sandbox, for a second at most."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain import Message
from errors import ModelUnusable

SECONDS = 1.0
OUTPUT_LIMIT = 1 << 20  # characters
REPEAT_LIMIT = 1 << 20  # elements that a multiplication may make

# What foreign template code can run into.
FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RuntimeError,
    MemoryError,
)

# For files without a template: ChatML, the form most open models were trained with.
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class _Refused(TemplateError):
    """The template itself said no (`raise_exception`)."""


class _TooSlow(BaseException):
    """Thrown into the rendering thread; not an Exception, so that nothing on the way catches it."""


class _Generation(Extension):
    """`{% generation %}` marks the assistant's words for training; rendering passes its body through."""

    tags = {"generation"}  # noqa: RUF012 (jinja2's own interface)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return list(parser.parse_statements(("name:endgeneration",), drop_needle=True))


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with bounds on the two operators that make huge values in one step."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise SecurityError("powers are not allowed")
        sized = next((x for x in (left, right) if hasattr(x, "__len__")), None)
        factor = right if sized is left else left
        if sized is not None and isinstance(factor, int) and len(sized) * factor > REPEAT_LIMIT:
            raise SecurityError("the product is too long")
        return super().call_binop(context, operator, left, right)


class ChatTemplate:
    """A compiled template; `source` None means ChatML. Raises ModelUnusable if it does not compile."""

    def __init__(self, source: str | None, bos: str = "", eos: str = "") -> None:
        sandbox = _Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation])
        sandbox.globals["raise_exception"] = _refuse
        sandbox.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        self._special = {"bos_token": bos, "eos_token": eos}
        try:
            self._template = sandbox.from_string(source or CHATML)
        except (TemplateError, RecursionError) as error:
            raise _unusable(str(error)) from None

    def render(self, messages: Sequence[Message], prompt: bool = True) -> str:
        """The text of a conversation; `prompt`: ready for the next reply.

        A template that knows no system role gets the system text in front of the first question instead.
        """
        try:
            return self._render(messages, prompt)
        except _Refused as refusal:
            if len(messages) < 2 or messages[0].role != "system":
                raise _unusable(str(refusal)) from None
            joined = Message(messages[1].role, f"{messages[0].content}\n\n{messages[1].content}")
        try:
            return self._render([joined, *messages[2:]], prompt)
        except _Refused as refusal:
            raise _unusable(str(refusal)) from None

    def reply_text(self, messages: Sequence[Message], reply: str, ends: Sequence[str], end_of_turn: str) -> str:
        """What follows the prompt for `messages` when the model answers `reply`: the reply and the end of its turn.

        `ends` are the tokens that may end a turn; `end_of_turn` is used if the template shows none of them.
        """
        prompt = self.render(messages)
        whole = self.render([*messages, Message("assistant", reply)], prompt=False)
        rest = whole[len(prompt) :] if whole.startswith(prompt) else ""
        at = rest.find(reply.strip())
        if at < 0:
            return reply + end_of_turn
        after = at + len(reply.strip())
        found = [rest.index(end, after) + len(end) for end in ends if end and end in rest[after:]]
        return rest[: min(found)] if found else rest[:after] + end_of_turn

    def _render(self, messages: Sequence[Message], prompt: bool) -> str:
        values = {
            **self._special,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "add_generation_prompt": prompt,
            "tools": None,
            "enable_thinking": False,
        }

        def work() -> str:
            pieces, length = [], 0
            for piece in self._template.generate(values):
                length += len(piece)
                if length > OUTPUT_LIMIT:
                    raise SecurityError(f"it writes more than {OUTPUT_LIMIT} characters")
                pieces.append(piece)
            return "".join(pieces)

        return _within(SECONDS, work)


def _within(seconds: float, work: Callable[[], str]) -> str:
    """The result of `work`, run in a thread of its own that is thrown out of its loop when the time is over."""
    outcome: list[str | BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except (_TooSlow, *FAILURES) as error:
            outcome.append(error)

    thread = threading.Thread(target=run, name="chat template", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive() and thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_TooSlow))
        thread.join(seconds)
    result = outcome[0] if outcome else _TooSlow()
    if isinstance(result, str):
        return result
    if isinstance(result, _Refused):
        raise result
    raise _unusable(f"it takes longer than {seconds:g} s" if isinstance(result, _TooSlow) else str(result)) from None


def _refuse(message: str) -> None:
    raise _Refused(message)


def _unusable(reason: str) -> ModelUnusable:
    return ModelUnusable(f"The model's chat template cannot be used: {reason.rstrip('.')}; choose another model file.")
