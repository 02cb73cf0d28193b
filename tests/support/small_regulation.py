"""A small invented regulation for tests of the engine, with words of its own, so that nothing rests on a real one."""

import json
from typing import Any

from engine.base.documents import Document
from engine.base.json_text import parse_json
from engine.base.yaml_text import parse_yaml
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Vocabulary
from engine.load.policies.parser import parse_regulation
from engine.load.policies.vocabulary import parse_vocabulary

FACTS = """
kind: facts
id: facts
label: {vi: Từ vựng, en: Facts}
lists:
  colour:
    label: {vi: Màu, en: Colour}
    ordered: true
    values:
      red: {vi: Đỏ, en: Red}
      amber: {vi: Vàng, en: Amber}
      green: {vi: Xanh, en: Green}
facts:
  work.given: {type: integer, label: {vi: Việc giao, en: Work given}, minimum: 0, typical: 10}
  work.done: {type: integer, label: {vi: Việc xong, en: Work done}, minimum: 0, typical: 10}
  work.extra: {type: integer, label: {vi: Việc vượt, en: Work beyond}, minimum: 0, typical: 6}
  work.done_percent:
    type: number
    unit: percent
    label: {vi: Tỷ lệ xong, en: Share done}
    minimum: 0
    maximum: 100
    derived: {percent: {of: work.given, part: work.done}}
  work.extra_percent:
    type: number
    unit: percent
    label: {vi: Tỷ lệ vượt, en: Share beyond}
    minimum: 0
    maximum: 100
    derived: {percent: {of: work.given, part: work.extra}}
  mark.one: {type: text, one_of: colour, label: {vi: Dấu một, en: Mark one}, typical: green}
  mark.two: {type: text, one_of: colour, label: {vi: Dấu hai, en: Mark two}, typical: green}
  fault.found: {type: boolean, label: {vi: Có lỗi, en: Fault found}, typical: false}
  fault.mended: {type: boolean, label: {vi: Đã sửa, en: Fault mended}, typical: false}
  tags:
    type: set
    one_of: {p: {vi: P, en: P}, q: {vi: Q, en: Q}}
    label: {vi: Nhãn, en: Tags}
    typical: [p]
  leave.months: {type: number, label: {vi: Tháng nghỉ, en: Months away}, minimum: 0, maximum: 12, typical: 0}
"""

REGULATION = """
kind: regulation
id: small
label: {vi: Quy định nhỏ, en: Small regulation}
number: "1"
issued_by: {vi: Nơi ban hành, en: Issuer}
issued_on: 2020-01-01
in_force: {from: 2020-01-01, until: 2029-12-31}
documents:
  - {id: small, label: {vi: Quy định nhỏ, en: Small regulation}}
grades:
  - {id: gold, label: {vi: Vàng ròng, en: Gold}}
  - {id: silver, label: {vi: Bạc, en: Silver}}
  - {id: bronze, label: {vi: Đồng, en: Bronze}}
  - {id: tin, label: {vi: Thiếc, en: Tin}}
subject_kinds:
  - id: body
    label: {vi: Tập thể, en: Body}
    kinds:
      - {id: team, label: {vi: Tổ, en: Team}}
  - {id: person, label: {vi: Cá nhân, en: Person}}
relations:
  - {id: heads, label: {vi: Đứng đầu, en: Heads}}
interpretations:
  - id: strictness
    question: {vi: "Hiểu chặt hay lỏng?", en: "Strict or lenient?"}
    options:
      - {id: lenient, label: {vi: Lỏng, en: Lenient}}
      - {id: strict, label: {vi: Chặt, en: Strict}}
    chosen: lenient
"""

SOURCE = "source: {document: small, locator: mục 1, status: stated}"

LADDER = f"""
kind: grade_ladder
id: ladder
label: {{vi: Thang, en: Ladder}}
applies_to: [body, person]
rungs:
  - grade: gold
    criteria:
      - id: beyond
        label: {{vi: Vượt, en: Beyond}}
        when: {{fact: work.extra_percent, at_least: {{parameter: beyond_percent}}}}
        {SOURCE}
      - id: green_one
        label: {{vi: Xanh, en: Green}}
        when: {{fact: mark.one, is: green}}
        {SOURCE}
      - id: all_done
        label: {{vi: Xong hết, en: All done}}
        when: {{fact: work.done_percent, at_least: 100}}
        {SOURCE}
  - grade: silver
    criteria:
      - id: marks
        label: {{vi: Dấu, en: Marks}}
        when:
          all:
            - {{fact: mark.one, at_least: amber}}
            - {{fact: mark.two, at_least: amber}}
        {SOURCE}
      - id: tagged
        label: {{vi: Có nhãn, en: Tagged}}
        when: {{fact: tags, includes: p}}
        {SOURCE}
      - id: present
        label: {{vi: Có mặt, en: Present}}
        when: {{fact: leave.months, less_than: 3.5}}
        inherited: false
        {SOURCE}
  - grade: bronze
    criteria:
      - id: no_fault
        label: {{vi: Không lỗi, en: No fault}}
        when: {{fact: fault.found, is: false}}
        unless: {{fact: fault.mended, is: true}}
        {SOURCE}
      - id: shown
        label: {{vi: Có minh chứng, en: Shown}}
        requires_evidence: [mark.one]
        {SOURCE}
bars:
  - id: little_done
    grade: tin
    label: {{vi: Làm ít, en: Little done}}
    when: {{fact: work.done_percent, less_than: 50}}
    {SOURCE}
  - id: red_and_fault
    grade: tin
    label: {{vi: Đỏ và lỗi, en: Red with a fault}}
    when:
      all:
        - any:
            - {{fact: mark.one, is: red}}
            - {{fact: mark.two, is: red}}
        - {{fact: fault.found, is: true}}
    unless: {{fact: fault.mended, is: true}}
    {SOURCE}
otherwise:
  grade: undetermined
  label: {{vi: Văn bản không nói, en: The text is silent}}
  {SOURCE}
parameters:
  - id: beyond_percent
    label: {{vi: Tỷ lệ vượt tối thiểu, en: Least share beyond}}
    type: number
    unit: percent
    values:
      - {{from: 2020-01-01, value: 50, {SOURCE}}}
      - {{from: 2025-01-01, value: 60, {SOURCE}}}
"""

QUOTAS = f"""
kind: quotas
id: quotas
label: {{vi: Tỷ lệ, en: Quotas}}
applies_to: [body, person]
quotas:
  - id: gold_share
    label: {{vi: Tỷ lệ vàng, en: Share of gold}}
    grade: gold
    at_most: {{parameter: gold_percent}}
    of: [silver]
    within: [subject.cohort]
    count: final
    rounding: floor
    surplus: silver
    {SOURCE}
parameters:
  - id: gold_percent
    label: {{vi: Tỷ lệ vàng tối đa, en: Greatest share of gold}}
    type: number
    unit: percent
    values: [{{from: 2020-01-01, value: 20, {SOURCE}}}]
"""


def vocabulary() -> Vocabulary:
    return parse_vocabulary(parse_yaml("facts.yaml", FACTS))


def regulation(*more: str) -> Regulation:
    """The small regulation with the ladder, and with further policy files given as YAML."""
    texts = {"regulation.yaml": REGULATION, "ladder.yaml": LADDER, "quotas.yaml": QUOTAS}
    texts |= {f"more{number}.yaml": text for number, text in enumerate(more)}
    parsed, twice = parse_regulation([parse_yaml(name, text) for name, text in texts.items()])
    assert not twice
    return parsed


def library(*more: str) -> Library:
    return Library(vocabulary(), {"small": regulation(*more)})


def document(facts: dict[str, Any], evidence: list[str] | None) -> Document:
    """A case of a person; evidence is for the first mark, and None says nothing of it."""
    nested: dict[str, Any] = {}
    for name, value in facts.items():
        *above, last = name.split(".")
        here = nested
        for key in above:
            here = here.setdefault(key, {})
        here[last] = value
    data = {
        "case_id": "T-1", "period": "2024", "as_of": "2024-12-31", "subject": {"kind": "person"}, "facts": nested,
        "evidence": {} if evidence is None else {"mark.one": evidence},
    }  # fmt: skip
    return parse_json("t.json", json.dumps(data))
