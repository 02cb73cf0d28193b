"""Whether the past value of a parameter was overwritten instead of a new one being added, as git shows it.

A value that held is part of how past cases were judged. What changes from some day on is added with its own day.
"""

from collections.abc import Iterator
from pathlib import Path

from engine.base.diagnostics import Diagnostic, Problems, note
from engine.core.policy.regulation import Library
from engine.core.policy.values import written
from engine.load.policies.library import read_library
from engine.versions.revisions import commit_of, contents_of, policies_at


def overwritten_in_git(folder: Path, library: Library, *, staged: bool = False) -> tuple[Diagnostic, ...]:
    """What the folder overwrites since the last commit, or the last commit since the one before if nothing is
    uncommitted. Nothing is said outside git, or if the earlier policies do not load. `staged`: the library is what
    the next commit would hold."""
    commit = commit_of(folder)
    if commit is None:
        return ()
    try:
        with policies_at(folder, "HEAD~1" if commit[1] and not staged else "HEAD") as copy:
            # Reading the earlier policies takes as long as reading the present ones, and most commits change no value.
            if not staged and _files_with_parameters(copy) == _files_with_parameters(folder):
                return ()
            return tuple(overwritten(read_library(copy)[0], library))
    except Problems:
        return ()


def committed_library(folder: Path) -> Library | None:
    """The policies of the last commit; None outside git, and if they do not load."""
    try:
        with policies_at(folder, "HEAD") as copy:
            return read_library(copy)[0]
    except Problems:
        return None


def _files_with_parameters(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents_of(folder).items() if b"parameters" in content}


def overwritten(before: Library, after: Library) -> Iterator[Diagnostic]:
    """The parameters of which a dated value is another, or gone."""
    for name, regulation in after.regulations.items():
        earlier = before.regulations.get(name)
        if earlier is None or regulation.extends is not None:
            continue
        for parameter in regulation.parameters.values():
            kept = earlier.parameters.get(parameter.id)
            now = {value.since: value for value in parameter.values}
            for value in kept.values if kept is not None else ():
                there = now.get(value.since)
                if there is None or there.value != value.value:
                    yield note(
                        "parameter/overwritten", there.location if there else parameter.location,
                        name=parameter.id, day=value.since.isoformat(), old=written(value.value),
                    )  # fmt: skip
