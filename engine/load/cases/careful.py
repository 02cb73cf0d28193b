"""Case files -> cases: typed, NFC-normalised, derived facts filled in; every problem of a case at once.

A case is personal data: diagnostics name the case's place and the fact, never a person.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.base.diagnostics import HIDDEN, PERSONAL, Diagnostic, diagnostic
from engine.base.documents import Document
from engine.base.findings import Findings
from engine.base.hashing import content_hash
from engine.base.nearness import closest
from engine.core.judge.case import GIVERS, SUBJECT_KEYS, Case, Subject, subject_of
from engine.core.policy.live import during, in_force
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Percent, PeriodKind, Value, Vocabulary
from engine.core.policy.values import Misfit, check_bounds, derive, parts_of, typed, written
from engine.load.cases.ballots import ballots_of, mistakes
from engine.load.cases.bounds import above
from engine.load.cases.chosen import ChosenBecause, chosen_because
from engine.load.cases.derived import agrees, derivation_order, fact_path, with_derived
from engine.load.cases.kinds import kinds_of_cases, unfit_kind
from engine.load.cases.periods import outside, period_alike, period_kind
from engine.load.policies.names import unknown_name
from engine.load.policies.schema import schema_diagnostics

_ID = re.compile(r"[A-Za-z0-9_.-]+")


def parse_case(
    document: Document, library: Library, regulation: str | None = None
) -> tuple[Case | None, tuple[Diagnostic, ...]]:
    """A case document -> the case, or None and every problem found.

    `regulation` overrides the one in force on `as_of` (and one that the case names).
    """
    case, wrong = _parsed(document, library, regulation)
    problems = tuple(document.reworded(problem) for problem in wrong)
    if not document.problems:
        return case, problems
    places = {problem.location for problem in document.problems}
    return None, (*document.problems, *(problem for problem in problems if problem.location not in places))


def _parsed(document: Document, library: Library, regulation: str | None) -> tuple[Case | None, tuple[Diagnostic, ...]]:
    if unfit := schema_diagnostics(document, "case"):
        return None, unfit
    data = document.data
    as_of = date.fromisoformat(data["as_of"])
    chosen, because, problem = _regulation(document, library, as_of, regulation)
    if problem is not None or chosen is None:
        return None, (problem,) if problem else ()
    findings = Findings()
    reader = _Reader(document, library, chosen, findings)
    reader.check_day(as_of)
    values = reader.facts()
    reader.check_ballots()
    reader.check_documents()
    case = Case(
        case_id=data["case_id"],
        file=document.file,
        regulation=chosen.id,
        chosen_because=chosen_because(library, chosen, because, data["period"], as_of),
        period=data["period"],
        period_key=period_alike(data["period"]),
        as_of=as_of,
        subject=reader.subject(),
        values=values,
        evidence=reader.evidence(),
        covered=reader.covered(),
        grades=reader.grades(),
        decided_on=reader.decided_on(),
        input_hash=content_hash(data),
        period_kind=reader.period_kind(),
        percentages=document.percentages,
    )
    return (None, findings.all(document.location())) if findings else (case, ())


def _regulation(
    document: Document, library: Library, as_of: date, override: str | None
) -> tuple[Regulation | None, ChosenBecause, Diagnostic | None]:
    """The regulation that a case is judged by, why, and what is wrong with the choice."""
    named = document.data.get("regulation")
    if override is not None:
        return library.regulations[override], "overridden", None
    if named is not None:
        place = document.location(("regulation",))
        if named not in library.regulations:
            return None, "named", next(unknown_name("regulation/unknown", named, library.regulations, place))
        chosen = library.regulations[named]
        if not in_force(chosen, as_of):
            return (
                None,
                "named",
                diagnostic(
                    "case/regulation-not-in-force",
                    place,
                    regulation=named,
                    day=as_of.isoformat(),
                    first=chosen.in_force_from.isoformat(),
                    last=chosen.in_force_until.isoformat() if chosen.in_force_until else "…",
                ),
            )
        return chosen, "named", None
    candidates = [
        candidate
        for candidate in library.regulations.values()
        if candidate.extends is None and in_force(candidate, as_of)
    ]
    if len(candidates) == 1:
        return candidates[0], "in_force", None
    place = document.location(("as_of",))
    code = "case/several-regulations-in-force" if candidates else "case/no-regulation-in-force"
    known = ", ".join(candidate.id for candidate in candidates or library.regulations.values())
    return None, "in_force", diagnostic(code, place, day=as_of.isoformat(), known=known)


@dataclass(frozen=True, eq=False, repr=False)
class _Reader:
    """Reads the parts of a schema-valid case, adding what is wrong to `findings`."""

    document: Document
    library: Library
    regulation: Regulation
    findings: Findings

    @property
    def vocabulary(self) -> Vocabulary:
        return self.library.vocabulary

    def _report(
        self,
        code: str,
        path: tuple[str | int, ...],
        *,
        key: bool = False,
        near: tuple[str, Iterable[str]] | None = None,
        **arguments: object,
    ) -> None:
        """`near`: an unknown name, and the known names from which a suggestion is chosen."""
        if self.findings.full:
            self.findings.count()
            return
        if near is not None:
            arguments["suggestion"] = closest(*near)
        self.findings.add(diagnostic(code, self.document.location(path, key=key), **arguments))

    def _report_misfit(self, misfit: Misfit, code: str, path: tuple[str | int, ...], **more: str) -> None:
        about: dict[str, Any] = {**misfit.arguments, **more}
        self._report(code, path, **about)

    def _known(
        self, name: str, known: Sequence[str], code: str, path: tuple[str | int, ...], *, key: bool = False
    ) -> bool:
        if name in known:
            return True
        shown = name if path[0] != PERSONAL or _ID.fullmatch(name) else HIDDEN
        if self.findings.full:
            self.findings.count()
        else:
            self.findings.add(*unknown_name(code, name, known, self.document.location(path, key=key), shown=shown))
        return False

    def facts(self) -> dict[str, Value]:
        stated: dict[str, Value] = {}
        places: dict[str, tuple[str | int, ...]] = {}
        for name, path, plain in self._leaves(self.document.data.get("facts") or {}, ("facts",), ""):
            if name in places:
                first = self.document.location(places[name]).line
                self._report("fact/stated-twice", path, fact=name, first=first)
                continue
            places[name] = path
            try:
                stated[name] = typed(plain, self.vocabulary.facts[name])
            except Misfit as misfit:
                self._report_misfit(misfit, misfit.code, path)
        values = with_derived(stated, self.vocabulary, derivation_order(self.vocabulary))
        self._check_derived(stated, values)
        self._check_wholes(stated, values)
        return values

    def _leaves(
        self, data: Mapping[str, Any], path: tuple[str | int, ...], prefix: str
    ) -> Iterator[tuple[str, tuple[str | int, ...], object]]:
        for key, value in data.items():
            name, place = f"{prefix}{key}", (*path, key)
            if value is None:
                continue
            if name in self.vocabulary.facts:
                yield name, place, value
            elif isinstance(value, dict):
                yield from self._leaves(value, place, f"{name}.")
            else:
                self._report("fact/unknown", place, key=True, near=(name, self.vocabulary.facts), fact=name)

    def _check_derived(self, stated: Mapping[str, Value], values: Mapping[str, Value]) -> None:
        """Derived facts must lie within their bounds, and agree with their parts if both are stated."""
        for name, fact in self.vocabulary.facts.items():
            if fact.derived is None or name not in values:
                continue
            path = self._path(name) if name in stated else self._path(parts_of(fact.derived)[-1])
            computed = derive(fact.derived, values, self.vocabulary)
            if name in stated and computed is not None and not agrees(stated[name], computed, fact.derived):
                self._report(
                    "fact/contradicts-parts",
                    path,
                    fact=name,
                    value=written(stated[name]),
                    computed=written(computed),
                )
                continue
            try:
                check_bounds(values[name], fact)
            except Misfit as misfit:
                parts = ", ".join(
                    f"{part} = {written(values[part])}" for part in parts_of(fact.derived) if part in values
                )
                self._report_misfit(misfit, "fact/derived-range", path, parts=parts)

    def _check_wholes(self, stated: Mapping[str, Value], values: Mapping[str, Value]) -> None:
        # A percentage above its maximum is reported already, and says the same of its part and whole.
        reported = {
            parts_of(fact.derived)
            for fact in self.vocabulary.facts.values()
            if isinstance(fact.derived, Percent) and fact.name in values and fact.maximum is not None
            and values[fact.name] > fact.maximum  # type: ignore[operator]
        }  # fmt: skip
        for name, fact in self.vocabulary.facts.items():
            for whole in above(values, fact, warned=False):
                if (whole, name) not in reported:
                    path = self._path(name if name in stated or fact.derived is None else parts_of(fact.derived)[-1])
                    value, most = written(values[name]), written(values[whole])
                    self._report("fact/above", path, fact=name, whole=whole, value=value, most=most)

    def _path(self, name: str) -> tuple[str | int, ...]:
        return fact_path(self.document.data, name)

    def subject(self) -> Subject:
        data = self.document.data["subject"]
        # A case may be judged by several regulations, so what only another one asks about is no mistake.
        relations = list(
            dict.fromkeys(relation.id for regulation in self._regulations() for relation in regulation.relations)
        )
        fit = kinds_of_cases(self.regulation)
        if data["kind"] in self.regulation.kinds and data["kind"] not in fit:
            code, meant = unfit_kind(data["kind"], self.regulation)
            self._report(code, ("subject", "kind"), name=data["kind"], known=", ".join(meant))
        else:
            self._known(data["kind"], list(fit), "kind/unknown", ("subject", "kind"))
        named: dict[str, tuple[str, ...]] = {}
        for key, value in data.items():
            if key in SUBJECT_KEYS or value is None:
                if key == "unit" and "unit" in relations and value is not None:
                    named[key] = (value,)
                continue
            if self._known(key, relations, "relation/unknown", ("subject", key), key=True):
                if isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value)):
                    named[key] = (value,) if isinstance(value, str) else tuple(value)
                else:
                    self._report("case/relation-type", ("subject", key), name=key, value=HIDDEN)
        return subject_of(data, named)

    def period_kind(self) -> PeriodKind:
        """The kind of the case's period. If the regulation lists no kinds, any period counts as a year."""
        period = self.document.data["period"]
        kind, known = period_kind(period), self.regulation.periods
        if known and (kind is None or not during(known, kind)):
            self._report("case/period", ("period",), value=written(period), known=", ".join(known))
        return kind if known and kind is not None else "year"

    def check_day(self, as_of: date) -> None:
        days = outside(self.vocabulary.as_of, self.document.data["period"], as_of, warned=False)
        if days is not None:
            first, last = (day.isoformat() for day in days)
            day, period = as_of.isoformat(), self.document.data["period"]
            self._report("case/as-of", ("as_of",), day=day, period=period, first=first, last=last)

    def _regulations(self) -> list[Regulation]:
        """All of the library, that of the case first."""
        return [self.regulation, *self.library.regulations.values()]

    def evidence(self) -> dict[str, tuple[str, ...]]:
        named: dict[str, tuple[str, ...]] = {}
        for fact, items in (self.document.data.get("evidence") or {}).items():
            if items is None:
                continue
            if fact not in self.vocabulary.facts:
                path = ("evidence", fact)
                self._report("fact/unknown", path, key=True, near=(fact, self.vocabulary.facts), fact=fact)
            named[fact] = tuple(item for item in items if item.strip())
        return named

    def covered(self) -> frozenset[str] | None:
        listed = (self.document.data.get("review") or {}).get("covered")
        if listed is None:
            return None
        known = list(
            dict.fromkeys(rule.id for regulation in self._regulations() for rule in regulation.review_contents)
        )
        for index, name in enumerate(listed):
            self._known(name, known, "review-content/unknown", ("review", "covered", index))
        return frozenset(listed)

    def grades(self) -> dict[str, str]:
        known = [grade.id for grade in self.regulation.grades]
        given: dict[str, str] = {}
        for giver in GIVERS:
            grade = (self.document.data.get("grades") or {}).get(giver)
            if grade is not None and self._known(grade, known, "grade/unknown", ("grades", giver)):
                given[giver] = grade
        return given

    def check_ballots(self) -> None:
        ballots = ballots_of(self.document.data.get("ballots"))
        if ballots is None:
            return
        known = [grade.id for grade in self.regulation.grades]
        for grade in ballots.grades:
            self._known(grade, known, "grade/unknown", ("ballots", "grades", grade), key=True)
        for mistake in mistakes(ballots):
            place = self.document.location(mistake.path)
            self.findings.add(diagnostic(mistake.code, place, **mistake.arguments))

    def check_documents(self) -> None:
        known = list(dict.fromkeys(paper.id for regulation in self._regulations() for paper in regulation.papers))
        for index, document in enumerate(self.document.data.get("documents") or ()):
            self._known(document["kind"], known, "paper/unknown", ("documents", index, "kind"))

    def decided_on(self) -> date | None:
        day = (self.document.data.get("grades") or {}).get("decided_on")
        return date.fromisoformat(day) if day is not None else None
