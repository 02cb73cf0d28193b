"""The shipped policies load without a problem, and their own tests hold and cover every rule both ways."""

import io
import re
import unicodedata
from pathlib import Path

import pytest
import yaml
from support import ROOT
from support.policies import all_policies

from engine.load.policies import folders
from engine.report.suite import write_report
from engine.study.suite import run

POLICIES = ROOT / "policies"
FILES = folders.test_files(POLICIES)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(POLICIES).as_posix())
def test_a_file_of_policy_tests_holds(file: Path) -> None:
    report = run(all_policies(), POLICIES, [file])
    text = io.StringIO()
    write_report(report, "en", text)
    assert report.passed, text.getvalue()
    assert report.results


WITHOUT_RULES = ("regulation", "regulation.properties", "overlay", "announcement", "votes", "dossier", "forms")
"""Files on which no result of a case depends: policy tests have nothing to say about them."""


def test_every_rule_is_made_to_hold_and_to_fail_by_some_test() -> None:
    report = run(all_policies(), POLICIES)
    assert [(one.rule, one.lacking) for one in report.lacking] == []
    assert report.passed


def test_every_test_has_a_name_in_each_language_and_shows_no_id() -> None:
    """What Vietnamese officials read is Vietnamese; names that differ by a few letters only would be mistaken."""
    ids = re.compile(r"\w_\w")
    for file in FILES:
        for test in yaml.safe_load(file.read_text("utf-8"))["tests"]:
            name = test["name"]
            assert isinstance(name, dict), (file.name, name)
            assert not ids.search(name["vi"] + name["en"]), (file.name, name)
            assert unicodedata.is_normalized("NFC", name["vi"])
            assert name["vi"] != name["en"]
            assert re.search("[^\\x00-\\x7f“”]", name["vi"]), (file.name, name)


def test_every_policy_file_with_rules_has_its_tests_beside_it() -> None:
    tested = {path.with_name(path.name.replace(".test.yaml", ".yaml")) for path in FILES}
    with_rules = {
        path
        for path in POLICIES.glob("*/**/*.yaml")
        if not path.name.endswith(".test.yaml") and path.stem not in WITHOUT_RULES
    }
    assert with_rules == tested
