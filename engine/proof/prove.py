"""What becomes of the properties of a regulation: asked of the solver, confirmed by evaluation, looked at again by
counting.

A case that the solver finds is shown only if durable-rules, by the ordinary evaluation, comes to what breaks the
property. That no case breaks it is believed only if none of the cases counted besides does. Whatever an incomplete
case may still come to is the outcome of a case that completes it, so that a property of all complete cases holds of the
range that evaluation states for every incomplete one, if that range is exact.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import monotonic

from engine.core.judge.case import Rejected
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Frozen
from engine.load.cases.derived import with_parts
from engine.proof.answers import Answer, Broken, SaysNothing, Unbroken, Undecided, Unreached
from engine.proof.breaking import Judged, breaks, judged, reaches
from engine.proof.counting import Counter
from engine.proof.groups import judge_group
from engine.proof.process import SolverHere, SolverProcess
from engine.proof.properties import Between, Group, Independent, Property
from engine.proof.space import Space, facts_of, meant, spaces, spaces_beside
from engine.proof.verdict import (
    Counterexample,
    Effort,
    Fails,
    Ground,
    Holds,
    NotDecided,
    ShownCase,
    Vacuous,
    Verdict,
)
from engine.proof.witness import Judges, case_file, shown, switched

Step = Callable[[str, int], None]
"""Is told the id of a property, and how many of its spaces were looked at."""


class Proved(Frozen):
    """A property with what became of it. `elsewhere`: of one that is known to fail for some cases, what became of it
    for all others.

    It is `as_expected` if it holds, or if it is known to fail and fails in the way that is known."""

    item: Property
    verdict: Verdict
    elsewhere: Verdict | None = None

    @property
    def as_expected(self) -> bool:
        """Is this what the policy file says?"""
        if self.item.known_failure is None:
            return isinstance(self.verdict, Holds)
        return isinstance(self.verdict, Fails) and not isinstance(self.elsewhere, Fails | NotDecided)


def prove(
    library: Library,
    regulation: Regulation,
    items: Sequence[Property],
    seconds: float,
    step: Step = lambda *_: None,
    *,
    apart: bool = True,
) -> Iterator[Proved]:
    """What becomes of each property of a regulation, in order, within so many seconds each. `apart`: z3 runs in a
    process of its own."""
    begin = SolverProcess if apart else SolverHere
    with begin(library) as solver, Judges(library) as judges:
        work = _Proving(library, regulation, judges)
        questions = [question for item in items for question in _questions(item)]
        verdicts = work.verdicts(questions, solver, seconds, step)
        for item in items:
            verdict, *elsewhere = [next(verdicts) for _ in _questions(item)]
            yield Proved(item, verdict, *elsewhere)


def _questions(item: Property) -> list[Property]:
    """A property for all cases; and, if it is known to fail for some, for all others."""
    everywhere = replace(item, known_failure=None)
    known = item.known_failure is not None and item.known_failure.when is not None
    return [everywhere, item] if known else [everywhere]


@dataclass(eq=False)
class _Proving:
    """The properties of a regulation as they are proved."""

    library: Library
    regulation: Regulation
    judges: Judges
    counter: Counter = field(default_factory=Counter)

    @cached_property
    def spaces(self) -> list[Space]:
        """The spaces of the regulation, in the order in which the solver's process numbers them."""
        return list(spaces(self.library, self.regulation))

    def verdicts(
        self, questions: Sequence[Property], solver: SolverProcess | SolverHere, seconds: float, step: Step
    ) -> Iterator[Verdict]:
        """The verdict on each question. While one is confirmed here, the solver is at the next."""
        asked = iter([item for item in questions if not isinstance(item.claim, Group)])
        waiting = next(asked, None)
        if waiting is not None:
            solver.ask(self.regulation.id, waiting, seconds)
        for item in questions:
            started = monotonic()
            if isinstance(item.claim, Group):
                yield judge_group(self.library, self.regulation, item, started + seconds)
                continue
            answer = solver.answer(lambda done, name=item.id: step(name, done))  # type: ignore[misc]
            following = next(asked, None)
            if following is not None:
                solver.ask(self.regulation.id, following, seconds)
            verdict = self._verdict(item, answer)
            effort = replace(verdict.effort, seconds=monotonic() - started)
            yield replace(verdict, effort=effort)

    def _verdict(self, item: Property, answer: Answer) -> Verdict:
        effort = Effort(answer.spaces, answer.questions)
        match answer:
            case Broken():
                return self._broken(item, answer, effort)
            case Unbroken():
                return self._unbroken(item, answer, effort)
            case Unreached(missing=missing):
                counts = [self._counted(item, {number}, [name]) for name, numbers in missing for number in numbers]
                if any(against for _, against in counts):
                    return NotDecided(effort, "counted_otherwise")
                kinds = tuple((name, self._kinds(item, numbers)) for name, numbers in missing)
                return Fails(replace(effort, counted=sum(count for count, _ in counts)), missing=kinds)
            case SaysNothing():
                return Vacuous(effort)
            case Undecided(reason=reason, done=done):
                return NotDecided(effort, reason, done, answer.spaces)

    def _broken(self, item: Property, answer: Broken, effort: Effort) -> Verdict:
        pairs = self._beside(item, answer.space)
        readings = switched(pairs, answer.samples[0], item)
        cases: list[ShownCase] = []
        members: list[Judged] = []
        for number, (space, sample) in enumerate(zip(pairs, answer.samples, strict=False), 1):
            document = case_file(space, sample, item, f"{item.id}-{number}" if len(answer.samples) > 1 else item.id)
            decided = self.judges.decide(document, readings)
            if isinstance(decided, Rejected):
                return NotDecided(effort, "unconfirmed")
            cases.append(shown(space, sample, document, decided))
            members.append(judged(decided))
        if not breaks(pairs[0], item, members, readings, answer.about):
            return NotDecided(effort, "unconfirmed")
        elsewhere = self._kinds(item, [answer.space, *answer.others])
        return Fails(effort, Counterexample(tuple(cases), readings, answer.about, elsewhere))

    def _unbroken(self, item: Property, answer: Unbroken, effort: Effort) -> Verdict:
        for number, sample, names in answer.samples:
            space = meant(item, self.spaces[number])
            assert space is not None
            readings = switched([space], sample, item)
            decided = self.judges.decide(case_file(space, sample, item, item.id), readings)
            if isinstance(decided, Rejected) or not reaches(space, item, judged(decided), readings, names):
                return NotDecided(effort, "unconfirmed")
        count, against = self._counted(item, set(range(len(self.spaces))))
        if against:
            return NotDecided(effort, "counted_otherwise")
        return Holds(replace(effort, counted=count), self._ground(item))

    def _counted(self, item: Property, numbers: set[int], missing: Sequence[str] = ()) -> tuple[int, bool]:
        """How many cases of these spaces were made and judged besides, and whether one speaks against the solver."""
        if isinstance(item.claim, Between):
            return 0, False
        here = [space for number in sorted(numbers) if (space := meant(item, self.spaces[number]))]
        counts = [self.counter.count(space, item, missing) for space in here]
        return sum(count for count, _ in counts), any(against for _, against in counts)

    def _ground(self, item: Property) -> Ground:
        """A fact at which no rule looks can change nothing."""
        if not isinstance(item.claim, Independent):
            return "solver"
        asked = with_parts({name for space in self.spaces for name in space.asked}, self.library.vocabulary)
        return "solver" if facts_of(self.spaces[0], item) & asked else "construction"

    def _beside(self, item: Property, number: int) -> tuple[Space, Space]:
        """The spaces of the two cases of a counterexample: the same one, but between two regulations."""
        if isinstance(item.claim, Between):
            first, second = spaces_beside(self.library, self.regulation, item.claim)[number]
            own = meant(item, first)
            assert own is not None
            return own, replace(second, kind=own.kind, period=own.period)
        space = meant(item, self.spaces[number])
        assert space is not None
        return space, space

    def _kinds(self, item: Property, numbers: Sequence[int]) -> tuple[str, ...]:
        """The kinds of subject of spaces, of which the property speaks."""
        every = [self._beside(item, number)[0] for number in numbers]
        pairs = [pair for space in every for pair in ((space.kind, space.period), *space.alike)]
        return tuple(dict.fromkeys(kind for kind, _ in pairs))
