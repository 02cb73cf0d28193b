"""A test for each side of a threshold on which no test stands, added to the tests beside the policy."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

from engine.base.diagnostics import Problems
from engine.base.documents import Document
from engine.base.words import words
from engine.core.policy.conditions import evaluate, leaves, operand_value, ready
from engine.core.policy.live import chosen, live_rules, on_day, regime
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import Comparison, Literals, ParameterReference, Reading, Rule
from engine.core.policy.terms import Fact, Greatest, Least, Percent, Sum
from engine.core.policy.values import Misfit, rank, written
from engine.editor.edits import ItemAdded, edited
from engine.editor.fixes import Fix
from engine.editor.places import difference
from engine.editor.trials import Tried
from engine.editor.workspace import Workspace
from engine.load.policies.folders import TEST_SUFFIX
from engine.study.coverage import ThresholdCoverage
from engine.study.policy_test import read_test
from engine.study.policy_test_cases import PolicyTest, Tested

SAYS = words("editor", "untested")
SIDES = ("below", "at", "above")


def untested_sides(
    workspace: Workspace, path: Path, lines: range, tried: Mapping[str, Tried], language: str
) -> tuple[Fix, ...]:
    """A fix for each untested side of the thresholds on some lines of a policy file. What a test expects is what the
    rule gives at present: whoever adds it has to see whether that is meant."""
    known = workspace.library
    lacking: list[Fix] = []
    for outcome in tried.values():
        for threshold in outcome.thresholds:
            place = threshold.location
            if known is not None and place.file == str(path) and place.line in lines:
                lacking += _fixes_of(workspace, path, known, threshold, language)
    return tuple(lacking)


def _fixes_of(
    workspace: Workspace, path: Path, known: Library, threshold: ThresholdCoverage, language: str
) -> Iterator[Fix]:
    tests = workspace.files.get(path.with_name(path.name.removesuffix(".yaml") + TEST_SUFFIX))
    regulation = known.regulations.get(threshold.regulation)
    if tests is None or tests.document is None or regulation is None:
        return
    rule = next((rule for rule in all_rules(regulation) if rule.name == threshold.rule), None)
    for side, tested in zip(SIDES, (threshold.below, threshold.at, threshold.above), strict=True):
        if rule is None or tested is not False:
            continue
        fact = known.vocabulary.facts[threshold.fact]
        item = _test(known, regulation, rule, threshold, side)
        if item is None:
            continue
        name = {spoken: _says(f"name_{side}", regulation, fact, threshold, spoken) for spoken in ("vi", "en")}
        item["name"] = _unlike_others(name, rule, tests.document)
        try:
            text = edited(str(tests.path), tests.text, ItemAdded(("tests",), item))
        except Problems:
            continue
        yield Fix(
            _says(f"add_{side}", regulation, fact, threshold, language), {tests.path: difference(tests.text, text)}
        )


def _unlike_others(name: dict[str, str], rule: Rule, tests: Document) -> dict[str, str]:
    """The name of a test, and if another test of the file has it, with the rule that it is about."""
    items = tests.data.get("tests") if isinstance(tests.data, dict) else None
    others = [item.get("name") for item in items or () if isinstance(item, dict)]
    taken = {text for other in others for text in (other.values() if isinstance(other, dict) else [other])}
    if taken.isdisjoint(name.values()):
        return name
    return {spoken: f"{text} ({rule.label[spoken]})" for spoken, text in name.items()}


def _says(word: str, regulation: Regulation, fact: Fact, threshold: ThresholdCoverage, language: str) -> str:
    """A sentence about a side of a threshold, which calls a parameter and an option by their labels."""
    shown = threshold.threshold
    name, _, value = shown.partition(" ")
    if name in regulation.parameters:
        shown = f"“{regulation.parameters[name].label[language]}” {value}"
    options = {written(option): f"“{label[language]}”" for option, label in fact.options}
    return SAYS[word][language].format(fact=fact.label[language], threshold=options.get(shown, shown))


def _test(
    known: Library, regulation: Regulation, rule: Rule, threshold: ThresholdCoverage, side: str
) -> dict[str, Any] | None:
    """A test in which the fact stands on that side, with what the rule gives there; None if none was found."""
    leaf = next((leaf for leaf, _ in leaves(rule.condition) if leaf.location == threshold.location), None)
    fact = known.vocabulary.facts[threshold.fact]
    if not isinstance(leaf, Comparison):
        return None
    limit = _limit(regulation, leaf, fact)
    given = None if limit is None else _given(fact, limit, side, known)
    readings = (*rule.under, *_readings_of_rung(regulation, rule))
    choices = {str(reading.interpretation): str(reading.options[0]) for reading in readings}
    kind = next(
        (kind.id for kind in regulation.kinds.values() if kind.is_leaf
         and rule in live_rules(regulation, kind.id, chosen(regulation, choices))), None,
    )  # fmt: skip
    if given is None or kind is None:
        return None
    ids = [other.id for other in all_rules(regulation)]
    named = rule.id if ids.count(rule.id) == 1 else rule.name
    item: dict[str, Any] = {"name": "?", "subject": kind}
    item |= {"interpretations": choices} if choices else {}
    item |= {"given": given, "expect": {"holds": [named]}}
    status = _status(known, regulation, rule, item, (fact, limit, side))
    if status is None:
        return None
    return {**item, "expect": {"holds" if status else "fails": [named]}}


def _limit(regulation: Regulation, leaf: Comparison, fact: Fact) -> Any:
    match leaf.operand:
        case ParameterReference(name):
            plain = on_day(regulation.parameters[name], regulation.in_force_from)
        case Literals(values):
            plain = values[0]
        case _:
            return None
    try:
        return operand_value(plain, fact) if plain is not None else None
    except Misfit:
        return None


def _given(fact: Fact, limit: Any, side: str, known: Library) -> dict[str, Any] | None:
    """The facts that put one on a side of a limit, as a test writes them."""
    value = _beside(fact, limit, side)
    if value is None:
        return None
    match fact.derived:
        case None:
            return {fact.name: _plain(value)}
        case Percent(of=of, part=part):
            scale = 1 if Fraction(value).denominator == 1 else 10
            return {str(of): 100 * scale, str(part): _plain(Fraction(value) * scale)}
        case Sum(of=parts):
            return {str(parts[0]): _plain(value), **dict.fromkeys(map(str, parts[1:]), 0)}
        case Least(of=parts) | Greatest(of=parts):
            return dict.fromkeys(map(str, parts), _plain(value))
    return None


def _beside(fact: Fact, limit: Any, side: str) -> Any:
    """A value below a limit, at it or above it, within the bounds of the fact; None if there is none."""
    step = SIDES.index(side) - 1
    match fact.form:
        case "text":
            index = rank(limit, fact) + step
            return fact.options[index][0] if 0 <= index < len(fact.options) else None
        case "date":
            value: Any = limit + timedelta(days=step)
        case "integer":
            value = limit if not step else ceil(limit) - 1 if step < 0 else floor(limit) + 1
        case _:
            value = limit + step
    least, most = fact.minimum, fact.maximum
    inside = (least is None or value >= least) and (most is None or value <= most)
    return value if inside else None


def _plain(value: Any) -> Any:
    """A value as YAML writes it."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value if isinstance(value, int | str) else written(value)


def _readings_of_rung(regulation: Regulation, rule: Rule) -> Iterator[Reading]:
    """The readings under which the rung of a criterion exists."""
    for ladder in regulation.ladders:
        for rung in ladder.rungs:
            if any(criterion.rule is rule for criterion in rung.criteria):
                yield from rung.under


def _status(
    known: Library, regulation: Regulation, rule: Rule, item: dict[str, Any], wanted: tuple[Fact, Any, str]
) -> bool | None:
    """What the rule gives in the case of a test; None if that is unknown, or the fact does not stand where wanted."""
    document = Document("", "", {"tests": [item]}, places={})
    test = PolicyTest(Tested(known, regulation), document, ("tests", 0), item)
    cases, problems = read_test(test)
    fact, limit, side = wanted
    if problems or rule.condition is None or fact.name not in cases[0].values:
        return None
    case = cases[0]
    value, threshold = rank(case.values[fact.name], fact), rank(limit, fact)
    stands = "at" if value == threshold else "below" if value < threshold else "above"
    if stands != side:
        return None
    day = regime(regulation, case.as_of)
    condition = ready(rule.condition, known.vocabulary, regulation.parameters, day)
    return evaluate(condition, known.vocabulary.facts, case.values, case.evidence_named)
