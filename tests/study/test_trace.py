"""The source text of every shipped regulation is implemented passage by passage, or says why it is no rule."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support import ROOT
from support.command import run
from support.policies import all_policies

from engine.core.policy.regulation import Library
from engine.study.trace import strict_trace, trace

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


# --- strictly ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("regulation", ["qd-124-2023", "qd-132-2018", "qd-366-2025", "mau-tinh-a-2024"])
def test_nothing_of_a_shipped_regulation_is_left_out_or_invented(library: Library, regulation: str) -> None:
    traced = strict_trace(library, library.regulations[regulation])
    assert traced.untraced == ()
    assert traced.looked_at >= 18


def retold(library: Library, passage: str, old: str, new: str) -> list[tuple[str, str, str, str]]:
    """What is not carried once the text says something else in a passage."""
    regulation = library.regulations["qd-124-2023"]
    (text,) = regulation.source_texts
    assert old in next(other.text for other in text.passages if other.id == passage)
    passages = tuple(
        replace(other, text=other.text.replace(old, new)) if other.id == passage else other for other in text.passages
    )
    changed = replace(regulation, source_texts=(replace(text, passages=passages),))
    again = replace(library, regulations={**library.regulations, regulation.id: changed})
    found = strict_trace(again, changed).untraced
    return [(untraced.gap, untraced.item, untraced.words, untraced.within) for untraced in found]


def test_a_figure_a_day_and_a_grade_that_no_rule_quotes_are_named_with_their_statement(library: Library) -> None:
    more = " Tập thể Hoàn thành tốt nhiệm vụ phải đạt 75% trước ngày 31-12-2023."
    found = retold(library, "p13", "đến cơ sở.", f"đến cơ sở.{more}")
    assert found == []  # The passage is no rule, and says why.
    found = retold(library, "p12", "đơn vị.", f"đơn vị.{more}")
    assert [(gap, words, within) for gap, _, words, within in found] == [
        ("figure", "75", more.strip()), ("figure", "31-12-2023", more.strip()),
        ("grade", "Hoàn thành tốt nhiệm vụ", more.strip()),
    ]  # fmt: skip


def test_a_quote_that_a_corrected_text_no_longer_has_is_an_orphan_with_the_nearest_statement(library: Library) -> None:
    found = retold(library, "p20", "không vuợt quá 20%", "không vượt quá 25%")
    orphans = {item: within for gap, item, _, within in found if gap == "quote"}
    quotas = {quota.name for quota in library.regulations["qd-124-2023"].quotas if quota.source.quotes}
    assert orphans.keys() == {*quotas, "parameters.excellent_share_percent"}
    assert all(within.startswith("p20: Tỷ lệ số luợng") for within in orphans.values())
    assert ("figure", "p20", "25") in [(gap, item, words) for gap, item, words, _ in found]


@pytest.mark.parametrize(("value", "carried"), [(20, True), (21, False)])
def test_a_number_that_neither_quote_nor_note_has_is_named(library: Library, value: int, carried: bool) -> None:
    regulation = library.regulations["qd-124-2023"]
    parameter = regulation.parameters["excellent_share_percent"]
    dated = replace(parameter.values[0], value=value)
    changed = replace(parameter, values=(dated,))
    again = replace(regulation, parameters={**regulation.parameters, parameter.id: changed})
    found = [(untraced.gap, untraced.words) for untraced in strict_trace(library, again).untraced]
    assert found == ([] if carried else [("number", str(value))])


def test_programs_read_what_is_traced_and_what_is_not(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    path = tmp_path / "policies" / "qd-124-2023" / "quotas.yaml"
    text = path.read_text("utf-8")
    at = text.index("id: excellent_share_percent")
    path.write_text(text[:at] + text[at:].replace("value: 20", "value: 21", 1), "utf-8")
    traced = json.loads(run("trace", "qd-124-2023", "--format", "json", cwd=tmp_path).stdout)["passages"]
    (passage,) = [passage for passage in traced if passage["id"] == "p20"]
    assert "parameters.excellent_share_percent" in passage["items"]
    strict = run("trace", "qd-124-2023", "--strict", "--format", "json", cwd=tmp_path)
    (untraced,) = json.loads(strict.stdout)["untraced"]
    told = run("trace", "qd-124-2023", "--strict", cwd=tmp_path)
    assert strict.returncode == told.returncode == 1
    assert (untraced["gap"], untraced["words"]) == ("number", "21")
    place = f"{untraced['file']}:{untraced['line']}:{untraced['column']}"
    assert told.stdout.splitlines()[0] == f"{place}: {untraced['sentence']}"
