"""The list that proposes grades: each subject with the grades given, the votes, and what the facts support."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.judge.record import Decision
from engine.core.policy.regulation import Regulation
from engine.load.cases.ballots import LABELS, share_of
from engine.report import sentences
from engine.report.tables.office import OfficeTables
from engine.report.tables.printed import Cell, Column, Line, PrintedTable, share, written


def proposals(office: OfficeTables) -> Iterator[PrintedTable]:
    """A list for each regulation and period; each unit begins a page."""
    holders = {
        case_id for quota in office.results.quotas if quota.status == "exceeded" for case_id in quota.holders
    }  # fmt: skip
    for regulation, period, decisions in office.batches():
        units: dict[str, list[Decision]] = {}
        for decision in decisions:
            units.setdefault(office.unit(decision), []).append(decision)
        rows = _Rows(office, regulation, frozenset(holders))
        parts, number = [], 0
        for unit, members in units.items():
            lines = [Line([unit], "caption")]
            for decision in members:
                number += 1
                lines.append(Line([number, *rows.cells(decision)]))
            parts.append(lines)
        yield PrintedTable(
            title=office.say("proposal"),
            under_title=office.under_title(regulation, period),
            top=office.top,
            columns=rows.columns(),
            parts=parts,
            notes=[office.say("who_decides"), *office.over_quota(decisions), *office.set_aside],
            place_and_day=office.say("place_and_day"),
            signers=office.signers,
        )


@dataclass(frozen=True)
class _Rows:
    office: OfficeTables
    regulation: Regulation
    over_quota: frozenset[str]
    """The ids of cases that hold a grade in a cohort that exceeds its quota."""

    def columns(self) -> list[Column]:
        """The columns; names and posts if the list names people."""
        say = self.office.say
        person = [Column(say("name"), 30), Column(say("post"), 28)] if self.office.names else []
        return [
            Column(say("order"), 11), *person, Column(say("case"), 22), Column(say("kind"), 26),
            Column(say("self"), 22), Column(say("proposed"), 22), Column(say("votes"), 22), Column(say("facts"), 30),
            Column(say("decided"), 22), Column(say("note"), 34),
        ]  # fmt: skip

    def cells(self, decision: Decision) -> list[Cell]:
        """The row of a case, without its number."""
        words, person = self.office.words, self.office.person(decision)
        labels = {grade: words.text(label) for grade, label in decision.grade_names}
        given = {comparison.given_by: labels[comparison.grade] for comparison in decision.grades}
        return [
            *((person.name, person.position) if self.office.names else ()),
            decision.case_id,
            words.text(decision.subject.kind_label),
            given.get("self"),
            given.get("proposed"),
            self._votes(decision),
            sentences.outcome(words, decision),
            given.get("decided"),
            "; ".join(self._notes(decision)),
        ]

    def _grade(self, decision: Decision) -> str | None:
        """The grade that was voted on: the one proposed, or the one decided if none is."""
        grades = {comparison.given_by: comparison.grade for comparison in decision.grades}
        return grades.get("proposed") or grades.get("decided")

    def _votes(self, decision: Decision) -> str | None:
        ballots, grade = self.office.person(decision).ballots, self._grade(decision)
        if ballots is None or grade is None or not ballots.grades:
            return None
        asked = share_of(ballots, grade, decision, self.regulation, self.office.switches)
        base = asked.of if asked else "valid"
        votes, whole = ballots.grades.get(grade, 0), ballots.counts.get(base)
        if not whole:
            return str(votes)
        language = self.office.words.language
        percent = written(share(votes, whole), language)
        return self.office.say(
            "of_votes", votes=votes, whole=whole, percent=percent, base=LABELS[base][language].lower()
        )

    def _notes(self, decision: Decision) -> Iterator[str]:
        say, words = self.office.say, self.office.words
        ballots, grade = self.office.person(decision).ballots, self._grade(decision)
        asked = share_of(ballots, grade, decision, self.regulation, self.office.switches) if ballots and grade else None
        if asked is not None and not asked.enough:
            yield say("too_few_votes", percent=words.value(asked.more_than, "percent"))
        for given in decision.grades:
            if given.given_by != "self" and given.agrees is False:
                yield f"{say(given.given_by)}: {sentences.verdict(words, given)}"
        if decision.findings:
            yield say("to_clarify", number=len(decision.findings))
        if decision.grading is not None and decision.grading.missing:
            yield say("lacking", number=len(decision.grading.missing))
        if decision.case_id in self.over_quota:
            yield say("over_here")
