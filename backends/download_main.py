"""The download process: fetches one file, and is the only one that may reach other machines. Killed to pause it."""

from __future__ import annotations

import os
import traceback
from dataclasses import asdict
from pathlib import Path

from backends.child import Parent
from backends.crossing import described
from backends.source import Source
from errors import HomegrownError, StorageTrouble

QUIET = {  # read when the library is imported: no native code that the seal cannot see, nothing that was not asked for
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_OFFLINE": "0",  # the app's other processes have it on
    "TRANSFORMERS_OFFLINE": "0",
}


def main() -> None:
    os.environ.update(QUIET)
    parent = Parent(outside=True)
    request = parent.receive()

    from backends.download import fetch

    try:
        found = fetch(
            Source(**request["source"]),
            Path(request["folder"]),
            request["pinned"],
            lambda step: parent.send({"step": asdict(step)}),
        )
        parent.send({"fetched": asdict(found)})
    except HomegrownError as error:
        parent.send({"error": described(error)})
    except OSError as error:
        traceback.print_exc()
        sentence = f"The folder of models cannot be used ({error.strerror}); check its permissions."
        parent.send({"error": described(StorageTrouble(sentence))})


if __name__ == "__main__":
    main()
