"""The rules of a regulation, wherever they stand in it."""

from engine.model import Regulation, Rule


def all_rules(regulation: Regulation) -> tuple[Rule, ...]:
    """Every rule with a condition of its own, in the order of the ladder of meaning: who, what, when, which grade."""
    return (
        *regulation.exemptions,
        *regulation.ungraded,
        *regulation.review_contents,
        *regulation.triggers,
        *(criterion.rule for ladder in regulation.ladders for rung in ladder.rungs for criterion in rung.criteria),
        *(bar.rule for ladder in regulation.ladders for bar in ladder.bars),
        *(gap for ladder in regulation.ladders for gap in ladder.otherwise.gaps),
        *(relief.rule for quota in regulation.quotas for relief in quota.relief),
    )
