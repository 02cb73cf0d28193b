"""What each alternative of a reading changes for the cases of a portion, by the target, kept next to their rows."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.core.judge.judge import Judge
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED
from engine.core.policy.rules import Condition
from engine.population.answers import Answered, Answers
from engine.population.groups import Shared
from engine.population.memos import Memo
from engine.population.portion_files import part_name
from engine.population.row_parts import OUTCOME, RESULTS
from engine.population.rows import joined
from engine.population.sql import text
from engine.population.target import NOTHING, Target
from engine.study.alternatives import Alternative, alternatives, as_chosen, assumed_rules, outcome_under
from engine.study.sensitivity import Key, is_wide, key_of

CHANGE = {
    "line": "BIGINT", "case_id": "VARCHAR", "reading": "VARCHAR", "now": "VARCHAR",
    "otherwise": "VARCHAR", "duties": "BOOLEAN", "possible": "VARCHAR", "graded": "BOOLEAN",
}  # fmt: skip
"""What an alternative changes for a case: what is possible rule by rule, whether duties of the review change, and what
cohorts then count."""


@dataclass(frozen=True)
class Change:
    """What an alternative changes for cases with the same results of rules; `again`: they have to be decided anew
    under it before cohorts count them."""

    what: Alternative
    reading: str
    now: str
    otherwise: str
    duties: bool
    again: bool


class ReadingTarget(Target):
    """Decides chunks of cases, and finds what each alternative changes for them."""

    def __init__(
        self, shared: Shared, folder: Path, memory: str = "512MB", stopped: Callable[[], bool] = lambda: False
    ) -> None:
        """As any target."""
        super().__init__(shared, folder, memory, stopped)
        self.others: dict[int, tuple[Alternative, ...]] = {}
        self.changes = Memo(self._changes)
        self.under: dict[tuple[str, str], Answers] = {}
        self.changed: list[str] = []
        self.left: list[int] = []

    def decide(self, content: bytes) -> list[int]:
        """Decides the cases of a chunk, and works out what each alternative changes for them."""
        self.changed = []
        self.left = super().decide(content)
        return self.left

    def come(self, judge: Judge) -> Sequence[Condition | None]:
        """The conditions of the rules that alternatives bring."""
        return list(self._come(judge).values())

    def row(self, number: int, answer: Answered) -> str:
        """As any target, and notes what alternatives change for the case."""
        changed = []
        key = answer.members, answer.ladder, answer.triggers, answer.contents, answer.others
        for change in self.changes[key]:
            again = [change.otherwise, "true", *(NOTHING for _ in asked_columns(self.shared))]
            if change.again:
                again = self._decided_again(answer, change.what)
            about = str(number), answer.read.case_id, change.reading, change.now, change.otherwise, str(change.duties)
            changed.append("\t".join([*about, *again]))
        row = super().row(number, answer)
        self.changed += changed
        return row

    def write(self, path: Path, portion: int) -> None:
        """The rows of the portion; in a file next to them what alternatives change, and which cases are left over."""
        super().write(path, portion)
        # `path` is where the rows lie until they are whole.
        target = changes_file(path.with_name(part_name(portion)))
        part = target.with_name(f"{target.name}.partial")
        left = ", ".join(map(str, self.left)) or "NULL"
        self.database.execute(
            f"COPY (SELECT {portion}::INTEGER AS portion, * FROM ("
            f"FROM {self.table_of(self.changed, change_columns(self.shared))}"
            f" UNION ALL BY NAME SELECT n AS line, case_id FROM decided WHERE n IN ({left})))"
            f" TO {text(str(part))} (FORMAT parquet, COMPRESSION snappy)"
        )
        part.replace(target)

    def _alternatives(self, judge: Judge) -> tuple[Alternative, ...]:
        """The other options of interpretations and the assumed rules, for the cases of a judge."""
        if id(judge) not in self.others:
            self.others[id(judge)] = (*alternatives(judge), *assumed_rules(judge))
        return self.others[id(judge)]

    def _come(self, judge: Judge) -> dict[str, Condition | None]:
        return {rule.name: condition for what in self._alternatives(judge) for rule, condition in what.come}

    def _changes(self, key: tuple[Any, ...]) -> list[Change]:
        """What alternatives change for the cases of a judge with these results, part by part."""
        members, *parts = key
        judge, statuses = members.judge, members.rules.statuses(*parts)
        come = self._come(judge)
        results = dict(zip(come, (RESULTS[result] for result in parts[-1][-len(come) :]), strict=True)) if come else {}
        now = as_chosen(judge, statuses)
        changes = []
        for what in self._alternatives(judge):
            outcome = outcome_under(judge, [*statuses, *(results[rule.name] for rule, _ in what.come)], what)
            duties = bool(outcome.new_duties or outcome.gone_duties)
            if outcome.possible != now or duties:
                wide = now[0] in (NOT_REVIEWED, NOT_GRADED) or is_wide(judge.regulation, outcome.possible)
                again = what.interpretation is not None and outcome.possible != now and wide
                reading = reading_name(key_of(judge.regulation, what))
                changes.append(Change(what, reading, joined(now), joined(outcome.possible), duties, again))
        return changes

    def _decided_again(self, answer: Answered, what: Alternative) -> list[str]:
        """A case under another option, so far as cohorts look at it."""
        assert what.interpretation is not None and what.option is not None
        option = what.interpretation, what.option
        if option not in self.under:
            shared = self.shared
            read = {**shared.switches, what.interpretation: what.option}
            self.under[option] = Answers(Shared(shared.library, shared.regulation, read), self.reader)
        answers = self.under[option]
        again = answers.again(answer.read)
        members = again.members
        statuses = members.rules.statuses(again.ladder)
        part = members.parts.outcome(statuses)
        if part.is_open:
            part = members.parts.outcome(statuses, answers.closed(again)[0])
        given = members.parts.given(part.possible, part.open_still, answer.read.given)
        possible = "" if part.possible is None else joined(part.possible)
        shown = (possible, part.possible is not None, given.columns[-1], *part.columns[len(OUTCOME) :])
        return [NOTHING if value is None else str(value) for value in shown]


def change_columns(shared: Shared) -> dict[str, str]:
    """The columns of what an alternative changes for a case, and their types."""
    names = ["perhaps_ungraded", *(f"relief {name}" for name in shared.between.reliefs)]
    return CHANGE | dict.fromkeys(names, "BOOLEAN")


def changes_file(part: Path) -> Path:
    """The file of what each alternative changes for the cases of a portion."""
    return part.with_name(f"changes-{part.name}")


def asked_columns(shared: Shared) -> list[str]:
    """The columns, all of them boolean, that cohorts look at besides the outcome, as SQL."""
    return ["perhaps_ungraded", *(f'"relief {name}"' for name in shared.between.reliefs)]


def reading_name(key: Key) -> str:
    """An alternative as a text in a column."""
    return json.dumps(key, ensure_ascii=False)
