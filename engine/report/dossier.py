"""Dossiers in words: a document for terminal and page, JSON, and the table that goes with the papers."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.base.version import FORMAT
from engine.base.words import words
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Matched
from engine.core.judge.record import Results
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library
from engine.load.cases.particulars import NOBODY, Filed, Particulars
from engine.report import sentences
from engine.report.document import Chapter, Document, Entry, Table
from engine.report.json import as_plain
from engine.report.tables.office import OfficeTables
from engine.report.tables.printed import Cell, Column, Line, PrintedTable
from engine.report.words import Words, document_labels
from engine.study.dossier import Dossier, PaperResult, dossier_of
from engine.study.memory import Outcome, outcome_of

SAYS = words("office", "dossier")
MARKS = {"there": "✓", "missing": "✗", "maybe_missing": "?", "misdated": "!"}


@dataclass(frozen=True)
class Dossiers:
    """The dossiers of a run, and what its tables are made from. Names of files may hold names of people: they are shown
    if the output names people."""

    office: OfficeTables
    dossiers: Sequence[Dossier]

    def say(self, phrase: str, **arguments: object) -> str:
        """A phrase about dossiers, with its places filled."""
        return SAYS[phrase][self.office.words.language].format(**arguments)

    def units(self) -> Mapping[str, list[Dossier]]:
        """The dossiers of each unit, in the order of the run."""
        units: dict[str, list[Dossier]] = {}
        for dossier in self.dossiers:
            units.setdefault(self.office.unit(dossier.decision), []).append(dossier)
        return units

    def document(self) -> Document:
        """How many papers each unit lacks, and below that each case with its papers."""
        head = [self.say(name) for name in ("unit", "cases", "there", "missing", "maybe_missing", "misdated")]
        rows, chapters = [], []
        for unit, dossiers in self.units().items():
            counts = Counter(result.status for dossier in dossiers for result in dossier.papers)
            rows.append([unit, str(len(dossiers)), *(str(counts[status]) for status in MARKS)])  # type: ignore[index]
            chapters.append(Chapter(unit, [self._entry(dossier) for dossier in dossiers]))
        return Document(self.say("title"), self.say("advice"), Table(head, rows), chapters)

    def _entry(self, dossier: Dossier) -> Entry:
        words = self.office.words
        return Entry(sentences.who(words, dossier.decision), list(self._lines(dossier)))

    def _lines(self, dossier: Dossier) -> Iterator[str]:
        if dossier.exempt:
            yield self.say("exempt")
        if not self.office.library.regulations[dossier.decision.regulation].papers:
            yield self.say("no_list", number=self.office.library.regulations[dossier.decision.regulation].number)
        for result in dossier.papers:
            source = self.office.words.citation(result.paper.source)
            yield f"{MARKS[result.status]} {self.label(result)}: {self.told(result)} {source}"
        if dossier.others:
            yield self.say("others", number=len(dossier.others))

    def label(self, result: PaperResult) -> str:
        """What a paper is called."""
        return self.office.words.text(result.paper.label)

    def told(self, result: PaperResult) -> str:
        """What there is to say of a paper: what is filed and how it is dated, or that it is missing."""
        words = self.office.words
        if not result.filed:
            return self.say(f"{result.status}_told")
        parts = [self._filed(document) for document in result.filed]
        for wrong in result.misdated:
            day = words.day(wrong.day)
            if wrong.after is None:
                parts.append(self.say("before_period", day=day))
            else:
                parts.append(self.say("before_paper", day=day, paper=words.text(wrong.after.label)))
        if not result.owed:
            parts.append(self.say("not_owed" if result.owed is False else "owed_if"))
        return "; ".join(parts)

    def _filed(self, document: Filed) -> str:
        day = self.office.words.day(document.day) if document.day else self.say("undated")
        file = document.file if self.office.names else ""
        return ", ".join(part for part in (document.number, day, file) if part)

    def table(self) -> Iterator[PrintedTable]:
        """The list of each regulation and period for print; each unit begins a page."""
        by_case = {dossier.decision.case_id: dossier for dossier in self.dossiers}
        for regulation, period, decisions in self.office.batches():
            units: dict[str, list[Line]] = {}
            for number, decision in enumerate(decisions, 1):
                unit = self.office.unit(decision)
                lines = units.setdefault(unit, [Line([unit], "caption")])
                lines += self._rows(by_case[decision.case_id], number)
            yield PrintedTable(
                title=self.say("list"),
                under_title=self.office.under_title(regulation, period),
                top=self.office.top,
                columns=self._columns(),
                parts=list(units.values()),
                notes=[self.say("advice"), *self.office.set_aside],
                place_and_day=self.office.say("place_and_day"),
                signers=self.office.signers,
            )

    def _columns(self) -> list[Column]:
        widths = {"order": 11, "subject": 60, "paper": 70, "state": 24, "remark": 82}
        return [Column(self.say(name), width) for name, width in widths.items()]

    def _rows(self, dossier: Dossier, number: int) -> Iterator[Line]:
        """A line a paper; the first one of a case has its number and names the subject."""
        head: list[Cell] = [number, sentences.who(self.office.words, dossier.decision)]
        if not dossier.papers:
            yield Line([*head, "", "", "; ".join(self._lines(dossier))])
        for result in dossier.papers:
            state = self.say(f"{result.status}_short")
            yield Line([*head, self.label(result), state, self.told(result)])
            head = ["", ""]

    def as_json(self) -> str:
        """Every dossier as JSON."""
        dossiers = [self._plain(dossier) for dossier in self.dossiers]
        return json.dumps({"format": FORMAT, "dossiers": dossiers}, ensure_ascii=False, indent=2) + "\n"

    def _plain(self, dossier: Dossier) -> dict[str, Any]:
        decision = dossier.decision
        return {
            "case_id": decision.case_id,
            "regulation": decision.regulation,
            "period": decision.period,
            "kind": decision.subject.kind,
            "unit": decision.subject.unit,
            "exempt": dossier.exempt,
            "papers": [
                {
                    "paper": result.paper.id,
                    "label": as_plain(result.paper.label),
                    "source": as_plain(result.paper.source),
                    "owed": result.owed,
                    "status": result.status,
                    "filed": [self._plain_paper(document) for document in result.filed],
                    "misdated": [
                        {"date": wrong.day.isoformat(), "before": wrong.after.id if wrong.after else "period"}
                        for wrong in result.misdated
                    ],
                }
                for result in dossier.papers
            ],
            "others": [self._plain_paper(document) for document in dossier.others],
        }

    def _plain_paper(self, document: Filed) -> dict[str, str | None]:
        plain = {"kind": document.kind, "number": document.number or None}
        plain["date"] = document.day.isoformat() if document.day else None
        return {**plain, "file": document.file or None} if self.office.names else plain


@dataclass
class DossierRun:
    """Takes in the cases of a run, one after the other. Whoever reads them puts into `people` what they say of their
    subjects, and into `rejected` those that could not be judged."""

    library: Library
    switches: Choices = field(default_factory=dict)
    people: dict[str, Particulars] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    _dossiers: list[Dossier] = field(default_factory=list)

    def take(self, matched: Matched) -> Outcome:
        """Makes the dossier of a case."""
        case, decision = matched.case, matched.decided.decision
        filed = self.people.get(case.case_id, NOBODY).documents
        governing = self.library.regulations[case.regulation]
        self._dossiers.append(dossier_of(case, decision, governing, self.library.vocabulary, filed, self.switches))
        return outcome_of(decision)

    def dossiers(self, language: str, *, names: bool = False, plain: bool = False) -> Dossiers:
        """The dossiers of the cases so far. They name people if `names` says so; `plain`: without names of facts."""
        results = Results(tuple(dossier.decision for dossier in self._dossiers), tuple(self.rejected), (), ())
        words = Words(language, document_labels(self.library), names=self.people if names else {}, plain=plain)
        office = OfficeTables(self.library, results, words, self.people, names, self.switches)
        return Dossiers(office, tuple(self._dossiers))
