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
    """The regulation as the layer leaves it, and the names by which the layer means nothing."""
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
            replace(one, chosen=overlay.chosen[one.id], layer=own.id) if one.id in overlay.chosen else one
            for one in base.interpretations
        ),
        exemptions=(*base.exemptions, *own.exemptions),
        ungraded=(*base.ungraded, *own.ungraded),
        review_contents=(*base.review_contents, *own.review_contents),
        triggers=(*base.triggers, *own.triggers),
        ladders=tuple(_added(ladder, overlay.ladders) for ladder in base.ladders),
        quotas=(*base.quotas, *own.quotas),
        links=(*base.links, *own.links),
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
    found = {one.id: one for one in (*before, *after)}  # type: ignore[attr-defined]
    return tuple(found.values())


def _set(parameter: Parameter, values: Parameter) -> Parameter:
    """The regulation's values until the layer's first, then the layer's."""
    first = values.values[0].since
    kept: list[DatedValue] = [one for one in parameter.values if one.since < first]
    return replace(parameter, values=(*kept, *values.values))


def _added(ladder: Ladder, additions: Sequence[Ladder]) -> Ladder:
    mine = [one for one in additions if one.id == ladder.id]
    rungs = tuple(
        replace(rung, criteria=(*rung.criteria, *(each for one in mine for each in _criteria(one, rung))))
        for rung in ladder.rungs
    )
    return replace(ladder, rungs=rungs, bars=(*ladder.bars, *(bar for one in mine for bar in one.bars)))


def _criteria(addition: Ladder, rung: Rung) -> Iterator[Criterion]:
    """What is added to a rung; under which readings an addition says it is added stands with each criterion."""
    for one in addition.rungs:
        if one.grade == rung.grade:
            for each in one.criteria:
                yield replace(each, rule=replace(each.rule, under=(*each.rule.under, *one.under)))


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
        ladder = next(one for one in base.ladders if one.id == addition.id)
        grades = [rung.grade for rung in ladder.rungs]
        for rung in addition.rungs:
            yield from unknown_name("grade/unknown", rung.grade, grades, rung.location)
    interpretations = sorted(interpretation.id for interpretation in base.interpretations)
    for name in overlay.chosen:
        yield from unknown_name("interpretation/unknown", name, interpretations, overlay.location)
    yield from _twice(base, overlay)


def _twice(base: Regulation, overlay: Overlay) -> Iterator[Diagnostic]:
    """An id that the regulation already has would stand for two things."""
    own = overlay.own
    kept = {one.id: one for one in base.documents}
    # A document may be named again, but not be called something else.
    renamed = [one for one in own.documents if kept.get(one.id, one) != one]
    groups: list[tuple[Sequence[object], Sequence[object]]] = [
        ((*base.exemptions, *base.ungraded), (*own.exemptions, *own.ungraded)),
        (base.review_contents, own.review_contents),
        (base.triggers, own.triggers),
        (base.quotas, own.quotas),
        (base.links, own.links),
        (base.documents, renamed),
    ]
    for ladder in base.ladders:
        for addition in (one for one in overlay.ladders if one.id == ladder.id):
            groups.append(([bar.rule for bar in ladder.bars], [bar.rule for bar in addition.bars]))
            for rung in addition.rungs:
                criteria = [one.rule for each in ladder.rungs if each.grade == rung.grade for one in each.criteria]
                groups.append((criteria, [one.rule for one in rung.criteria]))
    for before, after in groups:
        places: Mapping[str, object] = {one.id: one for one in before}  # type: ignore[attr-defined]
        for one in after:
            first = places.get(one.id)  # type: ignore[attr-defined]
            if first is not None:
                at = first.location  # type: ignore[attr-defined]
                yield diagnostic("rule/duplicate-id", one.location, id=one.id, first=f"{at.file}:{at.line}")  # type: ignore[attr-defined]
