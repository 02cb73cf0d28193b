"""Git asked for what it alone knows: where a repository is, and what a commit or the index of it holds.

Git is only read, by ids: no checkout, filter, hook, external diff or pager runs, nothing is fetched, and no setting of
the folder can start a program. What a hook says in its environment is kept only if it is about this repository.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import FILE_LIMIT, MEGABYTE

Answer = subprocess.CompletedProcess[bytes]
"""What git printed, and its exit code."""
SECONDS = 120
LINK, SUBMODULE = "120000", "160000"

_OURS = ("GIT_CONFIG", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH", "GIT_TEST_")
"""Variables that a person sets for every repository; all others speak of one, or of how to read it."""
_SET = {
    "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_LITERAL_PATHSPECS": "1", "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
}  # fmt: skip
_SETTINGS = (
    "--no-pager", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.quotePath=false",
    "-c", "safe.bareRepository=explicit", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
)  # fmt: skip
_OF_A_HOOK = (
    "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH",
)  # fmt: skip
_INTENT_TO_ADD = 1 << 29
_STAGED = re.compile(
    rb"(\d{6}) ([0-9a-f]+) (\d)\t([^\0]+)\0"
    rb"(?:  ctime: .*\n  mtime: .*\n  dev: .*\n  uid: .*\n.*\tflags: ([0-9a-f]+)\n)?"
)


@dataclass(frozen=True)
class Repository:
    """A git repository and the place of the policies folder in it ("" for its top). `inherited`: descriptors that its
    commands have open as long as they run."""

    top: Path
    inside: str
    environment: Mapping[str, str] = field(default_factory=dict)
    inherited: tuple[int, ...] = ()


@dataclass(frozen=True)
class TreeEntry:
    """What a commit or the index holds at a path. `top` is that of the repository, which may be a submodule."""

    mode: str
    id: str
    top: Path


def repository_of(folder: Path) -> Repository:
    """The repository that a folder lies in. Raises Problems."""
    if shutil.which("git") is None:
        raise Problems([diagnostic("git/missing", Location(str(folder)))])
    whole = Path(os.path.abspath(folder))
    there = next(path for path in (whole, *whole.parents) if path.is_dir())
    ask = ("rev-parse", "--show-toplevel")
    answer, environment = _run(there, {}, *ask), dict[str, str]()
    named = _named_by_environment()
    if named and (answer.returncode or Path(named["GIT_WORK_TREE"]).is_relative_to(_line(answer))):
        meant = _run(there, named, *ask)
        if meant.returncode == 0 and _inside(whole, Path(_line(meant))) is not None:
            answer, environment = meant, named
    if answer.returncode:
        raise Problems([_refusal(folder, answer)])
    top = Path(_line(answer))
    inside = _inside(whole, top)
    if inside is None:
        raise Problems([diagnostic("git/no-repository", Location(str(folder)))])
    if not environment:
        own = _line(_run(there, {}, "rev-parse", "--absolute-git-dir"))
        environment = {"GIT_DIR": own, "GIT_WORK_TREE": str(top), **_of_hook(Path(own), top)}
    return Repository(top, inside, environment)


def commit_id(repository: Repository, revision: str, folder: Path) -> str:
    """The id of the commit that a revision names. Raises Problems."""
    ask = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    commit = ask_git(repository, *ask)
    if commit.returncode == 0:
        return _line(commit)
    if ask_git(repository, "rev-parse", "--verify", "--quiet", "HEAD").returncode:
        code = "git/no-commit"
    elif ask_git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        code = "git/shallow"
    else:
        code = "git/unknown-revision"
    raise Problems([diagnostic(code, Location(str(folder)), revision=revision)])


def tree_of(repository: Repository, commit: str) -> dict[str, TreeEntry]:
    """Everything that a commit holds, by its path from the top. Raises Problems."""
    listed = ask_git(repository, "ls-tree", "-r", "-z", "--full-tree", commit)
    if listed.returncode:
        raise Problems([_refusal(repository.top, listed)])
    entries = {}
    for line in listed.stdout.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, name = about.decode().split(" ")
        entries[os.fsdecode(path)] = TreeEntry(mode, name, repository.top)
    return entries


def index_of(repository: Repository) -> dict[str, TreeEntry]:
    """What the next commit would hold, by its path from the top. A file in conflict, or one whose coming is only
    announced (`git add -N`), is no part of it. Raises Problems if the policies folder holds one in conflict."""
    # The flags, of which one says that a file is only announced, are shown for debugging alone.
    listed = ask_git(repository, "ls-files", "--stage", "--debug", "-z", "--full-name")
    if listed.returncode:
        raise Problems([_refusal(repository.top, listed)])
    entries, unmerged = {}, dict[str, None]()
    for mode, name, stage, path, flags in _STAGED.findall(listed.stdout):
        if stage != b"0":
            unmerged[os.fsdecode(path)] = None
        elif not int(flags or b"0", 16) & _INTENT_TO_ADD:
            entries[os.fsdecode(path)] = TreeEntry(mode.decode(), name.decode(), repository.top)
    within = [path for path in unmerged if is_below(path, repository.inside)]
    if within:
        raise Problems([diagnostic("git/unmerged", Location(within[0]), files=", ".join(within))])
    return entries


def contents(repository: Repository, entries: Iterable[tuple[str, TreeEntry]]) -> dict[str, bytes]:
    """The bytes of files, by the names that come with them. Raises Problems for what is too large or not here."""
    wanted = dict(entries)
    contents_by_name: dict[str, bytes] = {}
    for top in dict.fromkeys(entry.top for entry in wanted.values()):
        ids = list(dict.fromkeys(entry.id for entry in wanted.values() if entry.top == top))
        place = repository if top == repository.top else Repository(top, "")
        blobs = dict(zip(ids, _blobs(place, ids), strict=True))
        for name, entry in wanted.items():
            if entry.top != top:
                continue
            content = blobs[entry.id]
            if isinstance(content, int):
                raise Problems([diagnostic("file/too-large", Location(name), limit=FILE_LIMIT // MEGABYTE)])
            if content is None:
                raise Problems([diagnostic("git/not-here", Location(name))])
            contents_by_name[name] = content
    return contents_by_name


def _blobs(repository: Repository, ids: list[str]) -> list[bytes | int | None]:
    """The contents of blobs: the size of one that is too large, None for one that the repository does not hold."""
    sizes = ask_git(repository, "cat-file", "--batch-check", stdin="".join(f"{name}\n" for name in ids).encode())
    if sizes.returncode:
        raise Problems([_refusal(repository.top, sizes)])
    blobs: list[bytes | int | None] = []
    read: list[tuple[int, str]] = []
    for number, line in enumerate(sizes.stdout.decode().splitlines()):
        name, kind, size = (*line.split(" "), "0")[:3]
        fits = kind == "blob" and int(size) <= FILE_LIMIT
        read += [(number, name)] if fits else []
        blobs.append(int(size) if kind == "blob" else None)
    stream = ask_git(repository, "cat-file", "--batch", stdin="".join(f"{name}\n" for _, name in read).encode()).stdout
    at = 0
    for number, _ in read:
        start = stream.index(b"\n", at) + 1
        size_here = int(stream[at:start].split(b" ")[2])
        blobs[number] = stream[start : start + size_here]
        at = start + size_here + 1
    return blobs


def is_below(path: str, folder: str) -> bool:
    """Is a path in a folder ("" for the top)?"""
    return not folder or path.startswith(f"{folder}/")


def ask_git(repository: Repository, *arguments: str, stdin: bytes = b"") -> Answer:
    """What git answers about a repository, with its exit code: it raises nothing."""
    return _run(repository.top, repository.environment, *arguments, stdin=stdin, inherited=repository.inherited)


def _run(
    folder: Path, environment: Mapping[str, str], *arguments: str, stdin: bytes = b"", inherited: tuple[int, ...] = ()
) -> Answer:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name.startswith(_OURS)}
    command = ["git", *_SETTINGS, "-C", str(folder), *arguments]
    try:
        return subprocess.run(
            command, input=stdin, capture_output=True, timeout=SECONDS, check=False,
            env={**clean, **environment, **_SET}, pass_fds=inherited,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 128, b"", str(error).encode())


def _line(answer: Answer) -> str:
    return os.fsdecode(answer.stdout.removesuffix(b"\n"))


def _refusal(folder: Path, answer: Answer) -> Diagnostic:
    """What git would not do, in its own words translated."""
    words = answer.stderr.decode(errors="backslashreplace").strip()
    place = Location(str(folder))
    if "dubious ownership" in words:
        owned = re.search(r"in repository at '(.*)'", words)
        return diagnostic("git/owner", place, folder=owned[1] if owned else str(folder))
    if not words or "not a git repository" in words or "work tree" in words or "bare repository" in words:
        return diagnostic("git/no-repository", place)
    return diagnostic("git/failed", place, reason=words.splitlines()[0].removeprefix("fatal: "))


def _inside(folder: Path, top: Path) -> str | None:
    """The place of a folder below the top, as it is named if its name leads there, and otherwise as it is."""
    real = top.resolve()
    for path in (folder, *folder.parents):
        if path.resolve() == real:
            inside = folder.relative_to(path).as_posix()
            return "" if inside == "." else inside
    whole = folder.resolve()
    if not whole.is_relative_to(real):
        return None
    inside = whole.relative_to(real).as_posix()
    return "" if inside == "." else inside


def _named_by_environment() -> dict[str, str]:
    """A repository that a person names by both of GIT_DIR and GIT_WORK_TREE. A hook has the first alone."""
    names = ("GIT_DIR", "GIT_WORK_TREE")
    given = {name: os.path.abspath(os.environ[name]) for name in (*names, *_OF_A_HOOK[:1]) if os.environ.get(name)}
    return given if all(name in given for name in names) else {}


def _of_hook(own: Path, top: Path) -> dict[str, str]:
    """The index and the objects that git gives a hook, if it is one of this very repository."""
    given = {name: os.environ[name] for name in _OF_A_HOOK if os.environ.get(name)}
    if not given:
        return {}
    running = {name: os.environ[name] for name in ("GIT_DIR", "GIT_WORK_TREE") if os.environ.get(name)}
    hooked = _run(Path.cwd(), running, "rev-parse", "--absolute-git-dir")
    if hooked.returncode or Path(_line(hooked)).resolve() != own.resolve():
        return {}
    # Git takes the index's name from the top of the work tree, and the others from where it was started.
    return {name: os.path.join(top if name == "GIT_INDEX_FILE" else Path.cwd(), value) for name, value in given.items()}
