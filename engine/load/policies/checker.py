"""A parsed library -> everything wrong with it beyond syntax: names, types, days, sources, ladders, reach.

Each check yields diagnostics and stops nothing; `check` gathers them all.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.nearness import closest
from engine.core.policy.conditions import leaves, operand_value
from engine.core.policy.live import concerns
from engine.core.policy.model import (
    ByReading,
    Comparison,
    Condition,
    DatedValue,
    EvidenceNamed,
    Fact,
    Ladder,
    Literals,
    Name,
    Parameter,
    ParameterReference,
    Quota,
    Reading,
    Regulation,
    Rule,
    Source,
    Text,
    Vocabulary,
    all_rules,
)
from engine.core.policy.values import Misfit, parts_of, typed, typed_as, written
from engine.load.policies.spelling import meant_name, plain

ORDERED_OPERATORS = ("at_least", "at_most", "more_than", "less_than")


SET_OPERATORS = ("includes", "includes_any", "includes_all")


def check(vocabulary: Vocabulary, regulations: Mapping[str, Regulation]) -> tuple[Diagnostic, ...]:
    """Every problem of a vocabulary and the regulations that use it, but for what `check_compilations` finds."""
    found = list(_vocabulary(vocabulary))
    for regulation in regulations.values():
        found += _Regulation(vocabulary, regulation).problems()
    found += _in_force(regulations)
    # A layer repeats what is wrong with the regulation below it, and only knows more names.
    once: dict[object, Diagnostic] = {}
    for one in found:
        said = tuple(argument for argument in one.arguments if argument[0] not in ("known", "suggestion"))
        once.setdefault((one.location, one.code, said), one)
    return tuple(once.values())


def _unknown(
    code: str, name: str, known: Iterable[str], place: Location, labels: Mapping[str, Text] | None = None
) -> Iterator[Diagnostic]:
    """`labels`: those of the names known, which people write in place of the name."""
    names = list(known)
    if name not in names:
        near = meant_name(name, _texts(labels)) if labels else closest(name, names)
        yield diagnostic(code, _place(name, place), name=name, known=", ".join(names), suggestion=near)


def _texts(labels: Mapping[str, Text]) -> Mapping[str, tuple[str, str]]:
    return {name: (label.vi, label.en) for name, label in labels.items()}


def unknown_fact(name: str, facts: Mapping[str, Fact], place: Location) -> Diagnostic:
    """A fact that the vocabulary does not have, with the one that was probably meant."""
    near = meant_name(name, _texts({one: fact.label for one, fact in facts.items()}))
    return diagnostic("fact/unknown", _place(name, place), fact=name, suggestion=near)


def _place(value: object, place: Location) -> Location:
    """Where a word of a policy stands, or the given place for what is no word."""
    return value.location if isinstance(value, Name) else place


# --- vocabulary -------------------------------------------------------------------------------------------------


def _vocabulary(vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    for fact in vocabulary.facts.values():
        if fact.shared_list is not None and fact.shared_list not in vocabulary.lists:
            yield from _unknown("fact/unknown-list", fact.shared_list, vocabulary.lists, fact.location)
            continue
        *groups, _ = accumulate(fact.name.split("."), lambda above, name: f"{above}.{name}")
        for group in groups:
            if group in vocabulary.facts:
                yield diagnostic("fact/group", fact.location, fact=fact.name, group=group)
        if _turned_round(fact):
            low, high = written(fact.minimum), written(fact.maximum)
            yield diagnostic("fact/bounds", fact.location, fact=fact.name, minimum=low, maximum=high)
        if fact.type == "set" and not fact.options:
            yield diagnostic("fact/without-options", fact.location, fact=fact.name)
        for whole in fact.not_more_than:
            yield from _whole(fact, whole.fact, vocabulary)
        if fact.derived is not None:
            yield from _derived(fact, vocabulary)
        elif fact.typical is not None:
            try:
                typed(fact.typical, fact)
            except Misfit as misfit:
                if not (misfit.code == "fact/range" and _turned_round(fact)):
                    yield diagnostic(misfit.code, fact.location, **misfit.arguments)


def _turned_round(fact: Fact) -> bool:
    """Is the lower bound above the upper one? Then nothing lies between them, which is told once, at the fact."""
    low, high = fact.minimum, fact.maximum
    return low is not None and high is not None and high < low  # type: ignore[operator]


def _whole(fact: Fact, name: str, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    if name not in vocabulary.facts:
        yield unknown_fact(name, vocabulary.facts, fact.location)
        return
    whole = vocabulary.facts[name]
    quantities = ("integer", "number")
    comparable = (fact.type in quantities and whole.type in quantities) or fact.type == whole.type == "date"
    if not comparable or fact.name == name or fact.unit != whole.unit:
        kinds = [" ".join(filter(None, (one.type, one.unit))) for one in (fact, whole)]
        other = {"whole": name, "other": kinds[1]}
        yield diagnostic("fact/not-comparable", fact.location, fact=fact.name, type=kinds[0], **other)


def _derived(fact: Fact, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    assert fact.derived is not None
    for part in parts_of(fact.derived):
        if part not in vocabulary.facts:
            yield unknown_fact(part, vocabulary.facts, fact.location)
    if _rests_on_itself(fact.name, vocabulary):
        yield diagnostic("fact/circle", fact.location, fact=fact.name)
        return
    if not all(part in vocabulary.facts for part in parts_of(fact.derived)):
        return
    parts = [vocabulary.facts[part] for part in parts_of(fact.derived)]
    match type(fact.derived).__name__:
        case "Percent" | "Sum":
            fits = fact.type in ("integer", "number") and all(part.type in ("integer", "number") for part in parts)
        case "Count":
            fits = fact.type == "integer" and len({(part.type, part.options) for part in parts}) == 1
        case _:
            fits = all((part.type, part.options) == (fact.type, fact.options) for part in parts)
    if not fits:
        kinds = ", ".join(f"{part.name}: {part.type}" for part in parts)
        yield diagnostic("fact/derived-type", fact.location, fact=fact.name, type=fact.type, parts=kinds)


def _rests_on_itself(name: str, vocabulary: Vocabulary) -> bool:
    pending, seen = [name], set[str]()
    while pending:
        fact = vocabulary.facts.get(pending.pop())
        if fact is None or fact.derived is None:
            continue
        for part in parts_of(fact.derived):
            if part == name:
                return True
            if part not in seen:
                seen.add(part)
                pending.append(part)
    return False


def _amount(parameter: Parameter, value: DatedValue) -> Iterator[Diagnostic]:
    """What is wrong with one value of a parameter, whatever it is compared with."""
    try:
        amount = typed_as(value.value, parameter.type, parameter.id)
    except Misfit:
        yield diagnostic(
            "parameter/type",
            value.location,
            parameter=parameter.id,
            expected=parameter.type,
            value=written(value.value),
        )
        return
    if parameter.unit == "percent" and not 0 <= amount <= 100:  # type: ignore[operator]
        yield diagnostic("parameter/percent", value.location, parameter=parameter.id, value=written(amount))


# --- one regulation ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Regulation:
    vocabulary: Vocabulary
    regulation: Regulation

    def problems(self) -> Iterator[Diagnostic]:
        one = self.regulation
        if one.in_force_until is not None and one.in_force_until < one.in_force_from:
            since, until = one.in_force_from.isoformat(), one.in_force_until.isoformat()
            place = one.in_force_until_location
            yield diagnostic("regulation/ends-before-it-begins", place, since=since, until=until)
        yield from self._interpretations()
        for parameter in one.parameters.values():
            yield from self._parameter(parameter)
        for rule in all_rules(one):
            yield from self._rule(rule)
        for ladder in one.ladders:
            yield from self._ladder(ladder)
        yield from self._ladders_cover()
        for quota in one.quotas:
            yield from self._quota(quota)
        for link in one.links:
            yield from self._common(link.applies_to, link.under, link.source, link.location)
            yield from _unknown("relation/unknown", link.to, [relation.id for relation in one.relations], link.location)
        for text in one.source_texts:
            yield from self._known_document(text.document, text.location)
        cited = {citation.source.location: citation.source for citation in one.citations}
        for source in cited.values():
            yield from self._source(source)

    def _documents(self) -> dict[str, Text]:
        return {document.id: document.label for document in self.regulation.documents}

    def _grades(self) -> list[str]:
        return [grade.id for grade in self.regulation.grades]

    def _known_document(self, name: str, place: Location) -> Iterator[Diagnostic]:
        labels = self._documents()
        yield from _unknown("document/unknown", name, labels, place, labels)

    def _known_grade(self, name: str, place: Location) -> Iterator[Diagnostic]:
        labels = {grade.id: grade.label for grade in self.regulation.grades}
        yield from _unknown("grade/unknown", name, labels, place, labels)

    def _known_kind(self, name: str, place: Location) -> Iterator[Diagnostic]:
        labels = {kind.id: kind.label for kind in self.regulation.kinds.values()}
        yield from _unknown("kind/unknown", name, labels, place, labels)

    def _interpretations(self) -> Iterator[Diagnostic]:
        for one in self.regulation.interpretations:
            labels = dict(one.options)
            yield from _unknown("interpretation/unknown-option", one.chosen, labels, one.location, labels)

    def _common(
        self, applies_to: Sequence[str], under: Sequence[Reading], source: Source, place: Location
    ) -> Iterator[Diagnostic]:
        for kind in applies_to:
            yield from self._known_kind(kind, place)
        yield from self._under(under)
        if source.status == "assumed" and not under:
            yield diagnostic("source/assumed-always-on", place)

    def _under(self, under: Sequence[Reading]) -> Iterator[Diagnostic]:
        known = {one.id: dict(one.options) for one in self.regulation.interpretations}
        for reading in under:
            yield from _unknown("interpretation/unknown", reading.interpretation, known, reading.location)
            labels = known.get(reading.interpretation, {})
            for option in reading.options if labels else ():
                yield from _unknown("interpretation/unknown-option", option, labels, reading.location, labels)

    def _rule(self, rule: Rule) -> Iterator[Diagnostic]:
        yield from self._common(rule.applies_to, rule.under, rule.source, rule.location)
        for condition in (rule.when, rule.unless):
            yield from self._condition(condition)
        for fact in rule.requires_evidence:
            if fact not in self.vocabulary.facts:
                yield unknown_fact(fact, self.vocabulary.facts, rule.location)

    def _condition(self, condition: Condition | None) -> Iterator[Diagnostic]:
        for leaf, _ in leaves(condition):
            if leaf.fact not in self.vocabulary.facts:
                yield unknown_fact(leaf.fact, self.vocabulary.facts, leaf.location)
                continue
            match leaf:
                case EvidenceNamed():
                    pass
                case Comparison():
                    yield from self._comparison(leaf, self.vocabulary.facts[leaf.fact])

    def _comparison(self, comparison: Comparison, fact: Fact) -> Iterator[Diagnostic]:
        operator = comparison.operator
        ordered = fact.type in ("integer", "number", "date") or (fact.type == "text" and fact.ordered)
        if (operator in ORDERED_OPERATORS and not ordered) or (operator in SET_OPERATORS) != (fact.type == "set"):
            yield diagnostic(
                "rule/operator", comparison.operator_location, operator=operator, fact=fact.name, type=fact.type
            )
            return
        match comparison.operand:
            case Literals(values):
                for value in values:
                    yield from self._operand(value, fact, comparison.operand_location)
            case ParameterReference(name):
                known = self.regulation.parameters
                labels = {one: parameter.label for one, parameter in known.items()}
                yield from _unknown("parameter/unknown", name, known, comparison.operand_location, labels)
                unit = known[name].unit if name in known else None
                if unit is not None and fact.unit is not None and unit != fact.unit:
                    yield diagnostic(
                        "parameter/unit", comparison.operand_location, parameter=name, unit=unit, fact=fact.name,
                        expected=fact.unit, declared=str(known[name].location),
                    )  # fmt: skip
                    return
                for dated in known[name].values if name in known else ():
                    if not list(_amount(known[name], dated)):
                        yield from self._operand(dated.value, fact, dated.location)

    def _operand(self, value: object, fact: Fact, place: Location) -> Iterator[Diagnostic]:
        try:
            operand_value(value, fact)
        except Misfit as misfit:
            if not (misfit.code == "fact/range" and _turned_round(fact)):
                # A parameter's name alone is no number; it is told how to refer to it.
                named = {plain(one): one for one in self.regulation.parameters}
                name = named.get(plain(value)) if isinstance(value, str) else None
                meant = {"suggestion": f"{{parameter: {name}}}"} if name else {}
                yield diagnostic(misfit.code, _place(value, place), **{**misfit.arguments, **meant})

    def _parameter(self, parameter: Parameter) -> Iterator[Diagnostic]:
        days = [value.since for value in parameter.values]
        for earlier, later, value in zip(days, days[1:], parameter.values[1:], strict=False):
            if later <= earlier:
                yield diagnostic(
                    "parameter/days-not-rising", value.since_location, parameter=parameter.id, day=later.isoformat()
                )
        if days[0] > self.regulation.in_force_from:
            yield diagnostic(
                "parameter/no-value",
                parameter.values[0].since_location,
                parameter=parameter.id,
                day=self.regulation.in_force_from.isoformat(),
                first=days[0].isoformat(),
            )
        for value in parameter.values:
            yield from _amount(parameter, value)

    def _ladder(self, ladder: Ladder) -> Iterator[Diagnostic]:
        named = [(rung.grade, rung.location) for rung in ladder.rungs] + [
            (bar.grade, bar.rule.location) for bar in ladder.bars
        ]
        otherwise = ladder.otherwise.grade
        if isinstance(otherwise, ByReading):
            options = [name for name, _ in otherwise.options]
            yield from self._by_reading(otherwise.interpretation, options, otherwise.location)
        named += [(grade, ladder.otherwise.location) for grade in otherwise_grades(ladder)]
        for grade, place in named:
            yield from self._known_grade(grade, place)
        grades = self._grades()
        rungs = [rung.grade for rung in ladder.rungs if rung.grade in grades]
        for better, worse in pairwise(rungs):
            if grades.index(worse) <= grades.index(better):
                place = _place(worse, ladder.location)
                yield diagnostic("ladder/order", place, ladder=ladder.id, grades=", ".join(grades))
                break
        for kind in ladder.applies_to:
            yield from self._known_kind(kind, ladder.location)
        for rung in ladder.rungs:
            yield from self._under(rung.under)

    def _ladders_cover(self) -> Iterator[Diagnostic]:
        for kind in self.regulation.kinds.values():
            covering = [ladder for ladder in self.regulation.ladders if concerns(ladder.applies_to, kind)]
            if len(covering) > 1:
                files = ", ".join(ladder.id for ladder in covering)
                yield diagnostic("ladder/overlap", covering[1].location, kind=kind.id, ladders=files)
            if not covering and kind.is_leaf and self.regulation.ladders:
                yield diagnostic("ladder/none", kind.location, kind=kind.id)

    def _quota(self, quota: Quota) -> Iterator[Diagnostic]:
        yield from self._common(quota.applies_to, quota.under, quota.source, quota.location)
        known = self.regulation.parameters
        limits = [quota.at_most, *(relief.at_most for relief in quota.relief if relief.at_most)]
        for name in limits:
            yield from _unknown("parameter/unknown", name, known, quota.location)
            if name in known and known[name].type not in ("integer", "number"):
                yield diagnostic(
                    "parameter/type",
                    quota.location,
                    parameter=name,
                    expected="number",
                    value=known[name].type,
                )
        of = [grades for _, grades in quota.of.options] if isinstance(quota.of, ByReading) else [quota.of]
        for grade in dict.fromkeys([quota.grade, quota.surplus, *(grade for grades in of for grade in grades)]):
            yield from self._known_grade(grade, quota.location)
        for setting in (quota.of, quota.count, quota.rounding):
            if isinstance(setting, ByReading):
                yield from self._by_reading(
                    setting.interpretation, [name for name, _ in setting.options], setting.location
                )
        for name in quota.within:
            relations = [f"subject.{relation.id}" for relation in self.regulation.relations]
            attributes = ["subject.kind", "subject.cohort", "subject.unit", *relations]
            if name not in attributes and name not in self.vocabulary.facts:
                known_names = [*attributes, *self.vocabulary.facts]
                suggestion = closest(name, known_names)
                yield diagnostic("fact/unknown", _place(name, quota.location), fact=name, suggestion=suggestion)

    def _by_reading(self, interpretation: str, options: Sequence[str], place: Location) -> Iterator[Diagnostic]:
        known = {one.id: [name for name, _ in one.options] for one in self.regulation.interpretations}
        yield from _unknown("interpretation/unknown", interpretation, known, place)
        expected = known.get(interpretation, list(options))
        if sorted(expected) != sorted(options):
            yield diagnostic(
                "interpretation/options-differ",
                place,
                interpretation=interpretation,
                options=", ".join(options),
                expected=", ".join(expected),
            )

    def _source(self, source: Source) -> Iterator[Diagnostic]:
        yield from self._known_document(source.document, source.location)
        texts = [text for text in self.regulation.source_texts if text.document == source.document]
        passages = [folded(passage.text) for text in texts for passage in text.passages]
        if source.status == "stated" and texts:
            if not source.quotes:
                yield diagnostic("source/quote-missing", source.location)
            for quote in source.quotes:
                if not any(folded(quote) in passage for passage in passages):
                    yield diagnostic(
                        "source/quote-not-found",
                        _place(quote, source.location),
                        quote=quote,
                        texts=", ".join(text.id for text in texts),
                    )


def otherwise_grades(ladder: Ladder) -> tuple[str, ...]:
    """The grades that `otherwise` may give, under whatever reading."""
    setting = ladder.otherwise.grade
    grades = [grade for _, grade in setting.options] if isinstance(setting, ByReading) else [setting]
    return tuple(grade for grade in grades if grade is not None)


def folded(text: str) -> str:
    """Text as quotes are compared: NFC, white space as one blank."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def _in_force(regulations: Mapping[str, Regulation]) -> Iterator[Diagnostic]:
    """Of regulations that replace each other no two may be in force on a day, and no day between may have none."""
    for later in regulations.values():
        for earlier_id in later.replaces:
            earlier = regulations.get(earlier_id)
            if earlier is None:
                continue
            last = earlier.in_force_until or date.max
            if last < earlier.in_force_from:
                continue  # told as a mistake of its own
            following = last + timedelta(days=1) if last < date.max else date.max
            if following != later.in_force_from:
                yield from _not_adjoining(earlier, later, following)


def _not_adjoining(earlier: Regulation, later: Regulation, following: date) -> Iterator[Diagnostic]:
    """One diagnostic at each of two days that leave a gap or overlap: which of them is wrong only the texts say.
    `following`: the day after the last of the earlier regulation."""
    code = "regulation/gap" if following < later.in_force_from else "regulation/overlap"
    day = min(following, later.in_force_from)
    until, since = earlier.in_force_until_location, later.in_force_from_location
    day_before = (later.in_force_from - timedelta(days=1)).isoformat()
    for place, key, should, other in (
        (until, "until", day_before, since),
        (since, "from", following.isoformat(), until),
    ):
        yield diagnostic(
            code, place, one=earlier.id, other=later.id, day=day.isoformat(), key=key, should=should, place=str(other)
        )
