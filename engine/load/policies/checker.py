"""A parsed library -> everything wrong with it beyond syntax: names, types, days, sources, ladders, reach.

Each check yields diagnostics and stops nothing; `check` gathers them all.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from engine.base.diagnostics import Diagnostic, diagnostic
from engine.core.policy.regulation import Regulation
from engine.core.policy.terms import Vocabulary
from engine.load.policies.check_facts import check_vocabulary
from engine.load.policies.check_regulation import RegulationCheck


def check(
    vocabulary: Vocabulary, regulations: Mapping[str, Regulation], once: Callable[..., Any]
) -> tuple[Diagnostic, ...]:
    """Every problem of a vocabulary and the regulations that use it, except for what `check_compilations` finds.

    `once` calls a function with its arguments, and may keep what it gave for the same ones."""
    problems = list(once(_of_vocabulary, vocabulary))
    for regulation in regulations.values():
        problems += once(_of_regulation, vocabulary, regulation)
    problems += _in_force(regulations)
    # A layer repeats what is wrong with the regulation below it, and only knows more names.
    first: dict[object, Diagnostic] = {}
    for problem in problems:
        arguments = tuple(argument for argument in problem.arguments if argument[0] not in ("known", "suggestion"))
        first.setdefault((problem.location, problem.code, arguments), problem)
    return tuple(first.values())


def _of_vocabulary(vocabulary: Vocabulary) -> tuple[Diagnostic, ...]:
    return tuple(check_vocabulary(vocabulary))


def _of_regulation(vocabulary: Vocabulary, regulation: Regulation) -> tuple[Diagnostic, ...]:
    return tuple(RegulationCheck(vocabulary, regulation).problems())


def _in_force(regulations: Mapping[str, Regulation]) -> Iterator[Diagnostic]:
    """Regulations that replace each other must follow one another without a day of both or of none."""
    for later in regulations.values():
        for earlier_id in later.replaces:
            earlier = regulations.get(earlier_id)
            if earlier is None:
                continue
            last = earlier.in_force_until or date.max
            if last < earlier.in_force_from:
                continue  # `RegulationCheck` reports it
            following = last + timedelta(days=1) if last < date.max else date.max
            if following != later.in_force_from:
                yield from _not_adjoining(earlier, later, following)


def _not_adjoining(earlier: Regulation, later: Regulation, following: date) -> Iterator[Diagnostic]:
    """A diagnostic at each of the two days that make a gap or an overlap: only the legal texts say which is wrong.
    `following`: the day after the last of the earlier regulation."""
    code = "regulation/gap" if following < later.in_force_from else "regulation/overlap"
    day = min(following, later.in_force_from)
    until, since = earlier.in_force_until_location, later.in_force_from_location
    day_before = (later.in_force_from - timedelta(days=1)).isoformat()
    for place, key, should, other in (
        (until, "until", day_before, since),
        (since, "from", following.isoformat(), until),
    ):
        yield diagnostic(
            code, place, one=earlier.id, other=later.id, day=day.isoformat(), key=key, should=should, place=str(other)
        )
