"""`xeploai verify` by its real entry point: records kept, cases and policies that changed since, and git revisions."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support import command
from support.git import git
from support.policies import EARLIER, REGULATION, copy_policies
from support.records import full_results

CASES = "policies/qd-124-2023/cases"
LADDER = "policies/qd-124-2023/grades/individual.yaml"
LEADER = f"{CASES}/07-leader-one-task-short.json"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="no git")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return command.run(*arguments, cwd=folder)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    copy_policies(tmp_path / "policies", REGULATION, EARLIER, cases=True)
    (tmp_path / "records.json").write_text(
        run(tmp_path, "evaluate", CASES, "--format", "json").stdout, encoding="utf-8"
    )
    return tmp_path


def verified(folder: Path, *arguments: str, records: str = "records.json") -> tuple[int, dict[str, Any]]:
    done = run(folder, "verify", records, "--cases", CASES, "--format", "json", *arguments)
    return done.returncode, {one["case_id"]: one for one in json.loads(done.stdout)["records"]}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


THRESHOLD = "      - {from: 2023-10-04, value: 50, source"


def test_records_of_the_same_cases_and_policies_are_reproduced(kept: Path) -> None:
    code, found = verified(kept)
    assert code == 0
    assert len(found) == 19
    assert {one["verdict"] for one in found.values()} == {"reproduced"}


def test_readings_switched_for_a_run_are_switched_again(kept: Path) -> None:
    switches = ["--interpretation", "specific_products=noted_only", "--interpretation", "poor_criteria=any_poor"]
    lines = run(kept, "evaluate", CASES, "--format", "ndjson", *switches).stdout
    (kept / "records.ndjson").write_text(lines, encoding="utf-8")
    code, found = verified(kept, records="records.ndjson")
    assert (code, {one["verdict"] for one in found.values()}) == (0, {"reproduced"})


def test_comments_order_and_layout_change_nothing(kept: Path) -> None:
    file = kept / LADDER
    file.write_text(
        "# a remark\n" + file.read_text("utf-8").replace("rungs:\n", "\nrungs:   # from the best down\n"), "utf-8"
    )
    assert verified(kept)[0] == 0


def test_a_changed_threshold_is_told_with_what_it_changed(kept: Path) -> None:
    file = kept / LADDER
    text = file.read_text(encoding="utf-8")
    at = text.index("id: excellent_exceeded_percent")
    file.write_text(text[:at] + text[at:].replace("value: 50", "value: 45", 1), encoding="utf-8")
    code, found = verified(kept)
    assert code == 1
    leader = found["HS-2024-07"]
    assert leader["verdict"] == "differs"
    assert ["grading.grade", "good", "excellent"] in leader["places"]
    # The policies are others for every record, whatever came out.
    assert all("policy_hash" in [place for place, _, _ in one["places"]] for one in found.values())


def test_cases_that_changed_are_gone_or_no_longer_fit_are_told_apart(kept: Path) -> None:
    edit(kept / LEADER, '"as_of": "2024-12-31"', '"as_of": "2024-12-30"')
    gone = json.loads((kept / CASES / "08-leader-good.json").read_text("utf-8"))["case_id"]
    (kept / CASES / "08-leader-good.json").unlink()
    broken = kept / CASES / "05-head-excellent.json"
    if not broken.exists():
        broken = sorted((kept / CASES).glob("05-*.json"))[0]
    data = json.loads(broken.read_text("utf-8"))
    data["subject"]["kind"] = "nobody"
    broken.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    code, found = verified(kept)
    assert code == 1
    assert found["HS-2024-07"]["verdict"] == "input_changed"
    assert found[gone]["verdict"] == "case_missing"
    assert found[data["case_id"]]["verdict"] == "rejected"
    assert sum(one["verdict"] == "reproduced" for one in found.values()) == 16


def test_records_of_the_first_version_are_reproduced(kept: Path) -> None:
    full = full_results((kept / "records.json").read_text(encoding="utf-8"))
    (kept / "first.json").write_text(json.dumps({"engine_version": "0.1.0", **full}), encoding="utf-8")
    lines = [json.dumps({"record": "decision", **decision}) for decision in full["decisions"]]
    (kept / "first.ndjson").write_text("\n".join(lines), encoding="utf-8")
    for name in ("first.json", "first.ndjson"):
        code, found = verified(kept, records=name)
        assert (code, {one["verdict"] for one in found.values()}) == (0, {"reproduced"})
    full["decisions"][0]["grading"]["grade"] = "nothing"
    (kept / "first.json").write_text(json.dumps({"engine_version": "0.1.0", **full}), encoding="utf-8")
    code, found = verified(kept, records="first.json")
    assert code == 1
    assert [one["verdict"] for one in found.values()].count("reproduced") == len(full["decisions"]) - 1


def test_an_edited_record_is_told_and_the_others_are_reproduced(kept: Path) -> None:
    lines = run(kept, "evaluate", CASES, "--format", "ndjson").stdout.splitlines(keepends=True)
    lines[2] = lines[2].replace('"settled":true', '"settled":false')
    (kept / "records.ndjson").write_text("".join(lines), encoding="utf-8")
    done = run(kept, "verify", "records.ndjson", "--cases", CASES)
    assert done.returncode == 1 and "records/changed" in done.stderr and "records.ndjson:3" in done.stderr
    assert ": 18." in done.stdout


def test_a_record_alone_tells_the_reasons(kept: Path) -> None:
    text = run(kept, "evaluate", LEADER).stdout
    shutil.rmtree(kept / "policies")
    done = run(kept, "explain", "records.json", "--case", "HS-2024-07")
    # What lies between cases is not said of one alone.
    assert (done.returncode, done.stdout.split("\n\n")[0]) == (0, text.split("\n\n")[0])
    page = run(kept, "explain", "records.json", "--case", "HS-2024-07", "--format", "html").stdout
    assert "HS-2024-07" in page and "HS-2024-08" not in page
    (decision,) = json.loads(run(kept, "explain", "records.json", "--case", "HS-2024-07", "--format", "json").stdout)[
        "decisions"
    ]
    assert decision["grading"]["grade"] == "good" and decision["grade_names"][0][1]["vi"]
    done = run(kept, "explain", "records.json", "--case", "HS-2024-0")
    assert done.returncode == 2 and "HS-2024-0" in done.stderr


def test_what_is_no_record_is_refused(kept: Path) -> None:
    done = run(kept, "verify", LEADER, "--cases", CASES)
    assert done.returncode == 1
    assert "records/none" in done.stderr


@needs_git
def test_policies_of_a_revision_reproduce_what_those_of_today_do_not(kept: Path) -> None:
    git(kept, "init", "-q")
    git(kept, "add", "policies")
    git(kept, "commit", "-q", "-m", "as they were")
    at = (kept / LADDER).read_text(encoding="utf-8")
    (kept / LADDER).write_text(at.replace("value: 50,", "value: 45,"), encoding="utf-8")
    git(kept, "commit", "-q", "-a", "-m", "as they are")
    (kept / LADDER).write_text(at.replace("value: 50,", "value: 60,"), encoding="utf-8")
    git(kept, "add", LADDER)
    (kept / LADDER).write_text(at.replace("value: 50,", "value: 70,"), encoding="utf-8")

    def state() -> list[str]:
        asked = ("status --porcelain", "rev-parse HEAD", "stash list", "ls-files -s")
        return [git(kept, *command.split()) for command in asked]

    before = state()
    assert verified(kept, "--revision", "HEAD~1")[0] == 0
    code, found = verified(kept, "--revision", "HEAD")
    assert code == 1
    assert ["grading.grade", "good", "excellent"] in found["HS-2024-07"]["places"]
    assert before == state()
    done = run(kept, "verify", "records.json", "--cases", CASES, "--revision", "nowhere")
    assert done.returncode == 1
    assert "git/unknown-revision" in done.stderr


@needs_git
def test_what_is_staged_is_read_without_touching_the_checkout(kept: Path) -> None:
    from engine.versions.opening import load_library
    from engine.versions.revisions import STAGED, commit_of, policies_at

    assert commit_of(kept / "policies") is None
    git(kept, "init", "-q")
    git(kept, "add", "policies")
    git(kept, "commit", "-q", "-m", "one")
    commit = commit_of(kept / "policies")
    assert commit is not None and commit[1] is True and len(commit[0]) == 40
    committed = load_library(kept / "policies").regulations["qd-124-2023"].content_hash
    text = (kept / LADDER).read_text(encoding="utf-8")
    (kept / LADDER).write_text(text.replace("value: 50,", "value: 60,"), encoding="utf-8")
    git(kept, "add", LADDER)
    (kept / LADDER).write_text(text, encoding="utf-8")
    with policies_at(kept / "policies", STAGED) as staged:
        assert load_library(staged).regulations["qd-124-2023"].content_hash != committed
    with policies_at(kept / "policies", "HEAD") as at_head:
        assert load_library(at_head).regulations["qd-124-2023"].content_hash == committed
        assert (at_head / "facts.yaml").is_file()
    # What is read is what is committed, whatever is staged.
    assert commit_of(kept / "policies") == (commit[0], True)


@needs_git
def test_records_name_the_commit_and_are_reproduced_at_it(kept: Path) -> None:
    def kept_now(name: str) -> dict[str, Any]:
        text = run(kept, "evaluate", CASES, "--format", "json").stdout
        (kept / name).write_text(text, encoding="utf-8")
        whole: dict[str, Any] = json.loads(text)
        return whole

    assert kept_now("outside.json")["policy_commit"] is None
    git(kept, "init", "-q")
    git(kept, "add", "policies")
    git(kept, "commit", "-q", "-m", "as they were")
    record = kept_now("clean.json")
    assert len(record["policy_commit"]) == 40 and record["policy_clean"] is True
    edit(kept / LADDER, "value: 50, source", "value: 45, source")
    assert kept_now("dirty.json")["policy_clean"] is False
    git(kept, "commit", "-q", "-a", "-m", "as they are")
    assert verified(kept, records="clean.json")[0] == 0
    assert record["policy_commit"][:12] in run(kept, "verify", "clean.json", "--cases", CASES).stderr
    assert verified(kept, "--policies", "policies", records="clean.json")[0] == 1
    assert verified(kept, records="outside.json")[0] == 1
    assert verified(kept, records="dirty.json")[0] == 0
