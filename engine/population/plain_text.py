"""What the text of a case must be besides what msgspec checks while it decodes it."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from unicodedata import is_normalized

from msgspec import MsgspecError
from msgspec.json import Decoder

from engine.load.cases.fast_values import Unusual, read_decimal

_WHOLE = re.compile(rb'"(?:[^"\\]|\\.)*"|(?<![-+0-9.eE])(-?[0-9]+)\.0{1,3}(?=[,}\]\s])')
"""Whole numbers as some programs write them, `20.0`; strings are passed over."""
_HIDDEN_COLON = re.compile(rb"\\u003a", re.IGNORECASE)
_WITHOUT_BREAKS = str.maketrans("", "", "\n\t")


def strict_decoder(kind: Any) -> Callable[[bytes], Any]:
    """What decodes a text as a value of a type; it raises Unusual for any other text."""
    decode = Decoder(kind, float_hook=read_decimal).decode

    def decoded(text: bytes) -> Any:
        try:
            return decode(text)
        except (MsgspecError, ValueError, RecursionError):
            plain = _WHOLE.sub(lambda found: found[1] or found[0], text) if b".0" in text else text
        try:
            if plain != text:
                return decode(plain)
        except (MsgspecError, ValueError, RecursionError):
            pass
        raise Unusual

    return decoded


def check_texts(texts: Sequence[str], text: bytes, keys: int) -> None:
    """Raises Unusual unless so many keys, each once, are all that stand in a text besides values, and the texts in it
    are fit. Of keys written twice msgspec keeps the last; but a text has one colon a key, and those in its strings."""
    together = '"'.join(texts)
    if not together.isascii() and not is_normalized("NFC", together):
        raise Unusual
    if not together.isprintable() and not together.translate(_WITHOUT_BREAKS).isprintable():
        raise Unusual
    colons = text.count(b":") - keys
    if colons and (colons != together.count(":") or _HIDDEN_COLON.search(text)):
        raise Unusual
