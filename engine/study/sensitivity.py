"""What the readings of a regulation decide over a population: for every other option of every interpretation, and for
every assumed rule switched on or off by itself, the cases that would come out otherwise.

This is what is taken to the authority that must settle a reading.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.base.likeness import alike
from engine.core.judge.case import Rejected
from engine.core.judge.cohorts import quotas
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine
from engine.core.judge.links import links
from engine.core.judge.record import LinkResult, LinkStatus, QuotaResult
from engine.core.policy.live import Choices, chosen, exists
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import ByReading
from engine.core.policy.terms import Text
from engine.load.cases.reading import CaseReader, Seen
from engine.study.alternatives import Alternative, alternatives, as_chosen, assumed_rules, read_otherwise
from engine.study.reasoner import Reasoner


@dataclass(frozen=True, slots=True)
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
class Changes:
    """What an alternative changes, case by case in their order: outcomes, and cases whose duties change."""

    moved: list[Change] = field(default_factory=list)
    duties: list[str] = field(default_factory=list)


Key = tuple[str, str, str, str]
"""Of an alternative: the kind of its row, the regulation, the interpretation or rule, the option."""
Across = Callable[[str, str, Changes], tuple[tuple[str, ...], tuple[str, ...]]]
"""(interpretation, option, what it changes in cases) -> the cohorts and the links that it changes."""


@dataclass(frozen=True)
class Otherwise:
    """What an alternative changes for one case."""

    key: Key
    now: tuple[str, ...]
    otherwise: tuple[str, ...]
    duties: bool


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
    found: dict[Key, Changes] = {}
    for one in judged(library, documents, regulation, read):
        if isinstance(one, Rejected):
            rejected.append(one)
        else:
            case, others = one
            decided.append(case)
            for other in others:
                changes = found.setdefault(other.key, Changes())
                if other.now != other.otherwise:
                    changes.moved.append(Change(case.case.case_id, other.now, other.otherwise))
                if other.duties:
                    changes.duties.append(case.case.case_id)
        if on_case is not None:
            on_case()
    rows: list[Row] = []
    for by in library.regulations.values():
        members = [one for one in decided if one.case.regulation == by.id]
        if members:
            across = _Members(library, by, members, read)
            rows += rows_of(by, read, lambda key: found.get(key, Changes()), across.changed)
    return Sensitivity(len(decided), tuple(rows), tuple(rejected))


def judged(
    library: Library, documents: Iterable[Document | Unread | Rejected], regulation: str | None, read: Choices
) -> Iterator[Rejected | tuple[Decided, list[Otherwise]]]:
    """Every case as things are read, with each alternative that changes something for it."""
    others: dict[int, tuple[Alternative, ...]] = {}
    seen: dict[str, Seen] = {}
    reader = CaseReader(library)
    with Engine(library, read) as engine:
        for document in documents:
            case = reader.read(document, regulation, seen)
            if isinstance(case, Rejected):
                yield case
                continue
            one = engine.decide(case)
            by = engine.judge(one.case)
            if id(by) not in others:
                others[id(by)] = (*alternatives(by), *assumed_rules(by))
            statuses = [one.results[rule.rule.name] for rule in by.compiled.rules]
            now = as_chosen(by, statuses)
            found = []
            for what in others[id(by)]:
                came = read_otherwise(by, one.case, statuses, what)
                duties = bool(came.new_duties or came.gone_duties)
                if came.possible != now or duties:
                    found.append(Otherwise(key_of(by.regulation, what), now, came.possible, duties))
            yield one, found


def key_of(regulation: Regulation, what: Alternative) -> Key:
    if what.rule is not None:
        return ("rule", regulation.id, what.rule, "on" if what.switched_on else "off")
    return ("interpretation", regulation.id, what.interpretation or "", what.option or "")


def rows_of(
    regulation: Regulation, read: Choices, changes_of: Callable[[Key], Changes], across: Across
) -> Iterator[Row]:
    """A row for every alternative of a regulation that judged some case."""
    choices = chosen(regulation, read)
    for one in regulation.interpretations:
        for option, label in one.options:
            if option == choices[one.id]:
                continue
            changes = changes_of(("interpretation", regulation.id, one.id, option))
            looked_at = changes.moved or concerns_cohorts(regulation, one.id)
            cohorts, linked = across(one.id, option, changes) if looked_at else ((), ())
            yield Row(
                "interpretation", regulation.id, one.id, one.question, option, label, choices[one.id],
                tuple(changes.moved), tuple(changes.duties), cohorts, linked,
            )  # fmt: skip
    for rule in all_rules(regulation):
        if rule.source.status != "assumed":
            continue
        on = exists(rule.under, choices)
        changes = changes_of(("rule", regulation.id, rule.name, "off" if on else "on"))
        yield Row(
            "rule", regulation.id, rule.name, rule.label, "off" if on else "on", OFF if on else ON,
            "on" if on else "off", tuple(changes.moved), tuple(changes.duties),
        )  # fmt: skip


@dataclass
class _Members:
    """The decided cases of one regulation, between which quotas and links are asked."""

    library: Library
    regulation: Regulation
    members: Sequence[Decided]
    read: Choices

    def changed(self, interpretation: str, option: str, changes: Changes) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The cohorts and links that another option changes; the cases that it moves are decided anew."""
        other = {**self.read, interpretation: option}
        again = self._decided_anew(changes, other) if changes.moved else self.members
        after = quotas(self.library.vocabulary, self.regulation, again, other)[0], links(self.regulation, again, other)
        was, now = _link_keys(self._before[1]), _link_keys(after[1])
        return changed_cohorts(self._before[0], after[0]), tuple(sorted(was ^ now))

    @cached_property
    def _before(self) -> tuple[tuple[QuotaResult, ...], tuple[LinkResult, ...]]:
        found, _ = quotas(self.library.vocabulary, self.regulation, self.members, self.read)
        return found, links(self.regulation, self.members, self.read)

    def _decided_anew(self, changes: Changes, other: Choices) -> list[Decided]:
        moved = {one.case_id: one.otherwise for one in changes.moved}
        reasoner = Reasoner(self.library, other)
        again = []
        for one in self.members:
            otherwise = moved.get(one.case.case_id)
            grading = one.decision.grading
            if otherwise is None:
                again.append(one)
            elif grading is None or is_wide(self.regulation, otherwise):
                again.append(reasoner.decide(one.case))
            else:
                again.append(replace(one, decision=replace(one.decision, grading=replace(grading, possible=otherwise))))
        return again


def is_wide(regulation: Regulation, possible: Sequence[str]) -> bool:
    """Must a case that comes out so, rule by rule, be decided anew before cohorts count it?"""
    # A quota and a link look at the outcome alone, unless a relief asks about the cases of its cohort. One that is
    # settled is exact; a range found rule by rule may be wide.
    return asks_of_cases(regulation) or len(possible) > 1 or possible[0] in NO_GRADE


def asks_of_cases(regulation: Regulation) -> bool:
    """Do cohorts look at more of a case than its outcome: what reliefs ask, or whether it is graded at all?"""
    relieved = any(relief.rule.condition is not None for one in regulation.quotas for relief in one.relief)
    return relieved or any(rule.under and rule.role in ("exemption", "ungraded") for rule in all_rules(regulation))


def concerns_cohorts(regulation: Regulation, interpretation: str) -> bool:
    """Does an interpretation bear on quotas, their reliefs or links themselves?"""
    settings = [setting for one in regulation.quotas for setting in (one.of, one.count, one.rounding)]
    asked = {setting.interpretation for setting in settings if isinstance(setting, ByReading)}
    under = [*(one.under for one in regulation.quotas), *(one.under for one in regulation.links)]
    under += [relief.rule.under for one in regulation.quotas for relief in one.relief]
    return interpretation in asked | {reading.interpretation for each in under for reading in each}


def changed_cohorts(before: Sequence[QuotaResult], after: Sequence[QuotaResult]) -> tuple[str, ...]:
    def figures(results: Sequence[QuotaResult]) -> dict[tuple[object, ...], tuple[object, ...]]:
        return {
            (one.quota, one.period, one.cohort): (one.count, one.base, one.limit, one.excess, one.status)
            for one in results
        }

    was, now = figures(before), figures(after)
    changed = [one for one in (*before, *after) if was.get(key := (one.quota, one.period, one.cohort)) != now.get(key)]
    return tuple(dict.fromkeys(f"{one.period} · {' · '.join(value for _, value in one.cohort)}" for one in changed))


def _link_keys(results: Iterable[LinkResult]) -> set[str]:
    return {link_key(one.link, one.case_id, alike(one.other), one.status) for one in results}


def link_key(link: str, case_id: str, other: str, status: LinkStatus) -> str:
    return f"{link.rpartition('.')[2]}: {case_id} → {other}: {status}"
