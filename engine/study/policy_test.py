"""One test of the policies: its cases, the names in it that mean nothing, and what it finds when it runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import Document
from engine.core.judge.case import Case, Subject
from engine.core.judge.engine import Engine, across_cases
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.live import during, in_force
from engine.core.policy.periods import period_kind
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.terms import Text, Value
from engine.core.policy.values import Misfit, check_bounds, derivation_order, typed, with_derived, written
from engine.load.cases.chosen import reason
from engine.load.policies.names import unknown_fact
from engine.load.policies.spelling import meant_name
from engine.study.coverage import Tally
from engine.study.expectations import compare, differing


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met, as written and as it came out; `rules` are those that make the difference."""

    location: Location
    what: str
    expected: str
    got: str
    rules: tuple[tuple[str, Location], ...] = ()


class Engines:
    """One engine for every choice of readings, kept for the tests that follow: compiling takes most of a test's time.

    What the engines hold is let go where there are many, and at the end.
    """

    most = 8

    def __init__(self, library: Library) -> None:
        self.library = library
        self._kept: dict[tuple[tuple[str, str], ...], Engine] = {}

    def __enter__(self) -> "Engines":
        return self

    def __exit__(self, *error: object) -> None:
        for engine in self._kept.values():
            engine.close()

    def reading(self, switches: Mapping[str, str]) -> Engine:
        key = tuple(sorted(switches.items()))
        engine = self._kept.pop(key, None) or Engine(self.library, dict(switches), verify=True)
        self._kept[key] = engine
        if len(self._kept) > self.most:
            self._kept.pop(next(iter(self._kept))).close()
        return engine


@dataclass(frozen=True)
class PolicyTest:
    document: Document
    path: tuple[str | int, ...]
    data: Mapping[str, Any]
    engines: Engines
    regulation: Regulation

    @property
    def library(self) -> Library:
        return self.engines.library

    @property
    def _switches(self) -> dict[str, str]:
        return dict(self.data.get("interpretations") or {})

    def read(self) -> tuple[list[Case], tuple[Diagnostic, ...]]:
        """The cases of the test, and everything in it that names what does not exist."""
        wrong = [*self._unknown_choices(self._switches), *self._unknown_names(), *self._unknown_in_cases()]
        return list(self._cases(wrong)), tuple(dict.fromkeys(wrong))

    def failures(self, tally: Tally) -> list[Failure]:
        """Run the test and note what it covers. Raises Problems for a test that asks about something that does not
        exist."""
        cases, wrong = self.read()
        if wrong:
            raise Problems(wrong)
        switches = self._switches
        engine = self.engines.reading(switches)
        decided = [engine.decide(case) for case in cases]
        for one in decided:
            tally.note(engine.judge(one.case), one)
        results = across_cases(self.library, decided, (), switches)
        tally.note_across(results, self.regulation.id)
        places = {rule.id: (rule.name, rule.location) for rule in all_rules(self.regulation)}
        return [
            Failure(
                self.document.location((*self.path, "expect", what)),
                what,
                expected,
                got,
                tuple(places[name] for name in differing(expected, got) if name in places),
            )
            for what, expected, got in compare(self.data["expect"], decided, results)
            if expected != got
        ]

    # --- making cases ---

    def _cases(self, wrong: list[Diagnostic]) -> Iterator[Case]:
        number = 0
        for group, place in self._groups():
            for _ in range(group.get("count", 1)):
                number += 1
                yield self._case(group, place, str(group.get("id", f"case-{number}")), wrong)

    def _groups(self) -> list[tuple[Mapping[str, Any], tuple[str | int, ...]]]:
        """The cases or groups of cases, with their places; the test itself where it is about one case."""
        for key in ("cases", "cohort"):
            if self.data.get(key):
                return [(group, (*self.path, key, index)) for index, group in enumerate(self.data[key])]
        return [(self.data, self.path)]

    def _case(
        self, group: Mapping[str, Any], place: tuple[str | int, ...], case_id: str, wrong: list[Diagnostic]
    ) -> Case:
        vocabulary = self.library.vocabulary
        subject = group.get("subject", self.data.get("subject"))
        about = {"kind": subject} if isinstance(subject, str) else dict(subject or {})
        kinds = self.regulation.kinds
        as_of = date.fromisoformat(self.data.get("as_of") or self.regulation.in_force_from.isoformat())
        if about.get("kind") not in kinds:
            path = (*(place if "subject" in group else self.path), "subject")
            place_of = self.document.location((*path, "kind") if isinstance(subject, dict) else path)
            labels = {kind.id: kind.label for kind in kinds.values()}
            wrong += _known("kind/unknown", str(about.get("kind")), list(kinds), place_of, labels)
            about["kind"] = next(iter(kinds))
        period, periods = self.data.get("period", str(as_of.year)), self.regulation.periods
        kind = period_kind(period)
        if periods and (kind is None or not during(periods, kind)):
            at = self.document.location((*self.path, "period"))
            wrong.append(diagnostic("case/period", at, value=written(period), known=", ".join(periods)))
        if not in_force(self.regulation, as_of):
            wrong.append(
                diagnostic(
                    "case/regulation-not-in-force",
                    self.document.location((*self.path, "as_of")),
                    regulation=self.regulation.id,
                    day=as_of.isoformat(),
                    first=self.regulation.in_force_from.isoformat(),
                    last=self.regulation.in_force_until.isoformat() if self.regulation.in_force_until else "…",
                )
            )
        relations = {
            name: (value,) if isinstance(value, str) else tuple(value)
            for name, value in about.items()
            if name not in ("kind", "id", "cohort", "name") and value is not None
        }
        grades = dict(group.get("grades") or self.data.get("grades") or {})
        decided_on = grades.pop("decided_on", None)
        review = group.get("review", self.data.get("review"))
        return Case(
            case_id=case_id,
            file=self.document.file,
            regulation=self.regulation.id,
            chosen_because=reason("named"),
            period=period,
            as_of=as_of,
            subject=Subject(about["kind"], about.get("id"), about.get("unit"), about.get("cohort"), relations),
            values=with_derived(self._stated(group, place, wrong), vocabulary, derivation_order(vocabulary)),
            evidence=self._evidence(group),
            covered=None if review is None else frozenset(review),
            grades={by: grade for by, grade in grades.items() if grade is not None},
            decided_on=date.fromisoformat(decided_on) if decided_on else None,
            input_hash="",
            period_kind=(period_kind(period) or "year") if self.regulation.periods else "year",
        )

    def _stated(
        self, group: Mapping[str, Any], place: tuple[str | int, ...], wrong: list[Diagnostic]
    ) -> dict[str, Value]:
        """The given facts over the typical ones."""
        facts = self.library.vocabulary.facts
        stated: dict[str, Value] = {
            name: typed(fact.typical, fact) for name, fact in facts.items() if fact.typical is not None
        }
        given = {**(self.data.get("given") or {}), **(group.get("given") or {})}
        for name, plain in given.items():
            path = (*place, "given", name)
            if name not in facts:
                wrong.append(unknown_fact(name, facts, self.document.location(path, key=True)))
            elif plain is None:
                stated.pop(name, None)
            else:
                try:
                    stated[name] = typed(plain, facts[name])
                except Misfit as misfit:
                    wrong.append(diagnostic(misfit.code, self.document.location(path), **misfit.arguments))
        order = derivation_order(self.library.vocabulary)
        for name in order:
            value = with_derived(stated, self.library.vocabulary, order).get(name)
            try:
                if value is not None:
                    check_bounds(value, facts[name])
            except Misfit as misfit:
                wrong.append(diagnostic(misfit.code, self.document.location((*place, "given")), **misfit.arguments))
        return stated

    def _evidence(self, group: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        """What the test names; where it says nothing, one invented product for every fact that a rule wants it for."""
        wanted = {fact for rule in all_rules(self.regulation) for fact in rule.requires_evidence}
        evidence: dict[str, tuple[str, ...]] = dict.fromkeys(wanted, ("sản phẩm mẫu",))
        for fact, items in (group.get("evidence") or self.data.get("evidence") or {}).items():
            if items is None:
                evidence.pop(fact, None)
            else:
                evidence[fact] = tuple(items)
        return evidence

    # --- names that mean nothing ---

    def _unknown_choices(self, switches: Mapping[str, str]) -> Iterator[Diagnostic]:
        known = {one.id: [name for name, _ in one.options] for one in self.regulation.interpretations}
        for name, option in switches.items():
            place = self.document.location((*self.path, "interpretations", name))
            yield from _known("interpretation/unknown", name, list(known), place)
            yield from _known("interpretation/unknown-option", option, known.get(name, [option]), place)

    def _unknown_in_cases(self) -> Iterator[Diagnostic]:
        """What the test's cases name besides facts."""
        contents = [rule.id for rule in self.regulation.review_contents]
        grades = {grade.id: grade.label for grade in self.regulation.grades}
        relations = [relation.id for relation in self.regulation.relations]
        facts = self.library.vocabulary.facts
        at = self.document.location
        groups = self._groups()
        for group, path in groups if groups[0][0] is self.data else [(self.data, self.path), *groups]:
            subject = group.get("subject")
            for name in subject if isinstance(subject, dict) else ():
                if name not in ("kind", "id", "unit", "cohort", "name"):
                    yield from _known("relation/unknown", name, relations, at((*path, "subject", name), key=True))
            for fact in group.get("evidence") or ():
                if fact not in facts:
                    place = at((*path, "evidence", fact), key=True)
                    yield unknown_fact(fact, facts, place)
            for index, name in enumerate(group.get("review") or ()):
                yield from _known("review-content/unknown", name, contents, at((*path, "review", index)))
            for by, grade in (group.get("grades") or {}).items():
                if by != "decided_on" and grade is not None:
                    yield from _known("grade/unknown", grade, list(grades), at((*path, "grades", by)), grades)

    def _unknown_names(self) -> Iterator[Diagnostic]:
        """A test that expects something of a rule, grade or fact that does not exist would pass wrongly."""
        rules = all_rules(self.regulation)
        by_role = {
            role: [rule.id for rule in rules if rule.role == role]
            for role in ("trigger", "review_content", "bar", "criterion", "exemption", "ungraded", "gap")
        }
        grades = [grade.id for grade in self.regulation.grades]
        every = [name for rule in rules for name in (rule.id, rule.name)]
        expect = self.data["expect"]
        facts = list(self.library.vocabulary.facts)
        named = [
            ("findings", by_role["trigger"]), ("bars", by_role["bar"]), ("review_required", by_role["review_content"]),
            ("review_left_out", by_role["review_content"]), ("holds", every), ("fails", every), ("unknown", every),
            ("gaps", by_role["gap"]),
            ("missing", [*facts, *(f"evidence.{fact}" for fact in facts)]),
        ]  # fmt: skip
        asked = [(key, name, known) for key, known in named for name in expect.get(key) or ()]
        asked += [
            ("unmet", name, by_role["criterion"]) for names in (expect.get("unmet") or {}).values() for name in names
        ]
        asked += [("unmet", grade, grades) for grade in expect.get("unmet") or {}]
        if "exemption" in expect:
            asked.append(("exemption", expect["exemption"], by_role["exemption"]))
        if "ungraded" in expect:
            asked.append(("ungraded", expect["ungraded"], by_role["ungraded"]))
        if "grade" in expect:
            asked.append(("grade", expect["grade"], [*grades, UNDETERMINED, "none"]))
        for bound in ("lowest", "highest"):
            if (expect.get("range") or {}).get(bound):
                asked.append(("range", expect["range"][bound], grades))
        asked += [
            ("quotas", one["quota"], [quota.id for quota in self.regulation.quotas])
            for one in expect.get("quotas") or ()
        ]
        asked += [
            ("links", one["link"], [link.id for link in self.regulation.links]) for one in expect.get("links") or ()
        ]
        for key, name, known in asked:
            if name not in known:
                place = self.document.location(self._where(key, name))
                labels = {grade.id: grade.label for grade in self.regulation.grades if grade.id in known}
                near = meant_name(name, {one: _texts_of(labels.get(one)) for one in known})
                yield diagnostic("test/unknown-name", place, name=name, key=key, suggestion=near)

    def _where(self, key: str, name: str) -> tuple[str | int, ...]:
        """The path of what is expected under `key`: of the very name, where a list holds it."""
        expected = self.data["expect"].get(key)
        inside = (expected.index(name),) if isinstance(expected, list) and name in expected else ()
        return (*self.path, "expect", key, *inside)


def _known(
    code: str, name: str, known: Sequence[str], place: Location, labels: Mapping[str, Text] | None = None
) -> Iterator[Diagnostic]:
    if name not in known:
        near = meant_name(name, {one: _texts_of((labels or {}).get(one)) for one in known})
        yield diagnostic(code, place, name=name, known=", ".join(known), suggestion=near)


def _texts_of(label: Text | None) -> tuple[str, ...]:
    return (label.vi, label.en) if label else ()
