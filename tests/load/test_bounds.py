"""What a case cannot say of itself: a part above its whole, a day far from its period, a share that its parts deny. SQL
takes nothing of it, and what is only rounded is the exact value in both targets."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support.both_targets import both, line, nested
from support.small_regulation import FACTS, regulation

from engine.base.documents import Document
from engine.base.json_text import parse_json
from engine.base.yaml_text import parse_yaml
from engine.core.judge.case import Case
from engine.core.policy.regulation import Library
from engine.load.cases.careful import parse_case
from engine.load.cases.delimited import csv_rows
from engine.load.cases.fast import Decoder
from engine.load.cases.headings import Headings
from engine.load.cases.periods import months_after, review_days
from engine.load.cases.remarks import Noted
from engine.load.cases.tables import cases_in
from engine.load.policies.vocabulary import parse_vocabulary

MORE = """
  work.begun: {type: date, label: {vi: Bắt đầu, en: Begun}, not_more_than: work.ended}
  work.ended: {type: date, label: {vi: Kết thúc, en: Ended}}
  work.late: {type: number, label: {vi: Chậm, en: Late}, minimum: 0, not_more_than: [work.done, work.given]}
  work.both: {type: integer, label: {vi: Cả hai, en: Both}, derived: {sum: [work.done, work.extra]}}
  work.part: {type: integer, label: {vi: Một phần, en: Part}, not_more_than: work.both}
"""


def whole(*, warned: bool = False) -> Library:
    otherwise = "warned" if warned else "refused"
    text = FACTS.replace("lists:", f"as_of: {{months_after: 6, otherwise: {otherwise}}}\nlists:", 1) + MORE
    if warned:
        text = text.replace("not_more_than: work.ended", "not_more_than: {fact: work.ended, otherwise: warned}")
    return Library(parse_vocabulary(parse_yaml("facts.yaml", text)), {"small": regulation()})


def case(period: str = "2024", as_of: str = "2024-12-31", **facts: Any) -> str:
    named = {"mark.one": "green"} | {name.replace("__", "."): value for name, value in facts.items()}
    return line({
        "case_id": "C-1", "period": period, "as_of": as_of, "subject": {"kind": "person", "id": "S-1"},
        "facts": nested(named),
    })  # fmt: skip


def read(text: str, library: Library) -> tuple[Case | None, list[str]]:
    """A case as both readers of case files take it, and what is wrong with it."""
    careful, problems = parse_case(parse_json("case.json", text), library)
    fast = Decoder(library).case("case.json", text)
    assert fast == (replace(careful, file="case.json") if careful and not problems else None)
    return careful, [one.code for one in problems]


WRONG = {
    "done of given": ({"work__late": 6, "work__done": 5, "work__given": 10}, ["fact/above"]),
    "above both": ({"work__late": 6, "work__done": 5, "work__given": 5}, ["fact/above", "fact/above"]),
    "a fraction above": ({"work__late": 5.000001, "work__done": 5}, ["fact/above"]),
    "a day after": ({"work__begun": "2024-02-02", "work__ended": "2024-02-01"}, ["fact/above"]),
    "above a sum": ({"work__part": 8, "work__done": 5, "work__extra": 2}, ["fact/above"]),
    "far after": ({"as_of": "2025-07-01"}, ["case/as-of"]),
    "before": ({"as_of": "2023-12-31"}, ["case/as-of"]),
    "after a quarter": ({"period": "2024-Q1", "as_of": "2024-10-01"}, ["case/as-of"]),
    "before a quarter": ({"period": "2024-Q3", "as_of": "2024-06-30"}, ["case/as-of"]),
    "after a term": ({"period": "2020-2024", "as_of": "2025-07-01"}, ["case/as-of"]),
    "in another spelling": ({"period": "Năm 2024", "as_of": "2025-12-30"}, ["case/as-of"]),
    "in capitals": ({"period": "QUÝ I/2024", "as_of": "2024-12-31"}, ["case/as-of"]),
}
RIGHT = {
    "as much": {"work__late": 5, "work__done": 5, "work__given": 5},
    "as much as a sum": {"work__part": 7, "work__done": 5, "work__extra": 2},
    "a part alone": {"work__late": 6},
    "the same day": {"work__begun": "2024-02-02", "work__ended": "2024-02-02"},
    "the last day": {"as_of": "2025-06-30"},
    "the first day": {"as_of": "2024-01-01"},
    "the last of a quarter": {"period": "2024-Q1", "as_of": "2024-09-30"},
    "the last of a term": {"period": "2020-2024", "as_of": "2025-06-30"},
    "no period known": {"period": "HK1", "as_of": "2025-12-30"},
    "no such term": {"period": "2025-2024", "as_of": "2025-12-30"},
    "no such year": {"period": "0000", "as_of": "2025-12-30"},
}


@pytest.mark.parametrize(("facts", "codes"), WRONG.values(), ids=list(WRONG))
def test_what_is_impossible_is_refused_by_both_targets(facts: dict[str, Any], codes: list[str], tmp_path: Path) -> None:
    assert read(case(**facts), whole())[1] == codes
    assert both(whole(), tmp_path, [case(**facts)]) == (0, 0, 1)


@pytest.mark.parametrize("facts", RIGHT.values(), ids=list(RIGHT))
def test_what_is_just_possible_is_taken_by_both_targets(facts: dict[str, Any], tmp_path: Path) -> None:
    assert read(case(**facts), whole())[1] == []
    taken, spared, refused = both(whole(), tmp_path, [case(**facts)])
    assert (taken + spared, refused) == (1, 0)


@pytest.mark.parametrize("facts", [{"as_of": "2025-12-30"}, {"work__begun": "2024-02-02", "work__ended": "2024-02-01"}])
def test_what_is_only_warned_of_is_taken(facts: dict[str, Any], tmp_path: Path) -> None:
    assert read(case(**facts), whole(warned=True))[1] == []
    assert both(whole(warned=True), tmp_path, [case(**facts)]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("given", "extra", "stated"),
    [(3, 1, "33.33"), (3, 1, "33.3"), (3, 1, "33"), (3, 1, "33.333333"), (3, 1, "33.3333333333333"), (3, 2, "66.67"),
     (7, 1, "14.3"), (8, 1, "12.5"), (8, 1, "13"), (8, 1, "12"), (1000, 1, "0.1")],
)  # fmt: skip
def test_a_share_may_be_rounded_and_the_exact_one_counts(given: int, extra: int, stated: str, tmp_path: Path) -> None:
    text = case(work__given=given, work__extra=extra, work__extra_percent=0).replace(
        '"extra_percent":0', f'"extra_percent":{stated}'
    )
    found, codes = read(text, whole())
    assert codes == [] and found is not None
    assert found.values["work.extra_percent"] == Fraction(100 * extra, given)
    taken, spared, _ = both(whole(), tmp_path, [text])
    assert (taken, spared) == (1, 0)


@pytest.mark.parametrize(
    ("given", "extra", "stated"),
    [(3, 1, "33.34"), (3, 1, "33.4"), (3, 1, "34"), (3, 1, "33.30001"), (3, 2, "66.66"), (8, 1, "12.4"),
     (2, 1, "49.5")],
)  # fmt: skip
def test_a_share_that_its_parts_deny_is_refused(given: int, extra: int, stated: str, tmp_path: Path) -> None:
    text = case(work__given=given, work__extra=extra, work__extra_percent=0).replace(
        '"extra_percent":0', f'"extra_percent":{stated}'
    )
    assert read(text, whole())[1] == ["fact/contradicts-parts"]
    assert both(whole(), tmp_path, [text]) == (0, 0, 1)


def test_a_rounded_share_does_not_reach_a_threshold(tmp_path: Path) -> None:
    """The exact value, 49.6, decides and not the 50 that it is rounded to."""
    text = case(work__given=125, work__extra=62, work__extra_percent=50)
    found, _ = read(text, whole())
    assert found is not None and found.values["work.extra_percent"] == Fraction(496, 10)
    assert both(whole(), tmp_path, [text]) == (1, 0, 0)


def test_the_days_of_review_end_with_a_month() -> None:
    assert [str(day) for day in review_days("2023-Q4", 2) or ()] == ["2023-10-01", "2024-02-29"]
    assert str(months_after(review_days("9999", 0)[1], 24)) == "9999-12-31"  # type: ignore[index]


@pytest.mark.parametrize("cell", ["0,69%", "0.69 %"])
def test_less_than_a_percent_with_its_sign_is_meant_so(cell: str) -> None:
    headings = Headings(whole())
    names = "case_id;period;as_of;subject.kind;work.done_percent;work.extra_percent"
    text = [f"{names}\n", f"A;2024;2024-12-31;person;{cell};0,69\n"]
    rows = csv_rows(enumerate(text, 1), "f.csv", headings)
    (document,) = cases_in(rows, headings, "f.csv")
    assert isinstance(document, Document)
    found, _ = parse_case(document, whole())
    assert found is not None
    assert list(Noted(whole()).items(found)) == ["cases/share work.extra_percent"]
