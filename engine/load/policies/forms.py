"""`forms/forms.yaml` of a regulation -> the forms that it offers: Word templates, and whom each is for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import Document
from engine.base.yaml_text import read_yaml
from engine.core.policy.live import concerns, during
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import PeriodKind, Source, SubjectKind, Text
from engine.load.policies.check_regulation import RegulationCheck
from engine.load.policies.folders import FORMS_FILE, FORMS_FOLDER
from engine.load.policies.library import misfits_of_file
from engine.load.policies.names import unknown_name
from engine.load.policies.node import Node, label_of, parse_source, parse_text

KIND = "forms"
Holds = Literal["case", "unit", "run"]
"""What one document is about: one case, all cases of a unit, or all cases of a run."""


@dataclass(frozen=True)
class Form:
    """A form of a regulation. It is for subjects of the kinds `applies_to`, and of the kinds below them, in `periods`
    (any, if none is named). A form that is `on_request` is made only if it is named."""

    id: str
    number: str
    label: Text
    regulation: str
    template: Path
    source: Source
    applies_to: tuple[str, ...]
    periods: tuple[PeriodKind, ...] = ()
    holds: Holds = "case"
    on_request: bool = False
    note: Text | None = None
    location: Location = field(default=Location(""), compare=False)

    def fits(self, subject: SubjectKind, period: PeriodKind) -> bool:
        """Is it a form for a kind of subject in a period?"""
        return concerns(self.applies_to, subject) and during(self.periods, period)


@dataclass(frozen=True)
class Forms:
    """The forms of a library by regulation, those of what a layer extends behind its own; `headings` are the parts of
    forms that hold the words of the subject, by their ids; `problems` is what is wrong with the files."""

    by_regulation: Mapping[str, tuple[Form, ...]]
    headings: Mapping[str, Text]
    problems: tuple[Diagnostic, ...] = ()


def read_forms(library: Library) -> Forms:
    """The forms of a library. A form with a mistake is left out."""
    own: dict[str, tuple[Form, ...]] = {}
    headings: dict[str, Text] = {}
    problems: list[Diagnostic] = []
    for regulation in library.regulations.values():
        file = forms_file(regulation)
        if not file.is_file():
            continue
        try:
            document = read_yaml(file)
        except Problems as unread:
            problems += unread.diagnostics
            continue
        if misfits := misfits_of_file(file, KIND, document):
            problems += misfits
            continue
        headings |= {name: label_of(node) for name, node in _root(document, regulation).pairs("headings")}
        own[regulation.id] = tuple(_forms(document, library, regulation, problems))
    every = {regulation.id: _with_those_below(regulation, library, own) for regulation in library.regulations.values()}
    return Forms(every, headings, tuple(problems))


def forms_file(regulation: Regulation) -> Path:
    """Where a regulation names its forms, if it has any."""
    return Path(regulation.location.file).parent / FORMS_FOLDER / FORMS_FILE


def _with_those_below(
    regulation: Regulation, library: Library, own: Mapping[str, tuple[Form, ...]]
) -> tuple[Form, ...]:
    """The forms of a regulation or layer, and those of what it extends that it does not write anew."""
    forms = {form.id: form for form in own.get(regulation.id, ())}
    below = library.regulations.get(regulation.extends or "")
    for form in () if below is None else _with_those_below(below, library, own):
        forms.setdefault(form.id, form)
    return tuple(forms.values())


def _root(document: Document, regulation: Regulation) -> Node:
    published = {publication.id: publication.url for publication in regulation.publications}
    return Node(document, document.data, (), published)


def _forms(
    document: Document, library: Library, regulation: Regulation, problems: list[Diagnostic]
) -> Iterator[Form]:
    check = RegulationCheck(library.vocabulary, regulation)
    first: dict[str, Location] = {}
    published = [publication.id for publication in regulation.publications]
    for node in _root(document, regulation).items("forms"):
        form = _form(node, regulation)
        wrong = [problem for kind in form.applies_to for problem in check.known_kind(kind, form.location)]
        wrong += check.source(form.source)
        source = node["source"]
        if "cite" in source.data:
            wrong += unknown_name("publication/unknown", source.data["cite"], published, source["cite"].location)
        if form.id in first:
            about = {"id": form.id, "first": f"{first[form.id].file}:{first[form.id].line}"}
            wrong.append(diagnostic("rule/duplicate-id", form.location, **about))
        if not form.template.is_file():
            wrong.append(diagnostic("form/no-template", node["template"].location, name=form.template.name))
        first.setdefault(form.id, form.location)
        problems += wrong
        if not wrong:
            yield form


def _form(node: Node, regulation: Regulation) -> Form:
    data = node.data
    return Form(
        id=data["id"],
        number=data["number"],
        label=label_of(node),
        regulation=regulation.id,
        template=Path(node.document.file).parent / data["template"],
        source=parse_source(node["source"]),
        applies_to=node.texts("applies_to"),
        periods=cast("tuple[PeriodKind, ...]", node.texts("periods")),
        holds=data.get("holds", "case"),
        on_request=data.get("on_request", False),
        note=parse_text(node.get("note")),
        location=node.location,
    )
