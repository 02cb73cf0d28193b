"""What a worker makes for print: forms, the tables that go up, and the lists of dossiers.

Functions of a desk and plain data, as in `judging`; they make what the verbs `form`, `table` and `dossier` make.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from engine.api import evaluate, evaluate_each
from engine.base.diagnostics import Diagnostic, Problems
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Matched
from engine.load.cases.particulars import NOBODY, Particulars, noting
from engine.load.policies.forms import read_forms
from engine.report.document import Document
from engine.report.dossier import DossierRun
from engine.report.forms.run import FormRun, Made
from engine.report.tables.files import TABLES, write_tables
from engine.report.tables.office import OfficeTables
from engine.report.words import Words, document_labels
from engine.serve.desk import Desk
from engine.serve.studio.judging import CaseText, Naming, case_of, unread
from engine.study.memory import Outcome, outcome_of

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
    desk: Desk, cases: Sequence[CaseText], table: str, ending: str, language: str, naming: Naming
) -> bytes:
    """A table of `files.TABLES`, or the list of the dossiers, as "docx" or "xlsx"."""
    library, names = desk.library, bool(naming)
    if table == "dossier":
        tables = _dossiers(desk, cases).dossiers(language, names=names).table()
    else:
        people: dict[str, Particulars] = {}
        results = evaluate(library, noting(unread(cases), people), made=desk.version.kept.made)
        words = Words(language, document_labels(library))
        tables = TABLES[table](OfficeTables(library, results, words, people, names))
    content = BytesIO()
    write_tables(list(tables), ending, language, content)
    return content.getvalue()


def dossier_of_case(desk: Desk, case: CaseText, language: str) -> Document:
    """Which papers the dossier of a case must hold, and what is missing or dated wrongly; nobody is named."""
    return _dossiers(desk, [case]).dossiers(language, plain=True).document()


def _dossiers(desk: Desk, cases: Sequence[CaseText]) -> DossierRun:
    run = DossierRun(desk.library)
    documents = noting(unread(cases), run.people)
    evaluate_each(desk.library, documents, run.take, run.rejected.append, made=desk.version.kept.made)
    return run


def _matched(desk: Desk, case: CaseText) -> Matched:
    return desk.bench({}).engine.match(case_of(desk, case))


def _filled(run: FormRun, made: Made) -> bytes:
    stream = BytesIO()
    run.filled.write(made.form, made.tags, stream)
    return stream.getvalue()
