"""Where the files of a policies folder are. Only names are looked at; no file is read."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.files import system_reason

VOCABULARY_FILE = "facts.yaml"


REGULATION_FILE = "regulation.yaml"


OVERLAY_FILE = "overlay.yaml"


TEST_SUFFIX = ".test.yaml"


PROPERTIES_SUFFIX = ".properties.yaml"


ABOUT_POLICIES = (TEST_SUFFIX, PROPERTIES_SUFFIX)
"""How the names of files end that stand beside the policies and rule nothing."""


POLICIES_FOLDER = "policies"


CASES_FOLDER = "cases"


FORMS_FOLDER, FORMS_FILE = "forms", "forms.yaml"
"""Where a regulation keeps the forms that it offers, and the file there that names them."""


MOST_LOOKED_AT = 100


MOST_FOLDERS = 10_000
"""A link can lead to the whole of a disk."""


_YAML = re.compile(r"\.ya?ml(\.txt)?$", re.IGNORECASE)


def is_hidden(name: str) -> bool:
    """Is a name hidden? Editors, other systems and mounted folders keep such files next to those of a person."""
    return name.startswith(".")


def is_yaml(name: str) -> bool:
    """Is a file YAML by its name, even if it has an ending that is not read?"""
    return _YAML.search(name) is not None and not is_hidden(name)


def policies_here() -> Path | None:
    """The policies folder to use in the current folder: `policies` in it, or this folder itself; None if neither is."""
    if Path(POLICIES_FOLDER).is_dir():
        return Path(POLICIES_FOLDER)
    return Path() if Path(VOCABULARY_FILE).is_file() else None


def policies_nearby() -> Path | None:
    """The path that a person who named no policies folder probably means; None if there is none.

    It is something called `policies` here that is no policies folder, or a policies folder above, up to the top of the
    git repository, or one below."""
    if os.path.lexists(POLICIES_FOLDER):
        return Path(POLICIES_FOLDER)
    here = Path.cwd()
    for folder in (here, *here.parents):
        for place in (folder, folder / POLICIES_FOLDER):
            if folder != here and (place / VOCABULARY_FILE).is_file():
                return Path(os.path.relpath(place))
        if (folder / ".git").exists():
            break
    if _holds_policies(here):
        return Path()
    below = (place for place in _folders(here) if any(map(_holds_policies, (place, *_folders(place)))))
    return next((place.relative_to(here) for place in below), None)


def _holds_policies(folder: Path) -> bool:
    names = (VOCABULARY_FILE, REGULATION_FILE, OVERLAY_FILE)
    return any((folder / name).with_suffix(suffix).is_file() for name in names for suffix in (".yaml", ".yml"))


def _folders(folder: Path) -> list[Path]:
    """The first folders in a folder, which may be a person's home."""
    with suppress(Problems):
        folders = (path for path, is_folder in _within(folder) if is_folder)
        return list(islice(folders, MOST_LOOKED_AT))
    return []


def _within(folder: Path) -> list[tuple[Path, bool]]:
    """What is in a folder and not hidden, in order, each with whether it is a folder or a link to one. Raises Problems
    if the folder cannot be listed."""
    try:
        names = sorted(name for name in os.listdir(folder) if not is_hidden(name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Problems([diagnostic("file/unreadable", Location(str(folder)), **system_reason(error))]) from None
    return [(folder / name, os.path.isdir(folder / name)) for name in names]


def regulation_folders(folder: Path) -> tuple[Path, ...]:
    """The folders below that hold a regulation or a local layer, in order."""
    heads = (REGULATION_FILE, OVERLAY_FILE)
    # A link that leads nowhere counts, so that whoever reads it reports the problem.
    return tuple(
        path for path, is_folder in _within(folder) if is_folder and any(os.path.lexists(path / head) for head in heads)
    )


def policy_files(regulation_folder: Path) -> Iterator[Path]:
    """The policy files of a regulation, without tests, properties, forms and cases."""
    for path in yaml_files(regulation_folder):
        inside = path.relative_to(regulation_folder).parts
        rules = path.suffix == ".yaml" and not path.name.endswith(ABOUT_POLICIES)
        if rules and not {CASES_FOLDER, FORMS_FOLDER} & {*inside[:-1]}:
            yield path


def test_files(folder: Path) -> tuple[Path, ...]:
    """The policy tests below a folder, in order."""
    return tuple(path for path in yaml_files(folder) if path.name.endswith(TEST_SUFFIX))


def properties_files(folder: Path) -> tuple[Path, ...]:
    """The files below a folder that say what must hold for every case, in order."""
    return tuple(path for path in yaml_files(folder) if path.name.endswith(PROPERTIES_SUFFIX))


def yaml_files(folder: Path) -> list[Path]:
    """The files below a folder that are YAML by their names and not hidden, in order. A link to a folder is followed,
    unless it leads back to a folder above, or to cases. Raises Problems if a folder cannot be listed, or if links lead
    to too many folders."""
    files: list[Path] = []
    waiting: list[tuple[Path, tuple[str, ...]]] = [(folder, ())]
    behind_links = 0
    while waiting:
        place, passed = waiting.pop()
        behind_links += bool(passed)
        if behind_links > MOST_FOLDERS:
            raise Problems([diagnostic("folder/too-many", Location(str(folder)), limit=MOST_FOLDERS)])
        for path, is_folder in _within(place):
            if not is_folder:
                files += [path] if is_yaml(path.name) else []
            elif not path.is_symlink():
                waiting.append((path, passed))
            elif CASES_FOLDER not in path.relative_to(folder).parts:
                came, leads = (*passed, os.path.realpath(place)), os.path.realpath(path)
                if not any(Path(passed_folder).is_relative_to(leads) for passed_folder in came):
                    waiting.append((path, came))
    return sorted(files)


def library_files(folder: Path) -> list[Path]:
    """Every file that a library is read from."""
    return [
        folder / VOCABULARY_FILE,
        *(path for regulation_folder in regulation_folders(folder) for path in policy_files(regulation_folder)),
    ]


def passed_over(folder: Path, read: Iterable[Path]) -> list[Path]:
    """The files below a folder that are YAML by their names, no tests, properties or forms, and not among those
    `read`."""
    files = {path for path in yaml_files(folder) if not path.name.endswith(ABOUT_POLICIES)}
    return sorted(path for path in files - set(read) if path.parts[-2:] != (FORMS_FOLDER, FORMS_FILE))
