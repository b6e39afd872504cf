"""The look of Gradio's own parts: quiet, system fonts only. The rest stands in assets/page.css."""

from __future__ import annotations

import gradio as gr

FONTS = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
CODE_FONTS = ("ui-monospace", "SF Mono", "Cascadia Mono", "Consolas", "DejaVu Sans Mono", "monospace")


def theme() -> gr.themes.Base:
    """Colours come from the custom properties of page.css, which knows light and dark."""
    quiet = gr.themes.Base(
        font=[gr.themes.Font(name) for name in FONTS],
        font_mono=[gr.themes.Font(name) for name in CODE_FONTS],
        radius_size=gr.themes.sizes.radius_lg,
    )
    both = {
        "body_background_fill": "var(--hg-paper)",
        "body_text_color": "var(--hg-ink)",
        "body_text_color_subdued": "var(--hg-soft)",
        "background_fill_primary": "var(--hg-card)",
        "background_fill_secondary": "var(--hg-paper)",
        "block_background_fill": "transparent",
        "block_border_color": "var(--hg-line)",
        "border_color_primary": "var(--hg-line)",
        "input_background_fill": "var(--hg-card)",
        "input_border_color": "var(--hg-field)",
        "input_placeholder_color": "var(--hg-soft)",
        "button_primary_background_fill": "var(--hg-accent)",
        "button_primary_background_fill_hover": "var(--hg-accent-strong)",
        "button_primary_border_color": "var(--hg-accent)",
        "button_primary_text_color": "var(--hg-on-accent)",
        "button_secondary_background_fill": "transparent",
        "button_secondary_background_fill_hover": "var(--hg-tint)",
        "button_secondary_text_color": "var(--hg-ink)",
        "button_secondary_border_color": "var(--hg-line)",
        "link_text_color": "var(--hg-accent)",
        "link_text_color_hover": "var(--hg-accent-strong)",
        "link_text_color_visited": "var(--hg-accent)",
    }
    return quiet.set(
        **both,
        **{f"{name}_dark": value for name, value in both.items()},
        color_accent="var(--hg-accent)",
        block_border_width="0px",
        input_border_width="1px",
        block_shadow="none",
    )
