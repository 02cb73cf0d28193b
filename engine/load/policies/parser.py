"""Schema-valid documents -> the model. Nothing is judged here but ids that occur twice, which the model cannot hold.

Every function takes a `Node`, a value inside a document that knows its place.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar, cast

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.documents import Document
from engine.base.nearness import closest
from engine.core.policy.model import (
    AllOf,
    AnyOf,
    Bar,
    ByReading,
    Citation,
    Comparison,
    Condition,
    Criterion,
    DatedValue,
    EvidenceNamed,
    Grade,
    Interpretation,
    Ladder,
    LegalDocument,
    Link,
    Literals,
    Name,
    NoneOf,
    Operator,
    Otherwise,
    Overlay,
    Parameter,
    ParameterReference,
    Passage,
    PeriodKind,
    Publication,
    Quota,
    Reading,
    Regulation,
    Relation,
    Relief,
    Role,
    Rule,
    Rung,
    Source,
    SourceText,
    SubjectKind,
    Text,
    all_rules,
)

OPERATORS: tuple[Operator, ...] = (
    "is", "is_not", "at_least", "at_most", "more_than", "less_than", "one_of", "none_of",
    "includes", "includes_any", "includes_all",
)  # fmt: skip
T = TypeVar("T")


@dataclass(frozen=True)
class Node:
    """A value in a document, with its path. `node["key"]` goes down; `node.get("key")` is None if it is absent."""

    document: Document
    data: Any
    path: tuple[str | int, ...] = ()
    published: Mapping[str, str] = field(default_factory=dict)
    """The addresses of the publications that the sources of this folder may cite, by id."""

    @property
    def location(self) -> Location:
        return self.document.location(self.path)

    @property
    def key_location(self) -> Location:
        return self.document.location(self.path, key=True)

    def __getitem__(self, key: str) -> "Node":
        return self.below(self.data[key], key)

    def below(self, value: Any, *path: str | int) -> "Node":
        """A value inside this one, by the way to it."""
        return Node(self.document, value, (*self.path, *path), self.published)

    def get(self, key: str) -> "Node | None":
        return self[key] if self.data.get(key) is not None else None

    def items(self, key: str) -> Iterator["Node"]:
        """The members of the list under `key`; none where it is absent."""
        for index, value in enumerate(self.data.get(key) or ()):
            yield self.below(value, key, index)

    def pairs(self, key: str) -> Iterator[tuple[str, "Node"]]:
        for name, value in (self.data.get(key) or {}).items():
            yield name, self.below(value, key, name)

    def texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of texts, as a tuple; empty where absent."""
        value = self.data.get(key)
        if value is None:
            return ()
        return (self.name(key),) if isinstance(value, str) else tuple(self[key].names())

    def name(self, key: str) -> Name:
        """The text under `key`, with its place."""
        return Name(self.data[key], self[key].location)

    def values(self, key: str) -> tuple[object, ...]:
        """One plain value or a list of them, as a tuple; texts with their places."""
        value = self.data[key]
        if isinstance(value, list):
            nodes = [self.below(item, key, index) for index, item in enumerate(value)]
        else:
            nodes = [self[key]]
        return tuple(Name(one.data, one.location) if isinstance(one.data, str) else one.data for one in nodes)

    def names(self) -> Iterator[Name]:
        """The members of a list of texts, each with its place."""
        for index, value in enumerate(self.data):
            yield Name(value, self.below(value, index).location)


# --- parts ------------------------------------------------------------------------------------------------------


def parse_text(node: Node | None) -> Text | None:
    return None if node is None else Text(vi=node.data["vi"], en=node.data["en"])


def label_of(node: Node, key: str = "label") -> Text:
    return cast(Text, parse_text(node[key]))


def parse_day(text: str) -> date:
    """`2024-12-31` -> a day. Raises ValueError where there is no such day."""
    return date.fromisoformat(text)


def _day(node: Node, key: str) -> date | None:
    return parse_day(node.data[key]) if node.data.get(key) else None


def parse_source(node: Node) -> Source:
    data = node.data
    return Source(
        document=node.name("document"),
        locator=data["locator"],
        status=data["status"],
        quotes=node.texts("quote"),
        url=node.published.get(data.get("cite")),
        note=parse_text(node.get("note")),
        location=node.location,
    )


def _optional_source(node: Node) -> Source | None:
    source = node.get("source")
    return None if source is None else parse_source(source)


_JOINS: dict[str, type[AllOf] | type[AnyOf] | type[NoneOf]] = {"all": AllOf, "any": AnyOf, "none": NoneOf}


def parse_condition(node: Node) -> Condition:
    """A `when` or `unless` -> the condition tree."""
    data = node.data
    if "fact" in data:
        operator = next(name for name in OPERATORS if name in data)
        operand = data[operator]
        return Comparison(
            fact=data["fact"],
            operator=operator,
            operand=ParameterReference(node[operator].name("parameter"))
            if isinstance(operand, dict)
            else Literals(node.values(operator)),
            location=node["fact"].location,
            operator_location=node[operator].key_location,
            operand_location=node[operator].location,
        )
    (join,) = data
    parts = tuple(parse_condition(part) for part in node.items(join))
    joined: Condition = _JOINS[join](parts, node.location)
    return joined


def parse_under(node: Node) -> tuple[Reading, ...]:
    return tuple(
        Reading(Name(name, option.key_location), node["under"].texts(name), option.location)
        for name, option in node.pairs("under")
    )


def _all_of(parts: Sequence[Condition], location: Location) -> Condition | None:
    return None if not parts else parts[0] if len(parts) == 1 else AllOf(tuple(parts), location)


def parse_rule(node: Node, role: Role, prefix: str, applies_to: tuple[str, ...]) -> Rule:
    """One rule. `applies_to` is the file's, which the rule may narrow."""
    when, unless, weighed = node.get("when"), node.get("unless"), node.get("discretion")
    asked = parse_condition(when) if when else None
    discretion = _discretion(weighed) if weighed else None
    exceptions = [*([parse_condition(unless)] if unless else []), *([discretion] if discretion else [])]
    exception = (
        exceptions[0] if len(exceptions) == 1 else AnyOf(tuple(exceptions), node.location) if exceptions else None
    )
    evidence = node.texts("requires_evidence")
    parts = [part for part in (asked,) if part] + [
        EvidenceNamed(fact, node["requires_evidence"].location) for fact in evidence
    ]
    place = node.location
    condition = _all_of(parts, place)
    if exception is not None:
        condition = (
            AnyOf((condition, exception) if condition else (exception,), place)
            if role == "criterion"
            else _all_of([part for part in (condition, NoneOf((exception,), place)) if part], place)
        )
    return Rule(
        id=node.data["id"],
        name=f"{prefix}.{node.data['id']}",
        role=role,
        label=label_of(node),
        source=parse_source(node["source"]),
        applies_to=node.texts("applies_to") or applies_to,
        condition=condition,
        when=asked,
        unless=exception,
        requires_evidence=evidence,
        under=parse_under(node),
        periods=cast(tuple[PeriodKind, ...], node.texts("periods")),
        discretion=discretion,
        delegated=node.data.get("delegated", False),
        location=place,
    )


def _discretion(node: Node) -> Condition:
    """Where the authority may weigh, and the fact by which it says that it has lifted the rule."""
    lifted = node["lifted_by"]
    place = lifted.location
    says = Comparison(node.name("lifted_by"), "is", Literals((True,)), place, place, place)
    return AllOf((parse_condition(node["when"]), says), node.location)


# --- policies of a regulation -----------------------------------------------------------------------------------


@dataclass
class _Parts:
    """What the files of one regulation add up to, and the ids that occurred twice."""

    exemptions: list[Rule]
    ungraded: list[Rule]
    review_contents: list[Rule]
    triggers: list[Rule]
    ladders: list[Ladder]
    quotas: list[Quota]
    links: list[Link]
    parameters: dict[str, Parameter]
    source_texts: list[SourceText]
    diagnostics: list[Diagnostic]
    layer: str

    def unique(self, parsed: Iterable[T], key: Callable[[T], str], place: Callable[[T], Location]) -> list[T]:
        """Drop and report those whose id occurred before."""
        seen: dict[str, T] = {}
        for one in parsed:
            if key(one) in seen:
                first = place(seen[key(one)])
                self.diagnostics.append(
                    diagnostic("rule/duplicate-id", place(one), id=key(one), first=f"{first.file}:{first.line}")
                )
            else:
                seen[key(one)] = one
        return list(seen.values())

    def rules(self, nodes: Iterable[Node], role: Role, prefix: str, applies_to: tuple[str, ...]) -> list[Rule]:
        parsed = (replace(parse_rule(node, role, prefix, applies_to), layer=self.layer) for node in nodes)
        return self.unique(parsed, lambda rule: rule.id, lambda rule: rule.location)


def _roots(documents: Sequence[Document]) -> list[Node]:
    """The documents of one folder, which know the publications that its header declares."""
    published = {each["id"]: each["url"] for document in documents for each in document.data.get("publications", ())}
    return [Node(document, document.data, (), published) for document in documents]


def _unknown_publications(roots: Iterable[Node]) -> Iterator[Diagnostic]:
    """Every `cite` that names no publication of the folder."""
    for root in roots:
        for source in _sources(root):
            if (cite := source.get("cite")) is not None and cite.data not in source.published:
                known = ", ".join(source.published)
                near = closest(cite.data, source.published)
                yield diagnostic("publication/unknown", cite.location, name=cite.data, known=known, suggestion=near)


def _sources(node: Node) -> Iterator[Node]:
    match node.data:
        case {"document": _, "locator": _}:
            yield node
        case dict():
            for key, value in node.data.items():
                yield from _sources(node.below(value, key))
        case list():
            for index, value in enumerate(node.data):
                yield from _sources(node.below(value, index))


def parse_regulation(documents: Sequence[Document]) -> tuple[Regulation, list[Diagnostic]]:
    """The documents of one regulation's folder (exactly one of kind `regulation`) -> the regulation and the ids
    that occur twice, as diagnostics."""
    roots = _roots(documents)
    head = next(root for root in roots if root.data["kind"] == "regulation")
    parts = _Parts([], [], [], [], [], [], [], {}, [], [], head.data["id"])
    for root in roots:
        _parse_policy(root, parts)
    regulation = _header(head, parts)
    regulation = replace(
        regulation,
        exemptions=tuple(parts.exemptions),
        ungraded=tuple(parts.ungraded),
        review_contents=tuple(parts.review_contents),
        triggers=tuple(parts.triggers),
        ladders=tuple(parts.ladders),
        quotas=tuple(parts.quotas),
        links=tuple(parts.links),
        parameters=parts.parameters,
        source_texts=tuple(parts.source_texts),
    )
    problems = [*parts.diagnostics, *_unknown_publications(roots)]
    return replace(regulation, citations=_citations(regulation, head)), problems


def parse_overlay(documents: Sequence[Document]) -> tuple[Overlay, list[Diagnostic]]:
    """The documents of one local layer's folder (exactly one of kind `overlay`) -> the layer and the ids that occur
    twice, as diagnostics."""
    roots = _roots(documents)
    head = next(root for root in roots if root.data["kind"] == "overlay")
    parts = _Parts([], [], [], [], [], [], [], {}, [], [], head.data["id"])
    for root in roots:
        _parse_policy(root, parts)
    ladders = tuple(_additions(root, parts) for root in roots if root.data["kind"] == "grade_additions")
    own = replace(
        _header(head, parts),
        extends=head.name("extends"),
        exemptions=tuple(parts.exemptions),
        ungraded=tuple(parts.ungraded),
        review_contents=tuple(parts.review_contents),
        triggers=tuple(parts.triggers),
        quotas=tuple(parts.quotas),
        links=tuple(parts.links),
        source_texts=tuple(parts.source_texts),
    )
    cited = _citations(replace(own, ladders=ladders, parameters=parts.parameters), head)
    own = replace(own, citations=tuple(one for one in cited if one.source.document))
    chosen: dict[str, str] = {
        Name(name, option.key_location): head["choose"].name(name) for name, option in head.pairs("choose")
    }
    place = head["extends"].location
    problems = [*parts.diagnostics, *_unknown_publications(roots)]
    return Overlay(own, ladders, chosen, parts.parameters, head.location, place), problems


def _additions(root: Node, parts: _Parts) -> Ladder:
    """A file of kind `grade_additions`: a ladder that holds only what is added to the one it names."""
    ladder, applies_to = root.name("ladder"), root.texts("applies_to")
    rungs = tuple(_rung(rung, parts, ladder, applies_to) for rung in root.items("rungs"))
    otherwise = Otherwise("", None, label_of(root), Source("", "", "stated"), layer=parts.layer)
    bars = _bars(root, parts, ladder, applies_to)
    return Ladder(ladder, label_of(root), applies_to, rungs, bars, otherwise, root.location)


def _parse_policy(root: Node, parts: _Parts) -> None:
    file_id, applies_to = root.data["id"], root.texts("applies_to")
    match root.data["kind"]:
        case "exemptions":
            rules = list(root.items("exemptions"))
            from_grading = [node for node in rules if node.data.get("from") == "grading"]
            from_review = [node for node in rules if node.data.get("from") != "grading"]
            parts.exemptions += parts.rules(from_review, "exemption", file_id, applies_to)
            parts.ungraded += parts.rules(from_grading, "ungraded", file_id, applies_to)
        case "review_contents":
            nodes = root.items("review_contents")
            parts.review_contents += parts.rules(nodes, "review_content", file_id, applies_to)
        case "triggers":
            parts.triggers += parts.rules(root.items("triggers"), "trigger", file_id, applies_to)
        case "grade_ladder":
            parts.ladders.append(_ladder(root, parts))
        case "quotas":
            quotas = (_quota(node, file_id, applies_to, parts) for node in root.items("quotas"))
            parts.quotas += parts.unique(quotas, lambda quota: quota.id, lambda quota: quota.location)
        case "links":
            links = (_link(node, file_id, applies_to, parts.layer) for node in root.items("links"))
            parts.links += parts.unique(links, lambda link: link.id, lambda link: link.location)
        case "source_text":
            parts.source_texts.append(_source_text(root))
    for node in root.items("parameters"):
        parameter = _parameter(node, parts.layer)
        (parameter,) = parts.unique(
            [*(p for p in parts.parameters.values() if p.id == parameter.id), parameter],
            lambda one: one.id,
            lambda one: one.location,
        )
        parts.parameters[parameter.id] = parameter


def _ladder(root: Node, parts: _Parts) -> Ladder:
    ladder_id, applies_to = root.data["id"], root.texts("applies_to")
    rungs = tuple(_rung(rung, parts, ladder_id, applies_to) for rung in root.items("rungs"))
    otherwise = root["otherwise"]
    return Ladder(
        id=ladder_id,
        label=label_of(root),
        applies_to=applies_to,
        rungs=rungs,
        bars=_bars(root, parts, ladder_id, applies_to),
        otherwise=Otherwise(
            name=f"{ladder_id}.otherwise",
            grade=_by_reading(otherwise, "grade", _grade_or_none),
            label=label_of(otherwise),
            source=parse_source(otherwise["source"]),
            gaps=tuple(parts.rules(otherwise.items("gaps"), "gap", f"{ladder_id}.gaps", applies_to)),
            layer=parts.layer,
            location=otherwise.location,
        ),
        location=root.location,
    )


def _rung(rung: Node, parts: _Parts, ladder: str, applies_to: tuple[str, ...]) -> Rung:
    prefix = f"{ladder}.{rung.data['grade']}"
    rules = _with_nodes(parts, rung.items("criteria"), "criterion", prefix, applies_to)
    criteria = tuple(Criterion(rule, node.data.get("inherited", True)) for rule, node in rules)
    return Rung(rung.name("grade"), criteria, parse_under(rung), rung.location)


def _bars(root: Node, parts: _Parts, ladder: str, applies_to: tuple[str, ...]) -> tuple[Bar, ...]:
    rules = _with_nodes(parts, root.items("bars"), "bar", f"{ladder}.bars", applies_to)
    return tuple(Bar(rule, node.name("grade")) for rule, node in rules)


def _grade_or_none(node: Node) -> str | None:
    return None if node.data == "undetermined" else Name(node.data, node.location)


def _with_nodes(
    parts: _Parts, nodes: Iterable[Node], role: Role, prefix: str, applies_to: tuple[str, ...]
) -> list[tuple[Rule, Node]]:
    by_place = {node.location: node for node in nodes}
    rules = parts.rules(by_place.values(), role, prefix, applies_to)
    return [(rule, by_place[rule.location]) for rule in rules]


def _parameter(node: Node, layer: str) -> Parameter:
    return Parameter(
        id=node.data["id"],
        label=label_of(node),
        type=node.data["type"],
        unit=node.data.get("unit"),
        delegated=node.data.get("delegated", False),
        values=tuple(
            DatedValue(
                since=parse_day(value.data["from"]),
                value=value.data["value"],
                source=parse_source(value["source"]),
                layer=layer,
                location=value["value"].location,
                since_location=value["from"].location,
            )
            for value in node.items("values")
        ),
        location=node.location,
    )


def _by_reading(node: Node, key: str, convert: Callable[[Node], T]) -> T | ByReading[T]:
    value = node[key]
    if isinstance(value.data, dict):
        options = tuple((name, convert(option)) for name, option in value.pairs("options"))
        return ByReading(value.name("interpretation"), options, value.location)
    return convert(value)


def _quota(node: Node, file_id: str, applies_to: tuple[str, ...], parts: _Parts) -> Quota:
    data = node.data
    name = f"{file_id}.{data['id']}"
    covered = node.texts("applies_to") or applies_to
    reliefs = parts.rules(node.items("relief"), "relief", name, covered)
    nodes = {one.location: one for one in node.items("relief")}
    return Quota(
        id=data["id"],
        name=name,
        label=label_of(node),
        source=parse_source(node["source"]),
        applies_to=covered,
        under=parse_under(node),
        grade=node.name("grade"),
        at_most=node["at_most"].name("parameter"),
        of=_by_reading(node, "of", lambda one: tuple(one.names())),
        count=_by_reading(node, "count", lambda one: str(one.data)),
        rounding=_by_reading(node, "rounding", lambda one: str(one.data)),
        within=node.texts("within"),
        surplus=node.name("surplus"),
        relief=tuple(
            Relief(
                rule=rule,
                base_less_than=nodes[rule.location].data.get("base_less_than"),
                at_most=limit.name("parameter") if (limit := nodes[rule.location].get("at_most")) else None,
                allowed=nodes[rule.location].data.get("allowed"),
            )
            for rule in reliefs
        ),
        periods=cast(tuple[PeriodKind, ...], node.texts("periods")),
        several_cases=data.get("several_cases", "once"),
        delegated=data.get("delegated", False),
        layer=parts.layer,
        location=node.location,
    )


def _link(node: Node, file_id: str, applies_to: tuple[str, ...], layer: str) -> Link:
    must = node.data["must"]
    return Link(
        id=node.data["id"],
        name=f"{file_id}.{node.data['id']}",
        label=label_of(node),
        source=parse_source(node["source"]),
        applies_to=node.texts("applies_to") or applies_to,
        under=parse_under(node),
        to=node.name("to"),
        grade=must.get("grade"),
        order=must.get("order"),
        layer=layer,
        location=node.location,
    )


def _source_text(root: Node) -> SourceText:
    return SourceText(
        id=root.data["id"],
        document=root.name("document"),
        label=label_of(root),
        url=root.data.get("url"),
        passages=tuple(
            Passage(
                id=node.data["id"],
                text=node.data["text"],
                not_a_rule=parse_text(node.get("not_a_rule")),
                location=node.location,
            )
            for node in root.items("passages")
        ),
        location=root.location,
    )


# --- the header -------------------------------------------------------------------------------------------------


def _kinds(nodes: Iterable[Node], ancestors: tuple[str, ...]) -> Iterator[SubjectKind]:
    for node in nodes:
        line = (node.data["id"], *ancestors)
        below = list(node.items("kinds"))
        yield SubjectKind(node.data["id"], label_of(node), line, not below, node.location)
        yield from _kinds(below, line)


def _interpretation(node: Node, layer: str) -> Interpretation:
    return Interpretation(
        id=node.data["id"],
        question=label_of(node, "question"),
        options=tuple((option.data["id"], label_of(option)) for option in node.items("options")),
        chosen=node.name("chosen"),
        note=parse_text(node.get("note")),
        source=_optional_source(node),
        delegated=node.data.get("delegated", False),
        layer=layer,
        location=node.location,
    )


def _header(head: Node, parts: _Parts) -> Regulation:
    data, in_force = head.data, head["in_force"]

    def listed(key: str, parse: Callable[[Node], T], id_of: Callable[[T], str]) -> tuple[T, ...]:
        place = cast(Callable[[T], Location], lambda one: one.location)
        return tuple(parts.unique((parse(node) for node in head.items(key)), id_of, place))

    kinds = parts.unique(_kinds(head.items("subject_kinds"), ()), lambda kind: kind.id, lambda kind: kind.location)
    return Regulation(
        id=data["id"],
        label=label_of(head),
        number=data.get("number", data["id"]),
        issued_by=label_of(head, "issued_by"),
        issued_on=parse_day(data["issued_on"]),
        in_force_from=parse_day(in_force.data["from"]),
        in_force_until=_day(in_force, "until"),
        replaces=head.texts("replaces"),
        replaced_by=head.texts("replaced_by"),
        documents=listed(
            "documents",
            lambda node: LegalDocument(
                node.data["id"], label_of(node), _day(node, "issued_on"), node.data.get("url"), node.location
            ),
            lambda one: one.id,
        ),
        publications=listed(
            "publications",
            lambda node: Publication(
                node.data["id"], label_of(node), node.data["url"], _day(node, "read_on"), node.location
            ),
            lambda one: one.id,
        ),
        grades=listed(
            "grades",
            lambda node: Grade(node.data["id"], label_of(node), _optional_source(node), node.location),
            lambda one: one.id,
        ),
        kinds={kind.id: kind for kind in kinds},
        relations=listed(
            "relations",
            lambda node: Relation(node.data["id"], label_of(node), node.location),
            lambda one: one.id,
        ),
        interpretations=listed("interpretations", lambda node: _interpretation(node, data["id"]), lambda one: one.id),
        periods=cast(tuple[PeriodKind, ...], head.texts("periods")),
        location=head.location,
        in_force_from_location=head.document.location(("in_force", "from")),
        in_force_until_location=head.document.location(("in_force", "until")),
    )


def _citations(regulation: Regulation, head: Node) -> tuple[Citation, ...]:
    """Every source that the regulation cites, with the item that cites it, in the order of the files."""
    found = [Citation(regulation.id, regulation.label, parse_source(node)) for node in head.items("sources")]
    found += [Citation(f"grades.{one.id}", one.label, one.source) for one in regulation.grades if one.source]

    def kinds(nodes: Iterable[Node]) -> Iterator[Citation]:
        for node in nodes:
            if node.get("source"):
                yield Citation(f"subject_kinds.{node.data['id']}", label_of(node), parse_source(node["source"]))
            yield from kinds(node.items("kinds"))

    found += kinds(head.items("subject_kinds"))
    found += [
        Citation(f"interpretations.{one.id}", one.question, one.source)
        for one in regulation.interpretations
        if one.source
    ]
    found += [Citation(rule.name, rule.label, rule.source) for rule in all_rules(regulation)]
    found += [
        Citation(ladder.otherwise.name, ladder.otherwise.label, ladder.otherwise.source)
        for ladder in regulation.ladders
    ]
    found += [Citation(quota.name, quota.label, quota.source) for quota in regulation.quotas]
    found += [Citation(link.name, link.label, link.source) for link in regulation.links]
    found += [
        Citation(f"parameters.{parameter.id}", parameter.label, value.source)
        for parameter in regulation.parameters.values()
        for value in parameter.values
    ]
    return tuple(found)
