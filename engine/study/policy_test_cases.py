"""The cases of one policy test: typical values, and over them what the test gives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, get_args

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.documents import Document
from engine.core.judge.case import SUBJECT_KEYS, Case, Subject, subject_of
from engine.core.policy.live import during, in_force
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import Role
from engine.core.policy.terms import Text, Value
from engine.core.policy.values import Misfit, check_bounds, typed, written
from engine.load.cases.chosen import reason
from engine.load.cases.derived import derivation_order, with_derived
from engine.load.cases.kinds import unfit_kind
from engine.load.cases.periods import period_alike, period_kind
from engine.load.policies.names import unknown_fact, unknown_name
from engine.study.examples import typical_values

Path_ = tuple[str | int, ...]
"""The keys and indexes that lead to a value in a document."""


@dataclass(frozen=True)
class Tested:
    """A regulation under test, and what all its tests start from."""

    library: Library
    regulation: Regulation

    @cached_property
    def typical(self) -> dict[str, Value]:
        """The typical value of each fact that has one."""
        return typical_values(self.library.vocabulary)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The derived facts, each after those that it is computed from."""
        return derivation_order(self.library.vocabulary)

    @cached_property
    def by_role(self) -> Mapping[Role, list[str]]:
        """The ids of the rules of each role."""
        ids: dict[Role, list[str]] = {role: [] for role in get_args(Role)}
        for rule in all_rules(self.regulation):
            ids[rule.role].append(rule.id)
        return ids

    @cached_property
    def names(self) -> list[str]:
        """The ids of all rules, short and qualified."""
        return [name for rule in all_rules(self.regulation) for name in (rule.id, rule.name)]

    @cached_property
    def facts(self) -> list[str]:
        """What a case may leave open: the facts, and evidence of each."""
        facts = list(self.library.vocabulary.facts)
        return [*facts, *(f"evidence.{fact}" for fact in facts)]

    @cached_property
    def evidence(self) -> dict[str, tuple[str, ...]]:
        """One invented product for each fact that some rule wants evidence for."""
        wanted = {fact for rule in all_rules(self.regulation) for fact in rule.requires_evidence}
        return dict.fromkeys(wanted, ("sample",))


@dataclass(frozen=True)
class CaseGroup:
    """Like cases of a test, as it says what they are, and where. A test of one case is itself its only group."""

    data: Mapping[str, Any]
    path: Path_
    count: int


@dataclass(frozen=True)
class PolicyTest:
    """One test as written in a `*.test.yaml` file whose form is sound."""

    tested: Tested
    document: Document
    path: Path_
    data: Mapping[str, Any]

    @property
    def name(self) -> Text:
        """The name; in both languages the same if it is written in one."""
        name = self.data["name"]
        return Text(vi=name, en=name) if isinstance(name, str) else Text(vi=name["vi"], en=name["en"])

    @property
    def place(self) -> Location:
        """Where the name stands."""
        return self.document.location((*self.path, "name"))

    @property
    def switches(self) -> dict[str, str]:
        """The options of interpretations that the test chooses."""
        return dict(self.data.get("interpretations") or {})

    def groups(self) -> list[CaseGroup]:
        """The groups of cases, in the order of the test."""
        for key in ("cases", "cohort"):
            if self.data.get(key):
                return [
                    CaseGroup(group, (*self.path, key, index), group.get("count", 1))
                    for index, group in enumerate(self.data[key])
                ]
        return [CaseGroup(self.data, self.path, 1)]


def cases_of(test: PolicyTest, problems: list[Diagnostic]) -> list[Case]:
    """The cases of a test. What is wrong with them is added to `problems`."""
    problems += _wrong_period(test)
    cases: list[Case] = []
    for group in test.groups():
        case = _case(test, group, problems)
        for _ in range(group.count):
            cases.append(replace(case, case_id=str(group.data.get("id", f"case-{len(cases) + 1}"))))
    return cases


def _case(test: PolicyTest, group: CaseGroup, problems: list[Diagnostic]) -> Case:
    regulation, data = test.tested.regulation, group.data
    as_of, period = _day(test), _period(test)
    grades = dict(data.get("grades") or test.data.get("grades") or {})
    decided_on = grades.pop("decided_on", None)
    review = data.get("review", test.data.get("review"))
    return Case(
        case_id="",
        file=test.document.file,
        regulation=regulation.id,
        chosen_because=reason("named"),
        period=period,
        period_key=period_alike(period),
        as_of=as_of,
        subject=_subject(test, group, problems),
        values=_values(test, group, problems),
        evidence=_evidence(test, group),
        covered=None if review is None else frozenset(review),
        grades={giver: grade for giver, grade in grades.items() if grade is not None},
        decided_on=date.fromisoformat(decided_on) if decided_on else None,
        input_hash="",
        period_kind=(period_kind(period) or "year") if regulation.periods else "year",
    )


def _day(test: PolicyTest) -> date:
    return date.fromisoformat(test.data.get("as_of") or test.tested.regulation.in_force_from.isoformat())


def _period(test: PolicyTest) -> str:
    return str(test.data.get("period", _day(test).year))


def _wrong_period(test: PolicyTest) -> Iterator[Diagnostic]:
    """Of a period that the regulation does not know, and of a day on which it is not in force."""
    regulation, day, period = test.tested.regulation, _day(test), _period(test)
    periods, kind = regulation.periods, period_kind(period)
    if periods and (kind is None or not during(periods, kind)):
        place = test.document.location((*test.path, "period"))
        yield diagnostic("case/period", place, value=written(period), known=", ".join(periods))
    if not in_force(regulation, day):
        yield diagnostic(
            "case/regulation-not-in-force",
            test.document.location((*test.path, "as_of")),
            regulation=regulation.id,
            day=day.isoformat(),
            first=regulation.in_force_from.isoformat(),
            last=regulation.in_force_until.isoformat() if regulation.in_force_until else "…",
        )


def _subject(test: PolicyTest, group: CaseGroup, problems: list[Diagnostic]) -> Subject:
    subject = group.data.get("subject", test.data.get("subject"))
    about = {"kind": subject} if isinstance(subject, str) else dict(subject or {})
    regulation = test.tested.regulation
    kinds, kind = regulation.kinds, str(about.get("kind"))
    path = (*(group.path if "subject" in group.data else test.path), "subject")
    place = test.document.location((*path, "kind") if isinstance(subject, dict) else path)
    if kind not in kinds:
        labels = {known.id: known.label for known in kinds.values()}
        problems += unknown_name("kind/unknown", kind, kinds, place, labels)
        about["kind"] = next(iter(kinds))
    elif (unfit := unfit_kind(kind, regulation))[0] == "kind/without-ladder":
        problems.append(diagnostic(unfit[0], place, name=kind, known=", ".join(unfit[1])))
    relations = {
        name: (value,) if isinstance(value, str) else tuple(value)
        for name, value in about.items()
        if name not in SUBJECT_KEYS and value is not None
    }
    return subject_of(about, relations)


def _values(test: PolicyTest, group: CaseGroup, problems: list[Diagnostic]) -> dict[str, Value]:
    """The given facts over the typical ones, and the derived facts."""
    vocabulary = test.tested.library.vocabulary
    facts, stated = vocabulary.facts, dict(test.tested.typical)
    given = {**(test.data.get("given") or {}), **(group.data.get("given") or {})}
    for name, plain in given.items():
        path = (*group.path, "given", name)
        if name not in facts:
            problems.append(unknown_fact(name, facts, test.document.location(path, key=True)))
        elif plain is None:
            stated.pop(name, None)
        else:
            try:
                stated[name] = typed(plain, facts[name])
            except Misfit as misfit:
                problems.append(diagnostic(misfit.code, test.document.location(path), **misfit.arguments))
    values = with_derived(stated, vocabulary, test.tested.order)
    for name in test.tested.order:
        try:
            if name in values:
                check_bounds(values[name], facts[name])
        except Misfit as misfit:
            place = test.document.location((*group.path, "given"))
            problems.append(diagnostic(misfit.code, place, **misfit.arguments))
    return values


def _evidence(test: PolicyTest, group: CaseGroup) -> dict[str, tuple[str, ...]]:
    """What the test names; of the facts that it says nothing about, an invented product."""
    evidence = dict(test.tested.evidence)
    for fact, items in (group.data.get("evidence") or test.data.get("evidence") or {}).items():
        if items is None:
            evidence.pop(fact, None)
        else:
            evidence[fact] = tuple(items)
    return evidence
