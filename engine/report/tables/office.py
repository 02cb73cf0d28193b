"""What all tables of an office share: cases put together that belong in one, and what stands around the lines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.base.words import words
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED, Decision, Results
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library, Regulation
from engine.load.cases.particulars import NOBODY, Particulars
from engine.report.words import Words

OFFICE = words("office", "tables")


@dataclass(frozen=True)
class OfficeTables:
    """What the tables of a run are made from. `particulars` hold the votes of each case, by its id; names are printed
    if `names` says so."""

    library: Library
    results: Results
    words: Words
    particulars: Mapping[str, Particulars] = field(default_factory=dict)
    names: bool = False
    switches: Choices = field(default_factory=dict)

    def say(self, phrase: str, **arguments: object) -> str:
        """A phrase of the tables, with its places filled."""
        return OFFICE[phrase][self.words.language].format(**arguments)

    def person(self, decision: Decision) -> Particulars:
        """What a case says beside its facts."""
        return self.particulars.get(decision.case_id, NOBODY)

    def batches(self) -> Iterator[tuple[Regulation, str, list[Decision]]]:
        """The cases of each regulation and period, in the order of the run: each is a table of its own."""
        together: dict[tuple[str, str], list[Decision]] = {}
        for decision in self.results.decisions:
            together.setdefault((decision.regulation, decision.period), []).append(decision)
        for (name, period), decisions in together.items():
            yield self.library.regulations[name], period, decisions

    def unit(self, decision: Decision) -> str:
        """The unit of a case, or words that it names none."""
        return decision.subject.unit or self.say("no_unit")

    def under_title(self, regulation: Regulation, period: str) -> list[str]:
        """What stands below the title: the period and the regulation."""
        return [self.say("period", period=period), self.say("under", number=regulation.number)]

    @property
    def top(self) -> tuple[Sequence[str], Sequence[str]]:
        """What stands at the head of the page, left and right."""
        return [self.say("above"), self.say("issuer"), self.say("number")], [self.say("state")]

    @property
    def signers(self) -> list[list[str]]:
        """Who signs below, left and right."""
        return [[self.say("made_by"), self.say("signs")], [self.say("for_the_body"), self.say("seals")]]

    @property
    def set_aside(self) -> list[str]:
        """A note if cases were set aside, which no table holds."""
        number = len(self.results.rejected)
        return [self.say("set_aside", number=number)] if number else []

    def over_quota(self, decisions: Iterable[Decision]) -> list[str]:
        """A note for each cohort of these cases that exceeds a quota."""
        ids = {decision.case_id for decision in decisions}
        kinds = {
            decision.subject.kind: self.words.text(decision.subject.kind_label) for decision in self.results.decisions
        }
        return [
            self.say(
                "over", cohort=" · ".join(kinds.get(value, value) for _, value in quota.cohort),
                grade=self.words.text(quota.grade_label), count=quota.count, limit=quota.limit, excess=quota.excess,
            )
            for quota in self.results.quotas
            if quota.status == "exceeded" and not ids.isdisjoint(quota.holders)
        ]  # fmt: skip


def decided(decision: Decision) -> str | None:
    """The grade that the authority decided; None if it has not."""
    return next((given.grade for given in decision.grades if given.given_by == "decided"), None)


def standing(decision: Decision) -> str:
    """How a case counts: the grade decided, else the grade that the facts support; UNDETERMINED if they leave it open,
    NOT_REVIEWED or NOT_GRADED if none is due."""
    if (grade := decided(decision)) is not None:
        return grade
    if decision.grading is None:
        return NOT_GRADED if decision.ungraded else NOT_REVIEWED
    return decision.grading.grade or UNDETERMINED
