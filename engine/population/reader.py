"""The JSON texts of cases -> SQL that reads them into typed columns, and accepts nothing else.

Every value at a path of the layout is taken as the JSON text that stands there and becomes a typed value only if
`parse_case` would take it for that very value without a word. All other cases are `odd` and are read one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.core.judge.case import GIVERS, RECORDED_KEYS, SUBJECT_KEYS
from engine.core.policy.regulation import Library
from engine.population.conditions import Columns, evidence_name, name, text
from engine.population.contradictions import contradictions
from engine.population.layout import KeyPath, Layout, relations
from engine.population.odd import Oddities
from engine.population.periods import period_kind_sql, regulation_sql
from engine.population.values import contents, converted, known_contents

_HEADER = {
    "case_id": "VARCHAR", "named": "VARCHAR", "period": "VARCHAR", "as_of": "DATE",
    **dict.fromkeys(RECORDED_KEYS, "VARCHAR"), "covered": "VARCHAR", **{str(giver): "VARCHAR" for giver in GIVERS},
    "decided_on": "DATE",
}  # fmt: skip
"""The columns that there are in any case."""


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
    """The regulation that judges every case, if one was named for the run."""

    @cached_property
    def columns(self) -> Columns:
        """The facts and pieces of evidence that there are columns for."""
        stated = {".".join(path[1:]) for path in self.layout.paths if path[0] == "facts"}
        return Columns(
            self.library.vocabulary, stated, {path[1] for path in self.layout.paths if path[0] == "evidence"}
        )

    @cached_property
    def relations(self) -> tuple[str, ...]:
        """The relations that there are columns for."""
        known = relations(self.library)
        return tuple(path[1] for path in self.layout.paths if path[0] == "subject" and path[1] in known)

    def sql(self) -> str:
        """The whole query."""
        paths, oddities = self.layout.paths, Oddities(self.layout, self.library)
        texts = ", ".join(f"x{number}" for number in range(len(paths)))
        pieces = ", ".join(f"e[{number + 1}] AS x{number}" for number in range(len(paths)))
        values = ", ".join(
            f"{converted(path, f'x{number}', self.library)} AS v{number}" for number, path in enumerate(paths)
        )
        ways: dict[str, list[str]] = {}
        for number, path in enumerate(paths):
            for column in _columns_of(path):
                ways.setdefault(column, []).append(f"v{number}")
        for column, kind in _HEADER.items():
            ways.setdefault(column, [f"NULL::{kind}"])
        # A relation named `unit` is the attribute as well.
        shown = [f"{_first(several)} AS {column}" for column, several in ways.items()]
        shown += [
            f"{_relation_text(relation, self.layout)} AS {relation_name(relation)}" for relation in self.relations
        ]
        regulation = regulation_sql(self.library) if self.regulation is None else text(self.regulation)
        contradict = " OR ".join(["FALSE", *contradictions(self.columns)])
        return (
            f"SELECT *, coalesce({oddities.header()}, TRUE) OR coalesce({contradict}, FALSE) AS odd FROM ("
            f"SELECT *, {regulation} AS regulation, {period_kind_sql()} AS period_kind FROM ("
            f"SELECT n, {', '.join(shown)}, {oddities.shape(ways)} AS misfit FROM ("
            f"SELECT n, l, e, g, {texts}, {values} FROM ("
            f"SELECT n, l, e, g, {pieces} FROM found))))"
        )

    def covers(self) -> str:
        """SQL that yields every text of contents covered, in the table `typed`: whether it is `strange`, not to be
        taken as it stands, and for every content whether it is covered."""
        # With the grouped column itself DuckDB would look through every case's text before it groups them.
        texts = "SELECT any_value(covered) AS listed FROM typed WHERE covered IS NOT NULL GROUP BY covered"
        parts = ["listed AS covered", f"{contents('listed', self.library)} IS NULL AS strange"]
        for content in known_contents(self.library):
            parts.append(f"contains(listed, {text(chr(34) + content + chr(34))}) AS {content_name(content)}")
        return f"SELECT {', '.join(parts)} FROM ({texts})"


def _columns_of(path: KeyPath) -> tuple[str, ...]:
    """The columns that the value at a path goes into."""
    match path:
        case ("facts", *keys):
            return (name(".".join(keys)),)
        case ("evidence", fact):
            return (evidence_name(fact),)
        case ("subject", key):
            return (key,) if key in RECORDED_KEYS else ()
        case ("grades", key):
            return (key,)
        case ("review", _):
            return ("covered",)
        case ("regulation",):
            return ("named",)
        case ("$schema",):
            return ()
    return (path[-1],)


def _first(ways: Sequence[str]) -> str:
    return ways[0] if len(ways) == 1 else f"coalesce({', '.join(ways)})"


def _relation_text(relation: str, layout: Layout) -> str:
    """A relation as JSON text: an id, or the list of several."""
    value = f"v{layout.paths.index(('subject', relation))}"
    return f"('\"' || {value} || '\"')" if relation in SUBJECT_KEYS else value
