"""Each regulation's folder says at its top which file answers what, in the words of the files themselves."""

from pathlib import Path

import pytest
from support import ROOT

POLICIES = ROOT / "policies"
FOLDERS = sorted(path.parent for name in ("regulation", "overlay") for path in POLICIES.glob(f"*/{name}.yaml"))


def question(policy: Path) -> list[str]:
    """The question that a policy file answers, in Vietnamese and English: the first lines of its comment."""
    comment = [line[2:].strip() for line in policy.read_text("utf-8").splitlines() if line.startswith("#")]
    return [line for line in comment if not line.startswith("yaml-language-server")][:2]


def index(folder: Path) -> str:
    """The lines of a folder's README, one a policy file."""
    head = next(path for path in (folder / "regulation.yaml", folder / "overlay.yaml") if path.is_file())
    others = [path for path in sorted(folder.rglob("*.yaml")) if path != head and not path.name.endswith(".test.yaml")]
    lines = []
    for path in (head, *others):
        name = path.relative_to(folder).as_posix()
        vietnamese, english = question(path)
        lines.append(f"- [{name}]({name}): {vietnamese} / *{english}*")
    return "\n".join(lines)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_index_of_a_folder_is_that_of_its_files(folder: Path) -> None:
    assert (folder / "README.md").read_text("utf-8").endswith(f"\n{index(folder)}\n")
