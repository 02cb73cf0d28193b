"""Differences between two versions of a regulation -> a document and plain data.

What became tighter stands first, then what became looser, what moved both ways, what is not decided, then what changes
no grade and no duty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

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
from engine.core.policy.terms import Fact, Source, Text
from engine.core.policy.values import Misfit
from engine.report.document import Chapter, Document, Entry
from engine.report.words import Words
from engine.versions.comparison import Difference
from engine.versions.strictness import MOVES_NO_GRADE
from engine.versions.versions import Version
from engine.versions.witnesses import Witness

SAYS = words("diff", "says")
WHAT = words("diff", "what")
PARTS = words("diff", "parts")
MUST = words("regulation")
SECTIONS = ("tightened", "loosened", "both_ways", "not_decided", "dates", "other", "renamed", "reworded")


@dataclass(frozen=True)
class Telling:
    """The names that two versions give to things, in one language."""

    words: Words
    old: Version
    new: Version

    def say(self, key: str, **arguments: object) -> str:
        """A phrase of `words/diff.yaml`, with its places filled."""
        return SAYS[key][self.words.language].format(**arguments)

    @property
    def title(self) -> str:
        """What is compared."""
        return self.say("title", old=self.old.name, new=self.new.name) + self.of_regulations

    @property
    def regulations(self) -> str:
        """The regulation, or the old one and the new one."""
        return " → ".join(dict.fromkeys((self.old.regulation.id, self.new.regulation.id)))

    @property
    def of_regulations(self) -> str:
        """The regulations in brackets, unless the sides are called by them."""
        same = (self.old.regulation.id, self.new.regulation.id) == (self.old.name, self.new.name)
        return "" if same else f" ({self.regulations})"

    def grade(self, name: str | None) -> str:
        """The label of a grade."""
        labels = {grade.id: grade.label for grade in (*self.old.regulation.grades, *self.new.regulation.grades)}
        return self.words.text(labels[name]) if name in labels else str(name)

    def outcome(self, possible: Sequence[str]) -> str:
        """What a case may come to: a grade, several, or none."""
        return " / ".join(self.say(grade) if grade in SAYS else self.grade(grade) for grade in possible)

    def read_as(self, written: str) -> str:
        """The text of `under_text` with the labels of interpretations and options in the place of their ids."""
        known = {
            reading.id: reading
            for reading in (*self.old.regulation.interpretations, *self.new.regulation.interpretations)
        }
        parts = []
        for part in written.split("; ") if written else ():
            name, _, options = part.partition(": ")
            labels = dict(known[name].options) if name in known else {}
            shown = [self.words.text(labels[option]) if option in labels else option for option in options.split(" / ")]
            question = self.words.text(known[name].question) if name in known else name
            parts.append(f"{question} {' / '.join(shown)}")
        return "; ".join(parts) or self.say("none_given")

    def cause(self, name: str) -> str:
        """A parameter or an interpretation: by its name in the policies, or by its label if words are plain."""
        if not self.words.plain:
            return name
        labels: dict[str, Text] = {}
        for version in (self.old, self.new):
            labels |= {reading.id: reading.question for reading in version.regulation.interpretations}
            labels |= {parameter.id: parameter.label for parameter in version.regulation.parameters.values()}
        return f"“{self.words.text(labels[name])}”" if name in labels else name

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        """The facts that either version knows."""
        return {**self.old.library.vocabulary.facts, **self.new.library.vocabulary.facts}

    def plain(self, value: object) -> str:
        """A value of a policy file."""
        match value:
            case None | "":
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
            case _:
                return str(value)


def telling(old: Version, new: Version, language: str, *, plain: bool = False) -> Telling:
    """The names of two versions, in one language. `plain`: without the names that the policies have for things."""
    documents = {document.id: document.label for side in (old, new) for document in side.regulation.documents}
    return Telling(Words(language, documents, plain=plain), old, new)


def as_document(telling: Telling, differences: Sequence[Difference]) -> Document:
    """The differences under their headings."""
    if not differences:
        return Document(telling.title, telling.say("nothing"))
    chapters = []
    for section in SECTIONS:
        entries = [_entry(telling, difference) for difference in differences if section_of(difference) == section]
        if entries:
            chapters.append(Chapter(telling.say(section), entries))
    return Document(
        telling.title, telling.say("counts", counts=kinds(telling, differences)), chapters=chapters, closing=True
    )


def section_of(difference: Difference) -> str:
    """Under which heading a difference is told."""
    if difference.direction != "none" and not difference.dormant:
        return difference.direction
    dated = any(part.startswith("in_force") for part, _, _ in difference.details)
    if difference.what == "regulation" and difference.old == difference.new and dated:
        return "dates"
    return difference.kind if difference.kind in ("renamed", "reworded") else "other"


def kinds(telling: Telling, differences: Sequence[Difference]) -> str:
    """How many differences stand under each heading."""
    counts = {name: sum(section_of(difference) == name for difference in differences) for name in SECTIONS}
    return "; ".join(f"{telling.say(name).lower()} {count}" for name, count in counts.items() if count)


def headline(telling: Telling, difference: Difference) -> str:
    """What a difference is: the kind of thing, its label, and what happened to it."""
    grade = f" “{telling.grade(difference.grade)}”" if difference.grade else ""
    change = "" if difference.kind in ("renamed", "reworded") else f" – {telling.say(difference.kind)}"
    if difference.because:
        change = f" – {telling.say('because', names=', '.join(map(telling.cause, difference.because)))}"
    what = WHAT[difference.what][telling.words.language]
    return f"[{what}{grade}] {telling.words.text(difference.label)}{change}"


def names(difference: Difference) -> str:
    """What the thing is called in the policies, old to new."""
    if difference.old and difference.new and difference.old != difference.new:
        return f"{difference.old} → {difference.new}"
    return difference.new or difference.old or ""


def details(telling: Telling, difference: Difference) -> Iterator[str]:
    """The parts of a difference, old to new."""
    for part, before, after in difference.details:
        old, new = _setting(telling, part, before), _setting(telling, part, after)
        yield f"{_part(telling, part)}: {old} → {new}"


def _entry(telling: Telling, difference: Difference) -> Entry:
    return Entry(headline(telling, difference), tuple(_lines(telling, difference)), names(difference))


def _lines(telling: Telling, difference: Difference) -> Iterator[str]:
    words, say = telling.words, telling.say
    if difference.dormant:
        yield say("dormant")
    if difference.old_label is not None and difference.old_label != difference.label:
        yield f"{say('was')}: “{words.text(difference.old_label)}”"
    yield from (f"{say(side)}: {text}" for side, text in readings(telling, difference).items())
    yield from rest(telling, difference)


def rest(telling: Telling, difference: Difference) -> Iterator[str]:
    """What is told of a difference beside what each version asks: its parts, since when, examples."""
    words, say = telling.words, telling.say
    yield from details(telling, difference)
    same = telling.old.regulation.id == telling.new.regulation.id
    if difference.days and difference.old and difference.new and same:
        yield f"{say('since')}: {', '.join(words.day(day) for day in difference.days)}"
    for witness in difference.witnesses:
        yield f"{say('witness')}: {_witness(telling, witness, graded=difference.what not in MOVES_NO_GRADE)}"
    for cohort in difference.cohorts:
        counts = ", ".join(f"{count} “{telling.grade(grade)}”" for grade, count in cohort.counts)
        old, new = (say("lawful" if lawful else "unlawful") for lawful in (cohort.lawful_old, cohort.lawful_new))
        yield f"{say('witness')}: {say('cohort', counts=counts, old=old, new=new)}"


def readings(telling: Telling, difference: Difference) -> Mapping[str, str]:
    """What is asked in each version (`was`, `now`), with its source; once (`reads`) if both say the same."""
    rule = difference.old_condition is not None or difference.new_condition is not None
    told: dict[str, str] = {}
    for side, version, condition, source, there in (
        ("was", telling.old, difference.old_condition, difference.old_source, difference.old),
        ("now", telling.new, difference.new_condition, difference.new_source, difference.new),
    ):
        if there is None or (source is None and condition is None):
            continue
        text = _condition(telling, condition, version) if rule else ""
        told[side] = " ".join(part for part in (text, _source(telling, source)) if part)
    return {"reads": told["now"]} if len(told) == 2 and len(set(told.values())) == 1 else told


def _part(telling: Telling, part: str) -> str:
    """What a part of a difference is called: a word, a day from which a value holds, or a part of a relief."""
    language = telling.words.language
    name = part.rpartition(".")[2]
    if part[:1].isdigit():
        return f"{telling.say('from')} {telling.words.day(date.fromisoformat(part))}"
    if name not in PARTS:
        return part
    return PARTS[name][language] if name == part else f"{PARTS[name][language]} ({part.split('.')[1]})"


def _setting(telling: Telling, part: str, value: object) -> str:
    """A part's value: grades and kinds of subject by their labels."""
    sides = (telling.old.regulation, telling.new.regulation)
    labels = {grade.id: grade.label for side in sides for grade in side.grades}
    if part == "applies_to":
        labels = {kind.id: kind.label for side in sides for kind in side.kinds.values()}
    elif part == "under" and telling.words.plain:
        return telling.read_as(str(value))
    elif telling.words.plain and part in ("to", "must"):
        return _of_link(telling, value)
    elif part not in ("grade", "of", "surplus"):
        return telling.plain(value)
    ids = telling.plain(value).split(", ")
    phrases = {name: telling.say(name) for name in ids if name in SAYS}
    return ", ".join(telling.words.text(labels[name]) if name in labels else phrases.get(name, name) for name in ids)


def _of_link(telling: Telling, value: object) -> str:
    """The relation of a link, or what must hold, in words."""
    relations = (*telling.old.regulation.relations, *telling.new.regulation.relations)
    label = next((relation.label for relation in relations if relation.id == value), None)
    if label is not None:
        return telling.words.text(label)
    return MUST[f"must_{value}"][telling.words.language] if f"must_{value}" in MUST else telling.plain(value)


def _witness(telling: Telling, witness: Witness, *, graded: bool) -> str:
    """A case in a sentence; what it comes to only if the rule has a part in the grade."""
    say, sides = telling.say, (telling.old.regulation, telling.new.regulation)
    kinds = {name: kind.label for side in sides for name, kind in side.kinds.items()}
    facts = "; ".join(f"{_fact(telling, name)} = {_value(telling, name, value)}" for name, value in witness.unusual)
    old, new = telling.outcome(witness.outcome_old), telling.outcome(witness.outcome_new)
    outcome = say("same_outcome", old=old) if old == new else say("outcome", old=old, new=new)
    if sides[0].id != sides[1].id:
        outcome = say("whole_outcome", old=old, new=new)
    before, after = (say("holds" if result else "fails") for result in (witness.rule_old, witness.rule_new))
    changes = [say("rule", old=before, new=after), *([outcome] if graded else [])]
    kind = telling.words.text(kinds[witness.document["subject"]["kind"]])
    return f"{kind}, {facts or say('typical')}: {'; '.join(changes)}"


def _fact(telling: Telling, name: str) -> str:
    label = telling.words.text(telling.facts[name.removeprefix("evidence ")].label)
    return telling.say("evidence", fact=label) if name.startswith("evidence ") else label


def _value(telling: Telling, name: str, value: object) -> str:
    """A value of a fact; an option by its label."""
    labels = dict(telling.facts[name].options) if name in telling.facts else {}
    if isinstance(value, list | tuple):
        shown = [telling.words.text(labels[option]) if option in labels else str(option) for option in value]
        return ", ".join(shown) or telling.say("none_given")
    return telling.words.text(labels[value]) if isinstance(value, str) and value in labels else telling.plain(value)


def _source(telling: Telling, source: Source | None) -> str:
    return telling.words.citation(source) if source is not None else ""


def _condition(telling: Telling, condition: Condition | None, version: Version) -> str:
    """What is asked, in words; `all`, `any` and `none` in brackets if they are nested."""
    words = telling.words
    match condition:
        case None:
            return telling.say("always")
        case EvidenceNamed(fact=name):
            return words.say("evidence_for", fact=words.text(version.library.vocabulary.facts[name].label))
        case Comparison():
            return _comparison(telling, condition, version)
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            join = {AllOf: "join_all", AnyOf: "join_any", NoneOf: "join_none"}[type(condition)]
            return f"{words.say(join)} ({'; '.join(_condition(telling, part, version) for part in parts)})"


def _comparison(telling: Telling, comparison: Comparison, version: Version) -> str:
    words, fact = telling.words, version.library.vocabulary.facts[comparison.fact]
    labels = dict(fact.options)

    def shown(plain: object) -> str:
        try:
            value = operand_value(plain, fact)
        except Misfit:
            return str(plain)
        return words.value(value, fact.unit, labels.get(str(value)))

    match comparison.operand:
        case ParameterReference(name):
            values = version.regulation.parameters[name].values
            written = shown(values[-1].value) if values else name
            written = written if words.plain or not values else f"{written} ({name})"
        case Literals(plain):
            written = ", ".join(shown(literal) for literal in plain)
        case Operand(typed_values):
            written = ", ".join(words.value(value, fact.unit, labels.get(str(value))) for value in typed_values)
    return f"{words.text(fact.label)}: {words.say(comparison.operator, what=written)}"
