"""OpenFisca: one variable a rule and polarity, formulas of NumPy over a hundred thousand cases at a time.

Its variables know no missing value, so numbers come as NaN, which satisfies no comparison, and texts and booleans as
-1 beside their place in their list. The lines of JSON are decoded as for the hand-written program and made arrays.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import and_, attrgetter, or_
from typing import Any

import msgspec
import numpy as np
import polars as pl
from openfisca_core.entities import Entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from bench.answers import WORD, Answer, words
from bench.peers import Session
from bench.peers.python import local, structure
from bench.workload import Ladder, Test, Tree, Workload

CHUNK = 100_000
PERIOD = "2024"
Formula = Callable[..., Any]
Read = Callable[[str], Any]


def start(work: Workload) -> Session:
    case = Entity("case", "cases", "A case under review", "")
    system = TaxBenefitSystem([case])
    codes = _codes(work)

    def add(name: str, kind: type, formula: Formula | None = None) -> None:
        members: dict[str, Any] = {
            "value_type": kind, "entity": case, "definition_period": DateUnit.YEAR, "label": name,
            "default_value": {bool: False, int: -1, float: float("nan")}[kind],
        }  # fmt: skip
        if formula is not None:
            members["formula"] = formula
        system.add_variable(type(name, (Variable,), members))

    inputs = {"kind": int} | {
        _name(column): int if column in codes or "@" in column or work.facts[column].type == "boolean" else float
        for column in _columns(work)
    }
    for name, kind in inputs.items():
        add(name, kind)
    kinds = {kind: place for place, kind in enumerate(work.ladders)}
    for rule in work.rules:
        concerned = _within([kinds[kind] for kind in rule.kinds], len(kinds))
        for letter, tree in (("h", rule.holds), ("f", rule.fails)):
            add(f"{letter}{rule.number}", bool, _formula(tree, concerned, codes))
    for place in range(len(work.outcomes)):
        add(f"p{place}", bool, _outcome(place, work, kinds))

    decode = msgspec.json.Decoder(structure(work)).decode

    def load(lines: Sequence[bytes]) -> tuple[list[str], dict[str, Any]]:
        cases = [decode(line) for line in lines]
        arrays = {"kind": np.array([kinds[case.subject.kind] for case in cases], np.int32)}
        for name, values in _stated(work, cases).items():
            if name in codes:
                places = codes[name]
                arrays[_name(name)] = np.array([places.get(value, -1) for value in values], np.int32)
            elif name.endswith("@evidence"):
                arrays[_name(name)] = np.array([-1 if value is None else len(value) > 0 for value in values], np.int32)
            elif work.stated[name].type == "set":
                for member in work.stated[name].options:
                    found = [-1 if value is None else member in value for value in values]
                    arrays[_name(f"{name}@{member}")] = np.array(found, np.int32)
            else:
                arrays[_name(name)] = np.array(values, np.float32)  # None becomes NaN
        for name, fact in work.facts.items():
            if fact.parts:
                part, of = (arrays[_name(one)] for one in fact.parts)
                with np.errstate(divide="ignore", invalid="ignore"):
                    computed = np.where(of > 0, 100 * part / of, np.float32("nan"))
                arrays[_name(name)] = np.where(np.isnan(arrays[_name(name)]), computed, arrays[_name(name)])
            elif fact.type == "boolean":
                arrays[_name(name)] = np.nan_to_num(arrays[_name(name)], nan=-1).astype(np.int32)
        return [case.case_id for case in cases], {name: arrays[name] for name in inputs}

    def answer(loaded: tuple[list[str], dict[str, Any]]) -> dict[str, Any]:
        case_ids, arrays = loaded
        simulation = SimulationBuilder().build_default_simulation(system, len(case_ids))
        for name, values in arrays.items():
            simulation.set_input(name, PERIOD, values)

        def mask(names: Iterable[str]) -> Any:
            found = np.zeros(len(case_ids), np.int64)
            for bit, name in enumerate(names):
                found |= simulation.calculate(name, PERIOD).astype(np.int64) << bit
            return found

        found = {"case_id": case_ids}
        for word in range(words(len(work.rules))):
            numbers = [rule.number for rule in work.rules[word * WORD : (word + 1) * WORD]]
            for letter in "hf":
                found[f"{letter}{word}"] = mask(f"{letter}{number}" for number in numbers)
        return {**found, "possible": mask(f"p{place}" for place in range(len(work.outcomes)))}

    def rows(found: dict[str, Any]) -> Iterable[Answer]:
        for case_id, *masks, possible in pl.DataFrame(found).iter_rows():
            shifted = [mask << place // 2 * WORD for place, mask in enumerate(masks)]
            yield case_id, sum(shifted[::2]), sum(shifted[1::2]), possible

    def lines(found: dict[str, Any]) -> str:
        return pl.DataFrame(found).write_csv(include_header=False)

    return Session(load, answer, rows, lines=lines, chunk=CHUNK)


def _stated(work: Workload, cases: Sequence[Any]) -> dict[str, list[Any]]:
    """The values of each fact over all cases, as they are decoded, and the evidence."""
    found: dict[str, list[Any]] = {}
    groups: dict[str, list[str]] = {}
    for name in work.stated:
        groups.setdefault(name.partition(".")[0], []).append(name)
    facts = [case.facts for case in cases]
    for group, names in groups.items():
        members = list(map(attrgetter(group), facts))
        for name in names:
            key = name.partition(".")[2]
            found[name] = [None if one is None else getattr(one, key) for one in members]
    evidence = [case.evidence for case in cases]
    for name in work.evidence:
        key = f"e_{local(name)}"
        found[f"{name}@evidence"] = [None if one is None else getattr(one, key) for one in evidence]
    return found


def _columns(work: Workload) -> list[str]:
    """The columns of facts: `name@member` of a set, `name@evidence` of evidence."""
    found = []
    for name, fact in work.facts.items():
        found += [f"{name}@{member}" for member in fact.options] if fact.type == "set" else [name]
    return [*found, *(f"{name}@evidence" for name in work.evidence)]


def _codes(work: Workload) -> dict[str, dict[str, int]]:
    return {
        name: {option: place for place, option in enumerate(fact.options)}
        for name, fact in work.facts.items()
        if fact.type == "text"
    }


def _name(column: str) -> str:
    return column.replace(".", "__").replace("@", "___")


def _formula(tree: Tree, concerned: Callable[[Any], Any], codes: dict[str, dict[str, int]]) -> Formula:
    condition = _condition(tree, codes)

    def formula(case: Any, period: Any) -> Any:
        return concerned(case("kind", period)) & condition(lambda name: case(name, period))

    return formula


def _condition(tree: Tree, codes: dict[str, dict[str, int]]) -> Callable[[Read], Any]:
    if isinstance(tree, Test):
        return _test(tree, codes)
    parts = [_condition(part, codes) for part in tree.parts]
    join = and_ if tree.word == "and" else or_
    return lambda read: reduce(join, [part(read) for part in parts])


def _test(test: Test, codes: dict[str, dict[str, int]]) -> Callable[[Read], Any]:
    value: Any = test.values[0] if test.values else None
    name = _name(test.fact)
    match test.sign:
        case "in":
            places = codes.get(test.fact)
            wanted = [places[str(one)] if places else int(one) for one in test.values]
            within = _within(wanted, len(places) if places else 2)
            return lambda read: within(read(name))
        case "includes" | "excludes" | "named" | "unnamed":
            column = _name(f"{test.fact}@{value if test.values else 'evidence'}")
            code = 1 if test.sign in ("includes", "named") else 0
            return lambda read: read(column) == code
        case ">=":
            return lambda read: read(name) >= value
        case "<=":
            return lambda read: read(name) <= value
        case ">":
            return lambda read: read(name) > value
        case "<":
            return lambda read: read(name) < value
        case "not_in":
            return lambda read: reduce(and_, [read(name) != one for one in test.values], ~np.isnan(read(name)))
    raise ValueError(test.sign)


def _within(wanted: Sequence[int], count: int) -> Callable[[Any], Any]:
    """Is a code one of these, of `count` in all? A run of codes is two comparisons, or one."""
    low, high = min(wanted), max(wanted)
    if low == high:
        return lambda codes: codes == low
    if len(wanted) < high - low + 1:
        return lambda codes: np.isin(codes, wanted)
    if high == count - 1:
        return lambda codes: codes >= low
    return lambda codes: (codes >= low) & (codes <= high)


def _outcome(place: int, work: Workload, kinds: dict[str, int]) -> Formula:
    """Is this outcome possible? As `bench.answers.grading`, in arrays; kinds that share a ladder are asked once."""
    ladders: dict[Ladder, list[int]] = {}
    for kind, ladder in work.ladders.items():
        ladders.setdefault(ladder, []).append(kinds[kind])

    def formula(case: Any, period: Any) -> Any:
        kind = case("kind", period)
        found = np.zeros(len(kind), bool)
        for ladder, codes in ladders.items():
            found |= np.isin(kind, codes) & _possible(place, ladder, lambda name: case(name, period), len(kind))
        return found

    return formula


def _possible(place: int, ladder: Ladder, read: Read, count: int) -> Any:
    no, found, on = np.zeros(count, bool), np.zeros(count, bool), np.ones(count, bool)
    for grade, mask in ladder.bars:
        held = reduce(or_, [read(f"h{bit}") for bit in _bits(mask)], no)
        if grade == place:
            found = found | (on & (held | ~reduce(and_, [read(f"f{bit}") for bit in _bits(mask)], ~no)))
        on = on & ~held
    for grade, mask in ladder.rungs:
        if grade == place:
            found = found | (on & ~reduce(or_, [read(f"f{bit}") for bit in _bits(mask)], no))
        on = on & ~reduce(and_, [read(f"h{bit}") for bit in _bits(mask)], ~no)
    return found | on if ladder.otherwise == place else found


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
