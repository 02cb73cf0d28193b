"""How the period of a case is written and read."""

import pytest

from engine.core.policy.terms import QUARTERS, PeriodKind
from engine.load.cases.periods import period_kind, written_period


@pytest.mark.parametrize(("kind", "written"), [("year", "2025"), ("third_quarter", "2025-Q3"), ("term", "2025-2030")])
def test_a_period_is_written_by_its_kind(kind: PeriodKind, written: str) -> None:
    assert written_period(kind, 2025) == written


@pytest.mark.parametrize("kind", ["year", "term", *QUARTERS])
def test_a_period_that_is_written_is_read_as_its_kind(kind: PeriodKind) -> None:
    assert period_kind(written_period(kind, 2025)) == kind
