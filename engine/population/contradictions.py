"""What facts say against each other -> the SQL that is true for such cases: a derived fact beyond its bounds or unlike
what it is computed from, a part above its whole."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from engine.core.policy.terms import Derivation, Fact
from engine.core.policy.values import parts_of
from engine.population.conditions import GRID, Columns, NotInSqlError, name, quantity, wide_decimal


def contradictions(columns: Columns) -> Iterator[str]:
    """For every derived fact of the vocabulary, the SQL that is true where it lies outside its bounds, differs from its
    parts, or cannot be computed in SQL at all though something that it rests on is stated."""
    for fact in columns.vocabulary.facts.values():
        bounded = fact.minimum is not None or fact.maximum is not None
        if fact.derived is not None and (bounded or fact.name in columns.stated):
            try:
                yield from list(_contradictions(fact, fact.derived, columns))
            except NotInSqlError:
                yield from (f"({name(part)} IS NOT NULL)" for part in sorted(_stated_below(fact.name, columns)))
        for whole in fact.not_more_than:
            try:
                test = exceeding(fact, whole.fact, columns)
            except NotInSqlError:
                test = " OR ".join(f"({name(part)} IS NOT NULL)" for part in sorted(_stated_below(fact.name, columns)))
            else:
                test = None if whole.warned else test
            if test:
                yield f"({test})"


def _stated_below(wanted: str, columns: Columns) -> set[str]:
    derived = columns.fact(wanted).derived
    below = {name for part in parts_of(derived) for name in _stated_below(part, columns)} if derived else set()
    return below | ({wanted} & columns.stated)


def _contradictions(fact: Fact, derivation: Derivation, columns: Columns) -> Iterator[str]:
    if not fact.is_number:
        known = columns.scalars(fact.name)
        if len(known) == 2:
            yield f"({known[0]} <> {known[1]})"
        for operator, bound in (("<", fact.minimum), (">", fact.maximum)):
            if bound is not None and known:
                yield f"({known[-1]} {operator} {columns.literal(bound, fact)})"
        return
    derived = columns.derived(derivation)
    if derived is None:
        return
    for operator, bound in (("<", fact.minimum), (">", fact.maximum)):
        if bound is not None:
            assert not isinstance(bound, date)
            test = derived.compared(operator, Fraction(bound))
            if test is not None:
                yield test
    if fact.name in columns.stated:
        stated = quantity(fact).wide(GRID)
        if derived.bottom is None:
            yield f"({derived.wide(GRID)} <> {stated})"
            return
        column = wide_decimal(name(fact.name))
        step = " ".join(f"WHEN {column} * {10**places} % 1 = 0 THEN {10 ** (6 - places)}" for places in range(6))
        far = f"2 * abs({derived.top}::HUGEINT * {GRID} - {stated} * {derived.bottom})"
        yield f"({far} > (CASE {step} ELSE 1 END)::HUGEINT * {derived.bottom})"


def exceeding(fact: Fact, whole: str, columns: Columns) -> str | None:
    """The SQL that is true where a fact is above another; None where it never is. Raises NotInSqlError."""
    if fact.form == "date":
        ways = [columns.scalars(name) for name in (fact.name, whole)]
        if not all(ways):
            return None
        mine, theirs = (columns[0] if len(columns) == 1 else f"coalesce({', '.join(columns)})" for columns in ways)
        return f"({mine} > {theirs})"
    part, most = columns.single(fact.name), columns.single(whole)
    if part is None or most is None:
        return None
    grid = max(part.grid, most.grid)
    return f"({part.wide(grid)} > {most.wide(grid)})"
