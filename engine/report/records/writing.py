"""A run -> its records: as lines, written while cases are decided, or as one JSON document."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TextIO
from zlib import crc32

import msgspec

from engine.base.diagnostics import Diagnostic
from engine.base.version import ENGINE_VERSION, FORMAT
from engine.core.judge.case import RECORDED_KEYS, Giver, Rejected, Subject
from engine.core.judge.record import (
    Decision,
    Dependence,
    GradeComparison,
    Grading,
    LinkResult,
    MissingFact,
    QuotaReading,
    QuotaResult,
    Results,
    ReviewItem,
    RuleResult,
)
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library
from engine.report.json import as_plain
from engine.report.records import form
from engine.report.records.catalogue import Catalogued, catalogued, key_of, source

MOST_KEPT = 20_000
"""So many results of rules are kept with what a record says of them."""

PLURALS = {
    "case": "cases", "rejected": "rejected", "quota": "quotas", "link": "links", "ungrouped": "ungrouped",
    "warning": "warnings",
}  # fmt: skip
"""Under which member of a document the records of each kind stand."""
Record = tuple[str, Any]
"""What `record` says, and the record."""


class Summary(NamedTuple):
    """What a record says of the result of a rule: the places of its comparisons, the facts and the evidence that they
    look at. The result itself is kept with them, for as long as they are found by its identity."""

    result: RuleResult
    places: tuple[int, ...]
    facts: dict[str, Any]
    evidence: dict[str, tuple[str, ...]]


class Writer:
    """Makes the records of one run. `run` says by what it is made."""

    def __init__(self, library: Library, switches: Choices, run: form.Run | None = None) -> None:
        self.run = run or form.Run(engine_version=ENGINE_VERSION)
        self._library = library
        self._switches = switches
        self._catalogues: dict[str, Catalogued] = {}
        self._summaries: dict[int, Summary] = {}

    def catalogue(self, regulation: str) -> Catalogued:
        """The catalogue of a regulation, made when a record first names it."""
        made = self._catalogues.get(regulation)
        if made is None:
            vocabulary = self._library.vocabulary
            made = catalogued(self._library.regulations[regulation], vocabulary, self._switches)
            self._catalogues[regulation] = made
        return made

    def case(self, decision: Decision) -> form.Case:
        """The record of one case."""
        catalogue = self.catalogue(decision.regulation)
        results: dict[bool | None, dict[str, tuple[int, ...]]] = {True: {}, False: {}, None: {}}
        facts: dict[str, Any] = {}
        evidence: dict[str, tuple[str, ...]] = {}
        exceptions: list[str] = []
        kept = self._summaries
        # Lower rungs ask for the same criteria again.
        for key, result in {id(result): result for result in _results(decision)}.items():
            _, places, looked_at, named = kept.get(key) or self._summarize(result, catalogue)
            rule = result.rule.name
            results[result.holds][rule] = places
            facts.update(looked_at)
            if named:
                evidence.update(named)
            if result.exception:
                exceptions.append(rule)
        reason = decision.chosen_because
        return form.Case(
            case_id=decision.case_id,
            catalogue=catalogue.hash,
            file=decision.file,
            chosen_because=catalogue.reasons.get(reason, reason),
            input_hash=decision.input_hash,
            period=decision.period,
            as_of=decision.as_of,
            subject=subject_of(decision.subject),
            subject_to_review=decision.subject_to_review,
            grading=None if decision.grading is None else _grading(decision.grading),
            holds=results[True],
            fails=results[False],
            unknown=results[None],
            exceptions=tuple(sorted(set(exceptions))),
            review=_review(decision.review) if decision.review else None,
            facts=facts,
            evidence=evidence,
            missing=decision.missing,
            assumptions=tuple([result.rule.name for result in decision.assumptions]),
            readings=tuple([str(used.interpretation.id) for used in decision.readings]),
            depends_on=dependences_of(decision.depends_on),
            grades=given_grades(decision.grades),
            decided_on=decision.decided_on,
        )  # fmt: skip

    def _summarize(self, result: RuleResult, catalogue: Catalogued) -> Summary:
        summary = summarized(result, catalogue)
        if len(self._summaries) < MOST_KEPT:
            self._summaries[id(result)] = summary
        return summary

    def quota(self, result: QuotaResult) -> form.QuotaResult:
        """The record of a quota over one cohort."""
        catalogue = self.catalogue(result.regulation)
        return form.QuotaResult(
            quota=result.quota.name, catalogue=catalogue.hash, period=result.period, cohort=result.cohort,
            of=texts(result.of), parameter=catalogue.shares[result.share], since=result.share.since,
            percent=as_plain(result.percent),
            count=result.count, base=result.base, limit=result.limit, excess=result.excess,
            greatest_lawful=result.greatest_lawful, status=result.status, size=result.size, holders=result.holders,
            unsettled=result.unsettled, waiting=result.waiting,
            relief=None if result.relief is None else result.relief.rule.name,
            may_relieve=tuple(relief.rule.name for relief in result.may_relieve),
            missing=missing_of(result.missing), ways=tuple(msgspec.convert(as_plain(result.ways), list[form.QuotaWay])),
            readings=tuple(map(_reading, result.readings)),
        )  # fmt: skip

    def link(self, result: LinkResult) -> form.LinkResult:
        """The record of a link between two cases."""
        return form.LinkResult(
            link=result.link.name, catalogue=self.catalogue(result.regulation).hash, case_id=result.case_id,
            other=result.other, status=result.status, other_case=result.other_case,
            grade=None if result.grade is None else str(result.grade),
            other_grade=None if result.other_grade is None else str(result.other_grade),
        )  # fmt: skip

    def between(self, results: Results) -> Iterator[Record]:
        """What lies between the cases of a run."""
        for quota in results.quotas:
            yield "quota", self.quota(quota)
        for link in results.links:
            yield "link", self.link(link)
        for name, case_id in results.ungrouped:
            yield "ungrouped", form.Ungrouped(quota=str(name), case_id=case_id)
        for warning in results.warnings:
            yield "warning", _diagnostic(warning)


def summarized(result: RuleResult, catalogue: Catalogued) -> Summary:
    """What a record says of the result of a rule, whose comparisons the catalogue numbers."""
    places = catalogue.comparisons.get(result.rule.name, {})
    return Summary(
        result,
        tuple([places[key_of(comparison)] for comparison in result.comparisons]),
        {
            comparison.fact.name: as_plain(comparison.actual)
            for comparison in result.comparisons
            if comparison.actual is not None
        },
        {comparison.fact.name: comparison.evidence for comparison in result.comparisons if comparison.evidence},
    )


def subject_of(subject: Subject) -> form.Subject:
    """Who was reviewed, as a record says it."""
    return form.Subject(
        **{key: value and str(value) for key in RECORDED_KEYS if (value := getattr(subject, key)) is not None},
        relations={str(name): ids for name, ids in sorted(subject.relations.items())},
    )


def dependences_of(dependences: Iterable[Dependence]) -> tuple[form.Dependence, ...]:
    """The readings under which the outcome would be another."""
    return tuple(
        form.Dependence(
            interpretation=str(dependence.interpretation.id),
            option=str(dependence.option),
            possible=texts(dependence.possible),
        )
        for dependence in dependences
    )


def given_grades(grades: Iterable[GradeComparison]) -> dict[Giver, form.GivenGrade]:
    """The grades that people gave, beside the proposal."""
    return {
        given.given_by: form.GivenGrade(grade=str(given.grade), agrees=given.agrees, higher=given.higher)
        for given in grades
    }


def rejected(case: Rejected) -> form.Rejected:
    """The record of a case that could not be judged."""
    diagnostics = tuple(map(_diagnostic, case.diagnostics))
    return form.Rejected(file=case.file, case_id=case.case_id, diagnostics=diagnostics)


def _diagnostic(problem: Diagnostic) -> form.Diagnostic:
    made: form.Diagnostic = msgspec.convert(as_plain(problem), form.Diagnostic)
    return made


def texts(names: Iterable[str]) -> tuple[str, ...]:
    """Words of policy files as plain texts."""
    return tuple([str(name) for name in names])


def missing_of(facts: Iterable[MissingFact]) -> tuple[form.Missing, ...]:
    """The facts that would help to settle a result."""
    return tuple(
        form.Missing(fact=missing.fact.name, evidence=missing.evidence, needed_for=texts(missing.needed_for))
        for missing in facts
    )


def _reading(reading: QuotaReading) -> form.QuotaReading:
    result = reading.result
    return form.QuotaReading(
        setting=str(getattr(reading.setting, "name", reading.setting.id)), option=str(reading.option),
        count=result.count, base=result.base, limit=result.limit, excess=result.excess,
        greatest_lawful=result.greatest_lawful, status=result.status,
        source=source(reading.source) if reading.option and reading.source is not None else None,
    )  # fmt: skip


def _grading(grading: Grading) -> form.Grading:
    return form.Grading(
        possible=texts(grading.possible), settled=grading.settled, exact=grading.exact,
        rungs={str(rung.grade): rung.reached for rung in grading.rungs},
        grade=_text(grading.grade), lowest=_text(grading.lowest), highest=_text(grading.highest),
        next=_text(grading.next), missing=missing_of(grading.missing),
    )  # fmt: skip


def _review(items: Iterable[ReviewItem]) -> form.Review:
    return form.Review(
        required={item.rule.name: item.covered for item in items if item.required},
        unknown={item.rule.name: item.covered for item in items if not item.required},
    )


def _text(name: str | None) -> str | None:
    return None if name is None else str(name)


def _results(decision: Decision) -> list[RuleResult]:
    """The results of rules in a decision, some of them several times."""
    results = [
        *decision.exemptions,
        *decision.ungraded,
        *decision.findings,
        *decision.open_findings,
        *decision.assumptions,
    ]
    if (grading := decision.grading) is not None:
        for rung in grading.rungs:
            results += rung.met + rung.unmet + rung.unknown
        results += [bar.result for bar in grading.bars]
        results += [bar.result for bar in grading.spared]
        results += grading.gaps
        if grading.otherwise is not None:
            results.append(grading.otherwise)
    return results


def checked(kind: str, content: bytes) -> bytes:
    """The JSON of a record on one line, with what kind it is if that is given, and with its CRC-32 as `check`."""
    named = b'"record":"%b",' % kind.encode() if kind else b""
    return b'{%b"check":"%08x",%b' % (named, crc32(content), content[1:])


# --- a run ------------------------------------------------------------------------------------------------------


class LinesWriter:
    """Writes each record as a line, as soon as it is there. A catalogue comes before the first record that names it."""

    def __init__(self, writer: Writer, stream: TextIO) -> None:
        self._writer = writer
        self._stream = stream
        self._announced: set[str] = set()
        self._counts: Counter[str] = Counter()

    def case(self, regulation: str, content: bytes) -> None:
        """Write a case that was judged, whose record is encoded."""
        if regulation not in self._announced:
            self._announced.add(regulation)
            self._header(self._writer.catalogue(regulation))
        self._write("case", content)

    def rejected(self, case: Rejected) -> None:
        """Write a case that could not be judged."""
        self._write("rejected", form.encode(rejected(case)))

    def end(self, results: Results) -> None:
        """Write what lies between the cases, and how many records there are."""
        for kind, record in self._writer.between(results):
            self._write(kind, form.encode(record))
        self._write("end", form.encode(form.End(**self._counts)))

    def _header(self, catalogue: Catalogued | None) -> None:
        run = self._writer.run
        header = form.encode(
            form.Header(
                engine_version=run.engine_version,
                policy_commit=run.policy_commit,
                policy_clean=run.policy_clean,
                hash=None if catalogue is None else catalogue.hash,
            )
        )
        content = b"null" if catalogue is None else catalogue.content
        self._stream.write((b'{"record":"catalogue","catalogue":%b,%b\n' % (content, header[1:])).decode())

    def _write(self, kind: str, content: bytes) -> None:
        if not self._announced and not self._counts:
            self._header(None)
        self._counts[kind] += 1
        self._stream.write(checked(kind, content).decode() + "\n")


class DocumentWriter:
    """Writes a run as one JSON document: the cases as soon as they are there, all else at the end."""

    def __init__(self, writer: Writer, stream: TextIO) -> None:
        self._writer = writer
        self._stream = stream
        self._rejected: list[form.Rejected] = []
        self._catalogues: dict[str, Catalogued] = {}
        self._cases = 0
        run = {"format": FORMAT, **msgspec.structs.asdict(writer.run)}
        lines = [f'  "{name}": {msgspec.json.encode(value).decode()},\n' for name, value in run.items()]
        stream.write("{\n" + "".join(lines) + '  "cases": [')

    def case(self, regulation: str, content: bytes) -> None:
        """Write a case that was judged, whose record is encoded."""
        catalogue = self._writer.catalogue(regulation)
        self._catalogues[catalogue.hash] = catalogue
        self._item(self._cases, checked("", content))
        self._cases += 1

    def rejected(self, case: Rejected) -> None:
        """Keep a case that could not be judged."""
        self._rejected.append(rejected(case))

    def end(self, results: Results) -> None:
        """Write all that is not a case that was judged."""
        lists: dict[str, list[Any]] = {"rejected": list(self._rejected)}
        lists |= {kind: [] for kind in ("quota", "link", "ungrouped", "warning")}
        for kind, record in self._writer.between(results):
            lists[kind].append(record)
        self._stream.write("\n  ]" if self._cases else "]")
        for kind, records in lists.items():
            self._stream.write(f',\n  "{PLURALS[kind]}": [')
            for number, record in enumerate(records):
                self._item(number, checked("", form.encode(record)))
            self._stream.write("\n  ]" if records else "]")
        catalogues = [f'\n    "{name}": {_catalogue(made.content)}' for name, made in self._catalogues.items()]
        self._stream.write(',\n  "catalogues": {' + ",".join(catalogues) + ("\n  }\n}\n" if catalogues else "}\n}\n"))

    def _item(self, number: int, record: bytes) -> None:
        self._stream.write(("," if number else "") + "\n    " + _indented(record, 4))


def _catalogue(content: bytes) -> str:
    """A catalogue with a line for each entry: on more lines it would be several times as large."""
    lists = []
    for name, member in msgspec.json.decode(content, type=dict[str, msgspec.Raw]).items():
        text = bytes(member).decode()
        if text.startswith("[{"):
            entries = msgspec.json.decode(member, type=list[msgspec.Raw])
            text = "[" + ",".join(f"\n        {bytes(entry).decode()}" for entry in entries) + "\n      ]"
        lists.append(f'\n      "{name}": {text}')
    return "{" + ",".join(lists) + "\n    }"


def _indented(content: bytes, depth: int) -> str:
    # Within a text no line breaks.
    return msgspec.json.format(content).decode().replace("\n", "\n" + " " * depth)


def write_records(results: Results, document: bool, writer: Writer, stream: TextIO) -> None:
    """Write a run whose cases are all decided: as one JSON document, or as lines."""
    target = DocumentWriter(writer, stream) if document else LinesWriter(writer, stream)
    for decision in results.decisions:
        target.case(decision.regulation, form.encode(writer.case(decision)))
    for case in results.rejected:
        target.rejected(case)
    target.end(results)
