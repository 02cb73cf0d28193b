"""Decided cases -> warnings of what only shows between them: one subject in two cases, two spellings of one text.

Both are taken as what they most likely are, and nobody is left to find out by himself.
"""

from collections.abc import Iterable, Iterator, Sequence

from engine.cohorts import Decided, cases_of_subjects
from engine.diagnostics import Diagnostic, Location, warning
from engine.likeness import alike, differing
from engine.periods import period_alike

Spelling = tuple[str, str, Location]
"""A text in the form in which it is compared, as it is written, and where."""


def remarks(decided: Sequence[Decided]) -> tuple[Diagnostic, ...]:
    """In the order of the cases."""
    order = {one.case.place: number for number, one in enumerate(decided)}
    subjects = (
        same_subject(one.case.period, one.case.place, cases[0].case.place)
        for cases in cases_of_subjects(decided).values()
        for cases in [sorted(cases, key=lambda each: order[each.case.place])]
        for one in cases[1:]
    )
    spelled = (spelling for one in decided for spelling in _spelled(one))
    return tuple(sorted((*subjects, *several_spellings(spelled)), key=lambda each: order.get(each.location, -1)))


def same_subject(period: str, place: Location, first: Location | str) -> Diagnostic:
    return warning("case/same-subject", place, period=period, first=str(first))


def _spelled(one: Decided) -> Iterator[Spelling]:
    subject = one.case.subject
    yield period_alike(one.case.period), one.case.period, one.case.place
    for text in (subject.cohort, subject.unit, subject.id):
        if text is not None:
            yield alike(text), text, one.case.place


def several_spellings(spelled: Iterable[Spelling]) -> Iterator[Diagnostic]:
    """For every text that stands in more than one spelling the first place of each further one."""
    first: dict[str, dict[str, Location]] = {}
    for form, text, place in spelled:
        spellings = first.setdefault(form, {})
        if text in spellings:
            continue
        if spellings:
            earlier, where = next(iter(spellings.items()))
            yield looks_alike(text, place, earlier, where)
        spellings[text] = place


def looks_alike(text: str, place: Location, earlier: str, first: Location | str) -> Diagnostic:
    here, there = differing(text, earlier)
    return warning("case/looks-alike", place, text=here, other=there, first=str(first))
