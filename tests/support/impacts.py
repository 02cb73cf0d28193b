"""What several tests of impacts share."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from engine.base.documents import Document
from support.cases_124 import document, draw

KINDS = ("organization", "leadership_collective", "party_organization", "leader", "head", "non_leader")


TWO_KINDS = ("organization", "leader")
"""Each kind of subject has rules of its own to compile, which takes longer than to judge a hundred cases."""


def population(seed: int, size: int, of: Sequence[str] = KINDS) -> list[Document]:
    chance = random.Random(seed)
    kinds = [chance.choice(of) for _ in range(size)]
    return [document(number, kind, draw(chance, kind)) for number, kind in enumerate(kinds)]


def write_cases(path: Path, documents: list[Document]) -> str:
    lines = [json.dumps(one.data, ensure_ascii=False, default=float) for one in documents]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)
