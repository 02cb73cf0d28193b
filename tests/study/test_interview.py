"""Asking for a case: complete answers end where the complete case does, and nothing is asked in vain."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cases_124 import document, draw
from support.examples import examples
from support.policies import all_policies
from support.regulation_124 import ASKED, PRODUCTS
from support.small_regulation import FACTS, REGULATION, SOURCE, library

from engine.base.diagnostics import Problems
from engine.base.yaml_text import parse_yaml
from engine.core.judge.case import Case
from engine.core.judge.engine import Engine
from engine.core.policy.regulation import Library
from engine.load.cases.blank import day_of_review
from engine.load.cases.reading import CaseReader
from engine.load.policies.parser import parse_regulation
from engine.load.policies.vocabulary import parse_vocabulary
from engine.study.interview import Answers, Question, interview, read, skipping

SMALL = library()
UNKNOWN = object()


def empty(kind: str = "person", **more: Any) -> dict[str, Any]:
    return {
        "case_id": "T-1", "period": "2024", "as_of": "2024-12-31", "subject": {"kind": kind}, "facts": {}, **more,
    }  # fmt: skip


def asked(
    library: Library, data: dict[str, Any], answer: Callable[[Question], Any]
) -> tuple[list[tuple[Question, Answers]], Answers]:
    """Every question with the answers before it, and the answers in the end; UNKNOWN skips."""
    meeting = interview(library, data, {})
    answers, found = Answers(data), []
    while (question := meeting.next(answers)) is not None:
        found.append((question, answers))
        plain = answer(question)
        answers = skipping(answers, question) if plain is UNKNOWN else meeting.answered(answers, question, plain)
        assert len(found) < 100
    return found, answers


def names(found: list[tuple[Question, Answers]]) -> list[str]:
    return [question.fact.name if question.fact else question.about for question, _ in found]


# --- against every completion of a small regulation -----------------------------------------------------------------

VALUES: dict[str, list[Any]] = {
    "work.given": [4, 10],
    "work.done": [0, 2, 4, 5, 9, 10],
    "work.extra": [0, 2, 5, 6],
    "mark.one": ["red", "amber", "green"],
    "mark.two": ["red", "amber", "green"],
    "fault.found": [False, True],
    "fault.mended": [False, True],
    "tags": [[], ["p"]],
    "leave.months": [0, 4],
    "evidence": [[], ["1"]],
}


def grade(case: Mapping[str, Any]) -> str:
    """The ladder of the small regulation, read by hand."""
    sound = not case["fault.found"] or case["fault.mended"]
    marks = (case["mark.one"], case["mark.two"])
    if case["work.done"] * 2 < case["work.given"] or ("red" in marks and not sound):
        return "tin"
    bronze = sound and case["evidence"]
    silver = bronze and "red" not in marks and "p" in case["tags"]
    beyond = case["work.extra"] * 2 >= case["work.given"] and case["work.done"] == case["work.given"]
    if silver and beyond and case["mark.one"] == "green":
        return "gold"
    if silver and case["leave.months"] < 3.5:
        return "silver"
    return "bronze" if bronze else "undetermined"


CASES = [
    case
    for values in product(*VALUES.values())
    if (case := dict(zip(VALUES, values, strict=True)))["work.done"] <= case["work.given"] >= case["work.extra"]
]


def known(answers: Answers) -> dict[str, Any]:
    found = {}
    for name in VALUES:
        here: Any = answers.data["facts"]
        for key in name.split("."):
            here = (here or {}).get(key)
        if here is not None:
            found[name] = here
    if answers.data.get("evidence"):
        found["evidence"] = answers.data["evidence"]["mark.one"]
    return found


def matters(name: str, answers: Answers) -> bool:
    """Do two completions that differ in this alone come to different grades?"""
    stated = known(answers)
    open_now = [key for key in VALUES if key not in stated and key != name]
    grades: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        if all(case[key] == value for key, value in stated.items()):
            grades[str([case[key] for key in open_now])].add(grade(case))
    return any(len(each) > 1 for each in grades.values())


@settings(max_examples=25, deadline=None)
@given(case=st.sampled_from(CASES), unsaid=st.sets(st.sampled_from(sorted(VALUES)), max_size=1))
def test_every_question_can_change_the_grade_and_the_answers_end_where_the_case_does(
    case: dict[str, Any], unsaid: set[str]
) -> None:
    def answer(question: Question) -> Any:
        assert question.fact is not None
        name = "evidence" if question.about == "evidence" else question.fact.name
        return UNKNOWN if name in unsaid or name not in case else case[name]

    found, answers = asked(SMALL, empty(), answer)
    for question, before in found:
        assert question.fact is not None
        if question.fact.derived is None:
            assert matters("evidence" if question.about == "evidence" else question.fact.name, before), question.topic
    standing = interview(SMALL, empty(), {}).standing(answers)
    assert standing.grading is not None
    stated = known(answers)
    left = {grade(one) for one in CASES if all(one[key] == value for key, value in stated.items())}
    assert left <= set(standing.grading.possible)
    if not answers.skipped:
        assert standing.grading.possible == (grade(case),)


# --- against complete cases of the real regulation ------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(ASKED))
def test_complete_answers_come_to_the_decision_of_the_complete_case(kind: str) -> None:
    chance = random.Random(kind)
    with Engine(all_policies()) as engine:
        for number in range(examples(4, 40)):
            facts = draw(chance, kind)
            complete = document(number, kind, facts)
            case = CaseReader(all_policies()).read(complete, None, {})
            if not isinstance(case, Case):
                continue
            one = engine.decide(case)
            stated = complete.data["facts"]

            def answer(question: Question, stated: Any = stated, facts: Any = facts) -> Any:
                if question.fact is None:
                    return []
                if question.about == "evidence":
                    return ["Đề án"] if facts[PRODUCTS] else []
                return stated.get(question.fact.name, UNKNOWN)

            found, answers = asked(all_policies(), empty(kind), answer)
            meeting = interview(all_policies(), empty(kind), {})
            after = engine.decide(meeting.case(answers)).decision
            before = one.decision
            assert after.subject_to_review == before.subject_to_review
            assert [each.rule.id for each in after.findings] == [each.rule.id for each in before.findings]
            assert [each.rule.id for each in after.open_findings] == [each.rule.id for each in before.open_findings]
            assert (after.grading and after.grading.possible) == (before.grading and before.grading.possible)
            # What the terminal shows on the way is what the engine says in the end.
            standing = meeting.standing(answers)
            assert (standing.grading and standing.grading.possible) == (after.grading and after.grading.possible)
            assert len(names(found)) == len(set(names(found))) or any(each.about == "evidence" for each, _ in found)


def test_on_average_far_fewer_questions_are_asked_than_there_are_facts() -> None:
    chance = random.Random(7)
    total = facts_in_all = 0
    for number in range(examples(16, 100)):
        kind = chance.choice(sorted(ASKED))
        facts = draw(chance, kind)
        stated = document(number, kind, facts).data["facts"]

        def answer(question: Question, stated: Any = stated, facts: Any = facts) -> Any:
            if question.about != "fact" or question.fact is None:
                return UNKNOWN if question.fact is None else ["1"] if facts[PRODUCTS] else []
            return stated.get(question.fact.name, UNKNOWN)

        found, _ = asked(all_policies(), empty(kind), answer)
        total += sum(question.stage == "grade" for question, _ in found)
        facts_in_all += sum(not name.startswith(("signs.", "subordinates.")) for name in ASKED[kind])
    assert total < 0.65 * facts_in_all


# --- the order, by tables -------------------------------------------------------------------------------------------


def test_who_is_exempt_is_asked_first_and_an_exemption_ends_the_questions() -> None:
    exempt = {"membership.exempt_from_work_and_activity": False, "membership.suspended_from_party_activity": True}
    found, _ = asked(
        all_policies(), empty("leader"), lambda question: exempt[question.fact.name] if question.fact else UNKNOWN
    )
    assert names(found) == list(exempt)


def test_an_exemption_left_open_does_not_hold_up_the_rest() -> None:
    found, _ = asked(all_policies(), empty("leader"), lambda _: UNKNOWN)
    stages = list(dict.fromkeys(question.stage for question, _ in found))
    assert stages == ["exemptions", "grade", "triggers", "review"]
    assert found[-1][0].about == "covered"


def test_a_bar_ends_the_questions_about_the_grade() -> None:
    def answer(question: Question) -> Any:
        if question.fact is None or question.stage == "triggers":
            return UNKNOWN
        return {"membership.months_since_admission": 60}.get(question.fact.name, question.stage == "grade")

    found, _ = asked(all_policies(), empty("non_leader"), answer)
    assert [name for (question, _), name in zip(found, names(found), strict=True) if question.stage == "grade"] == [
        "conclusions.degraded"
    ]


def test_a_whole_is_asked_before_its_part_and_evidence_after_the_facts() -> None:
    found, _ = asked(SMALL, empty(), lambda _: UNKNOWN)
    order = names(found)
    assert order.index("work.given") < order.index("work.done_percent")
    assert "work.done" not in order, "a part that says nothing without the whole is not asked for"
    assert found[-1][0].about == "evidence"
    some = asked(SMALL, empty(), lambda each: 10 if each.fact and each.fact.name == "work.given" else UNKNOWN)[0]
    assert names(some).index("work.given") < names(some).index("work.done")


def test_where_a_part_is_skipped_the_share_itself_is_asked_for() -> None:
    def answer(question: Question) -> Any:
        assert question.fact is not None
        return 40 if question.fact.name == "work.done_percent" else UNKNOWN

    found, answers = asked(SMALL, empty(), answer)
    assert "work.done_percent" in names(found)
    standing = interview(SMALL, empty(), {}).standing(answers)
    assert standing.grading is not None and standing.grading.grade == "tin"


def test_the_share_of_nothing_is_not_asked_for() -> None:
    found, _ = asked(SMALL, empty(facts={"work": {"given": 0, "done": 0, "extra": 0}}), lambda _: UNKNOWN)
    assert not [name for name in names(found) if name.startswith("work.")]


IDLE_BARS = f"""
kind: grade_ladder
id: ladder
label: {{vi: Thang, en: Ladder}}
applies_to: [person]
rungs:
  - grade: gold
    criteria:
      - {{id: green, label: {{vi: X, en: X}}, when: {{fact: mark.one, is: green}}, {SOURCE}}}
bars:
  - {{id: to_silver, grade: silver, label: {{vi: A, en: A}}, when: {{fact: leave.months, more_than: 6}}, {SOURCE}}}
  - {{id: to_bronze, grade: bronze, label: {{vi: B, en: B}}, when: {{fact: fault.found, is: true}}, {SOURCE}}}
  - {{id: to_tin, grade: tin, label: {{vi: C, en: C}}, when: {{fact: fault.mended, is: true}}, {SOURCE}}}
otherwise: {{grade: undetermined, label: {{vi: X, en: X}}, {SOURCE}}}
"""


def test_a_bar_that_a_lower_one_outdoes_is_not_asked_about() -> None:
    texts = {"regulation.yaml": REGULATION, "ladder.yaml": IDLE_BARS}
    parsed, _ = parse_regulation([parse_yaml(name, text) for name, text in texts.items()])
    small = Library(parse_vocabulary(parse_yaml("facts.yaml", FACTS)), {"small": parsed})
    found, _ = asked(small, empty(facts={"fault": {"found": True}}), lambda _: UNKNOWN)
    assert names(found) == ["fault.mended"]
    assert interview(small, empty(), {}).next(Answers(empty())) is not None


CONTENTS = f"""
kind: review_contents
id: contents
label: {{vi: Nội dung, en: Contents}}
applies_to: [person]
review_contents:
  - {{id: always, label: {{vi: Luôn, en: Always}}, {SOURCE}}}
  - id: sometimes
    label: {{vi: Có khi, en: Sometimes}}
    when: {{all: [{{fact: tags, includes: q}}, {{fact: leave.months, more_than: 6}}]}}
    {SOURCE}
"""


@pytest.mark.parametrize(("away", "offered"), [(0, ["always"]), (9, ["always", "sometimes"])])
def test_only_contents_that_may_be_required_are_offered(away: int, offered: list[str]) -> None:
    values = {"fault.found": True, "fault.mended": False, "mark.one": "red", "leave.months": away, "tags": ["q"]}
    found, _ = asked(
        library(CONTENTS), empty(),
        lambda each: values.get(each.fact.name, UNKNOWN) if each.fact and each.about == "fact" else UNKNOWN,
    )  # fmt: skip
    assert [name for name, _ in found[-1][0].options] == offered
    assert ("tags" in names(found)) and names(found).count("leave.months") == 1


# --- what an answer does --------------------------------------------------------------------------------------------


# --- what cannot concern the subject --------------------------------------------------------------------------------

ATTRIBUTES = ("id", "name", "unit", "cohort", "member_of", "official_record", "heads", "under")
WHO = ["id", "name", "unit"]


def about_subject(regulation: str, kind: str, day: str, period: str, **facts: Any) -> list[str]:
    """The attributes that are asked for if a case leaves all of them open."""
    data = {
        "case_id": "T-1", "regulation": regulation, "period": period, "as_of": day,
        "subject": {"kind": kind, **dict.fromkeys(ATTRIBUTES)}, "facts": facts, "grades": {"self": None},
    }  # fmt: skip
    return [key for _, key in interview(all_policies(), data, {}).about_subject(Answers(data))]


def test_of_a_subject_is_asked_what_quotas_and_links_of_its_kind_look_at() -> None:
    """132 counts members of a party organization together, and leaders by their posts."""
    year = "2020-12-31", "2020"
    assert about_subject("qd-132-2018", "non_leader", *year) == [*WHO, "member_of", "official_record", "self"]
    assert about_subject("qd-132-2018", "leader", *year) == [
        *WHO, "cohort", "member_of", "official_record", "heads", "self",
    ]  # fmt: skip
    assert about_subject("qd-132-2018", "organization", *year) == [*WHO, "under", "self"]


def test_a_quota_of_years_asks_for_no_cohort_in_a_quarter() -> None:
    assert "cohort" in about_subject("qd-366-2025", "non_leader", "2025-12-31", "2025")
    assert "cohort" not in about_subject("qd-366-2025", "non_leader", "2025-12-31", "2025-Q4")


def test_a_subject_that_is_not_reviewed_is_asked_for_neither_cohort_nor_links_nor_a_grade() -> None:
    exempt = {"membership": {"exempt_from_work_and_activity": True}}
    assert about_subject("qd-132-2018", "leader", "2020-12-31", "2020", **exempt) == WHO


def test_a_subject_that_is_not_graded_is_asked_for_nothing_that_a_quota_needs() -> None:
    admitted = {"membership": {"months_since_admission": 5, "exempt_from_work_and_activity": False}}
    assert about_subject("qd-132-2018", "leader", "2020-12-31", "2020", **admitted) == [
        *WHO, "member_of", "official_record", "heads",
    ]  # fmt: skip
    data = {
        "case_id": "T-1", "regulation": "qd-132-2018", "period": "2020", "as_of": "2020-12-31",
        "subject": {"kind": "non_leader"}, "facts": admitted, "review": {"covered": []},
    }  # fmt: skip
    found, _ = asked(all_policies(), data, lambda _: UNKNOWN)
    assert "cohort" not in {question.stage for question, _ in found}


def test_an_answer_that_would_make_the_case_wrong_is_refused_and_nothing_changes() -> None:
    data = empty(facts={"work": {"given": 10}})
    meeting, answers = interview(SMALL, data, {}), Answers(data)
    question = Question("fact", SMALL.vocabulary.facts["work.done"], "grade")
    with pytest.raises(Problems) as refused:
        meeting.answered(answers, question, 11)
    assert [one.code for one in refused.value.diagnostics] == ["fact/derived-range"]
    assert answers.data == data
    assert meeting.answered(answers, question, 10).data["facts"] == {"work": {"given": 10, "done": 10}}


@pytest.mark.parametrize(
    "facts",
    [{"work.given": None}, {"work": {"given": None}}, {"work": None}, {}, {"work": {}}, {"mark": {"one": "red"}}],
)
def test_a_fact_is_stated_where_the_file_has_it(facts: dict[str, Any]) -> None:
    data = empty(facts=facts)
    meeting = interview(SMALL, data, {})
    question = Question("fact", SMALL.vocabulary.facts["work.given"], "grade")
    after = meeting.answered(Answers(data), question, 3)
    assert meeting.case(after).values["work.given"] == 3
    assert list(after.data["facts"])[: len(facts)] == list(facts)


def test_the_contents_covered_are_read_by_number_or_name() -> None:
    question = Question("covered", None, "review", (("a", SMALL.vocabulary.facts["tags"].label),))
    assert read(question, "1", "vi") == ["a"]
    assert read(question, "không", "vi") == []


def test_an_invalid_case_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(Problems) as refused:
        interview(SMALL, empty(facts={"mark": {"one": "blue"}, "tags": 3}), {})
    assert sorted(one.code for one in refused.value.diagnostics) == ["fact/option", "fact/type"]


def test_a_reading_switched_for_the_sitting_decides_what_is_asked() -> None:
    ladder_only_strict = CONTENTS.replace("  - {id: always,", "  - {id: always, under: {strictness: strict},")
    small = library(ladder_only_strict)
    data = empty()
    lenient, strict = interview(small, data, {}), interview(small, data, {"strictness": "strict"})
    done = replace(Answers(data), skipped=frozenset({("fact", name) for name in small.vocabulary.facts}))
    done = replace(done, skipped=done.skipped | {("evidence", "mark.one")})
    assert [name for name, _ in lenient.next(done).options] == ["sometimes"]  # type: ignore[union-attr]
    assert [name for name, _ in strict.next(done).options] == ["always", "sometimes"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2025, 9, 30), date(2024, 12, 31)),
        (date(2025, 10, 1), date(2025, 12, 31)),
        (date(2025, 12, 31), date(2025, 12, 31)),
        (date(2026, 1, 2), date(2025, 12, 31)),
    ],
)
def test_from_october_on_a_new_case_is_of_the_year_that_ends(today: date, day: date) -> None:
    regulations = all_policies().regulations
    assert day_of_review(regulations["qd-124-2023" if day.year == 2024 else "qd-366-2025"], today) == day


def test_a_case_that_never_heard_of_its_cohort_is_asked_for_it() -> None:
    data = {
        "case_id": "T-1", "period": "2025", "as_of": "2025-12-31", "subject": {"kind": "non_leader", "id": "S-1"},
        "facts": {}, "grades": {},
    }  # fmt: skip
    keys = [key for _, key in interview(all_policies(), data, {}).about_subject(Answers(data))]
    # The quota cannot count the case without it; all else was left out by whoever made the file.
    assert keys == ["cohort"]
