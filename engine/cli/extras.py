"""What a person is told if an optional ability was asked for whose libraries are not installed."""

import re
import shlex
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from engine.base.extras import MissingExtra
from engine.cli.usage import Misuse


def misuse_of(missing: MissingExtra) -> Misuse:
    """The sentence that names the libraries, and the command that installs them here."""
    return Misuse("extra", None, modules=", ".join(missing.modules), command=_command_to_install(missing.extra))


def _command_to_install(extra: str) -> str:
    """`make` in a checkout that has a .venv of its own; elsewhere pip, with this Python and the very packages."""
    checkout = Path(__file__).parents[2]
    if Path(sys.prefix).parent == checkout and (checkout / "Makefile").is_file():
        there = [] if checkout == Path.cwd() else ["-C", str(checkout)]
        return shlex.join(["make", *there, "install-spark" if extra == "spark" else "install"])
    try:
        lines = requires("xeploai") or []
    except PackageNotFoundError:
        lines = []
    marker = re.compile(rf"""; extra == ['"]{extra}['"]$""")
    packages = [marker.sub("", line).strip() for line in lines if marker.search(line)]
    return shlex.join([sys.executable, "-m", "pip", "install", *(packages or [f"xeploai[{extra}]"])])
