"""Of which kinds of subject a case may be."""

from collections import Counter

from engine.core.policy.live import concerns
from engine.core.policy.regulation import Regulation
from engine.core.policy.terms import SubjectKind, Text


def kinds_of_cases(regulation: Regulation) -> dict[str, Text]:
    """The labels of the kinds of subject that a case may be of, by id: those that a ladder covers, and that no others
    divide between them. Several kinds below one divide it, as all individuals; rules for one of these would pass over
    a case that leaves open of which it is. A single kind below one is only a part of it, as heads of leaders."""
    below = Counter(kind.ancestors[1] for kind in regulation.kinds.values() if len(kind.ancestors) > 1)
    return {
        kind.id: kind.label
        for kind in regulation.kinds.values()
        if below[kind.id] < 2 and _is_graded(kind, regulation)
    }


def _is_graded(kind: SubjectKind, regulation: Regulation) -> bool:
    return any(concerns(ladder.applies_to, kind) for ladder in regulation.ladders)


def unfit_kind(kind: str, regulation: Regulation) -> tuple[str, list[str]]:
    """Why no case may be of a kind, as the code of a diagnostic, and the kinds that are meant instead."""
    kinds = kinds_of_cases(regulation)
    if kind not in regulation.kinds:
        return "kind/unknown", list(kinds)
    below = [name for name in kinds if kind in regulation.kinds[name].ancestors]
    graded = _is_graded(regulation.kinds[kind], regulation)
    return "kind/divided" if graded else "kind/without-ladder", below or list(kinds)
