"""Text that Markdown shows as it is, and the parts that documents in Markdown are put together from."""

import re
from dataclasses import dataclass


class Raw(str):
    """Text that is Markdown already."""


@dataclass(frozen=True)
class Item:
    """An item of a list, nested `depth` deep."""

    depth: int
    text: Raw


def escaped(text: str) -> str:
    """Text that Markdown and HTML take for text."""
    plain = re.sub(r"([\\`*_\[\]<>|&~])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^([#+-]|\d+[.)])", r"\\\1", plain)


def code(text: str) -> Raw:
    """Text as code."""
    return Raw(f"`{text}`")


def link(text: str, anchor: str) -> Raw:
    """A link to an anchor of the same document."""
    return Raw(f"[{escaped(text)}](#{anchor})")
