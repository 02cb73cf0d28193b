"""GoRules zen-engine, which is given each case as its line of JSON and reads that itself.

Compiled expressions called one by one (the grade is left to the driver), and decision graphs, which is what its editor
makes: a node of rules, then one of the grade; called one by one, and in batches. Its numbers reach Python as floats, so
masks come in pieces.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import zen

from bench.answers import Answer, grading
from bench.peers import Session
from bench.workload import BenchRule, Ladder, Test, Tree, Workload, text

PIECE = 50
_HEAD = re.compile(rb'"case_id":"([^"]*)".*?"subject":\{"kind":"([^"]*)"')


def start_expressions(work: Workload) -> Session:
    """One expression a kind, which gives all masks in pieces."""
    ready = {}
    for kind, ladder in work.ladders.items():
        rules = work.of(kind)
        pieces = [
            *_pieces(rules, lambda one: expression(work, one.holds)),
            *_pieces(rules, lambda one: expression(work, one.fails)),
        ]
        ready[kind] = (zen.compile_expression("[" + ", ".join(pieces) + "]").evaluate, grading(ladder))

    def answer(cases: list[tuple[str, str, bytes]]) -> list[Answer]:
        found = []
        for case_id, kind, line in cases:
            evaluate, possible = ready[kind]
            pieces = evaluate(line)
            half = len(pieces) // 2
            holds, fails = whole(pieces[:half]), whole(pieces[half:])
            found.append((case_id, holds, fails, possible(holds, fails)))
        return found

    return Session(heads, answer)


def start_graph(work: Workload) -> Session:
    """One decision graph a kind."""
    engine = zen.ZenEngine()
    ready = {kind: engine.create_decision(json.dumps(graph(work, kind))).evaluate for kind in work.ladders}

    def answer(cases: list[tuple[str, str, bytes]]) -> list[Answer]:
        found = []
        for case_id, kind, line in cases:
            result = ready[kind](line)["result"]
            found.append((case_id, whole(result["holds"]), whole(result["fails"]), int(result["possible"])))
        return found

    return Session(heads, answer)


def start_batch(work: Workload) -> Session:
    """The same graphs by the engine's own batch, which runs on all processors."""
    engine = zen.ZenEngine(
        {"loader": {"type": "static", "content": {kind: graph(work, kind) for kind in work.ladders}}}
    )

    def answer(cases: list[tuple[str, str, bytes]]) -> list[Answer]:
        found = []
        batch = engine.evaluate_batch([{"key": kind, "context": line} for _, kind, line in cases])
        for (case_id, _, _), one in zip(cases, batch, strict=True):
            result = one["data"]["result"]
            found.append((case_id, whole(result["holds"]), whole(result["fails"]), int(result["possible"])))
        return found

    return Session(heads, answer)


def heads(lines: Sequence[bytes]) -> list[tuple[str, str, bytes]]:
    """Lines with their case's id and kind, by which the expression or graph is chosen."""
    found = []
    for line in lines:
        case_id, kind = _HEAD.search(line).groups()  # type: ignore[union-attr]
        found.append((case_id.decode(), kind.decode(), line))
    return found


def whole(pieces: Sequence[float]) -> int:
    mask = 0
    for piece in reversed(pieces):
        mask = mask << PIECE | int(piece)
    return mask


def _pieces(rules: Sequence[BenchRule], condition: Callable[[BenchRule], str]) -> list[str]:
    """Sums of bits, each PIECE rules one sum."""
    pieces: dict[int, list[str]] = {0: ["0"]}
    for rule in rules:
        at = pieces.setdefault(rule.number // PIECE, ["0"])
        at.append(f"({condition(rule)} ? {1 << rule.number % PIECE} : 0)")
    return [" + ".join(pieces.get(place, ["0"])) for place in range(max(pieces) + 1)]


def graph(work: Workload, kind: str) -> dict[str, Any]:
    rules = work.of(kind)
    results = [(f"h{rule.number}", expression(work, rule.holds)) for rule in rules]
    results += [(f"f{rule.number}", expression(work, rule.fails)) for rule in rules]
    masks = [
        ("holds", "[" + ", ".join(_pieces(rules, lambda rule: f"h{rule.number}")) + "]"),
        ("fails", "[" + ", ".join(_pieces(rules, lambda rule: f"f{rule.number}")) + "]"),
    ]
    possible = [("possible", " + ".join(f"({one} ? {1 << place} : 0)" for place, one in outcomes(work.ladders[kind])))]
    nodes = [
        {"id": "in", "type": "inputNode", "name": "case", "position": {"x": 0, "y": 0}},
        _node("rules", results, 1),
        _node("grade", [*masks, *possible], 2),
        {"id": "out", "type": "outputNode", "name": "answer", "position": {"x": 0, "y": 3}},
    ]
    names = [str(node["id"]) for node in nodes]
    edges = [
        {"id": f"{one}-{other}", "type": "edge", "sourceId": one, "targetId": other} for one, other in pairwise(names)
    ]
    return {"nodes": nodes, "edges": edges}


def _node(name: str, expressions: Iterable[tuple[str, str]], place: int) -> dict[str, Any]:
    written = [{"id": key, "key": key, "value": value} for key, value in expressions]
    content = {"expressions": written, "passThrough": False}
    return {"id": name, "type": "expressionNode", "name": name, "position": {"x": 0, "y": place}, "content": content}


def outcomes(ladder: Ladder) -> list[tuple[int, str]]:
    """For each outcome the condition, over the results h… and f… of the rules, under which it is possible."""
    found: dict[int, list[str]] = {}
    barred: list[str] = []
    for grade, mask in ladder.bars:
        held = _any(f"h{number}" for number in _bits(mask))
        maybe = _any(f"(not h{number} and not f{number})" for number in _bits(mask))
        found.setdefault(grade, []).append(_all([*(f"not {one}" for one in barred), f"({held} or {maybe})"]))
        barred.append(held)
    better = [f"not {one}" for one in barred]
    for grade, mask in ladder.rungs:
        not_lost = [f"not f{number}" for number in _bits(mask)]
        found.setdefault(grade, []).append(_all([*better, *not_lost]))
        better.append("not " + _all(f"h{number}" for number in _bits(mask)))
    found.setdefault(ladder.otherwise, []).append(_all(better))
    return [(place, _any(conditions)) for place, conditions in sorted(found.items())]


def _bits(mask: int) -> list[int]:
    return [number for number in range(mask.bit_length()) if mask >> number & 1]


def _any(parts: Iterable[str]) -> str:
    return "(" + (" or ".join(parts) or "false") + ")"


def _all(parts: Iterable[str]) -> str:
    return "(" + (" and ".join(parts) or "true") + ")"


def expression(work: Workload, tree: Tree) -> str:
    return text(tree, lambda test: _test(work, test))


def _test(work: Workload, test: Test) -> str:
    values = ", ".join(json.dumps(value) for value in test.values)
    if test.sign in ("named", "unnamed"):
        name = f"evidence['{test.fact}']"
        return f"({name} != null and len({name}) {'>' if test.sign == 'named' else '=='} 0)"
    name = f"facts.{test.fact}"
    match test.sign:
        case "in":
            return f"{name} == {values}" if len(test.values) == 1 else f"{name} in [{values}]"
        case "not_in":
            return f"({name} != null and {name} not in [{values}])"
        case "includes":
            return f"({name} != null and {values} in {name})"
        case "excludes":
            return f"({name} != null and not ({values} in {name}))"
    known = f"({name} != null and {name} {test.sign} {values})"
    if not (parts := work.facts[test.fact].parts):
        return known
    part, of = (f"facts.{one}" for one in parts)
    whole_known = f"{name} == null and {part} != null and {of} != null and {of} > 0"
    return f"({known} or ({whole_known} and 100 * {part} {test.sign} {values} * {of}))"
