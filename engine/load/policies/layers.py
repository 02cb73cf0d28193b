"""A local layer laid over the regulation that it makes concrete: together a regulation like any other.

The layer adds criteria, bars, triggers, review contents, quotas and links, gives parameters values from a day on, and
chooses readings. Everything else is the regulation's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from engine.base.diagnostics import Diagnostic, diagnostic
from engine.core.policy.regulation import DatedValue, Parameter, Regulation
from engine.core.policy.rules import Criterion, Ladder, Rung
from engine.load.policies.names import unknown_name
from engine.load.policies.overlay import Overlay


def laid_over(base: Regulation, overlay: Overlay) -> tuple[Regulation, tuple[Diagnostic, ...]]:
    """The regulation with the layer added, and everything in the layer that does not fit the regulation."""
    own = overlay.own
    parameters = {**base.parameters}
    for name, parameter in overlay.parameters.items():
        parameters[name] = _set(parameters[name], parameter) if name in parameters else parameter
    merged = replace(
        base,
        id=own.id,
        label=own.label,
        number=own.number,
        issued_by=own.issued_by,
        issued_on=own.issued_on,
        in_force_from=own.in_force_from,
        in_force_until=own.in_force_until,
        replaces=(),
        replaced_by=(),
        documents=_by_id(base.documents, own.documents),
        publications=_by_id(base.publications, own.publications),
        interpretations=tuple(
            replace(interpretation, chosen=overlay.chosen[interpretation.id], layer=own.id)
            if interpretation.id in overlay.chosen
            else interpretation
            for interpretation in base.interpretations
        ),
        exemptions=(*base.exemptions, *own.exemptions),
        ungraded=(*base.ungraded, *own.ungraded),
        review_contents=(*base.review_contents, *own.review_contents),
        triggers=(*base.triggers, *own.triggers),
        ladders=tuple(_added(ladder, overlay.ladders) for ladder in base.ladders),
        quotas=(*base.quotas, *own.quotas),
        links=(*base.links, *own.links),
        majorities=(*own.majorities, *base.majorities),
        papers=(*base.papers, *own.papers),
        parameters=parameters,
        source_texts=(*base.source_texts, *own.source_texts),
        citations=(*base.citations, *own.citations),
        extends=base.id,
        location=own.location,
        in_force_from_location=own.in_force_from_location,
        in_force_until_location=own.in_force_until_location,
    )
    return merged, tuple(_problems(base, overlay))


def _by_id(before: Sequence[object], after: Sequence[object]) -> tuple:  # type: ignore[type-arg]
    items = {item.id: item for item in (*before, *after)}  # type: ignore[attr-defined]
    return tuple(items.values())


def _set(parameter: Parameter, values: Parameter) -> Parameter:
    """The regulation's values until the layer's first, then the layer's."""
    first = values.values[0].since
    kept: list[DatedValue] = [value for value in parameter.values if value.since < first]
    return replace(parameter, values=(*kept, *values.values))


def _added(ladder: Ladder, additions: Sequence[Ladder]) -> Ladder:
    mine = [addition for addition in additions if addition.id == ladder.id]
    rungs = tuple(
        replace(
            rung,
            criteria=(*rung.criteria, *(criterion for addition in mine for criterion in _criteria(addition, rung))),
        )
        for rung in ladder.rungs
    )
    return replace(ladder, rungs=rungs, bars=(*ladder.bars, *(bar for addition in mine for bar in addition.bars)))


def _criteria(addition: Ladder, rung: Rung) -> Iterator[Criterion]:
    """The criteria that a layer adds to a rung, each under the readings under which the layer adds them."""
    for added in addition.rungs:
        if added.grade == rung.grade:
            for criterion in added.criteria:
                yield replace(criterion, rule=replace(criterion.rule, under=(*criterion.rule.under, *added.under)))


def _problems(base: Regulation, overlay: Overlay) -> Iterator[Diagnostic]:
    own = overlay.own
    last = base.in_force_until or date.max
    if own.in_force_from < base.in_force_from or (own.in_force_until or date.max) > last:
        yield diagnostic(
            "overlay/out-of-force", own.in_force_until_location, base=base.id, first=base.in_force_from.isoformat(),
            last=base.in_force_until.isoformat() if base.in_force_until else "…",
        )  # fmt: skip
    ladders = [ladder.id for ladder in base.ladders]
    for addition in overlay.ladders:
        if addition.id not in ladders:
            yield from unknown_name("ladder/unknown", addition.id, ladders, addition.location)
            continue
        ladder = next(extended for extended in base.ladders if extended.id == addition.id)
        grades = [rung.grade for rung in ladder.rungs]
        for rung in addition.rungs:
            yield from unknown_name("grade/unknown", rung.grade, grades, rung.location)
    interpretations = sorted(interpretation.id for interpretation in base.interpretations)
    for name in overlay.chosen:
        yield from unknown_name("interpretation/unknown", name, interpretations, overlay.location)
    yield from _twice(base, overlay)


def _twice(base: Regulation, overlay: Overlay) -> Iterator[Diagnostic]:
    """A diagnostic for each id of the layer that the regulation already has."""
    own = overlay.own
    kept = {document.id: document for document in base.documents}
    # A document may be named again, but not be called something else.
    renamed = [document for document in own.documents if kept.get(document.id, document) != document]
    groups: list[tuple[Sequence[object], Sequence[object]]] = [
        ((*base.exemptions, *base.ungraded), (*own.exemptions, *own.ungraded)),
        (base.review_contents, own.review_contents),
        (base.triggers, own.triggers),
        (base.quotas, own.quotas),
        (base.links, own.links),
        (base.majorities, own.majorities),
        (base.papers, own.papers),
        (base.documents, renamed),
    ]
    for ladder in base.ladders:
        for addition in (candidate for candidate in overlay.ladders if candidate.id == ladder.id):
            groups.append(([bar.rule for bar in ladder.bars], [bar.rule for bar in addition.bars]))
            for rung in addition.rungs:
                criteria = [
                    criterion.rule
                    for extended in ladder.rungs
                    if extended.grade == rung.grade
                    for criterion in extended.criteria
                ]
                groups.append((criteria, [criterion.rule for criterion in rung.criteria]))
    for before, after in groups:
        places: Mapping[str, object] = {item.id: item for item in before}  # type: ignore[attr-defined]
        for item in after:
            first = places.get(item.id)  # type: ignore[attr-defined]
            if first is not None:
                at = first.location  # type: ignore[attr-defined]
                yield diagnostic("rule/duplicate-id", item.location, id=item.id, first=f"{at.file}:{at.line}")  # type: ignore[attr-defined]
