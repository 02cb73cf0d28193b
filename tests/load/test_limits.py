"""Files that are cheap to make and dear to read are refused within seconds, with the limit named.

Each is judged in a process of its own, with so many seconds of processor time and so much memory.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from shutil import copyfile, copytree

import pytest
from support import ROOT
from support.forked_command import Forks, forks
from support.hostile_inputs import HOSTILE, LARGE, Hostile

POLICIES = ["--policies", str(ROOT / "policies"), "--lang", "en"]
SECONDS, BYTES = 8, 900_000_000


@pytest.fixture(scope="module")
def forked() -> Iterator[Forks]:
    with forks() as process:
        yield process


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes a hostile file into a folder of its own, once for all tests: some take seconds."""

    @cache
    def write(name: str) -> Path:
        path = tmp_path_factory.mktemp("hostile") / HOSTILE[name].file
        HOSTILE[name].write(path)
        return path

    return write


@pytest.mark.parametrize("name", HOSTILE)
def test_work_is_bounded_by_the_size_of_the_input(
    name: str, tmp_path: Path, written: Callable[[str], Path], forked: Forks
) -> None:
    hostile: Hostile = HOSTILE[name]
    file = str(written(name))
    code, printed, _ = forked.run("evaluate", file, *POLICIES, cwd=tmp_path, seconds=SECONDS, memory=BYTES)
    assert code == 1, printed[-2000:]
    assert hostile.says in printed
    assert len(printed) < 2_000_000


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_and_right_is_read(name: str, tmp_path: Path, forked: Forks) -> None:
    large = LARGE[name]
    large.write(tmp_path / large.file)
    code, printed, _ = forked.run("evaluate", large.file, *POLICIES, cwd=tmp_path, seconds=60, memory=BYTES)
    assert large.says in printed, printed[-2000:]
    assert code in (0, 1)


POPULATION = (
    "a million NaN",
    "lists of nothing",
    "one text of 19 MB",
    "three million blank lines",
    "one text of 150 MB in Parquet",
    "texts that Parquet repeats",
    "different texts of more than 1 GB in Parquet",
)


@pytest.mark.parametrize("name", POPULATION)
def test_work_of_a_population_is_bounded_too(
    name: str, tmp_path: Path, written: Callable[[str], Path], forked: Forks
) -> None:
    """What DuckDB reserves it need not use: the memory that counts is that in use at the worst moment."""
    hostile = HOSTILE[name]
    ended = forked.run("population", str(written(name)), "-o", "rows.ndjson", *POLICIES, cwd=tmp_path, seconds=12)
    assert ended.code == 1, ended.printed[-2000:]
    assert hostile.says in ended.printed
    assert ended.kilobytes < 500_000


# --- policies ---------------------------------------------------------------------------------------------------------


def any_of(count: int, operator: str) -> str:
    conditions = ", ".join(f"{{fact: signs.complaints, {operator}: {number}}}" for number in range(1, count + 1))
    return f"    when: {{any: [{conditions}]}}\n"


def edited(folder: Path, file: str, old: str, new: str) -> None:
    copytree(ROOT / "engine" / "starter", folder / "rules")
    path = folder / "rules" / "mau-2025" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


WHEN = "    when: {fact: signs.complaints, at_least: {parameter: complaints_to_clarify}}\n"
MUST = "    must: {monotone: {facts: [work.completed], more: never_worse}}\n"


def in_a_property(count: int) -> str:
    below = ", ".join(f"{{fact: work.completed_percent, less_than: {n / 100}}}" for n in range(1, count + 1))
    return f"    must: {{never: {{when: {{any: [{below}]}}, outcome: high}}}}\n"


WIDE = {
    "a wide rule": ("triggers.yaml", WHEN, any_of(3_000, "at_least")),
    "a rule that is too wide": ("triggers.yaml", WHEN, any_of(3_000, "is")),
    "a wide property": ("regulation.properties.yaml", MUST, in_a_property(3_000)),
}


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("a wide rule", 0, "0 errors"),
        ("a wide property", 0, "0 errors"),
        ("a rule that is too wide", 1, "rule/too-wide"),
    ],
)
def test_the_check_of_a_wide_condition_is_bounded(
    name: str, code: int, says: str, tmp_path: Path, forked: Forks
) -> None:
    edited(tmp_path, *WIDE[name])
    ended = forked.run("check", "--policies", "rules", "--lang", "en", cwd=tmp_path, seconds=SECONDS, memory=4 * BYTES)
    assert (ended.code, says in ended.printed) == (code, True), ended.printed[-2000:]


NEWEST = {
    "votes.yaml": ("  - &a x\n" * 200_000, "yaml/alias"),
    "dossier.yaml": ("  ? [a]\n  : 1\n" * 100_000, "yaml/key-not-text"),
    "forms/forms.yaml": ("  - " + "[" * 9_000 + "]" * 9_000 + "\n", "yaml/too-deep"),
    "regulation.properties.yaml": (
        "".join(f"  - {{id: p, label: {{vi: a, en: b}}, x{n}: {'9' * 1_000}}}\n" for n in range(5_000)), "and 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("file", NEWEST)
def test_the_check_of_hostile_yaml_is_bounded_in_every_kind_of_file(file: str, tmp_path: Path, forked: Forks) -> None:
    rules = tmp_path / "rules"
    copytree(ROOT / "policies" / "qd-366-2025", rules / "qd-366-2025")
    copyfile(ROOT / "policies" / "facts.yaml", rules / "facts.yaml")
    path, (items, says) = rules / "qd-366-2025" / file, NEWEST[file]
    head, key, _ = re.split(r"(?m)^(majorities|papers|forms|properties):\n", path.read_text("utf-8"), maxsplit=1)
    path.write_text(f"{head}{key}:\n{items}", "utf-8")
    ended = forked.run("check", "--policies", "rules", "--lang", "en", cwd=tmp_path, seconds=SECONDS, memory=4 * BYTES)
    assert (ended.code, says in ended.printed) == (1, True), ended.printed[-2000:]
    assert len(ended.printed) < 200_000
