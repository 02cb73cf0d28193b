"""Differences between two versions of a regulation -> text, Markdown and JSON.

Text and Markdown say the same in the same order: what became tighter, what looser, what moved both ways, what is not
decided, then what treats nobody otherwise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.base.words import words
from engine.core.policy.conditions import operand_value
from engine.core.policy.rules import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    EvidenceNamed,
    Literals,
    NoneOf,
    Operand,
    ParameterReference,
)
from engine.core.policy.terms import Source, Text
from engine.core.policy.values import Misfit
from engine.report.json import as_plain
from engine.report.markdown import escaped
from engine.report.words import Words
from engine.versions.comparison import Difference
from engine.versions.strictness import MOVES_NO_GRADE
from engine.versions.versions import Version
from engine.versions.witnesses import Witness

SAYS = words("diff", "says")
WHAT = words("diff", "what")
PARTS = words("diff", "parts")
SECTIONS = ("tightened", "loosened", "both_ways", "not_decided", "dates", "other", "renamed", "reworded")


@dataclass(frozen=True)
class Entry:
    """One difference as it is told: a headline, what it is called in the policies, and lines below it."""

    headline: str
    names: str
    lines: tuple[str, ...]


def section_of(one: Difference) -> str:
    """Under which heading a difference is told."""
    if one.direction != "none" and not one.dormant:
        return one.direction
    if one.what == "regulation" and one.old == one.new and any(key.startswith("in_force") for key, _, _ in one.details):
        return "dates"
    return one.kind if one.kind in ("renamed", "reworded") else "other"


@dataclass(frozen=True)
class Telling:
    """How differences are told in one language."""

    words: Words
    old: Version
    new: Version

    def say(self, key: str, **arguments: object) -> str:
        return SAYS[key][self.words.language].format(**arguments)

    def what(self, key: str) -> str:
        return WHAT[key][self.words.language]

    @property
    def title(self) -> str:
        return self.say("title", old=self.old.name, new=self.new.name) + self.of_regulations

    @property
    def of_regulations(self) -> str:
        """Which regulations are set side by side, where the sides are not called by them."""
        ids = [self.old.regulation.id, self.new.regulation.id]
        if ids == [self.old.name, self.new.name]:
            return ""
        return f" ({' → '.join(dict.fromkeys(ids))})"

    def sections(self, found: Sequence[Difference]) -> Iterator[tuple[str, list[Entry]]]:
        """The headings that have something below them."""
        for name in SECTIONS:
            entries = [self.entry(one) for one in found if section_of(one) == name]
            if entries:
                yield self.say(name), entries

    def counts(self, found: Sequence[Difference]) -> str:
        return self.say("counts", counts=self.kinds(found))

    def kinds(self, found: Sequence[Difference]) -> str:
        """How many differences of each kind there are."""
        said = [(self.say(name).lower(), sum(section_of(one) == name for one in found)) for name in SECTIONS]
        return "; ".join(f"{name} {count}" for name, count in said if count)

    def entry(self, one: Difference) -> Entry:
        grade = f" “{self.grade(one.grade)}”" if one.grade else ""
        kind = "" if one.kind in ("renamed", "reworded") else f" – {self.say(one.kind)}"
        if one.because:
            kind = f" – {self.say('because', names=', '.join(one.because))}"
        headline = f"[{self.what(one.what)}{grade}] {self.words.text(one.label)}{kind}"
        names = one.new or one.old or ""
        if one.old and one.new and one.old != one.new:
            names = f"{one.old} → {one.new}"
        return Entry(headline, names, tuple(self.lines(one)))

    def lines(self, one: Difference) -> Iterator[str]:
        if one.dormant:
            yield self.say("dormant")
        if one.old_label is not None and one.old_label != one.label:
            yield f"{self.say('was')}: “{self.words.text(one.old_label)}”"
        rule = one.old_condition is not None or one.new_condition is not None
        told: dict[str, str] = {}
        for side, condition, source, there in (
            ("was", one.old_condition, one.old_source, one.old),
            ("now", one.new_condition, one.new_source, one.new),
        ):
            if there is None or (source is None and condition is None):
                continue
            asked = self.condition(condition, self.old if side == "was" else self.new) if rule else ""
            told[side] = " ".join(part for part in (asked, self.source(source)) if part)
        if len(told) == 2 and len(set(told.values())) == 1:
            told = {"reads": told["now"]}
        yield from (f"{self.say(side)}: {text}" for side, text in told.items())
        yield from self.details(one)
        if one.days and one.old and one.new and self.old.regulation.id == self.new.regulation.id:
            yield f"{self.say('since')}: {', '.join(self.words.day(day) for day in one.days)}"
        for witness in one.witnesses:
            yield f"{self.say('witness')}: {self.witness(witness, graded=one.what not in MOVES_NO_GRADE)}"
        for cohort in one.cohorts:
            counts = ", ".join(f"{count} “{self.grade(grade)}”" for grade, count in cohort.counts)
            lawful = [self.say("lawful" if each else "unlawful") for each in (cohort.lawful_old, cohort.lawful_new)]
            yield f"{self.say('witness')}: {self.say('cohort', counts=counts, old=lawful[0], new=lawful[1])}"

    def details(self, one: Difference) -> Iterator[str]:
        """The parts of a difference, old to new."""
        for key, before, after in one.details:
            yield f"{self.part(key)}: {self.setting(key, before)} → {self.setting(key, after)}"

    def part(self, key: str) -> str:
        """What a part of a difference is called: a word, a day from which a value holds, or a part of a relief."""
        language = self.words.language
        name = key.rpartition(".")[2]
        if key[:1].isdigit():
            return f"{self.say('from')} {self.words.day(date.fromisoformat(key))}"
        if name not in PARTS:
            return key
        return PARTS[name][language] if name == key else f"{PARTS[name][language]} ({key.split('.')[1]})"

    def setting(self, key: str, value: object) -> str:
        """A part's value: grades and kinds of subject by their labels."""
        named = {one.id: one.label for one in (*self.old.regulation.grades, *self.new.regulation.grades)}
        if key == "applies_to":
            named = {one.id: one.label for side in (self.old, self.new) for one in side.regulation.kinds.values()}
        elif key not in ("grade", "of", "surplus"):
            return self.plain(value)
        parts = self.plain(value).split(", ")
        return ", ".join(self.words.text(named[each]) if each in named else self.word(each) for each in parts)

    def word(self, name: str) -> str:
        return self.say(name) if name in SAYS else name

    def witness(self, one: Witness, *, graded: bool = True) -> str:
        """A case in a sentence; what it comes to only where the rule has a part in the grade."""
        subject = one.document["subject"]["kind"]
        kinds = {**self.old.regulation.kinds, **self.new.regulation.kinds}
        facts = "; ".join(f"{self.fact(name)} = {self.value_of(name, value)}" for name, value in one.unusual)
        rule = [self.say("holds" if result else "fails") for result in (one.rule_old, one.rule_new)]
        old, new = (self.outcome(each) for each in (one.outcome_old, one.outcome_new))
        outcome = self.say("same_outcome", old=old) if old == new else self.say("outcome", old=old, new=new)
        if self.old.regulation.id != self.new.regulation.id:
            outcome = self.say("whole_outcome", old=old, new=new)
        told = [self.say("rule", old=rule[0], new=rule[1]), *([outcome] if graded else [])]
        return f"{self.words.text(kinds[subject].label)}, {facts or self.say('typical')}: {'; '.join(told)}"

    def outcome(self, possible: Sequence[str]) -> str:
        return " / ".join(self.say(each) if each in SAYS else self.grade(each) for each in possible)

    def value_of(self, name: str, value: object) -> str:
        """A value of a fact; an option by its label."""
        facts = {**self.old.library.vocabulary.facts, **self.new.library.vocabulary.facts}
        labels = dict(facts[name].options) if name in facts else {}
        if isinstance(value, list | tuple):
            shown = [self.words.text(labels[each]) if each in labels else str(each) for each in value]
            return ", ".join(shown) or self.say("none_given")
        return self.words.text(labels[value]) if isinstance(value, str) and value in labels else self.plain(value)

    def grade(self, name: str | None) -> str:
        labels = {one.id: one.label for one in (*self.old.regulation.grades, *self.new.regulation.grades)}
        return self.words.text(labels[name]) if name in labels else str(name)

    def fact(self, name: str) -> str:
        evidence, name = name.startswith("evidence "), name.removeprefix("evidence ")
        facts = {**self.old.library.vocabulary.facts, **self.new.library.vocabulary.facts}
        label = self.words.text(facts[name].label)
        return self.say("evidence", fact=label) if evidence else label

    def source(self, source: Source | None) -> str:
        return self.words.citation(source) if source is not None else ""

    def condition(self, condition: Condition | None, version: Version) -> str:
        """What is asked, in words; `all`, `any` and `none` in brackets where they are nested."""
        match condition:
            case None:
                return self.say("always")
            case EvidenceNamed(fact=name):
                return self.words.say(
                    "evidence_for", fact=self.words.text(version.library.vocabulary.facts[name].label)
                )
            case Comparison():
                return self.comparison(condition, version)
            case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
                join = {AllOf: "join_all", AnyOf: "join_any", NoneOf: "join_none"}[type(condition)]
                return f"{self.words.say(join)} ({'; '.join(self.condition(part, version) for part in parts)})"

    def comparison(self, one: Comparison, version: Version) -> str:
        fact = version.library.vocabulary.facts[one.fact]
        labels = dict(fact.options)

        def shown(plain: object) -> str:
            try:
                value = operand_value(plain, fact)
            except Misfit:
                return str(plain)
            return self.words.value(value, fact.unit, labels.get(str(value)))

        match one.operand:
            case ParameterReference(name):
                values = version.regulation.parameters[name].values
                written = f"{shown(values[-1].value)} ({name})" if values else name
            case Literals(plain):
                written = ", ".join(shown(each) for each in plain)
            case Operand(typed_values):
                written = ", ".join(self.words.value(each, fact.unit, labels.get(str(each))) for each in typed_values)
        return f"{self.words.text(fact.label)}: {self.words.say(one.operator, what=written)}"

    def plain(self, value: object) -> str:
        match value:
            case None:
                return self.say("none_given")
            case bool():
                return self.words.say("yes" if value else "no")
            case date():
                return self.words.day(value)
            case Text():
                return self.words.text(value)
            case tuple() | list():
                return ", ".join(map(str, value)) or self.say("none_given")
            case Decimal():
                return str(value.normalize())
            case "":
                return self.say("none_given")
            case _:
                return str(value)


def telling(old: Version, new: Version, language: str) -> Telling:
    documents = {one.id: one.label for side in (old, new) for one in side.regulation.documents}
    return Telling(Words(language, documents), old, new)


def as_text(by: Telling, found: Sequence[Difference]) -> Iterator[str]:
    """The lines of a report for the terminal."""
    yield by.title
    if not found:
        yield by.say("nothing")
        return
    for heading, entries in by.sections(found):
        yield ""
        yield heading.upper()
        for entry in entries:
            yield f"  {entry.headline}"
            yield f"      {entry.names}"
            yield from (f"      {line}" for line in entry.lines)
    yield ""
    yield by.counts(found)


def as_markdown(by: Telling, found: Sequence[Difference]) -> str:
    """The same as Markdown, as for a pull request."""
    lines = [f"# {escaped(by.title)}", ""]
    if not found:
        lines.append(escaped(by.say("nothing")))
    else:
        lines += [escaped(by.counts(found))]
    for heading, entries in by.sections(found):
        lines += ["", f"## {escaped(heading)}", ""]
        for entry in entries:
            lines.append(f"- **{escaped(entry.headline)}**")
            lines.append(f"  `{entry.names}`")
            lines += [f"  - {escaped(line)}" for line in entry.lines]
    return "\n".join(lines) + "\n"


def as_data(found: Sequence[Difference], old: Version, new: Version) -> dict[str, Any]:
    """The same as plain data; conditions in the shape of the policy language, witnesses as whole case files."""
    return {
        "old": old.name,
        "new": new.name,
        "regulations": [old.regulation.id, new.regulation.id],
        "differences": [_difference(one) for one in found],
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "what": one.what,
        "kind": one.kind,
        "direction": one.direction,
        "dormant": one.dormant,
        "old": one.old,
        "new": one.new,
        "grade": one.grade,
        "label": as_plain(one.label),
        "old_label": as_plain(one.old_label),
        "old_source": as_plain(one.old_source),
        "new_source": as_plain(one.new_source),
        "old_condition": written_condition(one.old_condition),
        "new_condition": written_condition(one.new_condition),
        "details": [{"part": key, "old": _scalar(before), "new": _scalar(after)} for key, before, after in one.details],
        "because": list(one.because),
        "days": [day.isoformat() for day in one.days],
        "witnesses": [
            {
                "case": _scalar(each.document),
                "unusual": {name: _scalar(value) for name, value in each.unusual},
                "rule": [each.rule_old, each.rule_new],
                "outcome": [list(each.outcome_old), list(each.outcome_new)],
            }
            for each in one.witnesses
        ],
        "cohorts": [
            {"counts": dict(each.counts), "lawful": [each.lawful_old, each.lawful_new]} for each in one.cohorts
        ],
    }


def written_condition(condition: Condition | None) -> Any:
    """A condition in the shape of the policy language."""
    match condition:
        case None:
            return None
        case EvidenceNamed(fact=name):
            return {"evidence": str(name)}
        case Comparison(fact=name, operator=operator, operand=ParameterReference(parameter)):
            return {"fact": str(name), operator: {"parameter": str(parameter)}}
        case Comparison(fact=name, operator=operator, operand=Literals(values) | Operand(values)):
            listed = operator in ("one_of", "none_of", "includes_any", "includes_all")
            return {"fact": str(name), operator: _scalar(list(values)) if listed else _scalar(values[0])}
        case AllOf(parts):
            return {"all": [written_condition(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [written_condition(part) for part in parts]}
        case NoneOf(parts):
            return {"none": [written_condition(part) for part in parts]}
    raise ValueError("a condition of another kind")


def _scalar(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping():
            return {str(key): _scalar(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_scalar(inner) for inner in value]
        case _:
            return as_plain(value)
