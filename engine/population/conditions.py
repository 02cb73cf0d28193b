"""Conditions -> SQL over typed columns, one column a fact; NULL is what is not known.

What an operator means stays in `conditions.compare`: a comparison becomes the mask of codes that satisfy it, and the
mask becomes the shortest comparison of the column with the domain's constants. SQL's AND, OR and NOT are strong Kleene
logic already. The text is in DuckDB's dialect and uses nothing that another could not be given by translating it.

Whole numbers and numbers stand on a grid (1, and 1/1000000), so every comparison is one of whole numbers: exact.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

from engine.core.policy.conditions import compare
from engine.core.policy.rules import SET_OPERATORS, AllOf, AnyOf, Comparison, Condition, EvidenceNamed, NoneOf, Operand
from engine.core.policy.terms import Count, Derivation, Fact, Greatest, Least, Percent, Sum, Value, Vocabulary
from engine.core.policy.values import parts_of, rank, typed
from engine.core.rules.compiler import Compiled
from engine.core.rules.domains import YES, Domain, Observable, runs

GRID = 1_000_000
"""Numbers are kept to a millionth; a case that states one more finely is judged by itself."""
LARGEST = 10**12
"""Of numbers and of what they are compared with: products of three of these are within 128 bits."""
LARGEST_COUNT = 10**9
"""Of whole numbers, whose products with common constants are then within 64 bits."""


class NotInSqlError(Exception):
    """A fact or constant that the columns cannot hold exactly; `args[0]` names it."""


def name(fact: str) -> str:
    """The column of a fact."""
    return f'"facts.{fact}"'


def evidence_name(fact: str) -> str:
    """The column that says whether evidence is named for a fact."""
    return f'"evidence.{fact}"'


def text(value: str) -> str:
    """A text as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def exactly(file: Path) -> str:
    """This very file: DuckDB takes `a[12]` for a pattern."""
    return text(re.sub(r"[*?\[]", lambda sign: f"[{sign[0]}]", str(file.absolute())))


def parquet(files: Iterable[Path]) -> str:
    """The rows of these very files. Of `ky=2024` in a path DuckDB would make a column."""
    return f"read_parquet([{', '.join(map(exactly, files))}], hive_partitioning = false)"


def member(fact: str, option: str) -> str:
    """Does the set of a fact, kept as compact JSON text, hold an option?"""
    return f"contains({name(fact)}, {text(chr(34) + option + chr(34))})"


@dataclass(frozen=True)
class Quantity:
    """A number as SQL: `top` / `bottom`, with `top` a multiple of 1/`grid` and `bottom` (None: 1) a positive one."""

    top: str
    grid: int
    bottom: str | None = None

    def compared(self, operator: str, constant: Fraction) -> str | None:
        """The comparison, or None where no value on the grid can be equal."""
        if constant.denominator > LARGEST or abs(constant.numerator) > LARGEST:
            raise NotInSqlError(str(constant))
        if self.bottom is not None:
            wide = "::HUGEINT" if constant.denominator > 10**6 or abs(constant.numerator) > LARGEST_COUNT else ""
            left, right = f"{constant.denominator}{wide}", f"{constant.numerator}{wide}"
            return f"({self.top} * {left} {operator} {self.bottom} * {right})"
        place = constant * self.grid
        match operator:
            case "=" | "<>":
                whole = int(place) if place.denominator == 1 else None
            case ">=" | "<":
                whole = ceil(place)
            case _:
                whole = floor(place)
        return None if whole is None else f"({self.top} {operator} {_decimal(whole, self.grid)})"

    def wide(self, grid: int) -> str:
        """`top` as a 128-bit whole number of 1/`grid`; `grid` is a multiple of its own."""
        scaled = f"({wide_decimal(self.top)} * {self.grid})::HUGEINT" if self.grid > 1 else f"{self.top}::HUGEINT"
        return f"({scaled} * {grid // self.grid})" if grid != self.grid else f"({scaled})"


def _decimal(whole: int, grid: int) -> str:
    if grid == 1:
        return str(whole)
    sign, rest = ("-" if whole < 0 else ""), abs(whole)
    return f"{sign}{rest // grid}.{rest % grid:06}"


def wide_decimal(top: str) -> str:
    """A number to calculate with: DuckDB keeps results of the columns' own type within 18 digits, or ends the query."""
    return f"{top}::DECIMAL(38, 6)"


def quantity(fact: Fact) -> Quantity:
    """The column of a stated whole number or number."""
    return Quantity(name(fact.name), 1 if fact.form == "integer" else GRID)


@dataclass(frozen=True)
class Columns:
    """Facts as SQL. `stated` are the facts, and `evidence` the facts with evidence, that a column exists for."""

    vocabulary: Vocabulary
    stated: Set[str]
    evidence: Set[str]

    def fact(self, wanted: str) -> Fact:
        """The fact of this name."""
        return self.vocabulary.facts[wanted]

    # --- numbers ---

    def quantities(self, wanted: str) -> tuple[Quantity, ...]:
        """The ways to know a number, the first that is known counts: as derived, as stated."""
        fact = self.fact(wanted)
        stated = (quantity(fact),) if wanted in self.stated else ()
        if fact.derived is None:
            return stated
        derived = self.derived(fact.derived)
        # What is stated may be rounded.
        return stated if derived is None else (derived, *stated)

    def single(self, wanted: str) -> Quantity | None:
        """A number that can be a part of another: stated, or derived without a division; None where never known."""
        fact, ways = self.fact(wanted), self.quantities(wanted)
        if any(way.bottom is not None for way in ways):
            raise NotInSqlError(wanted)
        if len(ways) < 2:
            return ways[0] if ways else None
        grid = GRID if fact.form == "number" else 1
        if any(way.grid > grid for way in ways):
            raise NotInSqlError(wanted)
        return Quantity(f"coalesce({', '.join(way.top for way in ways)})", grid)

    def derived(self, derivation: Derivation) -> Quantity | None:
        """A derived number; None where a part of it has no column, so that it is never known."""
        match derivation:
            case Percent(of, part):
                whole, amount = self.single(of), self.single(part)
                if whole is None or amount is None:
                    return None
                grid = max(whole.grid, amount.grid)
                top, bottom = amount.wide(grid), whole.wide(grid)
                if grid == 1 and not any(self.fact(name).derived for name in (of, part)):
                    top, bottom = amount.top, whole.top
                # Of zero, bottom is NULL and so is whatever is compared with it.
                return Quantity(f"(100 * {top} * sign({bottom}))", 1, f"nullif(abs({bottom}), 0)")
            case Count(of, equal_to):
                known = [self.equal(part, typed(equal_to, self.fact(of[0]))) for part in of]
                if any(test is None for test in known):
                    return None
                return Quantity(f"({' + '.join(f'({test})::INTEGER' for test in known)})", 1)
            case Sum(of) | Least(of) | Greatest(of):
                parts = [self.single(part) for part in of]
                if any(part is None for part in parts):
                    return None
                tops = [part.top for part in parts if part is not None]
                grid = max(part.grid for part in parts if part is not None)
                if isinstance(derivation, Sum):
                    return Quantity(f"({' + '.join(map(wide_decimal, tops) if grid > 1 else tops)})", grid)
                return Quantity(_extreme(derivation, tops), grid)

    def equal(self, wanted: str, value: Value) -> str | None:
        """Is a stated fact equal to a value?"""
        fact = self.fact(wanted)
        if fact.derived is not None:
            raise NotInSqlError(wanted)
        if wanted not in self.stated:
            return None
        match fact.form:
            case "boolean":
                return name(wanted) if value else f"(NOT {name(wanted)})"
            case "integer" | "number":
                assert isinstance(value, int | Fraction)
                return quantity(fact).compared("=", Fraction(value)) or _never(name(wanted))
            case "set":
                raise NotInSqlError(wanted)
            case _:
                return f"({name(wanted)} = {self.literal(value, fact)})"

    def stated_share(self, fact: Fact) -> str:
        """The SQL that is true where a percentage is stated, and not computed, as less than one."""
        column = name(fact.name)
        try:
            derived = None if fact.derived is None else self.derived(fact.derived)
        except NotInSqlError:
            derived = None
        test = f"({column} > 0 AND {column} < 1)"
        return test if derived is None else f"({test} AND ({derived.top}{_none_of(derived)}) IS NULL)"

    # --- other scalars ---

    def literal(self, value: Value, fact: Fact) -> str:
        """A value as its column holds it: options by their place in the list, days, free texts."""
        if isinstance(value, date):
            return f"DATE '{value.isoformat()}'"
        return str(rank(value, fact)) if fact.options else text(str(value))

    def scalars(self, wanted: str) -> tuple[str, ...]:
        """The ways to know a boolean, a text or a day."""
        fact = self.fact(wanted)
        columns = (name(wanted),) if wanted in self.stated else ()
        if fact.derived is None:
            return columns
        parts = parts_of(fact.derived)
        if not isinstance(fact.derived, Least | Greatest) or any(
            self.fact(part).options != fact.options or self.fact(part).derived is not None for part in parts
        ):
            raise NotInSqlError(wanted)
        if any(part not in self.stated for part in parts):
            return columns
        return (*columns, _extreme(fact.derived, [name(part) for part in parts]))

    def written(self, wanted: str) -> str:
        """A fact as `values.written` has it, texts without quotation marks. Raises NotInSqlError if SQL differs."""
        fact, column = self.fact(wanted), name(wanted)
        if fact.derived is not None or fact.form in ("number", "set"):
            raise NotInSqlError(wanted)
        if wanted not in self.stated:
            return "NULL::VARCHAR"
        if fact.options:
            names = " ".join(f"WHEN {rank(option, fact)} THEN {text(option)}" for option, _ in fact.options)
            return f"CASE {column} {names} END"
        return f"{column}::VARCHAR"

    def unstated(self, wanted: str) -> dict[str, str]:
        """`values.unstated`: the facts that may have to be stated, each with the SQL that is true where it has to."""
        fact = self.fact(wanted)
        if fact.derived is None:
            return {wanted: self._absent(wanted)}
        parts = parts_of(fact.derived)
        if any(self.fact(part).derived is not None for part in parts):
            raise NotInSqlError(wanted)
        numeric = fact.is_number
        ways = [way.top + _none_of(way) for way in self.quantities(wanted)] if numeric else self.scalars(wanted)
        unknown = " AND ".join(["TRUE", *(f"({way}) IS NULL" for way in ways)])
        missing = {part: f"({unknown} AND {self._absent(part)})" for part in parts}
        stated = " AND ".join(f"NOT {self._absent(part)}" for part in parts)
        return missing | {wanted: f"({unknown} AND {stated})"}

    def _absent(self, wanted: str) -> str:
        return f"({name(wanted)} IS NULL)" if wanted in self.stated else "TRUE"

    # --- conditions ---

    def condition(self, condition: Condition, domains: Mapping[Observable, Domain]) -> str:
        """A ready condition -> SQL that is true, false, or NULL where the unknown decides. Raises NotInSqlError."""
        match condition:
            case EvidenceNamed(fact=wanted):
                return evidence_name(wanted) if wanted in self.evidence else "NULL::BOOLEAN"
            case Comparison(fact=wanted, operator=operator) if operator in SET_OPERATORS:
                assert isinstance(condition.operand, Operand)
                if wanted not in self.stated:
                    return "NULL::BOOLEAN"
                members = [member(wanted, str(value)) for value in condition.operand.values]
                return _joined(" OR " if operator == "includes_any" else " AND ", members)
            case Comparison(fact=wanted):
                domain = domains[Observable(wanted)]
                fact, examples = domain.fact, domain.examples
                mask = sum(1 << code for code, value in examples.items() if compare(condition, fact, value))
                return self.masked(domain, mask)
            case AllOf(parts):
                return _joined(" AND ", [self.condition(part, domains) for part in parts])
            case AnyOf(parts):
                return _joined(" OR ", [self.condition(part, domains) for part in parts])
            case NoneOf(parts):
                return f"(NOT {_joined(' OR ', [self.condition(part, domains) for part in parts])})"

    def masked(self, domain: Domain, mask: int) -> str:
        """Does a fact lie in a mask of codes? NULL where it is not known."""
        fact = domain.fact
        if fact.is_number:
            known: Sequence[Any] = self.quantities(fact.name)
            tests = [self._in_mask(domain, mask, way.top + _none_of(way), _number_test(way, domain)) for way in known]
        else:
            ways = self.scalars(fact.name)
            tests = [self._in_mask(domain, mask, way, self._scalar_test(way, domain)) for way in ways]
        if not tests:
            return "NULL::BOOLEAN"
        return tests[0] if len(tests) == 1 else f"coalesce({', '.join(tests)})"

    def _scalar_test(self, column: str, domain: Domain) -> Callable[[str, int], str | None]:
        return lambda operator, place: f"({column} {operator} {self.literal(domain.constants[place], domain.fact)})"

    def _in_mask(self, domain: Domain, mask: int, column: str, test: Callable[[str, int], str | None]) -> str:
        possible = list(domain.examples)
        outside = domain.mask & ~mask
        if not mask & domain.mask:
            return _never(column)
        if not outside:
            return f"(CASE WHEN {column} IS NOT NULL THEN TRUE END)"
        if domain.fact.form == "boolean":
            return column if mask >> YES & 1 else f"(NOT {column})"
        if domain.fact.is_free_text:
            # Free texts have an order in no policy, so their codes have none: every constant by itself.
            chosen, negated = (mask, False) if not mask >> 1 & 1 else (outside, True)
            among = [
                self.literal(domain.constants[code // 2 - 1], domain.fact) for code in possible if chosen >> code & 1
            ]
            return f"({column} {'NOT IN' if negated else 'IN'} ({', '.join(among)}))"
        inside, beside = list(runs(mask, possible)), list(runs(outside, possible))
        if len(beside) < len(inside):
            return f"(NOT {_joined(' OR ', [_span(*span, possible, column, test) for span in beside])})"
        return _joined(" OR ", [_span(*span, possible, column, test) for span in inside])


def _none_of(quantity: Quantity) -> str:
    # NULL too where the whole that a percent is taken of is zero.
    return "" if quantity.bottom is None else f" + 0 * {quantity.bottom}"


def _number_test(quantity: Quantity, domain: Domain) -> Callable[[str, int], str | None]:
    return lambda operator, place: quantity.compared(operator, Fraction(domain.constants[place]))  # type: ignore[arg-type]


def _span(first: int, last: int, possible: Sequence[int], column: str, test: Callable[[str, int], str | None]) -> str:
    """A value between two codes; even ones are constants, odd ones the gap after the constant before."""
    if first == last and first % 2 == 0:
        return test("=", first // 2 - 1) or _never(column)
    parts: list[str | None] = []
    if first > possible[0]:
        parts.append(test(">=", first // 2 - 1) if first % 2 == 0 else test(">", first // 2 - 1))
    if last < possible[-1]:
        parts.append(test("<=", last // 2 - 1) if last % 2 == 0 else test("<", last // 2))
    return _joined(" AND ", [part for part in parts if part is not None])


def _joined(word: str, parts: Sequence[str]) -> str:
    if not parts:
        return "TRUE" if word == " AND " else "FALSE"
    return parts[0] if len(parts) == 1 else f"({word.join(parts)})"


def _never(column: str) -> str:
    return f"(CASE WHEN {column} IS NOT NULL THEN FALSE END)"


def _extreme(derivation: Least | Greatest, columns: Sequence[str]) -> str:
    """The least or greatest of columns that are all known; SQL's own functions pass over what is NULL."""
    known = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    function = "least" if isinstance(derivation, Least) else "greatest"
    return f"(CASE WHEN {known} THEN {function}({', '.join(columns)}) END)"


def statuses(compiled: Compiled, columns: Columns) -> Iterator[str]:
    """For every rule, in the order of `Compiled.rules`, the SQL that tells whether it holds. Raises NotInSqlError."""
    for rule in compiled.rules:
        yield "TRUE" if rule.condition is None else columns.condition(rule.condition, compiled.domains)
