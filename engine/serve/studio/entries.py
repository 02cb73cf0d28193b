"""What a case says, line by line in words, and in which lines two states of it differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from engine.base.diagnostics import Problems
from engine.base.json_text import parse_json
from engine.base.words import words
from engine.core.judge.case import GIVERS, PERSON_KEYS
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Fact, Text
from engine.core.policy.values import Misfit, typed
from engine.report.words import Words

COLUMNS = words("cells", "columns")
RELATION = words("cells")
HEAD = ("case_id", "period", "as_of")
SUBJECT = (*PERSON_KEYS, "id", "unit", "cohort")
"""What forms ask and pages show of a subject, in this order; relations follow. Of a collective only what it can have,
or what the case states."""

Group = Literal["head", "subject", "facts", "evidence", "review", "grades"]


@dataclass(frozen=True)
class Entry:
    """A line of a case: `key` names it for programs, `shown` is "" if it is not known."""

    group: Group
    key: str
    label: str
    shown: str


@dataclass(frozen=True)
class Edit:
    """A line in which two states of a case differ."""

    label: str
    before: str
    after: str


def plain_of(name: str, text: str) -> dict[str, Any]:
    """The data of a case's text. Raises Problems, also if it is no object."""
    data = parse_json(name, text).data
    return data if isinstance(data, dict) else {}


def readable_data(name: str, text: str) -> dict[str, Any]:
    """As `plain_of`; empty if the text cannot be read."""
    try:
        return plain_of(name, text)
    except Problems:
        return {}


def regulation_of(data: Mapping[str, Any], library: Library) -> Regulation | None:
    """The regulation that a case names, or the one in force on its day; None if there is none."""
    named = data.get("regulation")
    if isinstance(named, str):
        return library.regulations.get(named)
    try:
        day = date.fromisoformat(str(data.get("as_of")))
    except ValueError:
        return None
    return next(
        (
            regulation
            for regulation in library.regulations.values()
            if regulation.extends is None
            and regulation.in_force_from <= day <= (regulation.in_force_until or day)
        ),
        None,
    )  # fmt: skip


def entries(data: Mapping[str, Any], library: Library, words: Words) -> list[Entry]:
    """Everything that a case states or leaves open, in the order in which it is asked."""
    regulation = regulation_of(data, library)
    return [*_head(data, words), *_subject(data, regulation, words), *_facts(data, library, words),
            *_review(data, regulation, words), *_grades(data, regulation, words)]  # fmt: skip


def edits(before: Mapping[str, Any], after: Mapping[str, Any], library: Library, words: Words) -> list[Edit]:
    """The lines in which two states differ. `shown` of a line that a state does not have is ""."""
    old = {(line.group, line.key): line for line in entries(before, library, words)}
    new = {(line.group, line.key): line for line in entries(after, library, words)}
    changed = []
    for key in {**old, **new}:
        was, is_now = old.get(key), new.get(key)
        line = is_now or was
        shown = tuple(state.shown if state else "" for state in (was, is_now))
        if line is not None and shown[0] != shown[1]:
            changed.append(Edit(line.label, *shown))
    return changed


def merged(base: Any, mine: Any, theirs: Any) -> Any:
    """What somebody saved (`theirs`), with what I changed since `base`, the state that both began with."""
    if mine == base:
        return theirs
    if not (isinstance(mine, dict) and isinstance(theirs, dict)):
        return mine
    start = base if isinstance(base, dict) else {}
    both = {key: merged(start.get(key), mine[key], theirs.get(key)) for key in mine}
    # What they added stays; what one of the two took away goes if the other left it as it was.
    added = {key: value for key, value in theirs.items() if key not in mine and start.get(key) != value}
    gone = {key for key in start if key not in theirs and mine.get(key) == start[key]}
    return {key: value for key, value in {**both, **added}.items() if key not in gone}


def value_shown(fact: Fact, plain: object, words: Words) -> str:
    """A plain value of a fact for a person; "" if it is not known."""
    if plain is None:
        return ""
    try:
        value = typed(plain, fact)
    except Misfit:
        return str(plain)
    labels = dict(fact.options)
    if isinstance(value, frozenset):
        return _listed([label for name, label in fact.options if name in value], words)
    return words.value(value, fact.unit, labels.get(value) if isinstance(value, str) else None)


def stated_value(facts: object, name: str) -> object:
    """The plain value of a fact in nested data; None if it is not stated."""
    if not isinstance(facts, Mapping):
        return None
    if name in facts:
        return facts[name]
    for key, inside in facts.items():
        if name.startswith(f"{key}.") and (stated := stated_value(inside, name[len(key) + 1 :])) is not None:
            return stated
    return None


def _listed(labels: Sequence[Text], words: Words) -> str:
    return "; ".join(words.text(label) for label in labels) or words.say("nothing")


def _part(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = data.get(key)
    return part if isinstance(part, Mapping) else {}


def _head(data: Mapping[str, Any], words: Words) -> Iterator[Entry]:
    for key in HEAD:
        value = data.get(key)
        shown = _day(value, words) if key == "as_of" else str(value or "")
        yield Entry("head", key, COLUMNS[key][words.language], shown)


def _day(plain: object, words: Words) -> str:
    try:
        return words.day(date.fromisoformat(str(plain)))
    except ValueError:
        return str(plain or "")


def _subject(data: Mapping[str, Any], regulation: Regulation | None, words: Words) -> Iterator[Entry]:
    subject = _part(data, "subject")
    kind = regulation.kinds.get(str(subject.get("kind"))) if regulation else None
    shown = words.text(kind.label) if kind else str(subject.get("kind") or "")
    yield Entry("subject", "kind", COLUMNS["subject.kind"][words.language], shown)
    for key in SUBJECT:
        if key in PERSON_KEYS[1:] and not (subject.get(key) or (kind and kind.is_person)):
            continue
        yield Entry("subject", key, COLUMNS[f"subject.{key}"][words.language], str(subject.get(key) or ""))
    for relation in regulation.relations if regulation else ():
        if (value := subject.get(relation.id)) is not None:
            label = RELATION["relation"][words.language].format(words.text(relation.label))
            listed = value if isinstance(value, list) else [value]
            yield Entry("subject", relation.id, label, "; ".join(map(str, listed)))


def _facts(data: Mapping[str, Any], library: Library, words: Words) -> Iterator[Entry]:
    facts, evidence = data.get("facts"), _part(data, "evidence")
    for name, fact in library.vocabulary.facts.items():
        if (plain := stated_value(facts, name)) is not None:
            yield Entry("facts", name, words.text(fact.label), value_shown(fact, plain, words))
        if isinstance(items := evidence.get(name), list):
            label = words.say("evidence_for", fact=words.text(fact.label))
            yield Entry("evidence", name, label, "; ".join(map(str, items)) or words.say("nothing"))


def _review(data: Mapping[str, Any], regulation: Regulation | None, words: Words) -> Iterator[Entry]:
    covered = _part(data, "review").get("covered")
    if isinstance(covered, list):
        contents = regulation.review_contents if regulation else ()
        labels = [rule.label for rule in contents if rule.id in covered]
        yield Entry("review", "", COLUMNS["review.covered"][words.language], _listed(labels, words))


def _grades(data: Mapping[str, Any], regulation: Regulation | None, words: Words) -> Iterator[Entry]:
    labels = {grade.id: words.text(grade.label) for grade in regulation.grades} if regulation else {}
    grades = _part(data, "grades")
    for giver in (*GIVERS, "decided_on"):
        if (given := grades.get(giver)) is not None:
            shown = labels.get(str(given), str(given)) if giver != "decided_on" else _day(given, words)
            yield Entry("grades", giver, COLUMNS[f"grades.{giver}"][words.language], shown)
