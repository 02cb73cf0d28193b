"""The JSON text of a value -> SQL that yields the typed value; NULL if the value cannot be taken as it stands.

A value is taken only if `parse_case` would take it for that very value without a word.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from math import ceil, floor

from engine.core.judge.case import SUBJECT_KEYS
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Fact, Value
from engine.core.policy.values import rank
from engine.population.conditions import GRID, LARGEST, LARGEST_COUNT, text
from engine.population.layout import KeyPath

LONGEST_NAME = 200
JSON_TEXT = r'"([^"\\]|\\["\\nt])*"'
"""As DuckDB writes a text again: of control characters only those that a case may hold."""
_TEXT_LIST = rf"\[({JSON_TEXT}(,{JSON_TEXT})*)?\]"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\-]+")


def converted(path: KeyPath, x: str, library: Library) -> str:
    """The typed value of the JSON text `x` at a path; NULL if it is `null`, or cannot be taken as it stands."""
    match path:
        case ("facts", *keys):
            return _fact(library.vocabulary.facts[".".join(keys)], x)
        case ("evidence", _):
            # Unicode has more blanks than SQL knows: evidence counts as named if it has a letter or a digit.
            letters = f"replace(replace({x}, '\\n', ''), '\\t', '')"
            return (
                f"CASE WHEN {x} = '[]' THEN FALSE WHEN regexp_full_match({x}, {text(_TEXT_LIST)}) "
                f"AND regexp_matches({letters}, '[0-9A-Za-z]') THEN TRUE END"
            )
        case ("review", "covered"):
            # Many cases cover the same contents: what they are is looked through afterwards, by `covers`.
            return f"CASE WHEN {x}[1] = '[' THEN {x} END"
        case ("grades", "decided_on") | ("as_of",):
            return _day(x)
        case ("grades", _):
            regulations = library.regulations.values()
            grades = dict.fromkeys(grade.id for regulation in regulations for grade in regulation.grades)
            return f"CASE WHEN {x} IN ({_quoted(grades)}) THEN {_unquoted(x)} END"
        case ("subject", key) if key not in SUBJECT_KEYS:
            # Kept as it stands, one id or a list of ids.
            return f"CASE WHEN {x}[1] = '\"' OR regexp_full_match({x}, {text(_TEXT_LIST)}) THEN {x} END"
        case ("case_id",) | ("period",) | ("subject", "kind"):
            # At least one letter or digit: more than blank.
            return (
                f"CASE WHEN {x}[1] = '\"' AND strlen({x}) <= {LONGEST_NAME} AND regexp_matches({x}, '[0-9A-Za-z]')"
                f" THEN {_unquoted(x)} END"
            )
    return f"CASE WHEN {x}[1] = '\"' AND strlen({x}) <= {LONGEST_NAME} THEN {_unquoted(x)} END"


def known_contents(library: Library) -> list[str]:
    """The ids of the contents of reviews that some regulation knows."""
    regulations = library.regulations.values()
    return list(dict.fromkeys(content.id for regulation in regulations for content in regulation.review_contents))


def contents(x: str, library: Library) -> str:
    """A list of contents of a review, each at most once, kept as its text."""
    return _members(known_contents(library), x, unique=True)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(text(f'"{name}"') for name in names)


def _unquoted(x: str) -> str:
    return f"substr({x}, 2, length({x}) - 2)"


def _day(x: str) -> str:
    # DuckDB has a year 0, Python has not.
    day = f"TRY_CAST(substr({x}, 2, 10) AS DATE)"
    return (
        f"CASE WHEN regexp_full_match({x}, '\"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}\"') AND {day} >= DATE '0001-01-01'"
        f" THEN {day} END"
    )


def _fact(fact: Fact, x: str) -> str:
    match fact.form:
        case "boolean":
            return f"CASE {x} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
        case "integer":
            # Read as a whole number and written again it must be the same text: 3.5, 1e3 and "7" are not. 3.0 is.
            value = f"TRY_CAST({x} AS BIGINT)"
            within = _within(fact, value, 1)
            return f"CASE WHEN ({value}::VARCHAR = {x} OR {value}::VARCHAR || '.0' = {x}) AND {within} THEN {value} END"
        case "number":
            value = f"TRY_CAST({x} AS DECIMAL(18, 6))"
            digits = f"(strpos({x}, '.') = 0 OR strlen({x}) - strpos({x}, '.') <= 6)"
            plain = f"{x}[1] <> '\"' AND NOT contains({x}, 'e') AND NOT contains({x}, 'E')"
            return f"CASE WHEN {plain} AND {digits} AND {_within(fact, value, GRID)} THEN {value} END"
        case "date":
            day = _day(x)
            bounds = [f"{day} >= DATE '{fact.minimum.isoformat()}'"] if isinstance(fact.minimum, date) else []
            bounds += [f"{day} <= DATE '{fact.maximum.isoformat()}'"] if isinstance(fact.maximum, date) else []
            return f"CASE WHEN {' AND '.join(bounds)} THEN {day} END" if bounds else day
        case "set":
            return _members([option for option, _ in fact.options], x)
        case _ if fact.options:
            places = " ".join(
                f"WHEN {text(chr(34) + option + chr(34))} THEN {rank(option, fact)}" for option, _ in fact.options
            )
            return f"(CASE {x} {places} END)::TINYINT" if len(fact.options) < 100 else f"CASE {x} {places} END"
    return f"CASE WHEN {x}[1] = '\"' THEN {_unquoted(x)} END"


def _within(fact: Fact, value: str, grid: int) -> str:
    most = LARGEST_COUNT if grid == 1 else LARGEST - 1
    low = max(_number(fact.minimum, -most), Fraction(-most))
    high = min(_number(fact.maximum, most), Fraction(most))
    return f"{value} >= {_written(ceil(low * grid), grid)} AND {value} <= {_written(floor(high * grid), grid)}"


def _number(bound: Value | None, default: int) -> Fraction:
    return Fraction(bound) if isinstance(bound, int | Fraction) else Fraction(default)


def _written(whole: int, grid: int) -> str:
    sign, rest = ("-" if whole < 0 else ""), abs(whole)
    return f"{sign}{rest // grid}.{rest % grid:06}" if grid > 1 else str(whole)


def _members(known: Sequence[str], x: str, *, unique: bool = False) -> str:
    """A JSON list of known names, kept as its text."""
    names = [name for name in known if _PLAIN_NAME.fullmatch(name)]
    if not names:
        return f"CASE WHEN {x} = '[]' THEN {x} END"
    if unique:
        # A text that is as long as its known members, the commas between them and the brackets holds nothing else.
        known_text = " + ".join(
            f"{len(name) + 3} * contains({x}, {text(chr(34) + name + chr(34))})::INTEGER" for name in names
        )
        test = f"{x}[1] = '[' AND strlen({x}) = 1 + {known_text}"
    else:
        member = '"(?:' + "|".join(map(re.escape, names)) + ')"'
        pattern = rf"\[{member}(?:,{member})*\]"
        test = f"regexp_full_match({x}, {text(pattern)})"
    return f"CASE WHEN {x} = '[]' THEN {x} WHEN {test} THEN {x} END"
