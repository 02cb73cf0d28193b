"""The summary of results: units and kinds of subject by grades, with numbers and shares."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED, Decision
from engine.core.policy.regulation import Regulation
from engine.report.tables.office import OfficeTables, decided, standing
from engine.report.tables.printed import Cell, Column, Line, PrintedTable, share


def summaries(office: OfficeTables) -> Iterator[PrintedTable]:
    """A table for each regulation and period."""
    for regulation, period, decisions in office.batches():
        yield _Summary(office, regulation, decisions).table(period)


@dataclass(frozen=True)
class _Summary:
    office: OfficeTables
    regulation: Regulation
    decisions: Sequence[Decision]

    def table(self, period: str) -> PrintedTable:
        """The table of one period."""
        lines = list(self._lines())
        return PrintedTable(
            title=self.office.say("summary"),
            under_title=self.office.under_title(self.regulation, period),
            top=self.office.top,
            columns=self._columns(),
            parts=[lines],
            notes=list(self._notes(lines)),
            place_and_day=self.office.say("place_and_day"),
            signers=self.office.signers,
        )

    @property
    def _grades(self) -> list[str]:
        return [grade.id for grade in self.regulation.grades]

    def _columns(self) -> list[Column]:
        say, text = self.office.say, self.office.words.text
        columns = [
            Column(say("order"), 10),
            Column(say("unit"), 58),
            Column(say("total"), 14),
            Column(say("graded"), 14),
        ]
        for grade in self.regulation.grades:
            columns += [Column(say("count"), 12, text(grade.label)), Column("%", 14, text(grade.label))]
        return [*columns, Column(say("open"), 18), Column(say("ungraded"), 18)]

    def _lines(self) -> Iterator[Line]:
        """Each kind of subject with its subtotal, below it its units, at the end the whole."""
        shown: set[frozenset[str]] = set()
        for kind in self.regulation.kinds.values():
            members = [
                decision
                for decision in self.decisions
                if kind.id in self.regulation.kinds[decision.subject.kind].ancestors
            ]
            own = [decision for decision in members if decision.subject.kind == kind.id]
            if not members:
                continue
            # A kind with a single kind below it would say the same twice.
            ids = frozenset(decision.case_id for decision in members)
            below = any(
                other.ancestors[1:2] == (kind.id,) and self._has_all(other.id, members)
                for other in self.regulation.kinds.values()
            )
            if ids not in shown and not below:
                shown.add(ids)
                indent = "  " * (len(kind.ancestors) - 1)
                label = self.office.words.text(kind.label)
                yield Line(["", indent + label, *self._figures(members)], "subtotal")
            units: dict[str, list[Decision]] = {}
            for decision in own:
                units.setdefault(self.office.unit(decision), []).append(decision)
            for number, (unit, cases) in enumerate(units.items(), 1):
                yield Line([number, unit, *self._figures(cases)])
        yield Line(["", self.office.say("whole"), *self._figures(self.decisions)], "subtotal")

    def _has_all(self, kind: str, members: Sequence[Decision]) -> bool:
        return all(kind in self.regulation.kinds[decision.subject.kind].ancestors for decision in members)

    def _figures(self, cases: Sequence[Decision]) -> list[Cell]:
        """Of some cases: how many, how many graded, number and share of each grade, open, without a grade."""
        counts = Counter(standing(decision) for decision in cases)
        graded = sum(counts[grade] for grade in self._grades)
        figures: list[Cell] = [len(cases), graded]
        for grade in self._grades:
            figures += [counts[grade], share(counts[grade], graded)]
        return [*figures, counts[UNDETERMINED], counts[NOT_REVIEWED] + counts[NOT_GRADED]]

    def _notes(self, lines: Sequence[Line]) -> Iterator[str]:
        say, words = self.office.say, self.office.words
        undecided = sum(decided(decision) is None and standing(decision) in self._grades for decision in self.decisions)
        yield say("by_facts", number=undecided) if undecided else say("by_decisions")
        yield say("rounded")
        first, last = 5, 5 + 2 * len(self._grades)
        odd = 0
        for line in lines:
            shares = [cell for cell in line.cells[first:last:2] if cell is not None]
            odd += bool(shares) and sum(shares) != 100  # type: ignore[arg-type]
        if odd:
            yield say("not_hundred", number=odd)
        if any(standing(decision) == UNDETERMINED for decision in self.decisions):
            yield say("what_is_open")
        reasons = Counter(
            words.text((decision.exemptions or decision.ungraded)[0].rule.label)
            for decision in self.decisions
            if standing(decision) in (NOT_REVIEWED, NOT_GRADED)
        )
        yield from (say("reason", reason=reason, number=number) for reason, number in reasons.items())
        yield from self.office.over_quota(self.decisions)
        yield from self.office.set_aside
