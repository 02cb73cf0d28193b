"""What a worker computes for pages: judged cases, explanations, what other readings would change.

Functions of plain data alone, so that they can run in another process: durable-rules is never run in the server's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Literal

from engine.api import evaluate
from engine.base.diagnostics import Diagnostic, Problems
from engine.base.json_text import Unread
from engine.base.version import ENGINE_VERSION
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Engine
from engine.core.judge.record import QuotaResult, Results
from engine.core.policy.regulation import Library
from engine.load.cases.reading import CaseReader
from engine.report.records.form import Run
from engine.report.records.writing import Writer, write_records
from engine.report.results import write
from engine.report.words import document_labels
from engine.report.xlsx.cases import write_workbook
from engine.study.alternatives import OtherReadings
from engine.study.explain import Explanation, explain
from engine.study.sensitivity import Sensitivity, sensitivity

Download = Literal["xlsx", "html", "json", "csv"]


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


def judge_all(library: Library, cases: Sequence[CaseText]) -> Results:
    """All cases, with the quotas of their cohorts and the links between them. `file` of what comes out is the name."""
    return evaluate(library, _unread(cases))


def explain_case(library: Library, case: CaseText) -> Explanation:
    """Why a case comes out as it does. Raises Problems if it cannot be judged."""
    with Engine(library, {}, dependences=OtherReadings.of) as engine:
        read = CaseReader(library).read(Unread(case.name, case.text, name=case.name), None, {})
        if isinstance(read, Rejected):
            raise Problems(read.diagnostics)
        return explain(engine.judge(read), read, engine.decide(read).decision)


def problems_of(library: Library, case: CaseText) -> tuple[Diagnostic, ...]:
    """What keeps a case from being judged; empty if nothing does."""
    read = CaseReader(library).read(Unread(case.name, case.text, name=case.name), None, {})
    return read.diagnostics if isinstance(read, Rejected) else ()


def other_readings(library: Library, cases: Sequence[CaseText]) -> Readings:
    """What every other reading would change among the cases."""
    quotas: dict[tuple[str, str, str], tuple[QuotaResult, ...]] = {}
    found = sensitivity(library, _unread(cases), on_quotas=quotas.__setitem__)
    return Readings(found, quotas)


def download(library: Library, cases: Sequence[CaseText], form: Download, language: str) -> bytes:
    """The results in a file to keep: a workbook, an HTML report, JSON records, or a table."""
    results = judge_all(library, cases)
    documents = document_labels(library)
    if form == "xlsx":
        book = BytesIO()
        write_workbook(results, language, book, documents=documents)
        return book.getvalue()
    text = StringIO()
    if form == "json":
        write_records(results, True, Writer(library, {}, Run(engine_version=ENGINE_VERSION)), text)
    else:
        write(results, form, language, text, documents=documents)
    return text.getvalue().encode()


def _unread(cases: Sequence[CaseText]) -> Iterator[Unread]:
    return (Unread(case.name, case.text, name=case.name) for case in cases)
