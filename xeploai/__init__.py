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
from engine import ENGINE_VERSION as __version__

if TYPE_CHECKING:
    from engine import (
        Decision,
        Engine,
        EngineFailure,
        Problems,
        Results,
        UnknownChoice,
        evaluate,
        load_library,
        parse_json,
        parse_yaml,
        read_json,
    )

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
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(engine, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
