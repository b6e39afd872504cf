"""Chat templates: foreign code that must render, and must not do anything else."""

import threading

import pytest

from backends.template import ChatTemplate
from domain import Message
from errors import ModelUnusable

CHATML = ChatTemplate(None)
TALK = [Message("system", "Be kind."), Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "Bye")]


def test_a_file_without_template_gets_chatml():
    assert CHATML.render(TALK[:2]) == (
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )


def test_what_templates_of_the_field_use_is_there():
    source = (
        "{{ bos_token }}{% if tools is not none %}tools{% endif %}{{ strftime_now('%Y') | length }}"
        "{% for m in messages %}{% if loop.index > 1 %}{% break %}{% endif %}{{ m['content'] | trim }}{% endfor %}"
        "{% generation %}{{ eos_token }}{% endgeneration %}"
    )
    assert ChatTemplate(source, "<s>", "</s>").render([Message("user", " Hi "), Message("user", "no")]) == "<s>4Hi</s>"


def test_the_reply_text_is_what_follows_the_prompt_up_to_the_end_of_the_turn():
    ends = ("<|im_end|>", "</s>")
    assert CHATML.reply_text(TALK, "See you", ends, "<|im_end|>") == "See you<|im_end|>"
    assert CHATML.render(TALK) + "See you<|im_end|>\n" == CHATML.render([*TALK, Message("assistant", "See you")], False)


def test_a_template_that_rewrites_history_still_ends_the_turn():
    source = "{% for m in messages %}[{{ m.content | upper }}]{% endfor %}{% if add_generation_prompt %}>{% endif %}"
    assert ChatTemplate(source).reply_text([Message("user", "hi")], "Yes", ("</s>",), "</s>") == "Yes</s>"


def test_a_template_without_system_role_gets_the_system_text_with_the_first_question():
    source = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    )
    assert ChatTemplate(source).render(TALK[:2]) == "<user>Be kind.\n\nHi"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "longer than 1 s"),
        ("{{ ().__class__.__base__.__subclasses__() }}", "unsafe|undefined"),
        ("{{ messages.append(1) }}", "not safely callable|unsafe"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
        ("{% for a in range(99999) %}{{ 'x' * 1000 }}{% endfor %}", "more than 1048576 characters"),
        ("{{ 'x' * 1000000000000 }}", "too long"),
        ("{{ 9 ** 9 ** 9 }}", "powers"),
        ("{{ raise_exception('Only two turns') }}", "Only two turns"),
        ("{{ 1 / 0 }}", "division"),
        ("{{ messages + 1 }}", "can only concatenate"),
        ("{% for %}", "Expected an expression"),
    ],
)
def test_a_bad_template_is_refused_in_one_sentence(source, words):
    with pytest.raises(ModelUnusable, match=words) as caught:
        ChatTemplate(source).render([Message("user", "Hi")])
    assert str(caught.value).endswith("choose another model file.")
    assert not any(thread.name == "chat template" for thread in threading.enumerate())
