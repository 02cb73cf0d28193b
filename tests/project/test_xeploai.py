"""The public API under the name by which the program is installed."""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support import ROOT
from support.policies import all_policies

import engine
import xeploai
from engine.population.failures import Changed

CASE = ROOT / "policies/qd-124-2023/cases/07-leader-one-task-short.json"


def case(**changes: Any) -> dict[str, Any]:
    return {**json.loads(CASE.read_text("utf-8")), **changes}


def test_it_has_what_the_engine_offers() -> None:
    assert set(xeploai.__all__) - {"__version__"} == set(engine.__all__) - {"ENGINE_VERSION"}
    assert all(getattr(xeploai, name) for name in xeploai.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        xeploai.nothing  # noqa: B018


def test_plain_dicts_are_judged_as_their_files_are() -> None:
    by_file = xeploai.evaluate(all_policies(), [xeploai.read_json(str(CASE))]).decisions[0]
    by_dict = xeploai.evaluate(all_policies(), [case()]).decisions[0]
    assert (by_dict.grading, by_dict.input_hash) == (by_file.grading, by_file.input_hash)
    as_days = xeploai.evaluate(all_policies(), [case(as_of=date(2024, 12, 31))]).decisions[0]
    assert as_days.input_hash == by_file.input_hash


@pytest.mark.parametrize("number", [45, 45.5, Decimal("45"), Decimal("45.5")])
def test_numbers_of_every_kind_are_taken(number: object) -> None:
    facts = {**case()["facts"], "tasks": {"exceeded_percent": number}}
    results = xeploai.evaluate(all_policies(), [case(facts=facts)])
    assert len(results.decisions) == 1, results.rejected


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (case(facts={"no": {"such": 1}}), "fact/unknown"),
        (case(facts={"tasks": {"assigned": float("nan")}}), "json/not-a-number"),
        ({}, "schema/missing-key"),
    ],
)
def test_a_bad_dict_is_rejected_and_the_others_are_judged(given: dict[str, Any], code: str) -> None:
    results = xeploai.evaluate(all_policies(), [given, case(case_id="B")])
    assert [one.case_id for one in results.decisions] == ["B"]
    (rejected,) = results.rejected
    assert rejected.file == "case 1"
    assert code in {one.code for one in rejected.diagnostics}, rejected.diagnostics


def test_what_json_has_not_is_told() -> None:
    with pytest.raises(TypeError, match=r"^Case 2 holds a value of the type set, which JSON has not; .*\.$"):
        xeploai.evaluate(all_policies(), [case(), case(case_id="B", facts={"signs": {1}})])


def test_every_exception_says_in_words_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(xeploai.Problems) as problems:
        xeploai.read_json(tmp_path / "none.json")
    assert str(problems.value) == (
        f"{tmp_path / 'none.json'}: file/missing: there is no such file or folder (help: check the path and the name)"
    )
    with pytest.raises(xeploai.UnknownChoice) as choice:
        xeploai.evaluate(all_policies(), [], regulation="nix")
    assert str(choice.value).startswith("regulation/unknown: there is no regulation with the id `nix` (help: ")
    assert str(Changed("a.ndjson")).endswith(".")


def test_importing_it_costs_next_to_nothing() -> None:
    code = "import sys, xeploai; print(sorted(name for name in sys.modules if name.startswith('engine')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, timeout=60, check=True)
    assert done.stdout.decode().strip() == "['engine', 'engine.base', 'engine.base.version']"


def test_a_diagnostic_is_one_line_that_the_command_would_print() -> None:
    case = {
        "case_id": "A",
        "period": "2025",
        "as_of": "2025-12-20",
        "subject": {"kind": "head", "name": 5},
        "facts": {},
    }
    (rejected,) = xeploai.evaluate(all_policies(), [case]).rejected
    (problem,) = rejected.diagnostics
    assert str(problem).startswith("case 1:1:95: schema/type: ")
    assert "\n" not in str(problem)
    assert f"{problem}" == str(problem) != repr(problem)
