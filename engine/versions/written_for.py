"""The regulation that a local layer was written for: what in it has changed since, and what that means for the layer.

A layer's `written_for` names the content hash that the regulation had, and its policies folder keeps a copy of it in a
hidden folder, because an upgraded program carries the new text alone.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from engine.base.diagnostics import Diagnostic, Problems, note, warning
from engine.base.documents import Document
from engine.base.files import read_content, read_policy
from engine.base.words import words
from engine.base.writing import make_folder, whole
from engine.base.yaml_text import read_yaml
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Text
from engine.load.policies.folders import OVERLAY_FILE, VOCABULARY_FILE, policy_files, regulation_folders, yaml_files
from engine.load.policies.library import read_library
from engine.versions.diff import differences
from engine.versions.overlay import in_short
from engine.versions.strictness import Direction
from engine.versions.versions import Version

COPY = ".written-for"
"""Where a policies folder keeps the regulations that its layers were written for; hidden, so that nothing reads it as
policies of the folder."""
MOVES: tuple[Direction, ...] = ("tightened", "loosened", "both_ways", "not_decided")
SAYS = words("diff", "says")
_LINES = re.compile(r"^written_for:.*\n(?:[ \t]+.*\n)*", re.MULTILINE)
_EXTENDS = re.compile(r"^extends:.*\n", re.MULTILINE)


def changes_below(folder: Path, library: Library, place: Path | None = None) -> Iterator[Diagnostic]:
    """For each layer of a policies folder whose regulation has changed since the layer was written: that it has, and
    everything by which somebody is now judged otherwise under the layer, with a case that shows it.

    `place`: the folder that keeps the copy of the regulation, if `folder` itself is a copy of what is staged."""
    for _, head in _layers(folder):
        written_for = head.data.get("written_for")
        regulation = library.regulations.get(head.data["extends"])
        layer = library.regulations.get(head.data["id"])
        if written_for is None or regulation is None or layer is None:
            continue
        if written_for["content"] != regulation.content_hash:
            before = _before(folder, (place or folder) / COPY, head)
            yield from _changed(before, Version(layer.id, library, layer), head)


def _changed(before: Version | None, layer: Version, head: Document) -> Iterator[Diagnostic]:
    place = head.location(("written_for", "content"))
    regulation = layer.library.regulations[head.data["extends"]]
    about = {
        "base": regulation.id,
        "written": head.data["written_for"].get("version", "?"),
        "current": version_of(regulation) or "?",
        "copy": COPY,
    }
    if before is None:
        yield warning("overlay/changed-below", place, summary=_text("unknown_below"), **about)
        return
    moved = [
        difference
        for difference in differences(before, layer)
        if difference.direction in MOVES and not difference.dormant and difference.what != "parameter"
    ]
    counts = Counter(difference.direction for difference in moved)
    summary = _joined([(_text(direction), counts[direction]) for direction in MOVES if counts[direction]])
    found = warning if moved else note
    yield found("overlay/changed-below", place, summary=summary or _text("moves_nobody"), **about)
    for difference in moved:
        yield note(
            "overlay/moved-below", place, rule=difference.new or difference.old or "",
            direction=_text(difference.direction), base=regulation.id, witness=in_short(difference),
        )  # fmt: skip


def _before(folder: Path, copy: Path, head: Document) -> Version | None:
    """The layer over the regulation that it was written for; None if the copy of that is missing or another."""
    try:
        library, _ = read_library(folder, copy)
    except Problems:
        return None
    below = library.regulations.get(head.data["extends"])
    if below is None or below.content_hash != head.data["written_for"]["content"]:
        return None
    return Version(head.data["id"], library, library.regulations[head.data["id"]])


def renew(folder: Path, library: Library) -> tuple[Regulation, ...]:
    """Writes into each layer of a policies folder that it was written for its regulation as it is now, with a copy of
    that. Regulations of the folder itself are not copied. Returns the regulations. Raises Problems."""
    renewed: dict[str, Regulation] = {}
    own = {path.name for path in regulation_folders(folder)}
    for path, head in _layers(folder):
        regulation = library.regulations[head.data["extends"]]
        if regulation.id in own:
            continue
        renewed[regulation.id] = regulation
        version = version_of(regulation)
        stated = f"version: {version}, " if version else ""
        line = f"written_for: {{{stated}content: {regulation.content_hash}}}\n"
        text = read_policy(path)
        if _LINES.search(text):
            text = _LINES.sub(line, text)
        else:
            text = _EXTENDS.sub(lambda extends, line=line: extends[0] + line, text)  # type: ignore[misc]
        _write(path, text.encode())
    for path in yaml_files(folder / COPY):
        path.unlink()
    for regulation in renewed.values():
        inside = Path(regulation.location.file).parent
        for origin in (inside.parent / VOCABULARY_FILE, *policy_files(inside)):
            _write(folder / COPY / origin.relative_to(inside.parent), read_content(origin))
    return tuple(renewed.values())


def version_of(regulation: Regulation) -> str | None:
    """The version that a regulation's own file states of its rules."""
    version: str | None = read_yaml(Path(regulation.location.file)).data.get("version")
    return version


def _layers(folder: Path) -> Iterator[tuple[Path, Document]]:
    for inside in regulation_folders(folder):
        if (inside / OVERLAY_FILE).is_file():
            yield inside / OVERLAY_FILE, read_yaml(inside / OVERLAY_FILE)


def _write(path: Path, content: bytes) -> None:
    make_folder(path.parent)
    with whole(path) as stream:
        stream.write(content)


def _text(key: str) -> Text:
    return Text(**SAYS[key])


def _joined(counts: list[tuple[Text, int]]) -> Text | None:
    parts = [(f"{text.vi}: {count}", f"{text.en}: {count}") for text, count in counts]
    return Text(*("; ".join(side) for side in zip(*parts, strict=True))) if parts else None
