"""What reaches a terminal: nothing in a name, label or id can move the cursor, change colours or turn text round.

`Screen` stands in for standard output and error, and is the one place where that is seen to.
"""

import io
import os
import re
from typing import TextIO

import click

# Control characters but tab and line end, halves of surrogate pairs (file names that are not UTF-8), and what
# changes the direction of text.
_HARMFUL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)"
)


class ReaderGone(Exception):
    """Nobody reads what is printed any more (`| head`)."""


class Styled(str):
    """Text that may hold escape sequences, because `styled` made it."""


class Screen(io.TextIOWrapper):
    """A text stream over the bytes of standard output or error. Raises ReaderGone."""

    def write(self, text: str) -> int:
        try:
            return super().write(text if isinstance(text, Styled) else harmless(text))
        except BrokenPipeError:
            raise ReaderGone from None

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            raise ReaderGone from None


def harmless(text: str) -> str:
    """The text with each harmful character as its escape, which JSON reads as that very character."""
    return _HARMFUL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def styled(text: str, **style: str | bool | None) -> Styled:
    """Harmless text in a colour, in bold..., as `click.style` takes them."""
    return Styled(click.style(harmless(text), **style))  # type: ignore[arg-type]


def takes_colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal of which nobody said that it shows no colours."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def unguarded(stream: TextIO) -> TextIO:
    """The same terminal for a library that draws by escape sequences, and is given no text from files."""
    return os.fdopen(stream.fileno(), "w", encoding="utf-8", closefd=False)
