"""OPA's language Rego, by an engine that PyPI ships (regorus); one module a kind of subject, compiled beforehand for
its virtual machine, which is more than twice as fast as its interpreter. A module of a thousand rules is beyond what
the machine allows, and goes to the interpreter.

Each case is given as its line of JSON, which the engine reads itself. An alternative inside a rule is a helper of
several bodies, as people write it.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import regorus

from bench.answers import Answer
from bench.peers import Session
from bench.peers.zen import heads
from bench.workload import Junction, Ladder, Test, Tree, Workload, tests


def start(work: Workload) -> Session:
    ready = {kind: engine(module(work, kind)) for kind in work.ladders}

    def answer(cases: list[tuple[str, str, bytes]]) -> list[Answer]:
        found = []
        for case_id, kind, line in cases:
            result = ready[kind](line)
            found.append((case_id, _mask(result["holds"]), _mask(result["fails"]), _mask(result["possible"])))
        return found

    return Session(heads, answer)


def engine(source: str) -> Callable[[bytes], Any]:
    """A module -> a function from a line of JSON to the answer."""
    program = regorus.Program.compile_from_modules("{}", [("review.rego", source)], ["data.review.answer"])
    machine = regorus.Rvm()
    machine.load_program(program)
    interpreters: list[Any] = []

    def evaluate(line: bytes) -> Any:
        if not interpreters:
            machine.set_input_json(line.decode())
            try:
                return json.loads(machine.execute())
            except RuntimeError as error:
                # It stops a program after 25,000 instructions, and there is no way to allow more.
                if "instruction limit" not in str(error):
                    raise
            interpreters.append(regorus.Engine())
            interpreters[0].add_policy("review.rego", source)
        interpreters[0].set_input_json(line.decode())
        return interpreters[0].eval_rule("data.review.answer")

    return evaluate


def _mask(numbers: Sequence[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << int(number)
    return mask


def module(work: Workload, kind: str) -> str:
    lines = ["package review", "import rego.v1", "facts := input.facts"]
    rules = work.of(kind)
    asked = {test.fact for rule in rules for test in tests(rule.holds) if test.sign not in ("named", "unnamed")}
    for name in sorted(asked):
        if parts := work.facts[name].parts:
            part, of = parts
            lines.append(f"{_local(name)} := facts.{name} if is_number(facts.{name})")
            known = f"is_number(facts.{part}); is_number(facts.{of}); facts.{of} > 0"
            lines.append(f"else := (100 * facts.{part}) / facts.{of} if {{ {known} }}")
    for rule in rules:
        _rule(f"holds contains {rule.number}", f"h{rule.number}", rule.holds, work, lines)
        _rule(f"fails contains {rule.number}", f"f{rule.number}", rule.fails, work, lines)
    lines += _grade(work.ladders[kind])
    lines.append('answer := {"holds": holds, "fails": fails, "possible": possible}')
    return "\n".join([*lines, ""])


def _rule(head: str, helper: str, tree: Tree, work: Workload, lines: list[str]) -> None:
    """A head with one body for each alternative."""
    alternatives = tree.parts if isinstance(tree, Junction) and tree.word == "or" else (tree,)
    for number, one in enumerate(alternatives):
        parts = one.parts if isinstance(one, Junction) else (one,)
        body = []
        for place, part in enumerate(parts):
            if isinstance(part, Test):
                body.append(_test(part, work))
            else:
                name = f"{helper}_{number}_{place}"
                _rule(name, name, part, work, lines)
                body.append(name)
        lines.append(f"{head} if {{ {'; '.join(body)} }}")


def _test(test: Test, work: Workload) -> str:
    values = ", ".join(json.dumps(value) for value in test.values)
    match test.sign:
        case "named":
            return f'count(input.evidence["{test.fact}"]) > 0'
        case "unnamed":
            return f'count(input.evidence["{test.fact}"]) == 0'
    derived = work.facts[test.fact].parts
    name = _local(test.fact) if derived else f"facts.{test.fact}"
    match test.sign:
        case "in":
            return f"{name} == {values}" if len(test.values) == 1 else f"{name} in {{{values}}}"
        case "not_in":
            return f"{name} != null; not {name} in {{{values}}}"
        case "includes":
            return f"{values} in {name}"
        case "excludes":
            return f"is_array({name}); not {values} in {name}"
        case sign:
            # In Rego's order of all values null stands before the numbers.
            guard = "" if derived or sign in (">", ">=") else f"is_number({name}); "
            return f"{guard}{name} {sign} {values}"


def _local(name: str) -> str:
    return name.replace(".", "_")


def _set(mask: int) -> str:
    # `{}` is an empty object in Rego.
    return (
        "set()"
        if not mask
        else "{" + ", ".join(str(number) for number in range(mask.bit_length()) if mask >> number & 1) + "}"
    )


def _grade(ladder: Ladder) -> list[str]:
    """Places of grades grow from the best down."""
    lines = [] if ladder.bars else ["barred := set()", "maybe_barred := set()"]
    for grade, mask in ladder.bars:
        lines.append(f"barred contains {grade} if count({_set(mask)} & holds) > 0")
        lines.append(f"maybe_barred contains {grade} if count(({_set(mask)} - holds) - fails) > 0")
    for grade, mask in ladder.rungs:
        lines.append(f"reached contains {grade} if count({_set(mask)} - holds) == 0")
        lines.append(f"not_lost contains {grade} if count({_set(mask)} & fails) == 0")
    return [
        *lines,
        "possible contains max(barred) if count(barred) > 0",
        "possible contains grade if { some grade in maybe_barred; count({1 | some one in barred; one >= grade}) == 0 }",
        "possible contains grade if { count(barred) == 0; some grade in not_lost;"
        " count({1 | some one in reached; one < grade}) == 0 }",
        f"possible contains {ladder.otherwise} if {{ count(barred) == 0; count(reached) == 0 }}",
    ]
