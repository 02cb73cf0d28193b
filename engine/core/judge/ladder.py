"""Which grades a ladder can still give: from what the rules say now, and from every completion of the missing facts."""

from collections.abc import Mapping, Sequence

from engine.core.judge.record import UNDETERMINED
from engine.core.policy.conditions import conjunction
from engine.core.policy.live import Choices, concerns, exists, read_by
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Ladder
from engine.core.policy.terms import Frozen
from engine.core.rules.compiler import Compiled
from engine.core.rules.domains import Observable, holds
from engine.core.rules.unknowns import Unknown

MOST_NODES = 3_000


class LiveLadder(Frozen):
    """A ladder for one compilation: its rules by their place in `Compiled.rules`, inherited criteria included.

    `grades` are those of the regulation from best to lowest; `otherwise` is a grade or `undetermined`.
    """

    ladder: Ladder
    grades: tuple[str, ...]
    rungs: tuple[tuple[str, tuple[int, ...]], ...]
    bars: tuple[tuple[str, int], ...]
    otherwise: str


class Outcomes(Frozen):
    """The outcomes that some completion may reach. `exact`: every one of them is reached by some completion."""

    possible: frozenset[str]
    exact: bool


def live_ladder(regulation: Regulation, kind: str, choices: Choices, index: Mapping[str, int]) -> LiveLadder | None:
    """The ladder of a kind of subject over the rules that `index` numbers by their names; None if no ladder covers it.

    Rules without a number do not exist."""
    subject = regulation.kinds[kind]
    ladder = next((ladder for ladder in regulation.ladders if concerns(ladder.applies_to, subject)), None)
    if ladder is None:
        return None
    rungs: list[tuple[str, tuple[int, ...]]] = []
    below: list[int] = []
    for rung in reversed(ladder.rungs):
        if not exists(rung.under, choices):
            continue
        live = [criterion for criterion in rung.criteria if criterion.rule.name in index]
        rungs.append((rung.grade, (*(index[criterion.rule.name] for criterion in live), *below)))
        below = [index[criterion.rule.name] for criterion in live if criterion.inherited] + below
    return LiveLadder(
        ladder,
        tuple(grade.id for grade in regulation.grades),
        tuple(reversed(rungs)),
        tuple((bar.grade, index[bar.rule.name]) for bar in ladder.bars if bar.rule.name in index),
        read_by(ladder.otherwise.grade, choices) or UNDETERMINED,
    )


def reached(criteria: Sequence[int], statuses: Sequence[bool | None]) -> bool | None:
    """Strong Kleene `and` over results of rules."""
    return conjunction([statuses[number] for number in criteria])


def by_statuses(live: LiveLadder, statuses: Sequence[bool | None]) -> frozenset[str]:
    """The outcomes that rule results leave open, each unknown rule taken by itself: none is missed."""
    place = live.grades.index
    barred = [grade for grade, number in live.bars if statuses[number]]
    maybe = [grade for grade, number in live.bars if statuses[number] is None]
    if barred:
        lowest = max(barred, key=place)
        return frozenset([lowest, *(grade for grade in maybe if place(grade) > place(lowest))])
    outcomes = set(maybe)
    for grade, criteria in live.rungs:
        at_rung = reached(criteria, statuses)
        if at_rung is not False:
            outcomes.add(grade)
        if at_rung:
            break
    else:
        outcomes.add(live.otherwise)
    return frozenset(outcomes)


def next_rung(live: LiveLadder, statuses: Sequence[bool | None], highest: str | None) -> str | None:
    """The grade to reach next: above a rung the one above it; above a bar, a gap or `otherwise` the nearest. None if
    the ladder has none above `highest`, the highest grade possible."""
    place = len(live.grades) if highest is None else live.grades.index(highest)
    better = [(grade, criteria) for grade, criteria in live.rungs if live.grades.index(grade) < place]
    if not better:
        return None
    own = next((criteria for grade, criteria in live.rungs if grade == highest), None)
    if own is not None and reached(own, statuses) is not False and not any(statuses[number] for _, number in live.bars):
        return better[-1][0]
    lacking = {grade: sum(statuses[number] is not True for number in criteria) for grade, criteria in better}
    return min(nearest_first(better), key=lambda grade: lacking[grade])


def nearest_first(rungs: Sequence[tuple[str, tuple[int, ...]]]) -> list[str]:
    """The grades of rungs, best to lowest, in the order in which one that lacks as few criteria as another comes first:
    a rung that every better one implies before those, and else the better one."""
    grades: list[str] = []
    for place, (grade, criteria) in enumerate(rungs):
        implied = place > 0 and set(criteria) <= set(rungs[place - 1][1])
        grades.insert(0 if implied else len(grades), grade)
    return grades


def possible_outcomes(
    live: LiveLadder,
    compiled: Compiled,
    statuses: Sequence[bool | None],
    codes: Mapping[Observable, int],
    unknown: Sequence[Unknown],
) -> Outcomes:
    """Every outcome that a completion reaches, found by completing the missing facts group by group."""
    by_observable = {observable: group for group in unknown for observable in group.observables}
    seen: set[str] = set()
    nodes = 0
    complete = True

    def visit(statuses: Sequence[bool | None], codes: Mapping[Observable, int]) -> None:
        nonlocal nodes, complete
        open_now = by_statuses(live, statuses)
        if len(open_now) == 1 or open_now <= seen:
            seen.update(open_now)
            return
        nodes += 1
        numbers = open_rules(live, statuses)
        asked = (observable for number in numbers for observable in sorted(compiled.rules[number].asks))
        group = next((by_observable[name] for name in asked if name not in codes and name in by_observable), None)
        if nodes > MOST_NODES or group is None:
            complete = False
            seen.update(open_now)
            return
        waiting = [number for number in numbers if not compiled.rules[number].asks.isdisjoint(group.observables)]
        visited: set[tuple[bool | None, ...]] = set()
        for completion in group.completions:
            settled = {**codes, **dict(zip(group.observables, completion, strict=True))}
            results = {number: decided_alone(compiled, number, settled) for number in waiting}
            # Once they are all decided, the codes of this completion make no further difference.
            if (key := tuple(results.values())) not in visited:
                visit([results.get(number, status) for number, status in enumerate(statuses)], settled)
            if None not in key:
                visited.add(key)

    visit(statuses, codes)
    return Outcomes(frozenset(seen), len(seen) == 1 or (complete and all(group.exact for group in unknown)))


def open_rules(live: LiveLadder, statuses: Sequence[bool | None], grades: frozenset[str] | None = None) -> list[int]:
    """The unknown rules that can matter to the outcome: bars, and criteria of rungs not lost already; of the rungs
    of `grades` only, if given."""
    numbers = [number for _, number in live.bars if statuses[number] is None]
    for grade, criteria in live.rungs:
        at_rung = reached(criteria, statuses)
        if at_rung is None and (grades is None or grade in grades):
            numbers += [number for number in criteria if statuses[number] is None]
        if at_rung:
            break
    return list(dict.fromkeys(numbers))


def decided_alone(compiled: Compiled, number: int, codes: Mapping[Observable, int]) -> bool | None:
    """The result of a rule for the codes of what is known."""
    rule = compiled.rules[number]
    if any(holds(region, codes) for region in rule.holds):
        return True
    return False if any(holds(region, codes) for region in rule.fails) else None
