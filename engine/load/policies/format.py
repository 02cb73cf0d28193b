"""Policy YAML in house style: the same data and the same comments, always laid out the same way.

Two blanks a level, the items of a list one level in, one blank after a comma or colon, never two empty lines in a row,
text in Unicode's composed form. What a writer chose otherwise stays: order, quotation marks, what stands on one line.
"""

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from typing import Any

import yaml

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.yaml_text import parse_yaml

NEVER_WRAPPED = 1_000_000
_KEY = "section:\n"
_BLOCKS = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)
_STARTS = (*_BLOCKS, yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_ENDS = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def in_house_style(file: str, text: str) -> str:
    """The text of a YAML file in house style; `file` is its name for messages.

    Raises Problems if the file cannot be read, or cannot be laid out without a change of its data or the loss of a
    comment; ImportError without the extra `format`.
    """
    from ruamel.yaml.error import YAMLError

    plain = _plain(text)
    before = parse_yaml(file, plain)
    tokens = _tokens(plain)
    comments = _comments(plain, tokens)
    try:
        laid_out = "".join(_laid_out(part, under) for part, under in _parts(plain, tokens))
    except YAMLError as error:
        raise Problems([diagnostic("file/not-formatted", Location(file))]) from error
    # A text over several lines may hold what looks like a comment or an empty line; then lines stay as they are.
    for candidate in (_comments_with_what_follows(_single_blank_lines(laid_out)), laid_out):
        if candidate == plain:
            return plain
        try:
            if parse_yaml(file, candidate).data == before.data and _comments(candidate, _tokens(candidate)) == comments:
                return candidate
        except Problems:
            continue
    raise Problems([diagnostic("file/not-formatted", Location(file))])


def laid_out_ahead(text: str) -> Iterator[None]:
    """Lays the parts of a text out, one at each step, so that `in_house_style` of it is quick afterwards. It ends early
    if one cannot be laid out. Raises ImportError without the extra `format`."""
    from ruamel.yaml.error import YAMLError

    plain = _plain(text)
    with suppress(yaml.YAMLError, YAMLError):
        for part, under in _parts(plain, _tokens(plain)):
            _laid_out(part, under)
            yield


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")


def _tokens(text: str) -> list[Any]:
    return list(yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def _parts(text: str, tokens: Sequence[Any]) -> list[tuple[str, bool]]:
    """The sections of a text and the items in these, in order, and for each whether it stands under the key of its
    section, which came before. Together they are the text."""
    begins: dict[int, bool] = {}
    inside: list[Any] = []
    # The first item stays with the key of its section.
    begun: set[int] = set()
    for token in tokens:
        if isinstance(token, _STARTS):
            inside.append(type(token))
            begun.discard(len(inside))
        elif isinstance(token, _ENDS):
            inside.pop()
        elif isinstance(token, yaml.BlockEntryToken) and inside[-1] is not yaml.BlockSequenceStartToken:
            # A list that is not indented is only laid out rightly as a whole.
            return [(text, False)]
        elif isinstance(token, yaml.KeyToken | yaml.BlockEntryToken) and len(inside) <= 2 and inside[-1] in _BLOCKS:
            if len(inside) in begun:
                begins[token.start_mark.line] = len(inside) == 2
            begun.add(len(inside))
    lines = text.splitlines(keepends=True)
    edges = [(0, False), *begins.items(), (len(lines), False)]
    return [("".join(lines[start:end]), under) for (start, under), (end, _) in pairwise(edges)]


@lru_cache(maxsize=10_000)
def _laid_out(part: str, under: bool) -> str:
    """A part of a file as it is laid out. It is kept: after an edit only the part that it touches is laid out again."""
    from ruamel.yaml import YAML

    round_trip = YAML(typ="rt")
    round_trip.preserve_quotes = True
    round_trip.width = NEVER_WRAPPED
    round_trip.indent(mapping=2, sequence=4, offset=2)
    written = io.StringIO()
    round_trip.dump(round_trip.load(_KEY + part if under else part), written)
    return written.getvalue().removeprefix(_KEY if under else "")


def _single_blank_lines(text: str) -> str:
    return re.sub(r"\n(?:[ ]*\n){2,}", "\n\n", text).strip("\n") + "\n"


def _comments_with_what_follows(text: str) -> str:
    """Indents each comment at least as far as the line that follows it."""
    lines = text.split("\n")
    follows = 0
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        indent = len(line) - len(line.lstrip(" "))
        if line.lstrip(" ").startswith("#"):
            lines[number] = " " * max(indent, follows) + line.lstrip(" ")
        elif line.strip():
            follows = indent
    return "\n".join(lines)


def _comments(text: str, tokens: Sequence[Any]) -> Counter[str]:
    """Every comment of a text and how often it occurs: what lies between the tokens."""
    ends = [0, *(token.end_mark.index for token in tokens)]
    starts = [*(token.start_mark.index for token in tokens), len(text)]
    between = "\n".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    return Counter(comment.rstrip() for comment in re.findall(r"#.*", between))
