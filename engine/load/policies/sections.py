"""The sections of a policy file -> the model: rules, ladders, parameters, quotas, links and source texts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import cast

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.regulation import DatedValue, Parameter, Passage, SourceText
from engine.core.policy.rules import (
    Bar,
    ByReading,
    CountedOn,
    Criterion,
    Fallback,
    Ladder,
    Link,
    Majority,
    Quota,
    Relief,
    Role,
    Rounding,
    Rule,
    Rung,
)
from engine.core.policy.terms import PeriodKind, Source
from engine.load.policies.conditions import parse_rule, parse_under
from engine.load.policies.names import Name
from engine.load.policies.node import Node, T, label_of, parse_day, parse_source, parse_text


@dataclass
class Parts:
    """What the files of one regulation add up to, and the ids that occurred twice."""

    exemptions: list[Rule]
    ungraded: list[Rule]
    review_contents: list[Rule]
    triggers: list[Rule]
    ladders: list[Ladder]
    quotas: list[Quota]
    links: list[Link]
    majorities: list[Majority]
    papers: list[Rule]
    parameters: dict[str, Parameter]
    source_texts: list[SourceText]
    diagnostics: list[Diagnostic]
    layer: str

    def unique(self, parsed: Iterable[T], key: Callable[[T], str], place: Callable[[T], Location]) -> list[T]:
        """Drop and report those whose id occurred before."""
        seen: dict[str, T] = {}
        for item in parsed:
            if key(item) in seen:
                first = place(seen[key(item)])
                self.diagnostics.append(
                    diagnostic("rule/duplicate-id", place(item), id=key(item), first=f"{first.file}:{first.line}")
                )
            else:
                seen[key(item)] = item
        return list(seen.values())

    def rules(self, nodes: Iterable[Node], role: Role, prefix: str, applies_to: tuple[str, ...]) -> list[Rule]:
        """The rules of a section. `prefix` is the id of their file, which their own ids follow."""
        parsed = (replace(parse_rule(node, role, prefix, applies_to), layer=self.layer) for node in nodes)
        return self.unique(parsed, lambda rule: rule.id, lambda rule: rule.location)


def parse_additions(root: Node, parts: Parts) -> Ladder:
    """A file of kind `grade_additions`: a ladder that holds only what is added to the one it names."""
    ladder, applies_to = root.name("ladder"), root.texts("applies_to")
    rungs = tuple(_rung(rung, parts, ladder, applies_to) for rung in root.items("rungs"))
    fallback = Fallback("otherwise", "", label_of(root), Source("", "", "stated"), None, layer=parts.layer)
    bars = _bars(root, parts, ladder, applies_to)
    return Ladder(ladder, label_of(root), applies_to, rungs, bars, fallback, location=root.location)


def parse_policy(root: Node, parts: Parts) -> None:
    """Adds what one policy file holds to `parts`."""
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
        case "votes":
            majorities = (_majority(node, file_id, applies_to, parts.layer) for node in root.items("majorities"))
            parts.majorities += parts.unique(majorities, lambda item: item.id, lambda item: item.location)
        case "dossier":
            parts.papers += parts.rules(root.items("papers"), "paper", file_id, applies_to)
        case "source_text":
            parts.source_texts.append(_source_text(root))
    for node in root.items("parameters"):
        parameter = _parameter(node, parts.layer)
        (parameter,) = parts.unique(
            [*(p for p in parts.parameters.values() if p.id == parameter.id), parameter],
            lambda declared: declared.id,
            lambda declared: declared.location,
        )
        parts.parameters[parameter.id] = parameter


def _ladder(root: Node, parts: Parts) -> Ladder:
    ladder_id, applies_to = root.data["id"], root.texts("applies_to")
    rungs = tuple(_rung(rung, parts, ladder_id, applies_to) for rung in root.items("rungs"))
    fallback = root["otherwise"]
    return Ladder(
        id=ladder_id,
        label=label_of(root),
        applies_to=applies_to,
        rungs=rungs,
        bars=_bars(root, parts, ladder_id, applies_to),
        otherwise=Fallback(
            id="otherwise",
            name=f"{ladder_id}.otherwise",
            grade=_by_reading(fallback, "grade", _grade_or_none),
            label=label_of(fallback),
            source=parse_source(fallback["source"]),
            gaps=tuple(parts.rules(fallback.items("gaps"), "gap", f"{ladder_id}.gaps", applies_to)),
            layer=parts.layer,
            location=fallback.location,
        ),
        location=root.location,
    )


def _rung(rung: Node, parts: Parts, ladder: str, applies_to: tuple[str, ...]) -> Rung:
    prefix = f"{ladder}.{rung.data['grade']}"
    rules = _with_nodes(parts, rung.items("criteria"), "criterion", prefix, applies_to)
    criteria = tuple(Criterion(rule, node.data.get("inherited", True)) for rule, node in rules)
    return Rung(rung.name("grade"), criteria, parse_under(rung), location=rung.location)


def _bars(root: Node, parts: Parts, ladder: str, applies_to: tuple[str, ...]) -> tuple[Bar, ...]:
    rules = _with_nodes(parts, root.items("bars"), "bar", f"{ladder}.bars", applies_to)
    return tuple(Bar(rule, node.name("grade")) for rule, node in rules)


def _grade_or_none(node: Node) -> str | None:
    return None if node.data == UNDETERMINED else Name(node.data, node.location)


def _with_nodes(
    parts: Parts, nodes: Iterable[Node], role: Role, prefix: str, applies_to: tuple[str, ...]
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
        return ByReading(value.name("interpretation"), options, location=value.location)
    return convert(value)


def _quota(node: Node, file_id: str, applies_to: tuple[str, ...], parts: Parts) -> Quota:
    data = node.data
    name = f"{file_id}.{data['id']}"
    covered = node.texts("applies_to") or applies_to
    reliefs = parts.rules(node.items("relief"), "relief", name, covered)
    nodes = {relief.location: relief for relief in node.items("relief")}
    return Quota(
        id=data["id"],
        name=name,
        label=label_of(node),
        source=parse_source(node["source"]),
        applies_to=covered,
        under=parse_under(node),
        grade=node.name("grade"),
        at_most=node["at_most"].name("parameter"),
        of=_by_reading(node, "of", lambda grades: tuple(grades.names())),
        count=_by_reading(node, "count", lambda setting: cast("CountedOn", setting.data)),
        rounding=_by_reading(node, "rounding", lambda setting: cast("Rounding", setting.data)),
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
        periods=cast("tuple[PeriodKind, ...]", node.texts("periods")),
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


def _majority(node: Node, file_id: str, applies_to: tuple[str, ...], layer: str) -> Majority:
    return Majority(
        id=node.data["id"],
        name=f"{file_id}.{node.data['id']}",
        label=label_of(node),
        source=parse_source(node["source"]),
        applies_to=node.texts("applies_to") or applies_to,
        under=parse_under(node),
        base=node.data["base"],
        more_than=node["more_than"].name("parameter"),
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
                besides=tuple((part.data["words"], label_of(part, "reason")) for part in node.items("besides")),
                location=node.location,
            )
            for node in root.items("passages")
        ),
        location=root.location,
    )
