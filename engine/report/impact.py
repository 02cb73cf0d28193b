"""Whom a change moves -> a document (with a chart for the page) and plain data."""

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from engine.base.diagnostics import HELP
from engine.base.words import words
from engine.core.judge.case import Rejected
from engine.core.judge.record import QuotaResult
from engine.report.diff import Telling
from engine.report.document import Chapter, Document, Entry, Table
from engine.report.html.charts import bar
from engine.report.json import as_plain
from engine.versions.impact import Impact, Move, Moved, Mover, QuotaChange, Side

WORDS = words("impact")
MOVES: tuple[Move, ...] = ("lower", "higher", "undetermined", "other")


def as_document(telling: Telling, impact: Impact) -> Document:
    """The impact in the words of the two versions."""
    title = _say(telling, "title", old=telling.old.name, new=telling.new.name) + telling.of_regulations
    table = _table(telling, impact) if impact.judged else None
    return Document(title, headline(telling, impact), table, list(_chapters(telling, impact)), shortened=True)


def headline(telling: Telling, impact: Impact) -> str:
    """How many cases move, and which way."""
    moved = sum(case.move is not None for case in impact.moved)
    sentences = [_say(telling, "moves", moved=moved, judged=impact.judged)]
    counts = [f"{_say(telling, move)}: {count}" for move in MOVES if (count := impact.count(move))]
    if counts:
        sentences.append("; ".join(counts) + ".")
    if also := len(impact.moved) - moved:
        sentences.append(_say(telling, "also", count=also) + ".")
    sides: tuple[Side, ...] = ("old", "new", "both")
    for side in sides:
        if count := sum(unjudged == side for unjudged, _ in impact.unjudged):
            sentences.append(_say(telling, "unjudged_count", count=count, side=_say(telling, side)) + ".")
    return " ".join(sentences)


def as_data(telling: Telling, impact: Impact) -> dict[str, Any]:
    """The same as plain data; outcomes by the ids of grades."""
    return {
        "old": telling.old.name,
        "new": telling.new.name,
        "regulations": [telling.old.regulation.id, telling.new.regulation.id],
        "judged": impact.judged,
        "moved": sum(case.move is not None for case in impact.moved),
        "moves": {move: impact.count(move) for move in MOVES},
        "matrix": [
            {"old": list(old), "new": list(new), "cases": count} for (old, new), count in sorted(impact.matrix.items())
        ],
        "cases": [as_plain(case) for case in impact.moved],
        "quotas": [as_plain(quota) for quota in impact.quotas],
        "unjudged": [{"side": side, **as_plain(case)} for side, case in impact.unjudged],
    }


def _say(telling: Telling, key: str, **arguments: object) -> str:
    return WORDS[key][telling.words.language].format(**arguments)


def _table(telling: Telling, impact: Impact) -> Table:
    """Old outcomes by row, new ones by column, with the totals."""
    rows: dict[str, Counter[str]] = {}
    columns: Counter[str] = Counter()
    for (old, new), count in impact.matrix.items():
        rows.setdefault(telling.outcome(old), Counter())[telling.outcome(new)] += count
        columns[telling.outcome(new)] += count
    names = _in_order(telling, [new for _, new in impact.matrix])
    total = _say(telling, "total")
    head = [f"{_say(telling, 'old')} \\ {_say(telling, 'new')}", *names, total]
    body = [
        [name, *(str(rows[name][column] or "·") for column in names), str(sum(rows[name].values()))]
        for name in _in_order(telling, [old for old, _ in impact.matrix])
    ]
    body.append([total, *(str(columns[name]) for name in names), str(impact.judged)])
    return Table(head, body, _say(telling, "matrix"), chart=_chart(telling, head, body, impact.judged))


def _in_order(telling: Telling, outcomes: Sequence[tuple[str, ...]]) -> list[str]:
    grades = [grade.id for grade in (*telling.new.regulation.grades, *telling.old.regulation.grades)]
    place = {name: number for number, name in enumerate([*dict.fromkeys(grades), "undetermined"])}
    ordered = sorted(set(outcomes), key=lambda outcome: [place.get(grade, 99) for grade in outcome])
    return list(dict.fromkeys(telling.outcome(outcome) for outcome in ordered))


def _chart(telling: Telling, head: Sequence[str], body: Sequence[Sequence[str]], judged: int) -> str:
    """One bar an outcome and side, the longest being the whole population."""
    sides = {
        "old": {row[0]: int(row[-1]) for row in body[:-1]},
        "new": dict(zip(head[1:-1], map(int, body[-1][1:-1]), strict=True)),
    }
    lines = []
    for name in dict.fromkeys(name for counts in sides.values() for name in counts):
        for side, colour in (("old", "c1"), ("new", "c2")):
            count = sides[side].get(name, 0)
            label = escape(f"{name}, {_say(telling, side)}: {count}")
            lines.append(f'<p class="bar-line">{label} {bar([(colour, count)], judged, "")}</p>')
    return f'<div class="bars">{"".join(lines)}</div>'


def _chapters(telling: Telling, impact: Impact) -> Iterator[Chapter]:
    for key, outcome_moves in (("moved", True), ("only_duties", False)):
        cases = [_case(telling, case) for case in impact.moved if (case.move is not None) is outcome_moves]
        if cases:
            yield Chapter(_say(telling, key), cases)
    if impact.quotas:
        yield Chapter(_say(telling, "quotas"), [Entry(_quota(telling, quota)) for quota in impact.quotas])
    if impact.unjudged:
        cases = [_unjudged(telling, side, case) for side, case in impact.unjudged]
        yield Chapter(_say(telling, "unjudged"), cases)


def _case(telling: Telling, case: Moved) -> Entry:
    """The outcomes of a case, and below them the rules and duties that change."""
    kind, outcome = telling.words.text(case.kind_label), telling.outcome(case.new)
    if case.move:
        outcome = f"{telling.outcome(case.old)} → {outcome}"
    lines = [f"{_say(telling, 'because')}: {_mover(telling, rule)}" for rule in case.rules]
    for key in ("new_findings", "gone_findings", "new_items", "gone_items"):
        labels = [telling.words.text(label) for _, label in getattr(case, key)]
        if labels:
            lines.append(f"{_say(telling, key)}: {'; '.join(labels)}")
    return Entry(f"{case.case_id} ({kind}): {outcome}", lines)


def _mover(telling: Telling, rule: Mover) -> str:
    old, new = _say(telling, str(rule.old)), _say(telling, str(rule.new))
    label = telling.words.text(rule.label)
    return _say(telling, "rule", label=label if telling.words.plain else f"{label} ({rule.rule})", old=old, new=new)


def _quota(telling: Telling, change: QuotaChange) -> str:
    cohort = " · ".join(value for _, value in change.cohort)
    old, new = _figures(telling, change.old), _figures(telling, change.new)
    return f"{telling.words.text(change.label)}, {change.period} · {cohort}: {old} → {new}"


def _figures(telling: Telling, quota: QuotaResult | None) -> str:
    if quota is None:
        return _say(telling, "no_quota")
    status = _say(telling, quota.status, excess=quota.excess)
    return _say(telling, "quota", count=quota.count, base=quota.base, limit=quota.limit, status=status)


def _unjudged(telling: Telling, side: Side, case: Rejected) -> Entry:
    language = telling.words.language
    lines = []
    for problem in case.diagnostics:
        lines.append(f"{problem.location}: {problem.code}: {problem.message(language)}")
        remedy = problem.help(language)
        lines += [f"{HELP[language]}: {remedy}"] if remedy else []
    return Entry(f"{case.case_id or case.file} ({_say(telling, side)})", lines)
