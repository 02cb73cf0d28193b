"""Judged cases -> warnings: one subject in two cases, two spellings of one text, what the vocabulary only warns of,
what the regulation does not use. Each such case is judged as it was most likely meant, and the warning says so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Any

from engine.base.diagnostics import PERSONAL, Diagnostic, Location, warning
from engine.base.documents import Document
from engine.base.json_places import Path_
from engine.base.json_text import Unread
from engine.base.letters import Strange, strange
from engine.base.likeness import alike, differing
from engine.core.judge.case import SUBJECT_KEYS, Case
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.values import derive
from engine.load.cases.ballots import ballots_of, worth_a_look
from engine.load.cases.bounds import above
from engine.load.cases.derived import fact_path
from engine.load.cases.periods import outside

DAY, ABOVE, SHARE, NOT_USED = "cases/day", "cases/above", "cases/share", "cases/not-used"
FONT = "text/legacy-font"
MOST_KEPT = 1_000
NO_CHOICES: Choices = {}
_NAME = re.compile(r'"name"\s*:\s*"([^"\\]++)"')
Spelling = tuple[str, str, Location]
"""A text in the form in which it is compared, as it is written, and where."""


class Remarks:
    """Gathers the warnings about the cases of a run, as they come."""

    def __init__(self, library: Library, switches: Choices = NO_CHOICES, noted: "Noted | None" = None) -> None:
        """`noted`: what an earlier run looked for by the same library."""
        self._library, self._switches = library, switches
        self._noted = noted or Noted(library)
        # Most cases are never warned of: no more is kept of them than finds a second one of their subject.
        self._cases: list[Location] = []
        self._within: dict[Location, int] = {}
        self._subjects: dict[str, dict[str, Location]] = {}
        self._twice: list[Diagnostic] = []
        self._spellings: dict[str, Location] = {}
        self._forms: dict[str, str] = {}
        """The form in which a text is compared, if it is another than the text, and each such form itself."""
        self._counts: dict[tuple[str, str], tuple[int, Diagnostic]] = {}
        self._odd: dict[Path_, Diagnostic] = {}

    def add(self, case: Case, given: Document | Unread | None = None) -> None:
        """Take in the next case, and the document or text that it was read from; without it, warnings about the case
        stand at its id."""
        source = _Source(given)
        number = len(self._cases)
        self._cases.append(case.place)

        def place(*path: str | int) -> Location:
            place = source.document.location(path) if source.document else case.place
            self._within.setdefault(place, number)
            return place

        subject = case.subject
        if form := alike(subject.id or ""):
            subjects = self._subjects.setdefault(case.period_key, {})
            if form in subjects:
                self._twice.append(same_subject(case.period, case.place, subjects[form]))
            else:
                subjects[form] = case.place
        if case.period not in self._spellings:
            self._spell(case.period, case.period_key, case.place)
        for key, text in (("cohort", subject.cohort), ("unit", subject.unit), ("id", subject.id)):
            if text is not None and text not in self._spellings:
                form = alike(text)
                looked_up = form in self._forms or form in self._spellings or strange(text)
                self._spell(text, form, place("subject", key) if looked_up else case.place)
        if any(map(strange, source.texts(case))) and source.document:
            for path, odd in odd_texts(source.document.data):
                if path[:2] not in self._odd:
                    self._odd[path[:2]] = warning(odd.code, place(*path), **_without_value(path, odd.arguments))
        of_ballots = ballot_items(case, source.data_with("ballots"), self._library, self._switches)
        for item in (*self._noted.items(case), *of_ballots):
            counted = case.regulation, item
            if counted in self._counts:
                number_so_far, first = self._counts[counted]
                self._counts[counted] = number_so_far + 1, first
                continue
            path = item_path(item, source.document.data if source.document else {})
            first = case_warning(case.regulation, item, 1, place(*path))
            self._counts[counted] = 1, source.document.reworded(first) if source.document else first

    def _spell(self, text: str, form: str, place: Location) -> None:
        self._spellings[text] = place
        if form != text:
            self._forms[text] = form
            self._forms.setdefault(form, form)

    def all(self) -> tuple[Diagnostic, ...]:
        """All warnings, in the order of the cases."""
        cases = (with_number(first, number) for number, first in self._counts.values())
        spelled = [(self._forms.get(text, text), text, place) for text, place in self._spellings.items()]
        warnings = (*self._twice, *several_spellings(spelled), *odd_letters(spelled), *cases, *self._odd.values())
        if not warnings:
            return ()
        order = {**self._within, **{place: number for number, place in enumerate(self._cases)}}
        return tuple(
            sorted(warnings, key=lambda problem: (order.get(problem.location, -1), problem.code, problem.arguments))
        )


@dataclass(eq=False)
class _Source:
    """What a case was read from. Its places are only worked out if there is something to say about it."""

    given: Document | Unread | None

    @cached_property
    def document(self) -> Document | None:
        return self.given.read() if isinstance(self.given, Unread) else self.given

    def data_with(self, key: str) -> Mapping[str, Any]:
        """The plain data of the case; empty if it surely has no such key."""
        if self.given is None or (isinstance(self.given, Unread) and f'"{key}"' not in self.given.text):
            return {}
        return self.document.data if self.document else {}

    def texts(self, case: Case) -> Iterator[str]:
        """The texts of a case that `odd_texts` looks at."""
        yield from chain(*case.evidence.values(), *case.subject.relations.values())
        if name := self._name():
            yield name

    def _name(self) -> str | None:
        if isinstance(self.given, Unread):
            written = _NAME.search(self.given.text) if '"name"' in self.given.text else None
            return written[1] if written else None
        name = self.given.data[PERSONAL].get("name") if self.given else None
        return name if isinstance(name, str) else None


def odd_texts(data: Mapping[str, Any]) -> Iterator[tuple[Path_, Strange]]:
    """What of a case is for people alone, or names other subjects, and has a letter that is not what it seems; with its
    path in the data of the case."""
    for path, text in _texts(data):
        if odd := strange(text):
            yield path, odd


def _texts(data: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    for fact, items in (data.get("evidence") or {}).items():
        for index, text in enumerate(items or ()):
            yield ("evidence", fact, index), text
    for key, named in data[PERSONAL].items():
        if key == "name" or key not in SUBJECT_KEYS:
            for text in [named] if isinstance(named, str) else named or ():
                yield (PERSONAL, key), text


def _without_value(path: Path_, arguments: Mapping[str, str]) -> dict[str, str]:
    """The arguments about an odd text, without what it was meant to say if it describes a person."""
    return {name: text for name, text in arguments.items() if name != "suggestion" or path[0] != PERSONAL}


def ballot_items(case: Case, data: Mapping[str, Any], library: Library, switches: Choices) -> Iterator[str]:
    """The warnings about the count of a vote in the data of a case, in the form of `Noted.items`."""
    if (ballots := ballots_of(data.get("ballots"))) is not None:
        yield from worth_a_look(case, ballots, library.regulations[case.regulation], switches)


def odd_items(data: Mapping[str, Any]) -> Iterator[str]:
    """The warnings about `odd_texts`, in the form of `Noted.items`; after the path stands what is odd, but nothing of
    the text besides that letter."""
    for path, odd in odd_texts(data):
        named = odd.arguments
        about = named["font"] if odd.code == FONT else named["character"] + named["meant"]
        yield f"{odd.code} {'.'.join(map(str, path[:2]))} {about}"


def _odd_warning(code: str, about: str, place: Location) -> Diagnostic:
    if code == FONT:
        return warning(code, place, font=about)
    return warning(code, place, character=about[0], number=f"U+{ord(about[0]):04X}", meant=about[1:])


def item_path(item: str, data: Mapping[str, Any]) -> Path_:
    """Where in a case that stands which a warning of `Noted` is about."""
    code, _, name = item.partition(" ")
    match code:
        case "cases/day":
            return ("as_of",)
        case "cases/more-ballots-than-present":
            return "ballots", "issued"
        case "cases/without-majority":
            return "grades", name
        case "cases/not-used":
            return tuple(name.split(".", 2))
    return fact_path(data, name)


def with_number(first: Diagnostic, cases: int) -> Diagnostic:
    """A warning at the first of the cases that share it -> the same, with their number."""
    return replace(first, arguments=tuple({**dict(first.arguments), "cases": cases}.items()))


class Noted:
    """What a library asks to look for in each case."""

    def __init__(self, library: Library) -> None:
        self._library = library
        facts = library.vocabulary.facts.values()
        self._bounded = [fact for fact in facts if any(whole.warned for whole in fact.not_more_than)]
        self._percents = [fact for fact in facts if fact.unit == "percent"]
        self._unused = {
            name: (unused_relations(library, regulation), frozenset(unused_contents(library, regulation)))
            for name, regulation in library.regulations.items()
        }
        self._days: dict[tuple[str, date], bool] = {}

    def items(self, case: Case) -> Iterator[str]:
        """The warnings about a case alone, each as its code and, after a blank, the name that it is about."""
        values = case.values
        if self._outside(case.period, case.as_of):
            yield DAY
        for fact in self._bounded:
            if any(above(values, fact, warned=True)):
                yield f"{ABOVE} {fact.name}"
        for fact in self._percents:
            # A value below 1 percent may be a fraction of 1 that was meant: 0.69 for 69 %.
            share: Any = values.get(fact.name)
            if share and 0 < share.numerator < share.denominator and fact.name not in case.percentages:
                computed = None if fact.derived is None else derive(fact.derived, values, self._library.vocabulary)
                if computed is None:
                    yield f"{SHARE} {fact.name}"
        relations, contents = self._unused[case.regulation]
        for name in relations:
            if case.subject.relations.get(name):
                yield f"{NOT_USED} subject.{name}"
        if case.covered is not None and not contents.isdisjoint(case.covered):
            for name in unused_contents(self._library, self._library.regulations[case.regulation]):
                if name in case.covered:
                    yield f"{NOT_USED} review.covered.{name}"

    def _outside(self, period: str, day: date) -> bool:
        """Is a case of this period warned of its day of review?"""
        is_outside = self._days.get((period, day))
        if is_outside is None:
            is_outside = outside(self._library.vocabulary.as_of, period, day, warned=True) is not None
            if len(self._days) < MOST_KEPT:
                self._days[period, day] = is_outside
        return is_outside


def unused_relations(library: Library, regulation: Regulation) -> list[str]:
    """The relations that other regulations of the library have and this one does not."""
    own = {relation.id for relation in regulation.relations} | set(SUBJECT_KEYS)
    every = _all(relation.id for other in library.regulations.values() for relation in other.relations)
    return [name for name in every if name not in own]


def unused_contents(library: Library, regulation: Regulation) -> list[str]:
    """The review contents that other regulations of the library have and this one does not."""
    own = {content.id for content in regulation.review_contents}
    every = _all(content.id for other in library.regulations.values() for content in other.review_contents)
    return [name for name in every if name not in own]


def _all(names: Iterable[str]) -> list[str]:
    return [str(name) for name in dict.fromkeys(names)]


def case_warning(regulation: str, item: str, cases: int, first: Location) -> Diagnostic:
    """One warning for all cases that share it, at the first of them. `cases`: how many they are."""
    code, _, name = item.partition(" ")
    if code.startswith("text/"):
        return _odd_warning(code, name.partition(" ")[2], first)
    return warning(code, first, name=name, regulation=regulation, cases=cases)


def same_subject(period: str, place: Location, first: Location | str) -> Diagnostic:
    """The warning for a second case of one subject in one period. `first`: where the other case is."""
    return warning("case/same-subject", place, period=period, first=str(first))


def several_spellings(spelled: Iterable[Spelling]) -> Iterator[Diagnostic]:
    """A warning for each further spelling of a text, at its first place."""
    first: dict[str, dict[str, Location]] = {}
    for form, text, place in spelled:
        spellings = first.setdefault(form, {})
        if text in spellings:
            continue
        if spellings:
            earlier, where = next(iter(spellings.items()))
            yield looks_alike(text, place, earlier, where)
        spellings[text] = place


def odd_letters(spelled: Iterable[Spelling]) -> Iterator[Diagnostic]:
    """A warning for every text with a letter that is not what it seems, at its first place. A text in several
    spellings is left out, because `several_spellings` reports it."""
    first: dict[str, dict[str, Location]] = {}
    for form, text, place in spelled:
        first.setdefault(form, {}).setdefault(text, place)
    for spellings in first.values():
        ((text, place), *others) = spellings.items()
        if not others and (odd := strange(text)):
            yield warning(odd.code, place, **odd.arguments)


def looks_alike(text: str, place: Location, earlier: str, first: Location | str) -> Diagnostic:
    """The warning for two texts that a reader cannot tell apart. `first`: where the earlier one is."""
    here, there = differing(text, earlier)
    return warning("case/looks-alike", place, text=here, other=there, first=str(first))
