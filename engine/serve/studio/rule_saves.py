"""Saving a draft of policy files: written whole, then a git commit with the person as its author, and never a push.

What a save will change is noted before it begins (`unfinished`). If the process ends in the middle, the next server or
the next save takes back what was written; the draft is still there to be saved again.

On a branch of its own nothing in the folder changes: others look at the branch first. Without git, the earlier texts
are kept as dated copies in a hidden folder beside the policies.
"""

import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.files import read_content
from engine.base.letters import without_accents
from engine.base.writing import STEP, Unwritable, alone, make_folder, remove_abandoned, unwritable, whole
from engine.serve import unfinished
from engine.serve.studio.rule_drafts import WAIT, Draft, DraftFile, changed_elsewhere, policy_path, saved_text
from engine.versions.git import Answer, Repository, ask_git, commit_id, contents, repository_of, tree_of

HISTORY_SHOWN = 30
COPIES = ".history"
"""The hidden folder of dated copies where there is no git."""
BRANCHES = "xeploai/"
MOST_BRANCHES = 100
"""So many branches one person may have."""
WAIT_FOR_GIT = 5.0
"""Seconds in which a command of git ends that a killed server began."""
_STAMP = "%Y%m%dT%H%M%SZ"
_COPY = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}")
_FIELDS = "%H%x00%an%x00%aI%x00%s"


@dataclass(frozen=True)
class Saved:
    """What a save left: a commit, with the branch if it is one of its own, or the name of a dated copy."""

    commit: str | None
    branch: str | None = None
    copy: str | None = None


@dataclass(frozen=True)
class Earlier:
    """An earlier save: a commit or a dated copy, whose it is (empty if unknown), when, and what was said of it."""

    id: str
    person: str
    when: datetime
    message: str


def repository(folder: Path) -> Repository | None:
    """The git repository that keeps the policies; None if there is none, and then dated copies are kept."""
    try:
        place = repository_of(folder)
        commit_id(place, "HEAD", folder)
    except Problems:
        return None
    return place


def save(folder: Path, draft: Draft, person: str, message: str, *, own_branch: bool = False) -> Saved:
    """Save a draft: the files written and committed, or only committed to the person's own branch.

    Raises Problems, and leaves the files as they were: somebody else changed a file, another program holds git, or a
    file cannot be written."""
    place = repository(folder)
    with alone(folder, wait=WAIT) as lock:
        # A command of git that outlives this process keeps the folder until it is done.
        place = None if place is None else replace(place, inherited=(lock,))
        _take_back(folder, place, WAIT_FOR_GIT)
        stale = changed_elsewhere(folder, draft)
        if stale:
            raise Problems([diagnostic("edit/changed-elsewhere", Location(name)) for name in stale])
        if place is not None and own_branch:
            branch = _own_branch(place, folder, draft, person)
            return Saved(_commit_to(place, branch, draft, person, message), branch)
        copy = _kept_copy(folder, draft) if place is None else None
        unfinished.note(folder, msgspec.json.encode(draft))
        try:
            _write(folder, _texts(draft))
            commit = None if place is None else _commit_here(place, folder, draft, person, message)
        except Problems:
            _take_back(folder, place)
            raise
        unfinished.forget(folder)
        return Saved(commit, copy=copy)


def take_back_unfinished(folder: Path) -> None:
    """Takes back what a save wrote whose process ended before it was done. Raises Problems: a file cannot be written.

    A save that is under way in another process is left alone."""
    if unfinished.noted(folder) is None:
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(alone(folder, wait=WAIT))
        except Unwritable:
            return
        _take_back(folder, repository(folder), WAIT_FOR_GIT)


def _take_back(folder: Path, place: Repository | None, wait: float = 0.0) -> None:
    """Writes the earlier texts of a save that was noted and not done; what others have written since stays. `wait`:
    seconds for a command of git to end that a killed server began, since its commit may still come."""
    content = unfinished.noted(folder)
    if content is None:
        return
    draft = msgspec.json.decode(content, type=Draft)
    if place is not None:
        _unstage(place, [_from_top(place, name) for name in draft.files], wait)
    if not _done_already(folder, place, draft):
        written = {name: changed for name, changed in draft.files.items() if saved_text(folder, name) == changed.text}
        _write(folder, {name: changed.before for name, changed in written.items()})
        for parent in {policy_path(folder, name).parent for name in draft.files}:
            remove_abandoned(parent)
    unfinished.forget(folder)


def _unstage(place: Repository, paths: list[str], wait: float) -> None:
    """Makes the index of files that of the last commit, once no other command of git holds it."""
    until = time.monotonic() + wait
    while b".lock" in ask_git(place, "reset", "--quiet", "--", *paths).stderr and time.monotonic() < until:
        time.sleep(STEP)


def _done_already(folder: Path, place: Repository | None, draft: Draft) -> bool:
    texts = None if place is None else _texts_at(place, "HEAD", folder)
    return all(
        changed.text == (saved_text(folder, name) if texts is None else texts.get(name))
        for name, changed in draft.files.items()
    )


def _texts(draft: Draft) -> dict[str, str | None]:
    return {name: changed.text for name, changed in draft.files.items()}


def _write(folder: Path, texts: Mapping[str, str | None]) -> None:
    """Every file, or none: a disk that is full is noticed before the first file takes its place. Raises Unwritable."""
    paths = {policy_path(folder, name): text for name, text in texts.items()}
    with ExitStack() as stack:
        for path, text in paths.items():
            if text is not None:
                stream = stack.enter_context(whole(path))
                stream.write(text.encode())
                stream.flush()
    for path, text in paths.items():
        if text is None:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise unwritable(path, error) from error


def _commit_here(place: Repository, folder: Path, draft: Draft, person: str, message: str) -> str:
    """Commits the files, and nothing else that may be staged, to the current branch."""
    paths = [_from_top(place, name) for name in draft.files]
    _done(folder, ask_git(place, "add", "--", *paths))
    if ask_git(place, "diff", "--cached", "--quiet", "--no-ext-diff", "HEAD", "--", *paths).returncode:
        commit = ("commit", "--quiet", "--only", "-m", message, "--", *paths)
        _done(folder, ask_git(place, *_identity(person), *commit))
    return commit_id(place, "HEAD", folder)


def _own_branch(place: Repository, folder: Path, draft: Draft, person: str) -> str:
    """The person's branch. If it holds an earlier change of theirs to one of the files, which this draft knows nothing
    of, a further branch, so that the earlier change stays what it is."""
    name = BRANCHES + (_plain_name(person) or "studio")
    for branch in (name, *(f"{name}-{number}" for number in range(2, MOST_BRANCHES))):
        tip = ask_git(place, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}")
        if tip.returncode:
            return branch
        there = _texts_at(place, _line(tip), folder)
        if all(there.get(path) in (changed.before, changed.text) for path, changed in draft.files.items()):
            return branch
    raise Problems([diagnostic("git/failed", Location(str(folder)), reason=name)])


def _commit_to(place: Repository, branch: str, draft: Draft, person: str, message: str) -> str:
    """Commits the texts to a branch, with an index of its own: neither the folder nor the user's index is touched."""
    reference = f"refs/heads/{branch}"
    folder = place.top
    tip = ask_git(place, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    begun = tip.returncode == 0
    parent = _line(tip) if begun else commit_id(place, "HEAD", folder)
    with tempfile.TemporaryDirectory() as scratch:
        own = replace(place, environment={**place.environment, "GIT_INDEX_FILE": os.path.join(scratch, "index")})
        _done(folder, ask_git(own, "read-tree", parent))
        for name, changed in draft.files.items():
            path = _from_top(place, name)
            if changed.text is None:
                _done(folder, ask_git(own, "update-index", "--force-remove", "--", path))
                continue
            blob = _done(folder, ask_git(own, "hash-object", "-w", "--stdin", stdin=changed.text.encode()))
            _done(folder, ask_git(own, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}"))
        tree = _done(folder, ask_git(own, "write-tree"))
    made = ("commit-tree", tree, "-p", parent, "-m", message)
    commit = _done(folder, ask_git(place, *_identity(person), *made))
    _done(folder, ask_git(place, "update-ref", reference, commit, parent if begun else "0" * len(parent)))
    return commit


def _identity(person: str) -> tuple[str, ...]:
    """The settings that make a person the author. Only names are known here: the address leads nowhere."""
    name = re.sub(r"[<>\x00-\x1f]", " ", person).strip() or "studio"
    address = f"{_plain_name(person) or 'studio'}@studio.invalid"
    return ("-c", f"user.name={name}", "-c", f"user.email={address}", "-c", "commit.gpgsign=false")


def _plain_name(person: str) -> str:
    """A person's name in letters that git allows in the name of a branch."""
    return re.sub(r"[^a-z0-9]+", "-", without_accents(person.casefold())).strip("-")


def _from_top(place: Repository, name: str) -> str:
    return f"{place.inside}/{name}" if place.inside else name


def _line(answer: Answer) -> str:
    return answer.stdout.decode().strip()


def _done(folder: Path, answer: Answer) -> str:
    """What git printed. Raises Problems if it would not."""
    if answer.returncode == 0:
        return _line(answer)
    words = answer.stderr.decode(errors="backslashreplace").strip()
    if ".lock" in words:
        raise Problems([diagnostic("git/busy", Location(str(folder)))])
    reason = words.splitlines()[0].removeprefix("fatal: ") if words else str(answer.returncode)
    raise Problems([diagnostic("git/failed", Location(str(folder)), reason=reason)])


# --- earlier states -----------------------------------------------------------------------------------------------


def earlier(folder: Path) -> list[Earlier]:
    """The latest saves of the policies, the last one first."""
    place = repository(folder)
    if place is None:
        return _copies(folder)
    log = ("log", "-z", f"-{HISTORY_SHOWN}", f"--format={_FIELDS}", "--", place.inside or ".")
    answer = ask_git(place, *log)
    fields = answer.stdout.decode(errors="replace").split("\0")
    saves = zip(*[iter(fields)] * 4, strict=False)
    return [Earlier(commit, name, datetime.fromisoformat(when), message) for commit, name, when, message in saves]


def undoing(folder: Path, name: str) -> Draft:
    """The draft that takes a save back: each file that it changed, as it was before.

    `name`: the id of a commit, or the name of a dated copy. Raises Problems if there is no such save, or if a file was
    changed again since, which must be taken back first."""
    place = repository(folder)
    if place is None:
        before, after = _of_copy(folder, name)
    else:
        commit = commit_id(place, name, folder)
        before, after = _texts_at(place, f"{commit}^", folder), _texts_at(place, commit, folder)
    changed = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    later = [path for path in changed if after and saved_text(folder, path) != after.get(path)]
    if later or not changed:
        raise Problems([diagnostic("edit/changed-elsewhere", Location(path)) for path in later or [name]])
    return Draft({path: DraftFile(saved_text(folder, path), before.get(path)) for path in changed})


def _texts_at(place: Repository, revision: str, folder: Path) -> dict[str, str]:
    inside = f"{place.inside}/" if place.inside else ""
    tree = tree_of(place, commit_id(place, revision, folder))
    entries = {
        path.removeprefix(inside): entry
        for path, entry in tree.items()
        if path.startswith(inside) and path.endswith(".yaml") and entry.mode.startswith("100")
    }
    return {path: content.decode() for path, content in contents(place, entries.items()).items()}


@contextmanager
def _no_reason() -> Iterator[None]:
    """Turns errors of reading a dated copy into the problem that there is none."""
    try:
        yield
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise Problems([diagnostic("file/missing", Location(COPIES))]) from error


def _kept_copy(folder: Path, draft: Draft) -> str:
    """Keeps the saved texts of the files that a draft changes, under the time and a random part."""
    name = f"{datetime.now(UTC).strftime(_STAMP)}-{secrets.token_hex(4)}"
    for path, changed in draft.files.items():
        place = folder / COPIES / name / path
        make_folder(place.parent)
        with whole(place) as stream:
            stream.write((changed.before or "").encode())
    return name


def _copies(folder: Path) -> list[Earlier]:
    place = folder / COPIES
    names = sorted((path.name for path in place.iterdir() if _COPY.fullmatch(path.name)), reverse=True) \
        if place.is_dir() else []  # fmt: skip
    return [
        Earlier(name, "", datetime.strptime(name[:16], _STAMP).replace(tzinfo=UTC), "")
        for name in names[:HISTORY_SHOWN]
    ]


def _of_copy(folder: Path, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """The texts that a dated copy keeps; what they became is not kept, and so not compared."""
    with _no_reason():
        if not _COPY.fullmatch(name):
            raise FileNotFoundError(name)
        place = folder / COPIES / name
        return {path.relative_to(place).as_posix(): read_content(path).decode() for path in place.rglob("*.yaml")}, {}
