"""All mutants of a policies folder against its tests, by several processes at once, and the scores."""

import gc
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.core.policy.regulation import Library
from engine.proof.killing import killing_test
from engine.proof.mutants import Mutant, mutants
from engine.proof.mutation import Bench, Fate, MutantRun, Verdict, benches

PORTION = 16
"""So many mutants are handed to a process at a time."""


@dataclass(frozen=True)
class Mutated:
    """A mutant of a regulation and what became of it."""

    regulation: str
    mutant: Mutant
    verdict: Verdict


@dataclass(frozen=True)
class Score:
    """How many mutants of a regulation or a file came to what."""

    name: str
    killed: int
    survived: int
    equivalent: int
    invalid: int

    @property
    def percent(self) -> float:
        """Of the mutants that a test could kill, how many are killed: 0 to 100, cut after one digit, so that 100 means
        all. 100 if there is none."""
        killable = self.killed + self.survived
        return 1000 * self.killed // killable / 10 if killable else 100.0


def mutate(
    library: Library,
    folder: Path,
    paths: Sequence[Path] = (),
    processes: int = 1,
    begin: Callable[[int], None] = lambda total: None,
    step: Callable[[int], None] = lambda done: None,
) -> list[Mutated]:
    """Every mutant of the policies below `paths`, or of all, in the order of the regulations and their parts.

    `begin` is told how many there are, `step` how many more are done. Raises Problems if the tests cannot be read or
    nothing below a path can be changed, and FailingTests if a test does not pass."""
    by_regulation = {name: list(mutants(library, regulation)) for name, regulation in library.regulations.items()}
    if paths:
        every = [mutant for made in by_regulation.values() for mutant in made]
        if fruitless := [path for path in paths if not any(_below(mutant, path) for mutant in every)]:
            raise Problems([diagnostic("test/no-mutants", Location(str(path))) for path in fruitless])
        by_regulation = {
            name: [mutant for mutant in made if any(_below(mutant, path) for path in paths)]
            for name, made in by_regulation.items()
        }
    wanted = [name for name, made in by_regulation.items() if made]
    ready = benches(library, folder, wanted) if wanted else ()
    jobs = [(bench, mutant) for bench in ready for mutant in by_regulation[bench.regulation.id]]
    begin(len(jobs))
    verdicts: list[Verdict] = []
    portions = [range(first, min(first + PORTION, len(jobs))) for first in range(0, len(jobs), PORTION)]
    # On macOS what the system itself loads does not stand being copied.
    if processes == 1 or sys.platform == "darwin" or "fork" not in get_all_start_methods():
        _begin(jobs)
        for portion in portions:
            verdicts += _judged(portion)
            step(len(portion))
    else:
        gc.freeze()
        with ProcessPoolExecutor(processes, get_context("fork"), _begin, (jobs,)) as pool:
            for portion, judged in zip(portions, pool.map(_judged, portions), strict=True):
                verdicts += judged
                step(len(portion))
    return [
        Mutated(bench.regulation.id, mutant, verdict) for (bench, mutant), verdict in zip(jobs, verdicts, strict=True)
    ]


def scores(mutated: Sequence[Mutated], by: Callable[[Mutated], str]) -> list[Score]:
    """The score of each group of mutants, in the order in which the groups begin."""
    fates: dict[str, list[Fate]] = {}
    for item in mutated:
        fates.setdefault(by(item), []).append(item.verdict.fate)
    return [
        Score(name, *(came_to.count(fate) for fate in ("killed", "survived", "equivalent", "invalid")))
        for name, came_to in fates.items()
    ]


def score_of(mutated: Sequence[Mutated]) -> Score:
    """The score of all together."""
    return next(iter(scores(mutated, lambda item: "")), Score("", 0, 0, 0, 0))


def _below(mutant: Mutant, path: Path) -> bool:
    return Path(mutant.location.file).resolve().is_relative_to(path.resolve())


_jobs: Sequence[tuple[Bench, Mutant]] = ()
"""Those of a copied process."""


def _begin(jobs: Sequence[tuple[Bench, Mutant]]) -> None:
    global _jobs
    _jobs = jobs


def _judged(portion: range) -> list[Verdict]:
    return [_with_killing_test(*job) for job in _jobs[portion.start : portion.stop]]


def _with_killing_test(bench: Bench, mutant: Mutant) -> Verdict:
    verdict = bench.judged(mutant)
    if verdict.fate != "survived":
        return verdict
    return replace(verdict, killing=killing_test(MutantRun(bench, mutant)))
