"""What a worker makes for print: forms, the tables that go up, and the lists of dossiers.

Functions of a desk and plain data, as in `judging`; they make what the verbs `form`, `table` and `dossier` make.
"""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from engine.api import evaluate, evaluate_each
from engine.base.diagnostics import Diagnostic, Problems
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Matched
from engine.core.judge.record import Results
from engine.load.cases.particulars import NOBODY, Particulars, noting
from engine.load.policies.forms import read_forms
from engine.report.document import Document
from engine.report.dossier import Dossiers
from engine.report.forms.run import FormRun, Made
from engine.report.tables.docx import write_docx
from engine.report.tables.office import OfficeTables
from engine.report.tables.printed import PrintedTable
from engine.report.tables.proposal import proposals
from engine.report.tables.summary import summaries
from engine.report.tables.xlsx import write_xlsx
from engine.report.words import Words, document_labels
from engine.serve.desk import Desk
from engine.serve.studio.judging import CaseText, Naming, unread
from engine.study.dossier import Dossier, dossier_of
from engine.study.memory import Outcome, outcome_of

TableName = Literal["summary", "proposal", "dossier"]
TABLES: dict[str, Callable[[OfficeTables], Iterator[PrintedTable]]] = {"summary": summaries, "proposal": proposals}
DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
"""Stands for the day of every file in an archive, so that the same forms are the same bytes."""


@dataclass(frozen=True)
class FormOffered:
    """A form for a case: its id, what it is called, and why it is this one. `right` is False for one that is made on
    request only."""

    id: str
    number: str
    label: str
    why: str
    right: bool


def forms_offered(desk: Desk, case: CaseText, language: str) -> tuple[list[FormOffered], tuple[Diagnostic, ...]]:
    """The forms about a case alone, the right ones first, and why there is none. Raises Problems if the case cannot be
    judged."""
    forms = read_forms(desk.library)
    run = FormRun(desk.library, forms, language)
    matched = _matched(desk, case)
    made, problems = run.of_case(matched, NOBODY)
    right = [FormOffered(item.form.id, item.form.number, item.form.label[language], item.why, True) for item in made]
    kind = desk.library.regulations[matched.case.regulation].kinds[matched.case.subject.kind]
    others = [
        FormOffered(form.id, form.number, form.label[language], run.say("why_asked"), False)
        for form in forms.by_regulation[matched.case.regulation]
        if form.on_request and form.holds == "case" and form.fits(kind, matched.case.period_kind)
    ]
    return [*right, *others], (*forms.problems, *problems)


def form_file(desk: Desk, case: CaseText, form: str, language: str, naming: Naming) -> bytes:
    """One form of a case as a Word document. Raises Problems: the case cannot be judged, the form is not for such a
    subject, or its template has mistakes."""
    people: dict[str, Particulars] = {}
    list(noting(unread([case]), people))
    run = FormRun(desk.library, read_forms(desk.library), language, form, bool(naming))
    matched = _matched(desk, case)
    made, problems = run.of_case(matched, people.get(matched.case.case_id, NOBODY))
    if not made:
        raise Problems(problems)
    return _filled(run, made[0])


def forms_archive(desk: Desk, cases: Sequence[CaseText], language: str, naming: Naming) -> bytes:
    """The right forms of all cases that can be judged, and those about several of them, as a ZIP archive.

    Raises Problems if no form can be made."""
    people: dict[str, Particulars] = {}
    run = FormRun(desk.library, read_forms(desk.library), language, names=bool(naming))
    problems = [*run.forms.problems]
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(made: Made) -> None:
            archive.writestr(zipfile.ZipInfo(run.file_name(made), DAY_OF_ZIP), _filled(run, made))

        def keep(matched: Matched) -> Outcome:
            made, wrong = run.of_case(matched, people.pop(matched.case.case_id, NOBODY))
            problems.extend(wrong)
            for form in made:
                add(form)
            return outcome_of(matched.decided.decision)

        def set_aside(case: Rejected) -> None:
            problems.extend(case.diagnostics)

        evaluate_each(desk.library, noting(unread(cases), people), keep, set_aside, made=desk.version.kept.made)
        for form in run.of_many():
            add(form)
        if not archive.namelist():
            raise Problems(problems)
    return content.getvalue()


def office_table(
    desk: Desk, cases: Sequence[CaseText], table: TableName, ending: str, language: str, naming: Naming
) -> bytes:
    """A table that an office hands up, or the list of its dossiers, as `.docx` or `.xlsx`."""
    content = BytesIO()
    tables = list(_dossiers(desk, cases, language, naming).table() if table == "dossier"
                  else TABLES[table](_office(desk, cases, language, naming)))  # fmt: skip
    if ending == "docx":
        write_docx(tables, language, content)
    else:
        write_xlsx(tables, content)
    return content.getvalue()


def dossier_of_case(desk: Desk, case: CaseText, language: str, naming: Naming) -> Document:
    """Which papers the dossier of a case must hold, and what is missing or dated wrongly."""
    return _dossiers(desk, [case], language, naming, plain=True).document()


def _matched(desk: Desk, case: CaseText) -> Matched:
    (text,) = unread([case])
    read = desk.reader.read(text, None, {})
    if isinstance(read, Rejected):
        raise Problems(read.diagnostics)
    return desk.bench({}).engine.match(read)


def _filled(run: FormRun, made: Made) -> bytes:
    stream = BytesIO()
    run.filled.write(made.form, made.tags, stream)
    return stream.getvalue()


def _office(desk: Desk, cases: Sequence[CaseText], language: str, naming: Naming) -> OfficeTables:
    people: dict[str, Particulars] = {}
    results = evaluate(desk.library, noting(unread(cases), people), made=desk.version.kept.made)
    words = Words(language, document_labels(desk.library))
    return OfficeTables(desk.library, results, words, people, bool(naming))


def _dossiers(
    desk: Desk, cases: Sequence[CaseText], language: str, naming: Naming, *, plain: bool = False
) -> Dossiers:
    people: dict[str, Particulars] = {}
    dossiers: list[Dossier] = []
    rejected: list[Rejected] = []
    library = desk.library

    def keep(matched: Matched) -> Outcome:
        case, decision = matched.case, matched.decided.decision
        filed = people.get(case.case_id, NOBODY).documents
        governing = library.regulations[case.regulation]
        dossiers.append(dossier_of(case, decision, governing, library.vocabulary, filed, {}))
        return outcome_of(decision)

    evaluate_each(library, noting(unread(cases), people), keep, rejected.append, made=desk.version.kept.made)
    results = Results(tuple(dossier.decision for dossier in dossiers), tuple(rejected), (), ())
    words = Words(language, document_labels(library), names=people if naming else {}, plain=plain)
    return Dossiers(OfficeTables(library, results, words, people, bool(naming)), dossiers)
