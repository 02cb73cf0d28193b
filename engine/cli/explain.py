"""`xeploai explain`: why a case comes out as it does, and what would change it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.extras import need_extra
from engine.base.nearness import closest
from engine.base.version import FORMAT
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import (
    DONE,
    PROBLEMS,
    check_named,
    loaded,
    print_diagnostics,
    problems_end_it,
    teller,
)
from engine.cli.options import language_option, policies_option, switch_option, switches_of
from engine.cli.outputs import check_outputs, output_to
from engine.cli.usage import misuse
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Engine
from engine.core.judge.judge import Judge
from engine.core.judge.record import Decision, Results
from engine.load.cases.paths import read_cases
from engine.load.cases.reading import CaseReader, Seen
from engine.report.explain import write_explanations
from engine.report.json import as_plain
from engine.report.records.reading import holds_records, records_in
from engine.report.results import write
from engine.report.terminal import takes_colours
from engine.report.text import Layout
from engine.report.words import Words, document_labels
from engine.study.alternatives import OtherReadings
from engine.study.explain import Explanation, Questions
from engine.study.explain import explain as explained
from engine.study.quota_reasons import QuotaReason, quota_reasons

if TYPE_CHECKING:
    from engine.core.judge.decision import Decided
    from engine.core.policy.terms import Text

SHOWN_IDS = 10


@click.command(cls=Verb)
@click.argument("paths", nargs=-1, required=True, shell_complete=completion.files)
@policies_option
@language_option
@switch_option
@click.option(
    "--case",
    "case_id",
    default=None,
    metavar="ID",
    help="case_alone",
)
@click.option(
    "--regulation",
    default=None,
    metavar="ID",
    shell_complete=completion.regulations,
    help="judged_by_this",
)
@click.option("--why", "why", is_flag=True, help="why")
@click.option("--why-not", "why_not", default=None, metavar="GRADE", help="why_not")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None)
def explain(
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    case_id: str | None,
    regulation: str | None,
    why: bool,
    why_not: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Why a case comes out as it does, and what would change it."""
    if form == "html":
        need_extra("html", "jinja2")
    check_outputs(language, [output], paths, folder)
    if any(holds_records(Path(path)) for path in paths):
        _explain_records(paths, language, case_id, form, output, Questions(why, why_not))
    library = loaded(folder, language)
    switches = switches_of(interpretations)
    check_named(library, regulation, switches, language)
    explanations: list[Explanation] = []
    cases: list[Decided] = []
    problems: list[Diagnostic] = []
    seen: dict[str, Seen] = {}
    ids: list[str] = []
    reader = CaseReader(library)
    with problems_end_it(language), Engine(library, switches, dependences=OtherReadings.of) as engine:
        for document in read_cases(paths, library, language, teller(language)):
            if isinstance(document, Rejected):
                problems += document.diagnostics
                continue
            if case_id is not None:
                here = document.data.get("case_id") if isinstance(document.data, dict) else None
                ids += [here] if isinstance(here, str) else []
                if here != case_id:
                    continue
            case = reader.read(document, regulation, seen)
            if isinstance(case, Rejected):
                problems += case.diagnostics
            else:
                judge = engine.judge(case)
                _check_grade(judge, why_not)
                cases.append(engine.decide(case))
                explanations.append(explained(judge, case, cases[-1].decision, Questions(why, why_not)))
    if case_id is not None and not explanations and not problems:
        misuse("no_case", name=case_id, near=closest(case_id, ids), known=", ".join(ids[:SHOWN_IDS]) or "–")
    # Of one case alone nothing can be said about its cohort.
    quotas = quota_reasons(library, cases, switches) if why and case_id is None else ()
    _write(explanations, quotas, form, output, Words(language, document_labels(library)))
    if problems:
        print_diagnostics(problems, language)
    sys.exit(PROBLEMS if problems else DONE)


def _write(
    explanations: list[Explanation], quotas: tuple[QuotaReason, ...], form: str, output: Path | None, words: Words
) -> None:
    """Write what is explained; `words` give the language, and the labels of the documents that are cited."""
    language, documents = words.language, words.documents
    with output_to(output, private=True) as stream:
        if form == "json":
            data = {"format": FORMAT, "explanations": [as_plain(explanation) for explanation in explanations]}
            if quotas:
                data["quotas"] = [as_plain(reason) for reason in quotas]
            json.dump(data, stream, ensure_ascii=False, indent=2)
            stream.write("\n")
        elif form == "html":
            from engine.report.html.explain import write_explanations_html

            write_explanations_html(explanations, language, stream, documents=documents, quotas=quotas)
        else:
            layout = Layout(color=output is None and takes_colours(sys.stdout))
            write_explanations(explanations, language, stream, documents=documents, layout=layout, quotas=quotas)


def _check_grade(judge: Judge, grade: str | None) -> None:
    """Ends the command if a case's regulation has no such grade."""
    grades = [known.id for known in judge.regulation.grades]
    if grade is not None and grade not in grades:
        misuse("no_grade", name=grade, near=closest(grade, grades), known=", ".join(grades))


def _explain_records(
    paths: tuple[str, ...], language: str, case_id: str | None, form: str, output: Path | None, asked: Questions
) -> NoReturn:
    """Say why cases came out as they did from their records alone, and end the command."""
    if asked != Questions():
        misuse("asked_of_records", option="--why" if asked.why else "--why-not")
    problems: list[Diagnostic] = []
    decisions: list[Decision] = []
    documents: dict[str, Text] = {}
    ids: list[str] = []
    with problems_end_it(language):
        for path in paths:
            records = [record for record in records_in(Path(path), problems.append) if record.kind == "decision"]
            if any(not isinstance(record.content, Decision) for record in records):
                problems.append(diagnostic("records/old-version", Location(path)))
            for record in records:
                if isinstance(record.content, Decision):
                    ids.append(record.content.case_id)
                    if case_id in (None, record.content.case_id):
                        decisions.append(record.content)
                        documents.update(record.documents)
    if not ids and not problems:
        problems.append(diagnostic("records/none", Location(paths[0])))
    if case_id is not None and not decisions and not problems:
        misuse("no_case", name=case_id, near=closest(case_id, ids), known=", ".join(ids[:SHOWN_IDS]) or "–")
    with output_to(output, private=True) as stream:
        if form == "json":
            data = {"format": FORMAT, "decisions": [as_plain(decision) for decision in decisions]}
            json.dump(data, stream, ensure_ascii=False, indent=2)
            stream.write("\n")
        elif decisions:
            color = output is None and form == "text" and takes_colours(sys.stdout)
            results = Results(tuple(decisions), (), (), ())
            write(results, form, Words(language, documents), stream, Layout(False, color))
    if problems:
        print_diagnostics(problems, language)
    sys.exit(PROBLEMS if problems else DONE)
