"""The rows and sums of a population -> a workbook like that of a run over case files (see `cases`).

A row a case, with what it says in labels, the quotas with their chart, the broken links, what was set aside, the sums.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

from engine.core.judge.case import GIVERS
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, QuotaResult
from engine.population.results import Results
from engine.population.rows import SEPARATOR
from engine.population.sums import Totals
from engine.report.population import Labels, labels_of, summary_lines
from engine.report.sentences import Tone
from engine.report.xlsx.cases import SheetRows, add_quotas
from engine.report.xlsx.sheet import new_book, save

COLUMNS = (
    ("case_id", 16), ("kind", 20), ("subject", 12), ("unit", 12), ("cohort", 22), ("period", 9), ("as_of", 12),
    ("grade", 30), ("exemptions", 34), ("bars", 34), ("next", 22), ("unmet", 44), ("missing", 44), ("findings", 44),
    ("left_out", 40), ("self", 22), ("against", 14), ("proposed", 22), ("against", 14), ("decided", 22),
    ("against", 14), ("decided_on", 12), ("assumed", 34), ("regulation", 16),
)  # fmt: skip
BROKEN_LINKS = (("linked_case", 16), ("other_case", 16), ("link", 50), ("verdict", 16))
LINES = (("what", 100),)


def write_population(
    results: Results, totals: Totals, cohorts: Iterable[QuotaResult], language: str, stream: IO[bytes]
) -> None:
    """The rows of a run, gone through once, and what they came to."""
    labels = labels_of(results.library, totals, language)
    kinds = {
        name: labels.words.text(kind.label)
        for regulation in results.library.regulations.values()
        for name, kind in regulation.kinds.items()
    }
    book, sheets = new_book(), SheetRows(labels.words, kinds)
    cases = _Cases(labels)
    sheets.add(book, "cases", map(cases.row, results.rows()), COLUMNS)
    add_quotas(book, sheets, list(cohorts))
    broken = (sheets.word("link_broken"), "wrong")
    links = [[case, other, labels.across(link.link), broken] for link in totals.links for case, other in link.broken]
    sheets.add_any(book, "links", links, BROKEN_LINKS)
    further = sum(count for _, count in totals.warned) - len(totals.warnings)
    sheets.add_set_aside(book, results.rejected(), totals.warnings, further)
    for name, times in cases.named.items():
        if name in labels.rules:
            sheets.cited[labels.rules[name].source] += times
    sheets.add(book, "basis", sheets.basis(), frozen=0)
    lines = ([line] for line in (*summary_lines(totals, labels), "", labels.words.say("advice")))
    sheets.add(book, "summary", lines, LINES, frozen=0)
    save(book, stream)


@dataclass(frozen=True)
class _Cases:
    """The rows of cases; `named` counts the rules that they name, whose sources are then cited."""

    labels: Labels
    named: Counter[str] = field(default_factory=Counter)

    def row(self, case: Mapping[str, Any]) -> list[Any]:
        labels, regulation = self.labels, case["regulation"]
        outcome: str = case["possible"]
        tone: Tone = "wrong" if case["bars"] else "right" if case["settled"] else "open"
        if not case["graded"]:
            outcome, tone = NOT_REVIEWED if case["exemptions"] else NOT_GRADED, "faint"
        at_top = case["next"] is None and case["grade"] is not None
        return [
            case["case_id"],
            labels.kind(regulation, case["kind"]),
            case["subject"],
            case["unit"],
            case["cohort"],
            case["period"],
            _day(case["as_of"]),
            (labels.outcome(regulation, outcome), tone),
            self._rules(case["exemptions"] or case["ungraded"]),
            self._rules(case["bars"]),
            labels.grade(regulation, case["next"]),
            labels.words.say("top") if at_top else self._rules(case["unmet"]),
            "\n".join(labels.fact(name) for name in _listed(case["missing"])),
            self._rules(case["findings"]),
            self._rules(case["left_out"]),
            *(part for giver in GIVERS for part in self._given(case, giver)),
            _day(case["decided_on"]),
            self._rules(case["assumed"]),
            regulation,
        ]

    def _rules(self, names: str | None) -> str:
        listed = _listed(names)
        self.named.update(listed)
        return "\n".join(self.labels.rule(name) for name in listed)

    def _given(self, case: Mapping[str, Any], giver: str) -> tuple[str, tuple[str, Tone] | None]:
        """A grade that somebody gave, and how it stands to the facts."""
        grade, agrees, higher = case[giver], case[f"{giver}_agrees"], case[f"{giver}_higher"]
        if not grade:
            return "", None
        phrase = {True: "higher", False: "lower", None: "other"}[higher]
        if agrees:
            phrase = "agrees"
        elif agrees is None:
            phrase = "open"
        return self.labels.grade(case["regulation"], grade), (self.labels.say(phrase), "right" if agrees else "open")


def _listed(names: str | None) -> list[str]:
    return names.split(SEPARATOR) if names else []


def _day(day: str | date | None) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else day
