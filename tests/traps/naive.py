"""durable-rules as a newcomer would drive it. Each script beside this one says, a JSON line each, what came of it."""

import json
import resource
from typing import Any

import durable_rules_engine as engine

# Some of these scripts are meant to crash: no memory image of that is wanted.
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def say(value: Any) -> None:
    print(json.dumps(value), flush=True)


def rule(expression: Any) -> dict[str, Any]:
    return {"all": [{"m": expression}]}


def create(rules: Any) -> int:
    return engine.create_ruleset("naive", json.dumps(rules))


def rules(**expressions: Any) -> int:
    """A ruleset with one rule for each expression over one fact."""
    return create({name: rule(expression) for name, expression in expressions.items()})


def begun(handle: int, state: int) -> list[str]:
    """Runs everything that waits to be run; the names of the rules."""
    names = []
    started = engine.start_action_for_state(handle, state)
    message = started and started[1]
    while message is not None:
        names.append(message.split('"', 2)[1])
        message = engine.complete_and_start_action(handle, state)
    return names


def fired(handle: int, fact: Any) -> list[str]:
    """States a fact (as JSON text, or as data); the names of the rules that fire."""
    code, state = engine.assert_fact(handle, fact if isinstance(fact, str) else json.dumps(fact))
    return begun(handle, state) if code == 0 else []


def error_of(call: Any) -> str | None:
    """The number of the error that a call ends in."""
    try:
        call()
    except engine.error as error:
        return str(error).rpartition(" ")[2]
    return None
