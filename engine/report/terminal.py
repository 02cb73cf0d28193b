"""What reaches a terminal: nothing in a name, label or id can move the cursor, change colours, turn text round, or
command a machine that runs this program and reads what is printed (`::stop-commands::` at the start of a line).

Only `Screen`, which stands in for standard output and error, sees to this; and `AboveBar` while a bar is drawn.
"""

import io
import os
import re
from typing import TextIO, TypedDict, Unpack

# Control characters but tab and line end, halves of surrogate pairs (file names that are not UTF-8), and what
# changes the direction of text.
_HARMFUL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)"
)

# What CI takes for a command: at the start of a line, and `##[` anywhere in one.
_COMMAND = re.compile(r"(?m)^(\s*):(?=:)")
_OLD_COMMAND = re.compile(r"#(?=#\w*\[)")


COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36}
BOLD, DIM = 1, 2


class ReaderGone(Exception):
    """Nobody reads what is printed any more (`| head`)."""


class Styled(str):
    """Text that may hold escape sequences, because `styled` made it."""


class Command(str):
    """Text that is a command to CI, with all that comes from files written as data of it."""


class Screen(io.TextIOWrapper):
    """A text stream over the bytes of standard output or error. Raises ReaderGone."""

    at_start = True
    """Whether nothing but blanks was written since the last end of a line."""

    def write(self, text: str) -> int:
        """Write the text with what could harm a reader written as escapes."""
        shown = _shown(text, self.at_start)
        self.at_start = _starts(shown, self.at_start)
        try:
            return super().write(shown)
        except BrokenPipeError:
            raise ReaderGone from None

    def flush(self) -> None:
        """Write out what is held back."""
        try:
            super().flush()
        except BrokenPipeError:
            raise ReaderGone from None


class AboveBar(io.TextIOBase):
    """Standard output or error while a library draws a bar: `drawn` is its own stream, which writes above the bar."""

    def __init__(self, drawn: TextIO) -> None:
        self._drawn, self._at_start = drawn, True

    def write(self, text: str) -> int:
        """Write the text with what could harm a reader written as escapes."""
        shown = _shown(text, self._at_start)
        self._at_start = _starts(shown, self._at_start)
        return self._drawn.write(shown)

    def flush(self) -> None:
        """Write out what is held back."""
        self._drawn.flush()

    def isatty(self) -> bool:
        """A bar is only drawn on a terminal."""
        return True


def _shown(text: str, at_start: bool) -> str:
    shown: str = text if isinstance(text, Styled) else harmless(text)
    return shown if isinstance(text, Styled | Command) else commands_nothing(shown, at_start)


def _starts(shown: str, at_start: bool) -> bool:
    """Does what is written next start a line?"""
    _, end, last = shown.rpartition("\n")
    return (at_start or bool(end)) and not last.strip()


def harmless(text: str) -> str:
    """The text with each harmful character as its escape, which JSON reads as that very character."""
    return _HARMFUL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def commands_nothing(text: str, at_start: bool = True) -> str:
    """The text with what begins a command to CI as an escape. `at_start`: it starts a line."""
    if "::" in text:
        first, end, rest = ("", "", text) if at_start else text.partition("\n")
        text = first + end + _COMMAND.sub(r"\1\\u003a", rest)
    return _OLD_COMMAND.sub(r"\\u0023", text) if "##" in text else text


class Style(TypedDict, total=False):
    """How text looks: its colour, whether it is bold or dim."""

    fg: str | None
    bold: bool | None
    dim: bool | None


def styled(text: str, **style: Unpack[Style]) -> Styled:
    """Harmless text in a colour, bold or dim, by the sequences that every terminal knows."""
    colour = style.get("fg")
    codes = [COLOURS[colour]] if colour else []
    codes += [BOLD] * bool(style.get("bold")) + [DIM] * bool(style.get("dim"))
    begin = "".join(f"\x1b[{code}m" for code in codes)
    return Styled(f"{begin}{harmless(text)}\x1b[0m")


def takes_colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal of which nobody said that it shows no colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def unguarded(stream: TextIO) -> TextIO:
    """The same terminal for a library that draws by escape sequences, and is given no text from files."""
    return os.fdopen(stream.fileno(), "w", encoding="utf-8", closefd=False)
