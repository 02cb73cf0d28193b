"""Cases that the target decided, decided by durable-rules as well: any difference ends the run."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from random import Random
from time import monotonic

from engine.core.judge.decision import Decided
from engine.population.failures import Disagreement
from engine.population.portions import Portion
from engine.population.rows import Row
from engine.population.spellings import unusual
from engine.population.target import Target, lines_in

SPELLINGS = 10
"""Of each unusual way to write something the referee decides this part of what it decides by chance."""

ByTarget = Mapping[int, tuple[Row, Mapping[str, bool | None]]]
"""The cases of a portion by line: the row, and what every rule came to by its name."""


@dataclass
class Referee:
    """Chooses cases, some `wanted` of the whole run by chance and the first of so many `classes`, and compares both
    targets on them."""

    wanted: int
    classes: int
    counts: Counter[str] = field(default_factory=Counter)
    """How many `cases` were compared, and of how many `class`es of incomplete cases the first was."""
    seconds: float = 0.0

    def choose(self, portion: Portion, target: Target, size: int) -> list[int]:
        """The lines of a portion that durable-rules decides as well: some by chance, some whose text writes something
        as few do, the first of each class of incomplete cases, and those nearest to each number that rules compare
        with. `size` is that of all cases of the run in bytes."""
        if not self.wanted:
            return []
        lines = lines_in(portion.content)
        share = ceil(self.wanted * len(portion.content) / max(size, 1))
        chosen = set(Random(portion.digest).sample(range(1, lines + 1), min(share, lines)))
        chosen.update(unusual(portion.content, ceil(share / SPELLINGS)))
        new = target.new_classes[: max(0, self.classes - self.counts["class"])]
        self.counts["class"] += len(new)
        near = [number for _, number in target.nearest.values()]
        return sorted(target.rows(sorted({*chosen, *new, *near})))

    def compare(
        self, portion: Portion, by_target: ByTarget, decide: Callable[[int, bytes], tuple[Row, Decided] | None]
    ) -> None:
        """Raises Disagreement if durable-rules decides one of these cases in another way than the target.

        `decide` gives the row and the decision of a line; None if the case is refused."""
        started = monotonic()
        texts = dict(portion.lines(by_target))
        for number, (row, results) in by_target.items():
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
        self.counts["cases"] += len(by_target)
        self.seconds += monotonic() - started
