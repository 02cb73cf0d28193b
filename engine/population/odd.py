"""Which cases are odd: SQL that is true for those that are not to be taken as they stand, and are read one by one.

The SQL looks at a table with the text `l` of a case, the JSON texts `e` of the paths of a layout (`x0`, `x1`, … by
themselves, with their typed values `v0`, `v1`, …), and those of its groups that may be empty, `g`.

That nothing else stands in a case is known by measuring: a JSON text without blanks is as long as the keys and values
that were found, with the marks between them. In a text with blanks the colons are counted: outside its strings there
is one a key, so if there are as many as keys were found (and, looked for if that is not enough, groups that are
empty), there are no other keys.

DuckDB takes more than JSON: a comma before a closing bracket, and fractions as floats, so that what it reads may be
another number than the one written. Such texts are looked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.core.policy.regulation import Library
from engine.population.conditions import text
from engine.population.layout import KeyPath, Layout, bytes_of_key, pointer
from engine.population.periods import PERIOD, outside_sql
from engine.population.values import JSON_TEXT

LONGEST_CASE = 9_000
"""A case of more bytes is read by itself, so that no single text in it needs to be measured."""

_UNPRINTABLE = r"[\x{7f}-\x{9f}\x{200b}\x{2060}\x{feff}\x{fffe}\x{ffff}]"
_PLAIN_TEXT = r"[ -~\x{a1}-\x{ac}\x{ae}-\x{2ff}\x{1e00}-\x{1eff}]*"
"""Printable, and in composed form whatever stands next to them: the letters of Vietnamese among others."""
_STRAY_COMMA = r",\s*[}\]]"
_COARSE_NUMBER = "[0-9.]{16}|[0-9][eE][-+0-9]"
"""Sixteen digits may not be the number that was written once they are a float, nor a number with an exponent."""
_EMPTY = "IN ('{}', 'null')"


@dataclass(frozen=True)
class Oddities:
    """What makes cases of a layout odd."""

    layout: Layout
    library: Library

    def shape(self, ways: Mapping[str, Sequence[str]]) -> str:
        """Keys that are not in the layout or come twice, values that are not of their type, texts that need care.
        `ways` are the typed values of each column."""
        at, free, names = self._at, self._concat(self._free), self._concat(self._names)
        refused = " OR ".join(["FALSE", *(f"(v{number} IS NULL AND x{number} <> 'null')" for number in at.values())])
        without_facts = " AND ".join(["TRUE", *(f"{x} IS NULL" for x in self._x("facts"))])
        numbers = self._concat([
            f"x{at[path]}" for path in at
            if path[0] == "facts" and self.library.vocabulary.facts[".".join(path[1:])].is_number
        ])  # fmt: skip
        return "(" + " OR ".join([
            f"strlen(l) > {LONGEST_CASE}",
            # A case must have facts; whether they are left out or none is not seen from here.
            f"({without_facts})",
            f"CASE WHEN contains(l, '\\') THEN contains(l, '\\u') OR contains({names}, '\\') OR {self._escaped()}"
            " ELSE FALSE END",
            *(f"coalesce({x} = 'null', FALSE)" for x in self._x("$schema")),
            f"coalesce({refused}, FALSE)",
            f"CASE WHEN strlen(l) = {self._length()} THEN FALSE"
            f" WHEN contains(l, ',}}') OR contains(l, ',]') OR regexp_matches(l, {text(_STRAY_COMMA)}) THEN TRUE"
            f" ELSE {self._other_keys()} END",
            f"CASE WHEN regexp_full_match({free}, {text(_PLAIN_TEXT)}) THEN FALSE"
            f" ELSE regexp_matches({free}, {text(_UNPRINTABLE)}) OR nfc_normalize({names}) <> {names} END",
            # DuckDB writes a number with a point if digits alone did not stand there.
            f"CASE WHEN contains({numbers}, '.') THEN regexp_matches(l, '{_COARSE_NUMBER}') ELSE FALSE END",
            *(" + ".join(f"({way} IS NOT NULL)::INTEGER" for way in several) + " > 1" for several in ways.values()
              if len(several) > 1),
        ]) + ")"  # fmt: skip

    def header(self) -> str:
        """What its header lacks, or states in a way that needs care, in a table of typed values."""
        days = self.library.vocabulary.as_of
        tests = ["misfit", *(f"{name} IS NULL" for name in ("case_id", "period", "as_of", "kind", "regulation"))]
        if days is not None:
            # Other spellings of periods are read one by one.
            year = "regexp_matches(period, '[0-9]{4}') AND NOT regexp_matches(period, '(?i)[bcdgjlpswxz]')"
            tests.append(f"(NOT regexp_full_match(period, {text(PERIOD)}) AND {year})")
            if not days.warned:
                tests.append(f"coalesce({outside_sql(days.months_after)}, FALSE)")
        return " OR ".join(tests)

    # --- keys ---

    @cached_property
    def _at(self) -> dict[KeyPath, int]:
        return {path: number for number, path in enumerate(self.layout.paths)}

    def _x(self, *path: str) -> list[str]:
        """The texts at the paths that begin so."""
        return [f"x{number}" for known, number in self._at.items() if known[: len(path)] == path]

    @cached_property
    def _folders(self) -> dict[KeyPath, str]:
        """For each folder of the layout the SQL that is 1 if something stands in it, else 0."""
        return {
            folder: f"({' OR '.join(f'{x} IS NOT NULL' for x in self._x(*folder))})::INTEGER"
            for folder in self.layout.folders
        }

    def _length(self) -> str:
        """How long a text without blanks is that holds what was found, and nothing else."""
        # A key has two quotes and a colon, an object two brackets, and there is a comma less than there are members.
        # DuckDB goes through one list several times faster than through as many columns.
        return " + ".join([
            "1",
            f"list_sum(list_transform(e, lambda x, i: strlen(x) + {[bytes_of_key(path) + 4 for path in self._at]}[i]))",
            *(f"{bytes_of_key(folder) + 5} * {there}" for folder, there in self._folders.items()),
            *(f"(CASE WHEN g[{place}] {_EMPTY} THEN strlen(g[{place}]) + {bytes_of_key(path) + 4} ELSE 0 END)"
              for place, path in enumerate(self.layout.empty, 1)),
        ])  # fmt: skip

    def _other_keys(self) -> str:
        """Are there more colons than keys were found?"""
        keys = " + ".join(["list_aggregate(e, 'count')", *self._folders.values()])
        if self.layout.empty:
            keys += f" + coalesce(len(list_filter(g, lambda x: x {_EMPTY})), 0)"
        inner = "array_to_string(e, '')"
        within = f"(strlen({inner}) - strlen(replace({inner}, ':', '')))"
        others = " + ".join(["0", *(
            f"coalesce((TRY(json_extract(l, {text(pointer(folder))}))::VARCHAR {_EMPTY})::INTEGER, 0)"
            for folder in self._folders if folder not in self.layout.empty
        )])  # fmt: skip
        more = f"strlen(l) - strlen(replace(l, ':', '')) - ({keys})"
        return f"CASE WHEN {more} = 0 THEN FALSE ELSE {more} - ({others}) <> {within} END"

    # --- texts ---

    def _concat(self, texts: Sequence[str]) -> str:
        return f"concat({', '.join(texts)})" if texts else "''"

    @cached_property
    def _free(self) -> list[str]:
        """The texts in a case's own words."""
        return [f"x{number}" for path, number in self._at.items() if self._is_free(path)]

    @cached_property
    def _names(self) -> list[str]:
        """Those of them that are compared with others."""
        return [
            f"x{number}" for path, number in self._at.items()
            if self._is_free(path) and path[0] != "evidence" and path[-1] != "name"
        ]  # fmt: skip

    def _is_free(self, path: KeyPath) -> bool:
        match path:
            case ("case_id",) | ("period",) | ("$schema",) | ("evidence", _) | ("subject", _):
                return True
            case ("facts", *keys):
                return self.library.vocabulary.facts[".".join(keys)].is_free_text
        return False

    def _escaped(self) -> str:
        """Does a name, which is not looked into, hold characters that a case may not? Texts of evidence are looked
        through when they are read."""
        return " OR ".join(["FALSE", *(
            f"coalesce(NOT regexp_full_match({x}, {text(JSON_TEXT)}) AND {x} <> 'null', FALSE)"
            for x in self._x("subject", "name")
        )])  # fmt: skip
