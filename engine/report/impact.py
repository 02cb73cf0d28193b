"""Whom a change moves -> text, Markdown (with a chart for the page) and JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from engine.base.diagnostics import HELP
from engine.base.words import words
from engine.core.judge.case import Rejected
from engine.core.judge.record import QuotaResult
from engine.report.diff import Telling
from engine.report.html.charts import bar
from engine.report.json import as_plain
from engine.report.markdown import escaped
from engine.report.text import MOST_SHOWN, drawn
from engine.versions.impact import Impact, Move, Moved, Mover, QuotaChange, Side

SAYS = words("impact")


MOVES: tuple[Move, ...] = ("lower", "higher", "undetermined", "other")


class ImpactTelling:
    """How an impact is told, on the words of the two versions."""

    def __init__(self, by: Telling, found: Impact) -> None:
        self.by, self.found = by, found

    def say(self, key: str, **arguments: object) -> str:
        return SAYS[key][self.by.words.language].format(**arguments)

    @property
    def title(self) -> str:
        return self.say("title", old=self.by.old.name, new=self.by.new.name) + self.by.of_regulations

    @property
    def regulations(self) -> str:
        return " → ".join(dict.fromkeys((self.by.old.regulation.id, self.by.new.regulation.id)))

    def headline(self) -> str:
        moved = [one for one in self.found.moved if one.move is not None]
        said = [self.say("moves", moved=len(moved), judged=self.found.judged)]
        counts = [f"{self.say(move)}: {count}" for move in MOVES if (count := self.found.count(move))]
        if counts:
            said.append("; ".join(counts) + ".")
        also = len(self.found.moved) - len(moved)
        if also:
            said.append(self.say("also", count=also) + ".")
        for side in ("old", "new", "both"):
            count = sum(one == side for one, _ in self.found.unjudged)
            if count:
                said.append(self.say("unjudged_count", count=count, side=self.say(side)) + ".")
        return " ".join(said)

    def table(self) -> tuple[list[str], list[list[str]]]:
        """The matrix: its head, and its rows with the totals."""
        rows: dict[str, Counter[str]] = {}
        columns: Counter[str] = Counter()
        for (old, new), count in self.found.matrix.items():
            rows.setdefault(self.by.outcome(old), Counter())[self.by.outcome(new)] += count
            columns[self.by.outcome(new)] += count
        names = self._in_order([new for _, new in self.found.matrix])
        head = [f"{self.say('old')} \\ {self.say('new')}", *names, self.say("total")]
        body = [
            [name, *(str(rows[name][column] or "·") for column in names), str(sum(rows[name].values()))]
            for name in self._in_order([old for old, _ in self.found.matrix])
        ]
        body.append([self.say("total"), *(str(columns[name]) for name in names), str(self.found.judged)])
        return head, body

    def _in_order(self, outcomes: Sequence[tuple[str, ...]]) -> list[str]:
        grades = [one.id for one in (*self.by.new.regulation.grades, *self.by.old.regulation.grades)]
        place = {name: number for number, name in enumerate([*dict.fromkeys(grades), "undetermined"])}
        ordered = sorted(set(outcomes), key=lambda one: [place.get(grade, 99) for grade in one])
        return list(dict.fromkeys(self.by.outcome(one) for one in ordered))

    def case(self, one: Moved) -> tuple[str, list[str]]:
        """What is said of a case: a headline, and the lines below it."""
        kind = self.by.words.text(one.kind_label)
        outcome = f"{self.by.outcome(one.old)} → {self.by.outcome(one.new)}" if one.move else self.by.outcome(one.new)
        lines = [f"{self.say('because')}: {self.rule(each)}" for each in one.rules]
        for key in ("new_findings", "gone_findings", "new_items", "gone_items"):
            named = [self.by.words.text(label) for _, label in getattr(one, key)]
            if named:
                lines.append(f"{self.say(key)}: {'; '.join(named)}")
        return f"{one.case_id} ({kind}): {outcome}", lines

    def rule(self, one: Mover) -> str:
        label = self.by.words.text(one.label)
        return self.say("rule", label=label, name=one.rule, old=self.say(str(one.old)), new=self.say(str(one.new)))

    def quota(self, one: QuotaChange) -> str:
        cohort = " · ".join(value for _, value in one.cohort)
        sides = [self._figures(each) for each in (one.old, one.new)]
        return f"{self.by.words.text(one.label)}, {one.period} · {cohort}: {sides[0]} → {sides[1]}"

    def _figures(self, one: QuotaResult | None) -> str:
        if one is None:
            return self.say("no_quota")
        status = self.say(one.status, excess=one.excess)
        return self.say("quota", count=one.count, base=one.base, limit=one.limit, status=status)

    def sections(self) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
        for key, outcome_moves in (("moved", True), ("only_duties", False)):
            cases = [self.case(one) for one in self.found.moved if (one.move is not None) is outcome_moves]
            if cases:
                yield self.say(key), cases
        if self.found.quotas:
            yield self.say("quotas"), [(self.quota(one), []) for one in self.found.quotas]
        if self.found.unjudged:
            yield self.say("unjudged"), [self._unjudged(*one) for one in self.found.unjudged]

    def _unjudged(self, side: Side, one: Rejected) -> tuple[str, list[str]]:
        language = self.by.words.language
        lines = []
        for each in one.diagnostics:
            lines.append(f"{each.location}: {each.code}: {each.message(language)}")
            remedy = each.help(language)
            lines += [f"{HELP[language]}: {remedy}"] if remedy else []
        return f"{one.case_id or one.file} ({self.say(side)})", lines


def as_text(by: ImpactTelling, most: int = MOST_SHOWN) -> Iterator[str]:
    yield by.title
    yield by.headline()
    if by.found.judged:
        yield ""
        yield by.say("matrix")
        yield from drawn(*by.table())
    for heading, cases in by.sections():
        yield ""
        yield heading.upper()
        for headline, lines in cases[:most]:
            yield f"  {headline}"
            yield from (f"      {line}" for line in lines)
        if len(cases) > most:
            yield f"  … +{len(cases) - most}"


def as_markdown(by: ImpactTelling, *, chart: bool = False) -> str:

    lines = [f"# {escaped(by.title)}", "", escaped(by.headline()), ""]
    if by.found.judged:
        head, body = by.table()
        lines += [f"## {escaped(by.say('matrix'))}", ""]
        if chart:
            lines += [*_chart(by), ""]
        lines.append("| " + " | ".join(escaped(cell) for cell in head) + " |")
        lines.append("| --- |" + " ---: |" * (len(head) - 1))
        lines += ["| " + " | ".join(escaped(cell) for cell in row) + " |" for row in body]
    for heading, cases in by.sections():
        lines += ["", f"## {escaped(heading)}", ""]
        for headline, below in cases:
            lines.append(f"- {escaped(headline)}")
            lines += [f"    - {escaped(line)}" for line in below]
    return "\n".join(lines) + "\n"


def _chart(by: ImpactTelling) -> list[str]:
    """One bar a grade and side, the longest being the whole population."""
    head, body = by.table()
    drawn = ['<div class="bars">']
    counts: list[tuple[str, dict[str, int]]] = [
        ("old", {row[0]: int(row[-1]) for row in body[:-1]}),
        ("new", dict(zip(head[1:-1], map(int, body[-1][1:-1]), strict=True))),
    ]
    names = list(dict.fromkeys(name for _, side in counts for name in side))
    for name in names:
        for key, side in counts:
            count = side.get(name, 0)
            label = f"{name}, {by.say(key)}: {count}"
            picture = bar([("c1" if key == "old" else "c2", count)], by.found.judged, "")
            drawn.append(f'<p class="bar-line">{_html(label)} {picture}</p>')
    return ["".join([*drawn, "</div>"])]


def as_data(by: ImpactTelling) -> dict[str, Any]:
    found = by.found
    return {
        "old": by.by.old.name,
        "new": by.by.new.name,
        "regulations": [by.by.old.regulation.id, by.by.new.regulation.id],
        "judged": found.judged,
        "moved": sum(one.move is not None for one in found.moved),
        "moves": {move: found.count(move) for move in MOVES},
        "matrix": [
            {"old": list(old), "new": list(new), "cases": count} for (old, new), count in sorted(found.matrix.items())
        ],
        "cases": [as_plain(one) for one in found.moved],
        "quotas": [as_plain(one) for one in found.quotas],
        "unjudged": [{"side": side, **as_plain(one)} for side, one in found.unjudged],
    }


def _html(text: str) -> str:
    return escape(text)
