"""Runs the app with the catalogue of another file: `python with_catalogue.py FILE COMMAND ...`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from app import main
from backends import catalog

if __name__ == "__main__":
    catalog.LIST = Path(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
