"""The results of the rules -> which rules a record shows and what it says of the grade, by the rules' numbers.

`core/judge/decision` decides the same with every reason. Here no reason is put together, so that a record of ids is
made in a fraction of the time; tests compare the two.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from engine.core.judge.engine import Matched
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import Outcomes, by_statuses, next_rung, open_rules
from engine.core.judge.missing import missing_facts, outcomes_of
from engine.core.judge.record import UNDETERMINED, MissingFact
from engine.core.policy.rules import Role
from engine.study.memory import Outcome

Statuses = Sequence[bool | None]


class Graded(NamedTuple):
    """What the facts say of the grade: the outcomes that are possible, from best to lowest, whether each is known to be
    reached, the grade to reach next, and the facts that would help to settle it."""

    possible: tuple[str, ...]
    exact: bool
    next: str | None
    missing: tuple[MissingFact, ...]
    by_results: bool
    """Do the results of the rules alone say all this?"""


class Outline(NamedTuple):
    """The rules that a record shows, by number: all but the bars that fail, and the contents of the review."""

    outcome: Outcome
    shown: tuple[int, ...]
    required: tuple[int, ...]
    """The contents of the review that are required, or may be."""
    rested_on: tuple[int, ...]
    """The rules by which the result rests on an assumption or a reading, in the order in which these are named."""


def graded(matched: Matched) -> Graded | None:
    """What the facts of a case say of its grade; None if the subject is not reviewed, or not graded."""
    judge, statuses = matched.judge, matched.statuses
    exempt = chain(judge.by_role.get("exemption", ()), judge.by_role.get("ungraded", ()))
    if any(statuses[number] for number in exempt):
        return None
    live, values = judge.live, matched.case.values
    missing: tuple[MissingFact, ...] = ()
    outcomes = Outcomes(by_statuses(live, statuses), exact=True)
    by_results = len(outcomes.possible) == 1
    if not by_results:
        names = judge.compiled.properties.items()
        codes = {observable: matched.codes[name] for observable, name in names if name in matched.codes}
        outcomes = outcomes_of(judge, values, statuses, codes)
        if len(outcomes.possible) > 1:
            missing = missing_facts(judge, values, codes, open_rules(live, statuses, outcomes.possible))
    possible = tuple(sorted(outcomes.possible, key=[*live.grades, UNDETERMINED].index))
    highest = None if possible[0] == UNDETERMINED else possible[0]
    return Graded(possible, outcomes.exact, next_rung(live, statuses, highest), missing, by_results)


def outline(judge: Judge, statuses: Statuses, possible: tuple[str, ...] | None) -> Outline:
    """What a record shows if the rules came out so, and if these outcomes are possible (None: there is no grade)."""

    def of_role(role: Role, *wanted: bool | None) -> list[int]:
        return [number for number in judge.by_role.get(role, ()) if statuses[number] in wanted]

    def holding_or_open(role: Role) -> list[int]:
        return of_role(role, True) or of_role(role, None)

    exemptions = holding_or_open("exemption")
    subject_to_review = None if exemptions and statuses[exemptions[0]] is None else not exemptions
    if subject_to_review is False:
        ungraded, findings, doubtful, required = [], [], [], []
    else:
        ungraded, findings, doubtful = holding_or_open("ungraded"), of_role("trigger", True), of_role("trigger", None)
        required = of_role("review_content", True, None)
    criteria = [] if possible is None else _of_ladder(judge, statuses)
    gaps = holding_or_open("gap") if possible is not None and UNDETERMINED in possible else []
    rules = judge.compiled.rules
    rested_on = dict.fromkeys((*exemptions, *ungraded, *findings, *criteria, *required))
    return Outline(
        Outcome(possible, subject_to_review, any(statuses[number] is None for number in ungraded)),
        tuple(dict.fromkeys((*exemptions, *ungraded, *findings, *doubtful, *criteria, *gaps))),
        tuple(required),
        tuple(number for number in rested_on if rules[number].rule.name in judge.uncertain),
    )


def _of_ladder(judge: Judge, statuses: Statuses) -> list[int]:
    """The criteria of each rung, those that hold first, and the bars that do not fail."""
    order = (True, False, None)
    criteria = [n for _, numbers in judge.live.rungs for n in sorted(numbers, key=lambda n: order.index(statuses[n]))]
    return criteria + [number for _, number in judge.live.bars if statuses[number] is not False]
