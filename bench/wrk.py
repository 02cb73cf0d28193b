"""What the load generator wrk prints -> figures."""

import re

_TIMES = {"p50": r"^\s+50%\s+([\d.]+)(us|ms|s|m)$", "seconds": r"^\s+99%\s+([\d.]+)(us|ms|s|m)$"}
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_WRONG = re.compile(r"Non-2xx or 3xx responses|Socket errors")


def figures_of(printed: str) -> dict[str, float] | None:
    """Requests a second, and the times within which half of them and 99 in 100 were answered, as `p50` and `seconds`;
    None if one was not answered, or not with success."""
    requests = re.search(r"^Requests/sec:\s+([\d.]+)", printed, re.MULTILINE)
    times = {name: re.search(pattern, printed, re.MULTILINE) for name, pattern in _TIMES.items()}
    if _WRONG.search(printed) or requests is None:
        return None
    figures = {name: float(match[1]) * _UNITS[match[2]] for name, match in times.items() if match}
    return {"requests": float(requests[1]), **figures} if len(figures) == len(_TIMES) else None
