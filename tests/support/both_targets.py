"""One population through both targets, compared row by row: SQL against case files matched by durable-rules."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.core.judge.case import Case
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine
from engine.core.policy.regulation import Library
from engine.load.cases.reading import CaseReader
from engine.load.cases.remarks import Noted, odd_items
from engine.population.groups import Shared
from engine.population.portions import Portion
from engine.population.rows import row_of
from engine.population.target import Target


def both(
    library: Library, folder: Path, lines: Iterable[str | bytes], regulation: str | None = None
) -> tuple[int, int, int]:
    """Raises AssertionError where the targets differ on a case, or SQL takes one that is refused. Gives how many cases
    SQL took, how many it left though they are in order, and how many are refused."""
    content = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
    portion = Portion(0, content, "cases.ndjson")
    shared = Shared(library, regulation, {})
    target = Target(shared, folder)
    taken = spared = refused = 0
    try:
        left = set(target.decide(content))
        texts = content.split(b"\n")[:-1]
        rows = target.rows(range(1, len(texts) + 1))
        results = target.results(rows)
        assert not left & rows.keys()
        assert left | rows.keys() == set(range(1, len(texts) + 1))
        reader, noted = CaseReader(library), Noted(library)
        with Engine(library) as engine:
            for number, line in enumerate(texts, 1):
                document = portion.document(number, line)
                case = document and reader.read(document, regulation, {})
                one = engine.decide(case) if isinstance(case, Case) else case
                if number in left:
                    spared += isinstance(one, Decided)
                    refused += not isinstance(one, Decided)
                    continue
                assert isinstance(one, Decided), (line, one)
                told = *noted.items(one.case), *odd_items(document.read().data)
                wanted = row_of(one, engine.judge(one.case).live) | shared.between.of(one, told)
                assert rows[number] == wanted, (line, differences(rows[number], wanted))
                assert results[number] == one.results, (line, differences(results[number], one.results))
                taken += 1
    finally:
        target.close()
    return taken, spared, refused


def differences(one: Any, other: Any) -> dict[str, Any]:
    return {name: (one[name], other[name]) for name in other if one[name] != other[name]}


def nested(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts by dotted names, as a case nests them."""
    made: dict[str, Any] = {}
    for name, value in facts.items():
        *folders, last = name.split(".")
        here = made
        for folder in folders:
            here = here.setdefault(folder, {})
        here[last] = value
    return made


def line(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=float)
