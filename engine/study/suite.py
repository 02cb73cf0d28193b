"""Runs `*.test.yaml`, the policies' own tests, and gathers what they cover."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import Document
from engine.base.yaml_text import read_yaml
from engine.core.judge.case import Case, Subject
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine, across_cases
from engine.core.judge.record import UNDETERMINED, Grading, Results
from engine.core.policy.live import during, in_force
from engine.core.policy.model import Library, Regulation, Text, Value, all_rules
from engine.core.policy.periods import period_kind
from engine.core.policy.values import Misfit, check_bounds, derivation_order, typed, with_derived, written
from engine.load.policies.checker import unknown_fact
from engine.load.policies.folders import TEST_SUFFIX, regulation_folders, test_files
from engine.load.policies.schema import schema_diagnostics
from engine.load.policies.spelling import meant_name
from engine.study.coverage import RuleCoverage, Tally, ThresholdCoverage, rule_coverage, threshold_coverage


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met, as written and as it came out; `rules` are those that make the difference."""

    location: Location
    what: str
    expected: str
    got: str
    rules: tuple[tuple[str, Location], ...] = ()


@dataclass(frozen=True)
class TestResult:
    """One test that was run, or could not be (`diagnostics`)."""

    __test__ = False

    name: str
    location: Location
    failures: tuple[Failure, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def passed(self) -> bool:
        return not (self.failures or self.diagnostics)


@dataclass
class Report:
    """The tests that were run, files that are no tests (`diagnostics`), and what they cover. `judged`: the whole of
    the policies was tested, so that a rule which no test makes hold or none makes fail is a fault."""

    results: list[TestResult] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    judged: bool = False
    rules: tuple[RuleCoverage, ...] = ()
    thresholds: tuple[ThresholdCoverage, ...] = ()

    @property
    def lacking(self) -> tuple[RuleCoverage, ...]:
        return tuple(one for one in self.rules if one.lacking) if self.judged else ()

    @property
    def passed(self) -> bool:
        return not self.diagnostics and not self.lacking and all(one.passed for one in self.results)


def run(library: Library, folder: Path, paths: Sequence[Path] = ()) -> Report:
    """Run the tests below `paths` (the whole policies folder where none is named, and then coverage is judged).

    A folder without tests, like a file without any, is a fault and not a success.
    """
    report, tally = Report(judged=not paths), Tally()
    with _Engines(library) as engines:
        for path in paths or (folder,):
            files = test_files(path) if path.is_dir() else (path,)
            if not files:
                report.diagnostics.append(diagnostic("test/none", Location(str(path)), suffix=TEST_SUFFIX))
            for file in files:
                _run_file(file, engines, folder, report, tally)
    regulations = library.regulations.values()
    report.rules = tuple(one for each in regulations for one in rule_coverage(each, tally))
    report.thresholds = tuple(
        one for each in regulations for one in threshold_coverage(each, library.vocabulary, tally)
    )
    return report


class _Engines:
    """One engine for every choice of readings, kept for the tests that follow: compiling takes most of a test's time.

    What the engines hold is let go where there are many, and at the end.
    """

    most = 8

    def __init__(self, library: Library) -> None:
        self.library = library
        self._kept: dict[tuple[tuple[str, str], ...], Engine] = {}

    def __enter__(self) -> "_Engines":
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


def check_tests(library: Library, folder: Path) -> tuple[Diagnostic, ...]:
    """Everything wrong with the tests of a folder short of running them: their form, and what they name."""
    found: list[Diagnostic] = []
    with _Engines(library) as engines:
        for file in test_files(folder):
            for _, test in _tests_in(file, engines, folder, found):
                found += test.read()[1]
    return tuple(dict.fromkeys(found))


def _run_file(file: Path, engines: _Engines, folder: Path, report: Report, tally: Tally) -> None:
    for place, test in _tests_in(file, engines, folder, report.diagnostics):
        name = test.data["name"]
        try:
            report.results.append(TestResult(name, place, tuple(test.failures(tally))))
        except Problems as problems:
            report.results.append(TestResult(name, place, diagnostics=problems.diagnostics))


def _tests_in(
    file: Path, engines: _Engines, folder: Path, found: list[Diagnostic]
) -> Iterator[tuple[Location, "_Test"]]:
    """The tests of a file with their places; what is wrong with the file is added to `found`."""
    try:
        document = read_yaml(file)
    except Problems as problems:
        found += problems.diagnostics
        return
    wrong = schema_diagnostics(document, "tests")
    if wrong:
        found += wrong
        return
    regulation = _regulation_of(file, engines.library, folder)
    if regulation is None:
        found.append(diagnostic("test/outside-regulation", document.location()))
        return
    named: dict[str, Location] = {}
    for index, data in enumerate(document.data["tests"]):
        place = document.location(("tests", index, "name"))
        if data["name"] in named:
            first = named[data["name"]].line
            found.append(diagnostic("test/duplicate-name", place, name=data["name"], first=first))
        named.setdefault(data["name"], place)
        yield place, _Test(document, ("tests", index), data, engines, regulation)


def _regulation_of(file: Path, library: Library, folder: Path) -> Regulation | None:
    inside = [one for one in regulation_folders(folder) if one.resolve() in file.resolve().parents]
    return library.regulations.get(inside[0].name) if inside else None


@dataclass(frozen=True)
class _Test:
    document: Document
    path: tuple[str | int, ...]
    data: Mapping[str, Any]
    engines: _Engines
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
                tuple(places[name] for name in _differing(expected, got) if name in places),
            )
            for what, expected, got in _compare(self.data["expect"], decided, results)
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
            chosen_because="named",
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


def _compare(expect: Mapping[str, Any], decided: Sequence[Decided], results: Results) -> Iterator[tuple[str, str, str]]:
    """(what, expected, got) for every expectation, as texts; lists are compared without regard to order."""
    one = decided[0]
    decision, grading = one.decision, one.decision.grading
    for key, expected in expect.items():
        match key:
            case "subject_to_review":
                yield (
                    key,
                    _text("unknown" if expected is None else expected),
                    _text(_three(decision.subject_to_review)),
                )
            case "exemption":
                yield (
                    key,
                    expected,
                    ", ".join(rule.id for rule in decision.exemptions if rule.holds) or "none",
                )
            case "ungraded":
                yield key, expected, ", ".join(rule.id for rule in decision.ungraded if rule.holds) or "none"
            case "gaps":
                yield key, _names(expected), _names(one.id for one in grading.gaps if one.holds) if grading else "none"
            case "grade":
                yield key, expected, _outcome(grading)
            case "range":
                keys = [name for name in ("lowest", "highest", "undetermined") if name in expected]
                yield key, _text({name: expected[name] for name in keys}), _text(_range(grading, keys))
            case "bars":
                yield (
                    key,
                    _names(expected),
                    _names(bar.result.id for bar in grading.bars if bar.result.holds) if grading else "none",
                )
            case "unmet":
                rungs = {rung.grade: rung for rung in grading.rungs} if grading else {}
                for grade, names in expected.items():
                    got = _names(rule.id for rule in rungs[grade].unmet) if grade in rungs else "no such rung"
                    yield key, _names(names), got
            case "missing":
                names = (
                    [f"evidence.{one.fact}" if one.evidence else one.fact for one in grading.missing] if grading else []
                )
                yield key, _names(expected), _names(names)
            case "findings":
                yield key, _names(expected), _names(rule.id for rule in decision.findings)
            case "review_required":
                yield key, _names(expected), _names(item.id for item in decision.review if item.required)
            case "review_left_out":
                left_out = (item.id for item in decision.review if item.required and item.covered is False)
                yield key, _names(expected), _names(left_out)
            case "holds" | "fails" | "unknown":
                wanted = {"holds": True, "fails": False, "unknown": None}[key]
                for name in expected:
                    statuses = [
                        status for rule, status in one.results.items() if name in (rule, rule.rsplit(".", 1)[-1])
                    ]
                    as_wanted = statuses and all(status is wanted for status in statuses)
                    yield (
                        f"{key}",
                        f"{name}: {key}",
                        f"{name}: {key}" if as_wanted else f"{name}: {_text([_three(s) for s in statuses])}",
                    )
            case "quotas":
                yield from _compare_quotas(expected, results)
            case "links":
                yield from _compare_links(expected, results)


def _compare_quotas(expected: Sequence[Mapping[str, Any]], results: Results) -> Iterator[tuple[str, str, str]]:
    for want in expected:
        found = [one for one in results.quotas if one.quota.rsplit(".", 1)[-1] == want["quota"]]
        cohort = want.get("cohort")
        found = [one for one in found if cohort is None or cohort in [value for _, value in one.cohort]]
        if len(found) != 1:
            yield "quotas", f"one cohort of {want['quota']}", f"{len(found)} cohorts"
            continue
        figures = {key: value for key, value in want.items() if key not in ("quota", "cohort")}
        yield "quotas", _text(figures), _text({key: getattr(found[0], key) for key in figures})


def _compare_links(expected: Sequence[Mapping[str, Any]], results: Results) -> Iterator[tuple[str, str, str]]:
    for want in expected:
        found = [
            one.status
            for one in results.links
            if one.link.rsplit(".", 1)[-1] == want["link"]
            and want.get("from") in (None, one.case_id)
            and want.get("to") in (None, one.other_case, one.other)
        ]
        yield "links", _text([want["status"]]), _text(found)


def _three(status: bool | None) -> object:
    return "unknown" if status is None else status


def _outcome(grading: Grading | None) -> str:
    if grading is None:
        return "none"
    if grading.settled:
        return grading.possible[0]
    return f"one of {_names(grading.possible)}"


def _range(grading: Grading | None, keys: Sequence[str]) -> object:
    if grading is None:
        return "none"
    figures = {
        "lowest": grading.lowest,
        "highest": grading.highest,
        "undetermined": UNDETERMINED in grading.possible,
    }
    return {key: figures[key] for key in keys}


def _names(names: Any) -> str:
    return ", ".join(sorted(dict.fromkeys(names))) or "none"


def _text(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {_text(one)}" for key, one in value.items())
        case list():
            return ", ".join(_text(one) for one in value) or "none"
        case str():
            return value
        case _:
            return written(value)


def _differing(expected: str, got: str) -> list[str]:
    """The names that stand in one of two texts only, in their order."""
    words = [re.findall(r"[a-z_][a-z0-9_]*", text) for text in (expected, got)]
    return [name for name in dict.fromkeys([*words[0], *words[1]]) if (name in words[0]) is not (name in words[1])]
