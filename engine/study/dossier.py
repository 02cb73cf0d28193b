"""Which papers the dossier of a case must hold, which it holds, and what is missing or dated wrongly."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from engine.core.judge.case import Case
from engine.core.judge.record import Decision
from engine.core.policy.conditions import evaluate, ready
from engine.core.policy.live import Choices, chosen, concerns, during, exists
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Rule
from engine.core.policy.terms import Frozen, Vocabulary
from engine.load.cases.particulars import Filed
from engine.load.cases.periods import days_of

PaperStatus = Literal["there", "missing", "maybe_missing", "misdated"]
"""A paper whose need depends on facts that the case does not state may be missing."""


class Misdated(Frozen):
    """Why a day is wrong: before the period began, or before that of an earlier paper (`after`)."""

    day: date
    after: Rule | None


class PaperResult(Frozen):
    """A paper of the dossier: whether it is owed (None: that is not known), and those filed as it."""

    paper: Rule
    owed: bool | None
    filed: tuple[Filed, ...]
    misdated: tuple[Misdated, ...]

    @property
    def status(self) -> PaperStatus:
        """What became of the paper."""
        if self.misdated:
            return "misdated"
        return "there" if self.filed else "missing" if self.owed else "maybe_missing"


class Dossier(Frozen):
    """The papers of one case, owed or filed, in the order in which they come about. `exempt`: the subject is not
    reviewed, so that none is owed. `others` are filed and no paper that this dossier needs."""

    decision: Decision
    papers: tuple[PaperResult, ...]
    others: tuple[Filed, ...]
    exempt: bool


def dossier_of(
    case: Case,
    decision: Decision,
    regulation: Regulation,
    vocabulary: Vocabulary,
    filed: Sequence[Filed],
    switches: Choices,
) -> Dossier:
    """The dossier of a decided case, from the papers that it says are filed."""
    exempt = decision.subject_to_review is False
    choices, kind = chosen(regulation, switches), regulation.kinds[case.subject.kind]
    live = [
        paper
        for paper in regulation.papers
        if exists(paper.under, choices) and concerns(paper.applies_to, kind) and during(paper.periods, case.period_kind)
    ]
    results: list[PaperResult] = []
    latest: tuple[date, Rule] | None = None
    for paper in live:
        owed = False if exempt else _holds(paper, case, regulation, vocabulary)
        there = tuple(document for document in filed if document.kind == paper.id)
        if owed is not False or there:
            results.append(PaperResult(paper, owed, there, tuple(_misdated(there, case, latest))))
        days = [document.day for document in there if document.day is not None]
        if days and (latest is None or max(days) >= latest[0]):
            latest = max(days), paper
    known = {paper.id for paper in live}
    others = tuple(document for document in filed if document.kind not in known)
    return Dossier(decision, tuple(results), others, exempt)


def _holds(paper: Rule, case: Case, regulation: Regulation, vocabulary: Vocabulary) -> bool | None:
    if paper.condition is None:
        return True
    condition = ready(paper.condition, vocabulary, regulation.parameters, case.as_of)
    return evaluate(condition, vocabulary.facts, case.values, case.evidence_named)


def _misdated(filed: Sequence[Filed], case: Case, latest: tuple[date, Rule] | None) -> Iterator[Misdated]:
    period = days_of(case.period)
    for document in filed:
        if document.day is None:
            continue
        if period is not None and document.day < period[0]:
            yield Misdated(document.day, None)
        elif latest is not None and document.day < latest[0]:
            yield Misdated(document.day, latest[1])
