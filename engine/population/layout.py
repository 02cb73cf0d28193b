"""Where a population's cases keep what they say: the set of key paths that cases use.

All paths of a layout mean something in the library. A case that uses another one is read by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.core.judge.case import GIVERS, SUBJECT_KEYS
from engine.core.policy.regulation import Library
from engine.population.conditions import text

KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """Key paths from the root of a case to its values; all of them mean something in the library."""

    paths: tuple[KeyPath, ...]
    empty: tuple[KeyPath, ...] = ()
    """Groups that some cases leave empty: `"evidence": {}`."""

    @cached_property
    def folders(self) -> tuple[KeyPath, ...]:
        """The paths of the objects that hold the values, each once."""
        return tuple(dict.fromkeys(path[:depth] for path in self.paths for depth in range(1, len(path))))

    @property
    def pieces(self) -> str:
        """SQL over a table with the text `l` of a case: the JSON text at each path, `e`, and of each group that may be
        empty, `g`. No case's text is an error: what DuckDB cannot read is NULL."""
        return f"{_extracted(self.paths)} AS e, {_extracted(self.empty) if self.empty else 'NULL::VARCHAR[]'} AS g"

    def joined(self, other: "Layout") -> "Layout":
        """A layout with the paths of both, each once."""
        return Layout(
            tuple(dict.fromkeys([*self.paths, *other.paths])), tuple(dict.fromkeys([*self.empty, *other.empty]))
        )


def bytes_of_key(path: KeyPath) -> int:
    """The length of the last key of a path as it is written."""
    return len(path[-1].encode())


def pointer(path: KeyPath) -> str:
    """A key path as a JSON path of DuckDB."""
    return "$" + "".join(f'."{key}"' for key in path)


def _extracted(paths: Iterable[KeyPath]) -> str:
    return f"TRY(json_extract(l, [{', '.join(text(pointer(path)) for path in paths)}])::VARCHAR[])"


HEADER = Layout((("case_id",), ("period",), ("as_of",), ("subject", "kind")))
"""What every case has. It is looked for even if the first lines are no cases."""
GROUPS = ("evidence", "review", "grades")
"""The parts of a case that may be `null` or empty."""


def layout_of(cases: Iterable[object], library: Library) -> Layout:
    """The paths that some plain cases use, so far as they mean something."""
    paths: dict[KeyPath, None] = {}
    empty: dict[KeyPath, None] = {}
    for case in cases:
        if isinstance(case, dict):
            for path in _paths(case, (), library):
                (paths if is_known(path, library) else empty).setdefault(path)
    return Layout(tuple(paths), tuple(empty))


def _paths(data: Mapping[str, object], prefix: KeyPath, library: Library) -> Iterator[KeyPath]:
    """The paths that mean something, and those of groups that hold nothing."""
    for key, value in data.items():
        path = (*prefix, str(key))
        if '"' in key or "\\" in key:
            continue
        if is_known(path, library) or (not value and _is_group(path, value, library)):
            yield path
        elif isinstance(value, dict):
            yield from _paths(value, path, library)


def _is_group(path: KeyPath, value: object, library: Library) -> bool:
    """May values stand below this path, and may what stands there be this?"""
    match path:
        case (group,):
            return group in GROUPS and (value is None or value == {})
        case ("facts", *keys):
            prefix = ".".join((*keys, ""))
            return (value is None or value == {}) and any(fact.startswith(prefix) for fact in library.vocabulary.facts)
    return False


def is_known(path: KeyPath, library: Library) -> bool:
    """Does a value at this path mean something, and does no shorter path?"""
    match path:
        case ("case_id" | "period" | "as_of" | "regulation" | "$schema",) | ("review", "covered"):
            return True
        case ("grades", key):
            return key in (*GIVERS, "decided_on")
        case ("subject", key):
            return key in SUBJECT_KEYS or key in relations(library)
        case ("evidence", fact):
            return fact in library.vocabulary.facts
        case ("facts", *keys):
            return bool(keys) and ".".join(keys) in library.vocabulary.facts
    return False


def relations(library: Library) -> list[str]:
    """The ids of the relations between subjects that some regulation knows."""
    regulations = library.regulations.values()
    return list(dict.fromkeys(relation.id for regulation in regulations for relation in regulation.relations))
