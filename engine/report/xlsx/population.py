"""The rows and sums of a population -> a workbook like that of a run over case files (see `workbook`).

A row a case, with what it says in labels, the quotas with their chart, the broken links, what was set aside, the sums.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

from engine.core.policy.regulation import all_rules
from engine.core.policy.rules import Rule
from engine.population.rows import SEPARATOR
from engine.population.totals import Results, Totals
from engine.report.population import PopulationTelling
from engine.report.words import Words
from engine.report.xlsx.cases import SheetRows, add_quotas
from engine.report.xlsx.sheet import Head, add_table, new_book, save

HEADS: tuple[tuple[str, str, str, float], ...] = (
    ("case_id", "Mã hồ sơ", "Case", 16),
    ("kind", "Loại đối tượng", "Kind of subject", 20),
    ("subject", "Đối tượng", "Subject", 12),
    ("unit", "Đơn vị", "Unit", 12),
    ("cohort", "Nhóm", "Cohort", 22),
    ("period", "Kỳ", "Period", 9),
    ("as_of", "Ngày xét", "Day of review", 12),
    ("outcome", "Mức dữ kiện cho thấy", "Grade supported", 30),
    ("exemptions", "Trường hợp không xếp loại", "Not reviewed or not graded because", 34),
    ("bars", "Trường hợp loại", "Barred by", 34),
    ("next", "Mức trên", "Next grade", 22),
    ("unmet", "Chưa đạt mức trên vì", "Short of the next grade because", 44),
    ("missing", "Dữ kiện còn thiếu", "Missing facts", 44),
    ("findings", "Phải làm rõ trách nhiệm", "Responsibility to clarify", 44),
    ("left_out", "Nội dung chưa kiểm điểm", "Contents left out", 40),
    ("self", "Tự xếp loại", "Self-grade", 22),
    ("self_said", "So với dữ kiện", "Against the facts", 14),
    ("proposed", "Thẩm định, đề xuất", "Proposed", 22),
    ("proposed_said", "So với dữ kiện", "Against the facts", 14),
    ("decided", "Đã quyết định", "Decided", 22),
    ("decided_said", "So với dữ kiện", "Against the facts", 14),
    ("decided_on", "Ngày quyết định", "Decided on", 12),
    ("assumed", "Dựa trên giả định", "Rests on assumptions", 34),
    ("regulation", "Quy định", "Regulation", 16),
)


def write_population(results: Results, totals: Totals, language: str, stream: IO[bytes]) -> None:
    """The rows of a run, gone through once, and what they came to."""
    library = results.library
    words = Words(language, {one.id: one.label for each in library.regulations.values() for one in each.documents})
    telling = PopulationTelling(library, totals, language)
    page = SheetRows(words)
    page.kinds = {kind: label[language] for (_, kind), label in telling.kinds.items()}
    cases = _Cases(telling, page, {rule.name: rule for one in library.regulations.values() for rule in all_rules(one)})
    book = new_book()
    heads = [Head(vi if language == "vi" else en, width) for _, vi, en, width in HEADS]
    add_table(book, page.title("cases"), heads, (cases.row(one) for one in results.rows()))
    add_quotas(book, page, list(results.quotas()))
    links = [row for one in totals.links for row in cases.links(one.link, one.broken)]
    add_table(book, page.title("links"), [page.heads("links")[index] for index in (0, 2, 4, 5)], links)
    refused = (row for one in results.rejected() for row in page.rejected(one))
    add_table(book, page.title("rejected"), page.heads("rejected"), refused)
    cases.cite()
    add_table(book, page.title("basis"), page.heads("basis"), page.basis(), frozen=0)
    lines = ([line] for line in (*telling.lines(), "", words.say("advice")))
    add_table(book, page.title("summary"), [Head(page.heads("summary")[0].text, 100)], lines, frozen=0)
    save(book, stream)


@dataclass
class _Cases:
    telling: PopulationTelling
    page: SheetRows
    rules: Mapping[str, Rule]
    named: Counter[str] = field(default_factory=Counter)

    def row(self, one: Mapping[str, Any]) -> list[Any]:
        regulation = one["regulation"]
        outcome = one["possible"]
        if not one["graded"]:
            outcome = "not_reviewed" if one["exemptions"] else "not_graded"
        tone = "faint" if not one["graded"] else "wrong" if one["bars"] else "right" if one["settled"] else "open"
        shown: dict[str, Any] = {
            **one,
            "kind": self.telling.label(self.telling.kinds, (regulation, one["kind"]), one["kind"]),
            "as_of": _day(one["as_of"]),
            "outcome": (self.telling.outcome(regulation, outcome), tone),
            "exemptions": self._rules(one["exemptions"] or one["ungraded"]),
            "missing": "\n".join(self.telling.fact(name) for name in _listed(one["missing"])),
            **{key: self._rules(one[key]) for key in ("bars", "unmet", "findings", "left_out", "assumed")},
            "next": self.telling.label(self.telling.grades, (regulation, one["next"]), ""),
            "decided_on": _day(one["decided_on"]),
        }
        if one["next"] is None and one["grade"] is not None:
            shown["unmet"] = self.page.words.say("top")
        for by in ("self", "proposed", "decided"):
            grade = one[by]
            shown[by] = self.telling.label(self.telling.grades, (regulation, grade), grade or "")
            shown[f"{by}_said"] = self._verdict(one, by) if grade else None
        return [shown[name] for name, *_ in HEADS]

    def _rules(self, names: str | None) -> str:
        listed = _listed(names)
        self.named.update(listed)
        return "\n".join(self.telling.label(self.telling.rules, name, name) for name in listed)

    def _verdict(self, one: Mapping[str, Any], by: str) -> tuple[str, str]:
        if one[f"{by}_agrees"]:
            return self.telling.say("agrees"), "right"
        if one[f"{by}_agrees"] is None:
            return self.telling.say("open"), "open"
        higher = one[f"{by}_higher"]
        return self.telling.say("other" if higher is None else "higher" if higher else "lower"), "open"

    def links(self, link: str, broken: Iterable[tuple[str, str]]) -> Iterator[list[Any]]:
        for case, other in broken:
            label = self.telling.label(self.telling.named, link, link)
            yield [case, other, label, (self.page.word("link_broken"), "wrong")]

    def cite(self) -> None:
        """The sources of the rules that the rows name."""
        for name, times in self.named.items():
            if name in self.rules:
                self.page.cited[self.rules[name].source] += times


def _listed(names: str | None) -> list[str]:
    return names.split(SEPARATOR) if names else []


def _day(day: str | date | None) -> date | None:
    return date.fromisoformat(day) if isinstance(day, str) else day
