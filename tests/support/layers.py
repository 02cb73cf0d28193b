"""A local layer in a folder of its own, over a small regulation that stands for what the program carries."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.base.diagnostics import Diagnostic
from engine.core.policy.regulation import Library
from engine.load.policies.library import read_library
from engine.versions.written_for import changes_below, renew
from support import TESTS

LAYER = """kind: overlay
id: local
label: {vi: Lớp địa phương, en: Local layer}
issued_by: {vi: Nơi ban hành, en: Issuer}
issued_on: 2021-01-01
in_force: {from: 2021-01-01}
extends: small
sources:
  - {document: local-decree, locator: mục 1, status: inferred, note: {vi: Suy ra., en: Deduced.}}
documents:
  - {id: local-decree, label: {vi: Văn bản địa phương, en: Local decree}}
"""
FACTS = """kind: facts
id: facts
label: {vi: Từ vựng, en: Vocabulary}
facts:
  local.letters:
    type: integer
    label: {vi: Số đơn, en: Letters}
    question: {vi: "Bao nhiêu đơn?", en: "How many letters?"}
    typical: 0
"""


def layer_over_small(tmp_path: Path) -> tuple[Path, Path]:
    """The folder of a layer written for the small regulation, and the folder that carries that."""
    folder, carried = tmp_path / "province", tmp_path / "carried"
    shutil.copytree(TESTS / "broken" / "base", carried)
    (carried / "small" / "regulation.yaml").write_text(
        (carried / "small" / "regulation.yaml")
        .read_text("utf-8")
        .replace('number: "1"\n', 'number: "1"\nversion: 1.2.0\n')
        .replace(", until: 2029-12-31", ""),
        encoding="utf-8",
    )
    (folder / "local").mkdir(parents=True)
    (folder / "local" / "overlay.yaml").write_text(LAYER, encoding="utf-8")
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    renew(folder, library_of(folder, carried))
    return folder, carried


def library_of(folder: Path, carried: Path) -> Library:
    """The library of a folder that builds on another."""
    return read_library(folder, carried)[0]


def edit_below(carried: Path, file: str, old: str, new: str) -> None:
    """An upgrade that changes one place in a file of the small regulation."""
    path = carried / "small" / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def reworded_below(tmp_path: Path) -> Iterator[Diagnostic]:
    """What is said of a layer after an upgrade that changes wording alone."""
    folder, carried = layer_over_small(tmp_path)
    edit_below(carried, "ladder.yaml", "vi: Thang", "vi: Thang mới")
    return changes_below(folder, library_of(folder, carried))


def moved_below(tmp_path: Path) -> Iterator[Diagnostic]:
    """What is said of the rule that an upgrade loosens."""
    folder, carried = layer_over_small(tmp_path)
    edit_below(carried, "ladder.yaml", "value: 100", "value: 90")
    return (one for one in changes_below(folder, library_of(folder, carried)) if one.code == "overlay/moved-below")
