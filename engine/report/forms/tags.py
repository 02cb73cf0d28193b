"""The tags that a template may use, and what each stands for in the form of one case.

A tag is a name of the vocabulary (`facts.score.total`) or of the record (`result.grade`). What is not known is a dotted
line to write on. So is what says who a person is, unless the output names people: then no template can print it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.base.words import wording
from engine.core.judge.case import GIVERS, PERSON_KEYS, RECORDED_KEYS, Case
from engine.core.judge.record import Decision
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Text
from engine.load.cases.ballots import COUNTS, Ballots
from engine.load.cases.particulars import Particulars
from engine.load.policies.forms import Form
from engine.report import sentences
from engine.report.words import Words, label_of

LANGUAGE = "vi"
"""Forms are in Vietnamese, whatever the language of the messages about them."""
LINE, DOTS = wording("forms", "line")[LANGUAGE], wording("forms", "dots")[LANGUAGE]
"""A line to write on, and room for a word or two."""
LINES = 3
"""So many lines stand under a heading for what the subject says."""
EMPTY_ROWS = 5
"""So many rows a table of evidence has if the case names none."""
CHECKED, UNCHECKED = wording("forms", "checked")[LANGUAGE], wording("forms", "unchecked")[LANGUAGE]
OWN, AFTER = wording("forms", "own")[LANGUAGE], wording("forms", "after")[LANGUAGE]

Tree = dict[str, Any]
"""Tags by their parts: a tree below each name that is followed by a dot, None for what is printed, and a list with the
tree of one item for what is gone through."""


def known_tags(library: Library, regulation: Regulation, headings: Mapping[str, Text]) -> Tree:
    """The tags that the templates of a regulation may use."""
    facts = nested(dict.fromkeys(library.vocabulary.facts))
    grades = dict.fromkeys(grade.id for grade in regulation.grades)
    of_case: Tree = {
        "case": dict.fromkeys(("case_id", "period", "as_of", "regulation")),
        "subject": dict.fromkeys(RECORDED_KEYS),
        "person": dict.fromkeys(PERSON_KEYS),
        "ballots": {**dict.fromkeys(COUNTS), "grades": dict(grades)},
        "facts": facts,
        "evidence": [dict.fromkeys(("number", "fact", "item"))],
        "statements": {name: [None] for name in headings},
        "grades": dict.fromkeys((*GIVERS, "decided_on")),
        "boxes": {giver: dict(grades) for giver in GIVERS},
        "result": {"outcome": None, "reasons": [None], "findings": [None], "missing": [None]},
    }
    return {
        **of_case,
        "form": dict.fromkeys(("number", "label", "source", "note")),
        "unit": None,
        "period": None,
        "line": None,
        "dots": None,
        "rows": [{"number": None, **of_case}],
        "totals": dict.fromkeys(("all", *grades, "open")),
    }


def nested(values: Mapping[str, Any]) -> Tree:
    """Values by names with dots -> a tree."""
    root: Tree = {}
    for name, value in values.items():
        *groups, last = name.split(".")
        here = root
        for group in groups:
            here = here.setdefault(group, {})
        here[last] = value
    return root


@dataclass(frozen=True)
class Filling:
    """What the tags of a regulation's templates stand for."""

    library: Library
    words: Words
    headings: Mapping[str, Text]
    names: bool
    """Whether the output names people."""

    def of_form(self, form: Form) -> Tree:
        """What a form says of itself: what it follows, and that it is no official file."""
        regulation = self.library.regulations[form.regulation]
        document = {item.id: item.label for item in regulation.documents}.get(form.source.document)
        cited = f"{document[LANGUAGE] if document else form.source.document}, {form.source.locator}"
        assumed = form.source.status == "assumed"
        note = OWN if assumed else AFTER.format(source=cited, status=self.words.say(form.source.status))
        return {"number": form.number, "label": form.label[LANGUAGE], "source": cited, "note": note}

    def of_case(self, case: Case, decision: Decision, particulars: Particulars) -> Tree:
        """What the tags stand for in the form of one case."""
        words, facts = self.words, self.library.vocabulary.facts
        values = {
            name: words.value(case.values[name], fact.unit, label_of(case.values[name], fact))
            if name in case.values
            else DOTS
            for name, fact in facts.items()
        }
        evidence = [(facts[name].label[LANGUAGE], item) for name, items in case.evidence.items() for item in items]
        given = dict(case.grades)
        labels = {grade: label[LANGUAGE] for grade, label in decision.grade_names}
        subject = decision.subject
        return {
            "case": {
                "case_id": case.case_id, "period": case.period, "as_of": words.day(case.as_of),
                "regulation": sentences.regulation_label(words, decision),
            },
            "subject": {
                "kind": subject.kind_label[LANGUAGE], "id": subject.id or DOTS, "unit": subject.unit or DOTS,
                "cohort": subject.cohort or DOTS,
            },
            "person": self._person(particulars),
            "ballots": _ballots(particulars.ballots, labels),
            "facts": nested(values),
            "evidence": [
                {"number": number, "fact": fact, "item": item}
                for number, (fact, item) in enumerate(evidence or [("", "")] * EMPTY_ROWS, 1)
            ],
            "statements": {name: self._statement(name, particulars) for name in self.headings},
            "grades": {
                **{giver: labels.get(given.get(giver, ""), DOTS) for giver in GIVERS},
                "decided_on": words.day(case.decided_on) if case.decided_on else DOTS,
            },
            "boxes": {
                giver: {grade: CHECKED if given.get(giver) == grade else UNCHECKED for grade in labels}
                for giver in GIVERS
            },
            "result": {"outcome": sentences.outcome(words, decision), **self._sections(decision)},
        }  # fmt: skip

    def of_many(self, unit: str, rows: Sequence[tuple[Tree, Decision]]) -> Tree:
        """What the tags stand for in a form about several cases: `rows`, each with the tags of its case."""
        periods = sorted({row["case"]["period"] for row, _ in rows})
        settled = [decision.grading.grade if decision.grading else None for _, decision in rows]
        grades = dict.fromkeys(grade for _, decision in rows for grade, _ in decision.grade_names)
        totals = {grade: settled.count(grade) for grade in grades}
        return {
            "rows": [{"number": number, **row} for number, (row, _) in enumerate(rows, 1)],
            "unit": unit or DOTS,
            "period": ", ".join(periods),
            "totals": {**totals, "all": len(rows), "open": settled.count(None)},
        }

    def _person(self, particulars: Particulars) -> Tree:
        if not self.names:
            return dict.fromkeys(PERSON_KEYS, DOTS)
        born = particulars.born
        day = self.words.day(date.fromisoformat(born)) if len(born) > len("1980") else born
        shown = {key: getattr(particulars, key) or DOTS for key in PERSON_KEYS}
        return shown | {"born": day or DOTS}

    def _statement(self, heading: str, particulars: Particulars) -> list[str]:
        """What the subject says under a heading, by paragraphs; else lines to write on."""
        said = dict(particulars.statements).get(heading, "") if self.names else ""
        return said.splitlines() or [LINE] * LINES

    def _sections(self, decision: Decision) -> Mapping[str, list[str]]:
        sections = {section.key: section for section in sentences.sections(self.words, decision)}
        return {
            "reasons": list(self._sentences(sections, "exemptions", "otherwise", "met", "barred")),
            "findings": list(self._sentences(sections, "findings")),
            "missing": list(self._sentences(sections, "missing")),
        }

    def _sentences(self, sections: Mapping[str, sentences.Section], *keys: str) -> Iterator[str]:
        for key in keys:
            if key in sections:
                yield from (sentence.cited(self.words) for sentence in sections[key].sentences)


def _ballots(ballots: Ballots | None, grades: Mapping[str, str]) -> Tree:
    """The count of a vote; a grade that a stated count does not name got no vote."""
    counts = {} if ballots is None else ballots.counts
    votes = dict.fromkeys(grades, DOTS)
    if ballots is not None and ballots.grades:
        votes = {grade: str(ballots.grades.get(grade, 0)) for grade in grades}
    return {**{name: str(counts[name]) if name in counts else DOTS for name in COUNTS}, "grades": votes}
