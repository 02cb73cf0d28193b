"""What the readings decide over a population -> a document and JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from engine.base.version import FORMAT
from engine.base.words import words
from engine.core.policy.regulation import Regulation
from engine.report.document import Chapter, Document, Entry, Table
from engine.report.json import as_plain
from engine.study.sensitivity import Row, Sensitivity

WORDS = words("sensitivity")
NAMES_SHOWN = 20


def as_document(
    sensitivity: Sensitivity, regulations: Mapping[str, Regulation], language: str, *, plain: bool = False
) -> Document:
    """A row for each reading that could be another, and for each that matters the cases and cohorts concerned.

    `plain`: without the names that the policies have for readings, kinds and links."""
    summary = _say("judged", language, judged=sensitivity.judged)
    if sensitivity.rejected:
        summary = f"{summary} {_say('rejected', language, count=len(sensitivity.rejected))}"
    head = [_say(key, language) for key in ("reading", "other", "moved", "duties", "cohorts", "links")]
    rows = [
        [
            _name(row, language), row.option_label[language],
            *(str(len(changed) or "·") for changed in (row.moved, row.duties, row.cohorts, row.links)),
        ]
        for row in sensitivity.rows
    ]  # fmt: skip
    entries = [_entry(row, regulations[row.regulation], language, plain) for row in sensitivity.rows if row.matters]
    chapters = [Chapter(_say("matters", language), entries)] if entries else []
    return Document(_say("title", language), summary, Table(head, rows, labels=2), chapters)


def as_json(sensitivity: Sensitivity) -> Iterator[str]:
    """The whole as JSON, in pieces: row by row, as each may name every case."""
    yield f'{{\n  "format": {FORMAT},\n  "judged": {sensitivity.judged},\n  "rows": '
    yield from _array(_row(row) for row in sensitivity.rows)
    yield ',\n  "rejected": '
    yield from _array(as_plain(case) for case in sensitivity.rejected)
    yield "\n}\n"


def _say(key: str, language: str, **arguments: object) -> str:
    return WORDS[key][language].format(**arguments)


def _name(row: Row, language: str) -> str:
    kind = f"[{_say('rule', language)}] " if row.kind == "rule" else ""
    return f"{kind}{row.label[language]}"


def _entry(row: Row, regulation: Regulation, language: str, plain: bool) -> Entry:
    """The switch that makes the reading, then which cases and cohorts change: those that move alike on one line."""
    lines = [] if plain else [f"{row.name}={row.option} ({_say('now', language).lower()}: {row.chosen})"]
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for move in row.moved:
        alike.setdefault((move.now, move.then), []).append(move.case_id)
    for (now, then), cases in alike.items():
        outcomes = f"{_outcome(now, regulation, language)} → {_outcome(then, regulation, language)}"
        lines.append(f"{outcomes} ({len(cases)}): {_listed(cases)}")
    for key, names in (("duties", row.duties), ("cohorts", row.cohorts), ("links", row.links)):
        if names and plain and key != "duties":
            lines.append(f"{_say(key, language)}: {len(names)}")
        elif names:
            lines.append(f"{_say(key, language).lower()} ({len(names)}): {_listed(names)}")
    for cohort in row.turned:
        before, after = cohort.excess
        key = "may_lose" if after > before else "may_keep"
        about = {"cohort": _cohort(cohort.cohort, regulation, language), "before": before, "after": after}
        lines.append(_say(key, language, holders=_listed(cohort.holders), **about))
    return Entry(f"{_name(row, language)} “{row.option_label[language]}”", lines)


def _outcome(possible: Sequence[str], regulation: Regulation, language: str) -> str:
    labels = {grade.id: grade.label[language] for grade in regulation.grades}
    return " / ".join(labels[grade] if grade in labels else _say(grade, language) for grade in possible)


def _cohort(name: str, regulation: Regulation, language: str) -> str:
    kinds = regulation.kinds
    return " · ".join(kinds[part].label[language] if part in kinds else part for part in name.split(" · "))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f", … +{more}" if more > 0 else "")


def _row(row: Row) -> dict[str, Any]:
    # The lists may be long: they are written as they are, without a copy.
    lists = {"moved": row.moved, "duties": row.duties, "cohorts": row.cohorts, "links": row.links, "turned": row.turned}
    plain = as_plain(replace(row, moved=(), duties=(), cohorts=(), links=(), turned=()))
    return {**plain, **lists}


def _array(items: Iterable[Any]) -> Iterator[str]:
    several = False
    for item in items:
        text = msgspec.json.format(msgspec.json.encode(item, enc_hook=str), indent=2).decode()
        yield f"{',' if several else '['}\n    {text.replace(chr(10), chr(10) + '    ')}"
        several = True
    yield "\n  ]" if several else "[]"
