"""JSON text with `\\u1ea3` -> the same with the letter itself, as most programs write it, for SQL to take as it stands.

Only what stands nowhere but within the strings of a JSON text is written so: no text becomes JSON that was none.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

AT_ONCE = 1_000_000
_ESCAPE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")

_ONLY_IN_STRINGS = "!#$%&'();<=>?@^_`|~"
_MUST_BE_ESCAPED = {b"\\u0022": b'\\"', b"\\u005c": b"\\\\", b"\\u005C": b"\\\\"}


def without_escapes(content: bytes) -> bytes:
    """The same lines, without such escapes."""
    # Looking for one byte takes next to nothing, and most files hold no escape at all.
    if b"\\" not in content or b"\\u" not in content:
        return content
    return b"".join(map(_plain, _pieces(content)))


def _pieces(content: bytes) -> Iterator[bytes]:
    """Whole lines, so that no more than a few are held twice."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start + AT_ONCE) + 1 or len(content)
        yield content[start:end]
        start = end


def _plain(piece: bytes) -> bytes:
    written = set(_ESCAPE.findall(piece))
    if all(len(escape) == 6 and _letter(escape)[:1] not in b"\\" for escape in written) and piece.isascii():
        # All of them are letters of their own: the quick way, which knows nothing else.
        return piece.decode("raw_unicode_escape").encode()
    return _ESCAPE.sub(lambda escape: _letter(escape[0]), piece)


@lru_cache(10_000)
def _letter(escape: bytes) -> bytes:
    """What an escape stands for, if that may be written as it is; else the escape."""
    if len(escape) < 6:
        return escape
    if escape in _MUST_BE_ESCAPED:
        return _MUST_BE_ESCAPED[escape]
    codes = [int(part, 16) for part in escape.split(b"\\u")[1:]]
    if codes[0] < 0x80 and chr(codes[0]) not in _ONLY_IN_STRINGS:
        return escape
    try:
        return b"".join(code.to_bytes(2, "big") for code in codes).decode("utf-16-be").encode()
    except UnicodeDecodeError:
        return escape
