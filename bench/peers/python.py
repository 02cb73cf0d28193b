"""A hand-written program: one Python function for each kind of subject, plain `if`s over the parsed case.

Cases are decoded into typed structures that hold what the rules ask about, and nothing else: the fastest there is.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from bench.answers import Answer, grading
from bench.peers import Session
from bench.workload import Test, Workload, tests, text

Function = Callable[[Any], Answer]
_TYPES: dict[str, Any] = {"boolean": bool, "integer": int | float, "number": int | float, "set": list[str]}


def start(work: Workload) -> Session:
    functions = {kind: compiled(work, kind) for kind in work.ladders}
    decode = msgspec.json.Decoder(structure(work)).decode

    def answer(cases: list[Any]) -> list[Answer]:
        return [functions[case.subject.kind](case) for case in cases]

    return Session(lambda lines: [decode(line) for line in lines], answer)


def structure(work: Workload) -> Any:
    """The type of a case."""
    groups: dict[str, list[tuple[str, Any, None]]] = {}
    for name, fact in work.stated.items():
        group, _, key = name.partition(".")
        groups.setdefault(group, []).append((key, _TYPES.get(fact.type, str) | None, None))
    made = {group: msgspec.defstruct(group, fields, gc=False) for group, fields in groups.items()}
    names = {f"e_{local(name)}": name for name in work.evidence}
    evidence = msgspec.defstruct("evidence", [(name, list[str] | None, None) for name in names], rename=names)
    facts = msgspec.defstruct("facts", [(group, one | None, None) for group, one in made.items()])
    subject = msgspec.defstruct("subject", [("kind", str)])
    parts = [("subject", subject), ("facts", facts), ("evidence", evidence | None, None)]
    return msgspec.defstruct("case", [("case_id", str), *parts])


def compiled(work: Workload, kind: str) -> Function:
    names: dict[str, Any] = {"possible": grading(work.ladders[kind])}
    exec(compile(source(work, kind), f"<{kind}>", "exec"), names)
    return names["decide"]  # type: ignore[no-any-return]


def source(work: Workload, kind: str) -> str:
    """The function as text."""
    rules = work.of(kind)
    asked = {test.fact for rule in rules for test in tests(rule.holds) if test.sign not in ("named", "unnamed")}
    read = dict.fromkeys(part for name in sorted(asked) for part in (*work.facts[name].parts, name))
    groups = dict.fromkeys(name.partition(".")[0] for name in read)
    lines = ["def decide(case):", "    facts = case.facts", "    holds = fails = 0"]
    for group in groups:
        own = [name for name in read if name.partition(".")[0] == group]
        lines.append(f"    {group} = facts.{group}")
        lines.append(f"    if {group} is None:")
        lines.append("        " + "".join(f"{local(name)} = " for name in own) + "None")
        lines.append("    else:")
        lines += [f"        {local(name)} = {name}" for name in own]
    for name in sorted(asked):
        if parts := work.facts[name].parts:
            part, whole = map(local, parts)
            lines.append(f"    if {local(name)} is None and {part} is not None and {whole}:")
            lines.append(f"        {local(name)} = 100 * {part} / {whole}")
    if work.evidence:
        lines.append("    evidence = case.evidence")
        for name in work.evidence:
            lines.append(f"    e_{local(name)} = evidence.e_{local(name)} if evidence is not None else None")
    for rule in rules:
        lines.append(f"    if {text(rule.holds, _test)}:")
        lines.append(f"        holds |= {1 << rule.number}")
        lines.append(f"    elif {text(rule.fails, _test)}:")
        lines.append(f"        fails |= {1 << rule.number}")
    return "\n".join([*lines, "    return case.case_id, holds, fails, possible(holds, fails)", ""])


def local(name: str) -> str:
    return name.replace(".", "_")


def _test(test: Test) -> str:
    name, values = local(test.fact), test.values
    match test.sign:
        case "in" if isinstance(values[0], bool):
            return f"{name} is {values[0]}" if len(values) == 1 else f"{name} is not None"
        case "in":
            return f"{name} == {values[0]!r}" if len(values) == 1 else f"{name} in {values!r}"
        case "not_in":
            return f"({name} is not None and {name} not in {values!r})"
        case "includes":
            return f"({name} is not None and {values[0]!r} in {name})"
        case "excludes":
            return f"({name} is not None and {values[0]!r} not in {name})"
        case "named":
            return f"e_{name}"
        case "unnamed":
            return f"(e_{name} is not None and not e_{name})"
        case sign:
            return f"({name} is not None and {name} {sign} {values[0]})"
