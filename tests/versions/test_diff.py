"""What a change means: each kind of edit told as what it is, in the right direction, with cases that truly differ."""

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.edits import COLLECTIVE, INDIVIDUAL, LINE, REGULATION, ROOT, edited, git, run
from support.policies import EARLIER, all_policies, copy_policies

from engine.base.json_text import parse_json
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Engine
from engine.core.policy.regulation import Library
from engine.load.cases.blank import as_json
from engine.load.cases.reading import CaseReader
from engine.study.reasoner import outcome_of
from engine.versions.comparison import Difference
from engine.versions.diff import differences
from engine.versions.opening import load_library
from engine.versions.versions import Version


def found_between(before: Library, after: Library) -> list[Difference]:
    sides = [Version(name, one, one.regulations[REGULATION]) for name, one in (("old", before), ("new", after))]
    return list(differences(*sides))


EDITS = {
    "a threshold raised": (
        INDIVIDUAL, "value: 50, source", "value: 51, source",
        {("criterion", "changed", "tightened"), ("parameter", "changed", "tightened")},
    ),
    "a threshold lowered": (
        INDIVIDUAL, "value: 50, source", "value: 49, source",
        {("criterion", "changed", "loosened"), ("parameter", "changed", "loosened")},
    ),
    "a threshold raised from a later day on, the past kept": (
        INDIVIDUAL,
        LINE, LINE + LINE.replace("2023-10-04", "2024-07-01").replace("value: 50", "value: 60"),
        {("criterion", "changed", "tightened"), ("parameter", "changed", "tightened")},
    ),
    "votes counted over another number": (
        f"{REGULATION}/votes.yaml", "base: valid", "base: returned", {("majority", "changed", "none")},
    ),
    "a trigger that needs more": (
        f"{REGULATION}/triggers.yaml", "{fact: signs.complaint_letters, at_least: 1}",
        "{fact: signs.complaint_letters, at_least: 2}", {("trigger", "changed", "loosened")},
    ),
    "at least turned into more than": (
        f"{REGULATION}/triggers.yaml", "{fact: signs.complaint_letters, at_least: 1}",
        "{fact: signs.complaint_letters, more_than: 0}", {("trigger", "changed", "none")},
    ),
    "an exemption that takes in more": (
        f"{REGULATION}/exemptions.yaml", "value: 6, source", "value: 7, source",
        {("exemption", "changed", "loosened"), ("parameter", "changed", "loosened")},
    ),
    "a bar without its exception": (
        COLLECTIVE, "    unless: {fact: tasks.force_majeure, is: true}\n", "", {("bar", "changed", "tightened")},
    ),
    "a bar for more": (
        COLLECTIVE, "            - {fact: tasks.key_target_missed, is: true}\n".replace("            ", "        "), "",
        {("bar", "changed", "tightened")},
    ),
    "a criterion that asks something else": (
        INDIVIDUAL, "{fact: achievements.outstanding_and_model, is: true}", "{fact: conduct.truly_exemplary, is: true}",
        {("criterion", "changed", "both_ways")},
    ),
    "a rule under another id": (
        f"{REGULATION}/triggers.yaml", "- id: disunity\n", "- id: signs_of_disunity\n", {("trigger", "renamed", "none")},
    ),
    "a label": (
        f"{REGULATION}/triggers.yaml", "vi: Biểu hiện mất đoàn kết nội bộ,", "vi: Có biểu hiện mất đoàn kết nội bộ,",
        {("trigger", "reworded", "none")},
    ),
    "a quota for more": (
        f"{REGULATION}/quotas.yaml", "        value: 20\n", "        value: 25\n",
        {("quota", "changed", "loosened"), ("parameter", "changed", "loosened"), ("quota", "changed, dormant", "none")},
    ),
    "a quota for fewer": (
        f"{REGULATION}/quotas.yaml", "        value: 20\n", "        value: 19\n",
        {("quota", "changed", "tightened"), ("parameter", "changed", "tightened"), ("quota", "changed, dormant", "none")},
    ),
    "rounding up": (
        f"{REGULATION}/quotas.yaml", "options: {floor: floor,", "options: {floor: ceiling,",
        {("quota", "changed", "loosened")},
    ),
    "a reading": (
        f"{REGULATION}/regulation.yaml", "    chosen: required\n", "    chosen: noted_only\n",
        {("interpretation", "changed", "none"), ("criterion", "changed", "loosened")},
    ),
    "a day": (
        f"{REGULATION}/regulation.yaml", "issued_on: 2023-10-04", "issued_on: 2023-10-03",
        {("regulation", "changed", "none")},
    ),
    "a comment and the order of keys": (
        f"{REGULATION}/triggers.yaml", "    when: {fact: signs.disunity, is: true}\n",
        "    # chú thích\n    when: {is: true, fact: signs.disunity}\n", set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_told_as_what_it_is(name: str, tmp_path: Path) -> None:
    file, old, new, expected = EDITS[name]
    found = found_between(all_policies(), edited(tmp_path / "policies", file, old, new))
    kinds = [f"{one.kind}, dormant" if one.dormant else one.kind for one in found]
    assert {(one.what, kind, one.direction) for one, kind in zip(found, kinds, strict=True)} == expected


def test_the_same_policies_differ_in_nothing() -> None:
    assert found_between(all_policies(), load_library(ROOT / "policies")) == []


def test_a_value_from_a_later_day_differs_from_that_day_on(tmp_path: Path) -> None:
    name = "a threshold raised from a later day on, the past kept"
    found = found_between(all_policies(), edited(tmp_path / "policies", *EDITS[name][:3]))
    (rule,) = [one for one in found if one.what == "criterion"]
    assert [day.isoformat() for day in rule.days] == ["2024-07-01"]
    assert all(one.document["as_of"] >= "2024-07-01" for one in rule.witnesses)


MOVING = [
    name for name, edit in EDITS.items() if any(one[2] in ("tightened", "loosened", "both_ways") for one in edit[3])
]


@pytest.mark.parametrize("name", [name for name in MOVING if "quota" not in name and name != "rounding up"])
def test_a_witness_comes_out_differently_through_the_real_engine(name: str, tmp_path: Path) -> None:
    after = edited(tmp_path / "policies", *EDITS[name][:3])
    found = [one for one in found_between(all_policies(), after) if one.witnesses]
    assert found
    for one in found:
        for witness in one.witnesses:
            results = []
            for library in (all_policies(), after):
                written = parse_json("w.json", as_json(witness.document))
                case = CaseReader(library).read(written, REGULATION, {})
                assert not isinstance(case, Rejected), case
                with Engine(library, verify=True) as engine:
                    decided = engine.decide(case)
                rule = one.new or one.old
                results.append((decided.results.get(rule or ""), outcome_of(decided.decision)))
            absent = one.what == "criterion"
            statuses = [absent if status is None else status for status, _ in results]
            assert statuses == [witness.rule_old, witness.rule_new]
            assert [outcome for _, outcome in results] == [witness.outcome_old, witness.outcome_new]
            assert results[0] != results[1]


# --- against every value, one by one --------------------------------------------------------------------------------

POLICY = """
kind: grade_ladder
id: ladder
label: {{vi: Thang, en: Ladder}}
applies_to: [team, person]
rungs:
  - grade: gold
    criteria:
      - id: asked
        label: {{vi: Điều kiện, en: Condition}}
        when: {when}
        source: {{document: decree, locator: mục 1, status: stated, quote: "phải làm xong"}}
bars: []
otherwise:
  grade: undetermined
  label: {{vi: Văn bản không nói, en: The text is silent}}
  source: {{document: decree, locator: mục 1, status: stated, quote: "phải làm xong"}}
"""
OPERATORS: dict[str, Any] = {
    "at_least": lambda value, limit: value >= limit,
    "at_most": lambda value, limit: value <= limit,
    "more_than": lambda value, limit: value > limit,
    "less_than": lambda value, limit: value < limit,
    "is": lambda value, limit: value == limit,
    "is_not": lambda value, limit: value != limit,
}


def a_condition(chance: random.Random, depth: int = 2) -> dict[str, Any]:
    if depth == 0 or chance.random() < 0.4:
        if chance.random() < 0.2:
            return {"fact": "fault", "is": chance.random() < 0.5}
        return {
            "fact": chance.choice(["work.given", "work.done"]),
            chance.choice(list(OPERATORS)): chance.randint(0, 4),
        }
    parts = [a_condition(chance, depth - 1) for _ in range(chance.randint(1, 3))]
    return {chance.choice(["all", "any", "none"]): parts}


def plainly(condition: dict[str, Any], values: dict[str, Any]) -> bool:
    if "fact" in condition:
        (operator,) = [name for name in condition if name != "fact"]
        return bool(OPERATORS[operator](values[condition["fact"]], condition[operator]))
    ((join, parts),) = condition.items()
    results = [plainly(part, values) for part in parts]
    return {"all": all(results), "any": any(results), "none": not any(results)}[join]


WORLD = [
    {"work.given": given, "work.done": done, "fault": fault}
    for given in range(6)
    for done in range(6)
    for fault in (False, True)
]


@pytest.mark.parametrize("seed", range(40))
def test_directions_agree_with_trying_every_value(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    conditions = [a_condition(chance) for _ in range(2)]
    versions = []
    for number, condition in enumerate(conditions):
        folder = tmp_path / str(number)
        shutil.copytree(ROOT / "tests" / "broken" / "base", folder)
        # Nothing ties the facts of this world together.
        text = (folder / "facts.yaml").read_text(encoding="utf-8").replace("    maximum: 100\n", "")
        (folder / "facts.yaml").write_text(text, encoding="utf-8")
        (folder / "small" / "ladder.yaml").write_text(POLICY.format(when=json.dumps(condition)), encoding="utf-8")
        library = load_library(folder)
        versions.append(Version(str(number), library, library.regulations["small"]))
    tighter = any(plainly(conditions[0], one) and not plainly(conditions[1], one) for one in WORLD)
    looser = any(not plainly(conditions[0], one) and plainly(conditions[1], one) for one in WORLD)
    expected = "both_ways" if tighter and looser else "tightened" if tighter else "loosened" if looser else "none"
    found = [one for one in differences(*versions) if one.what == "criterion"]
    assert (found[0].direction if found else "none") == expected


def change(folder: Path) -> None:
    path = folder / "policies" / INDIVIDUAL
    path.write_text(path.read_text(encoding="utf-8").replace("value: 50, source", "value: 60, source", 1), "utf-8")


def test_a_folder_a_revision_a_range_and_what_is_staged_are_sides(in_git: Path) -> None:
    change(in_git)
    for arguments in (["HEAD"], ["main", "policies"]):
        done = run(in_git, "diff", *arguments, "--format", "json")
        (pair,) = [one for one in json.loads(done.stdout)["comparisons"] if one["differences"]][:1]
        assert {one["direction"] for one in pair["differences"]} == {"tightened"}, done.stderr
    assert "Không có gì khác" in run(in_git, "diff", "--staged").stdout
    git(in_git, "add", "-A")
    assert "50 → 60" in run(in_git, "diff", "--staged").stdout
    git(in_git, "commit", "-qm", "Raise it")
    assert "50 → 60" in run(in_git, "diff", "HEAD~1..HEAD").stdout
    assert "60 → 50" in run(in_git, "diff", "HEAD", "HEAD~1").stdout
    assert run(in_git, "diff", "HEAD~1", "--fail-on", "tightened").returncode == 1
    assert run(in_git, "diff", "HEAD~1", "--fail-on", "loosened").returncode == 0


def test_every_format_says_it(in_git: Path) -> None:
    change(in_git)
    markdown = run(in_git, "diff", "HEAD", "--format", "markdown", "--lang", "en").stdout
    assert "## Tightened" in markdown and "the rule: holds → fails" in markdown
    done = run(in_git, "diff", "HEAD", "--format", "html", "-o", "diff.html")
    assert done.returncode == 0, done.stderr
    page = (in_git / "diff.html").read_text(encoding="utf-8")
    assert "Chặt hơn" in page and "<script" not in page and 'style="' not in page


def test_witnesses_are_case_files_that_run(in_git: Path) -> None:
    change(in_git)
    run(in_git, "diff", "HEAD", "--witnesses", "examples")
    cases = sorted((in_git / "examples").glob("*.json"))
    assert cases
    done = run(in_git, "evaluate", *(str(one) for one in cases), "--regulation", REGULATION, "--brief")
    assert done.returncode == 0 and "Hoàn thành tốt nhiệm vụ" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["no-such-branch"], "git/unknown-revision"),
        (["qd-999-2099", "qd-124-2023"], "git/unknown-revision"),
        (["v1..v2"], "git/unknown-revision"),
    ],
)
def test_a_side_that_is_not_there_is_told(in_git: Path, arguments: list[str], code: str) -> None:
    done = run(in_git, "diff", *arguments)
    assert done.returncode == 1 and code in done.stderr and "Traceback" not in done.stderr
    assert REGULATION in done.stderr, "the regulations that there are"


def test_a_revision_that_does_not_load_is_told_by_its_name(in_git: Path) -> None:
    path = in_git / "policies" / INDIVIDUAL
    path.write_text(
        path.read_text(encoding="utf-8").replace("tasks.exceeded_percent", "tasks.exceded_percent", 1), "utf-8"
    )
    git(in_git, "commit", "-qam", "A typing mistake")
    git(in_git, "revert", "--no-edit", "HEAD")
    done = run(in_git, "diff", "HEAD~1")
    assert done.returncode == 1
    assert f"HEAD~1:policies/{INDIVIDUAL}" in done.stderr and "fact/unknown" in done.stderr and "^" in done.stderr


def test_a_layer_that_the_edit_leaves_looser_is_told_and_the_rest_compared(tmp_path: Path) -> None:
    """Raised above what the sample layer sets, the national number leaves the layer looser than what it extends."""
    if shutil.which("git") is None:
        pytest.skip("no git")
    copy_policies(tmp_path / "policies", REGULATION, "mau-tinh-a-2024", cases=True)
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "Start"]):
        git(tmp_path, *arguments)
    path = tmp_path / "policies" / INDIVIDUAL
    path.write_text(path.read_text(encoding="utf-8").replace("value: 50, source", "value: 70, source", 1), "utf-8")
    for side in (["HEAD"], ["HEAD", "policies"]):
        done = run(tmp_path, "diff", *side)
        assert done.returncode == 1 and "50 → 70" in done.stdout
        assert "overlay/loosens" in done.stderr and "không được so" in done.stderr
    git(tmp_path, "commit", "-qam", "Raise it")
    done = run(tmp_path, "diff", "HEAD", "HEAD~1", "--regulation", REGULATION)
    assert done.returncode == 1 and "70 → 50" in done.stdout and "HEAD:policies/mau-tinh-a-2024" in done.stderr
    cases = f"policies/{REGULATION}/cases"
    done = run(tmp_path, "impact", "HEAD~1", "--cases", cases, "--brief")
    assert done.returncode == 1 and "hồ sơ đổi kết quả" in done.stdout and "overlay/loosens" in done.stderr


@pytest.mark.parametrize("before", ["no commit", "a commit without them"])
def test_before_the_first_commit_of_the_policies_all_is_new(tmp_path: Path, before: str) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git")
    git(tmp_path, "init", "-q")
    if before != "no commit":
        git(tmp_path, "commit", "-q", "--allow-empty", "-m", "Start")
    copy_policies(tmp_path / "policies", REGULATION, EARLIER, cases=True)
    git(tmp_path, "add", "-A")
    done = run(tmp_path, "diff", "--staged", "--lang", "en")
    assert done.returncode == 0 and f"regulation added {REGULATION}" in done.stdout, done.stderr
    assert "every regulation is new" in done.stderr
    cases = f"policies/{REGULATION}/cases"
    done = run(tmp_path, "impact", "--staged", "--brief", "--cases", cases, "--fail-on", "moved")
    assert done.returncode == 0 and "không hồ sơ nào đổi kết quả" in done.stdout, done.stderr


def test_outside_git_a_revision_is_told(tmp_path: Path) -> None:
    copy_policies(tmp_path / "policies", REGULATION)
    done = run(tmp_path, "diff", "HEAD~1")
    assert done.returncode == 1 and "git/no-repository" in done.stderr


def test_a_folder_renamed_is_the_regulation_renamed(in_git: Path) -> None:
    old, new = in_git / "policies" / REGULATION, in_git / "policies" / "qd-124-moi"
    old.rename(new)
    head = new / "regulation.yaml"
    head.write_text(
        head.read_text(encoding="utf-8").replace(f"id: {REGULATION}\nlabel", "id: qd-124-moi\nlabel", 1), "utf-8"
    )
    done = run(in_git, "diff", "HEAD", "--regulation", REGULATION)
    assert f"{REGULATION} → qd-124-moi" in done.stdout, done.stderr


def test_git_is_only_read(in_git: Path) -> None:
    change(in_git)
    (in_git / "other.txt").write_text("x", encoding="utf-8")
    git(in_git, "add", "other.txt")

    def state() -> list[str]:
        commands = (["status", "--porcelain"], ["diff", "--cached"], ["stash", "list"], ["rev-parse", "HEAD"])
        return [
            subprocess.run(["git", *one], cwd=in_git, capture_output=True, text=True, timeout=60, check=True).stdout
            for one in commands
        ]

    before, index = state(), (in_git / ".git" / "index").read_bytes()
    run(in_git, "diff", "--staged")
    run(in_git, "diff", "HEAD")
    assert (in_git / ".git" / "index").read_bytes() == index
    assert state() == before
