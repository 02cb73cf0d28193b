"""Properties of groups, for quotas and links of the real regulations and for some that break them."""

from dataclasses import replace
from time import monotonic

import pytest
from support.policies import all_policies
from support.properties import written

from engine.api import evaluate
from engine.core.policy.regulation import Library
from engine.core.policy.rules import Relief, Rule
from engine.proof.groups import judge_group, situations
from engine.proof.verdict import Fails, Holds, NotDecided, Verdict

REGULATION = "qd-124-2023"
KEPT = "{group: {quota: excellent_share, holds: kept_after_surplus_falls, up_to: 12}}"


def verdict(must: str, more: str = "", library: Library | None = None, seconds: float = 60.0) -> Verdict:
    library = library or all_policies()
    item = written(library, REGULATION, must, more)
    return judge_group(library, library.regulations[REGULATION], item, monotonic() + seconds)


def changed(**quota: object) -> Library:
    library = all_policies()
    regulation = library.regulations[REGULATION]
    quotas = tuple(replace(one, **quota) for one in regulation.quotas)
    return replace(library, regulations={**library.regulations, REGULATION: replace(regulation, quotas=quotas)})


@pytest.mark.parametrize(
    ("must", "more"),
    [
        (KEPT, ""),
        ("{group: {quota: excellent_share, holds: order_does_not_matter, up_to: 3}}", ""),
        ("{group: {quota: excellent_share, holds: readings_differ_at_most, by: 1, up_to: 12}}",
         "under: {quota_base: final_good}"),
        ("{group: {link: head_not_above_unit, holds: never_above_linked}}", ""),
    ],
)  # fmt: skip
def test_holds_for_the_real_quota_and_link(must: str, more: str) -> None:
    answer = verdict(must, more)
    assert isinstance(answer, Holds)
    assert answer.up_to == (None if "link" in must else int(must.partition("up_to: ")[2].rstrip("}")))


def test_the_smallest_group_on_which_readings_differ_is_shown_and_can_be_run() -> None:
    answer = verdict("{group: {quota: excellent_share, holds: readings_differ_at_most, by: 1, up_to: 12}}")
    assert isinstance(answer, Fails)
    shown = answer.group
    assert shown is not None
    assert shown.cases == (("excellent", "excellent"),) * 6
    assert shown.before is not None
    assert shown.after is not None
    assert (shown.before.greatest_lawful, shown.after.greatest_lawful) == (0, 2)
    for switches, result in ((shown.switches, shown.before), (shown.other_switches, shown.after)):
        (quota,) = evaluate(all_policies(), shown.documents, regulation=REGULATION, switches=switches).quotas
        assert quota.greatest_lawful == result.greatest_lawful


def test_a_relief_that_the_falling_surplus_outgrows_is_not_counted_on() -> None:
    """A group with fewer than 5 good may have 3 excellent; once others fell it has 5 good and may have 1."""
    regulation = all_policies().regulations[REGULATION]
    relief = regulation.quotas[0].relief[0]
    rule: Rule = replace(relief.rule, under=())
    generous: Relief = replace(relief, rule=rule, allowed=3)
    library = changed(relief=(generous,))
    (situation, *_) = situations(library, library.regulations[REGULATION], library.regulations[REGULATION].quotas[0],
                                 written(library, REGULATION, KEPT))  # fmt: skip
    figures = situation.figures((("excellent", "excellent"),) * 8)
    assert (figures.count, figures.base, figures.limit, figures.greatest_lawful) == (8, 0, 3, 1)
    assert isinstance(verdict(KEPT, library=library), Holds)


def test_a_link_that_asks_something_else_does_not_keep_a_head_down() -> None:
    library = all_policies()
    regulation = library.regulations[REGULATION]
    links = tuple(replace(link, grade="not_below" if link.grade else None, under=()) for link in regulation.links)
    turned = replace(library, regulations={**library.regulations, REGULATION: replace(regulation, links=links)})
    answer = verdict("{group: {link: head_not_above_unit, holds: never_above_linked}}", library=turned)
    assert isinstance(answer, Fails)
    assert answer.group is not None
    assert answer.group.cases == (("excellent", "excellent"), ("good", "good"))


def test_too_many_orders_and_too_little_time_are_not_decided() -> None:
    many = verdict("{group: {quota: excellent_share, holds: order_does_not_matter, up_to: 30}}")
    late = verdict(KEPT, seconds=0)
    assert isinstance(many, NotDecided)
    assert isinstance(late, NotDecided)
    assert (many.reason, late.reason) == ("too_wide", "time")
