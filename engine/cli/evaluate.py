"""`xeploai evaluate`: case files in, reports out."""

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from engine.api import evaluate as evaluate_cases
from engine.api import evaluate_each
from engine.base.documents import Document
from engine.base.extras import need_extra
from engine.base.json_text import Unread
from engine.base.version import ENGINE_VERSION
from engine.base.writing import whole
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import (
    DONE,
    PROBLEMS,
    loaded_as_kept,
    policies_folder,
    print_diagnostics,
    problems_end_it,
    teller,
)
from engine.cli.options import (
    judged_by_option,
    language_option,
    names_option,
    policies_option,
    switch_option,
    switches_of,
)
from engine.cli.outputs import check_outputs, output_to
from engine.cli.progress import Progress
from engine.cli.usage import misuse
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Matched
from engine.core.judge.record import Results
from engine.core.policy.live import Choices
from engine.load.cases.particulars import Particulars, noting
from engine.load.cases.paths import unread_cases
from engine.report.records.fast import FastWriter
from engine.report.records.form import Run
from engine.report.records.writing import DocumentWriter, LinesWriter, Writer
from engine.report.results import write
from engine.report.terminal import takes_colours
from engine.report.text import Layout
from engine.report.words import Words, document_labels
from engine.report.xlsx.cases import write_workbook
from engine.study.memory import Outcome
from engine.versions.opening import Kept
from engine.versions.revisions import commit_of

WITH_NAMES = ("text", "html", "xlsx")
"""The formats that may name people."""


@click.command(cls=Verb)
@click.argument("paths", nargs=-1, required=True, shell_complete=completion.files)
@policies_option
@language_option
@switch_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "ndjson", "csv", "html", "xlsx"]),
    default="text",
    show_default=True,
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=None,
    help="output",
)
@judged_by_option
@click.option(
    "--verify",
    is_flag=True,
    help="derive_again",
)
@click.option("--brief", is_flag=True, help="brief")
@names_option
def evaluate(
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    form: str,
    output: Path | None,
    regulation: str | None,
    verify: bool,
    brief: bool,
    names: bool,
) -> None:
    """Judge case files."""
    if names and form not in WITH_NAMES:
        misuse("no_names", form=form)
    if form == "html":
        need_extra("html", "jinja2")
    if form == "xlsx":
        need_extra("population", "openpyxl")
        if output is None:
            misuse("binary", form="xlsx")
    check_outputs(language, [output], paths, folder)
    kept = loaded_as_kept(folder, language)
    particulars: dict[str, Particulars] | None = {} if names else None
    run = _Run(kept, paths, language, regulation, switches_of(interpretations), verify, particulars)
    if form in ("json", "ndjson"):
        results, rejected = _write_records(run, form == "json", policies_folder(folder), output)
    else:
        with problems_end_it(language), Progress() as progress:
            results = evaluate_cases(kept.library, run.documents, on_case=progress.step, **run.options)
        rejected = results.rejected
        _write_whole(run, results, form, output, brief)
    if results.warnings:
        print_diagnostics(results.warnings, language)
    if output is not None and rejected:
        print_diagnostics([problem for case in rejected for problem in case.diagnostics], language)
    sys.exit(PROBLEMS if rejected else DONE)


@dataclass(frozen=True)
class _Run:
    """What is judged, and how."""

    kept: Kept
    paths: tuple[str, ...]
    language: str
    regulation: str | None
    switches: Choices
    verify: bool
    particulars: dict[str, Particulars] | None
    """Who the subjects are, once their cases are read, if the output names people."""

    @property
    def documents(self) -> Iterator[Document | Unread | Rejected]:
        """The cases, as they are read."""
        cases = unread_cases(self.paths, self.kept.library, self.language, teller(self.language))
        return cases if self.particulars is None else noting(cases, self.particulars)

    @property
    def words(self) -> Words:
        """What the output says and cites, with the people that it names."""
        return Words(self.language, document_labels(self.kept.library), names=self.particulars or {})

    @property
    def options(self) -> dict[str, Any]:
        """What both ways of judging take."""
        return {
            "regulation": self.regulation, "switches": self.switches, "verify": self.verify, "made": self.kept.made,
        }  # fmt: skip


def _write_records(
    run: _Run, document: bool, policies: Path, output: Path | None
) -> tuple[Results, Sequence[Rejected]]:
    """Write each record as soon as its case is decided; what lies between the cases, and what was rejected."""
    commit, clean = commit_of(policies) or (None, None)
    made_by = Run(engine_version=ENGINE_VERSION, policy_commit=commit, policy_clean=clean)
    writer = Writer(run.kept.library, run.switches, made_by)
    records = FastWriter(writer, run.verify)
    rejected: list[Rejected] = []
    with output_to(output, private=True) as stream:
        target = DocumentWriter(writer, stream) if document else LinesWriter(writer, stream)

        def write_case(matched: Matched) -> Outcome:
            content, outcome = records.case(matched)
            target.case(matched.case.regulation, content)
            step()
            return outcome

        def write_rejected(case: Rejected) -> None:
            target.rejected(case)
            rejected.append(case)
            step()

        with problems_end_it(run.language), Progress() as progress, _left_uncollected():
            step = progress.step if output is not None else lambda: None
            results = evaluate_each(run.kept.library, run.documents, write_case, write_rejected, **run.options)
        target.end(results)
    return results, rejected


@contextmanager
def _left_uncollected() -> Iterator[None]:
    """What is there now lives as long as the run: the collector need not walk through it again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _write_whole(run: _Run, results: Results, form: str, output: Path | None, brief: bool) -> None:
    """Write what a person reads, which needs all cases."""
    if form == "xlsx" and output is not None:
        with whole(output, private=True) as file:
            write_workbook(results, run.words, file)
        return
    with output_to(output, private=True) as stream:
        colours = output is None and form == "text" and takes_colours(sys.stdout)
        write(results, form, run.words, stream, Layout(brief, colours))
