"""What a run keeps of a case once its decision is handed on: no more than quotas and links look at."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from engine.core.judge.case import Case, Subject
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


class Outcome(NamedTuple):
    """How a case came out, as far as quotas and links look at it: the outcomes that are possible (None if there is no
    grade), whether the subject is reviewed, and whether it is open if it is graded."""

    possible: tuple[str, ...] | None
    subject_to_review: bool | None
    perhaps_ungraded: bool


def outcome_of(decision: Decision) -> Outcome:
    """How a decided case came out."""
    possible = None if decision.grading is None else decision.grading.possible
    return Outcome(possible, decision.subject_to_review, any(result.holds is None for result in decision.ungraded))


@dataclass(frozen=True, eq=False, repr=False)
class Memory:
    """Makes the decided cases of a run small. What many cases have in common is kept once."""

    library: Library
    _texts: dict[Hashable, Hashable] = field(default_factory=dict)
    _grades: dict[object, Mapping[str, str]] = field(default_factory=dict)
    _outcomes: dict[Outcome, Decision] = field(default_factory=dict)

    def of(self, matched: Matched, outcome: Outcome) -> Decided:
        """A decided case without its reasons, and without the facts that no quota looks at.

        Its decision says only how the case came out: cases that came out alike share it."""
        case, subject, once = matched.case, matched.case.subject, self._once
        facts, evidence, rules = self._counted
        # `replace` would take twice the time.
        small = Case(
            case_id=case.case_id,
            file="",
            regulation=case.regulation,
            chosen_because=case.chosen_because,
            period=once(case.period),
            period_key=case.period_key,
            as_of=case.as_of,
            subject=Subject(
                subject.kind, subject.id, once(subject.unit), once(subject.cohort), subject.relations or NOTHING
            ),
            values=_part(case.values, facts),
            evidence=_part(case.evidence, evidence),
            covered=None,
            grades=self._grades.setdefault(tuple(case.grades.items()), case.grades),
            decided_on=case.decided_on,
            input_hash="",
            period_kind=case.period_kind,
        )
        return Decided(small, self._decision(matched, outcome), _part(matched.results, rules))

    def _once(self, text: T) -> T:
        return self._texts.setdefault(text, text)  # type: ignore[return-value]

    def _decision(self, matched: Matched, outcome: Outcome) -> Decision:
        """The part of the first decision of this outcome that says no more than the outcome."""
        kept = self._outcomes.get(outcome)
        if kept is None:
            decision = matched.decided.decision
            grading = decision.grading
            kept = self._outcomes[outcome] = replace(
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
