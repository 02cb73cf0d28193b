"""The tokens of a JSON text: where each value stands, and whether there are too many or too deeply nested ones."""

import json
import re
import unicodedata
from collections.abc import Iterator

DEPTH_LIMIT = 64
VALUES_LIMIT = 20_000
"""How many values a case may hold; a usual one holds some hundred."""

Path_ = tuple[str | int, ...]
Place = tuple[int, int]

# Possessive, so that a text of 20 MB takes no memory for backtracking. A text that never ends is one token.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\(?s:.))*+"?|[{}\[\],:]|[^\s{}\[\],:"]+')


def beyond_limits(text: str, most: int) -> tuple[str, int, int] | None:
    """Where a text holds one value or one level too many, as a code, an index and the limit; None if nowhere."""
    if sum(map(text.count, "[{")) <= DEPTH_LIMIT and sum(map(text.count, "[{,")) <= most:
        return None
    depth = values = 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{" | "[":
                depth, values = depth + 1, values + 1
            case "}" | "]":
                depth -= 1
            case ",":
                values += 1
            case _:
                continue
        if depth > DEPTH_LIMIT:
            return "json/too-deep", token.start(), DEPTH_LIMIT
        if values > most:
            return "json/too-many-values", token.start(), most
    return None


def json_text(token: str) -> str:
    """A text in quotation marks -> what it says, in NFC."""
    if "\\" not in token:
        return token[1:-1] if token.isascii() else unicodedata.normalize("NFC", token[1:-1])
    return unicodedata.normalize("NFC", json.loads(token, strict=False))


def json_places(text: str) -> Iterator[tuple[Path_, tuple[Place, Place], str]]:
    """For every value of a valid JSON text: its path, the places of its key and of itself, and its first token."""
    line, start, scanned = 1, 0, 0
    path: list[str | int] = []
    key_place: Place | None = None
    expects_key: list[bool] = []
    for token in _TOKEN.finditer(text):
        breaks = text.count("\n", scanned, token.start())
        if breaks:
            line, start = line + breaks, text.rfind("\n", scanned, token.start()) + 1
        scanned = token.start()
        place, word = (line, token.start() - start + 1), token[0]
        match word:
            case ":":
                continue
            case ",":
                if isinstance(path[-1], int):
                    path[-1] += 1
                else:
                    expects_key[-1] = True
                continue
            case "}" | "]":
                path.pop()
                expects_key.pop()
                continue
        if expects_key and expects_key[-1]:
            path[-1], key_place, expects_key[-1] = json_text(word), place, False
            continue
        # For a collection the place of its key is given, because that is what a person looks for.
        yield tuple(path), (key_place or place, key_place if key_place and word in "{[" else place), word
        key_place = None
        if word == "{":
            path.append("")
            expects_key.append(True)
        elif word == "[":
            path.append(0)
            expects_key.append(False)


class JsonPlaces:
    """The places of the values of a valid JSON text, by their paths. The text is looked through only as far as what is
    asked for, because most mistakes of a case want one place."""

    def __init__(self, text: str) -> None:
        self._rest = json_places(text)
        self._known: dict[Path_, tuple[Place, Place]] = {}

    def get(self, path: Path_) -> tuple[Place, Place] | None:
        """The places of a value's key and of the value itself; None if the text holds no such value."""
        while path not in self._known:
            value = next(self._rest, None)
            if value is None:
                return None
            self._known[value[0]] = value[1]
        return self._known[path]


def within_key(text: str, wanted: tuple[str, ...]) -> bool:
    """Does a JSON text that breaks off end within the value of one of these keys, at any depth?

    The text may have other breaks before its end."""
    keys: list[str] = []
    last = ""
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{" | "[":
                keys.append(last)
                last = ""
            case "}" | "]":
                last = keys.pop() if keys else ""
            case ",":
                last = ""
            case ":":
                pass
            case word if not last:
                last = word.strip('"')
    return any(key in wanted for key in (*keys, last))
