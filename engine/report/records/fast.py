"""A matched case -> the JSON of its record, put together from parts that many cases have in common.

The bytes are those of `form.encode(Writer.case(decision))`: --verify and tests compare the two. A part is made once and
kept under everything that it depends on:

- the grading, if the results of the rules alone say it: under these results;
- which rules are shown, the readings and the assumptions: under the results, the outcomes that are possible, and the
  codes of what the rules with an assumed parameter look at;
- what is said of a rule: under the codes of what it looks at;
- a bar that fails and is shown all the same: under these codes and the amounts that it asks for;
- the comparison of a grade that somebody gave: under the grade and the outcomes that are possible.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple, TypeVar

import msgspec

from engine.base.diagnostics import EngineFailure
from engine.core.judge.case import GIVERS, Case
from engine.core.judge.decision import compared_grade, rule_result
from engine.core.judge.engine import Matched
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import reached
from engine.core.judge.record import UNDETERMINED, Dependence
from engine.core.policy.conditions import leaves, parameters_of, partly
from engine.core.policy.rules import Comparison
from engine.core.policy.terms import Text, Value
from engine.report.json import as_plain
from engine.report.records import form
from engine.report.records.outline import graded, outline
from engine.report.records.writing import (
    Writer,
    dependences_of,
    given_grades,
    missing_of,
    subject_of,
    summarized,
    texts,
)
from engine.study.memory import Outcome

MOST_KEPT = 20_000
"""So many parts of each sort are kept for a judge."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Codes = tuple[int | None, ...]
Statuses = tuple[bool | None, ...]
_Grading = tuple[tuple[str, ...] | None, bytes]
_encode = msgspec.json.encode


class _Kept(dict[K, V]):
    """Values by what they depend on, each made when it is first asked for."""

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: K) -> V:
        value = self._make(key)
        if len(self) < MOST_KEPT:
            self[key] = value
        return value


class _Line(NamedTuple):
    """What a record says of one rule. `facts` and `evidence` are those whose values and evidence it shows."""

    content: bytes
    exception: bool
    assumed: bool
    facts: frozenset[str]
    evidence: frozenset[str]


class _Parts(NamedTuple):
    """What the records of cases have in common that came out alike, as encoded members."""

    outcome: Outcome
    lines: tuple[Sequence[bytes], Sequence[bytes], Sequence[bytes]]
    """The lines under `holds`, `fails` and `unknown` of the rules of which all these records say the same."""
    facts: frozenset[str]
    evidence: frozenset[str]
    """The facts whose values, and whose evidence, is shown with these lines."""
    others: tuple[int, ...]
    """The other rules that are shown, by number."""
    assumptions: bytes
    readings: bytes
    subject_to_review: bytes
    review: tuple[Sequence[int], Sequence[int]]
    """The contents of the review that are required, and those of which it is unknown, by number in that order."""


@dataclass(eq=False, repr=False)
class FastWriter:
    """Makes the records of cases. `verify`: each is made in the slow way too, and has to come out the same."""

    writer: Writer
    verify: bool = False
    _judges: dict[int, "_JudgeRecords"] = field(default_factory=dict)

    def case(self, matched: Matched) -> tuple[bytes, Outcome]:
        """The record of a case as JSON, and how it came out. Raises EngineFailure if it is verified and differs."""
        records = self._judges.get(id(matched.judge))
        if records is None:
            records = self._judges[id(matched.judge)] = _JudgeRecords(self.writer, matched.judge)
        content, outcome = records.case(matched)
        if self.verify and content != form.encode(self.writer.case(matched.decided.decision)):
            raise EngineFailure(f"case {matched.case.case_id}: its record came out in two ways")
        return content, outcome


class _JudgeRecords:
    """Makes the records of the cases that one judge decides."""

    def __init__(self, writer: Writer, judge: Judge) -> None:
        self._writer, self._judge = writer, judge
        self._catalogue = writer.catalogue(judge.regulation.id)
        rules, properties = judge.compiled.rules, judge.compiled.properties
        self._asks = [tuple(properties[observable] for observable in sorted(rule.asks)) for rule in rules]
        self._names = [_encode(str(rule.rule.name)) for rule in rules]
        # Of a rule of one comparison the record says the same whenever its result is the same.
        self._is_fixed = [len([*leaves(rule.condition)]) <= 1 and rule.rule.unless is None for rule in rules]
        self._assumed = _asks_assumed(judge, self._asks)
        self._bars = [(number, _amounts(judge, number)) for _, number in judge.live.bars]
        self._gradings: dict[Statuses, _Grading] = {}
        self._parts: dict[tuple[object, ...], _Parts] = {}
        self._lines: list[dict[Codes, _Line]] = [{} for _ in rules]
        self._spared: dict[tuple[object, ...], bool] = {}
        self._givens: dict[tuple[object, ...], bytes] = {}
        self._dependences: dict[int, tuple[tuple[Dependence, ...], bytes]] = {}
        facts, self._evidence = judge.all_looked_at
        self._facts = frozenset(map(str, facts))
        self._values = {name: _Kept[Value, bytes](_member(name)) for name in self._facts}
        self._heads = _Kept(self._head)
        self._texts = _Kept[str, bytes](_encode)

    def case(self, matched: Matched) -> tuple[bytes, Outcome]:
        """The record, and how the case came out."""
        possible, grading = self._gradings.get(matched.statuses) or self._graded(matched)
        key = (matched.statuses, possible, *map(matched.codes.get, self._assumed))
        parts = self._parts.get(key)
        if parts is None:
            parts = self._made(matched, possible)
            if len(self._parts) < MOST_KEPT:
                self._parts[key] = parts
        return self._content(matched, parts, grading), parts.outcome

    # --- what cases that came out alike have in common ---

    def _graded(self, matched: Matched) -> "_Grading":
        grade = graded(matched)
        if grade is None:
            grading: _Grading = None, b""
        else:
            grades = [str(name) for name in grade.possible if name != UNDETERMINED]
            settled = len(grade.possible) == 1
            rungs = {str(name): reached(criteria, matched.statuses) for name, criteria in self._judge.live.rungs}
            record = form.Grading(
                possible=texts(grade.possible), settled=settled, exact=grade.exact, rungs=rungs,
                grade=grades[0] if settled and grades else None, lowest=grades[-1] if grades else None,
                highest=grades[0] if grades else None, next=None if grade.next is None else str(grade.next),
                missing=missing_of(grade.missing),
            )  # fmt: skip
            grading = grade.possible, _optional(b"grading", record)
        if (grade is None or grade.by_results) and len(self._gradings) < MOST_KEPT:
            self._gradings[matched.statuses] = grading
        return grading

    def _made(self, matched: Matched, possible: tuple[str, ...] | None) -> _Parts:
        judge, statuses = self._judge, matched.statuses
        rules, outlined = judge.compiled.rules, outline(judge, statuses, possible)
        assumed = [number for number in outlined.rested_on if self._line(matched, number).assumed]
        shown = {*outlined.shown, *assumed}
        fixed = {number: self._line(matched, number) for number in shown if self._is_fixed[number]}
        lines: tuple[list[bytes], ...] = [], [], []
        for number, line in fixed.items():
            lines[_COLUMN[statuses[number]]].append(line.content)
        if possible is not None and UNDETERMINED in possible:
            lines[2].append(b"%b:[]" % _encode(str(judge.live.ladder.otherwise.name)))
        holds, fails, unknown = map(sorted, lines)
        contents = sorted(outlined.required, key=self._names.__getitem__)
        rested_on = {rules[number].rule.name for number in outlined.rested_on}
        readings = [str(used.interpretation.id) for used, under in judge.readings if not under.isdisjoint(rested_on)]
        return _Parts(
            outcome=outlined.outcome,
            lines=(holds, fails, unknown),
            facts=frozenset().union(*(line.facts for line in fixed.values())),
            evidence=frozenset().union(*(line.evidence for line in fixed.values())),
            others=tuple(shown - fixed.keys()),
            assumptions=_optional(b"assumptions", [str(rules[number].rule.name) for number in assumed]),
            readings=_optional(b"readings", readings),
            subject_to_review=_encode(outlined.outcome.subject_to_review),
            review=([n for n in contents if statuses[n]], [n for n in contents if not statuses[n]]),
        )

    # --- the whole ---

    def _content(self, matched: Matched, parts: _Parts, grading: bytes) -> bytes:
        case = matched.case
        day, chosen = self._heads[case.as_of, case.chosen_because]
        holds, fails, unknown = columns = tuple(map(list, parts.lines))
        others = [(self._line(matched, number), matched.statuses[number]) for number in parts.others]
        if grading:
            others += [(line, False) for line in self._spared_lines(matched)]
        facts, evidence, exceptions = parts.facts, parts.evidence, []
        for line, status in others:
            columns[_COLUMN[status]].append(line.content)
            facts |= line.facts
            evidence |= line.evidence
            if line.exception:
                exceptions.append(line.content.partition(b":")[0])
        # Lines begin with their names.
        return b"".join(
            (
                b'{"as_of":', day, parts.assumptions,
                b',"case_id":', _encode(case.case_id), chosen,
                _day(case), self._depends_on(matched.depends_on),
                self._shown_evidence(case, evidence), _exceptions(exceptions), self._shown_facts(case, facts),
                _object(b"fails", sorted(fails)), b',"file":', self._texts[case.file],
                self._grades(case, parts.outcome.possible), grading,
                _object(b"holds", sorted(holds)),
                b',"input_hash":"', case.input_hash.encode(), b'"', self._missing(case),
                b',"period":', self._texts[case.period], parts.readings, self._review(case, parts),
                b',"subject":', form.encode(subject_of(case.subject)),
                b',"subject_to_review":', parts.subject_to_review,
                _object(b"unknown", sorted(unknown)), b"}",
            )
        )  # fmt: skip

    def _head(self, key: tuple[date, Text]) -> tuple[bytes, bytes]:
        as_of, because = key
        reason = self._catalogue.reasons.get(because, because)
        return _encode(as_of), b',"catalogue":"%b","chosen_because":%b' % (
            self._catalogue.hash.encode(),
            form.encode(reason),
        )

    # --- the rules ---

    def _line(self, matched: Matched, number: int) -> _Line:
        key = tuple(map(matched.codes.get, self._asks[number]))
        line = self._lines[number].get(key)
        if line is None:
            result = rule_result(self._judge, matched.case, matched.statuses, number)
            summary = summarized(result, self._catalogue)
            content = b"%b:%b" % (self._names[number], _encode(summary.places))
            line = _Line(
                content, result.exception, result.assumed, frozenset(summary.facts), frozenset(summary.evidence)
            )
            if len(self._lines[number]) < MOST_KEPT:
                self._lines[number][key] = line
        return line

    def _spared_lines(self, matched: Matched) -> list[_Line]:
        """The bars that fail though something that they ask for is there."""
        codes, values, lines = matched.codes.get, matched.case.values, []
        for number, amounts in self._bars:
            if matched.statuses[number] is False:
                key = (number, *map(codes, self._asks[number]), *map(values.get, amounts))
                spared = self._spared.get(key)
                if spared is None:
                    when, facts = self._judge.whens.get(number), self._judge.compiled.vocabulary.facts
                    there = when is not None and partly(when, facts, values)
                    spared = there or self._line(matched, number).exception
                    if len(self._spared) < MOST_KEPT:
                        self._spared[key] = spared
                if spared:
                    lines.append(self._line(matched, number))
        return lines

    def _shown_facts(self, case: Case, names: frozenset[str]) -> bytes:
        values = case.values
        return _object(b"facts", [self._values[name][values[name]] for name in sorted(names)])

    def _shown_evidence(self, case: Case, names: frozenset[str]) -> bytes:
        return _object(b"evidence", [_member(name)(case.evidence[name]) for name in sorted(names)]) if names else b""

    # --- what the case itself says ---

    def _missing(self, case: Case) -> bytes:
        missing = [*(self._facts - case.values.keys())]
        missing += [f"evidence.{fact}" for fact in self._evidence - case.evidence.keys()]
        return b',"missing":%b' % _encode(sorted(missing)) if missing else b""

    def _review(self, case: Case, parts: _Parts) -> bytes:
        covered, rules = case.covered, self._judge.compiled.rules
        members = []
        for name, numbers in zip((b"required", b"unknown"), parts.review, strict=True):
            if numbers:
                lines = [
                    b"%b:%b"
                    % (self._names[number], _COVERED[None if covered is None else rules[number].rule.id in covered])
                    for number in numbers
                ]
                members.append(b'"%b":{%b}' % (name, b",".join(lines)))
        return _object(b"review", members)

    def _grades(self, case: Case, possible: tuple[str, ...] | None) -> bytes:
        given = case.grades
        if not given:
            return b""
        lines = []
        for giver in sorted(GIVERS):
            if giver in given:
                key = giver, given[giver], possible
                if key not in self._givens:
                    compared = given_grades([compared_grade(*key, self._judge.live.grades)])
                    self._givens[key] = _member(giver)(compared[giver])
                lines.append(self._givens[key])
        return _object(b"grades", lines)

    def _depends_on(self, dependences: tuple[Dependence, ...]) -> bytes:
        if not dependences:
            return b""
        # They are kept as long as they are found by their identity.
        kept, content = self._dependences.get(id(dependences), (None, b""))
        if kept is None:
            content = _optional(b"depends_on", dependences_of(dependences))
            if len(self._dependences) < MOST_KEPT:
                self._dependences[id(dependences)] = dependences, content
        return content


_COLUMN = {True: 0, False: 1, None: 2}
_COVERED = {True: b"true", False: b"false", None: b"null"}


def _member(name: str) -> Callable[[object], bytes]:
    """What encodes the member of an object that has this name."""
    start = _encode(str(name)) + b":"
    return lambda value: start + form.encode(as_plain(value) if isinstance(value, Fraction | frozenset) else value)


def _object(name: bytes, members: Sequence[bytes]) -> bytes:
    return b',"%b":{%b}' % (name, b",".join(members)) if members else b""


def _optional(name: bytes, value: object) -> bytes:
    return b',"%b":%b' % (name, form.encode(value)) if value else b""


def _exceptions(names: Sequence[bytes]) -> bytes:
    return b',"exceptions":[%b]' % b",".join(sorted(names)) if names else b""


def _day(case: Case) -> bytes:
    return b"" if case.decided_on is None else b',"decided_on":%b' % _encode(case.decided_on)


def _asks_assumed(judge: Judge, asks: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The properties that rules with an assumed parameter read."""
    assumed = {
        name
        for name in judge.regulation.parameters
        if (value := judge.dated(name)) is not None and value.source.status == "assumed"
    }
    rules = zip(judge.compiled.rules, asks, strict=True)
    return tuple(
        sorted(
            {name for rule, names in rules if not assumed.isdisjoint(parameters_of(rule.condition)) for name in names}
        )
    )


def _amounts(judge: Judge, number: int) -> tuple[str, ...]:
    """The facts that a bar asks an amount of, of which it matters whether there is any."""
    asked = [leaf for leaf, negated in leaves(judge.whens.get(number)) if isinstance(leaf, Comparison) and not negated]
    return tuple({leaf.fact: None for leaf in asked if leaf.operator in ("at_least", "more_than")})
