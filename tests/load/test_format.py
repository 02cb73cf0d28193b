"""`xeploai format`: house style, with what a file says and its comments kept."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import ROOT, command

from engine.base.diagnostics import Problems
from engine.base.yaml_text import parse_yaml
from engine.load.policies.format import _laid_out, _parts, _tokens, in_house_style, laid_out_ahead

FILES = sorted([*(ROOT / "policies" / "qd-366-2025").glob("*.yaml"), *(ROOT / "engine" / "starter").rglob("*.yaml")])
"""Policies, and those that `xeploai init` copies. Whether all policies are in house style `make lint` looks at."""
MESSY = """\
kind:   triggers   # what it is
id: one


# about the label
label: { vi: "Một",en: One }
triggers:
- id: a   # the first
  label:
      vi: Dài
      en: 'Long'
  # before when
  when:
      all:
      - {fact: x, is: true}   # x
      - fact: y
        at_least: 5
- id: b
  quote: >-
     folded text
     over lines
  # the last of b

- id: c
# at the end
"""
NEAT = """\
kind: triggers     # what it is
id: one

# about the label
label: {vi: "Một", en: One}
triggers:
  - id: a # the first
    label:
      vi: Dài
      en: 'Long'
    # before when
    when:
      all:
        - {fact: x, is: true} # x
        - fact: y
          at_least: 5
  - id: b
    quote: >-
      folded text
      over lines
  # the last of b

  - id: c
# at the end
"""


def run(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return command.run("format", *arguments, cwd=cwd)


def comments(text: str) -> list[str]:
    return sorted(re.findall(r"(?m)(?:^|\s)(# .*?)\s*$", text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_in_house_style_stay_as_they_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert in_house_style(path.name, text) == text


def test_a_messy_file_comes_out_neat_and_stays_so() -> None:
    assert in_house_style("one.yaml", MESSY) == NEAT
    assert in_house_style("one.yaml", NEAT) == NEAT


@pytest.mark.parametrize(
    ("text", "neat"),
    [
        ("a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"),
        ("a: 1   \n\n\n\nb: 2\n\n", "a: 1\n\nb: 2\n"),
        ("a: mất\n", "a: mất\n"),
        ("a: 1", "a: 1\n"),
        ("a: [x,y ,z]\n", "a: [x, y, z]\n"),
        (
            "a: |\n  # no comment\n     deeper\n\n\n  end\nb:   1\n",
            "a: |\n  # no comment\n     deeper\n\n\n  end\nb: 1\n",
        ),
        ("a: '1'\nb: \"2\"\nc: 0.50\n", "a: '1'\nb: \"2\"\nc: 0.50\n"),
        ("a: {b: 1,\n    c: 2}\nd: 3\n", "a: {b: 1, c: 2}\nd: 3\n"),
        ("a:\n    b:\n    - 1\n    c:\n      - 2\n", "a:\n  b:\n    - 1\n  c:\n    - 2\n"),
        ("---\na: 1\nb:   2\n", "a: 1\nb: 2\n"),
    ],
)
def test_each_habit_of_layout_is_put_into_house_style(text: str, neat: str) -> None:
    assert in_house_style("one.yaml", text) == neat


def test_only_the_item_that_an_edit_touches_is_laid_out_again() -> None:
    text = NEAT.replace("id: c", "id: d")
    in_house_style("one.yaml", text)
    before = _laid_out.cache_info().misses
    assert in_house_style("one.yaml", text.replace("id: d", "id:  e")) == NEAT.replace("id: c", "id: e")
    assert _laid_out.cache_info().misses == before + 1
    parts = [part.split()[:3] for part, _ in _parts(text, _tokens(text))]
    assert [words[0] for words in parts] == ["kind:", "id:", "label:", "triggers:", "-", "-"]


def test_what_was_laid_out_ahead_is_not_laid_out_again() -> None:
    text = (ROOT / "policies" / "facts.yaml").read_text("utf-8").replace("kind: facts", "kind:   facts")
    _laid_out.cache_clear()
    steps = list(laid_out_ahead(text.replace("\n", "\r\n")))
    assert len(steps) == _laid_out.cache_info().misses > 50
    in_house_style("facts.yaml", text)
    assert _laid_out.cache_info().misses == len(steps)


@pytest.mark.parametrize("text", ["a: [\n", "a: {b: c: d}\n", "a: 1\na: 2\n", "\t", "- a\nb: 1\n", "a: *x\n"])
def test_what_cannot_be_laid_out_is_not_laid_out_ahead(text: str) -> None:
    list(laid_out_ahead(text))


def test_a_file_with_mistakes_is_not_touched() -> None:
    for text in ("a: [1\n", "a: 1\na: 2\n", "a:\n\tb: 1\n"):
        with pytest.raises(Problems):
            in_house_style("one.yaml", text)


@pytest.mark.parametrize("text", ["a:\n  # c\n  1\n", "a: {b: 1, # x\n  c: 2}\n", "a: [\n# none\n]\n"])
def test_a_comment_is_never_lost(text: str) -> None:
    with pytest.raises(Problems) as raised:
        in_house_style("one.yaml", text)
    assert [one.code for one in raised.value.diagnostics] == ["file/not-formatted"]


SAMPLE = (ROOT / "policies" / "qd-124-2023" / "triggers.yaml").read_text(encoding="utf-8")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(["blank", "comment", "end", "wide"])), max_size=12))
def test_whatever_is_done_to_the_layout_nothing_is_lost(edits: list[tuple[int, str]]) -> None:
    lines = SAMPLE.splitlines()
    for place, kind in edits:
        at = place % len(lines)
        match kind:
            case "blank":
                lines[at:at] = ["", ""]
            case "comment":
                lines.insert(at, f"{' ' * (place % 7)}# note {place}")
            case "end" if lines[at].strip() and not lines[at].lstrip().startswith("#"):
                lines[at] += f"   # beside {place}"
            case "wide":
                lines[at] = lines[at].replace(", ", ",    ")
    text = "\n".join(lines) + "\n"
    try:
        data = parse_yaml("one.yaml", text).data
    except Problems:
        return
    neat = in_house_style("one.yaml", text)
    assert parse_yaml("one.yaml", neat).data == data
    assert comments(neat) == comments(text)
    assert in_house_style("one.yaml", neat) == neat


def test_the_command_changes_what_must_be_changed_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "policies" / "qd-124-2023" / "links.yaml"
    file.parent.mkdir(parents=True)
    for name in ("links", "announcement"):
        shutil.copy(ROOT / "policies" / "qd-124-2023" / f"{name}.yaml", file.parent)
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace("links:\n", "links:\n\n\n"), encoding="utf-8")
    seen = run("--check", cwd=tmp_path)
    assert seen.returncode == 1
    assert "sẽ sửa: policies/qd-124-2023/links.yaml" in seen.stdout and "announcement" not in seen.stdout
    assert file.read_text(encoding="utf-8") != whole
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "đã sửa: policies/qd-124-2023/links.yaml" in done.stdout
    assert run("--check", cwd=tmp_path).returncode == 0


def test_a_mistake_in_one_file_leaves_the_others_to_be_formatted(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("a: [1\n", encoding="utf-8")
    (tmp_path / "two.yaml").write_text("a:   1\n", encoding="utf-8")
    done = run(tmp_path, "--lang", "en")
    assert done.returncode == 1
    assert "yaml/unclosed" in done.stderr
    assert (tmp_path / "two.yaml").read_text(encoding="utf-8") == "a: 1\n"
    assert (tmp_path / "one.yaml").read_text(encoding="utf-8") == "a: [1\n"


def test_without_the_extra_one_plain_line_says_what_to_install() -> None:
    code = "import sys; sys.modules['ruamel'] = None; from engine.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "format"], capture_output=True, text=True, encoding="utf-8", cwd=ROOT,
        timeout=60, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("xeploai format: lệnh này cần thêm gói chưa cài: ruamel\n  cách sửa: chạy: ")
