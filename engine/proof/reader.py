"""`*.properties.yaml` -> the properties of each regulation and local layer, or everything wrong with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import Document
from engine.base.yaml_text import read_yaml
from engine.core.judge.case import COHORT_ATTRIBUTES
from engine.core.policy.conditions import ready
from engine.core.policy.live import changes
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import Condition
from engine.core.rules.domains import TooWide, domain, observables, regions
from engine.load.policies.check_regulation import RegulationCheck
from engine.load.policies.conditions import parse_condition, parse_under
from engine.load.policies.folders import properties_files
from engine.load.policies.library import misfits_of_file, regulation_of
from engine.load.policies.names import place_of, unknown_fact, unknown_name
from engine.load.policies.node import Node, label_of, parse_source
from engine.proof.properties import (
    Always,
    Between,
    Claim,
    Disjoint,
    Group,
    Independent,
    KnownFailure,
    Monotone,
    Never,
    Outcomes,
    Property,
    Reachable,
    Total,
    every_outcome,
    outcomes_named,
)

if TYPE_CHECKING:
    from engine.core.policy.terms import PeriodKind, Text

KIND = "properties"


@dataclass(frozen=True)
class Properties:
    """The properties of a library by the id of their regulation or local layer, and what is wrong with their files."""

    by_regulation: Mapping[str, tuple[Property, ...]]
    problems: tuple[Diagnostic, ...] = ()


def read_properties(library: Library, folder: Path) -> Properties:
    """The properties below a policies folder. A property with a mistake is left out."""
    properties: dict[str, list[Property]] = {name: [] for name in library.regulations}
    problems: list[Diagnostic] = []
    for file in properties_files(folder):
        try:
            document = read_yaml(file)
        except Problems as unread:
            problems += unread.diagnostics
            continue
        regulation = regulation_of(file, library, folder)
        for item in properties_of(document, library, regulation, problems):
            properties[item.layer].append(item)
    problems.sort(key=lambda problem: (problem.location, problem.code))
    return Properties({name: tuple(items) for name, items in properties.items()}, tuple(dict.fromkeys(problems)))


def check_properties(document: Document, library: Library, regulation: Regulation | None) -> tuple[Diagnostic, ...]:
    """Everything wrong with one file of properties (of no regulation if it lies in no regulation's folder)."""
    problems: list[Diagnostic] = []
    properties_of(document, library, regulation, problems)
    return tuple(dict.fromkeys(problems))


def properties_of(
    document: Document, library: Library, regulation: Regulation | None, problems: list[Diagnostic]
) -> list[Property]:
    """The properties of a document; what is wrong with it is added to `problems`.

    `regulation`: whose properties they are, None if the file lies in no folder of a regulation."""
    if misfits := misfits_of_file(Path(document.file), KIND, document):
        problems += misfits
        return []
    if regulation is None:
        problems.append(diagnostic("property/outside-regulation", document.location()))
        return []
    check = PropertyCheck(RegulationCheck(library.vocabulary, regulation), library)
    published = {publication.id: publication.url for publication in regulation.publications}
    root = Node(document, document.data, (), published)
    sound: dict[str, Property] = {}
    for node in root.items("properties"):
        parsed = parse_property(node, root.data["id"], regulation.id)
        if parsed.id in sound:
            first = sound[parsed.id].location
            about = {"id": parsed.id, "first": f"{first.file}:{first.line}"}
            problems.append(diagnostic("rule/duplicate-id", parsed.location, **about))
            continue
        wrong = [*_unknown_publication(node), *check.problems(parsed)]
        problems += wrong
        if not wrong:
            sound[parsed.id] = replace(parsed, claim=_in_full(parsed.claim, regulation))
    return list(sound.values())


def _in_full(claim: Claim, regulation: Regulation) -> Claim:
    """A claim with the full names of the rules that it names; an id may be that of rules of several files."""
    names: dict[str, list[str]] = {}
    for rule in all_rules(regulation):
        for name in dict.fromkeys((rule.id, rule.name)):
            names.setdefault(name, []).append(rule.name)

    def full(listed: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for written in listed for name in names.get(written, [written])))

    match claim:
        case Total():
            return replace(claim, gaps=full(claim.gaps))
        case Disjoint():
            of_rules = full(claim.of) if isinstance(claim.of, tuple) else claim.of
            return replace(claim, of=of_rules, meant=full(claim.meant))
        case Independent(of=str() as of):
            return replace(claim, of=names[of][0])
        case Reachable():
            rules = None if claim.rules is None else full(claim.rules)
            return replace(claim, rules=rules, unless=full(claim.unless))
        case _:
            return claim


# --- parsing ----------------------------------------------------------------------------------------------------


def parse_property(node: Node, file_id: str, layer: str) -> Property:
    """One item of `properties`. `file_id`: the id of its file; `layer`: the regulation that it is about."""
    ((kind, body),) = node.pairs("must")
    failure = node.get("known_failure")
    return Property(
        id=node.data["id"],
        name=f"{file_id}.{node.data['id']}",
        label=label_of(node),
        source=parse_source(node["source"]),
        layer=layer,
        claim=_claim(kind, body),
        applies_to=node.texts("applies_to"),
        periods=cast("tuple[PeriodKind, ...]", node.texts("periods")),
        under=parse_under(node),
        when=_optional_condition(body, "when"),
        known_failure=_known_failure(failure) if failure else None,
        location=node.location,
    )


def _claim(kind: str, body: Node) -> Claim:
    data = body.data
    match kind:
        case "never":
            return Never(_outcomes(body["outcome"]))
        case "always":
            return Always(_outcomes(body["outcome"]))
        case "total":
            return Total(body.texts("except"), body.texts("gaps"))
        case "disjoint":
            of = body.texts("of") if isinstance(data["of"], list) else data["of"]
            return Disjoint(of, body.texts("except"))
        case "monotone":
            return Monotone(body.texts("facts"), data["more"])
        case "independent":
            return Independent(body.texts("facts"), body.name("of") if "of" in data else None)
        case "reachable":
            return Reachable(_all_or(body, "grades"), _all_or(body, "rules"), body.texts("except"))
        case "between":
            return Between(body.name("regulation"), data["relation"], _optional_condition(body, "except"))
        case _:
            quota, link = (body.name(key) if key in data else None for key in ("quota", "link"))
            return Group(data["holds"], quota, link, data.get("by"), data.get("up_to"))


def _outcomes(node: Node) -> Outcomes:
    match node.data:
        case str():
            return Outcomes((next(node.below([node.data]).names()),), location=node.location)
        case list():
            return Outcomes(tuple(node.names()), location=node.location)
        case _:
            at_least, at_most = (node.name(key) if key in node.data else None for key in ("at_least", "at_most"))
            return Outcomes((), at_least, at_most, location=node.location)


def _all_or(node: Node, key: str) -> tuple[str, ...] | None:
    return None if node.data.get(key) == "all" else node.texts(key)


def _optional_condition(node: Node, key: str) -> Condition | None:
    below = node.get(key)
    return None if below is None else parse_condition(below)


def _known_failure(node: Node) -> KnownFailure:
    return KnownFailure(label_of(node, "reason"), _optional_condition(node, "when"), location=node.location)


def _unknown_publication(node: Node) -> Iterator[Diagnostic]:
    cite = node["source"].get("cite")
    if cite is not None:
        yield from unknown_name("publication/unknown", cite.data, node.published, cite.location)


# --- checking ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PropertyCheck:
    """Looks up every name of a property, and refuses one that could not be false."""

    of_regulation: RegulationCheck
    library: Library

    def problems(self, item: Property) -> Iterator[Diagnostic]:
        """Everything wrong with one property, in the order of its keys."""
        check = self.of_regulation
        for kind in item.applies_to:
            yield from check.known_kind(kind, item.location)
        yield from check.under(item.under)
        yield from self._when(item.when, item)
        yield from self._claim(item)
        yield from self._when(item.known_failure.when if item.known_failure else None, item)
        yield from check.source(item.source)

    def _when(self, condition: Condition | None, item: Property) -> Iterator[Diagnostic]:
        """What is wrong with a condition on the cases in question, or that no case can meet it on any day."""
        wrong = list(self.of_regulation.condition(condition))
        yield from wrong
        if condition is None or wrong:
            return
        vocabulary, regulation = self.of_regulation.vocabulary, self.of_regulation.regulation
        for day in changes(regulation):
            ready_condition = ready(condition, vocabulary, regulation.parameters, day)
            domains = {
                observable: domain(observable, vocabulary.facts[observable.fact], constants)
                for observable, constants in observables([ready_condition]).items()
            }
            try:
                if regions(ready_condition, domains):
                    return
            except TooWide:
                return
        yield diagnostic("property/never-applies", condition.location, id=item.id)

    def _claim(self, item: Property) -> Iterator[Diagnostic]:
        regulation, claim, place = self.of_regulation.regulation, item.claim, item.location
        match claim:
            case Never(outcomes) | Always(outcomes):
                yield from self._outcomes(item, outcomes)
            case Total(interpretations, gaps):
                known = [interpretation.id for interpretation in regulation.interpretations]
                for name in interpretations:
                    yield from unknown_name("interpretation/unknown", name, known, place)
                gap_rules = [gap for ladder in regulation.ladders for gap in ladder.otherwise.gaps]
                yield from self._rules(gaps, "gaps", [name for gap in gap_rules for name in (gap.id, gap.name)], place)
            case Disjoint(of, meant):
                yield from self._rules(of if isinstance(of, tuple) else (), "of", self._rule_names(), place)
                yield from self._rules(meant, "except", self._rule_names(), place)
            case Monotone(facts):
                yield from self._facts(facts, (), place)
            case Independent():
                yield from self._independent(claim, place)
            case Reachable(grades, rules, unless):
                for grade in grades or ():
                    yield from self._grade(grade, place)
                yield from self._rules(rules or (), "rules", self._rule_names(), place)
                known = [*self._rule_names(), *every_outcome(self._grades())]
                yield from self._rules(unless, "except", known, place)
            case Between():
                yield from self._between(claim, place)
            case Group(_, quota, link):
                quotas, links = [known.id for known in regulation.quotas], [known.id for known in regulation.links]
                yield from self._rules((quota,) if quota else (), "quota", quotas, place)
                yield from self._rules((link,) if link else (), "link", links, place)

    def _independent(self, claim: Independent, place: Location) -> Iterator[Diagnostic]:
        regulation, of = self.of_regulation.regulation, claim.of
        attributes = ("id", *COHORT_ATTRIBUTES, *(relation.id for relation in regulation.relations))
        yield from self._facts(claim.facts, [f"subject.{name}" for name in attributes], place)
        if of is None:
            return
        yield from self._rules((of,), "of", self._rule_names(), place)
        named = [rule.name for rule in all_rules(regulation) if of in (rule.id, rule.name)]
        if len(named) > 1:
            yield diagnostic("property/ambiguous-name", place_of(of, place), name=of, known=", ".join(named))

    def _between(self, claim: Between, place: Location) -> Iterator[Diagnostic]:
        regulation, other = self.of_regulation.regulation, claim.regulation
        known = [name for name in self.library.regulations if name != regulation.id]
        yield from unknown_name("regulation/unknown", other, known, place)
        there = self.library.regulations[other].grades if other in known else regulation.grades
        if [grade.id for grade in there] != [grade.id for grade in regulation.grades]:
            yield diagnostic("property/other-grades", place_of(other, place), other=other, id=regulation.id)
        yield from self.of_regulation.condition(claim.unless)

    def _outcomes(self, item: Property, outcomes: Outcomes) -> Iterator[Diagnostic]:
        names = [*outcomes.listed, *(name for name in (outcomes.at_least, outcomes.at_most) if name)]
        wrong = [problem for name in names for problem in self._grade(name, outcomes.location)]
        yield from wrong
        if wrong:
            return
        grades = self._grades()
        named = outcomes_named(outcomes, grades)
        if isinstance(item.claim, Always) and named == every_outcome(grades):
            yield diagnostic("property/cannot-fail", outcomes.location, id=item.id)

    def _grades(self) -> tuple[str, ...]:
        return tuple(grade.id for grade in self.of_regulation.regulation.grades)

    def _grade(self, name: str, place: Location) -> Iterator[Diagnostic]:
        if name not in every_outcome(()):
            yield from self.of_regulation.known_grade(name, place_of(name, place))

    def _rule_names(self) -> list[str]:
        rules = all_rules(self.of_regulation.regulation)
        return [name for rule in rules for name in (rule.id, rule.name)]

    def _rules(self, names: Iterable[str], key: str, known: Sequence[str], place: Location) -> Iterator[Diagnostic]:
        rules = all_rules(self.of_regulation.regulation)
        labels: dict[str, Text] = {rule.id: rule.label for rule in rules}
        for name in names:
            shown = {other: labels[other] for other in known if other in labels}
            for problem in unknown_name("property/unknown-name", name, known, place, shown or None):
                yield diagnostic(problem.code, problem.location, **{**dict(problem.arguments), "key": key})

    def _facts(self, names: Iterable[str], attributes: Sequence[str], place: Location) -> Iterator[Diagnostic]:
        facts = self.of_regulation.vocabulary.facts
        for name in names:
            if name not in facts and name not in attributes:
                yield unknown_fact(name, facts, place, attributes)
