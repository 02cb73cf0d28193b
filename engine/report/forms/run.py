"""The forms of a run of cases: which are made for each, what fills them in, and what their files are called."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from engine.base.diagnostics import Diagnostic
from engine.base.words import words
from engine.core.judge.engine import Matched
from engine.core.judge.record import Decision
from engine.core.policy.regulation import Library
from engine.load.cases.particulars import Particulars
from engine.load.policies.forms import Form, Forms
from engine.report.forms.choosing import right_forms, unknown_statements
from engine.report.forms.filling import Filled
from engine.report.forms.tags import LANGUAGE, Filling, Tree
from engine.report.words import Words, document_labels

SAYS = words("forms")
MOST_LETTERS = 100
"""Of an id in the name of a file."""
_UNFIT = re.compile(r"[^\w.-]+")


class Made(NamedTuple):
    """A form to fill in: what it is about ("" for all cases), why it is this form, and what its tags stand for."""

    form: Form
    about: str
    why: str
    tags: Tree


@dataclass
class FormRun:
    """The forms of cases, one after the other. `wanted` is the id of one form; without it the right ones are made.
    Names of people are printed if `names` says so."""

    library: Library
    forms: Forms
    language: str
    wanted: str | None = None
    names: bool = False
    _waiting: dict[tuple[Form, str], list[tuple[Tree, Decision]]] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    @cached_property
    def filled(self) -> Filled:
        """What fills templates in."""
        words_of_forms = Words(LANGUAGE, document_labels(self.library), plain=True)
        return Filled(Filling(self.library, words_of_forms, self.forms.headings, self.names), self.forms)

    def say(self, phrase: str, **arguments: object) -> str:
        """A phrase of `words/forms.yaml`."""
        return SAYS[phrase][self.language].format(**arguments)

    def of_case(self, matched: Matched, particulars: Particulars) -> tuple[list[Made], list[Diagnostic]]:
        """The forms about a case alone, and why there is none; forms about several cases take the case in."""
        case, decision = matched.case, matched.decided.decision
        chosen, problems = right_forms(case, self.forms, self.library, self.wanted)
        tags = self.filled.tags_of(case, decision, particulars) if chosen else {}
        made: list[Made] = []
        for form in chosen:
            if form.holds == "case":
                why = self.say("why_case", kind=decision.subject.kind_label[self.language])
                made.append(Made(form, case.case_id, why if self.wanted is None else self.say("why_asked"), tags))
            else:
                unit = case.subject.unit or "" if form.holds == "unit" else ""
                self._waiting.setdefault((form, unit), []).append((tags, decision))
        return made, problems

    def unknown_statements(self, matched: Matched, statements: Mapping[str, str]) -> Iterator[Diagnostic]:
        """A problem for each of the subject's own words that stand under no heading of a form."""
        return unknown_statements(matched.case, statements, self.forms.headings)

    def of_many(self) -> Iterator[Made]:
        """The forms about several cases, once all cases were taken in."""
        for (form, unit), rows in self._waiting.items():
            why = self.say(f"why_{form.holds}", count=len(rows), unit=unit or self.say("no_unit"))
            yield Made(form, unit, why, self.filled.tags_of_many(unit, rows))

    def file_name(self, made: Made) -> str:
        """The name of a file that no other of the run has, also if capitals and small letters are the same."""
        begin = f"{_UNFIT.sub('_', made.about)[:MOST_LETTERS].strip('._')}-{made.form.id}".lstrip("-")
        name, number = begin, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{begin}-{number}"
        self._taken.add(name.casefold())
        return f"{name}.docx"
