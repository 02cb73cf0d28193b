"""What a run keeps of a case once its decision is handed on: no more than quotas and links look at."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from engine.core.judge.decision import Decided
from engine.core.judge.engine import Matched
from engine.core.judge.record import Decision
from engine.core.policy.conditions import looked_at
from engine.core.policy.regulation import Library
from engine.load.cases.derived import with_parts

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")


NOTHING: Mapping[str, Any] = {}


def _part(entries: Mapping[str, V], names: Iterable[str]) -> Mapping[str, V]:
    """The entries of these names; what is empty takes no place in memory."""
    return {name: entries[name] for name in names if name in entries} or NOTHING


@dataclass(frozen=True, eq=False, repr=False)
class Memory:
    """Makes the decided cases of a run small. What many cases have in common is kept once."""

    library: Library
    _texts: dict[Hashable, Hashable] = field(default_factory=dict)
    _grades: dict[object, Mapping[str, str]] = field(default_factory=dict)
    _outcomes: dict[tuple[object, ...], Decision] = field(default_factory=dict)

    def of(self, matched: Matched, decision: Decision) -> Decided:
        """A decided case without its reasons, and without the facts that no quota looks at.

        Its decision says only how the case came out: cases that came out alike share it. `decision` is that of the
        case, or of another that came out alike."""
        case, subject, once = matched.case, matched.case.subject, self._once
        facts, evidence, rules = self._counted
        return Decided(
            replace(
                case,
                file="",
                period=once(case.period),
                subject=replace(subject, unit=once(subject.unit), cohort=once(subject.cohort)),
                values=_part(case.values, facts),
                evidence=_part(case.evidence, evidence),
                grades=self._grades.setdefault(tuple(case.grades.items()), case.grades),
                covered=None,
                input_hash="",
                percentages=frozenset(),
            ),
            self._outcome(decision),
            _part(matched.results, rules),
        )

    def _once(self, text: T) -> T:
        return self._texts.setdefault(text, text)  # type: ignore[return-value]

    def _outcome(self, decision: Decision) -> Decision:
        grading = decision.grading
        key = (
            None if grading is None else grading.possible,
            decision.subject_to_review,
            any(result.holds is None for result in decision.ungraded),
        )
        kept = self._outcomes.get(key)
        if kept is None:
            kept = self._outcomes[key] = replace(
                decision,
                case_id="",
                file="",
                input_hash="",
                exemptions=(),
                review=(),
                findings=(),
                open_findings=(),
                grades=(),
                grading=None if grading is None else replace(grading, rungs=(), bars=(), missing=(), spared=()),
                assumptions=(),
                missing=(),
            )
        return kept

    @cached_property
    def _counted(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The facts that quotas look at, those for which they want evidence, and the rules of their reliefs."""
        vocabulary = self.library.vocabulary
        quotas = [quota for regulation in self.library.regulations.values() for quota in regulation.quotas]
        rules = [relief.rule for quota in quotas for relief in quota.relief]
        looked_at_by_rule = [looked_at(rule.condition) for rule in rules]
        evidence = frozenset(fact for _, named in looked_at_by_rule for fact in named)
        names = [name for quota in quotas for name in quota.within if name in vocabulary.facts]
        names += [fact for facts, _ in looked_at_by_rule for fact in facts]
        return with_parts(names, vocabulary), evidence, frozenset(rule.name for rule in rules)
