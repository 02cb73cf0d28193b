"""Why a case is judged by the regulation that it is judged by, as a text for its record."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from engine.base.words import words
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Text
from engine.load.cases.periods import days_of

ChosenBecause = Literal["in_force", "named", "overridden"]

REASONS = words("case", "chosen_because")
IN_FORCE_TOO = words("case", "in_force_too")


def reason(why: ChosenBecause) -> Text:
    """The reason alone."""
    return Text(**REASONS[why])


def chosen_because(library: Library, chosen: Regulation, why: ChosenBecause, period: str, as_of: date) -> Text:
    """The reason; if the day of review chose the regulation, also what else was in force in the period, and how to
    choose it."""
    others = list(_in_force_too(library, chosen, period, as_of)) if why == "in_force" else []
    texts = [reason(why), *others, *([Text(**IN_FORCE_TOO["choose"])] if others else [])]
    return Text(vi="; ".join(text.vi for text in texts), en="; ".join(text.en for text in texts))


def _in_force_too(library: Library, chosen: Regulation, period: str, as_of: date) -> Iterator[Text]:
    """The other regulations in force on some day of a period: their names, and from when or until when."""
    first, last = days_of(period) or (date(as_of.year, 1, 1), date(as_of.year, 12, 31))
    for other in library.regulations.values():
        since, until = other.in_force_from, other.in_force_until
        if other is chosen or other.extends is not None or since > last or (until or last) < first:
            continue
        label = next((document.label for document in other.documents if document.id == other.id), other.label)
        over = until is not None and until < as_of
        day = until if until is not None and over else since
        text = IN_FORCE_TOO["until"] if over else IN_FORCE_TOO["since"]
        yield Text(
            vi=text["vi"].format(day=f"{day:%d/%m/%Y}", label=label.vi),
            en=text["en"].format(day=day.isoformat(), label=label.en),
        )
