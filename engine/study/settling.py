"""The results of rules once more facts are known, without the matching engine."""

from collections.abc import Mapping, Sequence

from engine.core.judge.ladder import decided_alone
from engine.core.rules.compiler import Compiled
from engine.core.rules.domains import Observable


def settle(compiled: Compiled, statuses: Sequence[bool | None], codes: Mapping[Observable, int]) -> list[bool | None]:
    """The results of all rules: those that are given, and those that the codes of what is known decide."""
    return [
        status if status is not None else decided_alone(compiled, number, codes)
        for number, status in enumerate(statuses)
    ]
