"""Case files for the benchmarks: NDJSON, invented subjects, the same bytes for the same seed.

    python -m bench.generate 1000000 build/bench/cases-1m.ndjson

Cases of all kinds of subject are mixed, under the regulation in force in 2024, a twentieth of them incomplete. Every
case is put together from groups of facts (tasks, criteria, signs, …) out of pools drawn beforehand, which is what makes
a million of them in a minute; there are so many combinations that hardly two cases are alike. The first thousand
cases of a million are the thousand of a smaller file.
"""

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Fact, Percent
from engine.core.policy.values import parts_of
from engine.core.rules.compiler import compile_rules
from engine.versions.opening import load_library

SEED = 124
REGULATION = "qd-124-2023"
DAY = date(2024, 12, 31)
BLOCK = 1_000
POOL = 192
FLAWED = 0.025
"""The chance that a fact is other than in a spotless case."""
INCOMPLETE = 0.05
SHARES = {
    "organization": 2, "leadership_collective": 2, "party_organization": 2, "head": 2, "leader": 5, "non_leader": 15,
}  # fmt: skip
PRODUCTS = ("Đề án số hóa hồ sơ", "Cổng dịch vụ công cấp xã", "Kế hoạch rà soát thủ tục", "Báo cáo chuyên đề quý")


@dataclass(frozen=True)
class Pools:
    """For one kind of subject: whole and incomplete variants of each group of facts, as JSON text."""

    whole: tuple[tuple[str, ...], ...]
    incomplete: tuple[tuple[str, ...], ...]
    evidence: tuple[str, ...]
    covered: tuple[str, ...]


def pools(library: Library, kind: str, seed: int) -> Pools:
    """The variants of one kind, drawn from the seed."""
    regulation = library.regulations[REGULATION]
    chance = random.Random(f"{seed}/{kind}")
    facts = library.vocabulary.facts
    names = asked(library, regulation, kind)
    groups: dict[str, list[Fact]] = {}
    for name in names:
        groups.setdefault(name.partition(".")[0], []).append(facts[name])
    whole, incomplete = [], []
    for group, members in groups.items():
        draws = [draw(chance, members, library) for _ in range(POOL)]
        whole.append(tuple(_group(group, one) for one in draws))
        incomplete.append(tuple(_group(group, _with_gaps(chance, one)) for one in draws))
    contents = [rule.id for rule in regulation.review_contents]
    return Pools(
        tuple(whole),
        tuple(incomplete),
        tuple(_evidence(chance) for _ in range(POOL)),
        tuple(_covered(chance, contents) for _ in range(POOL)),
    )


def asked(library: Library, regulation: Regulation, kind: str) -> list[str]:
    """The facts that the rules of a kind ask about, derived ones by their parts, in the order of the vocabulary."""
    facts = library.vocabulary.facts
    found = {
        one.fact for one in compile_rules(regulation, library.vocabulary, kind, DAY, {}).domains if not one.evidence
    }
    derived = {name: parts_of(made) for name in found if (made := facts[name].derived) is not None}
    stated = {part for name in found for part in derived.get(name, (name,))}
    return [name for name in facts if name in stated]


def draw(chance: random.Random, members: Sequence[Fact], library: Library) -> dict[str, Any]:
    """Facts of one group: as in a spotless case, with some flaws; parts no greater than their whole."""
    lowest = chance.choice([0, 1, 1, 2, 2, 2, 2, 3, 3])
    found = {one.name: _value(chance, one, lowest) for one in members}
    for fact in library.vocabulary.facts.values():
        if isinstance(fact.derived, Percent) and fact.derived.part in found and fact.derived.of in found:
            whole = found[fact.derived.of] = found[fact.derived.of] or chance.choice([0, 1, 3, 7, 10, 20, 41])
            if fact.derived.part in found:
                share = chance.choice([1, 1, 1, 1, 0.5, 0.45, 0.2, 0]) if found[fact.derived.part] else 0
                found[fact.derived.part] = int(whole * share)
    for one in members:
        for most in one.not_more_than:
            if most.fact in found:
                found[one.name] = min(found[one.name], found[most.fact])
    return found


def _value(chance: random.Random, fact: Fact, lowest: int) -> Any:
    """A value of the fact; of an ordered list one no lower than the place given."""
    flawed = chance.random() < FLAWED
    typical = fact.typical
    match fact.type:
        case "boolean":
            return bool(typical) is not flawed
        case "text" if fact.options:
            names = [name for name, _ in fact.options]
            return chance.choice(names[lowest:] or names[-1:]) if not flawed else chance.choice(names)
        case "integer" if typical:
            return chance.choice([3, 5, 6, 7]) if flawed else int(str(typical)) + chance.randrange(12)
        case "integer":
            return chance.choice([1, 1, 2, 5]) if flawed else 0
        case "number":
            return chance.choice([12.5, 20, 20.01, 50, 99.99]) if flawed else typical or 0
        case "set":
            return chance.sample([name for name, _ in fact.options], 1) if flawed else []
        case "date":
            return (DAY - timedelta(chance.randrange(300))).isoformat()
        case _:
            return f"TC-{chance.randrange(100):02}"


def _with_gaps(chance: random.Random, found: Mapping[str, Any]) -> dict[str, Any]:
    """Without some of the facts: left out or null."""
    gone = chance.sample(sorted(found), min(len(found), chance.choice([1, 1, 1, 2, 3])))
    null = chance.random() < 0.3
    return {name: None if name in gone else value for name, value in found.items() if null or name not in gone}


def _group(group: str, found: Mapping[str, Any]) -> str:
    return f'"{group}":' + _json({name.partition(".")[2]: value for name, value in found.items()})


def _evidence(chance: random.Random) -> str:
    named = chance.sample(PRODUCTS, chance.choice([1, 1, 2, 2, 2])) if chance.random() > FLAWED else []
    return _json({"tasks.completed": [f"{name} đợt {chance.randrange(1, 9)}" for name in named]})


def _covered(chance: random.Random, contents: Sequence[str]) -> str:
    return _json([name for name in contents if chance.random() > 0.5])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def lines(drawn: Mapping[str, Pools], grades: Sequence[str], seed: int, block: int, count: int) -> str:
    """The first `count` cases of one block of BLOCK, as lines."""
    chance = random.Random(f"{seed}/{block}")
    kinds = chance.choices(list(SHARES), weights=list(SHARES.values()), k=BLOCK)
    pick, uniform = chance.choice, chance.random
    written = []
    for number, kind in zip(range(block * BLOCK, block * BLOCK + count), kinds, strict=False):
        pool = drawn[kind]
        incomplete = uniform() < INCOMPLETE
        gaps = int(uniform() * len(pool.whole)) if incomplete else -1
        facts = ",".join(
            [pick(pool.incomplete[place] if place == gaps else variants) for place, variants in enumerate(pool.whole)]
        )
        unit = number // 40
        heads = f',"heads":"U-{unit:06}"' if kind == "head" else ""
        given = pick(grades)
        written.append(
            f'{{"case_id":"B-{number:08}","period":"2024","as_of":"2024-12-31","subject":{{"kind":"{kind}",'
            f'"id":"S-{number:08}","unit":"U-{unit:06}"{heads},"cohort":"nhóm {kind} số {number // 400}"}},'
            f'"facts":{{{facts}}},"evidence":{pick(pool.evidence)},"review":{{"covered":{pick(pool.covered)}}},'
            f'"grades":{{"self":"{given}","proposed":null,"decided":null,"decided_on":null}}}}\n'
        )
    return "".join(written)


def blocks(policies: Path, count: int, seed: int = SEED, jobs: int = 1) -> Iterator[str]:
    """Text of all cases, block by block; `jobs` processes write them, in order."""
    library = load_library(policies)
    drawn = {kind: pools(library, kind, seed) for kind in SHARES}
    grades = [grade.id for grade in library.regulations[REGULATION].grades]
    whole = [(block, min(BLOCK, count - block * BLOCK)) for block in range(-(-count // BLOCK))]
    if jobs == 1:
        yield from (lines(drawn, grades, seed, *one) for one in whole)
        return
    with Pool(jobs, _start, (partial(lines, drawn, grades, seed),)) as workers:
        yield from workers.imap(_block, whole, chunksize=8)


_lines: Any = None


def _start(write: Any) -> None:
    global _lines
    _lines = write


def _block(one: tuple[int, int]) -> str:
    return str(_lines(*one))


def write(policies: Path, count: int, path: Path, seed: int = SEED, jobs: int = 2) -> None:
    """Writes the file unless one of this name is there already; a run that is broken off leaves none."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partly = path.with_suffix(".part")
    with partly.open("w", encoding="utf-8", newline="") as file:
        file.writelines(blocks(policies, count, seed, jobs if count > 10 * BLOCK else 1))
    partly.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write invented cases as NDJSON.")
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--policies", type=Path, default=Path(__file__).parents[1] / "policies")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    write(options.policies, options.count, options.path, options.seed, options.jobs)


if __name__ == "__main__":
    main()
