"""Records kept from an earlier run against a run of today: reproduced, different and where, or other cases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["reproduced", "differs", "input_changed", "case_missing", "rejected"]

NOT_COMPARED = ("file", "engine_version", "policy_commit", "policy_clean")
"""A case may lie elsewhere now; the engine's version, or the commit by which the policies are named, may be another as
long as nothing that is decided is."""


@dataclass(frozen=True)
class Verified:
    """One record. `places` are the parts that differ, as `grading.grade`, with what was recorded and what came out."""

    case_id: str
    verdict: Verdict
    places: tuple[tuple[str, object, object], ...] = ()


def switches_in(record: Mapping[str, Any]) -> dict[str, str]:
    """The interpretations that the run of a record read otherwise."""
    return dict(record.get("switches", ()))


def commit_to_use(records: Sequence[Mapping[str, Any]], hashes: Mapping[str, str]) -> str | None:
    """The git commit at which to judge again: that of the records, if all name the same one, the policies were as
    committed, and those of today (`hashes` by regulation) differ."""
    commits = {record.get("policy_commit") for record in records}
    clean = all(record.get("policy_clean") for record in records)
    same = all(hashes.get(record["regulation"]) == record["policy_hash"] for record in records)
    return commits.pop() if len(commits) == 1 and clean and not same else None


def verify(record: Mapping[str, Any], again: Mapping[str, Any] | None, *, there: bool) -> Verified:
    """A full record of a case and the full record of today -> what became of it.

    `again` is None if the case could not be judged; `there` says whether there is such a case at all.
    """
    case_id = record["case_id"]
    if again is None:
        return Verified(case_id, "rejected" if there else "case_missing")
    if again["input_hash"] != record["input_hash"]:
        return Verified(case_id, "input_changed")
    places = tuple(_differences("", _compared(record), _compared(again)))
    return Verified(case_id, "differs" if places else "reproduced", places)


def _compared(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in (*NOT_COMPARED, "record")}


def _differences(place: str, recorded: Any, now: Any) -> Iterator[tuple[str, object, object]]:
    """Where two plain values differ, as far down as both have the same shape."""
    match recorded, now:
        case dict(), dict():
            for key in dict.fromkeys([*recorded, *now]):
                inner = f"{place}.{key}" if place else str(key)
                yield from _differences(inner, recorded.get(key), now.get(key))
        case list(), list() if len(recorded) == len(now):
            for number, (before, after) in enumerate(zip(recorded, now, strict=True)):
                yield from _differences(f"{place}[{number}]", before, after)
        case _ if recorded != now or type(recorded) is not type(now):
            yield place, recorded, now
