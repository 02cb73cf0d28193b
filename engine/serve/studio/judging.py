"""What a worker computes for pages: judged cases, explanations, what other readings would change.

Functions of a desk and plain data, which run in another process: durable-rules is never run in the server's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Literal

from engine.api import evaluate
from engine.base.diagnostics import Problems
from engine.base.json_text import Unread
from engine.core.judge.case import Case, Rejected
from engine.core.judge.record import QuotaResult, Results
from engine.load.cases.particulars import Particulars, noting
from engine.report.records.writing import Writer, write_records
from engine.report.results import write
from engine.report.words import Words, document_labels
from engine.report.xlsx.cases import write_workbook
from engine.serve.desk import Desk
from engine.study.explain import Explanation, Questions, explain
from engine.study.sensitivity import Sensitivity, sensitivity

Download = Literal["xlsx", "html", "json", "csv"]
Naming = Literal["names", ""]
"""Whether a file names people. A text, because answers are kept by the texts that they were asked with."""


@dataclass(frozen=True)
class CaseText:
    """A case as its file holds it, under the name by which pages call it."""

    name: str
    text: str


@dataclass(frozen=True)
class Readings:
    """What other readings would change, and the quotas under each that may change one, by regulation, interpretation
    and option."""

    sensitivity: Sensitivity
    quotas: Mapping[tuple[str, str, str], tuple[QuotaResult, ...]]


def judge_all(desk: Desk, cases: Sequence[CaseText]) -> Results:
    """All cases, with the quotas of their cohorts and the links between them. `file` of what comes out is the name."""
    return evaluate(desk.library, unread(cases), made=desk.version.kept.made)


def explain_case(desk: Desk, case: CaseText, why_not: str | None) -> Explanation:
    """Why a case comes out as it does, and why not as a grade, if its regulation has that. Raises Problems if it cannot
    be judged."""
    read = case_of(desk, case)
    engine = desk.bench({}).engine
    judge = engine.judge(read)
    asked = next((grade.id for grade in judge.regulation.grades if grade.id == why_not), None)
    return explain(judge, read, engine.decide(read).decision, Questions(True, asked))


def other_readings(desk: Desk, cases: Sequence[CaseText]) -> Readings:
    """What every other reading would change among the cases."""
    quotas: dict[tuple[str, str, str], tuple[QuotaResult, ...]] = {}
    changes = sensitivity(desk.library, unread(cases), on_quotas=quotas.__setitem__)
    return Readings(changes, quotas)


def download(desk: Desk, cases: Sequence[CaseText], form: Download, language: str, naming: Naming) -> bytes:
    """The results in a file to keep: a workbook, an HTML report, JSON records, or a table. The first two name people if
    `naming` says so."""
    people: dict[str, Particulars] = {}
    documents = noting(unread(cases), people) if naming else unread(cases)
    results = evaluate(desk.library, documents, made=desk.version.kept.made)
    words = Words(language, document_labels(desk.library), names=people)
    if form == "xlsx":
        book = BytesIO()
        write_workbook(results, words, book)
        return book.getvalue()
    text = StringIO()
    if form == "json":
        write_records(results, True, Writer(desk.library, {}, desk.version.run), text)
    else:
        write(results, form, words, text)
    return text.getvalue().encode()


def case_of(desk: Desk, text: CaseText) -> Case:
    """The case that a text states. Raises Problems if it states none."""
    read = desk.reader.read(Unread(text.name, text.text, name=text.name), None, {})
    if isinstance(read, Rejected):
        raise Problems(read.diagnostics)
    return read


def unread(cases: Sequence[CaseText]) -> Iterator[Unread]:
    """The cases as what reads them takes them."""
    return (Unread(case.name, case.text, name=case.name) for case in cases)
