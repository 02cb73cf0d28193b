"""Results -> a formatted XLSX workbook: cases, quotas with a chart, links, what was set aside, what it all rests on.

A row a case, which prints on one page beside each other, and on a sheet of its own a row a sentence that is said about
it. What is said is what other reports say (`sentences`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any

from engine.base.diagnostics import Diagnostic
from engine.base.words import words
from engine.core.judge.case import GIVERS, Rejected
from engine.core.judge.record import Decision, LinkResult, QuotaResult, Results
from engine.core.policy.terms import Source
from engine.report import across, sentences
from engine.report.sentences import Section, missing_fact
from engine.report.words import Words
from engine.report.xlsx.sheet import Head, add_table, new_book, save

SHEETS = words("workbook", "sheets")
HEADINGS = words("table", "columns")
WORDS = words("workbook", "words")
Columns = Sequence[tuple[str, float]]
"""The columns of a sheet by their names, with their widths in characters."""

COLUMNS: Mapping[str, Columns] = {
    "cases": (
        ("case_id", 14), ("kind", 16), ("subject", 10), ("unit", 12), ("cohort", 16), ("period", 7), ("as_of", 11),
        ("grade", 20), ("self", 16), ("against", 10), ("proposed", 16), ("against", 10), ("decided", 16),
        ("against", 10), ("decided_on", 11), ("regulation", 14),
    ),
    "details": (("linked_case", 14), ("part", 26), ("what", 104)),
    "quotas": (
        ("cohort", 24), ("quota_grade", 15), ("period", 8), ("cases", 7), ("base", 7), ("percent", 8), ("count", 7),
        ("limit", 7), ("excess", 7), ("greatest", 11), ("verdict", 30), ("holders", 16), ("waiting", 14),
        ("other_readings", 34), ("source", 15),
    ),
    "links": (
        ("linked_case", 16), ("quota_grade", 26), ("other_case", 16), ("quota_grade", 26), ("link", 50),
        ("verdict", 16), ("source", 34),
    ),
    "rejected": (("linked_case", 18), ("place", 30), ("problem", 66), ("remedy", 64), ("code", 22)),
    "warnings": (("place", 30), ("warning", 84), ("remedy", 64), ("code", 22)),
    "basis": (("sort", 14), ("what", 60), ("locator", 36), ("status", 18), ("quote", 60), ("cited", 12)),
    "summary": (("what", 60), ("cases", 12)),
}  # fmt: skip
PERSON: Columns = (("person_name", 18), ("position", 16))
"""Further columns of a case, if the workbook names people."""
TONES = {"within": "right", "exceeded": "wrong", "unknown": "open", "kept": "right", "broken": "wrong"}
PARTS: Sequence[tuple[str, Sequence[str]]] = (
    ("reasons", ("exemptions", "otherwise", "met", "barred")),
    ("short_of", ("barred", "not_reached", "top", "may_be_barred", "open_rung")),
    ("spared", ("spared",)), ("missing", ("missing",)), ("findings", ("findings",)),
    ("left_out", ("left_out", "review_unknown")), ("depends_on", ("depends_on",)), ("assumed", ("assumptions",)),
)  # fmt: skip
"""What is said about a case: each part by its caption, with the sections of `sentences` that it holds."""
CHART_ROWS, FEW_ROWS = 40, 3
"""A chart shows so many cohorts; if there are more, those that are farthest over their limit come first. Below a table
of more than a few rows it begins a page, so that no page break cuts it."""


def write_workbook(results: Results, words: Words, stream: IO[bytes]) -> None:
    """The results of one run. The same results give the same bytes."""
    book, sheets = new_book(), SheetRows(words)
    columns = COLUMNS["cases"]
    if words.names:
        columns = (columns[0], *PERSON, *columns[1:])
    sheets.add(book, "cases", map(sheets.case, results.decisions), columns)
    sheets.add_any(book, "details", sheets.details)
    add_quotas(book, sheets, results.quotas)
    sheets.add_any(book, "links", map(sheets.link, results.links))
    sheets.add_set_aside(book, results.rejected, results.warnings)
    sheets.add(book, "basis", sheets.basis(), frozen=0)
    sheets.add(book, "summary", sheets.summary(), frozen=0)
    save(book, stream)


def add_quotas(book: Any, sheets: "SheetRows", quotas: Sequence[QuotaResult]) -> None:
    """The table of quotas, and below it count against limit for each cohort."""
    from openpyxl.chart import BarChart, Reference
    from openpyxl.worksheet.pagebreak import Break

    listed = [quota for quota in quotas if quota.count or quota.base or quota.waiting or quota.status == "unknown"]
    if len(listed) > CHART_ROWS:
        listed.sort(key=lambda quota: -quota.excess)
    sheet = sheets.add(book, "quotas", map(sheets.quota, listed))
    if not listed:
        return
    last = min(len(listed), CHART_ROWS) + 1
    chart = BarChart()
    chart.type, chart.title, chart.style = "bar", sheets.word("chart"), 10
    chart.add_data(Reference(sheet, min_col=7, max_col=8, min_row=1, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    for series, color in zip(chart.series, ("1F4E78", "C55A11"), strict=True):
        series.graphicalProperties.solidFill = color
    # The first cohort on top, as in the table; and without these two LibreOffice and Excel leave the axes out.
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.majorUnit = None
    chart.y_axis.number_format = "0"
    chart.legend.position = "b"
    chart.width, chart.height = 24, 6 + 1.1 * (last - 1)
    sheet.add_chart(chart, f"A{len(listed) + 4}")
    if len(listed) > FEW_ROWS:
        sheet.row_breaks.append(Break(len(listed) + 2))


@dataclass
class SheetRows:
    """The rows of every sheet. What cases cite and how they come out is counted on the way."""

    words: Words
    kinds: dict[str, str] = field(default_factory=dict)
    cited: Counter[Source] = field(default_factory=Counter)
    details: list[list[str]] = field(default_factory=list)
    _readings: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _assumptions: Counter[tuple[str, Source]] = field(default_factory=Counter)
    _outcomes: Counter[str] = field(default_factory=Counter)
    _labels: dict[str, str] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)

    def word(self, name: str) -> str:
        """A word that stands in a cell."""
        return WORDS[name][self.words.language]

    def add(
        self, book: Any, name: str, rows: Iterable[Sequence[Any]], columns: Columns | None = None, frozen: int = 1
    ) -> Any:
        """Add a sheet with its title and headings, and return it. Its columns are those of its name, if not given."""
        language = self.words.language
        heads = [Head(HEADINGS[column][language], width) for column, width in columns or COLUMNS[name]]
        return add_table(book, SHEETS[name][language], heads, rows, frozen=frozen)

    def add_any(
        self, book: Any, name: str, rows: Iterable[Sequence[Any]], columns: Columns | None = None, frozen: int = 1
    ) -> None:
        """As `add`, but no sheet without rows: on paper it would be a page with nothing but headings."""
        pending = iter(rows)
        for first in pending:
            self.add(book, name, chain([first], pending), columns, frozen)

    def add_set_aside(
        self, book: Any, rejected: Iterable[Rejected], warnings: Sequence[Diagnostic], further: int = 0
    ) -> None:
        """The cases that were set aside; if anything is worth a look, that too; `further` warnings are not listed."""
        self.add_any(book, "rejected", (row for case in rejected for row in self._rejected(case)))
        rows = [self._problem(warning) for warning in warnings]
        if further:
            rows.append([None, self.word("more_warnings").format(number=further)])
        self.add_any(book, "warnings", rows, frozen=0)

    # --- cases ---

    def case(self, decision: Decision) -> list[Any]:
        """The row of a case."""
        words = self.words
        self._count(decision)
        self.details += self._details(decision)
        subject = decision.subject
        person = words.person(decision.case_id)
        return [
            decision.case_id,
            *((person.name, person.position) if words.names else ()),
            words.text(subject.kind_label),
            subject.id,
            subject.unit,
            subject.cohort,
            decision.period,
            decision.as_of,
            (sentences.outcome(words, decision), sentences.tone(decision)),
            *(part for giver in GIVERS for part in self._given(decision, giver)),
            decision.decided_on,
            sentences.regulation_label(words, decision),
        ]

    def _count(self, decision: Decision) -> None:
        words = self.words
        self._outcomes[sentences.outcome(words, decision)] += 1
        self._counts["judged"] += 1
        self._counts["clarify"] += bool(decision.findings)
        self.kinds[decision.subject.kind] = words.text(decision.subject.kind_label)
        self._labels |= {grade: words.text(label) for grade, label in decision.grade_names}
        for reading in decision.readings:
            question, label = words.text(reading.interpretation.question), words.text(reading.label)
            self._readings[question, label, reading.interpretation.id] += 1
        for result in decision.assumptions:
            self._assumptions[words.rule_alone(result, None), result.rule.source] += 1

    def _details(self, decision: Decision) -> Iterator[list[str]]:
        """What is said about a case, a row a sentence: on paper long texts beside each other leave most of it blank."""
        sections: dict[str, list[Section]] = {}
        for section in sentences.sections(self.words, decision):
            sections.setdefault(section.key, []).append(section)
        for part, keys in PARTS:
            caption = HEADINGS[part][self.words.language]
            for section in (section for key in keys for section in sections.get(key, [])):
                if part == "short_of" and section.heading:
                    yield [decision.case_id, caption, f"{section.heading}:"]
                for sentence in section.sentences:
                    if sentence.source is not None:
                        self.cited[sentence.source] += 1
                    yield [decision.case_id, caption, f"{sentence.mark} {sentence.cited(self.words)}".strip()]

    def _given(self, decision: Decision, giver: str) -> tuple[Any, Any]:
        for given in decision.grades:
            if given.given_by == giver:
                verdict = sentences.verdict(self.words, given)
                return self._labels[given.grade], (verdict, "right" if given.agrees else "open")
        return None, None

    # --- across cases ---

    def quota(self, quota: QuotaResult) -> list[Any]:
        """The row of a quota over one cohort."""
        words = self.words
        self.cited[quota.quota.source] += 1
        verdict = self.word(f"quota_{quota.status}")
        if quota.relief is not None:
            verdict = f"{verdict}; {words.say('relieved', relief=words.rule(quota.relief, None))}"
        verdict = "\n".join([verdict, *(sentence.text for sentence in across.conditions(words, quota))])
        facts = [missing_fact(words, missing) for missing in quota.missing]
        return [
            across.cohort_name(quota, self.kinds),
            words.text(quota.grade_label),
            quota.period,
            quota.size,
            quota.base,
            quota.percent,
            quota.count,
            quota.limit,
            quota.excess,
            quota.greatest_lawful,
            (verdict, TONES[quota.status]),
            ", ".join(quota.holders) if quota.status == "exceeded" else None,
            "; ".join(filter(None, [across.waiting(words, quota), *facts])),
            "\n".join(sentence.cited(words) for sentence in across.other_readings(words, quota)) or None,
            words.citation(quota.quota.source),
        ]

    def link(self, link: LinkResult) -> list[Any]:
        """The row of a link between two cases."""
        self.cited[link.link.source] += 1
        return [
            link.case_id,
            self._labels.get(link.grade or "", link.grade),
            link.other_case or link.other,
            self._labels.get(link.other_grade or "", link.other_grade),
            self.words.text(link.link.label),
            (self.word(f"link_{link.status}"), TONES[link.status]),
            self.words.citation(link.link.source),
        ]

    def _rejected(self, case: Rejected) -> Iterator[list[Any]]:
        self._counts["set_aside"] += 1
        for problem in case.diagnostics:
            yield [case.case_id or case.file, *self._problem(problem)]

    def _problem(self, problem: Diagnostic) -> list[Any]:
        language = self.words.language
        return [str(problem.location), problem.message(language), problem.help(language), problem.code]

    # --- what it rests on ---

    def basis(self) -> Iterator[list[Any]]:
        """The sources cited, the readings and the assumptions, each with how often."""
        documents = self.words.documents
        for source, times in self.cited.items():
            document = documents.get(source.document)
            label = self.words.text(document) if document else source.document
            quotes = "\n".join(f"“{quote}”" for quote in source.quotes)
            status = (self.word(source.status), "open" if source.status == "assumed" else "")
            yield [self.word("source"), label, source.locator, status, quotes, times]
        for (question, option, name), times in self._readings.items():
            yield [self.word("reading"), f"{question} – {option}", name, None, None, times]
        for (text, source), times in self._assumptions.items():
            place = self.words.citation(source)
            yield [self.word("assumption"), text, place, (self.word("assumed"), "open"), None, times]
        yield [None, self.words.say("advice")]

    def summary(self) -> Iterator[list[Any]]:
        """How many cases there are with each outcome."""
        yield [self.word("judged"), self._counts["judged"]]
        yield [self.word("set_aside"), self._counts["set_aside"]]
        for outcome, count in self._outcomes.most_common():
            yield [outcome, count]
        yield [self.word("clarify"), self._counts["clarify"]]
        yield [self.words.say("advice")]
