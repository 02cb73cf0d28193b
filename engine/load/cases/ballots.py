"""The count of a vote that a case may hold: what in it contradicts itself, and what is worth a look."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from engine.base.json_places import Path_
from engine.base.words import words
from engine.core.judge.case import Case, Subject
from engine.core.policy.live import Choices, chosen, concerns, exists, on_day
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Majority
from engine.core.policy.terms import Frozen, Text

COUNTS = ("summoned", "present", "issued", "returned", "valid", "invalid")
"""What is counted besides the votes for each grade, in the order in which it comes about."""

LABELS: Mapping[str, Text] = {name: Text(**label) for name, label in words("cells", "ballots").items()}

_BOUNDS = (("present", "summoned"), ("returned", "issued"), ("valid", "returned"), ("invalid", "returned"))


class Ballots(Frozen):
    """A count of ballots. `counts` by the names of COUNTS, `grades` the votes for each grade; what is not stated is
    left out."""

    counts: Mapping[str, int]
    grades: Mapping[str, int]


class Mistake(NamedTuple):
    """A mistake in a count: the code of its diagnostic, the place in the case, what the message says."""

    code: str
    path: Path_
    arguments: Mapping[str, object]


class Share(NamedTuple):
    """The votes for a grade over the number (`of`: one of COUNTS) that a regulation asks for, in percent, and whether
    they are enough."""

    votes: int
    of: str
    base: int
    percent: Fraction
    more_than: Fraction
    enough: bool


class Voted(Protocol):
    """What is voted on: a case, or the record of one."""

    @property
    def subject(self) -> Subject:
        """Who is graded."""

    @property
    def as_of(self) -> date:
        """The day of the review."""


def ballots_of(plain: Mapping[str, Any] | None) -> Ballots | None:
    """The count that the part `ballots` of a case states, which fits its schema; None if it states none."""
    if not plain:
        return None
    counts = {name: plain[name] for name in COUNTS if plain.get(name) is not None}
    grades = {grade: votes for grade, votes in (plain.get("grades") or {}).items() if votes is not None}
    return Ballots(counts, grades) if counts or grades else None


def mistakes(ballots: Ballots) -> Iterator[Mistake]:
    """Every mistake of arithmetic. A grade that the votes do not name got none."""
    counts, grades = ballots.counts, ballots.grades
    for part, whole in _BOUNDS:
        if part in counts and whole in counts and counts[part] > counts[whole]:
            about = {"part": LABELS[part], "value": counts[part], "whole": LABELS[whole], "most": counts[whole]}
            yield Mistake("ballots/above", ("ballots", part), about)
    if {"returned", "valid", "invalid"} <= counts.keys() and counts["valid"] <= counts["returned"]:
        total = counts["valid"] + counts["invalid"]
        if total != counts["returned"] and counts["invalid"] <= counts["returned"]:
            yield Mistake("ballots/sum", ("ballots", "returned"), {"total": total, "value": counts["returned"]})
    if grades and "valid" in counts and sum(grades.values()) != counts["valid"]:
        about = {"total": sum(grades.values()), "value": counts["valid"]}
        yield Mistake("ballots/grades", ("ballots", "grades"), about)


def worth_a_look(case: Case, ballots: Ballots, regulation: Regulation, switches: Choices) -> Iterator[str]:
    """The warnings about a count, each as its code and, after a blank, whose grade it is about."""
    counts = ballots.counts
    if "issued" in counts and "present" in counts and counts["issued"] > counts["present"]:
        yield "cases/more-ballots-than-present"
    for giver in ("proposed", "decided"):
        share = share_of(ballots, case.grades.get(giver), case, regulation, switches)
        if share is not None and not share.enough:
            yield f"cases/without-majority {giver}"


def majority_of(voted: Voted, regulation: Regulation, switches: Choices) -> Majority | None:
    """The majority that a regulation, as it is read, asks of the grade of a case; None if it asks for none."""
    choices, kind = chosen(regulation, switches), regulation.kinds[voted.subject.kind]
    asked: Sequence[Majority] = regulation.majorities
    return next((item for item in asked if exists(item.under, choices) and concerns(item.applies_to, kind)), None)


def share_of(
    ballots: Ballots, grade: str | None, voted: Voted, regulation: Regulation, switches: Choices
) -> Share | None:
    """The votes for a grade beside the majority that is asked for; None if none is, or if a number is missing."""
    majority = majority_of(voted, regulation, switches)
    if majority is None or grade is None or not ballots.grades or not ballots.counts.get(majority.base):
        return None
    limit: Any = on_day(regulation.parameters[majority.more_than], voted.as_of)
    votes, base = ballots.grades.get(grade, 0), ballots.counts[majority.base]
    percent, more_than = Fraction(100 * votes, base), Fraction(limit)
    return Share(votes, majority.base, base, percent, more_than, percent > more_than)
