"""What several tests of tables share."""

from subprocess import CompletedProcess
from typing import Any

from support.records import full_results

# --- through the command ----------------------------------------------------------------------------------------------


def as_cells(case: Any) -> dict[str, str]:
    """A sample case as headings and texts, made without the code under test."""

    def text(value: object) -> str:
        match value:
            case bool():
                return "có" if value else "không"
            case list():
                return "; ".join(value) or "không"
            case _:
                return str(value)

    def flat(data: dict[str, Any], prefix: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in data.items():
            if isinstance(value, dict):
                found |= flat(value, f"{prefix}{key}.")
            elif value is not None:
                found[f"{prefix}{key}"] = text(value)
        return found

    rest = {key: value for key, value in case.items() if key != "facts" and not key.startswith("$")}
    return flat(rest, "") | flat(case["facts"], "")


def decisions(result: CompletedProcess[str]) -> list[dict[str, Any]]:
    """What was decided, without the name of the file and the hash of its text."""
    found = full_results(result.stdout)["decisions"]
    return [{key: value for key, value in one.items() if key not in ("file", "input_hash")} for one in found]
