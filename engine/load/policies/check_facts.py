"""What is wrong with a vocabulary: lists, groups, bounds, and the facts that others are computed from."""

from collections.abc import Iterator
from itertools import accumulate

from engine.base.diagnostics import PERSONAL, Diagnostic, diagnostic
from engine.base.words import words
from engine.core.policy.terms import NOWHERE, Fact, Vocabulary
from engine.core.policy.values import Misfit, parts_of, typed, written
from engine.load.policies.names import is_personal, unknown_fact, unknown_name

COLUMNS = ("#", *words("cells", "columns"))
"""The columns of a table of cases that hold no fact, and that of notes for people."""


def check_vocabulary(vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    """What is wrong with the facts themselves: their lists, groups, derivations and bounds."""
    yield from _names(vocabulary)
    for fact in vocabulary.facts.values():
        if fact.shared_list is not None and fact.shared_list not in vocabulary.lists:
            yield from unknown_name("fact/unknown-list", fact.shared_list, vocabulary.lists, fact.location)
            continue
        *groups, _ = accumulate(fact.name.split("."), lambda above, name: f"{above}.{name}")
        for group in groups:
            if group in vocabulary.facts:
                yield diagnostic("fact/group", fact.location, fact=fact.name, group=group)
        if bounds_are_turned_round(fact):
            low, high = written(fact.minimum), written(fact.maximum)
            yield diagnostic("fact/bounds", fact.location, fact=fact.name, minimum=low, maximum=high)
        if fact.form == "set" and not fact.options:
            yield diagnostic("fact/without-options", fact.location, fact=fact.name)
        for whole in fact.not_more_than:
            yield from _whole(fact, whole.fact, vocabulary)
        if fact.derived is not None:
            yield from _derived(fact, vocabulary)
        elif fact.typical is not None:
            try:
                typed(fact.typical, fact)
            except Misfit as misfit:
                if not (misfit.code == "fact/range" and bounds_are_turned_round(fact)):
                    yield diagnostic(misfit.code, fact.location, **misfit.arguments)


def _names(vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    """Facts that only a person may be asked about, and headings of a column that no table has."""
    for fact in vocabulary.facts.values():
        if is_personal(fact.name):
            yield diagnostic("fact/personal", fact.location, name=fact.name)
    for name in vocabulary.headings:
        if name not in (*COLUMNS, *vocabulary.facts) and not name.startswith(f"{PERSONAL}."):
            yield unknown_fact(name, vocabulary.facts, NOWHERE, COLUMNS)


def bounds_are_turned_round(fact: Fact) -> bool:
    """Is the lower bound above the upper one? Then nothing lies between them; this is reported once, at the fact."""
    low, high = fact.minimum, fact.maximum
    return low is not None and high is not None and high < low  # type: ignore[operator]


def _whole(fact: Fact, name: str, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    if name not in vocabulary.facts:
        yield unknown_fact(name, vocabulary.facts, fact.location)
        return
    whole = vocabulary.facts[name]
    comparable = (fact.is_number and whole.is_number) or fact.form == whole.form == "date"
    if not comparable or fact.name == name or fact.unit != whole.unit:
        kinds = [" ".join(filter(None, (compared.type, compared.unit))) for compared in (fact, whole)]
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
            fits = fact.is_number and all(part.is_number for part in parts)
        case "Count":
            fits = fact.form == "integer" and len({(part.type, part.options) for part in parts}) == 1
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
