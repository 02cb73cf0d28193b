"""What the readings decide over a population -> text, Markdown and JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from engine.base.words import words
from engine.core.policy.regulation import Regulation
from engine.report.json import as_plain
from engine.report.markdown import escaped
from engine.report.text import drawn
from engine.report.words import Words
from engine.study.sensitivity import Row, Sensitivity

SAYS = words("sensitivity")


class SensitivityTelling:
    """How it is told in one language."""

    def __init__(self, words: Words, regulations: Mapping[str, Regulation], found: Sensitivity) -> None:
        self.words, self.regulations, self.found = words, regulations, found

    def say(self, key: str, **arguments: object) -> str:
        return SAYS[key][self.words.language].format(**arguments)

    def headline(self) -> str:
        said = self.say("judged", judged=self.found.judged)
        return f"{said} {self.say('rejected', count=len(self.found.rejected))}" if self.found.rejected else said

    def name(self, row: Row) -> str:
        kind = f"[{self.say('rule')}] " if row.kind == "rule" else ""
        return f"{kind}{self.words.text(row.label)}"

    def table(self) -> tuple[list[str], list[list[str]]]:
        head = [self.say(key) for key in ("reading", "other", "moved", "duties", "cohorts", "links")]
        rows = [
            [
                self.name(row), self.words.text(row.option_label),
                *(str(len(each) or "·") for each in (row.moved, row.duties, row.cohorts, row.links)),
            ]
            for row in self.found.rows
        ]  # fmt: skip
        return head, rows

    def outcome(self, row: Row, possible: Sequence[str]) -> str:
        labels = {one.id: self.words.text(one.label) for one in self.regulations[row.regulation].grades}
        return " / ".join(self.say(each) if each in SAYS else labels[each] for each in possible)

    def details(self, row: Row) -> Iterator[str]:
        """Which cases and cohorts: those that move alike on one line."""
        alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for one in row.moved:
            alike.setdefault((one.now, one.otherwise), []).append(one.case_id)
        for (now, otherwise), cases in alike.items():
            yield f"{self.outcome(row, now)} → {self.outcome(row, otherwise)} ({len(cases)}): {_listed(cases)}"
        for key, names in (("duties", row.duties), ("cohorts", row.cohorts), ("links", row.links)):
            if names:
                yield f"{self.say(key).lower()} ({len(names)}): {_listed(names)}"


def _listed(names: Sequence[str], most: int = 20) -> str:
    return ", ".join(names[:most]) + (f", … +{len(names) - most}" if len(names) > most else "")


def as_text(by: SensitivityTelling) -> Iterator[str]:
    yield by.say("title")
    yield by.headline()
    yield ""
    yield from drawn(*by.table(), words=2)
    matter = [row for row in by.found.rows if row.matters]
    if matter:
        yield ""
        yield by.say("matters")
    for row in matter:
        yield f"  {by.name(row)} “{by.words.text(row.option_label)}”"
        yield f"      {row.name}={row.option} ({by.say('now').lower()}: {row.chosen})"
        yield from (f"      {line}" for line in by.details(row))


def as_markdown(by: SensitivityTelling) -> str:
    head, body = by.table()
    lines = [f"# {escaped(by.say('title'))}", "", escaped(by.headline()), ""]
    lines.append("| " + " | ".join(escaped(cell) for cell in head) + " |")
    lines.append("| --- | --- |" + " ---: |" * (len(head) - 2))
    lines += ["| " + " | ".join(escaped(cell) for cell in row) + " |" for row in body]
    matter = [row for row in by.found.rows if row.matters]
    if matter:
        lines += ["", f"## {escaped(by.say('matters').capitalize())}", ""]
    for row in matter:
        lines.append(f"- {escaped(by.name(row))} “{escaped(by.words.text(row.option_label))}”")
        lines += [f"    - {escaped(line)}" for line in by.details(row)]
    return "\n".join(lines) + "\n"


def as_json(found: Sensitivity) -> Iterator[str]:
    """The whole as JSON, in pieces: row by row, as each may name every case."""
    yield f'{{\n  "judged": {found.judged},\n  "rows": '
    yield from _array(_row(one) for one in found.rows)
    yield ',\n  "rejected": '
    yield from _array(as_plain(one) for one in found.rejected)
    yield "\n}\n"


def _row(row: Row) -> dict[str, Any]:
    # What may be long is written from what it is, without a copy.
    lists = {"moved": row.moved, "duties": row.duties, "cohorts": row.cohorts, "links": row.links}
    return {**as_plain(replace(row, moved=(), duties=(), cohorts=(), links=())), **lists}


def _array(items: Iterable[Any]) -> Iterator[str]:
    several = False
    for one in items:
        text = msgspec.json.format(msgspec.json.encode(one, enc_hook=str), indent=2).decode()
        yield f"{',' if several else '['}\n    {text.replace(chr(10), chr(10) + '    ')}"
        several = True
    yield "\n  ]" if several else "[]"
