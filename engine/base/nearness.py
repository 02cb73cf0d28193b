"""Which known name a misspelt name is near to: never its opposite, and none if two are equally near.

A wrong suggestion can turn a rule into its opposite, and is worse than none.
"""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from itertools import product

from engine.base.likeness import alike
from engine.base.words import spellings

CUTOFF = 0.7
AS_NEAR = 0.02
LONGEST = 100
"""A longer name gets no suggestion."""

_NEGATIONS = frozenset(
    {"not", "no", "non", "never", "without", "khong", "chua", "chang", "ko", "không", "chưa", "chẳng"}
)
_NEGATING = ("un", "in", "im", "ir", "il", "dis", "non", "not", "mis", "anti")
_OPPOSITES = (
    ("least", "most less"), ("more", "less fewer"), ("min", "max"), ("minimum", "maximum"), ("lowest", "highest"),
    ("lower", "higher upper"), ("low", "high"), ("below", "above"), ("under", "over above"), ("before", "after"),
    ("first", "last"), ("from", "until to"), ("since", "until"), ("start", "end"), ("begin", "end"), ("begins", "ends"),
    ("earliest", "latest"), ("earlier", "later"), ("early", "late"), ("none", "all any one some"), ("any", "all"),
    ("true", "false"), ("yes", "no"), ("on", "off"), ("in", "out"), ("inside", "outside"), ("internal", "external"),
    ("include", "exclude"), ("includes", "excludes"), ("included", "excluded"), ("including", "excluding"),
    ("inner", "outer"), ("inward", "outward"), ("increase", "decrease"), ("increased", "decreased"),
    ("better", "worse"), ("best", "worst"), ("strong", "weak"), ("open", "closed close"), ("required", "optional"),
    ("initial", "final"), ("floor", "ceiling"), ("up", "down"), ("pass", "fail"), ("passed", "failed"),
    ("holds", "fails"), ("with", "without"), ("given", "taken"), ("added", "removed"), ("up", "down"),
    ("tren", "duoi"), ("trong", "ngoai"), ("tang", "giam"), ("dung", "sai"), ("truoc", "sau"), ("cao", "thap"),
    ("nhieu", "it"), ("dau", "cuoi"), ("lon", "nho"), ("hon", "kem"), ("som", "muon"), ("cu", "moi"), ("co", "khong"),
)  # fmt: skip
_OPPOSED = frozenset((left, right) for left, others in _OPPOSITES for right in others.split())


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
    return next((value for value in ("true", "false") if text.casefold() in spellings("truth", value)), None)


def opposed(name: str, other: str) -> bool:
    """Does a name negate the other, or mean its opposite?"""
    left, right = _words(name), _words(other)
    if sum(word in _NEGATIONS for word in left) % 2 != sum(word in _NEGATIONS for word in right) % 2:
        return True
    only_left, only_right = [word for word in left if word not in right], [word for word in right if word not in left]
    return any(
        {(first, second), (second, first)} & _OPPOSED or _negates(first, second) or _negates(second, first)
        for first, second in product(only_left, only_right)
    )


def _negates(word: str, other: str) -> bool:
    """Is a word the other one behind a negating prefix, even if it is misspelt as well?"""
    if len(other) < 3 or other.startswith(word):
        return False
    stems = [word[len(prefix) :] for prefix in _NEGATING if word.startswith(prefix)]
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
