"""What was measured so far, line by line in a file, so that a table can be made in several runs."""

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FEWEST = 1_000
"""Fewer cases do not tell how long many take: much is made only when some case first asks for it."""


@dataclass(frozen=True)
class Cell:
    """One thing to measure. `rules` 0 is the regulation as it is."""

    mode: str
    peer: str
    cases: int
    rules: int


class Kept:
    """The results in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]

    def of(self, cell: Cell) -> list[dict[str, Any]]:
        return [line for line in self.lines if asdict(cell).items() <= line.items()]

    def add(self, cell: Cell, **more: Any) -> None:
        line = {**asdict(cell), **more, "load": round(os.getloadavg()[0], 2), "at": _commit()}
        self.lines.append(line)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def forget(self, cells: Iterable[Cell]) -> None:
        for cell in cells:
            self.lines = [line for line in self.lines if not asdict(cell).items() <= line.items()]
        self.path.write_text("".join(json.dumps(line) + "\n" for line in self.lines), encoding="utf-8")

    def too_slow(self, cell: Cell, limit: float) -> bool:
        """Did it go beyond the limit, here or with fewer cases, or would it surely, going by fewer cases?"""
        times: dict[int, list[float]] = {}
        for line in self.lines:
            if line["cases"] <= cell.cases and self._alike(line, cell):
                if "beyond" in line:
                    return True
                if FEWEST <= line["cases"] < cell.cases:
                    times.setdefault(line["cases"], []).append(line["seconds"])
        # In `alone` what is not timed, the loading of the cases, may take much longer.
        return at_least(sorted(times.items()), cell.cases) * 0.8 > limit

    def _alike(self, line: dict[str, Any], cell: Cell) -> bool:
        return asdict(replace(cell, cases=line["cases"])).items() <= line.items()


def at_least(times: Sequence[tuple[int, Sequence[float]]], cases: int) -> float:
    """The runs with each number of cases -> the seconds that so many take at least; 0 where the runs do not tell.

    How much of a time is the start, whatever the cases, only runs with another number of them tell.
    """
    if len(times) < 2:
        return 0.0
    (fewer, quick), (more, slow) = times[-2:]
    each = (min(slow) - max(quick)) / (more - fewer)
    return min(slow) + each * (cases - more)


@cache
def _commit() -> str:
    """What was measured: the commit, with a + where files of the engine, policies or bench differ from it."""
    named, changed = (
        subprocess.run(["git", *asked], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
        for asked in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "engine", "policies", "bench/*.py"])
    )
    return f"{named}+" if changed else named
