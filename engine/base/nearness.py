"""Which known name a misspelt name is near to: never its opposite, and none if two are equally near.

A wrong suggestion can turn a rule into its opposite, and is worse than none.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from functools import cache, lru_cache
from itertools import product

from engine.base.likeness import alike
from engine.base.words import tables

CUTOFF = 0.7
AS_NEAR = 0.02
LONGEST = 100
"""A longer name gets no suggestion."""


@cache
def _negations() -> frozenset[str]:
    return frozenset(tables("typed")["negations"])


@cache
def _opposed() -> frozenset[tuple[str, str]]:
    return frozenset((left, right) for left, *others in tables("typed")["opposites"] for right in others)


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt name is near to, or None."""
    return None if len(name) > LONGEST else _closest(name, tuple(known))


@lru_cache(maxsize=1_000)
def _closest(name: str, known: tuple[str, ...]) -> str | None:
    """Cached, because the same mistake often comes in every row of a table or every case of an export."""
    folded = {alike(candidate).casefold(): candidate for candidate in known}
    typed = alike(name).casefold()
    matches = get_close_matches(typed, folded, n=5, cutoff=CUTOFF)
    near = [candidate for candidate in matches if _misspelt(typed, candidate)]
    same_letters = [candidate for candidate in near if _letters(candidate) == _letters(typed)]
    meant = same_letters if len(same_letters) == 1 else [item for item in near if not opposed(typed, item)]
    first, second = ([SequenceMatcher(None, candidate, typed).ratio() for candidate in meant[:2]] + [0.0, 0.0])[:2]
    return folded[meant[0]] if first - second > AS_NEAR else None


def truth(text: str) -> str | None:
    """`true` or `false` if a text is a way to write it, or None."""
    return next((value for value in ("true", "false") if text.casefold() in tables("typed", "truth")[value]), None)


def opposed(name: str, other: str) -> bool:
    """Does a name negate the other, or mean its opposite?"""
    left, right = _words(name), _words(other)
    if sum(word in _negations() for word in left) % 2 != sum(word in _negations() for word in right) % 2:
        return True
    only_left, only_right = [word for word in left if word not in right], [word for word in right if word not in left]
    return any(
        {(first, second), (second, first)} & _opposed() or _negates(first, second) or _negates(second, first)
        for first, second in product(only_left, only_right)
    )


def _negates(word: str, other: str) -> bool:
    """Is a word the other one behind a negating prefix, even if it is misspelt as well?"""
    if len(other) < 3 or other.startswith(word):
        return False
    stems = [word[len(prefix) :] for prefix in tables("typed")["negating_prefixes"] if word.startswith(prefix)]
    return any(_edits(stem, other) < min(_edits(word, other), len(other)) for stem in stems)


def _misspelt(typed: str, known: str) -> bool:
    """Do two names differ by letters only, and not by whole words?"""
    left, right = _words(typed), _words(known)
    while left and right and left[0] == right[0]:
        left, right = left[1:], right[1:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    ours, theirs = "".join(left), "".join(right)
    longer = max(len(ours), len(theirs))
    if not ours or not theirs:
        return longer == 0 or (known.startswith(typed) or typed.startswith(known))
    return _edits(ours, theirs) * 3 <= longer or (_edits(ours, theirs) == 1 < longer)


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", name.casefold())


def _letters(name: str) -> str:
    return "".join(_words(name))


def _edits(word: Sequence[str], other: Sequence[str]) -> int:
    """How many letters must be changed, added, left out or swapped with the next to turn a word into the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for index, letter in enumerate(word, 1):
        above, before, row = before, row, [index]
        for place, wanted in enumerate(other, 1):
            cost = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != wanted))
            if index > 1 and place > 1 and letter == other[place - 2] and word[index - 2] == wanted:
                cost = min(cost, above[place - 2] + 1)
            row.append(cost)
    return row[-1]
