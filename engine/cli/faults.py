"""How a run ends that a signal stops, or a defect of the program."""

import platform
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from engine.base.version import ENGINE_VERSION
from engine.base.words import wording

SIGNALS = ("SIGTERM", "SIGHUP")
MOST_PLACES = 6
DEFECT = wording("cli", "faults", "defect")
REPORT = wording("cli", "faults", "report")


class Terminated(BaseException):
    """A signal asks the program to end; `args[0]` is its number. What is open is cleaned up on the way out."""


@contextmanager
def ending_on_signals() -> Iterator[list[int]]:
    """Signals that end a program raise Terminated in it, or KeyboardInterrupt, unless it was started to ignore them
    (`nohup`). Gives the numbers of those that came: libraries may make another exception of what they raise."""
    came: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        came.append(number)
        for name in SIGNALS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        raise Terminated(number)

    def interrupt(number: int, frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    yield came


def language_of(arguments: Sequence[str]) -> str:
    """The language chosen on the command line, for errors outside of any command."""
    for option, value in zip(arguments, [*arguments[1:], ""], strict=False):
        if option == "--lang=en" or (option == "--lang" and value == "en"):
            return "en"
    return "vi"


def tell_defect(error: BaseException, arguments: Sequence[str]) -> None:
    """Prints what a person hands on so that the defect can be found: places in the program, and no data of cases."""
    language = language_of(arguments)
    verb = next((word for word in arguments if word.isidentifier() or word == "explain-code"), "")
    package = Path(__file__).parent.parent
    places = []
    for frame in traceback.extract_tb(error.__traceback__):
        file = Path(frame.filename)
        name = file.relative_to(package).as_posix() if file.is_relative_to(package) else file.name
        places.append(f"{name}:{frame.lineno}")
    about = f"xeploai {ENGINE_VERSION} {verb}, Python {platform.python_version()}, {sys.platform}"
    click.echo(f"xeploai: {DEFECT[language]}", err=True)
    click.echo(f"  {type(error).__name__}: {' > '.join(places[-MOST_PLACES:])}", err=True)
    click.echo(f"  {about}\n{REPORT[language]}", err=True)
