"""What several tests of populations share."""

import random
import resource
from dataclasses import replace

from engine.core.judge.record import QuotaResult
from engine.core.policy.regulation import Library
from support import ROOT
from support.both_targets import line, nested
from support.command import Completed, run, run_process
from support.small_regulation import QUOTAS, SOURCE, library

LINKS = f"""
kind: links
id: links
label: {{vi: Ràng buộc, en: Links}}
applies_to: [body, person]
links:
  - id: head
    label: {{vi: Người đứng đầu, en: Head}}
    to: heads
    must: {{grade: not_above}}
    {SOURCE}
  - id: later
    label: {{vi: Sau, en: Later}}
    to: heads
    must: {{order: not_before}}
    {SOURCE}
"""
SHARES = QUOTAS.replace("id: quotas", "id: shares").replace("gold_share", "silver_share").replace(
    "grade: gold", "grade: silver"
).replace("gold_percent", "silver_percent").replace("of: [silver]", "of: [silver, bronze, tin]").replace(
    "within: [subject.cohort]", "within: [subject.heads, mark.one]"
).replace("surplus: silver", "surplus: bronze")  # fmt: skip


def whole() -> Library:
    return library(LINKS, SHARES)


def without_ids(quota: QuotaResult) -> QuotaResult:
    """As a population tells of a quota, which names no case."""
    readings = tuple(replace(reading, result=without_ids(reading.result)) for reading in quota.readings)
    return replace(quota, holders=(), unsettled=(), readings=readings)


def cases(count: int, seed: int = 1) -> list[str]:
    """Cases of the small regulation, some of them incomplete, some that name no cohort, some with relations."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        given = chance.randint(1, 12)
        facts = {
            "work.given": given, "work.done": chance.choice([given, given, given // 2]),
            "work.extra": chance.randint(0, given), "mark.one": chance.choice(["red", "amber", "green", "green"]),
            "mark.two": chance.choice(["amber", "green"]), "fault.found": chance.random() < 0.2,
            "fault.mended": chance.random() < 0.5, "tags": ["p"], "leave.months": chance.choice([0, 3.5, 3.4]),
        }  # fmt: skip
        for name in chance.sample(sorted(facts), chance.choice([0, 0, 0, 1, 2])):
            del facts[name]
        subject = {"kind": chance.choice(["team", "person"]), "id": f"S-{number}"}
        if chance.random() < 0.9:
            subject["cohort"] = f"Nhóm {chance.randint(1, 5)}"
        if chance.random() < 0.5:
            subject["heads"] = f"S-{chance.randint(0, count + 5)}"
        grades = {
            "self": chance.choice(["gold", "silver", None]), "decided": chance.choice(["gold", "silver", None, None]),
            "decided_on": chance.choice(["2024-12-01", "2024-12-02", None]),
        }  # fmt: skip
        made.append(line({
            "case_id": f"C-{number}", "period": chance.choice(["2024", "2023"]), "as_of": "2024-12-31",
            "subject": subject, "facts": nested(facts), "evidence": {"mark.one": ["Ảnh"]}, "grades": grades,
        }))  # fmt: skip
    return made


# --- the command ------------------------------------------------------------------------------------------------


def command(*arguments: object, largest_file: int | None = None) -> Completed:
    """`population` in English: in this process, or in one of its own whose files may have so many bytes."""
    words = ["population", *map(str, arguments), "--lang", "en"]
    if largest_file is None:
        return run(*words)
    return run_process(*words, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file)))


SAMPLES = ROOT / "policies" / "qd-124-2023" / "cases"
