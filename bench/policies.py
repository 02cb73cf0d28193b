"""A generated regulation of as many rules as wanted, over the same facts and so for the same cases.

It has the header of the regulation that the cases fall under, its subjects and its contents of a review, which cases
name; triggers drawn by chance in place of all other rules; and a ladder of one rung, which every case reaches.
"""

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.generate import REGULATION, SHARES, asked
from engine.core.policy.terms import Fact
from engine.versions.opening import load_library

SEED = 366
_NOTE = {"vi": "Đặt ra để đo.", "en": "Made up to measure."}
_SOURCE = {"document": REGULATION, "locator": "bench", "status": "inferred", "note": _NOTE}
_LADDER = f"""kind: grade_ladder
id: ladder
label: {{vi: Thang, en: Ladder}}
applies_to: [collective, individual]
rungs:
  - {{grade: good, criteria: []}}
bars: []
otherwise:
  grade: undetermined
  label: {{vi: Văn bản không nói, en: The text is silent}}
  source: {json.dumps(_SOURCE)}
"""


def write(policies: Path, folder: Path, count: int) -> Path:
    """Writes the policies folder of `count` rules in `folder` unless it is there; gives it back."""
    if folder.exists():
        return folder
    partly = folder.with_suffix(".part")
    shutil.rmtree(partly, ignore_errors=True)
    target = partly / REGULATION
    target.mkdir(parents=True)
    shutil.copy(policies / "facts.yaml", partly)
    for name in ("regulation.yaml", "review_contents.yaml"):
        shutil.copy(policies / REGULATION / name, target)
    (target / "ladder.yaml").write_text(_LADDER, encoding="utf-8")
    (target / "triggers.yaml").write_text(_triggers(policies, count), encoding="utf-8")
    partly.replace(folder)
    return folder


def _triggers(policies: Path, count: int) -> str:
    library = load_library(policies)
    regulation, facts = library.regulations[REGULATION], library.vocabulary.facts
    chance = random.Random(SEED)
    by_kind = {kind: asked(library, regulation, kind) for kind in SHARES}
    individual = [facts[name] for name in by_kind["non_leader"]]
    shared = [fact for fact in individual if all(fact.name in names for names in by_kind.values())]
    written: list[dict[str, Any]] = []
    seen: set[str] = set()
    while len(written) < count:
        # Two thirds of the rules concern individuals, as two thirds and more of the cases do.
        kinds = chance.choice([["individual"], ["individual"], ["collective", "individual"]])
        pool = shared if len(kinds) == 2 else individual
        when = _condition(chance, pool)
        text = json.dumps([kinds, when])
        if text in seen:
            continue
        seen.add(text)
        number = len(written)
        label = {"vi": f"Quy tắc {number}", "en": f"Rule {number}"}
        written.append({"id": f"t{number}", "label": label, "applies_to": kinds, "when": when, "source": _SOURCE})
    head = (
        "kind: triggers\nid: triggers\nlabel: {vi: Nhiều, en: Many}\napplies_to: [collective, individual]\ntriggers:\n"
    )
    return head + "".join(f"  - {json.dumps(one, ensure_ascii=False)}\n" for one in written)


def _condition(chance: random.Random, pool: Sequence[Fact]) -> dict[str, Any]:
    """Two to four comparisons, some of them joined by `any` or `none` inside `all`: much as in real policies."""
    chosen = [_comparison(chance, fact) for fact in chance.sample(pool, chance.choice([2, 2, 3, 4]))]
    match chance.randrange(4):
        case 0:
            return {"any": chosen}
        case 1 if len(chosen) > 2:
            return {"all": [chosen[0], {"any": chosen[1:]}]}
        case 2:
            return {"all": [chosen[0], {"none": chosen[1:]}]}
    return {"all": chosen}


def _comparison(chance: random.Random, fact: Fact) -> dict[str, Any]:
    match fact.type:
        case "boolean":
            return {"fact": fact.name, "is": chance.random() < 0.5}
        case "text":
            names = [name for name, _ in fact.options]
            operator = chance.choice(["is", "at_least", "at_least", "at_most"])
            return {"fact": fact.name, operator: chance.choice(names[1:-1])}
        case "set":
            return {"fact": fact.name, "includes": chance.choice([name for name, _ in fact.options])}
        case _:
            operator = chance.choice(["at_least", "more_than", "at_most", "less_than"])
            return {"fact": fact.name, operator: chance.choice([1, 2, 3, 5, 6, 10, 20, 30, 60])}
