"""Properties of single cases, answered by z3: in the solver's process, space by space."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import monotonic

from engine.core.policy.regulation import Library, Regulation
from engine.proof.answers import Answer, Broken, SaysNothing, Unbroken, Undecided, Unreached
from engine.proof.between import JudgedTwice, between
from engine.proof.models import Asker, OutOfTime, Unsure
from engine.proof.properties import Between, Property, Reachable
from engine.proof.queries import Cases, Query, queries, reaching, says_something
from engine.proof.space import meant, spaces, spaces_beside
from engine.proof.verdict import Sample

Progress = Callable[[int], None]
"""Is told how many spaces were looked at."""
MOST_COMPARED = 4
"""So many cases that break a property are made as small as they can be, to show the smallest of them."""


@dataclass(eq=False)
class Prover:
    """Answers for one regulation; what the cases of a space respect is written down once."""

    library: Library
    regulation: Regulation
    asker: Asker = field(default_factory=lambda: Asker(0))

    @cached_property
    def every(self) -> list[Cases]:
        """The cases of every space of the regulation."""
        return [Cases(space) for space in spaces(self.library, self.regulation)]

    def answer(self, item: Property, seconds: float, progress: Progress) -> Answer:
        """What becomes of a property within so many seconds. Spaces are numbered as `spaces` lists them."""
        self.asker.until, self.asker.questions = monotonic() + seconds, 0
        there = self._in_question(item)
        work = _Work(item, there, self.asker, progress)
        try:
            return work.reached() if isinstance(item.claim, Reachable) else work.kept()
        except OutOfTime:
            return Undecided(len(there), self.asker.questions, "time", work.done)
        except Unsure:
            return Undecided(len(there), self.asker.questions, "unsure", work.done)

    def _in_question(self, item: Property) -> list[tuple[int, Cases]]:
        """The cases that a property is about, with the number of their space, or of their pair of spaces."""
        if not isinstance(item.claim, Between):
            return [(number, cases) for number, cases in enumerate(self.every) if meant(item, cases.space)]
        return [
            (number, JudgedTwice(space, beside, alike))
            for number, (space, beside) in enumerate(spaces_beside(self.library, self.regulation, item.claim))
            for alike in (True, False)
            if meant(item, space)
        ]


@dataclass(eq=False)
class _Work:
    """A property that is being answered."""

    item: Property
    there: Sequence[tuple[int, Cases]]
    asker: Asker
    progress: Progress
    done: int = 0

    def kept(self) -> Answer:
        """Does some case break the property?"""
        broken: list[tuple[int, Query]] = []
        for number, cases in self.there:
            broken += [(number, query) for query in self._questions(cases) if self.asker.broken(query)]
            self._step()
        if not broken:
            return self._unbroken()
        shown: list[tuple[int, int, Broken]] = []
        for number, query in broken[:MOST_COMPARED]:
            samples = self.asker.smallest(query)
            assert samples is not None
            answer = Broken(len(self.there), self.asker.questions, number, samples, query.about)
            shown.append((self.asker.size(query), len(shown), answer))
        smallest = min(shown)[-1]
        others = tuple(dict.fromkeys(number for number, _ in broken if number != smallest.space))
        return replace(smallest, others=others, questions=self.asker.questions)

    def _questions(self, cases: Cases) -> Iterator[Query]:
        if isinstance(cases, JudgedTwice):
            assert isinstance(self.item.claim, Between)
            yield between(cases, self.item, self.item.claim)
        else:
            yield from queries(cases, self.item)

    def reached(self) -> Answer:
        """Which grades and rules does no case reach?"""
        assert isinstance(self.item.claim, Reachable)
        missing: dict[str, list[int]] = {}
        samples: list[tuple[int, Sample, tuple[str, ...]]] = []
        for number, cases in self.there:
            wanted = reaching(cases, self.item, self.item.claim)
            while wanted:
                name = next(iter(wanted))
                found = self.asker.any_case(Query(cases, wanted[name]))
                if found is None:
                    missing.setdefault(name, []).append(number)
                    del wanted[name]
                    continue
                with_it = [other for other, term in wanted.items() if self.asker.is_true_of_last(term)]
                samples.append((number, found, tuple({name: None, **dict.fromkeys(with_it)})))
                for other in (name, *with_it):
                    wanted.pop(other, None)
            self._step()
        if missing:
            listed = tuple((name, tuple(numbers)) for name, numbers in missing.items())
            return Unreached(len(self.there), self.asker.questions, listed)
        return self._unbroken(tuple(samples))

    def _unbroken(self, samples: tuple[tuple[int, Sample, tuple[str, ...]], ...] = ()) -> Answer:
        says = any(self.asker.broken(says_something(cases, self.item)) for _, cases in self.there)
        if not says:
            return SaysNothing(len(self.there), self.asker.questions)
        return Unbroken(len(self.there), self.asker.questions, samples)

    def _step(self) -> None:
        self.done += 1
        self.progress(self.done)
