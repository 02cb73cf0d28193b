"""The public API: policies as YAML in, cases in, decision records out.

    import xeploai

    library = xeploai.load_library("policies")
    results = xeploai.evaluate(library, [{"case_id": "A-1", ...}])
    results.decisions[0].grading.grade

Cases are plain dicts, as JSON has them, or documents that `read_json` and `parse_json` read. A case that cannot be
judged is in `results.rejected`, with its diagnostics. Names that this module does not list may change.
"""

from typing import TYPE_CHECKING, Any

import engine
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

__version__ = ENGINE_VERSION

__all__ = [
    "Decision",
    "Engine",
    "EngineFailure",
    "Problems",
    "Results",
    "UnknownChoice",
    "__version__",
    "evaluate",
    "load_library",
    "parse_json",
    "parse_yaml",
    "read_json",
    "read_records",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(engine, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
