"""Policy YAML in house style: the same data and the same comments, always laid out the same way.

Two blanks a level, the items of a list one level in, one blank after a comma or colon, never two empty lines in a row,
text in Unicode's composed form. What a writer chose otherwise stays: order, quotation marks, what stands on one line.
"""

import io
import re
import unicodedata
from collections import Counter
from typing import Any

import yaml

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.yaml_text import parse_yaml

NEVER_WRAPPED = 1_000_000


def in_house_style(file: str, text: str) -> str:
    """The text of a YAML file in house style; `file` is its name for messages.

    Raises Problems if the file cannot be read, or cannot be laid out without a change of its data or the loss of a
    comment; ImportError without the extra `format`.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    plain = unicodedata.normalize("NFC", text.removeprefix("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")
    before = parse_yaml(file, plain)
    round_trip = YAML(typ="rt")
    round_trip.preserve_quotes = True
    round_trip.width = NEVER_WRAPPED
    round_trip.indent(mapping=2, sequence=4, offset=2)
    written = io.StringIO()
    try:
        round_trip.dump(round_trip.load(plain), written)
    except YAMLError as error:
        raise Problems([diagnostic("file/not-formatted", Location(file))]) from error
    laid_out = written.getvalue()
    # A text over several lines may hold what looks like a comment or an empty line; then lines stay as they are.
    for candidate in (_comments_with_what_follows(_single_blank_lines(laid_out)), laid_out):
        try:
            if parse_yaml(file, candidate).data == before.data and _comments(candidate) == _comments(plain):
                return candidate
        except Problems:
            continue
    raise Problems([diagnostic("file/not-formatted", Location(file))])


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


def _comments(text: str) -> Counter[str]:
    """Every comment of a text and how often it occurs: what lies between the tokens."""
    tokens: list[Any] = list(yaml.scan(text))
    ends = [0, *(token.end_mark.index for token in tokens)]
    starts = [*(token.start_mark.index for token in tokens), len(text)]
    between = "\n".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    return Counter(comment.rstrip() for comment in re.findall(r"#.*", between))
