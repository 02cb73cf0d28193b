"""What a test of a policy expects, beside what was decided."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.core.judge.decision import Decided
from engine.core.judge.record import UNDETERMINED, Decision, Grading, Results
from engine.core.policy.values import written


def compare(expect: Mapping[str, Any], decided: Sequence[Decided], results: Results) -> Iterator[tuple[str, str, str]]:
    """(what, expected, got) for every expectation, as texts; lists are compared without regard to order. Of several
    cases the first is meant, except by `quotas` and `links`."""
    decision, grading = decided[0].decision, decided[0].decision.grading
    for key, expected in expect.items():
        match key:
            case "range":
                keys = [name for name in ("lowest", "highest", "undetermined") if name in expected]
                yield key, _text({name: expected[name] for name in keys}), _text(_range(grading, keys))
            case "unmet":
                yield from _compare_unmet(expected, grading)
            case "holds" | "fails" | "unknown":
                yield from _compare_statuses(key, expected, decided[0].results)
            case "quotas":
                yield from _compare_quotas(expected, results)
            case "links":
                yield from _compare_links(expected, results)
            case "subject_to_review":
                yield key, _text(_three(expected)), _text(_three(decision.subject_to_review))
            case "exemption" | "ungraded" | "grade":
                yield key, expected, _one_of_decision(key, decision)
            case _:
                yield key, _names(expected), _names(_list_of_decision(key, decision))


def _one_of_decision(key: str, decision: Decision) -> str:
    """What a decision says of the grade, or which rules keep the case from a review or a grade."""
    if key == "grade":
        return _outcome(decision.grading)
    results = decision.exemptions if key == "exemption" else decision.ungraded
    return ", ".join(result.rule.id for result in results if result.holds) or "none"


def _list_of_decision(key: str, decision: Decision) -> list[str]:
    """The names of what a decision lists under a key of `expect`."""
    grading = decision.grading
    match key:
        case "findings":
            return [finding.rule.id for finding in decision.findings]
        case "review_required":
            return [item.rule.id for item in decision.review if item.required]
        case "review_left_out":
            return [item.rule.id for item in decision.review if item.required and item.covered is False]
        case "gaps" if grading:
            return [gap.rule.id for gap in grading.gaps if gap.holds]
        case "bars" if grading:
            return [bar.result.rule.id for bar in grading.bars if bar.result.holds]
        case "missing" if grading:
            return [
                f"evidence.{missing.fact.name}" if missing.evidence else missing.fact.name
                for missing in grading.missing
            ]
        case _:
            return []


def _compare_unmet(expected: Mapping[str, Sequence[str]], grading: Grading | None) -> Iterator[tuple[str, str, str]]:
    rungs = {rung.grade: rung for rung in grading.rungs} if grading else {}
    for grade, names in expected.items():
        got = _names(result.rule.id for result in rungs[grade].unmet) if grade in rungs else "no such rung"
        yield "unmet", _names(names), got


def _compare_statuses(
    key: str, expected: Sequence[str], results: Mapping[str, bool | None]
) -> Iterator[tuple[str, str, str]]:
    """Whether rules hold, fail or stay unknown, named by their id or by their name."""
    wanted = {"holds": True, "fails": False, "unknown": None}[key]
    for name in expected:
        statuses = [status for rule, status in results.items() if name in (rule, rule.rsplit(".", 1)[-1])]
        as_wanted = statuses and all(status is wanted for status in statuses)
        got = key if as_wanted else _text([_three(status) for status in statuses])
        yield key, f"{name}: {key}", f"{name}: {got}"


def _compare_quotas(expected: Sequence[Mapping[str, Any]], results: Results) -> Iterator[tuple[str, str, str]]:
    for want in expected:
        cohort = want.get("cohort")
        cohorts = [
            quota
            for quota in results.quotas
            if quota.quota.name.rsplit(".", 1)[-1] == want["quota"]
            and (cohort is None or cohort in [value for _, value in quota.cohort])
        ]
        if want.get("status") == "none":
            yield "quotas", "none", _names(quota.status for quota in cohorts)
            continue
        if len(cohorts) != 1:
            yield "quotas", f"one cohort of {want['quota']}", f"{len(cohorts)} cohorts"
            continue
        figures = {key: value for key, value in want.items() if key not in ("quota", "cohort")}
        yield "quotas", _text(figures), _text({key: getattr(cohorts[0], key) for key in figures})


def _compare_links(expected: Sequence[Mapping[str, Any]], results: Results) -> Iterator[tuple[str, str, str]]:
    for want in expected:
        statuses = [
            link.status
            for link in results.links
            if link.link.name.rsplit(".", 1)[-1] == want["link"]
            and want.get("from") in (None, link.case_id)
            and want.get("to") in (None, link.other_case, link.other)
        ]
        yield "links", _text([want["status"]]), _text(statuses)


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
            return ", ".join(f"{key} {_text(inner)}" for key, inner in value.items())
        case list():
            return ", ".join(_text(inner) for inner in value) or "none"
        case str():
            return value
        case _:
            return written(value)


def differing(expected: str, got: str) -> list[str]:
    """The names that stand in one of two texts only, in their order."""
    words = [re.findall(r"[a-z_][a-z0-9_]*", text) for text in (expected, got)]
    return [name for name in dict.fromkeys([*words[0], *words[1]]) if (name in words[0]) is not (name in words[1])]
