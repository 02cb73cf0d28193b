"""The engine of xeploai: policies as YAML in, case files as JSON in, decision records out.

    from engine import evaluate, load_library, read_json

    library = load_library(Path("policies"))
    results = evaluate(library, [read_json(Path("case.json"))])
    results.decisions[0].grading.grade

The names below are loaded when first asked for, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Decision": "engine.core.judge.record",
    "Engine": "engine.core.judge.engine",
    "EngineFailure": "engine.core.rules.matcher",
    "Problems": "engine.base.diagnostics",
    "Results": "engine.core.judge.record",
    "UnknownChoice": "engine.core.judge.engine",
    "evaluate": "engine.api",
    "load_library": "engine.versions.opening",
    "parse_json": "engine.base.files",
    "parse_yaml": "engine.base.files",
    "read_json": "engine.base.json_text",
}


__all__ = [
    "ENGINE_VERSION",
    "Decision",
    "Engine",
    "EngineFailure",
    "Problems",
    "Results",
    "UnknownChoice",
    "evaluate",
    "load_library",
    "parse_json",
    "parse_yaml",
    "read_json",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
