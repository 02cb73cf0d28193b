"""Rules that change nothing, and names that nothing uses: told exactly, and only where every reading agrees."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, TESTS
from support.policies import all_policies

from engine.base.diagnostics import Diagnostic, Location, diagnostic, warning
from engine.report.diagnostics import to_github, to_sarif
from engine.study.lint import check_reach
from engine.versions.opening import load_library

SOURCE = 'source: {document: decree, locator: mục 1, status: stated, quote: "phải làm xong"}'


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    shutil.copytree(TESTS / "broken" / "base", tmp_path / "policies")
    return tmp_path / "policies"


def triggers(*rules: str) -> str:
    """A file of triggers `r0`, `r1`, … each given as what follows its label."""
    text = "kind: triggers\nid: more\nlabel: {vi: Thêm, en: More}\napplies_to: [person]\ntriggers:\n"
    return text + "".join(
        f"  - id: r{number}\n    label: {{vi: Một, en: One}}\n    {rule}\n    {SOURCE}\n"
        for number, rule in enumerate(rules)
    )


def found(policies: Path, *codes: str) -> list[tuple[str, dict[str, Any]]]:
    return [(one.code, dict(one.arguments)) for one in check_reach(load_library(policies)) if one.code in codes]


RULES = ("rule/never-holds", "rule/always-holds", "rule/repeats")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["when: {fact: work.done, less_than: 0}"], [("rule/never-holds", {"rule": "r0"})]),
        (["when: {fact: work.done, at_least: 0}"], [("rule/always-holds", {"rule": "r0"})]),
        (["when: {fact: work.done, at_least: 1}"], []),
        (["when: {fact: work.given, more_than: 1000}"], [("rule/never-holds", {"rule": "r0"})]),
        (["when: {fact: work.given, more_than: 999}"], []),
        (["when: {fact: work.done_percent, more_than: 100}"], [("rule/never-holds", {"rule": "r0"})]),
        (["when: {all: [{fact: fault, is: true}, {fact: fault, is: false}]}"], [("rule/never-holds", {"rule": "r0"})]),
        (["when: {any: [{fact: mark, is: red}, {fact: mark, is_not: red}]}"], [("rule/always-holds", {"rule": "r0"})]),
        (["when: {fact: mark, one_of: [red, green]}"], [("rule/always-holds", {"rule": "r0"})]),
        (
            ["when: {all: [{fact: work.done, at_least: 5}, {fact: work.done, less_than: 5}]}"],
            [("rule/never-holds", {"rule": "r0"})],
        ),
        (
            ["when: {fact: work.done, at_least: 5}", "when: {none: [{fact: work.done, at_most: 4}]}"],
            [("rule/repeats", {"rule": "r1", "other": "r0"})],
        ),
        (["when: {fact: work.done, at_least: 5}", "when: {fact: work.done, at_least: 6}"], []),
        (
            [
                "when: {any: [{fact: fault, is: true}, {fact: mark, is: red}]}",
                "when: {any: [{fact: mark, is: red}, {fact: fault, is: true}]}",
            ],
            [("rule/repeats", {"rule": "r1", "other": "r0"})],
        ),
        (
            [
                "when: {fact: work.done, at_least: 5}\n    under: {strictness: strict}",
                "when: {fact: work.done, at_least: 5}\n    under: {strictness: lenient}",
            ],
            [],
        ),
    ],
)
def test_a_rule_that_changes_nothing_is_told(
    rules: list[str], expected: list[tuple[str, dict[str, str]]], policies: Path
) -> None:
    (policies / "small" / "more.yaml").write_text(triggers(*rules), encoding="utf-8")
    assert found(policies, *RULES) == expected


LADDER = """\
kind: grade_ladder
id: ladder
label: {{vi: Thang, en: Ladder}}
applies_to: [team, person]
rungs:
  - grade: gold
    criteria:
      - id: upper
        label: {{vi: Trên, en: Upper}}
        when: {upper}
        {source}
  - grade: silver
    criteria:
      - id: lower
        label: {{vi: Dưới, en: Lower}}
        when: {lower}
        {source}
bars: []
otherwise:
  grade: undetermined
  label: {{vi: Không nói, en: Silent}}
  {source}
"""


@pytest.mark.parametrize(
    ("upper", "lower", "implied"),
    [
        ("{fact: work.done, at_least: 5}", "{fact: work.done, at_least: 8}", True),
        ("{fact: work.done, at_least: 8}", "{fact: work.done, at_least: 5}", False),
        ("{fact: mark, is_not: red}", "{all: [{fact: mark, is: green}, {fact: fault, is: false}]}", True),
        ("{fact: fault, is: false}", "{fact: mark, is: green}", False),
    ],
)
def test_a_criterion_that_the_rung_below_implies_is_told(upper: str, lower: str, implied: bool, policies: Path) -> None:
    text = LADDER.format(upper=upper, lower=lower, source=SOURCE)
    (policies / "small" / "ladder.yaml").write_text(text, encoding="utf-8")
    expected = [("criterion/implied", {"rule": "upper", "other": "ladder.silver.lower"})] if implied else []
    assert found(policies, "criterion/implied") == expected


def test_names_that_nothing_uses_are_warnings(policies: Path) -> None:
    regulation = policies / "small" / "regulation.yaml"
    text = regulation.read_text(encoding="utf-8")
    regulation.write_text(
        text.replace("\ngrades:\n", "\n  - {id: other, label: {vi: Khác, en: Other}}\ngrades:\n", 1), encoding="utf-8"
    )
    ladder = policies / "small" / "ladder.yaml"
    ladder.write_text(
        ladder.read_text(encoding="utf-8")
        + "  - id: spare\n    label: {vi: Thừa, en: Spare}\n    type: integer\n    values:\n"
        + f"      - {{from: 2020-01-01, value: 3, {SOURCE}}}\n",
        encoding="utf-8",
    )
    all_found = check_reach(load_library(policies))
    assert {one.severity for one in all_found} == {"warning"}
    named = [(one.code, dict(one.arguments)["name"]) for one in all_found if one.code != "fact/unused"]
    assert named == [
        ("parameter/unused", "spare"),
        ("interpretation/unused", "strictness"),
        ("document/unused", "other"),
        ("relation/unused", "heads"),
        ("grade/unreachable", "silver"),
        ("grade/unreachable", "tin"),
    ]
    unused = {dict(one.arguments)["name"] for one in all_found if one.code == "fact/unused"}
    assert "mark" in unused
    # What a derived fact is computed from is used where the derived fact is.
    assert not unused & {"work.done_percent", "work.done", "work.given"}


def test_the_shipped_policies_have_no_such_rule_and_no_such_name() -> None:
    assert check_reach(all_policies()) == ()


# --- how `check` tells it ---------------------------------------------------------------------------------------------


def check(policies: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "engine", "check", "--policies", str(policies), "--lang", "en", *arguments],
        capture_output=True, cwd=ROOT, timeout=120, check=False, encoding="utf-8",
    )  # fmt: skip


def test_warnings_fail_only_where_strictness_is_asked_for(policies: Path) -> None:
    done = check(policies)
    assert done.returncode == 0
    assert "warning: interpretation/unused" in done.stderr
    assert done.stdout.startswith("0 errors, ")
    assert check(policies, "--strict").returncode == 1


def test_every_format_tells_the_same_places(policies: Path) -> None:
    (policies / "small" / "more.yaml").write_text(triggers("when: {fact: work.done, less_than: 0}"), encoding="utf-8")
    log = json.loads(check(policies, "--format", "sarif").stdout)
    plain = json.loads(check(policies, "--format", "json").stdout)["diagnostics"]
    github = check(policies, "--format", "github").stdout.splitlines()
    results = log["runs"][0]["results"]
    assert [(one["ruleId"], one["level"]) for one in results] == [(one["code"], one["severity"]) for one in plain]
    assert [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in results] == [
        one["line"] for one in plain
    ]
    assert len(github) == len(plain)
    assert [line for line in github if line.startswith("::error file=") and "rule/never-holds" in line]
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results)


def test_what_has_a_meaning_in_an_annotation_is_escaped() -> None:
    found: list[Diagnostic] = [
        diagnostic("fact/unknown", Location("a,b:c.yaml", 3, 4), fact="x%y", suggestion=None),
        warning("relation/unused", Location("whole.yaml"), name="n"),
    ]
    first, second = to_github(found, "en").splitlines()
    assert first.startswith("::error file=a%2Cb%3Ac.yaml,line=3,col=4,title=fact/unknown::")
    assert "x%25y" in first and "%0A" in first
    assert second.startswith("::warning file=whole.yaml,title=relation/unused::")
    assert "region" not in to_sarif(found, "en")["runs"][0]["results"][1]["locations"][0]["physicalLocation"]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("quy định [2024] năm/a%b.yaml", "quy%20%C4%91%E1%BB%8Bnh%20%5B2024%5D%20n%C4%83m/a%25b.yaml"),
        ("a:b#c?d.yaml", "a%3Ab%23c%3Fd.yaml"),
        ("/một/hai.yaml", "file:///m%E1%BB%99t/hai.yaml"),
        ("\udcff.yaml", "%FF.yaml"),
    ],
)
def test_sarif_names_files_as_rfc_3986_does(file: str, uri: str) -> None:
    log = to_sarif([warning("relation/unused", Location(file), name="n")], "en")
    assert log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}
