"""The engine of xeploai: policies as YAML in, case files as JSON in, decision records out.

The rooms, each of which imports only from those before it: `base`, `core` (the small engine), `load`, `study`,
`versions`, `proof`, `population`, `report`, `cli`. Python callers use the package `xeploai`, which lists the names that
stay. The names below are loaded when they are first asked for, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.base.version import ENGINE_VERSION

if TYPE_CHECKING:
    from engine.api import evaluate
    from engine.base.diagnostics import EngineFailure, Problems
    from engine.base.json_text import parse_json, read_json
    from engine.base.yaml_text import parse_yaml
    from engine.core.judge.engine import Engine
    from engine.core.judge.record import Decision, Results
    from engine.load.policies.choices import UnknownChoice
    from engine.report.records.reading import read_records
    from engine.versions.opening import load_library

_HOMES = {
    "Decision": "engine.core.judge.record",
    "Engine": "engine.core.judge.engine",
    "EngineFailure": "engine.base.diagnostics",
    "Problems": "engine.base.diagnostics",
    "Results": "engine.core.judge.record",
    "UnknownChoice": "engine.load.policies.choices",
    "evaluate": "engine.api",
    "load_library": "engine.versions.opening",
    "parse_json": "engine.base.json_text",
    "parse_yaml": "engine.base.yaml_text",
    "read_json": "engine.base.json_text",
    "read_records": "engine.report.records.reading",
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
    "read_records",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
