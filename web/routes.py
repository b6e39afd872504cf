"""Which routes a browser may reach: what our pages use. Everything else stays closed, also what a new Gradio adds.

`tests/routes.json` lists every route there is with the reason for its being open or closed.
"""

from __future__ import annotations

PAGES = frozenset({"/", "/memory", "/learning", "/machine", "/models", "/help"})  # what a person opens
FORMS = frozenset({"/export", "/people"})  # what a form of ours is sent to; everything else takes JSON
UPLOADS = {"/memory/import": 64 * 1024 * 1024, "/attach": 10 * 1024 * 1024}  # what takes a file -> bytes at most
READ, WRITE = frozenset({"GET", "HEAD"}), frozenset({"POST"})
OPEN = {
    **dict.fromkeys([*PAGES, "/pulse", "/config", "/theme.css", "/favicon.ico"], READ),
    **dict.fromkeys(("/gradio_api/queue/data", "/gradio_api/startup-events", "/gradio_api/theme.css"), READ),
    **dict.fromkeys(FORMS, READ | WRITE),
    **dict.fromkeys(("/memory/export.txt", "/memory/export.json"), READ),
    **dict.fromkeys(UPLOADS, WRITE),
    **dict.fromkeys(("/awake", "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset"), WRITE),
}
FOLDERS = {  # beginnings of paths
    **dict.fromkeys(("/assets/", "/static/", "/svelte/", "/reply/"), READ),
}


def is_open(method: str, path: str) -> bool:
    """Whether the pages use this route in this way. `path` is decoded, as ASGI has it."""
    if ".." in path or "\\" in path or "\0" in path:
        return False
    if path in OPEN:
        return method in OPEN[path]
    return any(method in methods for folder, methods in FOLDERS.items() if path.startswith(folder))
