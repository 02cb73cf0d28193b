"""The source text of every shipped regulation is implemented passage by passage, or says why it is no rule."""

import pytest
from support import ROOT
from support.policies import all_policies

from engine.core.policy.regulation import Library
from engine.study.trace import trace

POLICIES = ROOT / "policies"

WITHOUT_A_RULE = {
    # Headline, place and date, a remark on how much changed, the caption of a photograph.
    "qd-124-2023": [
        # Headline, place and date, a remark on how much changed, the caption of a photograph.
        *("p01", "p02", "p06", "p07"),
        # The purpose and the principles: nothing that one case could be held to.
        *("p08", "p09", "p10", "p11", "p13"),
    ],
}


@pytest.fixture(scope="module")
def library() -> Library:
    return all_policies()


@pytest.mark.parametrize("regulation", WITHOUT_A_RULE)
def test_only_what_plainly_is_no_rule_has_no_rule(library: Library, regulation: str) -> None:
    passages = trace(library.regulations[regulation])
    assert [one.passage.id for one in passages if not one.items] == WITHOUT_A_RULE[regulation]


@pytest.mark.parametrize("regulation", WITHOUT_A_RULE)
def test_a_passage_says_that_it_is_no_rule_exactly_where_no_rule_rests_on_it(library: Library, regulation: str) -> None:
    for one in trace(library.regulations[regulation]):
        assert bool(one.items) is (one.passage.not_a_rule is None), one.passage.id


def test_every_trigger_of_the_article_is_traced_to_its_sentence(library: Library) -> None:
    regulation = library.regulations["qd-124-2023"]
    stated = {rule.name for rule in regulation.triggers if rule.source.status == "stated"}
    (passage,) = [one for one in trace(regulation) if one.passage.id == "p18"]
    assert {item.item for item in passage.items} == stated
    assert len(stated) == 8


def test_the_shipped_passages_are_the_article_in_its_own_words(library: Library) -> None:
    """Each passage says where it comes from; a changed word would break the quotes that rest on it."""
    regulation = library.regulations["qd-124-2023"]
    (text,) = regulation.source_texts
    joined = " ".join(passage.text for passage in text.passages)
    for words in ("4 Chương, 19 Điều", "bằng sản phẩm cụ thể", "không vuợt quá 20%", "tư tưởng, đạo đức, phong cách"):
        assert words in joined
