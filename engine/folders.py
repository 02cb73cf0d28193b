"""Where things lie: the files of a policies folder, and the program's own folders. Names alone; nothing is read."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

VOCABULARY_FILE = "facts.yaml"
REGULATION_FILE = "regulation.yaml"
OVERLAY_FILE = "overlay.yaml"
TEST_SUFFIX = ".test.yaml"
CASES_FOLDER = "cases"
_YAML = re.compile(r"\.ya?ml(\.txt)?$", re.IGNORECASE)


def data_folder(name: str) -> Path:
    """The folder `schemas` or `policies` of this program: inside an installed package, or beside it."""
    package = Path(__file__).resolve().parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name


def regulation_folders(folder: Path) -> tuple[Path, ...]:
    """The folders below that hold a regulation or a local layer, in order."""
    named = (*folder.glob(f"*/{REGULATION_FILE}"), *folder.glob(f"*/{OVERLAY_FILE}"))
    return tuple(sorted({path.parent for path in named}))


def policy_files(regulation_folder: Path) -> Iterator[Path]:
    """The policy files of a regulation, without tests and cases."""
    for path in sorted(regulation_folder.rglob("*.yaml")):
        inside = path.relative_to(regulation_folder).parts
        if not path.name.endswith(TEST_SUFFIX) and CASES_FOLDER not in inside[:-1]:
            yield path


def test_files(folder: Path) -> tuple[Path, ...]:
    """The policy tests below a folder, in order."""
    return tuple(sorted(folder.rglob(f"*{TEST_SUFFIX}")))


def library_files(folder: Path) -> list[Path]:
    """Every file that a library is read from."""
    return [folder / VOCABULARY_FILE, *(path for each in regulation_folders(folder) for path in policy_files(each))]


def passed_over(folder: Path, read: Iterable[Path]) -> list[Path]:
    """What is YAML by its name and neither a test nor among what is `read`; hidden files and folders are left alone."""
    found: list[Path] = []
    for place, below, names in os.walk(folder):
        below[:] = [name for name in below if not name.startswith(".")]
        found += [Path(place, name) for name in names if _YAML.search(name) and not name.startswith(".")]
    return sorted({path for path in found if not path.name.endswith(TEST_SUFFIX)} - set(read))
