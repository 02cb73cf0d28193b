"""The answer that every peer gives for every case, and how it is written.

An answer is three integers: bit n of `holds` says that rule n holds, bit n of `fails` that it fails (neither: unknown,
or the rule does not exist for the kind of subject), and bit n of `possible` that outcome n of the grading is possible.
A line of the answers is `case_id,holds,fails,possible`; masks are cut into words of 60 bits, lowest first, so that
columns of 64 bits can hold them. Two peers agree when their files are equal byte for byte.
"""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.workload import Ladder

WORD = 60

Answer = tuple[str, int, int, int]
"""case id, holds, fails, possible."""


def words(rules: int) -> int:
    return max(1, -(-rules // WORD))


def grading(ladder: Ladder) -> Callable[[int, int], int]:
    """(holds, fails) -> the outcomes that the results of the rules leave open, unknown rules taken by themselves.

    For peers that are rule matchers and leave the grade to whoever drives them; the others say it in their language.
    """
    bars, rungs, otherwise = ladder.bars, ladder.rungs, 1 << ladder.otherwise

    def possible(holds: int, fails: int) -> int:
        found = 0
        for grade, mask in bars:
            if holds & mask:
                return found | 1 << grade
            if mask & ~fails:
                found |= 1 << grade
        for grade, mask in rungs:
            if holds & mask == mask:
                return found | 1 << grade
            if not fails & mask:
                found |= 1 << grade
        return found | otherwise

    return possible


def lines(answers: Iterable[Answer], count: int) -> str:
    """Answers as text; `count` words a mask."""
    if count == 1:
        return "".join([f"{case_id},{holds},{fails},{possible}\n" for case_id, holds, fails, possible in answers])
    low = (1 << WORD) - 1
    shifts = range(0, count * WORD, WORD)
    return "".join(
        [
            ",".join(
                [case_id, *[f"{holds >> shift & low},{fails >> shift & low}" for shift in shifts], f"{possible}\n"]
            )
            for case_id, holds, fails, possible in answers
        ]
    )


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
