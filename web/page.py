"""The web app: all pages in one Gradio app, which is served behind the guard only."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request

from web import attached_texts, memory_texts, texts
from web import door_texts as words
from web.guard import PERSON

if TYPE_CHECKING:
    from homegrown import Homegrown

YOU = [(words.YOU, "you")]  # one of the door's own pages
ASSETS = Path(__file__).parent / "assets"
QUIET = {  # read by Gradio when it is imported: no telemetry, no model hub, no node server
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SHARE": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_MCP_SERVER": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def build_pages(home: Homegrown, port: int) -> FastAPI:
    """The ASGI app behind the guard. Gradio is imported here, after it has been told to be quiet."""
    _quieten(home.settings.home / "tmp")

    import gradio as gr

    from web.admin_page import build_admin_page
    from web.attached import attach_routes
    from web.chat_page import build_chat_page
    from web.export_page import export_routes
    from web.help_page import build_help_page
    from web.learning_page import build_learning_page
    from web.memory_moving import moving_routes
    from web.memory_page import build_memory_page
    from web.models_page import build_models_page
    from web.models_texts import MODELS
    from web.people_page import people_routes
    from web.pulse import routes
    from web.theme import theme

    with gr.Blocks(title=texts.PRODUCT, analytics_enabled=False, delete_cache=(3600, 3600)) as pages:
        gr.Navbar(YOU, main_page_name=texts.CHAT)
        build_chat_page(pages, home)
    with pages.route(texts.MEMORY, "/memory"):
        gr.Navbar(YOU, main_page_name=texts.CHAT)
        build_memory_page(pages, home)
    with pages.route(texts.LEARNING, "/learning"):
        gr.Navbar(YOU, main_page_name=texts.CHAT)
        build_learning_page(pages, home)
    with pages.route(texts.MACHINE, "/machine"):
        gr.Navbar(YOU, main_page_name=texts.CHAT)
        build_admin_page(pages, home)
    with pages.route(MODELS, "/models", show_in_navbar=False):  # the machine page leads to it
        gr.Navbar(YOU, main_page_name=texts.CHAT)
        build_models_page(pages, home)
    with pages.route(texts.HELP, "/help"):
        gr.Navbar(YOU, main_page_name=texts.CHAT)
        build_help_page()
    pages.queue(max_size=32, api_open=False, default_concurrency_limit=None)

    app = FastAPI(title=texts.PRODUCT, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(routes(home))
    app.include_router(attach_routes(home))
    app.include_router(export_routes(home))
    app.include_router(moving_routes(home))
    app.include_router(people_routes(home))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "SSR mode is not supported")  # said even when it is switched off
        mounted: FastAPI = gr.mount_gradio_app(
            app,
            pages,
            "/",
            server_name=home.settings.host,
            server_port=port,
            auth_dependency=_person,
            run_history=False,
            footer_links=[],
            show_error=False,
            max_file_size="1mb",
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            enable_monitoring=False,
            theme=theme(),
            head=_head(),
        )
    return mounted


def _quieten(folder: Path) -> None:
    """Nothing is sent, nothing opened, and temporary files are private, whatever the environment says."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]
    os.environ.update(QUIET, GRADIO_TEMP_DIR=str(folder))
    tempfile.tempdir = str(folder)


def _head() -> str:
    """Our style sheet and script. Not by Gradio's `css`: that rewrites selectors, and drops some inside @media."""
    style, script = ((ASSETS / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    said = json.dumps(texts.SCRIPT | attached_texts.SCRIPT | memory_texts.SCRIPT)
    return f"<style>{style}</style><script>window.homegrownTexts = {said};</script><script>{script}</script>"


def _person(request: Request) -> str | None:
    """The person whose session a request belongs to, as the guard found it."""
    person: str | None = request.scope.get(PERSON)
    return person
