"""The runner of policy tests: tests that try to pass wrongly do not, and what it reports can be read by programs."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import ROOT, command
from support.command import Completed
from support.policies import REGULATION, copy_policies

HEAD = "kind: tests\nid: triggers.test\nlabel: {vi: Kiểm thử, en: Tests}\ntests:\n"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A regulation without its tests."""
    folder = tmp_path / "policies"
    copy_policies(folder, REGULATION)
    for path in folder.rglob("*.test.yaml"):
        path.unlink()
    return folder


def run(policies: Path, *arguments: str) -> Completed:
    return command.run("test", "--policies", policies, "--lang", "en", *arguments)


def written(policies: Path, tests: str) -> Path:
    file = policies / REGULATION / "triggers.test.yaml"
    file.write_text(HEAD + tests, encoding="utf-8")
    return file


TRUE = "  - name: a letter is a trigger\n    subject: leader\n    given: {signs.complaint_letters: 1}\n"

WRONG = {
    "an expectation of nothing": (TRUE + "    expect: {}\n", "schema/"),
    "no expectation": (TRUE, "schema/missing-key"),
    "no tests": ("", "schema/"),
    "a misspelt key": (TRUE + "    expect: {finding: [complaint_letters]}\n", "schema/unknown-key"),
    "a misspelt fact": (
        TRUE.replace("complaint_letters: 1", "complaint_leters: 1") + "    expect: {findings: []}\n",
        "fact/unknown",
    ),
    "a misspelt trigger": (TRUE + "    expect: {findings: [complaint_leters]}\n", "test/unknown-name"),
    "a misspelt grade": (TRUE + "    expect: {grade: excelent}\n", "test/unknown-name"),
    "a misspelt rule": (TRUE + "    expect: {holds: [complaint_leters]}\n", "test/unknown-name"),
    "a misspelt kind": (TRUE.replace("leader", "leeder") + "    expect: {grade: excellent}\n", "kind/unknown"),
    "a value out of bounds": (TRUE.replace(": 1}", ": -1}") + "    expect: {findings: []}\n", "fact/range"),
    "a number as text": (TRUE.replace(": 1}", ': "1"}') + "    expect: {findings: []}\n", "fact/type"),
    "a name used twice": (
        (TRUE + "    expect: {findings: [complaint_letters]}\n") * 2,
        "test/duplicate-name",
    ),
    "a rule that does not concern the subject": (
        TRUE.replace("leader", "organization") + "    expect: {holds: [complaint_letters]}\n",
        "holds",
    ),
    "a quota of a cohort that is not there": (
        TRUE + "    expect: {quotas: [{quota: excellent_share, count: 0}]}\n",
        "quotas",
    ),
    "a link that no case names": (TRUE + "    expect: {links: [{link: unit_before_head, status: kept}]}\n", "links"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_tries_to_pass_wrongly_does_not(what: str, policies: Path) -> None:
    tests, code = WRONG[what]
    done = run(policies, str(written(policies, tests)))
    assert done.returncode == 1, done.stdout
    assert code in done.stdout


def test_a_failure_shows_expected_and_got_and_where_the_rule_stands(policies: Path) -> None:
    file = written(policies, TRUE + "    expect: {findings: [signs_of_violation]}\n")
    done = run(policies, str(file))
    assert done.returncode == 1
    assert f"{file}:8:" in done.stdout
    assert "expected: signs_of_violation\n    got     : complaint_letters\n" in done.stdout
    assert "rule `triggers.complaint_letters`:" in done.stdout
    assert "triggers.yaml:" in done.stdout


def test_a_folder_without_tests_is_a_fault(policies: Path) -> None:
    done = run(policies)
    assert (done.returncode, "test/none" in done.stdout) == (1, True)


def test_a_rule_that_no_test_makes_hold_or_fail_is_a_fault_when_all_are_run(policies: Path) -> None:
    file = written(policies, TRUE + "    expect: {findings: [complaint_letters]}\n")
    assert run(policies, str(file)).returncode == 0
    done = run(policies)
    assert done.returncode == 1
    assert "no test of `triggers.complaint_letters`: fails" in done.stdout
    assert "no test of `triggers.disunity`: holds" in done.stdout


def test_coverage_names_the_side_of_a_threshold_that_is_not_tested(policies: Path) -> None:
    file = written(policies, TRUE + "    expect: {findings: [complaint_letters]}\n")
    lines = run(policies, str(file), "--coverage").stdout.splitlines()
    (letters,) = [line for line in lines if "signs.complaint_letters 1" in line]
    assert letters.split(": ")[2].startswith("✗ ✓ ✗")
    # Nobody can have fewer than no sub-units disciplined.
    (nobody,) = [line for line in lines if "collective.excellent.nobody_disciplined: sub_units.disciplined" in line]
    assert nobody.split(": ")[2].startswith("– ")


def test_junit_and_json_hold_every_test_and_what_failed(policies: Path) -> None:
    tests = TRUE + "    expect: {findings: [signs_of_violation]}\n" + TRUE.replace("a letter", "one letter")
    file = written(policies, tests + "    expect: {findings: [complaint_letters]}\n")
    root = ElementTree.fromstring(run(policies, str(file), "--format", "junit").stdout.encode())
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [(case.get("name"), len(case)) for case in suite] == [
        ("a letter is a trigger", 1),
        ("one letter is a trigger", 0),
    ]
    report = json.loads(run(policies, str(file), "--format", "json").stdout)
    assert (report["passed"], report["tests"], report["failed"]) == (False, 2, 1)
    assert report["results"][0]["failures"][0]["got"] == "complaint_letters"
    assert {"rules", "thresholds", "articles"} == set(report["coverage"])


def test_watching_runs_the_tests_again_after_a_change(policies: Path) -> None:
    pytest.importorskip("watchfiles")
    file = written(policies, TRUE + "    expect: {findings: [signs_of_violation]}\n")
    log = policies.parent / "log"
    command = [
        sys.executable,
        "-m",
        "engine",
        "test",
        "--policies",
        str(policies),
        "--lang",
        "en",
        "--watch",
        str(file),
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
    try:
        wait_for(log, "1 tests, 1 failed")
        written(policies, TRUE + "    expect: {findings: [complaint_letters]}\n")
        wait_for(log, "1 tests, 0 failed")
        written(policies, "  - name: broken\n")
        wait_for(log, "schema/missing-key")
        written(policies, TRUE + "    expect: {grade: excellent}\n")
        wait_for(log, "1 tests, 0 failed", times=2)
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(log: Path, text: str, times: int = 1) -> None:
    for _ in range(300):
        if log.read_text(encoding="utf-8").count(text) >= times:
            return
        time.sleep(0.1)
    raise AssertionError(f"{text!r} was not printed {times} times:\n{log.read_text(encoding='utf-8')}")
