"""How a rule is told: what its exception comes to and why."""

from dataclasses import replace

from engine.core.judge.record import ComparisonResult, RuleResult
from engine.core.policy.rules import Operand, Provision
from engine.core.policy.terms import Fact, Source, Text
from engine.report.words import Words

CONFIDENCE = ComparisonResult(
    Fact("confidence", "number", Text("Tỷ lệ tín nhiệm", "Confidence"), unit="percent"), "at_least", Operand((50,)),
    dated=None, actual=64, result=False, negated=True,
)  # fmt: skip
REMEDIED = replace(
    CONFIDENCE, fact=Fact("remedied", "boolean", Text("Đã khắc phục", "Remedied")), operator="is",
    operand=Operand((True,)), actual=True,
)  # fmt: skip
BAR = RuleResult(
    Provision("disciplined", "r.disciplined", Text("Bị kỷ luật", "Disciplined"), Source("d", "Điều 1", "stated")),
    holds=False, comparisons=(REMEDIED, CONFIDENCE), exception=True,
)  # fmt: skip


def test_a_bar_whose_exception_holds_does_not_apply_because_of_it() -> None:
    """What is asked stands as the exception asks it, not as its opposite, which is what the rule needs."""
    wanted = "Bị kỷ luật – không áp dụng, vì: Đã khắc phục; Tỷ lệ tín nhiệm: 64% (điều kiện: ít nhất 50%)"
    assert Words("vi", {}).rule_alone(BAR, "limit") == wanted


def test_a_criterion_whose_exception_holds_counts_as_met_because_of_it() -> None:
    criterion = replace(BAR, holds=True, comparisons=(replace(REMEDIED, negated=False, result=True),))
    assert Words("en", {}).rule_alone(criterion, "required") == "Disciplined – counts as met, because: Remedied"
    assert Words("en", {}).rule_alone(criterion, None) == "Disciplined (the exception applies)"
