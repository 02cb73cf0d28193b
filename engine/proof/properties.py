"""What must hold for every case of a regulation, as frozen data: properties, and what each of them claims."""

from typing import Literal

from engine.core.judge.record import UNDETERMINED
from engine.core.policy.rules import Condition, Provision, Reading
from engine.core.policy.terms import Frozen, Located, PeriodKind, Text

Direction = Literal["never_worse", "never_better"]
Overlap = Literal["bars", "bars_and_rungs", "rungs"]
BetweenRelation = Literal["at_least_as_strict", "equal"]
GroupLaw = Literal["kept_after_surplus_falls", "order_does_not_matter", "readings_differ_at_most", "never_above_linked"]
NO_GRADE = "none"
"""How a policy file writes that no grade is due: the subject is not reviewed, or reviewed and not graded."""


class Outcomes(Located):
    """The outcomes that a claim names: a list, or a part of the scale of grades."""

    listed: tuple[str, ...] = ()
    at_least: str | None = None
    at_most: str | None = None


class Never(Frozen):
    """No case has one of these outcomes. Cases for which no grade is due are meant only if `none` is named."""

    outcomes: Outcomes


class Always(Frozen):
    """Every case has one of these outcomes. Cases for which no grade is due are meant only if `none` is named."""

    outcomes: Outcomes


class Total(Frozen):
    """Every complete case that is graded gets exactly one grade.

    A case is excepted if the ladder's `otherwise` depends on one of the `interpretations`, or if one of the rules
    `gaps`, by name, holds: these name the gap of the text in which it lies."""

    interpretations: tuple[str, ...]
    gaps: tuple[str, ...]


class Disjoint(Frozen):
    """No complete case meets two rules that exclude each other. `of` may list rules, by name. `meant`: the rules, by
    name, whose overlap with others is meant."""

    of: Overlap | tuple[str, ...]
    meant: tuple[str, ...]


class Monotone(Frozen):
    """If one of the facts grows and all else stays equal, the outcome moves in one direction only.

    A truth grows from false to true, a text by the order of its options, a set by another member. The outcome
    `undetermined` is better than the worst grade and worse than all others: such a case reaches no rung and meets no
    bar. If no grade is due before or after, nothing is claimed."""

    facts: tuple[str, ...]
    more: Direction


class Independent(Frozen):
    """If one of the facts changes and all else stays equal, the outcome, or the rule named `of`, stays as it is."""

    facts: tuple[str, ...]
    of: str | None


class Reachable(Frozen):
    """Some complete case reaches each of the grades, and makes each of the rules hold, by name. None stands for all of
    them, an empty tuple for none; those in `unless` need not be reached."""

    grades: tuple[str, ...] | None
    rules: tuple[str, ...] | None
    unless: tuple[str, ...]


class Between(Frozen):
    """How this regulation grades each case, beside another regulation or layer.

    `at_least_as_strict`: no case is graded better here than there. Cases for which `unless` holds may differ."""

    regulation: str
    relation: BetweenRelation
    unless: Condition | None


class Group(Frozen):
    """What holds of every group of cases under a quota, or of two cases under a link.

    `at_most`: for `readings_differ_at_most`, the greatest difference in persons. `up_to`: the size of the groups that
    are looked at, if the claim cannot be decided for every size."""

    law: GroupLaw
    quota: str | None
    link: str | None
    at_most: int | None
    up_to: int | None


Claim = Never | Always | Total | Disjoint | Monotone | Independent | Reachable | Between | Group
KINDS: dict[type[Claim], str] = {
    Never: "never", Always: "always", Total: "total", Disjoint: "disjoint", Monotone: "monotone",
    Independent: "independent", Reachable: "reachable", Between: "between", Group: "group",
}  # fmt: skip
"""The key of each claim in a policy file."""


class KnownFailure(Located):
    """That the real text does not keep a property, and why. `when`: only cases for which this holds break it; None if
    any case may."""

    reason: Text
    when: Condition | None = None


class Property(Provision):
    """One claim about the cases of some kinds of subject and of period, under some readings.

    Empty `applies_to`, `periods` and `under` mean all of them. Only cases for which `when` holds are claimed about.
    `layer` is the regulation, or local layer, in whose folder the property stands."""

    claim: Claim
    applies_to: tuple[str, ...] = ()
    periods: tuple[PeriodKind, ...] = ()
    under: tuple[Reading, ...] = ()
    when: Condition | None = None
    known_failure: KnownFailure | None = None

    @property
    def kind(self) -> str:
        """The key of the claim in a policy file."""
        return KINDS[type(self.claim)]


def outcomes_named(outcomes: Outcomes, grades: tuple[str, ...]) -> frozenset[str]:
    """The outcomes that a claim names, given the grades of its regulation from best to worst: grades, `undetermined`,
    and `none` if no grade is due. Only a list names `undetermined` or `none`: neither is on the scale."""
    if outcomes.at_least is not None:
        return frozenset(grades[: grades.index(outcomes.at_least) + 1])
    if outcomes.at_most is not None:
        return frozenset(grades[grades.index(outcomes.at_most) :])
    return frozenset(outcomes.listed)


def every_outcome(grades: tuple[str, ...]) -> frozenset[str]:
    """Every outcome that a case can have, as policy files write them."""
    return frozenset((*grades, UNDETERMINED, NO_GRADE))
