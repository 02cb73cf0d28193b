"""`xeploai form`: the forms of a regulation, filled in from cases."""

import gc
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.extras import need_extra
from engine.base.words import words
from engine.base.writing import make_folder, whole
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, check_named, loaded, print_diagnostics, problems_end_it, teller
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
from engine.core.judge.case import Case, Rejected
from engine.core.judge.engine import Engine
from engine.core.judge.record import Decision
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library
from engine.load.cases.particulars import NOBODY, Particulars, noting
from engine.load.cases.paths import unread_cases
from engine.load.cases.reading import CaseReader, Seen
from engine.load.policies.forms import Form, Forms, read_forms
from engine.report.forms.choosing import right_forms, unknown_form, unknown_statements
from engine.report.forms.tags import LANGUAGE, Filling, Tree
from engine.report.words import Words, document_labels

SAYS = words("forms")
COLLECTED = 20
"""After so many documents their memory is given back: each holds itself in circles, and is large."""
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
    library = loaded(folder, language)
    switches = switches_of(interpretations)
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
        making = _Making(library, forms, output, language, asked, names, force)
        for decided in making.decided(paths, regulation, switches):
            making.take(*decided)
            progress.step()
        making.finish()
        if pdf:
            write_pdfs(making.written, output)
    if making.problems:
        print_diagnostics(making.problems, language)
    click.echo(making.say("summary", count=len(making.written), folder=output, refused=making.refused))
    if not names:
        click.echo(making.say("without_names"))
    sys.exit(PROBLEMS if making.problems else DONE)


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
    written: list[Path] = field(default_factory=list)
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

    def decided(
        self, paths: tuple[str, ...], regulation: str | None, switches: Choices
    ) -> Iterator[tuple[Case, Decision, Particulars]]:
        """The cases with their decisions, as they are read. What is wrong with the others goes into `problems`."""
        reader, seen, people = CaseReader(self.library), dict[str, Seen](), dict[str, Particulars]()
        documents = unread_cases(paths, self.library, self.language, teller(self.language))
        with Engine(self.library, switches) as engine:
            for document in noting(documents, people):
                case = reader.read(document, regulation, seen)
                if isinstance(case, Rejected):
                    self._refuse(*case.diagnostics)
                else:
                    yield case, engine.decide(case).decision, people.pop(case.case_id, NOBODY)

    def take(self, case: Case, decision: Decision, particulars: Particulars) -> None:
        """Writes the forms of a case, or keeps it for a form about several."""
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

    def finish(self) -> None:
        """Writes the forms about several cases."""
        for (form, unit), rows in self.waiting.items():
            shown = unit or self.say("no_unit")
            why = self.say(f"why_{form.holds}", count=len(rows), unit=shown)
            self._write(form, unit, self.filled.tags_of_many(unit, rows), why)

    def _write(self, form: Form, about: str, tags: Tree, why: str) -> None:
        path = self.folder / self._name(about, form)
        if there := already_there(path, self.force):
            self._refuse(*there)
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


def already_there(path: Path, force: bool) -> tuple[Diagnostic, ...]:
    """The problem that a form would be written over a file; none if there is no such file, or it may be."""
    if force or not path.exists():
        return ()
    return (diagnostic("form/exists", Location(str(path)), name=path.name),)
