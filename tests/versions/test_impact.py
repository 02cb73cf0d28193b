"""Whom a change moves, and what a reading decides, against judging every case under every version by itself."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.cases_124 import document
from support.edits import INDIVIDUAL, REGULATION, ROOT, edited, run
from support.examples import examples
from support.impacts import TWO_KINDS, population, write_cases
from support.policies import EARLIER, all_policies, copy_policies
from support.regulation_124 import INDIVIDUALS

from engine.api import evaluate
from engine.base.documents import Document
from engine.core.policy.regulation import Library
from engine.study.reasoner import outcome_of
from engine.study.sensitivity import sensitivity
from engine.versions.impact import impact, judged
from engine.versions.impact import population as population_of
from engine.versions.versions import Version


def outcomes(library: Library, documents: list[Document], **more: Any) -> dict[str, tuple[str, ...]]:
    return {one.case_id: outcome_of(one) for one in evaluate(library, documents, **more).decisions}


@pytest.mark.parametrize("seed", range(1, 1 + examples(1, 10)))
def test_impact_is_what_judging_twice_shows(seed: int, tmp_path: Path) -> None:
    after = edited(tmp_path / "policies", INDIVIDUAL, "value: 50, source", "value: 75, source")
    documents = population(seed, 150)
    sides = [Version(name, one, one.regulations[REGULATION]) for name, one in (("old", all_policies()), ("new", after))]
    found = impact(*sides, *(judged(one, documents, overridden=False) for one in sides))
    old, new = outcomes(all_policies(), documents), outcomes(after, documents)
    assert found.judged == len(old) == len(documents)
    assert {one.case_id: (one.old, one.new) for one in found.moved if one.move} == {
        case: (old[case], new[case]) for case in old if old[case] != new[case]
    }
    assert Counter(found.matrix) == Counter((old[case], new[case]) for case in old)
    assert any(one.move == "lower" for one in found.moved)
    for one in found.moved:
        assert one.kind in INDIVIDUALS
        assert "individual.excellent.enough_tasks_exceeded" in [rule.rule for rule in one.rules]


def test_a_change_of_a_trigger_moves_nobody_but_changes_duties(tmp_path: Path) -> None:
    after = edited(
        tmp_path / "policies", f"{REGULATION}/triggers.yaml", "{fact: signs.disunity, is: true}",
        "{fact: signs.stagnation, is: true}",
    )  # fmt: skip
    documents = population(7, 120)
    sides = [Version(name, one, one.regulations[REGULATION]) for name, one in (("old", all_policies()), ("new", after))]
    found = impact(*sides, *(judged(one, documents, overridden=False) for one in sides))
    assert found.moved and not any(one.move for one in found.moved)
    assert any(one.new_findings for one in found.moved) and any(one.gone_findings for one in found.moved)


def test_a_comment_moves_nobody_and_a_case_that_does_not_load_is_kept(tmp_path: Path) -> None:
    after = edited(tmp_path / "policies", INDIVIDUAL, "kind: grade_ladder\n", "# chú thích\nkind: grade_ladder\n")
    assert after.regulations[REGULATION].content_hash == all_policies().regulations[REGULATION].content_hash
    documents = [*population(3, 20), document("bad", "leader", {"tasks.assignd": 3})]
    sides = [Version(name, one, one.regulations[REGULATION]) for name, one in (("old", all_policies()), ("new", after))]
    found = impact(*sides, *(judged(one, documents, overridden=False) for one in sides))
    assert not found.moved and found.judged == 20
    assert [side for side, _ in found.unjudged] == ["both"]


def test_quotas_that_change_are_told(tmp_path: Path) -> None:
    after = edited(tmp_path / "policies", f"{REGULATION}/quotas.yaml", "        value: 20\n", "        value: 50\n")
    done = run(
        ROOT, "impact", "policies", str(tmp_path / "policies"), "--regulation", REGULATION, "--cases", f"policies/{REGULATION}/cases",
        "--format", "json", "--fail-on", "quotas",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    (data,) = [one for one in json.loads(done.stdout)["impacts"] if one["regulations"][0] == REGULATION]
    decisions = evaluate(all_policies(), population(1, 5)).decisions
    assert decisions and after.regulations[REGULATION].quotas
    assert data["quotas"] and all(one["old"]["limit"] <= one["new"]["limit"] for one in data["quotas"])


def test_the_command_says_it_before_the_commit(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git")
    copy_policies(tmp_path / "policies", REGULATION, EARLIER, cases=True)
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Start"]):
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    path = tmp_path / "policies" / INDIVIDUAL
    path.write_text(path.read_text(encoding="utf-8").replace("value: 50, source", "value: 51, source", 1), "utf-8")
    cases = f"policies/{REGULATION}/cases"
    before = run(tmp_path, "impact", "--staged", "--cases", cases, "--brief", "--regulation", REGULATION)
    assert "làm 0 trong" in before.stdout, before.stderr
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True, timeout=60, env=dict(os.environ))
    after = run(
        tmp_path, "impact", "--staged", "--cases", cases, "--brief", "--regulation", REGULATION, "--fail-on", "lower"
    )
    assert after.returncode == 1 and "làm 1 trong" in after.stdout
    for form in ("text", "markdown", "html"):
        done = run(tmp_path, "impact", "HEAD", "--cases", cases, "--format", form, "--regulation", REGULATION)
        assert done.returncode == 0 and "HS-2024-06" in done.stdout, done.stderr


def impacts_of(folder: Path, old: str, new: str, cases: str, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    done = run(folder, "impact", old, new, "--cases", cases, "--format", "json", *arguments)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["impacts"]


def test_a_case_that_another_regulation_would_judge_is_told(tmp_path: Path) -> None:
    """124 comes into force a month later: who is reviewed in that month falls under 132."""
    copy_policies(tmp_path / "policies", REGULATION, EARLIER, cases=True)
    for file, old, new in (
        ("qd-132-2018/regulation.yaml", "until: 2023-10-03", "until: 2023-11-03"),
        (f"{REGULATION}/regulation.yaml", "in_force: {from: 2023-10-04", "in_force: {from: 2023-11-04"),
    ):
        path = tmp_path / "policies" / file
        assert old in path.read_text(encoding="utf-8")
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    documents = population(5, 12)
    for number, one in enumerate(documents):
        one.data.update({"period": "2023", "as_of": "2023-10-20" if number < 8 else "2023-12-31"})
    cases = write_cases(tmp_path / "cases.ndjson", documents)
    code, told = impacts_of(ROOT, "policies", str(tmp_path / "policies"), cases)
    assert code == 0
    assert {tuple(one["regulations"]): one["judged"] for one in told} == {
        (REGULATION, "qd-132-2018"): 8, (REGULATION, REGULATION): 4,
    }  # fmt: skip
    assert [one["moved"] for one in told if one["regulations"][1] == REGULATION] == [0]
    assert any(one["moved"] for one in told)


def test_cases_that_one_side_or_both_cannot_judge_are_told_once_and_the_rest_is_done(tmp_path: Path) -> None:
    after = edited(tmp_path / "policies", "facts.yaml", "  tasks.assigned:\n", "  tasks.assigned:\n    maximum: 20\n")
    documents = [one for one in population(11, 60) if "tasks.assigned" in one.data["facts"]]
    large = {one.data["case_id"] for one in documents if one.data["facts"]["tasks.assigned"] > 20}
    assert large and len(large) < len(documents)
    bad = document("bad", "leader", {"tasks.assignd": 3})
    cases = write_cases(tmp_path / "cases.ndjson", [*documents, bad])
    code, told = impacts_of(ROOT, "policies", str(tmp_path / "policies"), cases)
    assert code == 1 and REGULATION in after.regulations
    assert sum(one["judged"] for one in told) == len(documents) - len(large)
    unjudged = [(one["side"], one["case_id"]) for each in told for one in each["unjudged"]]
    assert sorted(unjudged) == sorted([("both", "T-bad"), *(("new", case) for case in large)])


def test_what_means_the_same_is_not_judged_again_and_comes_to_the_same(tmp_path: Path) -> None:
    # Which regulation is in force must be chosen alike: from all that there are.
    others = (EARLIER, "qd-366-2025", "mau-tinh-a-2024")
    after = edited(tmp_path / "policies", INDIVIDUAL, "value: 50, source", "value: 55, source", others=others)
    documents = population(2, 40)
    for one in documents[:10]:
        one.data.update({"period": "2022", "as_of": "2022-12-31"})
    before = population_of(all_policies(), documents)
    reused, anew = population_of(after, documents, known=before), population_of(after, documents)
    assert {one: each.decision for one, each in reused.decided.items()} == {
        one: each.decision for one, each in anew.decided.items()
    }
    same = [one for one, each in before.decided.items() if reused.decided.get(one) is each]
    assert same == [one.data["case_id"] for one in documents[:10] if one.data["case_id"] in before.decided]


# --- readings -------------------------------------------------------------------------------------------------------


def settled(possible: tuple[str, ...]) -> bool:
    return len(possible) == 1


@pytest.mark.parametrize("seed", range(examples(1, 10)))
def test_each_reading_decides_what_switching_it_shows(seed: int) -> None:
    documents = population(20 + seed, 40, TWO_KINDS)
    regulation = all_policies().regulations[REGULATION]
    rows = {
        (one.name, one.option): one
        for one in sensitivity(all_policies(), documents).rows
        if one.regulation == REGULATION
    }
    now = outcomes(all_policies(), documents)
    for one in regulation.interpretations:
        for option, _ in one.options:
            if option == one.chosen:
                continue
            other = outcomes(all_policies(), documents, switches={one.id: option})
            row = {change.case_id: change.then for change in rows[one.id, option].moved}
            for case in now:
                if settled(now[case]) and settled(other[case]):
                    assert row.get(case, now[case]) == other[case], (one.id, option, case)
                elif case not in row:
                    assert now[case] == other[case] or not settled(now[case]), (one.id, option, case)


def test_a_case_says_on_which_readings_its_grade_depends() -> None:
    documents = population(40, examples(40, 200), TWO_KINDS)
    for decision in evaluate(all_policies(), documents).decisions:
        for one in decision.depends_on:
            (other,) = evaluate(
                all_policies(), [each for each in documents if each.data["case_id"] == decision.case_id],
                switches={one.interpretation.id: one.option},
            ).decisions  # fmt: skip
            assert set(outcome_of(other)) <= set(one.possible)
            if settled(outcome_of(decision)):
                assert outcome_of(other) != outcome_of(decision)


def test_no_reading_that_changes_a_grade_goes_unsaid() -> None:
    documents = population(41, examples(30, 200), TWO_KINDS)
    decisions = evaluate(all_policies(), documents).decisions
    for one in all_policies().regulations[REGULATION].interpretations:
        for option, _ in one.options:
            other = outcomes(all_policies(), documents, switches={one.id: option})
            for decision in decisions:
                now, then = outcome_of(decision), other[decision.case_id]
                if settled(now) and settled(then) and now != then:
                    assert (one.id, option) in [(each.interpretation.id, each.option) for each in decision.depends_on]


def test_quotas_are_counted_anew_under_each_reading() -> None:
    documents = population(60, 80)
    results = evaluate(all_policies(), documents, switches={"quota_base": "good_or_above"})
    found = sensitivity(all_policies(), documents)
    (row,) = [one for one in found.rows if (one.name, one.option) == ("quota_base", "good_or_above")]
    before = {
        (one.cohort, one.period): (one.base, one.limit, one.status)
        for one in evaluate(all_policies(), documents).quotas
    }
    after = {(one.cohort, one.period): (one.base, one.limit, one.status) for one in results.quotas}
    assert len(row.cohorts) == sum(before[key] != after[key] for key in before)


def test_the_command_prints_the_whole_table(tmp_path: Path) -> None:
    for form in ("text", "markdown", "json", "html"):
        done = run(ROOT, "sensitivity", "--cases", f"policies/{REGULATION}/cases", "--format", form)
        assert done.returncode == 0, done.stderr
        assert ("HS-2024-13" in done.stdout and "specific_products" in done.stdout) or form in ("markdown", "html")


def test_every_bar_of_the_page_has_a_colour_of_the_page() -> None:
    """SVG that no style fills is black, in light and in dark."""
    cases = f"policies/{REGULATION}/cases"
    done = run(ROOT, "impact", REGULATION, "mau-tinh-a-2024", "--cases", cases, "--format", "html")
    assert done.returncode == 0, done.stderr
    drawn = set(re.findall(r'<rect class="(\w+)"', done.stdout))
    assert drawn and drawn <= set(re.findall(r"\.bar rect\.(\w+) { fill: var\(--", done.stdout))
