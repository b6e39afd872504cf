"""The command line: every command, flag and help text; a contract, documented in docs/cli.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from settings import BACKENDS


def build_parser() -> argparse.ArgumentParser:
    # Without defaults: an option that stands before the command must not be overwritten by one that is not given.
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--home", metavar="DIR", help="where everything is kept (default: the platform's data folder)")
    common.add_argument("--model", metavar="NAME|PATH", help="the base model: bundled, or a .gguf file")
    common.add_argument("--backend", choices=BACKENDS, help="what runs the model (default: auto)")
    spoken = argparse.ArgumentParser(add_help=False, parents=[common])
    spoken.add_argument("--person", metavar="NAME", help="whose model; may be left out while there is one person")
    spoken.add_argument("--json", action="store_true", help="print JSON for scripts")
    spoken.add_argument(
        "--passphrase-fd", type=int, metavar="N", help="read the passphrase from this open file, instead of a terminal"
    )

    parser = argparse.ArgumentParser(prog="app.py", description="A language model of your own, on your own machine.")
    _serving(parser)
    for action in common._actions:
        parser._add_action(action)
    verbs = parser.add_subparsers(dest="command", metavar="COMMAND")
    _serving(verbs.add_parser("serve", parents=[common], help="serve the pages (the default)"))

    chat = verbs.add_parser("chat", parents=[spoken], help="one reply, outside any conversation")
    chat.add_argument("text")
    chat.add_argument("--greedy", action="store_true", help="temperature 0, fresh context: repeatable")
    chat.add_argument(
        "--no-at-once", dest="at_once", action="store_false", help="without the lessons that are not learnt yet"
    )

    people = verbs.add_parser("people", parents=[spoken], help="who has a model here")
    people.add_argument("action", choices=("list", "add", "rename", "remove", "passphrase"))
    people.add_argument("name", nargs="?")
    people.add_argument("new_name", metavar="new-name", nargs="?", help="with rename: what they are called from now on")
    other = people.add_mutually_exclusive_group()
    other.add_argument("--recover", action="store_true", help="with passphrase: it is lost, the recovery code is there")
    other.add_argument("--remove", action="store_true", help="with passphrase: do without one")
    other.add_argument("--keyring", choices=("on", "off"), help="with passphrase: keep the key in the system's keyring")

    feedback = verbs.add_parser("feedback", help="what was rated and corrected").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    imported = feedback.add_parser("import", parents=[spoken], help="take over JSON lines")
    imported.add_argument("file")
    imported.add_argument("--skip-broken", action="store_true", help="take the good lines, leave out the broken ones")
    feedback.add_parser("list", parents=[spoken], help="every row of the ledger")
    feedback.add_parser("forget", parents=[spoken], help="delete a row").add_argument("id")
    acting = feedback.add_parser("at-once", parents=[spoken], help="whether lessons act before they are learnt")
    acting.add_argument("switch", choices=("on", "off"), nargs="?", help="without it: how it is")

    learn = verbs.add_parser("learn", parents=[spoken], help="one night").add_mutually_exclusive_group(required=True)
    learn.add_argument("--now", action="store_true", help="do not wait for the clock and idleness")
    learn.add_argument("--scheduled", action="store_true", help="only if it is due, everybody's; for timers")

    adapters = verbs.add_parser("adapters", help="the versions of a model").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    adapters.add_parser("list", parents=[spoken], help="every version")
    adapters.add_parser("rollback", parents=[spoken], help="let another version serve").add_argument("version")

    memory = verbs.add_parser("memory", help="facts about a person").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    memory.add_parser("list", parents=[spoken], help="every fact")
    memory.add_parser("search", parents=[spoken], help="facts by words and by meaning").add_argument("text")
    memory.add_parser("add", parents=[spoken], help="remember a fact").add_argument("text")
    memory.add_parser("forget", parents=[spoken], help="delete a fact").add_argument("id")
    brought = memory.add_parser("import", parents=[spoken], help="facts from a text, ChatGPT or Open WebUI")
    brought.add_argument("path", metavar="FILE", type=_absolute)
    brought.add_argument("--dry-run", action="store_true", help="only tell what would be remembered")
    saved = memory.add_parser("export", parents=[spoken], help="every fact as a file, which is not encrypted")
    saved.add_argument("path", metavar="FILE", type=_absolute, help="JSON if it ends in .json, else text")
    saved.add_argument("--force", action="store_true", help="replace the file if it is there")

    keys = verbs.add_parser("keys", help="keys for other programs").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    key = keys.add_parser("add", parents=[spoken], help="make a key, which is shown once")
    key.add_argument("name", help="which program it is for")
    key.add_argument("--memory", action="store_true", help="the program may use the person's memory")
    keys.add_parser("list", parents=[spoken], help="every key")
    keys.add_parser("revoke", parents=[spoken], help="let a key open nothing any more").add_argument("id")

    models = verbs.add_parser("models", help="the base models").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    listed = models.add_parser("list", parents=[common], help="which there are, and how they would run here")
    fetched = models.add_parser("download", parents=[common], help="fetch one from the hub, or go on with it")
    served = models.add_parser("use", parents=[common], help="let another one serve")
    kept = models.add_parser("keep", parents=[common], help="keep the present one; none is to serve next any more")
    added = models.add_parser("add", parents=[common], help="list a .gguf file of this machine")
    removed = models.add_parser("remove", parents=[common], help="delete one that was downloaded")
    fetched.add_argument("name")
    served.add_argument("name", metavar="NAME|PATH", type=_model)
    served.add_argument("--now", action="store_true", help="do not wait until a night has taught and examined it")
    added.add_argument("path", metavar="FILE", type=_absolute)
    removed.add_argument("name", metavar="NAME|PATH", type=_model)
    for verb in (listed, fetched, served, kept, added, removed):
        verb.add_argument("--json", action="store_true", help="print JSON for scripts")

    verbs.add_parser("status", parents=[spoken], help="how everything is")
    doctor = verbs.add_parser("doctor", parents=[spoken], help="look for what is missing")
    doctor.add_argument("--offline", action="store_true", help="also prove that nothing leaves the machine")
    doctor.add_argument("--restore", action="store_true", help="go on with what is sound of damaged files")
    service = verbs.add_parser("service", parents=[common], help="nights while the app is closed")
    service.add_argument("action", choices=("install", "remove"))
    service.add_argument("--json", action="store_true", help="print JSON for scripts")
    timing = verbs.add_parser("bench", parents=[common], help="measure, in homes of its own")
    timing.add_argument("name")
    timing.add_argument("--json", dest="json_file", metavar="FILE")
    export = verbs.add_parser("export", parents=[spoken], help="everything of a person as one sealed file")
    export.add_argument("path", metavar="FILE", type=_absolute, help="with --plain: a new folder")
    export.add_argument("--plain", action="store_true", help="as JSON lines and Markdown, open to everybody")
    export.add_argument("--with-adapters", action="store_true", help="also the versions of the model")
    export.add_argument("--force", action="store_true", help="replace the file if it is there")
    taken = verbs.add_parser("import", parents=[spoken], help="a person from such a file")
    taken.add_argument("path", metavar="FILE", type=_absolute)
    taken.add_argument("--with-adapters", action="store_true", help="also the versions of the model, if you made it")
    return parser


def _absolute(path: str) -> str:
    """The app may do the work, and stands in another folder."""
    return str(Path(path).absolute())


def _model(name: str) -> str:
    """A name of the catalogue, or a path made absolute."""
    return _absolute(name) if name.endswith(".gguf") or Path(name).is_file() else name


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.argument_default = argparse.SUPPRESS
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: 7861, or the next free one)")
    parser.add_argument(
        "--allow-host", action="append", metavar="NAME", help="a name other machines ask for; repeatable"
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate (PEM), to listen beyond this machine")
    parser.add_argument("--tls-key", metavar="FILE", help="its key (PEM)")
    parser.add_argument(
        "--idle-minutes", type=int, metavar="N", help="sign out after N minutes without use (default: 30; 0: never)"
    )
    parser.add_argument(
        "--rest-minutes", type=int, metavar="N", help="unload the model after N minutes without use (0: never)"
    )
    parser.add_argument(
        "--no-browser", action="store_true", default=argparse.SUPPRESS, help="do not open a browser; print the address"
    )
    parser.add_argument(
        "--demo", action="store_true", default=argparse.SUPPRESS, help="made-up replies, no model: to look around"
    )
