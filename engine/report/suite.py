"""Reports of policy tests: text for a person, JSON and JUnit for programs, and the tables of coverage."""

import json
from typing import Any, TextIO

from engine.base.diagnostics import Diagnostic
from engine.base.files import texts_of
from engine.base.findings import first_of_each_file
from engine.base.version import FORMAT
from engine.base.words import words
from engine.report.diagnostics import render, to_json
from engine.report.junit import Checked, write_suites
from engine.study.coverage import RuleCoverage, ThresholdCoverage, article_coverage
from engine.study.policy_test import Failure
from engine.study.suite import Report

WORDS = words("suite")


def write_report(report: Report, language: str, stream: TextIO, *, coverage: bool = False) -> None:
    """Failures with expected, got and the rules concerned, rules without a test, and one line that counts."""
    problems = (*report.diagnostics, *(problem for result in report.results for problem in result.diagnostics))
    diagnostics = list(first_of_each_file(problems))
    if diagnostics:
        stream.write(render(diagnostics, language, texts_of(problem.location.file for problem in diagnostics)) + "\n\n")
    for result in report.results:
        for failure in result.failures:
            stream.write(f"{failure.location}: {result.name[language]}\n    {failure.what}\n")
            width = max(len(_say(word, language)) for word in ("expected", "got"))
            for word, text in (("expected", failure.expected), ("got", failure.got)):
                stream.write(f"    {_say(word, language):{width}}: {text}\n")
            for name, place in failure.rules:
                stream.write(f"    {_say('rule', language)} `{name}`: {place}\n")
    for rule in report.lacking:
        what = ", ".join(_say(word, language) for word in rule.lacking)
        stream.write(f"{rule.location}: {_say('lacking', language, rule=rule.rule, what=what)}\n")
    if coverage:
        _write_coverage(report, language, stream)
    stream.write(_say("summary", language, **_counts(report)) + "\n")


def write_json(report: Report, language: str, stream: TextIO) -> None:
    """Everything as an object: tests, faults, rules, thresholds and articles."""
    document = {
        "format": FORMAT,
        "passed": report.passed,
        **_counts(report),
        "results": [
            {
                "name": result.name[language],
                "file": result.location.file,
                "line": result.location.line,
                "passed": result.passed,
                "failures": [_failure(failure) for failure in result.failures],
                "diagnostics": to_json(result.diagnostics, language),
            }
            for result in report.results
        ],
        "diagnostics": to_json(report.diagnostics, language),
        "coverage": {
            "rules": [
                {
                    "regulation": rule.regulation,
                    "rule": rule.rule,
                    "file": rule.location.file,
                    "line": rule.location.line,
                    **dict(rule.counts),
                    "lacking": list(rule.lacking),
                }
                for rule in report.rules
            ],
            "thresholds": [
                {
                    "regulation": threshold.regulation,
                    "rule": threshold.rule,
                    "fact": threshold.fact,
                    "threshold": threshold.threshold,
                    "file": threshold.location.file,
                    "line": threshold.location.line,
                    "below": threshold.below,
                    "at": threshold.at,
                    "above": threshold.above,
                }
                for threshold in report.thresholds
            ],
            "articles": [
                {
                    "regulation": article.regulation,
                    "document": article.document,
                    "locator": article.locator,
                    "rules": article.rules,
                    "tested": article.tested,
                }
                for article in article_coverage(report.rules)
            ],
        },
    }
    json.dump(document, stream, ensure_ascii=False, indent=2)
    stream.write("\n")


def write_junit(report: Report, language: str, stream: TextIO) -> None:
    """The XML that CI servers read: a suite a file, a case a test; rules without a test as a suite of their own."""
    suites: dict[str, list[Checked]] = {}
    for result in report.results:
        texts = [
            f"{failure.what}: {_say('expected', language)} {failure.expected}; {_say('got', language)} {failure.got}"
            for failure in result.failures
        ]
        texts += [_message(problem, language) for problem in result.diagnostics]
        checked = Checked(result.name[language], str(result.location), texts)
        suites.setdefault(result.location.file, []).append(checked)
    others = [Checked(problem.code, str(problem.location), [_message(problem, language)])
              for problem in report.diagnostics]  # fmt: skip
    others += [
        Checked(
            rule.rule, str(rule.location), [_say("lacking", language, rule=rule.rule, what=", ".join(rule.lacking))]
        )
        for rule in report.lacking
    ]
    write_suites({**suites, **({"policies": others} if others else {})}, stream)


def _message(problem: Diagnostic, language: str) -> str:
    return f"{problem.location}: {problem.code}: {problem.message(language)}"


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "what": failure.what,
        "expected": failure.expected,
        "got": failure.got,
        "file": failure.location.file,
        "line": failure.location.line,
        "rules": [{"rule": name, "file": place.file, "line": place.line} for name, place in failure.rules],
    }


def _counts(report: Report) -> dict[str, int]:
    failed = sum(not result.passed for result in report.results)
    return {"tests": len(report.results), "failed": failed, "lacking": len(report.lacking)}


def _write_coverage(report: Report, language: str, stream: TextIO) -> None:
    stream.write(f"\n{_say('rules', language)}\n")
    for rule in report.rules:
        stream.write(f"  {'✓' if not rule.lacking else '✗'} {rule.rule}: {_rule_counts(rule, language)}\n")
    stream.write(f"\n{_say('thresholds', language)}\n")
    for limit in report.thresholds:
        mark = "✓" if limit.complete else "✗"
        stream.write(f"  {mark} {limit.rule}: {limit.fact} {limit.threshold}: {_sides(limit)}  {limit.location}\n")
    stream.write(f"\n{_say('articles', language)}\n")
    for place in article_coverage(report.rules):
        stream.write(f"  {place.document}, {place.locator}: {place.tested} / {place.rules}\n")
    stream.write("\n")


def _rule_counts(rule: RuleCoverage, language: str) -> str:
    return ", ".join(f"{_say(word, language)} {count}" for word, count in rule.counts)


def _sides(threshold: ThresholdCoverage) -> str:
    return " ".join(
        {True: "✓", False: "✗", None: "–"}[side] for side in (threshold.below, threshold.at, threshold.above)
    )


def _say(word: str, language: str, **arguments: object) -> str:
    return WORDS[word][language].format(**arguments)
