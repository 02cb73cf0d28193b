"""Records as a run wrote them, read back into the full form, in which every id stands with what it means."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.report.records.reading import read_records

LISTS = {
    "decision": "decisions", "rejected": "rejected", "quota": "quotas", "link": "links", "ungrouped": "ungrouped",
    "warning": "warnings",
}  # fmt: skip


def full_results(text: str) -> dict[str, list[dict[str, Any]]]:
    """What `evaluate` wrote as JSON or as lines -> its records in full form, by kind."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS.values()}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "records.json"
        path.write_text(text, encoding="utf-8")
        for record in read_records(path):
            found[LISTS[record.pop("record")]].append(record)
    return found
