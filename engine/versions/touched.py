"""Which regulations an edit of policy files may have changed: their own files, or those of what they build on."""

from pathlib import Path

from engine.base.diagnostics import Problems
from engine.base.files import read_content
from engine.core.policy.regulation import Library
from engine.load.policies.folders import TEST_SUFFIX, yaml_files
from engine.versions.revisions import policies_at


def touched(library: Library, folder: Path, earlier: Path) -> frozenset[str]:
    """The regulations of a library, read from `folder`, that depend on a file that is another one in `earlier`.

    Tests of policies change nothing. A file outside of every regulation, as the vocabulary, changes all of them."""
    then, now = _texts(earlier), _texts(folder)
    changed = {path.parts[0] for path in then.keys() | now.keys() if then.get(path) != now.get(path)}
    homes = {name: Path(regulation.location.file).parent.name for name, regulation in library.regulations.items()}
    if changed - set(homes.values()):
        return frozenset(homes)
    return frozenset(name for name in homes if not changed.isdisjoint(homes[below] for below in _line(library, name)))


def touched_since_head(library: Library, folder: Path, repository: Path) -> frozenset[str]:
    """The regulations of a library, read from `folder`, that differ from the last commit of the policies folder in a
    repository; all of them if there is no such commit."""
    try:
        with policies_at(repository, "HEAD") as earlier:
            return touched(library, folder, earlier)
    except Problems:
        return frozenset(library.regulations)


def _line(library: Library, name: str | None) -> list[str]:
    """A regulation and what it builds on, as far as the library holds it."""
    regulation = library.regulations.get(name or "")
    return [] if regulation is None else [regulation.id, *_line(library, regulation.extends)]


def _texts(folder: Path) -> dict[Path, bytes]:
    """The policy files by their paths in the folder, with line ends made alike, since git may change them."""
    return {
        path.relative_to(folder): read_content(path).replace(b"\r\n", b"\n")
        for path in yaml_files(folder)
        if not path.name.endswith(TEST_SUFFIX)
    }
