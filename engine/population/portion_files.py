"""What a run keeps of each portion, in files of its folder, and what the next run over the same cases trusts of it.

A portion counts as decided once its record is there and seals the other two files: its rows and its rejected cases.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from engine.base.diagnostics import Diagnostic, Location, Problems
from engine.base.files import opened, read_text
from engine.base.hashing import content_hash
from engine.base.writing import whole_text
from engine.core.judge.case import Rejected
from engine.core.policy.terms import Text
from engine.population.portions import Portion

RUN_FILE = "run.json"


@dataclass(frozen=True)
class Done:
    """A portion that was decided: what was in it, and how many of its cases were judged, and how."""

    number: int
    digest: str
    file: str
    first: int
    places: tuple[tuple[str, int], ...]
    cases: int
    judged: int
    one_by_one: int
    rejected: int

    def place(self, number: int) -> tuple[str, int]:
        """The file and line where the case of line `number` (from 1 on) begins."""
        return self.places[number - 1] if self.places else (self.file, self.first + number - 1)


@dataclass(frozen=True)
class PortionFiles:
    """The files of a run's folder."""

    folder: Path

    def part(self, number: int) -> Path:
        """The rows of a portion."""
        return self.folder / part_name(number)

    def record(self, number: int) -> Path:
        """What became of a portion, sealed by a hash."""
        return self.folder / f"part-{number:06}.json"

    def rejected(self, number: int) -> Path:
        """The rejected cases of a portion."""
        return self.folder / f"rejected-{number:06}.json"

    def rejected_cases(self, number: int) -> list[dict[str, Any]]:
        """The rejected cases of a portion, each with its line, as `rejected_of` reads them."""
        cases: list[dict[str, Any]] = _json(self.rejected(number))
        return cases

    def begin(self, key: Mapping[str, Any], portion: int) -> int:
        """Keeps what an earlier run with the same key has decided, and deletes anything else.

        Gives the size of portions in bytes: `portion`, or that of the earlier run if there was one."""
        manifest = self.folder / RUN_FILE
        kept = _json(manifest)
        wanted = json.loads(json.dumps({**key, "portion": None}))
        if isinstance(kept, dict) and {**kept, "portion": None} == wanted:
            size = kept.get("portion")
            if type(size) is int and size > 0:
                return size
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        _write(manifest, {**key, "portion": portion})
        return portion

    def finished(self, portion: Portion) -> Done | None:
        """What an earlier run came to for a portion, if the portion is the same and its files are as they were."""
        record = _json(self.record(portion.number))
        if not isinstance(record, dict) or record.keys() != {"done", "files", "seal"}:
            return None
        kept, files, seal = record["done"], record["files"], record["seal"]
        if seal != content_hash([kept, files]):
            return None
        if (kept["digest"], kept["file"], kept["first"]) != (portion.digest, portion.file, portion.first):
            return None
        if files != self._sealed(portion.number):
            return None
        return Done(**{**kept, "places": tuple((file, line) for file, line in kept["places"])})

    def keep_rejected(self, number: int, cases: list[tuple[int, Rejected]]) -> None:
        """Writes the rejected cases of a portion, each with its line."""
        _write(self.rejected(number), [plain_rejected(line, case) for line, case in cases])

    def seal(self, done: Done) -> None:
        """Writes the record of a portion, after its other files."""
        kept, files = json.loads(json.dumps(asdict(done))), self._sealed(done.number)
        _write(self.record(done.number), {"done": kept, "files": files, "seal": content_hash([kept, files])})

    def _sealed(self, number: int) -> list[list[Any]]:
        """The files of a portion as they are now: name, size, and hash of the content."""
        return [[path.name, *_size_and_digest(path)] for path in (self.part(number), self.rejected(number))]


def part_name(number: int) -> str:
    """The file of the rows of a portion."""
    return f"part-{number:06}.parquet"


def _json(path: Path) -> Any:
    try:
        return json.loads(read_text(path, 2**31))
    except (Problems, ValueError, RecursionError):
        return None


def _size_and_digest(path: Path) -> tuple[int, str]:
    try:
        with opened(path) as stream:
            digest = file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
            return stream.tell(), digest
    except Problems:
        return -1, ""


def _write(path: Path, data: object) -> None:
    with whole_text(path, private=True) as stream:
        stream.write(json.dumps(data))


def plain_rejected(line: int, case: Rejected) -> dict[str, Any]:
    """A rejected case and its line as plain data, which `rejected_of` reads."""
    problems = [
        {
            "code": problem.code,
            "place": [problem.location.file, problem.location.line, problem.location.column, problem.location.sheet],
            "arguments": [[name, _plain(value)] for name, value in problem.arguments],
            "severity": problem.severity,
        }
        for problem in case.diagnostics
    ]
    return {"line": line, "file": case.file, "case_id": case.case_id, "diagnostics": problems}


def _plain(value: object) -> object:
    """An argument of a diagnostic; a text in both languages stays one."""
    if isinstance(value, Text):
        return {"vi": value.vi, "en": value.en}
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def rejected_of(kept: Mapping[str, Any]) -> Rejected:
    """The rejected case that `plain_rejected` made plain."""
    problems = [
        Diagnostic(
            problem["code"],
            Location(*problem["place"]),
            tuple((name, Text(**value) if isinstance(value, dict) else value) for name, value in problem["arguments"]),
            problem["severity"],
        )
        for problem in kept["diagnostics"]
    ]
    return Rejected(kept["file"], kept["case_id"], tuple(problems))
