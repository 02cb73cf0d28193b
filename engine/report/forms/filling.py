"""The forms of a run: each template is checked when it is used first, and then filled in again and again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from engine.base.diagnostics import Diagnostic, Problems
from engine.core.judge.case import Case
from engine.core.judge.record import Decision
from engine.core.policy.regulation import Library
from engine.load.cases.particulars import Particulars
from engine.load.policies.forms import Form, Forms
from engine.report.forms.tags import DOTS, LINE, Filling, Tree, known_tags
from engine.report.forms.template import Template, problems_of


@dataclass
class Filled:
    """Fills in the forms of one library."""

    filling: Filling
    forms: Forms
    _templates: dict[str, Template] = field(default_factory=dict)

    def tags_of(self, case: Case, decision: Decision, particulars: Particulars) -> Tree:
        """What the tags of a form about a case stand for."""
        return self.filling.of_case(case, decision, particulars)

    def tags_of_many(self, unit: str, rows: Sequence[tuple[Tree, Decision]]) -> Tree:
        """What the tags of a form about several cases stand for."""
        return self.filling.of_many(unit, rows)

    def write(self, form: Form, tags: Tree, stream: IO[bytes]) -> None:
        """Write a form. Raises Problems with what is wrong with its template."""
        template = self._templates.get(str(form.template))
        if template is None:
            template = self._templates[str(form.template)] = self._checked(form)
        template.fill({"line": LINE, "dots": DOTS, "form": self.filling.of_form(form), **tags}, stream)

    def _checked(self, form: Form) -> Template:
        library = self.filling.library
        known = known_tags(library, library.regulations[form.regulation], self.forms.headings)
        wrong = [problem for problem in problems_of(form.template, known) if problem.severity == "error"]
        if wrong:
            raise Problems(wrong)
        return Template(form.template)


def check_forms(library: Library, forms: Forms) -> Iterator[Diagnostic]:
    """What is wrong with the forms of a library and their templates."""
    yield from forms.problems
    seen: set[str] = set()
    for form in (form for offered in forms.by_regulation.values() for form in offered):
        if str(form.template) not in seen:
            seen.add(str(form.template))
            known = known_tags(library, library.regulations[form.regulation], forms.headings)
            yield from problems_of(form.template, known)
