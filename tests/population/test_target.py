"""The two targets give the same answers: over random policies, over the shipped ones, and over cases that are wrong in
every way we could think of. SQL may leave a case to be read by itself; it may never take one that is refused."""

import json
import random
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import ROOT, large_regulation, small_regulation
from support.both_targets import both, line, nested
from support.cases_124 import document, draw
from support.examples import examples
from support.large_regulation import condition, facts_file, triggers_file
from support.policies import all_policies
from support.regulation_124 import GRADES, KINDS
from support.small_regulation import REGULATION, SOURCE
from support.target import PIECES, WRITTEN, balanced, derived_library, library_of, right_case, sound_case, spoilt

quiet = settings(
    deadline=None, max_examples=examples(5, 500),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
POLICIES = ROOT / "policies"


# --- random policies --------------------------------------------------------------------------------------------


def flow(written: Any) -> str:
    return large_regulation.flow(large_regulation.as_policy(written))


def random_ladder(chance: random.Random) -> str:
    """A ladder of random criteria, some evidence, and random bars."""
    lines = ["kind: grade_ladder", "id: ladder", "label: {vi: Thang, en: Ladder}", "applies_to: [person]", "rungs:"]
    number = 0
    for grade in ("gold", "silver", "bronze"):
        lines += [f"  - grade: {grade}", "    criteria:"]
        for _ in range(chance.choice([1, 1, 1, 2])):
            number += 1
            lines += [f"      - id: c{number}", f"        label: {{vi: C{number}, en: C{number}}}"]
            if chance.random() < 0.2:
                lines.append(f"        requires_evidence: [{chance.choice(list(large_regulation.FACTS))}]")
            else:
                lines.append(f"        when: {flow(condition(chance, 1))}")
                if chance.random() < 0.3:
                    lines.append(f"        unless: {flow(condition(chance, 1))}")
            lines += ["        inherited: false"] if chance.random() < 0.2 else []
            lines.append(f"        {SOURCE}")
    lines.append("bars:")
    for place in range(3):
        lines += [
            f"  - id: b{place}", f"    grade: {chance.choice(['bronze', 'tin', 'tin'])}",
            f"    label: {{vi: B{place}, en: B{place}}}", f"    when: {flow(condition(chance, 1))}", f"    {SOURCE}",
        ]  # fmt: skip
    grade = chance.choice(["undetermined", "tin", "bronze"])
    return "\n".join([*lines, "otherwise:", f"  grade: {grade}", "  label: {vi: K, en: O}", f"  {SOURCE}", ""])


def random_case(chance: random.Random, number: int) -> str:
    share = chance.choice([0, 0, 0.05, 0.1, 0.5])
    facts = {
        name: chance.choice(large_regulation.values_of(kind))
        for name, kind in large_regulation.FACTS.items()
        if chance.random() >= share
    }
    data: dict[str, Any] = {
        "case_id": f"L-{number}", "period": "2024", "as_of": chance.choice(["2024-12-31", "2026-01-01"]),
        "subject": {"kind": "person", "id": f"S-{number}", "cohort": chance.choice(["Nhóm một", "N2", None])},
        "facts": nested(facts) if chance.random() < 0.8 else facts,
    }  # fmt: skip
    if chance.random() < 0.7:
        named = chance.sample(list(large_regulation.FACTS), 20)
        data["evidence"] = {name: chance.choice([[], ["Đề án 1"], ["a: b", "c"], None]) for name in named}
    if chance.random() < 0.5:
        data["grades"] = {"self": chance.choice(["gold", "tin", None]), "decided": chance.choice(["silver", None])}
    return line(data)


@quiet
@given(st.integers(0, 2**32))
def test_random_policies_decide_alike(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    rules = [(condition(chance), condition(chance, 1) if chance.random() < 0.2 else None) for _ in range(15)]
    files = {"regulation.yaml": REGULATION, "ladder.yaml": random_ladder(chance), "many.yaml": triggers_file(rules)}
    library = library_of(files, facts_file())
    taken, spared, refused = both(library, tmp_path, [random_case(chance, number) for number in range(60)])
    assert refused == 0
    assert spared <= 3, "cases in order are for SQL to take"
    assert taken + spared == 60


def test_derived_facts_are_exact(tmp_path: Path) -> None:
    chance = random.Random(5)
    cases = [line(right_case(chance, number)) for number in range(1500)]
    taken, spared, refused = both(derived_library(chance, {}), tmp_path, cases)
    assert taken > 600 and refused > 50
    assert spared < taken / 10


def test_large_numbers_are_calculated_with_exactly(tmp_path: Path) -> None:
    """Sums, shares and extremes of numbers up to a million millions, also stated next to their parts."""
    cases = []
    for number, (x, y) in enumerate([(999_999_999_999, 1_000_000), (123_456_789, 999_999_999_999), (0.000001, 10**11)]):
        for stated in ({}, {"top": max(x, y)}, {"both": x + y}, {"part": 100 * x / y if number else 1e8}):
            facts = {"x": x, "y": y, **stated}
            cases.append(line(right_case(random.Random(1), len(cases)) | {"facts": facts, "evidence": {}}))
    facts = """
kind: facts
id: facts
label: {vi: Từ vựng, en: Facts}
facts:
  x: {type: number, label: {vi: X, en: X}}
  y: {type: number, label: {vi: Y, en: Y}}
  top: {type: number, label: {vi: Lớn, en: Top}, derived: {maximum: [x, y]}}
  both: {type: number, label: {vi: Cả hai, en: Both}, derived: {sum: [x, y]}}
  part: {type: number, label: {vi: Phần, en: Part}, derived: {percent: {of: y, part: x}}}
"""
    lines = ["kind: triggers", "id: many", "label: {vi: Nhiều, en: Many}", "applies_to: [person]", "triggers:"]
    for name, constant in (("top", 999_999_999_999), ("both", 10**12), ("part", 10**8)):
        lines += [f"  - id: {name}", "    label: {vi: T, en: T}", f"    when: {{fact: {name}, at_least: {constant}}}"]
        lines.append(f"    {SOURCE}")
    files = {"r.yaml": REGULATION, "l.yaml": large_regulation.LADDER}
    taken, _, _ = both(library_of(files | {"many.yaml": "\n".join(lines) + "\n"}, facts), tmp_path, cases)
    assert taken >= 5


def test_a_fact_derived_from_derived_facts_is_asked_about(tmp_path: Path) -> None:
    chance = random.Random(6)
    cases = [line(right_case(chance, number)) for number in range(40)]
    taken, spared, _ = both(derived_library(chance, {"mixed": [50]}), tmp_path, cases)
    assert (taken > 20, spared) == (True, 0)


@quiet
@given(st.integers(0, 2**32))
def test_sql_takes_no_case_that_is_refused(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    cases = [
        spoilt(chance, number) if chance.random() < 0.9 else line(right_case(chance, number)) for number in range(300)
    ]
    taken, _, refused = both(derived_library(random.Random(5), {}), tmp_path, cases)
    assert taken and refused


def test_numbers_are_those_that_are_written(tmp_path: Path) -> None:
    whole = sound_case(0)
    cases = [
        line(whole).encode().replace(b'"%s":%s' % (name, value), b'"%s":%s' % (name, written))
        for written in WRITTEN
        for name, value in ((b"a", b"20"), (b"x", b"0.1"), (b"y", b"0.5"))
    ]
    taken, _, refused = both(derived_library(random.Random(5), {}), tmp_path, cases)
    assert taken > 5 and refused > 60


@settings(parent=quiet, max_examples=examples(4, 500))
@given(st.integers(0, 2**32))
def test_bytes_put_anywhere_are_read_alike(tmp_path: Path, seed: int) -> None:
    """Pieces put into a case, some of its bytes taken out."""
    chance, cases = random.Random(seed), list[bytes]()
    for number in range(60):
        text = line(sound_case(number)).encode()
        for _ in range(chance.choice([1, 1, 1, 2])):
            place = chance.randrange(len(text) + 1)
            text = text[:place] + chance.choice(PIECES) + text[place + chance.randint(0, 3) :]
        cases.append(text)
    both(derived_library(random.Random(5), {}), tmp_path, cases)


def test_a_comma_before_a_bracket_is_no_json(tmp_path: Path) -> None:
    text = line(sound_case(1))
    cases = [text.replace("}", f"{comma}}}", 1) for comma in (",", ", ", ",\t", " , ", ",  \t ")]
    cases += [text.replace("]", f"{comma}]", 1) for comma in (",", ", ", ",\t")]
    assert both(derived_library(random.Random(5), {}), tmp_path, [*cases, text]) == (1, 0, len(cases))


def test_what_balances_in_length_or_number_hides_nothing(tmp_path: Path) -> None:
    """A surplus here that makes up for something missing there: the counts agree, the case is still refused."""
    text = line(sound_case(1))
    pairs = balanced(text)
    assert all(case != text for case in pairs)
    taken, spared, refused = both(derived_library(random.Random(5), {}), tmp_path, [*pairs, text])
    assert taken == 1 and refused >= len(pairs) - 2, (taken, spared, refused)


def test_what_programs_write_otherwise_is_taken_as_it_stands(tmp_path: Path) -> None:
    """As Python, PHP and spreadsheets write JSON: escapes, blanks, whole numbers with a point, groups left empty."""
    cases = []
    for number in range(60):
        data = sound_case(number)
        data["facts"]["a"] = 20.0
        data["subject"]["name"] = 'Ông "Bịa" \\ Đặt 😀'
        data["evidence"] = [{"a": ['Đề án "Số hóa"', "a\\b\tc\nd 😀"]}, {"a": []}, {}, None][number % 4]
        data |= [{"review": {}}, {"review": None}, {"grades": {}}, {"grades": None, "review": {"covered": None}}][
            number % 4
        ]
        text = json.dumps(data, ensure_ascii=number % 2 == 0, separators=[(",", ":"), (", ", ": ")][number % 3 % 2])
        cases.append(text.replace("/", "\\/") if number % 5 == 0 else text)
    assert both(derived_library(random.Random(5), {}), tmp_path, cases) == (60, 0, 0)


def test_evidence_of_blanks_alone_is_none(tmp_path: Path) -> None:
    cases = [
        line(sound_case(1) | {"evidence": {"a": [blank]}})
        for blank in ("\n", "\t\n", " ", "\u00a0", "\\", '"', "n", "\nx")
    ]
    taken, _, refused = both(derived_library(random.Random(5), {}), tmp_path, cases)
    # A blank that does not print is for the careful reader.
    assert (taken, refused) == (7, 0)


# --- the shipped policies ---------------------------------------------------------------------------------------


def case_124(chance: random.Random, number: int, contents: list[str]) -> str:
    kind = chance.choice(KINDS)
    facts = draw(chance, kind)
    if chance.random() < 0.2:
        for name in chance.sample(sorted(facts), min(len(facts), chance.choice([1, 1, 2, 3, 6]))):
            del facts[name]
    more: dict[str, Any] = {"grades": {by: chance.choice([*GRADES, None]) for by in ("self", "proposed", "decided")}}
    if chance.random() < 0.7:
        covered = chance.sample(contents, chance.randint(0, len(contents)))
        more["review"] = {"covered": covered + chance.choice([[], [], [], [], [], [], ["nowhere"], covered[:1], [""]])}
    subject = {"id": f"S-{number}", "unit": "U-1", "cohort": "Nhóm một", "heads": "U-1"}
    data = document(number, kind, facts, subject=subject, **more).data
    return line({**data, "facts": nested(data["facts"])})


@settings(parent=quiet, max_examples=examples(2, 100))
@given(st.integers(0, 2**32))
def test_the_regulation_decides_alike(tmp_path: Path, seed: int) -> None:
    library = all_policies()
    chance = random.Random(seed)
    contents = [one.id for one in library.regulations["qd-124-2023"].review_contents]
    taken, spared, refused = both(library, tmp_path, [case_124(chance, number, contents) for number in range(250)])
    assert spared == 0 and taken > 120
    assert 20 < refused < 100


def test_a_case_with_an_empty_group_is_taken_as_it_stands(tmp_path: Path) -> None:
    chance = random.Random(8)
    cases = [json.loads(case_124(chance, number, ["results"])) for number in range(60)]
    for number, case in enumerate(cases):
        case.update({"review": {}} if number % 3 else {"evidence": {}, "grades": {}})
        case["facts"][chance.choice(sorted(case["facts"]))] = {}
    taken, spared, _ = both(all_policies(), tmp_path, map(line, cases))
    assert spared == 0 and taken > 40


def test_a_case_with_a_vote_or_papers_is_left_to_be_read_by_itself(tmp_path: Path) -> None:
    cases = [json.loads(case_124(random.Random(8), number, ["results"])) for number in range(4)]
    cases[1]["ballots"], cases[2]["documents"] = None, []
    taken, spared, refused = both(all_policies(), tmp_path, map(line, cases))
    assert (taken, spared, refused) == (2, 2, 0)


def test_every_sample_case_decides_alike(tmp_path: Path) -> None:
    library = all_policies()
    lines = []
    for path in sorted(POLICIES.glob("*/cases/*")):
        text = path.read_text("utf-8")
        lines += text.splitlines() if path.suffix == ".ndjson" else [line(json.loads(text))]
    taken, spared, _ = both(library, tmp_path, lines)
    assert taken + spared == len(lines) and spared <= 2


def test_the_small_regulation_decides_alike_where_a_parameter_changed(tmp_path: Path) -> None:
    chance = random.Random(3)
    cases = []
    for number in range(400):
        given = chance.randint(0, 12)
        facts: dict[str, Any] = {
            "work.given": given, "work.done": chance.randint(0, given), "work.extra": chance.randint(0, given),
            "mark.one": chance.choice(["red", "amber", "green"]), "mark.two": chance.choice(["red", "amber", "green"]),
            "fault.found": chance.random() < 0.3, "fault.mended": chance.random() < 0.5, "tags": ["p"],
            "leave.months": chance.choice([0, 3.5, 3.4, 12]),
        }  # fmt: skip
        for name in chance.sample(sorted(facts), chance.choice([0, 0, 1, 2])):
            del facts[name]
        kind = chance.choice(["team", "person", "body"])
        cases.append(line({
            "case_id": f"C-{number}", "period": "2024", "as_of": chance.choice(["2024-12-31", "2025-01-01"]),
            "subject": {"kind": kind}, "facts": nested(facts), "evidence": {"mark.one": ["Ảnh"]},
        }))  # fmt: skip
    taken, _, _ = both(small_regulation.library(), tmp_path, cases)
    assert taken > 350
