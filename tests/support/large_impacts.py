"""What several tests of large impacts share."""

import random
from collections.abc import Sequence

from engine.base.documents import Document
from support.impacts import KINDS, population


def grouped(seed: int, size: int, of: Sequence[str] = KINDS) -> list[Document]:
    """In cohorts, every fifth with gaps."""
    documents = population(seed, size, of)
    chance = random.Random(seed)
    for number, one in enumerate(documents):
        one.data["subject"]["cohort"] = f"Nhóm {number % 7}"
        for name in chance.sample(sorted(one.data["facts"]), 3) if number % 5 == 0 else ():
            del one.data["facts"][name]
    return documents
