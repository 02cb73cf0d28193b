"""What z3 answers, against all cases of random small policies made one by one and judged as they are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from support.random_policies import CONDITIONS, SOURCE, TEXT, every_case, libraries

from engine.core.judge.case import Case, Subject
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Value
from engine.proof.answers import Broken, SaysNothing, Unbroken, Unreached
from engine.proof.breaking import Judged, breaks, is_complete, reaches
from engine.proof.counting import Counted
from engine.proof.properties import (
    Always,
    Claim,
    Disjoint,
    Independent,
    Monotone,
    Never,
    Outcomes,
    Property,
    Reachable,
    Total,
)
from engine.proof.solving import Prover
from engine.proof.space import Space, moved_facts, overlaps, spaces, targets
from engine.study.reasoner import Reasoner, outcome_of

READINGS: Sequence[Mapping[str, str]] = ({"strictness": "lenient"}, {"strictness": "strict"})
OUTCOMES = ["gold", "silver", "bronze", "tin", "undetermined", "none"]
FACTS = ["fault", "days", "given", "done", "share", "sum", "mark", "tags"]
ONE_FACT = st.sampled_from([(fact,) for fact in FACTS])
LISTED = st.builds(Outcomes, st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=4).map(tuple))
CLAIMS: st.SearchStrategy[Claim] = st.one_of(
    st.builds(Never, LISTED),
    st.builds(Always, LISTED),
    st.just(Total((), ())),
    st.builds(lambda of: Disjoint(of, ()), st.sampled_from(["bars", "bars_and_rungs", "rungs"])),
    st.builds(Monotone, ONE_FACT, st.sampled_from(["never_worse", "never_better"])),
    st.builds(Independent, ONE_FACT, st.sampled_from([None, "r0"])),
    st.just(Reachable(None, None, ())),
)  # fmt: skip


class Enumeration:
    """All cases of a space under both readings, judged."""

    def __init__(self, library: Library, space: Space) -> None:
        self.space = space
        self.reasoners = [Reasoner(library, dict(readings)) for readings in READINGS]
        self.judged: list[dict[tuple[object, ...], tuple[Mapping[str, Value], Judged]]] = []
        for readings, reasoner in zip(READINGS, self.reasoners, strict=True):
            counted = Counted(space, readings, tuple(FACTS), 0, 0)
            kept: dict[tuple[object, ...], tuple[Mapping[str, Value], Judged]] = {}
            for stated in every_case():
                case = counted.judged({"evidence.done": True, **stated})
                if case is None:
                    continue
                case = replace(case, evidence={"done": bool(stated["evidence.done"])})
                if not is_complete(space, case):
                    case = replace(case, possible=self._range(reasoner, case))
                kept[tuple(stated.values())] = (stated, case)
            self.judged.append(kept)

    def _range(self, reasoner: Reasoner, case: Judged) -> frozenset[str]:
        """What evaluation leaves possible if a percentage is of zero."""
        evidence = {"done": ("x",) if case.evidence["done"] else ()}
        subject = Subject("person", "S", None, None, {})
        whole = Case(
            "T", "", self.space.regulation.id, TEXT, "2024", "2024", self.space.day, subject, case.values, evidence,
            None, {}, None, "",
        )  # fmt: skip
        return frozenset(outcome_of(reasoner.decide(whole).decision))

    def breaking(self, item: Property) -> Iterator[tuple[int, Mapping[str, Value]]]:
        """The readings by number, and the first case, for all that breaks a property."""
        for number, readings in enumerate(READINGS):
            for stated, case in self.judged[number].values():
                for about, cases in self._in_question(item, number, stated, case):
                    if breaks(self.space, item, cases, readings, about):
                        yield number, stated

    def _in_question(
        self, item: Property, number: int, stated: Mapping[str, Value], case: Judged
    ) -> Iterator[tuple[tuple[str, ...], tuple[Judged, ...]]]:
        match item.claim:
            case Monotone((fact,)) | Independent((fact,)):
                for other in self._moved(number, stated, fact):
                    if isinstance(item.claim, Independent) or _is_more(self.space, fact, case, other):
                        yield (fact,), (case, other)
            case Disjoint():
                yield from ((pair, (case,)) for pair in overlaps(self.space, item.claim))
            case _:
                yield (), (case,)

    def _moved(self, number: int, stated: Mapping[str, Value], fact: str) -> Iterator[Judged]:
        parts = sorted(moved_facts(self.space.vocabulary, fact))
        names = list(stated)
        options = [sorted({key[names.index(part)] for key in self.judged[number]}, key=str) for part in parts]  # type: ignore[type-var]
        for chosen in product(*options):
            other = {**stated, **dict(zip(parts, chosen, strict=True))}
            if other != stated and tuple(other.values()) in self.judged[number]:
                yield self.judged[number][tuple(other.values())][1]


def _is_more(space: Space, name: str, before: Judged, after: Judged) -> bool:
    """By the parts, none of which is less; so that a sum is not more by one part while another is less."""
    if name not in before.values or name not in after.values:
        return False
    pairs = [(before.values[part], after.values[part]) for part in {name, *moved_facts(space.vocabulary, name)}]
    places = {"red": 0, "amber": 1, "green": 2}
    ranked = [
        (places.get(now, now), places.get(then, then)) if isinstance(now, str) else (now, then) for now, then in pairs
    ]
    return all(now <= then for now, then in ranked) and before.values[name] != after.values[name]  # type: ignore[operator]


def _property(claim: Claim, when: object) -> Property:
    return Property("one", "one", TEXT, SOURCE, claim=claim, when=when)  # type: ignore[arg-type]


@given(library=libraries(), claim=CLAIMS, when=st.one_of(st.none(), CONDITIONS))
@settings(max_examples=25, phases=[Phase.generate])
def test_the_solver_answers_as_all_cases_do(library: Library, claim: Claim, when: object) -> None:
    regulation = library.regulations["small"]
    item = _property(claim, when)
    answer = Prover(library, regulation).answer(item, 60.0, lambda done: None)
    (space, *_) = spaces(library, regulation)
    all_cases = Enumeration(library, space)
    if isinstance(claim, Reachable):
        reached = {
            name
            for name in targets(space, claim)
            for number, readings in enumerate(READINGS)
            for _, case in all_cases.judged[number].values()
            if is_complete(space, case) and _shows(space, name, case) and reaches(space, item, case, readings, [name])
        }
        missing = {name for name, _ in answer.missing} if isinstance(answer, Unreached) else set()
        assert missing == set(targets(space, claim)) - reached
        return
    first = next(all_cases.breaking(item), None)
    assert isinstance(answer, Unbroken | SaysNothing | Broken)
    assert isinstance(answer, Broken) is (first is not None)


def _shows(space: Space, name: str, case: Judged) -> bool:
    """Does the record of a case show whether it reaches a rule?"""
    if name not in space.by_name:
        return True
    role = space.by_name[name].rule.role
    if role == "exemption":
        return True
    return "not_reviewed" not in case.possible and (role == "trigger" or "not_graded" not in case.possible)


@given(library=libraries(), outcome=st.sampled_from(OUTCOMES[:5]), when=CONDITIONS)
@settings(max_examples=12, phases=[Phase.generate])
def test_the_case_that_breaks_a_property_is_the_smallest(library: Library, outcome: str, when: object) -> None:
    regulation = library.regulations["small"]
    item = _property(Never(Outcomes((outcome,))), when)
    answer = Prover(library, regulation).answer(item, 60.0, lambda done: None)
    assume(isinstance(answer, Broken))
    assert isinstance(answer, Broken)
    (space, *_) = spaces(library, regulation)
    asked = set(space.asked) | {"done", "given", "days"}
    sizes = [_size(stated, number, asked) for number, stated in Enumeration(library, space).breaking(item)]
    (sample,) = answer.samples
    number = READINGS.index({"strictness": sample.readings.get("strictness", "lenient")})
    evidence = {f"evidence.{name}": named for name, named in sample.evidence.items()}
    # What no rule looks at is not stated, and its bounds bind nobody: some cases are smaller than all that are made.
    assert _size({**sample.values, **evidence}, number, asked) <= min(sizes)


TYPICAL: Mapping[str, Value] = {
    "fault": False, "days": 1, "given": 3, "done": 3, "mark": "green", "tags": frozenset(), "evidence.done": True,
}  # fmt: skip


def _size(stated: Mapping[str, Value], number: int, asked: set[str]) -> int:
    unusual = sum(stated.get(name, usual) != usual for name, usual in TYPICAL.items())
    return unusual + 3 * number + (6 if stated.get("given", 3) == 0 and "share" in asked else 0)
