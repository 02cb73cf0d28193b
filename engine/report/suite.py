"""Reports of policy tests: text for a person, JSON and JUnit for programs, and the tables of coverage."""

import json
import re
from collections.abc import Iterable
from typing import Any, TextIO
from xml.etree import ElementTree

from engine.base.diagnostics import Diagnostic
from engine.base.files import texts_of
from engine.base.findings import first_of_each_file
from engine.base.words import words
from engine.report.diagnostics import render, to_json
from engine.study.coverage import RuleCoverage, ThresholdCoverage, article_coverage
from engine.study.policy_test import Failure
from engine.study.suite import Report, TestResult

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
WORDS = words("suite")


def write_report(report: Report, language: str, stream: TextIO, *, coverage: bool = False) -> None:
    """Failures with expected, got and the rules concerned, rules without a test, and one line that counts."""
    every = (*report.diagnostics, *(one for each in report.results for one in each.diagnostics))
    diagnostics = list(first_of_each_file(every))
    if diagnostics:
        stream.write(render(diagnostics, language, texts_of(one.location.file for one in diagnostics)) + "\n\n")
    for result in report.results:
        for failure in result.failures:
            stream.write(f"{failure.location}: {result.name}\n    {failure.what}\n")
            width = max(len(_say(word, language)) for word in ("expected", "got"))
            for word, text in (("expected", failure.expected), ("got", failure.got)):
                stream.write(f"    {_say(word, language):{width}}: {text}\n")
            for name, place in failure.rules:
                stream.write(f"    {_say('rule', language)} `{name}`: {place}\n")
    for one in report.lacking:
        what = ", ".join(_say(word, language) for word in one.lacking)
        stream.write(f"{one.location}: {_say('lacking', language, rule=one.rule, what=what)}\n")
    if coverage:
        _write_coverage(report, language, stream)
    stream.write(_say("summary", language, **_counts(report)) + "\n")


def write_json(report: Report, language: str, stream: TextIO) -> None:
    """Everything as one object: tests, faults, rules, thresholds and articles."""
    document = {
        "passed": report.passed,
        **_counts(report),
        "results": [
            {
                "name": one.name,
                "file": one.location.file,
                "line": one.location.line,
                "passed": one.passed,
                "failures": [_failure(each) for each in one.failures],
                "diagnostics": to_json(one.diagnostics, language),
            }
            for one in report.results
        ],
        "diagnostics": to_json(report.diagnostics, language),
        "coverage": {
            "rules": [
                {
                    "regulation": one.regulation,
                    "rule": one.rule,
                    "file": one.location.file,
                    "line": one.location.line,
                    **dict(one.counts),
                    "lacking": list(one.lacking),
                }
                for one in report.rules
            ],
            "thresholds": [
                {
                    "regulation": one.regulation,
                    "rule": one.rule,
                    "fact": one.fact,
                    "threshold": one.threshold,
                    "file": one.location.file,
                    "line": one.location.line,
                    "below": one.below,
                    "at": one.at,
                    "above": one.above,
                }
                for one in report.thresholds
            ],
            "articles": [
                {
                    "regulation": one.regulation,
                    "document": one.document,
                    "locator": one.locator,
                    "rules": one.rules,
                    "tested": one.tested,
                }
                for one in article_coverage(report.rules)
            ],
        },
    }
    json.dump(document, stream, ensure_ascii=False, indent=2)
    stream.write("\n")


def write_junit(report: Report, language: str, stream: TextIO) -> None:
    """The XML that CI servers read: a suite a file, a case a test; rules without a test as a suite of their own."""
    root = ElementTree.Element("testsuites")
    files = dict.fromkeys(one.location.file for one in report.results)
    for file in files:
        _suite(root, file, [one for one in report.results if one.location.file == file], language)
    others = [(one.code, str(one.location), [_message(one, language)]) for one in report.diagnostics]
    others += [
        (one.rule, str(one.location), [_say("lacking", language, rule=one.rule, what=", ".join(one.lacking))])
        for one in report.lacking
    ]
    if others:
        count = str(len(others))
        suite = ElementTree.SubElement(root, "testsuite", name="policies", tests=count, failures=count)
        for name, place, texts in others:
            _case(suite, name, place, texts)
    for one in root.iter():
        one.text = _for_xml(one.text) if one.text else None
        one.attrib |= {name: _for_xml(value) for name, value in one.attrib.items()}
    ElementTree.indent(root)
    stream.write(ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n")


def _for_xml(text: str) -> str:
    """XML has no way to write most control characters, nor names of files that are not UTF-8."""
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _suite(root: ElementTree.Element, file: str, results: Iterable[TestResult], language: str) -> None:
    results = list(results)
    failed = sum(not one.passed for one in results)
    suite = ElementTree.SubElement(root, "testsuite", name=file, tests=str(len(results)), failures=str(failed))
    for one in results:
        texts = [
            f"{each.what}: {_say('expected', language)} {each.expected}; {_say('got', language)} {each.got}"
            for each in one.failures
        ]
        _case(suite, one.name, str(one.location), texts + [_message(each, language) for each in one.diagnostics])


def _case(suite: ElementTree.Element, name: str, place: str, failures: list[str]) -> None:
    case = ElementTree.SubElement(suite, "testcase", name=name, classname=suite.get("name", ""), file=place)
    for text in failures:
        ElementTree.SubElement(case, "failure", message=text).text = f"{place}: {text}"


def _message(one: Diagnostic, language: str) -> str:
    return f"{one.location}: {one.code}: {one.message(language)}"


def _failure(one: Failure) -> dict[str, Any]:
    return {
        "what": one.what,
        "expected": one.expected,
        "got": one.got,
        "file": one.location.file,
        "line": one.location.line,
        "rules": [{"rule": name, "file": place.file, "line": place.line} for name, place in one.rules],
    }


def _counts(report: Report) -> dict[str, int]:
    failed = sum(not one.passed for one in report.results)
    return {"tests": len(report.results), "failed": failed, "lacking": len(report.lacking)}


def _write_coverage(report: Report, language: str, stream: TextIO) -> None:
    stream.write(f"\n{_say('rules', language)}\n")
    for one in report.rules:
        stream.write(f"  {'✓' if not one.lacking else '✗'} {one.rule}: {_rule_counts(one, language)}\n")
    stream.write(f"\n{_say('thresholds', language)}\n")
    for each in report.thresholds:
        mark = "✓" if each.complete else "✗"
        stream.write(f"  {mark} {each.rule}: {each.fact} {each.threshold}: {_sides(each)}  {each.location}\n")
    stream.write(f"\n{_say('articles', language)}\n")
    for place in article_coverage(report.rules):
        stream.write(f"  {place.document}, {place.locator}: {place.tested} / {place.rules}\n")
    stream.write("\n")


def _rule_counts(one: RuleCoverage, language: str) -> str:
    return ", ".join(f"{_say(word, language)} {count}" for word, count in one.counts)


def _sides(one: ThresholdCoverage) -> str:
    return " ".join({True: "✓", False: "✗", None: "–"}[side] for side in (one.below, one.at, one.above))


def _say(word: str, language: str, **arguments: object) -> str:
    return WORDS[word][language].format(**arguments)
