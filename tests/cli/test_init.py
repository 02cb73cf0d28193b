"""`xeploai init` as a stranger uses it: made, edited, checked, tested, hooked into git; and the hooks for others."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from support import ROOT, command

GIT = shutil.which("git")
Git = Callable[..., subprocess.CompletedProcess[str]]


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return command.run(*arguments, cwd=cwd)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    done = run("init", tmp_path / "quy tắc", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "xeploai check" in done.stdout
    return tmp_path / "quy tắc"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_made_is_sound_tested_and_whole(made: Path) -> None:
    assert run("check", "--strict", cwd=made).returncode == 0
    tested = run("test", "--coverage", cwd=made)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "✗" not in tested.stdout
    judged = run("evaluate", "mau-2025/cases", "--brief", "--lang", "en", cwd=made)
    assert judged.returncode == 0
    assert "High: 1; Met: 1; responsibility to clarify: 1" in judged.stdout
    assert run("docs", "-o", "out", "--lang", "vi", cwd=made).returncode == 0


def test_it_is_found_from_inside_and_from_outside(made: Path) -> None:
    assert "mau-2025" in run("check", cwd=made).stdout
    assert "mau-2025" in run("check", "--policies", made, cwd=made.parent).stdout


def test_an_edit_shows_in_the_tests_and_a_mistake_at_its_line(made: Path) -> None:
    grades = made / "mau-2025" / "grades.yaml"
    edit(grades, "value: 95", "value: 90")
    tested = run("test", cwd=made)
    assert tested.returncode == 1
    assert "94 trên 100 nhiệm vụ chưa đủ đạt cao" in tested.stdout + tested.stderr
    edit(grades, "value: 90", "value: 95")
    edit(grades, "at_least: {parameter: high_percent}", "at_least: {parameter: high_percnt}")
    checked = run("check", cwd=made)
    line = next(number for number, text in enumerate(grades.read_text("utf-8").splitlines(), 1) if "percnt" in text)
    assert checked.returncode == 1
    assert re.search(rf"grades\.yaml:{line}:\d+: parameter/unknown", checked.stderr)
    assert "có phải ý là `high_percent`?" in checked.stderr


def test_an_editor_finds_a_schema_for_every_file_and_the_names_in_it(made: Path) -> None:
    for file in made.rglob("*.yaml"):
        modeline = file.read_text(encoding="utf-8").splitlines()[0]
        schema = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", modeline)
        assert schema, file
        assert (file.parent / schema[1]).resolve().is_relative_to(made / "schemas")
        assert (file.parent / schema[1]).is_file()
    names = (made / "schemas" / "names.schema.json").read_text(encoding="utf-8")
    assert "work.completed_percent" in names and "high_percent" in names and "tasks.assigned" not in names
    assert names == run("schema", "--names", cwd=made).stdout


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    done = run("init", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Git with `xeploai` at hand, and no settings of this machine."""
    if GIT is None:
        pytest.skip("no git")
    command = tmp_path / "bin" / "xeploai"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m engine "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }

    def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]
        return subprocess.run(
            ["git", *identity, *arguments], cwd=folder, env=environment, capture_output=True, text=True,
            encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip

    return call


def test_the_hook_lets_sound_policies_into_git_and_no_others(made: Path, git: Git) -> None:
    assert git(made, "init").returncode == 0
    assert git(made, "config", "core.hooksPath", "hooks").returncode == 0
    assert git(made, "add", ".").returncode == 0
    first = git(made, "commit", "-m", "start")
    assert first.returncode == 0, first.stdout + first.stderr
    triggers = made / "mau-2025" / "triggers.yaml"
    edit(triggers, "fact: signs.complaints", "fact: signs.complaint")
    refused = git(made, "commit", "-am", "a mistake")
    assert refused.returncode != 0
    assert "mau-2025/triggers.yaml:12:18: fact/unknown" in refused.stderr
    edit(triggers, "fact: signs.complaint,", "fact: signs.complaints,")
    edit(triggers, "value: 3", "value: 4")
    refused = git(made, "commit", "-am", "tests no longer hold")
    assert refused.returncode != 0
    assert "ba phản ánh chưa giải quyết" in refused.stderr + refused.stdout
    assert len(git(made, "log", "--oneline").stdout.splitlines()) == 1


@pytest.mark.parametrize("place", ["top", "below", "copied"])
def test_the_hook_looks_at_what_is_staged(place: str, tmp_path: Path, git: Git) -> None:
    """In the repository's top, in a folder of a larger one, and copied into .git/hooks."""
    top = tmp_path / "kho"
    folder = top / "quy tắc" if place == "below" else top
    assert run("init", folder, cwd=tmp_path).returncode == 0
    git(top, "init")
    if place == "copied":
        shutil.copy(folder / "hooks" / "pre-commit", top / ".git" / "hooks")
    else:
        git(top, "config", "core.hooksPath", (folder / "hooks").relative_to(top).as_posix())
    triggers = folder / "mau-2025" / "triggers.yaml"
    sound = triggers.read_text(encoding="utf-8")
    edit(triggers, "fact: signs.complaints", "fact: signs.complaint")
    git(top, "add", "-A")
    triggers.write_text(sound, encoding="utf-8")
    refused = git(top, "commit", "-m", "a mistake is staged, the folder is sound")
    assert refused.returncode != 0
    assert "mau-2025/triggers.yaml:12:18: fact/unknown" in refused.stderr
    git(top, "add", "-A")
    edit(triggers, "fact: signs.complaints", "fact: signs.complaint")
    done = git(top, "commit", "-m", "the folder has a mistake, what is staged is sound")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hooks_for_other_repositories_name_commands_that_there_are() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    for hook in hooks:
        program, command = hook["entry"].split()[:2]
        assert program == "xeploai"
        assert hook["id"] == f"xeploai-{command}"
        assert run(*hook["entry"].split()[1:], "--help", cwd=ROOT).returncode == 0


def test_the_steps_of_the_workflow_run_on_a_folder_made_by_init(made: Path) -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "policies.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["policies"]
    inputs = workflow[True]["workflow_call"]["inputs"]
    assert set(re.findall(r"inputs\.([\w-]+)", json.dumps(job))) == set(inputs)
    commands = {one["name"]: one["run"] for one in job["steps"] if "run" in one}
    assert commands.pop("Install") == "make -C .xeploai-engine install-base"
    assert len(commands) >= 2

    def step(command: str) -> int:
        here = command.replace(".xeploai-engine/.venv/bin/xeploai", f'"{sys.executable}" -m engine')
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "POLICIES": ".", "LANGUAGE_SHOWN": "vi"}
        return subprocess.run(
            ["sh", "-c", here], cwd=made, env=environment, capture_output=True, timeout=120, check=False
        ).returncode

    assert [step(command) for command in commands.values()] == [0] * len(commands)
    edit(made / "mau-2025" / "triggers.yaml", "fact: signs.complaints", "fact: signs.complaint")
    assert step(commands["Check"]) == 1


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A province's folder, made outside of this repository."""
    done = run("init", "--extends", "qd-366-2025", tmp_path / "tinh-a", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "tinh-a"


def test_a_layer_is_sound_tested_and_formatted(layer: Path) -> None:
    assert run("check", "--strict", cwd=layer).returncode == 0
    tested = run("test", cwd=layer)
    assert "3 kiểm thử, 0 không đạt, 0 quy tắc chưa được kiểm thử đủ." in tested.stdout
    case = ROOT / "policies" / "qd-366-2025" / "cases" / "03-party-organization-excellent.json"
    judged = run("evaluate", case, "--regulation", "tinh-a", "--brief", cwd=layer)
    assert judged.returncode == 0, judged.stdout
    assert run("format", "--check", cwd=layer).returncode == 0


def test_a_layer_is_told_of_a_change_below_it_and_accepts_it(layer: Path) -> None:
    overlay = layer / "tinh-a" / "overlay.yaml"
    sound = overlay.read_text(encoding="utf-8")
    overlay.write_text(re.sub("content: [0-9a-f]{8}", "content: 00000000", sound), encoding="utf-8")
    checked = run("check", "--strict", "--lang", "en", cwd=layer)
    assert checked.returncode == 1
    assert "overlay/changed-below: `qd-366-2025` has changed since this layer was written" in checked.stderr
    assert run("init", "--renew", ".", cwd=layer).returncode == 0
    assert overlay.read_text(encoding="utf-8") == sound
    assert run("check", "--strict", cwd=layer).returncode == 0


@pytest.mark.parametrize("arguments", [["--extends", "qd-366", "x"], ["--extends", "qd-366-2025", "--renew", "."]])
def test_no_layer_is_made_of_a_wrong_call(arguments: list[str], tmp_path: Path) -> None:
    done = run("init", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "cách sửa" in done.stderr
    assert not any(tmp_path.iterdir())
