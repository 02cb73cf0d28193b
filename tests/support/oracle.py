"""An independent reading of conditions over plain values: strong Kleene logic, with nothing of the engine's in it."""

from collections.abc import Mapping, Sequence
from typing import Any

Written = tuple[Any, ...]
"""`("all" | "any" | "none", [conditions])`, `("evidence", fact)` or `(fact, operator, [operands])`.

Values are bool, int, Decimal, str (days too, as 2024-12-31, which sort as they follow) and lists of str for sets.
"""

Plain = Mapping[str, Any]


def oracle(written: Written, values: Plain, evidence: Mapping[str, list[str]], listed: Mapping[str, list[str]]) -> Any:
    """True, False or None. `listed` gives the order of the words of an ordered text."""
    match written:
        case ("all" | "any" | "none" as word, list() as parts):
            results = [oracle(part, values, evidence, listed) for part in parts]
            deciding = word != "all"
            if deciding in results:
                return word == "any"
            return None if None in results else word != "any"
        case ("evidence", str() as name):
            return len(evidence[name]) > 0 if name in evidence else None
        case (name, operator, operands):
            return None if values.get(name) is None else compared(values[name], operator, operands, listed.get(name))
    raise AssertionError(written)


def compared(value: Any, operator: str, operands: Sequence[Any], words: Sequence[str] | None) -> bool:
    if operator.startswith("includes"):
        return (any if operator == "includes_any" else all)(operand in value for operand in operands)
    if operator in ("is", "one_of"):
        return value in operands
    if operator in ("is_not", "none_of"):
        return value not in operands
    left, right = (words.index(each) if words else each for each in (value, operands[0]))
    return {
        "at_least": left >= right, "at_most": left <= right, "more_than": left > right, "less_than": left < right,
    }[operator]  # fmt: skip
