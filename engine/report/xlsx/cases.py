"""Results -> a formatted XLSX workbook: cases, quotas with a chart, links, what was set aside, what it all rests on.

Cases are written as they come, so that there may be many of them. What is said is what other reports say (`sayings`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from engine.base.words import Wording, words
from engine.core.judge.case import Rejected
from engine.core.judge.record import Decision, LinkResult, QuotaResult, Results
from engine.core.policy.terms import Source, Text
from engine.report.across import SayingsAcross
from engine.report.sentences import Sayings, Section, missing_fact
from engine.report.words import Words
from engine.report.xlsx.sheet import Head, add_table, new_book, save

SHEETS = words("workbook", "sheets")
HEADS: Mapping[str, tuple[tuple[str, str, float], ...]] = {
    "cases": (
        ("Mã hồ sơ", "Case", 16),
        ("Loại đối tượng", "Kind of subject", 20),
        ("Đối tượng", "Subject", 12),
        ("Đơn vị", "Unit", 12),
        ("Nhóm", "Cohort", 22),
        ("Kỳ", "Period", 9),
        ("Ngày xét", "Day of review", 12),
        ("Mức dữ kiện cho thấy", "Grade supported", 26),
        ("Lý do", "Reasons", 58),
        ("Vì sao chưa đạt mức trên", "What bars the next grade", 58),
        ("Trường hợp loại đã xét nhưng không áp dụng", "Bars looked at that do not apply", 44),
        ("Dữ kiện còn thiếu", "Missing facts", 44),
        ("Phải làm rõ trách nhiệm", "Responsibility to clarify", 44),
        ("Nội dung chưa kiểm điểm", "Contents left out", 40),
        ("Tự xếp loại", "Self-grade", 22),
        ("So với dữ kiện", "Against the facts", 18),
        ("Thẩm định, đề xuất", "Proposed", 22),
        ("So với dữ kiện", "Against the facts", 18),
        ("Đã quyết định", "Decided", 22),
        ("So với dữ kiện", "Against the facts", 18),
        ("Ngày quyết định", "Decided on", 12),
        ("Mức này phụ thuộc cách hiểu", "Depends on a reading", 50),
        ("Dựa trên giả định", "Rests on assumptions", 40),
        ("Quy định", "Regulation", 24),
    ),
    "quotas": (
        ("Nhóm", "Cohort", 44),
        ("Mức", "Grade", 26),
        ("Kỳ", "Period", 9),
        ("Số hồ sơ", "Cases", 10),
        ("Mẫu số", "Base", 10),
        ("Tỷ lệ tối đa (%)", "Limit (%)", 12),
        ("Đã xếp", "Count", 10),
        ("Tối đa", "Limit", 10),
        ("Vượt", "Excess", 10),
        ("Nhiều nhất nếu phần vượt xuống một mức", "Most if the surplus fell one grade", 20),
        ("Kết luận", "Verdict", 40),
        (
            "Hồ sơ giữ mức này (chương trình không chọn ai)",
            "Cases with the grade (the program chooses nobody)",
            40,
        ),
        ("Còn chờ", "Waiting for", 24),
        ("Căn cứ", "Source", 34),
    ),
    "links": (
        ("Hồ sơ", "Case", 16),
        ("Mức", "Grade", 26),
        ("Với", "With", 16),
        ("Mức", "Grade", 26),
        ("Ràng buộc", "Link", 50),
        ("Kết luận", "Verdict", 16),
        ("Căn cứ", "Source", 34),
    ),
    "rejected": (
        ("Hồ sơ", "Case", 20),
        ("Vị trí", "Place", 36),
        ("Lỗi", "Problem", 70),
        ("Cách sửa", "Remedy", 70),
        ("Mã lỗi", "Code", 26),
    ),
    "basis": (
        ("Loại", "Kind", 14),
        ("Nội dung", "What", 60),
        ("Nơi", "Place", 36),
        ("Mức độ chắc chắn", "Status", 20),
        ("Trích", "Quote", 60),
        ("Số lần dẫn", "Times cited", 12),
    ),
    "summary": (("Nội dung", "What", 60), ("Số hồ sơ", "Cases", 12)),
}
WORDS = words("workbook", "words")
TONES = {"within": "right", "exceeded": "wrong", "unknown": "open", "kept": "right", "broken": "wrong"}
REASONS = ("exemptions", "otherwise", "met", "barred")
SHORT_OF = ("barred", "not_reached", "top", "may_be_barred", "open_rung")
CHART_ROWS = 40
"""A chart shows so many cohorts; where there are more, those that are farthest over their limit come first."""


def write_workbook(results: Results, language: str, stream: IO[bytes], *, documents: Mapping[str, Text]) -> None:
    """The results of one run. The same results give the same bytes."""
    write_results(
        results.decisions, results.quotas, results.links, results.rejected, Words(language, documents), stream
    )


def write_results(
    decisions: Iterable[Decision],
    quotas: Sequence[QuotaResult],
    links: Iterable[LinkResult],
    rejected: Iterable[Rejected],
    words: Words,
    stream: IO[bytes],
) -> None:
    """The same where the cases are not at hand all at once: `decisions` is gone through once."""
    book = new_book()
    page = SheetRows(words)
    add_table(book, page.title("cases"), page.heads("cases"), (page.case(one) for one in decisions))
    add_quotas(book, page, quotas)
    add_table(book, page.title("links"), page.heads("links"), (page.link(one) for one in links))
    rows = (row for one in rejected for row in page.rejected(one))
    add_table(book, page.title("rejected"), page.heads("rejected"), rows)
    add_table(book, page.title("basis"), page.heads("basis"), page.basis(), frozen=0)
    add_table(book, page.title("summary"), page.heads("summary"), page.summary(), frozen=0)
    save(book, stream)


def add_quotas(book: Any, page: "SheetRows", quotas: Sequence[QuotaResult]) -> None:
    """The table of quotas, and below it count against limit for each cohort."""
    from openpyxl.chart import BarChart, Reference

    shown = [one for one in quotas if one.count or one.base or one.waiting or one.status == "unknown"]
    if len(shown) > CHART_ROWS:
        shown.sort(key=lambda one: -one.excess)
    sheet = add_table(book, page.title("quotas"), page.heads("quotas"), (page.quota(one) for one in shown))
    if not shown:
        return
    last = min(len(shown), CHART_ROWS) + 1
    chart = BarChart()
    chart.type, chart.title, chart.style = "bar", page.word("chart"), 10
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
    sheet.add_chart(chart, f"A{len(shown) + 4}")


@dataclass
class SheetRows:
    """The rows of every sheet. What cases cite and how they come out is counted on the way."""

    words: Words
    cited: Counter[Source] = field(default_factory=Counter)
    readings: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    assumptions: Counter[tuple[str, Source]] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def sayings(self) -> Sayings:
        return Sayings(self.words)

    @property
    def across(self) -> SayingsAcross:
        return SayingsAcross(self.words)

    def _here(self, wording: Wording) -> str:
        return wording[self.words.language]

    def title(self, sheet: str) -> str:
        return self._here(SHEETS[sheet])

    def word(self, name: str) -> str:
        return self._here(WORDS[name])

    def heads(self, sheet: str) -> list[Head]:
        return [Head(self._here({"vi": vi, "en": en}), width) for vi, en, width in HEADS[sheet]]

    # --- cases ---

    def case(self, one: Decision) -> list[Any]:
        words, sayings = self.words, self.sayings
        sections: dict[str, list[Section]] = {}
        for section in sayings.sections(one):
            sections.setdefault(section.key, []).append(section)
        outcome = sayings.outcome(one)
        self.outcomes[outcome] += 1
        self.counts["judged"] += 1
        self.counts["clarify"] += bool(one.findings)
        self.kinds[one.subject.kind] = words.text(one.subject.kind_label)
        self.labels |= {grade: words.text(label) for grade, label in one.grade_names}
        for reading in one.readings:
            self.readings[words.text(reading.question), words.text(reading.label), reading.interpretation] += 1
        for each in one.assumptions:
            self.assumptions[words.rule_alone(each, None), each.source] += 1
        return [
            one.case_id,
            words.text(one.subject.kind_label),
            one.subject.id,
            one.subject.unit,
            one.subject.cohort,
            one.period,
            one.as_of,
            (outcome, sayings.tone(one)),
            self._said(sections, *REASONS),
            self._said(sections, *SHORT_OF, headed=True),
            self._said(sections, "spared"),
            self._said(sections, "missing"),
            self._said(sections, "findings"),
            self._said(sections, "left_out", "review_unknown"),
            *(part for by in ("self", "proposed", "decided") for part in self._given(one, by)),
            one.decided_on,
            self._said(sections, "depends_on"),
            self._said(sections, "assumptions"),
            words.text(sayings.regulation(one)),
        ]

    def _said(self, sections: Mapping[str, list[Section]], *keys: str, headed: bool = False) -> str:
        lines: list[str] = []
        for section in (each for key in keys for each in sections.get(key, [])):
            if headed and section.heading:
                lines.append(f"{section.heading}:")
            for sentence in section.sentences:
                if sentence.source is not None:
                    self.cited[sentence.source] += 1
                lines.append(f"{sentence.mark} {sentence.cited(self.words)}".strip())
        return "\n".join(lines)

    def _given(self, one: Decision, by: str) -> tuple[Any, Any]:
        for each in one.grades:
            if each.given_by == by:
                verdict = self.sayings.verdict(each)
                return self.labels[each.grade], (verdict, "right" if each.agrees else "open")
        return None, None

    # --- across cases ---

    def quota(self, one: QuotaResult) -> list[Any]:
        self.cited[one.source] += 1
        verdict = self.word(f"quota_{one.status}")
        if one.relief is not None:
            verdict = f"{verdict}; {self.words.say('relieved', relief=self.words.rule(one.relief, None))}"
        verdict = "\n".join([verdict, *(each.text for each in self.across.conditions(one))])
        facts = [missing_fact(self.words, each) for each in one.missing]
        return [
            self.across.cohort(one, self.kinds),
            self.words.text(one.grade_label),
            one.period,
            one.size,
            one.base,
            one.percent,
            one.count,
            one.limit,
            one.excess,
            one.greatest_lawful,
            (verdict, TONES[one.status]),
            ", ".join(one.holders) if one.status == "exceeded" else None,
            "; ".join(filter(None, [self.across.waiting(one), *facts])),
            self.words.citation(one.source),
        ]

    def link(self, one: LinkResult) -> list[Any]:
        self.cited[one.source] += 1
        return [
            one.case_id,
            self.labels.get(one.grade or "", one.grade),
            one.other_case or one.other,
            self.labels.get(one.other_grade or "", one.other_grade),
            self.words.text(one.label),
            (self.word(f"link_{one.status}"), TONES[one.status]),
            self.words.citation(one.source),
        ]

    def rejected(self, one: Rejected) -> Iterator[list[Any]]:
        self.counts["set_aside"] += 1
        language = self.words.language
        for each in one.diagnostics:
            named = one.case_id or one.file
            yield [named, str(each.location), each.message(language), each.help(language), each.code]

    # --- what it rests on ---

    def basis(self) -> Iterator[list[Any]]:
        documents = self.words.documents
        for source, times in self.cited.items():
            document = documents.get(source.document)
            label = self.words.text(document) if document else source.document
            quotes = "\n".join(f"“{quote}”" for quote in source.quotes)
            status = (self.word(source.status), "open" if source.status == "assumed" else "")
            yield [self.word("source"), label, source.locator, status, quotes, times]
        for (question, option, name), times in self.readings.items():
            yield [self.word("reading"), f"{question} – {option}", name, None, None, times]
        for (text, source), times in self.assumptions.items():
            place = self.words.citation(source)
            yield [self.word("assumption"), text, place, (self.word("assumed"), "open"), None, times]
        yield [None, self.words.say("advice")]

    def summary(self) -> Iterator[list[Any]]:
        yield [self.word("judged"), self.counts["judged"]]
        yield [self.word("set_aside"), self.counts["set_aside"]]
        for outcome, count in self.outcomes.most_common():
            yield [outcome, count]
        yield [self.word("clarify"), self.counts["clarify"]]
        yield [self.words.say("advice")]
