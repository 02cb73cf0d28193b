"""The texts that people read, in Vietnamese and English: one YAML file a topic in `engine/words`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "words"

Wording = Mapping[str, str]
"""One text, by its language: `vi` or `en`."""


def words(topic: str, section: str | None = None) -> Mapping[str, Wording]:
    """The texts of a topic, or of one section of its file, by their keys.

    Raises KeyError if the file has no such section.
    """
    texts: Mapping[str, Mapping[str, Wording]] = _file(topic)
    return texts[section] if section is not None else texts  # type: ignore[return-value]


@cache
def _file(topic: str) -> Mapping[str, Mapping[str, Wording]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries: Mapping[str, Mapping[str, Wording]] = yaml.load((FOLDER / f"{topic}.yaml").read_text("utf-8"), loader)
    return entries
