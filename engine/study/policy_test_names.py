"""Names in a policy test that mean nothing. A test that expects something of a rule, a grade or a fact that does not
exist would pass wrongly.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.base.diagnostics import Diagnostic, diagnostic
from engine.core.judge.case import SUBJECT_KEYS
from engine.core.judge.record import UNDETERMINED
from engine.load.policies.names import unknown_fact, unknown_name
from engine.load.policies.spelling import meant_name
from engine.study.policy_test_cases import CaseGroup, Path_, PolicyTest


def unknown_names(test: PolicyTest) -> Iterator[Diagnostic]:
    """Every name in a test that its regulation or the vocabulary does not have, in the order of the test."""
    yield from _unknown_choices(test)
    yield from _unknown_expected(test)
    groups = test.groups()
    whole = CaseGroup(test.data, test.path, 1)
    for group in groups if groups == [whole] else [whole, *groups]:
        yield from _unknown_in_group(test, group)


def _unknown_choices(test: PolicyTest) -> Iterator[Diagnostic]:
    interpretations = test.tested.regulation.interpretations
    known = {interpretation.id: [name for name, _ in interpretation.options] for interpretation in interpretations}
    for name, option in test.switches.items():
        place = test.document.location((*test.path, "interpretations", name))
        yield from unknown_name("interpretation/unknown", name, known, place)
        yield from unknown_name("interpretation/unknown-option", option, known.get(name, [option]), place)


def _unknown_in_group(test: PolicyTest, group: CaseGroup) -> Iterator[Diagnostic]:
    """What the cases of a test name besides the facts given."""
    regulation, facts = test.tested.regulation, test.tested.library.vocabulary.facts
    contents = [rule.id for rule in regulation.review_contents]
    relations = [relation.id for relation in regulation.relations]
    grades = {grade.id: grade.label for grade in regulation.grades}
    location, data, path = test.document.location, group.data, group.path
    subject = data.get("subject")
    for name in subject if isinstance(subject, dict) else ():
        if name not in SUBJECT_KEYS:
            place = location((*path, "subject", name), key=True)
            yield from unknown_name("relation/unknown", name, relations, place)
    for fact in data.get("evidence") or ():
        if fact not in facts:
            yield unknown_fact(fact, facts, location((*path, "evidence", fact), key=True))
    for index, name in enumerate(data.get("review") or ()):
        yield from unknown_name("review-content/unknown", name, contents, location((*path, "review", index)))
    for giver, grade in (data.get("grades") or {}).items():
        if giver != "decided_on" and grade is not None:
            yield from unknown_name("grade/unknown", grade, grades, location((*path, "grades", giver)), grades)


def _unknown_expected(test: PolicyTest) -> Iterator[Diagnostic]:
    regulation, expect = test.tested.regulation, test.data["expect"]
    labels = {grade.id: (grade.label.vi, grade.label.en) for grade in regulation.grades}
    for key, name, known in _expected_names(test, expect):
        if name not in known:
            place = test.document.location(_path_of(test, key, name))
            near = meant_name(name, {other: labels.get(other, ()) for other in known})
            yield diagnostic("test/unknown-name", place, name=name, key=key, suggestion=near)


def _expected_names(test: PolicyTest, expect: Mapping[str, Any]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """(key of `expect`, a name that stands there, the names that may)."""
    regulation, every = test.tested.regulation, test.tested.names
    of_role = test.tested.by_role
    grades = [grade.id for grade in regulation.grades]
    lists = {
        "findings": of_role["trigger"], "bars": of_role["bar"], "review_required": of_role["review_content"],
        "review_left_out": of_role["review_content"], "holds": every, "fails": every, "unknown": every,
        "gaps": of_role["gap"], "missing": test.tested.facts,
    }  # fmt: skip
    for key, known in lists.items():
        yield from ((key, name, known) for name in expect.get(key) or ())
    for grade, names in (expect.get("unmet") or {}).items():
        yield from (("unmet", name, of_role["criterion"]) for name in names)
        yield "unmet", grade, grades
    singles = {
        "exemption": of_role["exemption"], "ungraded": of_role["ungraded"], "grade": [*grades, UNDETERMINED, "none"],
    }  # fmt: skip
    yield from ((key, expect[key], known) for key, known in singles.items() if key in expect)
    bounds = expect.get("range") or {}
    yield from (("range", bounds[bound], grades) for bound in ("lowest", "highest") if bounds.get(bound))
    quotas, links = [quota.id for quota in regulation.quotas], [link.id for link in regulation.links]
    yield from (("quotas", expected["quota"], quotas) for expected in expect.get("quotas") or ())
    yield from (("links", expected["link"], links) for expected in expect.get("links") or ())


def _path_of(test: PolicyTest, key: str, name: str) -> Path_:
    """The path of what is expected under `key`; of the very name, if a list holds it."""
    expected = test.data["expect"].get(key)
    inside = (expected.index(name),) if isinstance(expected, list) and name in expected else ()
    return (*test.path, "expect", key, *inside)
