"""The shipped policies load without a problem, and their own tests hold and cover every rule both ways."""

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import ROOT
from support.policies import all_policies

from engine.core.policy.regulation import all_rules
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


@cache
def ids() -> set[str]:
    """What rules, facts, grades and whatever else a regulation names are called by programs."""
    library = all_policies()
    parts: list[Iterable[Any]] = []
    for regulation in library.regulations.values():
        parts += [all_rules(regulation), regulation.grades, regulation.kinds.values(), regulation.interpretations]
        parts += [regulation.parameters.values(), regulation.quotas, regulation.links, regulation.relations]
    options = (option for item in parts for part in item for option, _ in getattr(part, "options", ()))
    return {*library.vocabulary.facts, *(part.id for item in parts for part in item), *options}


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(POLICIES).as_posix())
def test_every_test_has_a_name_of_its_own_in_each_language_and_shows_no_id(file: Path) -> None:
    """What Vietnamese officials read is Vietnamese, and tells one test from another."""
    names = [test["name"] for test in yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)["tests"]]
    for name in names:
        assert isinstance(name, dict), name
        words = re.findall(r"[\w.]*\w", name["vi"])
        assert not ids().intersection(words) and not any("_" in word for word in (*words, name["en"])), name
        english = re.findall(r"[^\W\d_]{2,}", name["en"].lower())
        assert not set(english).intersection(word.lower() for word in words), name
        assert unicodedata.is_normalized("NFC", name["vi"]), name
    for language in ("vi", "en"):
        assert [name for name, count in Counter(name[language] for name in names).items() if count > 1] == []


def test_every_policy_file_with_rules_has_its_tests_beside_it() -> None:
    tested = {path.with_name(path.name.replace(".test.yaml", ".yaml")) for path in FILES}
    with_rules = {
        path
        for path in POLICIES.glob("*/**/*.yaml")
        if not path.name.endswith(".test.yaml") and path.stem not in WITHOUT_RULES
    }
    assert with_rules == tested
