"""Which known name a misspelt one is near to: never its opposite, and none where two are as near.

A wrong suggestion turns a rule round, and is worse than none.
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
"""Of a longer name nobody misspells a letter."""

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
    """The known name that a misspelt one is near to, or None."""
    return None if len(name) > LONGEST else _closest(name, tuple(known))


@lru_cache(maxsize=1_000)
def _closest(name: str, known: tuple[str, ...]) -> str | None:
    """One mistake mostly comes many times: in every row of a table, in every case of an export."""
    folded = {alike(one).casefold(): one for one in known}
    typed = alike(name).casefold()
    near = [one for one in get_close_matches(typed, folded, n=5, cutoff=CUTOFF) if _misspelt(typed, one)]
    same_letters = [one for one in near if _letters(one) == _letters(typed)]
    meant = same_letters if len(same_letters) == 1 else [one for one in near if not opposed(typed, one)]
    first, second = ([SequenceMatcher(None, one, typed).ratio() for one in meant[:2]] + [0.0, 0.0])[:2]
    return folded[meant[0]] if first - second > AS_NEAR else None


def truth(text: str) -> str | None:
    """`true` or `false` if a text is a way to write it, or None."""
    return next((value for value in ("true", "false") if text.casefold() in spellings("truth", value)), None)


def opposed(one: str, other: str) -> bool:
    """Does one of two names deny the other, or name its opposite?"""
    left, right = _words(one), _words(other)
    if sum(word in _NEGATIONS for word in left) % 2 != sum(word in _NEGATIONS for word in right) % 2:
        return True
    only_left, only_right = [word for word in left if word not in right], [word for word in right if word not in left]
    return any(
        {(first, second), (second, first)} & _OPPOSED or _negates(first, second) or _negates(second, first)
        for first, second in product(only_left, only_right)
    )


def _negates(one: str, other: str) -> bool:
    """Is one word the other behind a prefix that denies it, whatever else is misspelt?"""
    if len(other) < 3:
        return False
    bare = [one[len(prefix) :] for prefix in _NEGATING if one.startswith(prefix)]
    return any(_edits(each, other) < min(_edits(one, other), len(other)) for each in bare if not other.startswith(one))


def _misspelt(typed: str, known: str) -> bool:
    """Do two names differ by letters, and not by words?"""
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


def _edits(one: Sequence[str], other: Sequence[str]) -> int:
    """How many letters are to be changed, put in, left out or exchanged with the next to make one of the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        above, before, row = before, row, [index]
        for place, wanted in enumerate(other, 1):
            cost = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (letter != wanted))
            if index > 1 and place > 1 and letter == other[place - 2] and one[index - 2] == wanted:
                cost = min(cost, above[place - 2] + 1)
            row.append(cost)
    return row[-1]
