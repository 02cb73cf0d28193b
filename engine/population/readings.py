"""What each alternative of a reading changes for the cases of a portion, by the SQL target, beside their rows."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.core.judge.judge import Judge
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library
from engine.population.alternatives import ReadingQuery
from engine.population.conditions import NotInSqlError, text
from engine.population.groups import Shared
from engine.population.portion_files import part_name
from engine.population.query import GroupQuery
from engine.population.target import SqlTarget
from engine.study.alternatives import Alternative, alternatives, assumed_rules
from engine.study.sensitivity import Key, asks_of_cases, key_of


@dataclass(frozen=True)
class Readings:
    """What the targets of several threads have in common: the alternatives of each group, and the compilations under
    each other option."""

    library: Library
    read: Choices
    of: dict[int, tuple[Alternative, ...]] = field(default_factory=dict)
    under: dict[tuple[str, str], Shared] = field(default_factory=dict)

    def alternatives(self, judge: Judge) -> tuple[Alternative, ...]:
        """The other options of interpretations and the assumed rules, for the cases of a judge."""
        if id(judge) not in self.of:
            self.of[id(judge)] = (*alternatives(judge), *assumed_rules(judge))
        return self.of[id(judge)]

    def shared(self, interpretation: str, option: str, regulation: str | None) -> Shared:
        """The compilations under another option of an interpretation."""
        made = Shared(self.library, regulation, {**self.read, interpretation: option})
        return self.under.setdefault((interpretation, option), made)


@dataclass
class ReadingTarget(SqlTarget):
    """Decides chunks of cases, and finds what each alternative changes for them."""

    readings: Readings = field(kw_only=True)

    def decide(self, content: bytes) -> list[int]:
        """Decides the cases of a chunk, and works out what each alternative changes for them."""
        left = super().decide(content)
        for table, columns in (
            ("changed", ["n BIGINT, case_id VARCHAR, reading VARCHAR, now VARCHAR, otherwise VARCHAR",
                         "duties BOOLEAN, again BOOLEAN"]),
            ("again", ["n BIGINT, reading VARCHAR, possible VARCHAR, graded BOOLEAN",
                       *(f"{column} BOOLEAN" for column in asked_columns(self.shared))]),
            ("taken", ["n BIGINT"]),
        ):  # fmt: skip
            self.database.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({', '.join(columns)})")
        for query in self.queries:
            self.database.execute(
                f"CREATE OR REPLACE TEMP TABLE members AS SELECT n FROM typed WHERE ({query.within})"
                " AND n IN (SELECT n FROM decided)"
            )
            try:
                self._read_otherwise(query)
            except NotInSqlError:
                # Its cases are left to be judged case by case.
                for table in ("changed", "again"):
                    self.database.execute(f"DELETE FROM {table} WHERE n IN (FROM members)")
            else:
                self.database.execute("INSERT INTO taken FROM members")
        return left

    def write(self, path: Path, portion: int) -> None:
        """The rows of the portion; in a file beside them what alternatives change, and which cases are left over."""
        super().write(path, portion)
        # `path` is where the rows lie until they are whole.
        target = changes_beside(path.with_name(part_name(portion)))
        part = target.with_name(f"{target.name}.partial")
        asked = [f"a.{column}" for column in asked_columns(self.shared)]
        columns = [
            "c.n AS line, case_id, c.reading, now, otherwise, duties",
            "CASE WHEN again THEN a.possible ELSE otherwise END AS possible",
            "CASE WHEN again THEN a.graded ELSE TRUE END AS graded",
            *asked,
        ]
        self.database.execute(
            f"COPY (SELECT {portion}::INTEGER AS portion, * FROM ("
            f"SELECT {', '.join(columns)} FROM changed c LEFT JOIN again a ON c.n = a.n AND c.reading = a.reading"
            " UNION ALL BY NAME SELECT n AS line, case_id FROM decided WHERE n NOT IN (FROM taken)))"
            f" TO {text(str(part))} (FORMAT parquet, COMPRESSION snappy)"
        )
        part.replace(target)

    def _read_otherwise(self, query: GroupQuery) -> None:
        """Adds what each alternative changes for the cases of a group, the table `members`. Raises NotInSqlError."""
        others = self.readings.alternatives(query.judge)
        asked = ReadingQuery(query.judge, query.columns, others)
        self.database.execute(f"CREATE OR REPLACE TEMP TABLE read AS {asked.results_sql('members')}")
        for what in others:
            reading = text(reading_name(key_of(query.judge.regulation, what)))
            wide = "now < 0 OR otherwise < 0 OR bit_count(otherwise) > 1"
            if asks_of_cases(query.judge.regulation):
                wide = "TRUE"
            again = "FALSE" if what.interpretation is None else f"now <> otherwise AND ({wide})"
            self.database.execute(
                f"INSERT INTO changed SELECT n, case_id, {reading}, {asked.names('now')}, {asked.names('otherwise')},"
                f" duties, {again} FROM ({asked.changed_sql('read', what)})"
            )
            if what.interpretation is not None and what.option is not None:
                those = f"SELECT n FROM changed WHERE reading = {reading} AND again AND n IN (FROM members)"
                if self.database.execute(f"SELECT count(*) FROM ({those})").fetchone() != (0,):
                    self._decide_again(query, what.interpretation, what.option, reading, those)

    def _decide_again(self, query: GroupQuery, interpretation: str, option: str, reading: str, those: str) -> None:
        """The rows of some cases of a group under another option, so far as cohorts look at them."""
        shared = self.readings.shared(interpretation, option, self.shared.regulation)
        compiled = query.judge.compiled
        key = (compiled.regulation, compiled.kind, compiled.day, compiled.period)
        judge = shared.judge(key)
        if judge is None:
            raise NotInSqlError(interpretation)
        # The classes met here are none that the referee of the run looks at.
        met = list(self.new_classes)
        rows = self.rows_of(shared, key, replace(query, judge=judge, within=f"({query.within}) AND n IN ({those})"))
        self.new_classes = met
        columns = ", ".join(["n", reading, "possible", "graded", *asked_columns(self.shared)])
        named = ", ".join(["n", *(f'"{name}"' for name in shared.columns)])
        self.database.execute(f"INSERT INTO again SELECT {columns} FROM ({rows}) AS r({named})")


def changes_beside(part: Path) -> Path:
    """The file of what each alternative changes for the cases of a portion."""
    return part.with_name(f"changes-{part.name}")


def asked_columns(shared: Shared) -> list[str]:
    """The columns, all of them boolean, that cohorts look at besides the outcome."""
    return ["perhaps_ungraded", *(f'"relief {name}"' for name in shared.between.reliefs)]


def reading_name(key: Key) -> str:
    """An alternative as a text in a column."""
    return json.dumps(key, ensure_ascii=False)
