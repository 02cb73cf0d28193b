"""`xeploai form`: the forms of a regulation, filled in from cases."""

import gc
import re
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
from engine.base.words import words
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
from engine.core.policy.regulation import Library
from engine.load.cases.particulars import NOBODY, Particulars, noting
from engine.load.cases.paths import unread_cases
from engine.load.policies.forms import Form, Forms, read_forms
from engine.report.forms.choosing import right_forms, unknown_form, unknown_statements
from engine.report.forms.tags import LANGUAGE, Filling, Tree
from engine.report.words import Words, document_labels
from engine.study.memory import Outcome, outcome_of

if TYPE_CHECKING:
    from engine.core.judge.record import Decision

SAYS = words("forms")
COLLECTED = 20
"""After so many documents their memory is given back: each holds itself in circles, and is large."""
SHOWN = 10
"""So many of the files that were there before are named."""
MOST_LETTERS = 100
"""Of an id in the name of a file."""
_UNFIT = re.compile(r"[^\w.-]+")


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
        making = _Making(library, forms, output, language, asked, names, force, progress.step)
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
    """The forms of one run: each is written as soon as its case is decided, and only those about many cases wait."""

    library: Library
    forms: Forms
    folder: Path
    language: str
    asked: str | None
    names: bool
    force: bool
    step: Callable[[], None]
    people: dict[str, Particulars] = field(default_factory=dict)
    written: list[Path] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    """The names of files that were there before and are not written over."""
    problems: list[Diagnostic] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        """Imports what fills templates in, which takes longer than reading arguments."""
        from engine.report.forms.filling import Filled

        say = Words(LANGUAGE, document_labels(self.library), plain=True)
        self.filled = Filled(Filling(self.library, say, self.forms.headings, self.names), self.forms)
        self.waiting: dict[tuple[Form, str], list[tuple[Tree, Decision]]] = {}
        self.taken: set[str] = set()

    def say(self, phrase: str, **arguments: object) -> str:
        """A phrase of `words/forms.yaml`."""
        return SAYS[phrase][self.language].format(**arguments)

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
                print_diagnostics(self.problems, self.language)
            if self.there:
                print_diagnostics([already_there(self.folder, self.there)], self.language)
            refused = self.refused + len(self.there)
            click.echo(self.say("summary", count=len(self.written), folder=self.folder, refused=refused))
            if not self.names:
                click.echo(self.say("without_names"))

    def set_aside(self, case: Rejected) -> None:
        """Notes what is wrong with a case that could not be judged."""
        self._refuse(*case.diagnostics)
        self.step()

    def take(self, matched: Matched) -> Outcome:
        """Writes the forms of a case, or keeps it for a form about several."""
        case, decision = matched.case, matched.decided.decision
        particulars = self.people.pop(case.case_id, NOBODY)
        self.problems += unknown_statements(case, dict(particulars.statements), self.forms.headings)
        chosen, problems = right_forms(case, self.forms, self.library, self.asked)
        self._refuse(*problems)
        tags = self.filled.tags_of(case, decision, particulars) if chosen else {}
        for form in chosen:
            if form.holds != "case":
                unit = case.subject.unit or "" if form.holds == "unit" else ""
                self.waiting.setdefault((form, unit), []).append((tags, decision))
                continue
            why = self.say("why_case", kind=decision.subject.kind_label[self.language])
            self._write(form, case.case_id, tags, why if self.asked is None else self.say("why_asked"))
        self.step()
        return outcome_of(decision)

    def finish(self) -> None:
        """Writes the forms about several cases."""
        for (form, unit), rows in self.waiting.items():
            shown = unit or self.say("no_unit")
            why = self.say(f"why_{form.holds}", count=len(rows), unit=shown)
            self._write(form, unit, self.filled.tags_of_many(unit, rows), why)

    def _write(self, form: Form, about: str, tags: Tree, why: str) -> None:
        path = self.folder / self._name(about, form)
        if not self.force and path.exists():
            self.there.append(path.name)
            return
        # Whoever loses power makes the forms again: to wait for the disk after each would take most of the time.
        with whole(path, private=True, lasting=False) as stream:
            self.filled.write(form, tags, stream)
        self.written.append(path)
        if len(self.written) % COLLECTED == 0:
            gc.collect()
        click.echo(self.say("made", case=about or form.id, number=form.number, why=why, file=path))

    def _refuse(self, *problems: Diagnostic) -> None:
        self.problems += problems
        self.refused += bool(problems)

    def _name(self, about: str, form: Form) -> str:
        """The name of a file that no other of the run has, also where names in capitals are the same."""
        begin = f"{_UNFIT.sub('_', about)[:MOST_LETTERS].strip('._')}-{form.id}".lstrip("-")
        name, number = begin, 1
        while name.casefold() in self.taken:
            number += 1
            name = f"{begin}-{number}"
        self.taken.add(name.casefold())
        return f"{name}.docx"


def already_there(folder: Path, names: Sequence[str]) -> Diagnostic:
    """The problem that files of a folder, by their names, were not written over."""
    more = f", … +{len(names) - SHOWN}" if len(names) > SHOWN else ""
    return diagnostic("form/exists", Location(str(folder)), count=len(names), names=", ".join(names[:SHOWN]) + more)
