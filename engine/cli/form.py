"""`xeploai form`: the forms of a regulation, filled in from cases."""

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.api import evaluate_each
from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.extras import need_extra
from engine.base.writing import make_folder, whole
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, check_named, loaded_as_kept, print_diagnostics, problems_end_it, teller
from engine.cli.options import (
    judged_by_option,
    language_option,
    names_option,
    policies_option,
    switch_option,
    switches_of,
)
from engine.cli.outputs import check_apart
from engine.cli.pdf import need_office, write_pdfs
from engine.cli.progress import Progress
from engine.cli.usage import misuse
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Matched
from engine.load.cases.particulars import NOBODY, Particulars, noting
from engine.load.cases.paths import unread_cases
from engine.load.policies.forms import read_forms
from engine.report.forms.choosing import unknown_form
from engine.study.memory import Outcome, outcome_of

if TYPE_CHECKING:
    from engine.report.forms.run import FormRun, Made

COLLECTED = 20
"""After so many documents their memory is given back: each holds itself in circles, and is large."""
SHOWN = 10
"""So many of the files that were there before are named."""


@click.command(cls=Verb)
@click.argument("paths", nargs=-1, required=True, shell_complete=completion.files)
@policies_option
@language_option
@switch_option
@judged_by_option
@click.option(
    "--output", "-o", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR",
    help="output_folder",
)  # fmt: skip
@click.option("--form", "asked", default=None, metavar="ID", help="form")
@click.option("--pdf", is_flag=True, help="pdf")
@names_option
@click.option("--force", is_flag=True, help="force")
def form(
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    regulation: str | None,
    output: Path,
    asked: str | None,
    pdf: bool,
    names: bool,
    force: bool,
) -> None:
    """Fill in the forms of a regulation."""
    need_extra("forms", "docxtpl")
    check_apart(language, [output], paths, folder)
    kept, switches = loaded_as_kept(folder, language), switches_of(interpretations)
    library = kept.library
    check_named(library, regulation, switches, language)
    forms = read_forms(library)
    if asked is not None and (near := unknown_form(asked, forms)) is not None:
        known = dict.fromkeys(form.id for offered in forms.by_regulation.values() for form in offered)
        misuse("no_form", name=asked, near=near, known=", ".join(known))
    with problems_end_it(language), Progress() as progress:
        if pdf:
            need_office(output)
        if forms.problems:
            raise Problems(forms.problems)
        make_folder(output)
        from engine.report.forms.run import FormRun  # It takes longer to import than arguments to be read.

        making = _Making(FormRun(library, forms, language, asked, names), output, force, progress.step)
        documents = noting(unread_cases(paths, library, language, teller(language)), making.people)
        with making.told_at_the_end():
            between = evaluate_each(
                library, documents, making.take, making.set_aside,
                regulation=regulation, switches=switches, made=kept.made,
            )  # fmt: skip
            making.problems += between.warnings
            making.finish()
            if pdf:
                write_pdfs(making.written, output)
    sys.exit(PROBLEMS if making.failed else DONE)


@dataclass
class _Making:
    """The files of one run: each is written as soon as its case is decided, and only those about many cases wait."""

    run: "FormRun"
    folder: Path
    force: bool
    step: Callable[[], None]
    people: dict[str, Particulars] = field(default_factory=dict)
    written: list[Path] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    """The names of files that were there before and are not written over."""
    problems: list[Diagnostic] = field(default_factory=list)
    refused: int = 0

    @property
    def failed(self) -> bool:
        """Whether something that was wanted was not written, or stands under no heading."""
        return bool(self.refused or self.there or any(problem.severity == "error" for problem in self.problems))

    @contextmanager
    def told_at_the_end(self) -> Iterator[None]:
        """Says at the end what was written and what was not, also if the run is broken off or the disk is full."""
        try:
            yield
        finally:
            if self.problems:
                print_diagnostics(self.problems, self.run.language)
            if self.there:
                print_diagnostics([already_there(self.folder, self.there)], self.run.language)
            refused = self.refused + len(self.there)
            click.echo(self.run.say("summary", count=len(self.written), folder=self.folder, refused=refused))
            if not self.run.names:
                click.echo(self.run.say("without_names"))

    def set_aside(self, case: Rejected) -> None:
        """Notes what is wrong with a case that could not be judged."""
        self._refuse(*case.diagnostics)
        self.step()

    def take(self, matched: Matched) -> Outcome:
        """Writes the forms of a case, or keeps it for a form about several."""
        particulars = self.people.pop(matched.case.case_id, NOBODY)
        self.problems += self.run.unknown_statements(matched, dict(particulars.statements))
        made, problems = self.run.of_case(matched, particulars)
        self._refuse(*problems)
        for form in made:
            self._write(form)
        self.step()
        return outcome_of(matched.decided.decision)

    def finish(self) -> None:
        """Writes the forms about several cases."""
        for form in self.run.of_many():
            self._write(form)

    def _write(self, made: "Made") -> None:
        path = self.folder / self.run.file_name(made)
        if not self.force and path.exists():
            self.there.append(path.name)
            return
        # Whoever loses power makes the forms again: to wait for the disk after each would take most of the time.
        with whole(path, private=True, lasting=False) as stream:
            self.run.filled.write(made.form, made.tags, stream)
        self.written.append(path)
        if len(self.written) % COLLECTED == 0:
            gc.collect()
        about = made.about or made.form.id
        click.echo(self.run.say("made", case=about, number=made.form.number, why=made.why, file=path))

    def _refuse(self, *problems: Diagnostic) -> None:
        self.problems += problems
        self.refused += bool(problems)


def already_there(folder: Path, names: Sequence[str]) -> Diagnostic:
    """The problem that files of a folder, by their names, were not written over."""
    more = f", … +{len(names) - SHOWN}" if len(names) > SHOWN else ""
    return diagnostic("form/exists", Location(str(folder)), count=len(names), names=", ".join(names[:SHOWN]) + more)
