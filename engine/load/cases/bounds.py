"""Which facts of a case exceed another that bounds them."""

from collections.abc import Iterator, Mapping

from engine.core.policy.terms import Fact, Value


def above(values: Mapping[str, Value], fact: Fact, *, warned: bool) -> Iterator[str]:
    """The facts that bound `fact` from above and that its value exceeds.

    `warned`: only those bounds of which the vocabulary warns, instead of only those that it enforces."""
    for whole in fact.not_more_than if fact.name in values else ():
        if whole.warned is warned and whole.fact in values and values[fact.name] > values[whole.fact]:  # type: ignore[operator]
            yield whole.fact
