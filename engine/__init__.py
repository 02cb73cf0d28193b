"""The engine of xeploai: policies as YAML in, case files as JSON in, decision records out.

    from engine import evaluate, load_library, read_json

    library = load_library(Path("policies"))
    results = evaluate(library, [read_json(Path("case.json"))])
    results.decisions[0].grading.grade

The names below are loaded when first asked for, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.api import evaluate
    from engine.diagnostics import Problems
    from engine.evaluation import Engine, UnknownChoice
    from engine.library import load_library
    from engine.matcher import EngineFailure
    from engine.records import Decision, Results
    from engine.sources import parse_json, parse_yaml, read_json

ENGINE_VERSION = "0.1.0"

_HOMES = {
    "Decision": "engine.records",
    "Engine": "engine.evaluation",
    "EngineFailure": "engine.matcher",
    "Problems": "engine.diagnostics",
    "Results": "engine.records",
    "UnknownChoice": "engine.evaluation",
    "evaluate": "engine.api",
    "load_library": "engine.library",
    "parse_json": "engine.sources",
    "parse_yaml": "engine.sources",
    "read_json": "engine.sources",
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
