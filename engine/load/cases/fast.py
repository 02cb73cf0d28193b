"""The text of a case -> the case, read fast if nothing is wrong with it.

Types are generated from the vocabulary, and msgspec checks a text against them while it reads it. The result is the
same case that `parse_case` gives. For a text that is wrong or unusual the result is None: `parse_case` reads it again
and says what is wrong.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from hashlib import sha256
from operator import itemgetter
from typing import Annotated, Any
from unicodedata import is_normalized

import msgspec
from msgspec import UNSET, Meta, UnsetType

from engine.base.diagnostics import Location
from engine.base.documents import TEXT_LIMIT
from engine.core.judge.case import GIVERS, SUBJECT_KEYS, Case, Subject, subject_of
from engine.core.policy.live import during, in_force
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import NOWHERE, Fact, PeriodKind, Text, Value, Vocabulary
from engine.core.policy.values import Misfit, check_bounds, derive, parts_of
from engine.load.cases.chosen import ChosenBecause, chosen_because
from engine.load.cases.derived import agrees, derivation_order
from engine.load.cases.fast_values import (
    MOST_VALUES,
    Group,
    Unusual,
    any_of,
    ballots_type,
    check_ballots,
    check_days,
    collect_values,
    covered_contents,
    document_type,
    fields_of,
    parsed_day,
    read_decimal,
    struct,
    type_of,
    unless_unknown,
)
from engine.load.cases.kinds import kinds_of_cases
from engine.load.cases.periods import outside, period_alike, period_kind

MOST_PERIODS = 1_000


SHORT = Annotated[str, Meta(max_length=200)]
BORN = Annotated[str, Meta(pattern=r"\A[0-9]{4}(-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?\Z")]


# An escaped colon would be missed by the count of keys. An escape other than these three may stand for a character that
# no text may hold.
_HIDDEN_COLON = re.compile(r"\\u003a", re.IGNORECASE)


_FRACTION = rb'{"\u0000":'


_UNUSUAL_ESCAPE = re.compile(r'\\[^"\\nt]')


class _Derivation:
    """Computes a derived fact, and caches its values by those of its parts, because most cases repeat them."""

    def __init__(self, fact: Fact, vocabulary: Vocabulary) -> None:
        assert fact.derived is not None
        self._fact, self._vocabulary, self._derived = fact, vocabulary, fact.derived
        self._parts = itemgetter(*parts_of(fact.derived))
        self._known: dict[object, Value | None] = {}

    def add_to(self, values: dict[str, Value]) -> None:
        """Adds the value that the parts come to. Raises Misfit if it is out of bounds, Unusual if another is stated."""
        stated = values.get(self._fact.name)
        try:
            key = self._parts(values), stated
        except KeyError:
            if stated is not None:
                check_bounds(stated, self._fact)
            return
        if key in self._known:
            value = self._known[key]
        else:
            value = self._value(values, stated)
            if len(self._known) < MOST_VALUES:
                self._known[key] = value
        if value is not None:
            values[self._fact.name] = value

    def _value(self, values: dict[str, Value], stated: Value | None) -> Value | None:
        computed = derive(self._derived, values, self._vocabulary)
        if stated is not None and computed is not None and not agrees(stated, computed, self._derived):
            raise Unusual
        value = stated if computed is None else computed
        if value is not None:
            check_bounds(value, self._fact)
        return value


Placed = Callable[[str], Location]


def nowhere(key: str) -> Location:
    """The place of a text that stands in no file."""
    return NOWHERE


class Decoder:
    """Reads the cases of one library. The types are generated for the first case, which takes a few milliseconds."""

    def __init__(self, library: Library) -> None:
        self._library = library
        facts = library.vocabulary.facts
        self._derivations = [
            _Derivation(facts[name], library.vocabulary) for name in derivation_order(library.vocabulary)
        ]
        self._bounds = [
            (fact.name, whole.fact) for fact in facts.values() for whole in fact.not_more_than if not whole.warned
        ]
        regulations = library.regulations.values()
        # A case may be judged by several regulations, so what only another one names is no mistake.
        self.relations = [
            name
            for name in dict.fromkeys(
                str(relation.id) for regulation in regulations for relation in regulation.relations
            )
            if name not in SUBJECT_KEYS
        ]
        self._unit_is_relation = any(
            relation.id == "unit" for regulation in regulations for relation in regulation.relations
        )
        self._grades = {regulation.id: frozenset(grade.id for grade in regulation.grades) for regulation in regulations}
        self._days: dict[str, tuple[date, Regulation | None]] = {}
        self._kinds: dict[tuple[str, str], bool] = {}
        self._reviewed: set[tuple[str, date]] = set()
        self._becauses: dict[tuple[str, ChosenBecause, str, date], Text] = {}
        self._canonical = msgspec.json.Encoder(order="sorted").encode

    def case(self, file: str, text: str, regulation: str | None = None, placed: Placed = nowhere) -> Case | None:
        """The case that a text states, or None if `parse_case` has to read it and say what is wrong.

        `regulation` is the id of one that overrides the one in force on `as_of` (and one that the case names). `placed`
        says where the value of a key of the text stands.
        """
        # Facts are mostly nested, or mostly written with dots; a case that does both is read the careful way.
        for dotted in (False, True):
            group, decode = self._dotted if dotted else self._nested
            try:
                read = decode(text)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                continue
            try:
                return self._case(file, text, read, group, regulation, placed)
            except Unusual:
                return None
        return None

    # --- types ---

    def outline(self, dotted: bool) -> tuple[Group, Group, Any]:
        """The group that the facts of a case are, nested or written with dots; the same with the text of each group in
        it for its value; and the type of a whole case with such facts."""
        group, _ = self._dotted if dotted else self._nested
        types = {
            key: msgspec.Raw if isinstance(part, Group) else unless_unknown(type_of(part))
            for key, part in zip(group.keys, group.parts, strict=True)
        }
        raw = Group(struct(types), group.parts, group.keys)
        return group, raw, self._whole(raw)

    @cached_property
    def _nested(self) -> tuple[Group, Any]:
        return self._reading(_groups(list(self._library.vocabulary.facts.values()), ""))

    @cached_property
    def _dotted(self) -> tuple[Group, Any]:
        return self._reading(_group(self._library.vocabulary.facts))

    def _reading(self, group: Group) -> tuple[Group, Any]:
        """What decodes a whole case whose facts are this group, with the group itself."""
        return group, msgspec.json.Decoder(self._whole(group), float_hook=read_decimal).decode

    def _whole(self, group: Group) -> Any:
        """The type of a whole case whose facts are this group."""
        regulations = self._library.regulations.values()
        kinds = any_of(name for regulation in regulations for name in regulation.kinds)
        grades = any_of(grade.id for regulation in regulations for grade in regulation.grades)
        contents = any_of(rule.id for regulation in regulations for rule in regulation.review_contents)
        subject = struct(
            {
                "kind": kinds,
                **{name: unless_unknown(SHORT) for name in SUBJECT_KEYS if name != "kind"},
                "born": unless_unknown(BORN),
                **{name: unless_unknown(str | list[str]) for name in self.relations},
            },
            required=("kind",),
        )
        document = document_type(paper.id for regulation in regulations for paper in regulation.papers)
        review = struct({"covered": unless_unknown(list[contents])})  # type: ignore[valid-type]
        givers: dict[str, Any] = {name: unless_unknown(grades) for name in GIVERS}
        given = struct({**givers, "decided_on": unless_unknown(str)})
        evidence: Any = dict[any_of(self._library.vocabulary.facts), list[str] | None]  # type: ignore[misc]
        return struct(
            {
                "case_id": SHORT,
                "period": SHORT,
                "as_of": str,
                "subject": subject,
                "facts": group.type,
                "regulation": unless_unknown(str),
                "evidence": unless_unknown(evidence),
                "review": unless_unknown(review),
                "grades": unless_unknown(given),
                "ballots": unless_unknown(ballots_type(grades)),
                "documents": unless_unknown(list[document]),  # type: ignore[valid-type]
                "$schema": str | UnsetType,
            },
            required=("case_id", "period", "as_of", "subject", "facts"),
        )

    # --- one case ---

    def _case(self, file: str, text: str, read: Any, group: Group, override: str | None, placed: Placed) -> Case:
        case_id, period, as_of_text, subject_read, facts_read, named, evidence, review, given, *others = fields_of(read)
        ballots, documents, _ = others
        input_hash = self._hash(text, read)
        if case_id.isspace() or not case_id or period.isspace() or not period:
            raise Unusual
        as_of, regulation, because = self._regulation(as_of_text, named, override)
        self._check_day(period, as_of)
        values = self._values(facts_read, group)
        grades, decided_on = self._given(given, regulation)
        check_ballots(ballots, self._grades[regulation.id])
        check_days(documents)
        return Case(
            case_id=case_id,
            file=file,
            regulation=regulation.id,
            chosen_because=self._because(regulation, because, period, as_of),
            period=period,
            period_key=period_alike(period),
            as_of=as_of,
            subject=self._subject(subject_read, regulation),
            values=values,
            evidence={
                fact: tuple([item for item in items if item.strip()])
                for fact, items in evidence.items()
                if items is not None
            }
            if evidence
            else {},
            covered=covered_contents(review),
            grades=grades,
            decided_on=decided_on,
            input_hash=input_hash,
            period_kind=_kind_of_period(period, regulation),
            place=placed("case_id"),
        )

    def _check_day(self, period: str, as_of: date) -> None:
        key = period, as_of
        if key not in self._reviewed:
            if outside(self._library.vocabulary.as_of, period, as_of, warned=False) is not None:
                raise Unusual
            if len(self._reviewed) < MOST_PERIODS:
                self._reviewed.add(key)

    def _because(self, regulation: Regulation, why: ChosenBecause, period: str, as_of: date) -> Text:
        key = regulation.id, why, period, as_of
        text = self._becauses.get(key)
        if text is None:
            text = chosen_because(self._library, regulation, why, period, as_of)
            if len(self._becauses) < MOST_PERIODS:
                self._becauses[key] = text
        return text

    def _hash(self, text: str, read: Any) -> str:
        """The hash that `content_hash` gives. Raises Unusual if reading lost something, or if a text is not fit.

        Of keys written twice msgspec keeps the last and says nothing. Each key brings a colon, so the number of colons
        shows whether a key was lost.
        """
        canonical = self._canonical(read)
        if text.count(":") != canonical.count(b":") - canonical.count(_FRACTION) or len(canonical) > TEXT_LIMIT:
            raise Unusual
        written = canonical.replace(_FRACTION, b"{").decode()
        # If the whole is in composed form, so is every text in it, and a printable text is fit.
        if not written.isprintable() or not is_normalized("NFC", written):
            raise Unusual
        if "\\" in text and (_HIDDEN_COLON.search(text) or _UNUSUAL_ESCAPE.search(written)):
            raise Unusual
        return sha256(canonical).hexdigest()

    def _regulation(
        self, day: str, named: str | UnsetType | None, override: str | None
    ) -> tuple[date, Regulation, ChosenBecause]:
        known = self._days.get(day)
        if known is None:
            as_of, regulations = parsed_day(day), self._library.regulations.values()
            candidates = [
                regulation for regulation in regulations if regulation.extends is None and in_force(regulation, as_of)
            ]
            known = self._days[day] = as_of, candidates[0] if len(candidates) == 1 else None
        as_of, default = known
        chosen = self._library.regulations.get(named) if isinstance(named, str) else default
        if override is not None:
            # The regulation that the case names does not count then, but it must exist.
            if isinstance(named, str) and chosen is None:
                raise Unusual
            return as_of, self._library.regulations[override], "overridden"
        if chosen is None or not in_force(chosen, as_of):
            raise Unusual
        return as_of, chosen, "named" if isinstance(named, str) else "in_force"

    def _values(self, read: Any, group: Group) -> dict[str, Value]:
        stated: dict[str, Value] = {}
        try:
            collect_values(read, group, stated)
            values = dict(stated)
            for derivation in self._derivations:
                derivation.add_to(values)
        except Misfit:
            raise Unusual from None
        for name, whole in self._bounds:
            if name in values and whole in values and values[name] > values[whole]:  # type: ignore[operator]
                raise Unusual
        return values

    def _subject(self, read: Any, regulation: Regulation) -> Subject:
        parts: list[Any] = [None if part is UNSET else part for part in fields_of(read)]
        own = dict(zip(SUBJECT_KEYS, parts, strict=False))
        related, kind, unit = parts[len(own) :], own["kind"], own["unit"]
        key = regulation.id, kind
        if key not in self._kinds:
            self._kinds[key] = kind in kinds_of_cases(regulation)
        if not self._kinds[key]:
            raise Unusual
        relations: dict[str, tuple[str, ...]] = {}
        if self._unit_is_relation and unit is not None:
            relations["unit"] = (unit,)
        for name, others in zip(self.relations, related, strict=True):
            if others is not None:
                relations[name] = (others,) if isinstance(others, str) else tuple(others)
        return subject_of(own, relations)

    def _given(self, read: Any, regulation: Regulation) -> tuple[dict[str, str], date | None]:
        if not read:
            return {}, None
        *grades, day = fields_of(read)
        given: dict[str, str] = {giver: grade for giver, grade in zip(GIVERS, grades, strict=True) if grade}
        if not self._grades[regulation.id].issuperset(given.values()):
            raise Unusual
        return given, None if day is UNSET or day is None else parsed_day(day)


def _groups(facts: Sequence[Fact], prefix: str) -> Group:
    """The facts whose names begin with `prefix`, in groups by what stands before the next dot."""
    own = {fact.name[len(prefix) :]: fact for fact in facts}
    below: dict[str, list[Fact]] = {}
    for rest, fact in own.items():
        head, dot, _ = rest.partition(".")
        if dot and head not in own:
            below.setdefault(head, []).append(fact)
    parts: dict[str, Fact | Group] = {rest: fact for rest, fact in own.items() if "." not in rest}
    return _group(parts | {head: _groups(inside, f"{prefix}{head}.") for head, inside in below.items()})


def _group(parts: Mapping[str, "Fact | Group"]) -> Group:
    types = {
        key: unless_unknown(part.type if isinstance(part, Group) else type_of(part)) for key, part in parts.items()
    }
    return Group(struct(types), tuple(parts.values()), tuple(parts))


def _kind_of_period(period: str, regulation: Regulation) -> PeriodKind:
    if not regulation.periods:
        return "year"
    kind = period_kind(period)
    if kind is None or not during(regulation.periods, kind):
        raise Unusual
    return kind
