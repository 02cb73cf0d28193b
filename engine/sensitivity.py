"""What the readings of a regulation decide over a population: for every other option of every interpretation, and for
every assumed rule switched on or off by itself, the cases that would come out otherwise.

This is what is taken to the authority that must settle a reading.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.cohorts import Decided, links, quotas
from engine.compiler import Choices, chosen, exists
from engine.evaluation import Engine
from engine.model import ByReading, Library, Regulation, Text
from engine.readings import Alternative, alternatives, as_chosen, assumed_rules, read_otherwise
from engine.reasoning import Reasoner
from engine.records import LinkResult, QuotaResult, Rejected
from engine.rules import all_rules
from engine.sources import Document, Unread


@dataclass(frozen=True)
class Change:
    """A case under an alternative: what is possible as things are read, and what would be."""

    case_id: str
    now: tuple[str, ...]
    otherwise: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One alternative and what it changes. `duties` are cases whose findings or review items change; `cohorts` those
    whose quota figures do (of interpretations alone)."""

    kind: Literal["interpretation", "rule"]
    regulation: str
    name: str
    label: Text
    option: str
    option_label: Text
    chosen: str
    moved: tuple[Change, ...] = ()
    duties: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def matters(self) -> bool:
        return bool(self.moved or self.duties or self.cohorts or self.links)


@dataclass(frozen=True)
class Sensitivity:
    judged: int
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]


NO_GRADE = ("not_reviewed", "not_graded")
ON, OFF = Text("áp dụng", "applied"), Text("không áp dụng", "not applied")


@dataclass
class _Changes:
    moved: list[Change] = field(default_factory=list)
    duties: list[str] = field(default_factory=list)


def sensitivity(
    library: Library,
    documents: Iterable[Document | Unread | Rejected],
    *,
    regulation: str | None = None,
    switches: Choices | None = None,
    on_case: Callable[[], None] | None = None,
) -> Sensitivity:
    """Judge every case as things are read, and under each alternative. Arguments as of `evaluation.evaluate`."""
    read = dict(switches or {})
    decided: list[Decided] = []
    rejected: list[Rejected] = []
    found: dict[tuple[str, str, str, str], _Changes] = {}
    others: dict[int, tuple[Alternative, ...]] = {}
    seen: dict[str, str] = {}
    with Engine(library, read, readings=False) as engine:
        for document in documents:
            one = document if isinstance(document, Rejected) else engine.case(document, regulation, seen)
            if isinstance(one, Rejected):
                rejected.append(one)
            else:
                decided.append(one)
                by = engine.judge(one.case)
                if id(by) not in others:
                    others[id(by)] = (*alternatives(by), *assumed_rules(by))
                statuses = [one.results[rule.rule.name] for rule in by.compiled.rules]
                now = as_chosen(by, statuses)
                for what in others[id(by)]:
                    came = read_otherwise(by, one.case, statuses, what)
                    changes = found.setdefault(_key(by.regulation, what), _Changes())
                    if came.possible != now:
                        changes.moved.append(Change(one.case.case_id, now, came.possible))
                    if came.new_duties or came.gone_duties:
                        changes.duties.append(one.case.case_id)
            if on_case is not None:
                on_case()
    rows = [row for each in library.regulations.values() for row in _rows(library, each, decided, found, read)]
    return Sensitivity(len(decided), tuple(rows), tuple(rejected))


def _key(regulation: Regulation, what: Alternative) -> tuple[str, str, str, str]:
    if what.rule is not None:
        return ("rule", regulation.id, what.rule, "on" if what.switched_on else "off")
    return ("interpretation", regulation.id, what.interpretation or "", what.option or "")


def _rows(
    library: Library,
    regulation: Regulation,
    decided: Sequence[Decided],
    found: dict[tuple[str, str, str, str], _Changes],
    read: Choices,
) -> Iterable[Row]:
    members = [one for one in decided if one.case.regulation == regulation.id]
    if not members:
        return
    choices = chosen(regulation, read)
    before = quotas(regulation, members, read)[0], links(regulation, members, read)
    for one in regulation.interpretations:
        for option, label in one.options:
            if option == choices[one.id]:
                continue
            changes = found.get(("interpretation", regulation.id, one.id, option), _Changes())
            other = {**read, one.id: option}
            after = _across(library, regulation, members, changes, other)
            yield Row(
                "interpretation", regulation.id, one.id, one.question, option, label, choices[one.id],
                tuple(changes.moved), tuple(changes.duties), _changed_cohorts(before[0], after[0]),
                tuple(sorted(_link_keys(before[1]) ^ _link_keys(after[1]))),
            )  # fmt: skip
    for rule in all_rules(regulation):
        if rule.source.status != "assumed":
            continue
        on = exists(rule.under, choices)
        changes = found.get(("rule", regulation.id, rule.name, "off" if on else "on"), _Changes())
        yield Row(
            "rule", regulation.id, rule.name, rule.label, "off" if on else "on", OFF if on else ON,
            "on" if on else "off", tuple(changes.moved), tuple(changes.duties),
        )  # fmt: skip


def _across(
    library: Library, regulation: Regulation, members: Sequence[Decided], changes: _Changes, read: Choices
) -> tuple[tuple[QuotaResult, ...], tuple[LinkResult, ...]]:
    """Quotas and links under other readings; the cases that those move are decided anew."""
    moved = {one.case_id: one.otherwise for one in changes.moved}
    if not moved and not _concerns_cohorts(regulation, read):
        return quotas(regulation, members, read)[0], links(regulation, members, read)
    reasoner = Reasoner(library, read)
    # A quota and a link look at the outcome alone, unless a relief asks about the cases of its cohort. One that is
    # settled is exact; a range found rule by rule may be wide, so such a case is decided anew.
    asks = any(relief.rule.condition is not None for one in regulation.quotas for relief in one.relief)
    again = []
    for one in members:
        otherwise = moved.get(one.case.case_id)
        grading = one.decision.grading
        if otherwise is None:
            again.append(one)
        elif asks or grading is None or len(otherwise) > 1 or otherwise[0] in NO_GRADE:
            again.append(reasoner.decide(one.case))
        else:
            again.append(replace(one, decision=replace(one.decision, grading=replace(grading, possible=otherwise))))
    return quotas(regulation, again, read)[0], links(regulation, again, read)


def _concerns_cohorts(regulation: Regulation, read: Choices) -> bool:
    """Does some reading of the run bear on quotas, their reliefs or links?"""
    settings = [setting for one in regulation.quotas for setting in (one.of, one.count, one.rounding)]
    asked = {setting.interpretation for setting in settings if isinstance(setting, ByReading)}
    under = [*(one.under for one in regulation.quotas), *(one.under for one in regulation.links)]
    under += [relief.rule.under for one in regulation.quotas for relief in one.relief]
    return bool((asked | {reading.interpretation for each in under for reading in each}) & set(read))


def _changed_cohorts(before: Sequence[QuotaResult], after: Sequence[QuotaResult]) -> tuple[str, ...]:
    def figures(results: Sequence[QuotaResult]) -> dict[tuple[object, ...], tuple[object, ...]]:
        return {
            (one.quota, one.period, one.cohort): (one.count, one.base, one.limit, one.excess, one.status)
            for one in results
        }

    was, now = figures(before), figures(after)
    changed = [one for one in (*before, *after) if was.get(key := (one.quota, one.period, one.cohort)) != now.get(key)]
    return tuple(dict.fromkeys(f"{one.period} · {' · '.join(value for _, value in one.cohort)}" for one in changed))


def _link_keys(results: Iterable[LinkResult]) -> set[str]:
    return {f"{one.link.rpartition('.')[2]}: {one.case_id} → {one.other}: {one.status}" for one in results}
