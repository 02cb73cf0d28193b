"""A generated regulation of as many rules as the first argument says, and cases decided by it.

Says, a JSON line: the rules compiled, their rulesets, the answers that were right, the answers that there were, and
how many of these were yes, no and unknown. Rules and cases are written as YAML and JSON and read like any others.
"""

import json
import random
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.base.json_text import parse_json
from engine.base.yaml_text import parse_yaml
from engine.core.judge.engine import matcher_for
from engine.core.policy.regulation import Library
from engine.core.rules.compiler import compile_rules, with_rulesets
from engine.load.cases.careful import parse_case
from engine.load.policies.parser import parse_regulation
from engine.load.policies.vocabulary import parse_vocabulary
from support.oracle import Written, oracle
from support.small_regulation import REGULATION, SOURCE

LEVELS = ["Chưa đạt", "Đạt", "Khá", "Tốt", "Xuất sắc"]
DAYS = [(date(2024, 1, 1) + timedelta(days)).isoformat() for days in range(0, 360, 30)]
KINDS = ["boolean", "integer", "number", "level", "word", "date", "set"]
FACTS = {f"{kind}.n{number}": kind for kind in KINDS for number in range(9)}
EQUAL = ["is", "is_not", "one_of", "none_of"]
ORDERED = ["at_least", "at_most", "more_than", "less_than"]

LADDER = f"""
kind: grade_ladder
id: ladder
label: {{vi: Thang, en: Ladder}}
applies_to: [person]
rungs:
  - {{grade: silver, criteria: []}}
bars: []
otherwise:
  grade: undetermined
  label: {{vi: Văn bản không nói, en: The text is silent}}
  {SOURCE}
"""


def values_of(kind: str) -> list[Any]:
    return {
        "boolean": [False, True],
        "integer": list(range(-20, 200, 7)),
        "number": [Decimal(number) / 8 for number in range(0, 800, 25)],
        "level": LEVELS,
        "word": ["Đề án", "Kế hoạch", "Báo cáo", "Nghị quyết"],
        "date": DAYS,
        "set": [[], ["p"], ["q"], ["p", "q"], ["p", "q", "r"]],
    }[kind]


def leaf(chance: random.Random) -> Written:
    name = chance.choice(list(FACTS))
    kind = FACTS[name]
    if kind == "set":
        operator, pool = chance.choice(["includes", "includes_any", "includes_all"]), ["p", "q", "r"]
    else:
        pool = values_of(kind)
        operator = chance.choice(EQUAL if kind in ("boolean", "word") else EQUAL + ORDERED)
    several = operator in ("one_of", "none_of", "includes_any", "includes_all")
    return (name, operator, chance.sample(pool, chance.randint(1, 2) if several else 1))


def condition(chance: random.Random, depth: int = 2) -> Written:
    if depth == 0 or chance.random() < 0.3:
        return leaf(chance)
    parts = [condition(chance, depth - 1) for _ in range(chance.randint(1, 3))]
    return (chance.choice(["all", "all", "any", "none"]), parts)


def as_policy(written: Written) -> dict[str, Any]:
    match written:
        case (word, list() as parts):
            return {word: [as_policy(part) for part in parts]}
        case (name, operator, operands):
            several = operator in ("one_of", "none_of", "includes_any", "includes_all")
            return {"fact": name, operator: operands if several else operands[0]}
    raise AssertionError(written)


def flow(data: Any) -> str:
    """Plain data as JSON, which is YAML too."""
    return json.dumps(data, ensure_ascii=False, default=float)


def facts_file() -> str:
    lines = ["kind: facts", "id: facts", "label: {vi: Từ vựng, en: Facts}", "facts:"]
    for name, kind in FACTS.items():
        about: dict[str, Any] = {"type": {"level": "text", "word": "text"}.get(kind, kind)}
        if kind == "level":
            about |= {"one_of": {level: {"vi": level, "en": level} for level in LEVELS}, "ordered": True}
        if kind == "set":
            about["one_of"] = {member: {"vi": member, "en": member} for member in "pqr"}
        lines.append(f"  {name}: {flow({**about, 'label': {'vi': name, 'en': name}})}")
    return "\n".join(lines) + "\n"


def triggers_file(rules: list[tuple[Written, Written | None]]) -> str:
    lines = ["kind: triggers", "id: many", "label: {vi: Nhiều, en: Many}", "applies_to: [person]", "triggers:"]
    for number, (when, unless) in enumerate(rules):
        lines.append(f"  - id: t{number}")
        lines.append(f"    label: {{vi: Quy tắc {number}, en: Rule {number}}}")
        lines.append(f"    when: {flow(as_policy(when))}")
        if unless:
            lines.append(f"    unless: {flow(as_policy(unless))}")
        lines.append(f"    {SOURCE}")
    return "\n".join(lines) + "\n"


def case_file(number: int, values: dict[str, Any]) -> str:
    facts: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        head, _, rest = name.partition(".")
        facts.setdefault(head, {})[rest] = value
    subject = {"kind": "person", "id": "S-1"}
    case = {"case_id": f"L-{number}", "period": "2024", "as_of": "2024-12-31", "subject": subject, "facts": facts}
    return flow(case)


def main(count: int, cases: int) -> None:
    chance = random.Random(20_240_229)
    rules = [(condition(chance), condition(chance, 1) if chance.random() < 0.2 else None) for _ in range(count)]
    vocabulary = parse_vocabulary(parse_yaml("facts.yaml", facts_file()))
    files = {"regulation.yaml": REGULATION, "ladder.yaml": LADDER, "many.yaml": triggers_file(rules)}
    regulation, _ = parse_regulation([parse_yaml(name, text) for name, text in files.items()])
    asked = [("all", [when, ("none", [unless])]) if unless else when for when, unless in rules]
    listed = {name: LEVELS for name, kind in FACTS.items() if kind == "level"}
    library = Library(vocabulary, {regulation.id: regulation})
    compiled = with_rulesets(compile_rules(regulation, vocabulary, "person", regulation.in_force_from, {}))
    matcher = matcher_for(compiled)
    right = 0
    found: Counter[str] = Counter()
    for number in range(cases):
        share = chance.choice([0, 0.1, 0.5, 0.95])
        values = {name: chance.choice(values_of(kind)) for name, kind in FACTS.items() if chance.random() >= share}
        case, problems = parse_case(parse_json(f"{number}.json", case_file(number, values)), library)
        assert case is not None, problems
        codes = compiled.codes(case.values, case.evidence_named)
        answers = matcher.match({compiled.properties[observable]: code for observable, code in codes.items()})
        for rule, written in enumerate(asked):
            wanted = oracle(written, values, {}, listed)
            right += answers[compiled.index[f"many.t{rule}"]] is wanted
            found[str(wanted)] += 1
    said = {
        "rules": len(compiled.rules),
        "rulesets": len(compiled.holds) + len(compiled.fails),
        "right": right,
        "answers": count * cases,
        **found,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
