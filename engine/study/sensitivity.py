"""What the readings of a regulation decide over a population: for every other option of every interpretation, and for
every assumed rule switched on or off by itself, the cases whose outcome or duties would change.

This is what is taken to the authority that must settle a reading.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.base.likeness import alike
from engine.base.words import wording
from engine.core.judge.case import Rejected
from engine.core.judge.cohorts import quota_results
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine
from engine.core.judge.links import links
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, LinkResult, LinkStatus, QuotaResult
from engine.core.policy.live import Choices, chosen, exists
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.terms import Text
from engine.load.cases.reading import CaseReader, Seen
from engine.study.alternatives import Alternative, alternatives, as_chosen, assumed_rules, under_alternative
from engine.study.quota_readings import depends_on
from engine.study.reasoner import Reasoner


@dataclass(frozen=True, slots=True)
class Change:
    """A case under an alternative: what is possible as things are read, and what would be."""

    case_id: str
    now: tuple[str, ...]
    then: tuple[str, ...]


@dataclass(frozen=True)
class Turned:
    """A cohort over whose quota more cases, or fewer, would be too many: by how many as things are read and by how many
    then, and who holds the grade. The program chooses nobody among them."""

    cohort: str
    excess: tuple[int, int]
    holders: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One alternative and what it changes. `duties` are cases whose findings or review items change; `cohorts` those
    whose quota figures do (of interpretations alone), and `turned` those of them in which more or fewer may lose their
    grade."""

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
    turned: tuple[Turned, ...] = ()

    @property
    def matters(self) -> bool:
        """Does the alternative change anything for some case, cohort or link?"""
        return bool(self.moved or self.duties or self.cohorts or self.links)


@dataclass(frozen=True)
class Sensitivity:
    """How many cases were judged, a row for each alternative of their regulations, and what could not be judged."""

    judged: int
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]


ON, OFF = wording("sensitivity", "applied"), wording("sensitivity", "not_applied")


@dataclass
class Changes:
    """What an alternative changes, case by case in their order: outcomes, and cases whose duties change."""

    moved: list[Change] = field(default_factory=list)
    duties: list[str] = field(default_factory=list)


Key = tuple[str, str, str, str]
"""What names an alternative: the kind of its row, the regulation, the interpretation or rule, the option."""


@dataclass(frozen=True)
class ChangedAcross:
    """What an option changes between cases, as in `Row`."""

    cohorts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    turned: tuple[Turned, ...] = ()


Across = Callable[[str, str, Changes], ChangedAcross]
"""(interpretation, option, what it changes in cases) -> what it changes between them."""

OnQuotas = Callable[[tuple[str, str, str], tuple[QuotaResult, ...]], None]
"""Receives the regulation, the interpretation and the option, and the quotas as that option makes them."""


@dataclass(frozen=True)
class CaseChange:
    """What an alternative changes for one case."""

    key: Key
    now: tuple[str, ...]
    then: tuple[str, ...]
    duties: bool


def sensitivity(
    library: Library,
    documents: Iterable[Document | Unread | Rejected],
    *,
    regulation: str | None = None,
    switches: Choices | None = None,
    on_case: Callable[[], None] | None = None,
    on_quotas: OnQuotas | None = None,
) -> Sensitivity:
    """Case documents -> what each alternative changes among them. `regulation` judges every case in place of the one in
    force; `switches` are the options by which interpretations are read; `on_case` is called after each case, and
    `on_quotas` with the quotas under each option that may change one."""
    read = dict(switches or {})
    decided: list[Decided] = []
    rejected: list[Rejected] = []
    changes_by_key: dict[Key, Changes] = {}
    for judged_case in judged(library, documents, regulation, read):
        if isinstance(judged_case, Rejected):
            rejected.append(judged_case)
        else:
            case, others = judged_case
            decided.append(case)
            for other in others:
                changes = changes_by_key.setdefault(other.key, Changes())
                if other.now != other.then:
                    changes.moved.append(Change(case.case.case_id, other.now, other.then))
                if other.duties:
                    changes.duties.append(case.case.case_id)
        if on_case is not None:
            on_case()
    rows: list[Row] = []
    for judging_regulation in library.regulations.values():
        members = [member for member in decided if member.case.regulation == judging_regulation.id]
        if members:
            across = _Members(library, judging_regulation, members, read, on_quotas)
            rows += rows_of(judging_regulation, read, lambda key: changes_by_key.get(key, Changes()), across.changed)
    return Sensitivity(len(decided), tuple(rows), tuple(rejected))


def judged(
    library: Library, documents: Iterable[Document | Unread | Rejected], regulation: str | None, read: Choices
) -> Iterator[Rejected | tuple[Decided, list[CaseChange]]]:
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
            case_decided = engine.decide(case)
            judge = engine.judge(case_decided.case)
            if id(judge) not in others:
                others[id(judge)] = (*alternatives(judge), *assumed_rules(judge))
            statuses = [case_decided.results[rule.rule.name] for rule in judge.compiled.rules]
            now = as_chosen(judge, statuses)
            changing = []
            for what in others[id(judge)]:
                outcome = under_alternative(judge, case_decided.case, statuses, what)
                duties = bool(outcome.new_duties or outcome.gone_duties)
                if outcome.possible != now or duties:
                    changing.append(CaseChange(key_of(judge.regulation, what), now, outcome.possible, duties))
            yield case_decided, changing


def key_of(regulation: Regulation, what: Alternative) -> Key:
    """The name of an alternative, the same for all kinds of subject."""
    if what.rule is not None:
        return ("rule", regulation.id, what.rule, "on" if what.switched_on else "off")
    return ("interpretation", regulation.id, what.interpretation or "", what.option or "")


def rows_of(
    regulation: Regulation, read: Choices, changes_of: Callable[[Key], Changes], across: Across
) -> Iterator[Row]:
    """A row for every alternative of a regulation that judged some case."""
    choices = chosen(regulation, read)
    for interpretation in regulation.interpretations:
        for option, label in interpretation.options:
            if option == choices[interpretation.id]:
                continue
            changes = changes_of(("interpretation", regulation.id, interpretation.id, option))
            looked_at = changes.moved or concerns_cohorts(regulation, interpretation.id)
            between = across(interpretation.id, option, changes) if looked_at else ChangedAcross()
            yield Row(
                "interpretation", regulation.id, interpretation.id, interpretation.question, option, label,
                choices[interpretation.id], tuple(changes.moved), tuple(changes.duties),
                between.cohorts, between.links, between.turned,
            )  # fmt: skip
    for rule in all_rules(regulation):
        if rule.source.status != "assumed":
            continue
        on = exists(rule.under, choices)
        changes = changes_of(("rule", regulation.id, rule.name, "off" if on else "on"))
        yield Row(
            "rule", regulation.id, rule.name, rule.label, "off" if on else "on", Text(**(OFF if on else ON)),
            "on" if on else "off", tuple(changes.moved), tuple(changes.duties),
        )  # fmt: skip


@dataclass
class _Members:
    """The decided cases of one regulation, whose quotas and links are compared."""

    library: Library
    regulation: Regulation
    members: Sequence[Decided]
    read: Choices
    on_quotas: OnQuotas | None

    def changed(self, interpretation: str, option: str, changes: Changes) -> ChangedAcross:
        """What another option changes between the cases; those that it moves are decided anew."""
        other = {**self.read, interpretation: option}
        again = self._decided_anew(changes, other) if changes.moved else self.members
        after = (
            quota_results(self.library.vocabulary, self.regulation, again, other)[0],
            links(self.regulation, again, other),
        )
        if self.on_quotas is not None:
            self.on_quotas((self.regulation.id, interpretation, option), after[0])
        was, now = _link_keys(self._before[1]), _link_keys(after[1])
        return ChangedAcross(
            changed_cohorts(self._before[0], after[0]),
            tuple(sorted(was ^ now)),
            tuple(turned(self._before[0], after[0])),
        )

    @cached_property
    def _before(self) -> tuple[tuple[QuotaResult, ...], tuple[LinkResult, ...]]:
        counted, _ = quota_results(self.library.vocabulary, self.regulation, self.members, self.read)
        return counted, links(self.regulation, self.members, self.read)

    def _decided_anew(self, changes: Changes, other: Choices) -> list[Decided]:
        moved = {member.case_id: member.then for member in changes.moved}
        reasoner = Reasoner(self.library, other)
        again = []
        for member in self.members:
            possible = moved.get(member.case.case_id)
            grading = member.decision.grading
            if possible is None:
                again.append(member)
            elif grading is None or is_wide(self.regulation, possible):
                again.append(reasoner.decide(member.case))
            else:
                again.append(
                    replace(member, decision=replace(member.decision, grading=replace(grading, possible=possible)))
                )
        return again


def is_wide(regulation: Regulation, possible: Sequence[str]) -> bool:
    """Must a case with these possible outcomes, found rule by rule, be decided anew before cohorts count it?"""
    # A quota and a link look at the outcome alone, unless a relief asks about the cases of its cohort. One that is
    # settled is exact; a range found rule by rule may be wide.
    return asks_of_cases(regulation) or len(possible) > 1 or possible[0] in (NOT_REVIEWED, NOT_GRADED)


def asks_of_cases(regulation: Regulation) -> bool:
    """Do cohorts look at more of a case than its outcome: what reliefs ask, or whether it is graded at all?"""
    relieved = any(relief.rule.condition is not None for quota in regulation.quotas for relief in quota.relief)
    return relieved or any(rule.under and rule.role in ("exemption", "ungraded") for rule in all_rules(regulation))


def concerns_cohorts(regulation: Regulation, interpretation: str) -> bool:
    """Do quotas, their reliefs or links themselves depend on an interpretation?"""
    under = [*(quota.under for quota in regulation.quotas), *(link.under for link in regulation.links)]
    exist_by = {reading.interpretation for readings in under for reading in readings}
    return interpretation in exist_by or any(depends_on(quota, interpretation) for quota in regulation.quotas)


def turned(before: Sequence[QuotaResult], after: Sequence[QuotaResult]) -> Iterator[Turned]:
    """The cohorts of which more cases, or fewer, are too many in another counting of the same quotas."""
    now = {cohort_key(result): result for result in after}
    for result in before:
        then = now.get(cohort_key(result))
        if then is not None and then.excess != result.excess:
            holders = tuple(sorted({*result.holders, *then.holders}))
            yield Turned(_cohort_name(result), (result.excess, then.excess), holders)


def cohort_key(result: QuotaResult) -> tuple[object, ...]:
    """What is the same for a quota over one cohort, however it is counted."""
    return result.quota, result.period, result.cohort


def _cohort_name(result: QuotaResult) -> str:
    return f"{result.period} · {' · '.join(value for _, value in result.cohort)}"


def changed_cohorts(before: Sequence[QuotaResult], after: Sequence[QuotaResult]) -> tuple[str, ...]:
    """The cohorts whose figures differ in two countings of the same quotas: period and cohort, as a text for people."""

    def figures(results: Sequence[QuotaResult]) -> dict[tuple[object, ...], tuple[object, ...]]:
        return {
            cohort_key(result): (result.count, result.base, result.limit, result.excess, result.status)
            for result in results
        }

    was, now = figures(before), figures(after)
    changed = [result for result in (*before, *after) if was.get(key := cohort_key(result)) != now.get(key)]
    return tuple(dict.fromkeys(map(_cohort_name, changed)))


def _link_keys(results: Iterable[LinkResult]) -> set[str]:
    return {link_key(link.link.name, link.case_id, alike(link.other), link.status) for link in results}


def link_key(link: str, case_id: str, other: str, status: LinkStatus) -> str:
    """A link between two cases and its status, as a text for people."""
    return f"{link.rpartition('.')[2]}: {case_id} → {other}: {status}"
