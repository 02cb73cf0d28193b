"""The texts that people read, in Vietnamese and English: one YAML file for each topic, in `engine/words`.

A file is read when one of its texts is first used, because most runs use few of them.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "words"

Wording = Mapping[str, str]
"""One text, by its language: `vi` or `en`."""


def words(topic: str, *section: str) -> Mapping[str, Wording]:
    """The texts of a topic, or of one section of its file, by key. An unknown key raises KeyError when used."""
    return _Part((topic, *section))


def tables(topic: str, *section: str) -> Mapping[str, Any]:
    """The data of a topic that holds no texts but words and letters to recognise, by their keys."""
    return _Part((topic, *section))


def wording(topic: str, *place: str) -> Wording:
    """One text of a topic. `place` is its section, if it is in one, and its key."""
    return _Part((topic, *place))


class _Part(Mapping[str, Any]):
    """A part of a file, read when it is used."""

    def __init__(self, place: tuple[str, ...]) -> None:
        self._place = place

    def __getitem__(self, key: str) -> Any:
        return _read(self._place)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_read(self._place))

    def __len__(self) -> int:
        return len(_read(self._place))


@cache
def _read(place: tuple[str, ...]) -> Mapping[str, Any]:
    *above, name = place
    if above:
        part: Mapping[str, Any] = _read(tuple(above))[name]
        return part
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries: Mapping[str, Any] = yaml.load((FOLDER / f"{name}.yaml").read_text("utf-8"), loader)
    return entries
