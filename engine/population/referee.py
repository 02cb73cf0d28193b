"""Cases that the SQL target decided, decided by durable-rules as well: any difference ends the run."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil, inf
from random import Random
from time import monotonic

from engine.core.judge.decision import Decided
from engine.population.failures import Disagreement
from engine.population.portions import Portion
from engine.population.rows import Row
from engine.population.spellings import unusual
from engine.population.target import SqlTarget, lines_in

SPELLINGS = 10
"""Of each unusual way to write something the referee decides this part of what it decides by chance."""

BySql = Mapping[int, tuple[Row, Mapping[str, bool | None]]]
"""The cases of a portion by line: the row, and what every rule came to by its name."""


@dataclass
class Referee:
    """Chooses cases, some `wanted` of the whole run by chance, and compares both targets on them."""

    wanted: int
    counts: Counter[str] = field(default_factory=Counter)
    """How many `cases` were compared, and of how many `class`es of incomplete cases the first was."""
    seconds: float = 0.0
    nearest: dict[tuple[object, ...], float] = field(default_factory=dict)
    """How near a case came to each number that rules compare with."""

    def choose(self, portion: Portion, target: SqlTarget, size: int) -> list[int]:
        """The lines of a portion that durable-rules decides as well: some by chance, some whose text writes something
        as few do, the first of each class of incomplete cases, and those nearest to each number that rules compare
        with. `size` is that of all cases of the run in bytes."""
        if not self.wanted:
            return []
        lines = lines_in(portion.content)
        share = ceil(self.wanted * len(portion.content) / max(size, 1))
        chosen = set(Random(portion.digest).sample(range(1, lines + 1), min(share, lines)))
        chosen.update(unusual(portion.content, ceil(share / SPELLINGS)))
        new = target.new_classes[: max(0, self.wanted - self.counts["class"])]
        self.counts["class"] += len(new)
        near = []
        for place, (distance, number) in target.nearest(self.nearest).items():
            if distance < self.nearest.get(place, inf):
                self.nearest[place] = distance
                near.append(number)
        return sorted(target.rows(sorted({*chosen, *new, *near})))

    def compare(
        self, portion: Portion, by_sql: BySql, decide: Callable[[int, bytes], tuple[Row, Decided] | None]
    ) -> None:
        """Raises Disagreement if durable-rules decides one of these cases otherwise than SQL.

        `decide` gives the row and the decision of a line; None if the case is refused."""
        started = monotonic()
        texts = dict(portion.lines(by_sql))
        for number, (row, results) in by_sql.items():
            decision = decide(number, texts[number])
            file, line = portion.place(number)
            case = f"{file}:{line}: {row['case_id']}"
            if decision is None:
                raise Disagreement(case, ("the case", "accepted", "refused"))
            other, decided = decision
            differences = [(name, row[name], other[name]) for name in other if row[name] != other[name]]
            differences += [
                (name, results[name], result) for name, result in decided.results.items() if results[name] is not result
            ]
            if differences:
                raise Disagreement(case, differences[0])
        self.counts["cases"] += len(by_sql)
        self.seconds += monotonic() - started
