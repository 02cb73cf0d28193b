"""What is wrong with a ladder, told from the regions of its rules alone, without z3: run by `xeploai check`.

Under the chosen readings: a complete case without a grade that lies in no gap that the ladder names, two bars with
different grades that hold together, a bar and a better rung that want the same of one fact, and a grade that no case
reaches. That no region is left is exact; that a case is there is claimed only if it comes out so. What other readings
come to, `xeploai prove` says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product

from engine.base.diagnostics import Diagnostic, diagnostic, warning
from engine.core.judge.ladder import LiveLadder, live_ladder
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.live import chosen
from engine.core.policy.regulation import Library
from engine.core.policy.rules import Role
from engine.core.policy.values import written
from engine.core.rules.compiler import Compiled, CompiledRule
from engine.core.rules.domains import Observable, Region, TooWide, covers
from engine.load.cases.blank import evidence_to_name, facts_to_state
from engine.proof.breaking import Judged, is_complete
from engine.proof.counting import Counted
from engine.proof.space import Space, spaces
from engine.study.examples import Stated, examples, typical_values
from engine.study.variations import compiled_on, in_force_of
from engine.versions.regions import meet

MOST_STEPS = 4_000
"""In which regions are met; what takes more is left to `prove`."""
MOST_REGIONS, MOST_EXAMPLES = 12, 6
"""So many regions are tried, with so many cases each."""

Asked = Sequence[Region]
"""One of these regions must hold. None of them: nothing can; an empty region: it holds already."""


def check_ladders(library: Library) -> tuple[Diagnostic, ...]:
    """What is wrong with the ladders of a library that loads, each thing once."""
    problems: dict[tuple[object, ...], Diagnostic] = {}
    for regulation in library.regulations.values():
        choices = chosen(regulation, {})
        whole = {}
        for space in spaces(library, regulation):
            if space.day not in whole:
                whole[space.day], _ = compiled_on(library.vocabulary, regulation, space.day)
            compiled = in_force_of(whole[space.day], regulation, space.kind, choices, space.period)
            live = live_ladder(regulation, space.kind, choices, compiled.index)
            if live is None:
                continue
            for problem in _Ladder(space, compiled, live, choices).problems():
                problems.setdefault((problem.code, problem.location), problem)
    return tuple(problems.values())


@dataclass(frozen=True, eq=False)
class _Ladder:
    """The ladder of a space under the chosen readings."""

    space: Space
    compiled: Compiled
    live: LiveLadder
    choices: Mapping[str, str]

    def problems(self) -> Iterator[Diagnostic]:
        """Gaps that nobody names, bars that contradict each other, grades that nobody reaches."""
        ladder = self.live.ladder
        try:
            if self.live.otherwise == UNDETERMINED and ladder.otherwise.gaps:
                asked = [*self._due(), *self._no_bar(), *self._no_rung(), *map(_fails, self._of("gap"))]
                if (case := self._smallest(asked, UNDETERMINED)) is not None:
                    yield diagnostic("ladder/unnamed-gap", ladder.otherwise.location, **self._about(case))
            for (grade, one), (other_grade, other) in combinations(self.live.bars, 2):
                bars = [self.compiled.rules[number] for number in (one, other)]
                if grade != other_grade:
                    names = {bar.rule.name for bar in bars}
                    case = self._smallest([*self._due(), *map(_holds, bars)], *names)
                    if case is not None:
                        about = {"rule": bars[0].rule.id, "other": bars[1].rule.id, **self._about(case)}
                        yield warning("ladder/bars-disagree", bars[0].rule.location, **about)
            yield from self._bars_within_rungs()
            for rung in ladder.rungs:
                if not self._is_reached(rung.grade):
                    yield warning("ladder/unreachable-grade", rung.location, grade=rung.grade, kind=self.space.kind)
        except TooWide:
            return

    def _bars_within_rungs(self) -> Iterator[Diagnostic]:
        """Bars that a number alone leads to, within what a better rung asks of that number: two thresholds that do not
        meet. That a bar wins over other criteria is what bars are for."""
        places = self.live.grades.index
        for (bar_grade, number), (grade, criteria) in product(self.live.bars, self.live.rungs):
            if places(grade) >= places(bar_grade):
                continue
            bar = self.compiled.rules[number]
            asks = [_holds(self.compiled.rules[criterion]) for criterion in criteria]
            of_rung = {observable for regions in asks for region in regions for observable in region}
            shared = [
                region
                for region in _holds(bar)
                if len(region) == 1 and self._is_number(*region) and of_rung >= set(region)
            ]
            names = {bar.rule.name, *(self.compiled.rules[criterion].rule.name for criterion in criteria)}
            case = self._smallest([*self._due(), shared, *asks], *names) if shared else None
            if case is not None:
                about = {"rule": bar.rule.id, "grade": grade, **self._about(case)}
                yield warning("ladder/bar-within-rung", bar.rule.location, **about)

    def _is_number(self, observable: Observable) -> bool:
        fact = self.compiled.vocabulary.facts[observable.fact]
        return fact.form in ("integer", "number") and not observable.evidence

    def _of(self, role: Role) -> list[CompiledRule]:
        return [rule for rule in self.compiled.rules if rule.rule.role == role]

    def _due(self) -> list[Asked]:
        """That a grade is due."""
        return [_fails(rule) for rule in (*self._of("exemption"), *self._of("ungraded"))]

    def _no_bar(self, *, worse_than: str = "") -> list[Asked]:
        places = self.live.grades.index
        bars = [number for grade, number in self.live.bars if not worse_than or places(grade) > places(worse_than)]
        return [_fails(self.compiled.rules[number]) for number in bars]

    def _no_rung(self, *, better_than: str = "") -> list[Asked]:
        places = self.live.grades.index
        rungs = [
            criteria for grade, criteria in self.live.rungs if not better_than or places(grade) < places(better_than)
        ]
        return [[region for number in criteria for region in _fails(self.compiled.rules[number])] for criteria in rungs]

    def _is_reached(self, grade: str) -> bool:
        """Does some region lead to a grade, by a bar or by its rung? True if its rung does not exist here."""
        criteria = dict(self.live.rungs).get(grade)
        if criteria is None or grade == self.live.otherwise:
            return True
        rules = self.compiled.rules
        ways = [[_holds(rules[number]), *self._no_bar(worse_than=grade)]
                for bar_grade, number in self.live.bars if bar_grade == grade]  # fmt: skip
        by_rung = [_holds(rules[number]) for number in criteria]
        ways.append([*by_rung, *self._no_bar(), *self._no_rung(better_than=grade)])
        return any(next(_meeting([*self._due(), *way]), None) is not None for way in ways)

    def _smallest(self, asked: Sequence[Asked], *wanted: str) -> Stated | None:
        """Of the complete cases that regions lead to and that come out as wanted (an outcome, or rules that hold), the
        one that differs least from a typical one."""
        compiled = self.compiled
        names = facts_to_state(self.space.regulation, compiled)
        usual = typical_values(compiled.vocabulary, names)
        base = Stated(usual, dict.fromkeys(evidence_to_name(compiled), True))
        judge = Counted(self.space, self.choices, (), 0, 0)
        found: list[tuple[int, int, Stated]] = []
        for region in islice(_meeting(asked), MOST_REGIONS):
            for case in islice(examples(region, compiled.domains, compiled.vocabulary, base), MOST_EXAMPLES):
                named = {f"evidence.{name}": is_named for name, is_named in case.evidence.items()}
                judged = judge.judged({**case.values, **named})
                if judged is not None and is_complete(self.space, judged) and _comes_out(judged, wanted):
                    found.append((len(_unusual(case, base)), len(found), case))
                    break
        return min(found)[-1] if found else None

    def _about(self, case: Stated) -> dict[str, str]:
        compiled = self.compiled
        names = facts_to_state(self.space.regulation, compiled)
        base = Stated(typical_values(compiled.vocabulary, names), dict.fromkeys(evidence_to_name(compiled), True))
        return {"kind": self.space.kind, "facts": "; ".join(_unusual(case, base)) or "–"}


def _unusual(case: Stated, base: Stated) -> list[str]:
    """In what a case differs from a typical one, as a case file would state it."""
    facts = [f"{name}: {written(value)}" for name, value in case.values.items() if base.values.get(name) != value]
    return facts + [f"evidence.{name}: []" for name, named in case.evidence.items() if not named]


def _comes_out(case: Judged, wanted: Sequence[str]) -> bool:
    return all(case.results[name] is True if name in case.results else case.possible == {name} for name in wanted)


def _holds(rule: CompiledRule) -> Asked:
    return ({},) if rule.condition is None else rule.holds


def _fails(rule: CompiledRule) -> Asked:
    return rule.fails


def _meeting(asked: Sequence[Asked]) -> Iterator[Region]:
    """The regions in which all that is asked holds. Raises TooWide if that takes too many steps."""
    steps = 0

    def visit(region: Region, left: Sequence[Asked]) -> Iterator[Region]:
        nonlocal steps
        steps += 1
        if steps > MOST_STEPS:
            raise TooWide
        still: list[tuple[int, int, list[Region]]] = []
        for number, alternatives in enumerate(left):
            if any(covers(alternative, region) for alternative in alternatives):
                continue
            met = [both for alternative in alternatives if (both := meet(region, alternative)) is not None]
            if not met:
                return
            still.append((len(met), number, met))
        if not still:
            yield region
            return
        _, number, met = min(still, key=lambda entry: entry[:2])
        others = [left[other] for _, other, _ in still if other != number]
        for both in met:
            yield from visit(both, others)

    return visit({}, asked)
