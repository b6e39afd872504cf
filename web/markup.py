"""Text as safe HTML: Markdown and code of a reply; everything a model or a person wrote is escaped here.

The result holds no line break, so that Gradio's Markdown component takes it as one block of HTML; that component then
sanitises it a second time.
"""

from __future__ import annotations

import html

from markdown_it import MarkdownIt
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

from web import texts

LONGEST_HIGHLIGHT = 20_000  # characters of code that are coloured: streaming repeats the work 20 times a second


def escape(text: str) -> str:
    return _one_line(html.escape(text))


def reply_html(text: str) -> str:
    """A reply's Markdown as HTML. HTML in it is shown as text, images become links: nothing is fetched by itself."""
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "highlight": _coloured})
    parser.enable(["table", "strikethrough"]).disable("image")
    return _one_line(parser.render(text))


def _coloured(code: str, language: str, _: str) -> str:
    """A code block with a bar that names the language and copies it."""
    inner = html.escape(code)
    if language and len(code) <= LONGEST_HIGHLIGHT:
        try:
            inner = highlight(code, get_lexer_by_name(language), HtmlFormatter(nowrap=True))
        except ClassNotFound:
            language = language[:20]
    copy = f'<button type="button" class="act do-copy-code">{texts.COPY}</button>'
    # Markdown-it keeps what starts with <pre as it is.
    return f'<pre class="code"><span class="code-bar">{html.escape(language)}{copy}</span><code>{inner}</code></pre>'


def _one_line(markup: str) -> str:
    return markup.replace("\r", "").replace("\n", "&#10;")
