"""Where a population's cases keep what they say -> SQL that reads it into typed columns, and accepts nothing else.

A layout is the set of key paths that cases use. Every value at a path is taken as the JSON text that stands there and
becomes a typed value only where `parse_case` would take it for that very value without a word; all other cases are
`odd` and are read one by one. That nothing else stands in a case is known by counting: a JSON text has one colon a key
outside its strings, so where the colons are as many as the keys of the layout that were found (and, looked for where
that is not enough, the keys of its groups that are empty), there are no others.

DuckDB takes more than JSON: a comma before a closing bracket, and fractions as floats, so that what it reads may be
another number than the one written. Such texts are looked for, and odd.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import QUARTERS, Fact, Value
from engine.core.policy.values import rank
from engine.load.policies.names import ATTRIBUTES
from engine.population.conditions import (
    GRID,
    LARGEST,
    LARGEST_COUNT,
    Columns,
    contradictions,
    evidence_name,
    name,
    text,
)

Path_ = tuple[str, ...]

GIVERS = ("self", "proposed", "decided")
TEXTS: dict[Path_, str] = {
    ("case_id",): "case_id",
    ("period",): "period",
    ("regulation",): "named",
    ("$schema",): "schema",
}
LONGEST_NAME = 200
LONGEST_CASE = 9_000
"""A case of more bytes is read by itself, so that no single text in it needs to be measured."""

_UNPRINTABLE = r"[\x{7f}-\x{9f}\x{200b}\x{2060}\x{feff}\x{fffe}\x{ffff}]"
_PLAIN_TEXT = r"[ -~\x{a1}-\x{ac}\x{ae}-\x{2ff}\x{1e00}-\x{1eff}]*"
"""Printable, and in composed form whatever stands beside them: the letters of Vietnamese among others."""
_TEXT = r'"([^"\\]|\\["\\nt])*"'
"""As DuckDB writes a text again: of control characters only those that a case may hold."""
_TEXT_LIST = rf"\[({_TEXT}(,{_TEXT})*)?\]"
_STRAY_COMMA = r",\s*[}\]]"
_COARSE_NUMBER = "[0-9.]{16}|[0-9][eE][-+0-9]"
"""Sixteen digits may not be the number that was written once they are a float, nor a number with an exponent."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\-]+")


@dataclass(frozen=True)
class Layout:
    """Key paths from the root of a case to its values; all of them mean something in the library."""

    paths: tuple[Path_, ...]
    empty: tuple[Path_, ...] = ()
    """Groups that some cases leave empty: `"evidence": {}`."""

    @cached_property
    def folders(self) -> tuple[Path_, ...]:
        return tuple(dict.fromkeys(path[:depth] for path in self.paths for depth in range(1, len(path))))

    @property
    def pieces(self) -> str:
        """SQL over a table with the text `l` of a case: the JSON text at each path, `e`, and of each group that may be
        empty, `g`. No case's text is an error: what DuckDB cannot read is NULL."""
        return f"{_extracted(self.paths)} AS e, {_extracted(self.empty) if self.empty else 'NULL::VARCHAR[]'} AS g"

    def joined(self, other: "Layout") -> "Layout":
        return Layout(
            tuple(dict.fromkeys([*self.paths, *other.paths])), tuple(dict.fromkeys([*self.empty, *other.empty]))
        )


def _pointer(path: Path_) -> str:
    return "$" + "".join(f'."{key}"' for key in path)


def _extracted(paths: Iterable[Path_]) -> str:
    return f"TRY(json_extract(l, [{', '.join(text(_pointer(path)) for path in paths)}])::VARCHAR[])"


HEADER = Layout((("case_id",), ("period",), ("as_of",), ("subject", "kind")))
"""What every case has, looked for even where the first cases are none."""
GROUPS = ("evidence", "review", "grades")
"""Those that may be `null` or empty."""


def layout_of(cases: Iterable[object], library: Library) -> Layout:
    """The paths that some plain cases use, so far as they mean something."""
    found: dict[Path_, None] = {}
    empty: dict[Path_, None] = {}
    for case in cases:
        if isinstance(case, dict):
            for path in _paths(case, (), library):
                (found if is_known(path, library) else empty).setdefault(path)
    return Layout(tuple(found), tuple(empty))


def _paths(data: Mapping[str, object], prefix: Path_, library: Library) -> Iterator[Path_]:
    """What means something, and the groups that hold nothing."""
    for key, value in data.items():
        path = (*prefix, str(key))
        if '"' in key or "\\" in key:
            continue
        if is_known(path, library) or (not value and _is_group(path, value, library)):
            yield path
        elif isinstance(value, dict):
            yield from _paths(value, path, library)


def _is_group(path: Path_, value: object, library: Library) -> bool:
    """May values stand below this path, and may what stands there be this?"""
    match path:
        case (group,):
            return group in GROUPS and (value is None or value == {})
        case ("facts", *keys):
            prefix = ".".join((*keys, ""))
            return (value is None or value == {}) and any(one.startswith(prefix) for one in library.vocabulary.facts)
    return False


def is_known(path: Path_, library: Library) -> bool:
    """Does a value at this path mean something, and does no shorter path?"""
    match path:
        case ("case_id" | "period" | "as_of" | "regulation" | "$schema",) | ("review", "covered"):
            return True
        case ("grades", by):
            return by in (*GIVERS, "decided_on")
        case ("subject", key):
            return key in ATTRIBUTES or key in _relations(library)
        case ("evidence", fact):
            return fact in library.vocabulary.facts
        case ("facts", *keys):
            return bool(keys) and ".".join(keys) in library.vocabulary.facts
    return False


def _relations(library: Library) -> list[str]:
    return list(dict.fromkeys(one.id for each in library.regulations.values() for one in each.relations))


def relation_name(relation: str) -> str:
    """The column of a relation: the ids of the subjects that it names."""
    return f'"subject.{relation}"'


def content_name(content: str) -> str:
    """The column that says whether a review covers a content."""
    return f'"covers.{content}"'


@dataclass(frozen=True)
class Reading:
    """SQL over a table `found(n, l, e, g)`: the case's number, its text, and the JSON texts of `Layout.pieces`.

    Yields one row a case: its number `n`, whether it is `odd`, what its header says, and every fact and piece of
    evidence of the layout in a column of its own."""

    layout: Layout
    library: Library
    regulation: str | None
    """The regulation that judges every case, where one was named for the run."""

    @cached_property
    def columns(self) -> Columns:
        """What there are columns for."""
        stated = {".".join(path[1:]) for path in self.layout.paths if path[0] == "facts"}
        return Columns(
            self.library.vocabulary, stated, {path[1] for path in self.layout.paths if path[0] == "evidence"}
        )

    @cached_property
    def relations(self) -> tuple[str, ...]:
        known = _relations(self.library)
        return tuple(path[1] for path in self.layout.paths if path[0] == "subject" and path[1] in known)

    def sql(self) -> str:
        paths = self.layout.paths
        raw = [f"x{number}" for number in range(len(paths))]
        pieces = ", ".join(f"e[{number + 1}] AS x{number}" for number in range(len(paths)))
        converted = [
            f"{self._converted(path, x)} AS v{number}" for number, (path, x) in enumerate(zip(paths, raw, strict=True))
        ]
        values: dict[str, list[str]] = {}
        for number, path in enumerate(paths):
            for column in self._columns_of(path):
                values.setdefault(column, []).append(f"v{number}")
        for column in ("case_id", "named", "period", "as_of", "kind", "id", "unit", "cohort", "covered",
                       *GIVERS, "decided_on"):  # fmt: skip
            values.setdefault(column, [_EMPTY.get(column, "NULL::VARCHAR")])
        # A relation named `unit` is the attribute as well.
        shown = [f"{_joined(ways)} AS {column}" for column, ways in values.items()]
        shown += [f"{relation_text(each, self.layout)} AS {relation_name(each)}" for each in self.relations]
        return (
            f"SELECT *, coalesce({self._header_odd()}, TRUE) OR coalesce({self._facts_odd()}, FALSE) AS odd FROM ("
            f"SELECT *, {self._chosen()} FROM ("
            f"SELECT n, {', '.join(shown)}, {self._shape_odd(values)} AS misfit FROM ("
            f"SELECT n, l, e, g, {', '.join(raw)}, {', '.join(converted)} FROM ("
            f"SELECT n, l, e, g, {pieces} FROM found))))"
        )

    # --- one value ---

    def _columns_of(self, path: Path_) -> tuple[str, ...]:
        match path:
            case ("facts", *keys):
                return (name(".".join(keys)),)
            case ("evidence", fact):
                return (evidence_name(fact),)
            case ("subject", key):
                return (key,) if key in ("kind", "id", "unit", "cohort") else ()
            case ("grades", by):
                return (by,)
            case ("review", _):
                return ("covered",)
            case ("as_of",):
                return ("as_of",)
        return (TEXTS[path],) if path != ("$schema",) else ()

    def _converted(self, path: Path_, x: str) -> str:
        """The typed value of a JSON text; NULL where it is not one that can be taken as it stands, or is `null`."""
        match path:
            case ("facts", *keys):
                return _fact(self.library.vocabulary.facts[".".join(keys)], x)
            case ("evidence", _):
                # Unicode has more blanks than SQL knows: evidence is named where there is a letter or a digit.
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
                grades = dict.fromkeys(grade.id for each in self.library.regulations.values() for grade in each.grades)
                return f"CASE WHEN {x} IN ({_quoted(grades)}) THEN {_unquoted(x)} END"
            case ("subject", key) if key not in ATTRIBUTES:
                # Kept as it stands, one id or a list of ids.
                return f"CASE WHEN {x}[1] = '\"' OR regexp_full_match({x}, {text(_TEXT_LIST)}) THEN {x} END"
            case ("case_id",) | ("period",) | ("subject", "kind"):
                # At least one letter or digit: more than blank.
                return (
                    f"CASE WHEN {x}[1] = '\"' AND strlen({x}) <= {LONGEST_NAME} AND regexp_matches({x}, '[0-9A-Za-z]')"
                    f" THEN {_unquoted(x)} END"
                )
        return f"CASE WHEN {x}[1] = '\"' AND strlen({x}) <= {LONGEST_NAME} THEN {_unquoted(x)} END"

    def _contents(self, x: str) -> str:
        return _members(self._known_contents(), x, unique=True)

    def _known_contents(self) -> list[str]:
        regulations = self.library.regulations.values()
        return list(dict.fromkeys(one.id for each in regulations for one in each.review_contents))

    def covers(self) -> str:
        """SQL that yields every text of contents covered, in the table `typed`: whether it is `strange`, not to be
        taken as it stands, and for every content whether it is covered."""
        # With the grouped column itself DuckDB would look through every case's text before it groups them.
        texts = "SELECT any_value(covered) AS one FROM typed WHERE covered IS NOT NULL GROUP BY covered"
        parts = ["one AS covered", f"{self._contents('one')} IS NULL AS strange"]
        for each in self._known_contents():
            parts.append(f"contains(one, {text(chr(34) + each + chr(34))}) AS {content_name(each)}")
        return f"SELECT {', '.join(parts)} FROM ({texts})"

    # --- what is odd ---

    def _shape_odd(self, values: Mapping[str, Sequence[str]]) -> str:
        """Keys that are not in the layout or come twice, values that are not of their type, texts that need care."""
        count = range(len(self.layout.paths))
        at = {path: number for number, path in enumerate(self.layout.paths)}
        folders = [
            "(" + " OR ".join(f"x{at[path]} IS NOT NULL" for path in at if path[: len(folder)] == folder) + ")::INTEGER"
            for folder in self.layout.folders
        ]
        keys = " + ".join(["list_aggregate(e, 'count')", *folders])
        colons = "strlen(l) - strlen(replace(l, ':', ''))"
        inner = "array_to_string(e, '')"
        spare = f"(strlen({inner}) - strlen(replace({inner}, ':', '')))"
        left_empty = "coalesce(len(list_filter(g, lambda one: one IN ('{}', 'null'))), 0)" if self.layout.empty else "0"
        others = " + ".join(["0", *(
            f"coalesce((TRY(json_extract(l, {text(_pointer(folder))}))::VARCHAR IN ('{{}}', 'null'))::INTEGER, 0)"
            for folder in self.layout.folders if folder not in self.layout.empty
        )])  # fmt: skip
        refused = " OR ".join(f"(v{number} IS NULL AND x{number} <> 'null')" for number in count)
        free = [f"x{at[path]}" for path in at if self._is_free(path)]
        named = [f"x{at[path]}" for path in at if self._is_free(path) and path[0] != "evidence" and path[-1] != "name"]
        words, names = f"concat({', '.join(free)})", f"concat({', '.join(named)})"
        numbers = [
            f"x{at[path]}"
            for path in at
            if path[0] == "facts" and self.library.vocabulary.facts[".".join(path[1:])].type in ("integer", "number")
        ]
        facts = [f"x{at[path]} IS NULL" for path in at if path[0] == "facts"]
        odd = [
            f"strlen(l) > {LONGEST_CASE}",
            # A case must have facts; whether they are left out or none is not seen from here.
            f"({' AND '.join(['TRUE', *facts])})",
            f"CASE WHEN contains(l, '\\') THEN contains(l, '\\u') OR contains({names}, '\\')"
            f" OR {self._escaped(at)} ELSE FALSE END",
            # Commas that DuckDB passes over.
            "contains(l, ',}') OR contains(l, ',]')",
            f"CASE WHEN contains(l, ' }}') OR contains(l, ' ]') OR contains(l, '\t')"
            f" THEN regexp_matches(l, {text(_STRAY_COMMA)}) ELSE FALSE END",
            *(f"coalesce(x{at[path]} = 'null', FALSE)" for path in at if path == ("$schema",)),
            f"coalesce({refused or 'FALSE'}, FALSE)",
            f"CASE WHEN {colons} = {keys} + {left_empty} THEN FALSE"
            f" ELSE {colons} - ({keys}) - {left_empty} - ({others}) <> {spare} END",
            f"CASE WHEN regexp_full_match({words}, {text(_PLAIN_TEXT)}) THEN FALSE"
            f" ELSE regexp_matches({words}, {text(_UNPRINTABLE)}) OR nfc_normalize({names}) <> {names} END",
            # What is written otherwise than as digits comes with a point.
            f"CASE WHEN contains(concat({', '.join(numbers)}), '.') THEN regexp_matches(l, '{_COARSE_NUMBER}')"
            " ELSE FALSE END" if numbers else "FALSE",
            *(" + ".join(f"({way} IS NOT NULL)::INTEGER" for way in ways) + " > 1" for ways in values.values()
              if len(ways) > 1),
        ]  # fmt: skip
        return "(" + " OR ".join(odd) + ")"

    def _escaped(self, at: Mapping[Path_, int]) -> str:
        """Does a name, which is not looked into, hold characters that a case may not? Texts of evidence are looked
        through where they are read."""
        return " OR ".join(["FALSE", *(
            f"coalesce(NOT regexp_full_match(x{at[path]}, {text(_TEXT)}) AND x{at[path]} <> 'null', FALSE)"
            for path in at if path == ("subject", "name")
        )])  # fmt: skip

    def _is_free(self, path: Path_) -> bool:
        """Is the value a text of the case's own words?"""
        match path:
            case ("case_id",) | ("period",) | ("$schema",) | ("evidence", _) | ("subject", _):
                return True
            case ("facts", *keys):
                fact = self.library.vocabulary.facts[".".join(keys)]
                return fact.type == "text" and not fact.options
        return False

    def _chosen(self) -> str:
        """The regulation that judges a case, the kind of its period, and the day since when parameters stand so."""
        regulations = self.library.regulations
        if self.regulation is not None:
            chosen = text(self.regulation)
        else:
            base = [one for one in regulations.values() if one.extends is None]
            number = " + ".join(f"({_in_force(one)})::INTEGER" for one in base)
            named = " ".join(f"WHEN named = {text(one.id)} AND {_in_force(one)} THEN {text(one.id)}"
                             for one in regulations.values())  # fmt: skip
            by_day = " ".join(f"WHEN {_in_force(one)} THEN {text(one.id)}" for one in base)
            chosen = (
                f"CASE {named} WHEN named IS NOT NULL THEN NULL WHEN {number} <> 1 THEN NULL {by_day} END"
                if base
                else "NULL::VARCHAR"
            )
        quarters = " ".join(f"WHEN '{number}' THEN '{each}'" for number, each in enumerate(QUARTERS, 1))
        period = (
            "CASE WHEN regexp_full_match(period, '[0-9]{4}') THEN 'year'"
            f" WHEN regexp_full_match(period, '[0-9]{{4}}-Q[1-4]') THEN CASE period[7] {quarters} END"
            " WHEN regexp_full_match(period, '[0-9]{4}-[0-9]{4}') AND period[1:4] < period[6:9] THEN 'term' END"
        )
        return f"{chosen} AS regulation, {period} AS period_kind"

    def _header_odd(self) -> str:
        days = self.library.vocabulary.as_of
        other_day = [] if days is None or days.warned else [f"coalesce({outside_sql(days.months_after)}, FALSE)"]
        # Other spellings of periods are read one by one.
        spelled = "regexp_matches(period, '[0-9]{4}') AND NOT regexp_matches(period, '(?i)[bcdgjlpswxz]')"
        spelled = f"NOT regexp_full_match(period, {text(PERIOD)}) AND {spelled}"
        return " OR ".join([
            "misfit", *(f"{one} IS NULL" for one in ("case_id", "period", "as_of", "kind", "regulation")),
            *other_day, *([f"({spelled})"] if days is not None else []),
        ])  # fmt: skip

    def _facts_odd(self) -> str:
        return " OR ".join(["FALSE", *contradictions(self.columns)])


PERIOD = "[0-9]{4}(-Q[1-4]|-[0-9]{4})?"


def outside_sql(months_after: int) -> str:
    """The SQL that is true where the day of review is none of a period's, told so many months after it."""
    year, last = "period[1:4]::INTEGER", "CASE WHEN period[6] BETWEEN '0' AND '9' THEN period[6:9] ELSE period[1:4] END"
    month = "CASE WHEN period[6] = 'Q' THEN 3 * period[7]::INTEGER ELSE 12 END"
    first = f"make_date({year}, CASE WHEN period[6] = 'Q' THEN 3 * period[7]::INTEGER - 2 ELSE 1 END, 1)"
    end = f"last_day(make_date(({last})::INTEGER, {month}, 1))"
    told = f"regexp_full_match(period, {text(PERIOD)}) AND period[1:4] > '0000' AND period_kind IS NOT NULL"
    return f"CASE WHEN {told} THEN as_of < {first} OR as_of > {end} + INTERVAL {months_after} MONTH ELSE FALSE END"


_EMPTY = {"as_of": "NULL::DATE", "decided_on": "NULL::DATE"}


def _joined(ways: Sequence[str]) -> str:
    return ways[0] if len(ways) == 1 else f"coalesce({', '.join(ways)})"


def relation_text(relation: str, layout: Layout) -> str:
    """A relation as JSON text: an id, or the list of several."""
    value = f"v{layout.paths.index(('subject', relation))}"
    return f"('\"' || {value} || '\"')" if relation in ATTRIBUTES else value


def _in_force(regulation: Regulation) -> str:
    until = regulation.in_force_until
    last = "" if until is None else f" AND as_of <= DATE '{until.isoformat()}'"
    return f"(as_of >= DATE '{regulation.in_force_from.isoformat()}'{last})"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(text(f'"{one}"') for one in names)


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
    match fact.type:
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
            places = " ".join(f"WHEN {text(chr(34) + one + chr(34))} THEN {rank(one, fact)}" for one, _ in fact.options)
            return f"(CASE {x} {places} END)::TINYINT" if len(fact.options) < 100 else f"CASE {x} {places} END"
    return f"CASE WHEN {x}[1] = '\"' THEN {_unquoted(x)} END"


def _within(fact: Fact, value: str, grid: int) -> str:
    most = LARGEST_COUNT if grid == 1 else LARGEST - 1
    low, high = max(_number(fact.minimum, -most), Fraction(-most)), min(_number(fact.maximum, most), Fraction(most))
    return f"{value} >= {_written(ceil(low * grid), grid)} AND {value} <= {_written(floor(high * grid), grid)}"


def _number(bound: Value | None, otherwise: int) -> Fraction:
    return Fraction(bound) if isinstance(bound, int | Fraction) else Fraction(otherwise)


def _written(whole: int, grid: int) -> str:
    sign, rest = ("-" if whole < 0 else ""), abs(whole)
    return f"{sign}{rest // grid}.{rest % grid:06}" if grid > 1 else str(whole)


def _members(known: Sequence[str], x: str, *, unique: bool = False) -> str:
    """A JSON list of known names, kept as its text."""
    names = [one for one in known if _PLAIN_NAME.fullmatch(one)]
    if not names:
        return f"CASE WHEN {x} = '[]' THEN {x} END"
    if unique:
        # Text that is as long as its known members, the commas between them and the brackets, is nothing else.
        known_text = " + ".join(
            f"{len(one) + 3} * contains({x}, {text(chr(34) + one + chr(34))})::INTEGER" for one in names
        )
        test = f"{x}[1] = '[' AND strlen({x}) = 1 + {known_text}"
    else:
        listed = "(?:" + "|".join(re.escape(one) for one in names) + ")"
        one = f'"{listed}"'
        pattern = rf"\[{one}(?:,{one})*\]"
        test = f"regexp_full_match({x}, {text(pattern)})"
    return f"CASE WHEN {x} = '[]' THEN {x} WHEN {test} THEN {x} END"
