"""The guide of policies/README.md keeps its word: its changes are made in turn, its commands run."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support import ROOT
from support.readme import run

GUIDE = (ROOT / "policies" / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(console|diff)\n(.*?)^```", re.M | re.S)


def change(copy: Path, text: str) -> None:
    """Make a change: lines with a blank before them stand there already, `-` ones go, `+` ones come."""
    name, *lines = text.splitlines()
    path = copy / name.removeprefix("--- ")
    content = path.read_text(encoding="utf-8")
    old = "".join(f"{line[1:]}\n" for line in lines if line[:1] in (" ", "-"))
    new = "".join(f"{line[1:]}\n" for line in lines if line[:1] in (" ", "+"))
    assert content.count(old) == 1, f"{path.name} should hold once:\n{old}"
    path.write_text(content.replace(old, new), encoding="utf-8")


def test_every_change_and_command_of_the_guide_does_what_it_shows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    kinds = []
    for kind, text in BLOCK.findall(GUIDE):
        kinds.append(kind)
        if kind == "diff":
            change(tmp_path, text)
            continue
        command, _, expected = text.partition("\n")
        done = run(["-m", "engine", *shlex.split(command)[2:]], tmp_path)
        assert done.stdout + done.stderr == expected, command
        assert done.returncode == (0 if re.search(r"^0 lỗi|, 0 không đạt, 0 quy tắc", expected, re.M) else 1)
    assert kinds.count("diff") >= 8 and kinds.count("console") >= 6


def test_the_rule_that_the_guide_explains_stands_in_the_policies() -> None:
    shown, *_ = re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.M | re.S)
    triggers = yaml.safe_load((ROOT / "policies" / "qd-124-2023" / "triggers.yaml").read_text("utf-8"))["triggers"]
    assert yaml.safe_load(shown)[0] in triggers


def commands() -> Iterator[str]:
    for line in GUIDE.splitlines():
        if line.startswith("    xeploai "):
            yield line.strip()
    yield from re.findall(r"`(xeploai [^`]+)`", GUIDE)


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_that_the_guide_names_runs(line: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    (tmp_path / "schemas").mkdir()
    done = run(["-m", "engine", *shlex.split(line)[1:]], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contents_lead_to_headings() -> None:
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^## (.+)$", GUIDE, re.M)
    }
    linked = set(re.findall(r"\]\(#([^)]+)\)", GUIDE))
    assert linked == headings


def test_the_glossary_names_keys_that_there_are() -> None:
    schemas = "".join(path.read_text("utf-8") for path in (ROOT / "schemas").glob("*.json"))
    table = GUIDE.split("## Thuật ngữ")[1]
    for row in re.findall(r"^\| .* \| (`.*`) \|$", table, re.M):
        for key in re.findall(r"`([\w.*/]+)`", row):
            assert f'"{key}"' in schemas or list((ROOT / "policies").rglob(key.rpartition("/")[2])), key
