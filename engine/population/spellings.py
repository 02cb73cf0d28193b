"""Lines of cases that write something as few do: numbers with many digits or an exponent, escapes, empty groups.

They are found in the text itself, so that it does not matter how anything reads it.
"""

_SHAPE = bytes.maketrans(b"0123456789.+-E", b"9999999999999e")
LONG = 16
MARKS = (b"9" * LONG, b"9e9")
"""In a text whose digits, points and signs are all nines."""
PLAIN_MARKS = (b"\\", b"{}", b"[]", b"null")
AT_ONCE = 250_000
PIECES = 32
"""So many pieces of AT_ONCE bytes are looked through, spread over the text, that the work is bounded."""


def unusual(content: bytes, most: int) -> list[int]:
    """The numbers of such lines, from 1 on, in the pieces of the text that are looked through: of each kind at most so
    many, the first ones."""
    lines: set[int] = set()
    left = dict.fromkeys((*PLAIN_MARKS, *MARKS), most)
    step = max(1, len(content) // (PIECES * AT_ONCE))
    line = start = place = 0
    while start < len(content) and any(left.values()):
        end = content.find(b"\n", start + AT_ONCE) + 1 or len(content)
        piece = content[start:end]
        if place % step == 0:
            shape = piece.translate(_SHAPE)
            for mark, many in left.items():
                numbers = _lines(piece, shape if mark in MARKS else piece, mark, many, line)
                lines |= set(numbers)
                left[mark] -= len(numbers)
        line, start, place = line + piece.count(b"\n"), end, place + 1
    return sorted(lines)


def _lines(piece: bytes, shape: bytes, mark: bytes, most: int, before: int) -> list[int]:
    """The lines of a piece whose shape holds a mark; `before` it there are so many."""
    numbers: list[int] = []
    line, counted = before + 1, 0
    place = shape.find(mark)
    while place >= 0 and len(numbers) < most:
        line, counted = line + piece.count(b"\n", counted, place), place
        numbers.append(line)
        end = piece.find(b"\n", place)
        place = shape.find(mark, end) if end >= 0 else -1
    return numbers
