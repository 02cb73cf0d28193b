"""Whom a change moves, by the SQL target: the same answers, to the byte, as case by case."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.cases_124 import document
from support.edits import INDIVIDUAL, REGULATION, ROOT, edited, run
from support.impacts import TWO_KINDS, population, write_cases
from support.large_impacts import grouped
from support.policies import EARLIER, all_policies, copy_policies

from engine.load.cases.paths import unread_cases
from engine.population import impact as large_impact
from engine.population.decider import Options
from engine.population.failures import Disagreement
from engine.population.placed import Cases, bytes_in
from engine.population.run import Run
from engine.versions.versions import Version


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The policies on the old side: no more than are compared, because each call reads them."""
    return changed(tmp_path_factory.mktemp("before") / "policies")


def both_ways(old: str, new: str, *paths: str, code: int = 0) -> list[dict[str, Any]]:
    """What the command says by the SQL target, which is what it says case by case."""
    cases = [word for path in paths for word in ("--cases", path)]
    done = [
        run(ROOT, "impact", old, new, *cases, "--format", "json", "--lang", "en", "--target", target)
        for target in ("cases", "population")
    ]
    assert [one.returncode for one in done] == [code, code], done[1].stderr
    assert done[1].stdout == done[0].stdout
    assert "cases under both sides" in done[1].stderr and "cases under both sides" not in done[0].stderr
    found: list[dict[str, Any]] = json.loads(done[1].stdout)["impacts"]
    return found


def changed(folder: Path, *edits: tuple[str, str, str]) -> str:
    copy_policies(folder, REGULATION, EARLIER)
    for file, old, new in edits:
        text = (folder / file).read_text("utf-8")
        assert old in text, (file, old)
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return str(folder)


THRESHOLD = (INDIVIDUAL, "value: 50, source", "value: 75, source")
SHARE = (f"{REGULATION}/quotas.yaml", "        value: 20\n", "        value: 10\n")
DUTY = (f"{REGULATION}/triggers.yaml", "{fact: signs.disunity, is: true}", "{fact: signs.stagnation, is: true}")


def test_an_edit_of_a_threshold_a_share_and_a_duty(tmp_path: Path, before: str) -> None:
    new = changed(tmp_path / "policies", THRESHOLD, SHARE, DUTY)
    (told,) = both_ways(before, new, write_cases(tmp_path / "cases.ndjson", grouped(1, 400)))
    assert told["judged"] == 400 and told["moved"] > 3
    assert any(len(one["old"]) > 1 or len(one["new"]) > 1 for one in told["cases"])
    assert any(one["new_findings"] for one in told["cases"])
    assert any(one["old"]["holders"] for one in told["quotas"])


def test_cases_that_cannot_be_judged_or_repeat_an_id_wherever_they_are(tmp_path: Path, before: str) -> None:
    new = changed(
        tmp_path / "policies", THRESHOLD, ("facts.yaml", "  tasks.assigned:\n", "  tasks.assigned:\n    maximum: 20\n")
    )
    documents = grouped(1, 200, TWO_KINDS)
    unfit = document("unfit", "leader", {"tasks.assignd": 3})
    lines = [json.dumps(one.data, ensure_ascii=False, default=float) for one in (*documents, unfit)]
    lines[5:5] = ["", "{", lines[2], lines[-1]]
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.ndjson").write_text("\n".join([*lines, lines[-1], lines[40]]) + "\n", "utf-8")
    (folder / "b.json").write_text("{\n", "utf-8")
    (folder / "c.json").write_text(
        json.dumps(grouped(4, 1, TWO_KINDS)[0].data | {"case_id": "C"}, indent=1, default=float), "utf-8"
    )
    (folder / "d.json").write_text(lines[9], "utf-8")
    (told,) = both_ways(before, new, str(folder), str(tmp_path / "missing.ndjson"), code=1)
    codes = {each["code"] for one in told["unjudged"] for each in one["diagnostics"]}
    assert {"case/duplicate-id", "fact/unknown", "file/missing"} <= codes
    assert {one["side"] for one in told["unjudged"]} >= {"both", "new"}
    assert told["moved"]


def test_cases_that_another_regulation_judges(tmp_path: Path, before: str) -> None:
    new = changed(
        tmp_path / "policies",
        ("qd-132-2018/regulation.yaml", "until: 2023-10-03", "until: 2023-11-03"),
        (f"{REGULATION}/regulation.yaml", "in_force: {from: 2023-10-04", "in_force: {from: 2023-11-04"),
        SHARE,
    )
    documents = grouped(5, 120, TWO_KINDS)
    for number, one in enumerate(documents):
        one.data.update({"period": "2023", "as_of": "2023-10-20" if number % 3 else "2023-12-31"})
    told = both_ways(before, new, write_cases(tmp_path / "cases.ndjson", documents))
    assert {tuple(one["regulations"]): one["judged"] for one in told} == {
        (REGULATION, "qd-132-2018"): 80, (REGULATION, REGULATION): 40,
    }  # fmt: skip
    assert any(one["quotas"] for one in told)


def test_subjects_with_several_cases_in_each_pair_of_regulations(tmp_path: Path, before: str) -> None:
    new = changed(tmp_path / "policies", THRESHOLD)
    documents = grouped(1, 420, TWO_KINDS)
    for number, case in enumerate(documents):
        case.data.update({"period": "2022", "as_of": "2022-12-31"} if number < 20 else {})
        # Only subjects of the second pair have several cases, and each of them counts once for a quota.
        if number >= 20:
            case.data["subject"].update({"id": f"S-{number // 4}", "cohort": f"Nhóm {number // 4 % 15}"})
    impacts = both_ways(before, new, write_cases(tmp_path / "cases.ndjson", documents))
    assert [impact["regulations"] for impact in impacts] == [["qd-132-2018"] * 2, [REGULATION] * 2]
    assert impacts[1]["quotas"]


def test_two_regulations_and_no_case(tmp_path: Path) -> None:
    documents = population(6, 60, TWO_KINDS)
    (told,) = both_ways("qd-132-2018", REGULATION, write_cases(tmp_path / "cases.ndjson", documents))
    assert told["judged"] and told["moved"]
    (tmp_path / "none.ndjson").write_text("", "utf-8")
    (none,) = both_ways("qd-132-2018", REGULATION, str(tmp_path / "none.ndjson"), code=1)
    assert none["judged"] == 0


def test_an_outcome_that_durable_rules_does_not_confirm_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = edited(tmp_path / "policies", *THRESHOLD)
    paths = (write_cases(tmp_path / "cases.ndjson", population(1, 60, TWO_KINDS)),)
    monkeypatch.setattr(large_impact, "outcome_of", lambda decision: ("good",))
    runs = [Run(one, tmp_path / name, Options(referee=0)) for one, name in ((all_policies(), "old"), (after, "new"))]

    def versions(old: str, new: str) -> tuple[Version, Version]:
        before = all_policies()
        return Version("old", before, before.regulations[old]), Version("new", after, after.regulations[new])

    with pytest.raises(Disagreement, match="possible"):
        large_impact.impacts(
            *runs,
            Cases(
                paths, lambda: unread_cases(paths, after, "en", lambda problem: None), lambda done, size: None
            ),
            [(REGULATION, REGULATION)],
            versions,
        )


def test_what_is_a_population_and_how_large(tmp_path: Path, before: str) -> None:
    file = tmp_path / "cases.ndjson"
    file.write_text("x" * 100, "utf-8")
    (tmp_path / "a.json").write_text("{}", "utf-8")
    assert bytes_in([str(file)]) == 100
    assert bytes_in([str(tmp_path)]) == 102
    assert bytes_in([str(tmp_path), str(file)]) is None
    assert bytes_in(["-"]) is None
    shutil.copy(file, tmp_path / "cases.csv")
    assert bytes_in([str(file), str(tmp_path / "cases.csv")]) is None
    done = run(ROOT, "impact", before, before, "--cases", str(tmp_path / "cases.csv"), "--target", "population")
    assert done.returncode == 2 and "--target population" in done.stderr
