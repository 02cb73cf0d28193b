"""What a test of a policy expects, beside what was decided."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.core.judge.decision import Decided
from engine.core.judge.record import UNDETERMINED, Grading, Results
from engine.core.policy.values import written


def compare(expect: Mapping[str, Any], decided: Sequence[Decided], results: Results) -> Iterator[tuple[str, str, str]]:
    """(what, expected, got) for every expectation, as texts; lists are compared without regard to order."""
    one = decided[0]
    decision, grading = one.decision, one.decision.grading
    for key, expected in expect.items():
        match key:
            case "subject_to_review":
                yield (
                    key,
                    _text("unknown" if expected is None else expected),
                    _text(_three(decision.subject_to_review)),
                )
            case "exemption":
                yield (
                    key,
                    expected,
                    ", ".join(rule.id for rule in decision.exemptions if rule.holds) or "none",
                )
            case "ungraded":
                yield key, expected, ", ".join(rule.id for rule in decision.ungraded if rule.holds) or "none"
            case "gaps":
                yield key, _names(expected), _names(one.id for one in grading.gaps if one.holds) if grading else "none"
            case "grade":
                yield key, expected, _outcome(grading)
            case "range":
                keys = [name for name in ("lowest", "highest", "undetermined") if name in expected]
                yield key, _text({name: expected[name] for name in keys}), _text(_range(grading, keys))
            case "bars":
                yield (
                    key,
                    _names(expected),
                    _names(bar.result.id for bar in grading.bars if bar.result.holds) if grading else "none",
                )
            case "unmet":
                rungs = {rung.grade: rung for rung in grading.rungs} if grading else {}
                for grade, names in expected.items():
                    got = _names(rule.id for rule in rungs[grade].unmet) if grade in rungs else "no such rung"
                    yield key, _names(names), got
            case "missing":
                names = (
                    [f"evidence.{one.fact}" if one.evidence else one.fact for one in grading.missing] if grading else []
                )
                yield key, _names(expected), _names(names)
            case "findings":
                yield key, _names(expected), _names(rule.id for rule in decision.findings)
            case "review_required":
                yield key, _names(expected), _names(item.id for item in decision.review if item.required)
            case "review_left_out":
                left_out = (item.id for item in decision.review if item.required and item.covered is False)
                yield key, _names(expected), _names(left_out)
            case "holds" | "fails" | "unknown":
                wanted = {"holds": True, "fails": False, "unknown": None}[key]
                for name in expected:
                    statuses = [
                        status for rule, status in one.results.items() if name in (rule, rule.rsplit(".", 1)[-1])
                    ]
                    as_wanted = statuses and all(status is wanted for status in statuses)
                    yield (
                        f"{key}",
                        f"{name}: {key}",
                        f"{name}: {key}" if as_wanted else f"{name}: {_text([_three(s) for s in statuses])}",
                    )
            case "quotas":
                yield from _compare_quotas(expected, results)
            case "links":
                yield from _compare_links(expected, results)


def _compare_quotas(expected: Sequence[Mapping[str, Any]], results: Results) -> Iterator[tuple[str, str, str]]:
    for want in expected:
        found = [one for one in results.quotas if one.quota.rsplit(".", 1)[-1] == want["quota"]]
        cohort = want.get("cohort")
        found = [one for one in found if cohort is None or cohort in [value for _, value in one.cohort]]
        if len(found) != 1:
            yield "quotas", f"one cohort of {want['quota']}", f"{len(found)} cohorts"
            continue
        figures = {key: value for key, value in want.items() if key not in ("quota", "cohort")}
        yield "quotas", _text(figures), _text({key: getattr(found[0], key) for key in figures})


def _compare_links(expected: Sequence[Mapping[str, Any]], results: Results) -> Iterator[tuple[str, str, str]]:
    for want in expected:
        found = [
            one.status
            for one in results.links
            if one.link.rsplit(".", 1)[-1] == want["link"]
            and want.get("from") in (None, one.case_id)
            and want.get("to") in (None, one.other_case, one.other)
        ]
        yield "links", _text([want["status"]]), _text(found)


def _three(status: bool | None) -> object:
    return "unknown" if status is None else status


def _outcome(grading: Grading | None) -> str:
    if grading is None:
        return "none"
    if grading.settled:
        return grading.possible[0]
    return f"one of {_names(grading.possible)}"


def _range(grading: Grading | None, keys: Sequence[str]) -> object:
    if grading is None:
        return "none"
    figures = {
        "lowest": grading.lowest,
        "highest": grading.highest,
        "undetermined": UNDETERMINED in grading.possible,
    }
    return {key: figures[key] for key in keys}


def _names(names: Any) -> str:
    return ", ".join(sorted(dict.fromkeys(names))) or "none"


def _text(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {_text(one)}" for key, one in value.items())
        case list():
            return ", ".join(_text(one) for one in value) or "none"
        case str():
            return value
        case _:
            return written(value)


def differing(expected: str, got: str) -> list[str]:
    """The names that stand in one of two texts only, in their order."""
    words = [re.findall(r"[a-z_][a-z0-9_]*", text) for text in (expected, got)]
    return [name for name in dict.fromkeys([*words[0], *words[1]]) if (name in words[0]) is not (name in words[1])]
