"""What `check` says of ladders, on the real policies with a mistake planted in them."""

from dataclasses import replace

from support.policies import all_policies

from engine.core.policy.regulation import Library
from engine.core.policy.rules import Bar, Comparison, Criterion, Literals, Rule
from engine.proof.ladders import check_ladders

REGULATION = "qd-366-2025"


def planted(*, bars: tuple[Bar, ...] = (), criterion: Rule | None = None) -> Library:
    """The real policies, but that the first ladder of one regulation has more bars, or another criterion."""
    library = all_policies()
    regulation = library.regulations[REGULATION]
    first, *others = regulation.ladders
    rungs = [replace(rung, criteria=tuple(_with(part, criterion) for part in rung.criteria)) for rung in first.rungs]
    ladders = (replace(first, bars=(*first.bars, *bars), rungs=tuple(rungs)), *others)
    return replace(library, regulations={**library.regulations, REGULATION: replace(regulation, ladders=ladders)})


def _with(part: Criterion, criterion: Rule | None) -> Criterion:
    return replace(part, rule=criterion) if criterion is not None and part.rule.name == criterion.name else part


def rule(name: str) -> Rule:
    regulation = all_policies().regulations[REGULATION]
    return next(
        part.rule for ladder in regulation.ladders for rung in ladder.rungs for part in rung.criteria
        if part.rule.name == name
    )  # fmt: skip


def test_nothing_is_wrong_with_the_real_ladders() -> None:
    assert check_ladders(all_policies()) == ()


def test_a_gap_between_two_bands_is_found_with_the_smallest_case() -> None:
    band = rule("collective.completed.completed_points")
    condition = band.condition
    assert condition is not None and not isinstance(condition, Comparison)
    higher = replace(condition, conditions=(Comparison("score.total", "at_least", Literals((55,))),
                                            *condition.conditions[1:]))  # fmt: skip
    (problem,) = check_ladders(planted(criterion=replace(band, condition=higher, when=higher)))
    assert problem.code == "ladder/unnamed-gap"
    # Total points of 50 to 55: the points of the common criteria are those of a typical case.
    assert dict(problem.arguments) == {"kind": "organization", "facts": "score.results: 22"}


def test_bars_with_different_grades_that_hold_together_are_found() -> None:
    bar = all_policies().regulations[REGULATION].ladders[0].bars[0]
    other = replace(bar.rule, id="other", name="collective.bars.other")
    problems = check_ladders(planted(bars=(Bar(other, "completed"),)))
    assert {(problem.code, problem.severity) for problem in problems} == {("ladder/bars-disagree", "warning")}
    assert {dict(problem.arguments)["other"] for problem in problems} == {"other"}


def test_a_bar_whose_number_lies_within_what_a_better_grade_asks_is_found_with_a_case() -> None:
    """Less than 60 points are a bar, and 50 are enough for completed."""
    few = all_policies().regulations[REGULATION].ladders[0].bars[0].rule
    more = Comparison("score.total", "less_than", Literals((60,)))
    bar = replace(few, id="other", name="collective.bars.other", condition=more, when=more)
    problems = [problem for problem in check_ladders(planted(bars=(Bar(bar, "not_completed"),)))
                if problem.code == "ladder/bar-within-rung"]  # fmt: skip
    assert {dict(problem.arguments)["grade"] for problem in problems} == {"completed"}
    assert dict(problems[0].arguments)["facts"] == "score.results: 22"


def test_a_grade_that_a_better_rung_asks_less_for_is_never_reached() -> None:
    band = rule("collective.good.good_points")
    never = Comparison("score.total", "less_than", Literals((0,)))
    problems = check_ladders(planted(criterion=replace(band, condition=never, when=never)))
    assert "ladder/unreachable-grade" in {problem.code for problem in problems}
