"""Where the program's own policies and schemas are."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
"""The folder of the engine."""


def data_folder(name: str) -> Path:
    """The folder `schemas` or `policies` of this program: inside an installed package, or beside it."""
    installed = PACKAGE / "_data" / name
    return installed if installed.is_dir() else PACKAGE.parent / name
