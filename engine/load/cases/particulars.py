"""What a case says of the person for people alone: name, post, date of birth, party cell, and the person's own words;
and what the office adds: the count of a vote and the papers of the dossier.

No rule asks for it, and the cases that are judged do not hold it. An output that names people takes it from here, by
the id of the case.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import msgspec

from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.core.judge.case import Rejected
from engine.load.cases.answers import cleaned
from engine.load.cases.ballots import COUNTS, Ballots, ballots_of


class Filed(NamedTuple):
    """One paper that a dossier holds; "" or None for what the case does not say of it."""

    kind: str
    number: str
    day: date | None
    file: str


@dataclass(frozen=True)
class Particulars:
    """What one case says of its subject; "" for what it does not say. `born` is a date (1980-05-19) or a year.
    `statements` holds the person's own words, by the heading that they belong under."""

    name: str = ""
    position: str = ""
    born: str = ""
    party_cell: str = ""
    statements: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ballots: Ballots | None = None
    documents: tuple[Filed, ...] = ()

    @property
    def called(self) -> str:
        """The name with the post, as far as they are known."""
        return ", ".join(part for part in (self.name, self.position) if part)


NOBODY = Particulars()
"""What is known of a person whose case names nobody."""


def noting(
    documents: Iterable[Document | Unread | Rejected], particulars: dict[str, Particulars]
) -> Iterator[Document | Unread | Rejected]:
    """The documents as they come; what they say of people goes into `particulars`, by the ids of their cases."""
    for document in documents:
        if not isinstance(document, Rejected) and (read := _read(document)) is not None:
            # The second of two cases with one id is rejected.
            particulars.setdefault(*read)
        yield document


class _Subject(msgspec.Struct):
    name: str | None = None
    position: str | None = None
    born: str | None = None
    party_cell: str | None = None


class _Filed(msgspec.Struct):
    kind: str
    number: str | None = None
    date: str | None = None
    file: str | None = None


_Ballots: Any = msgspec.defstruct(
    "_Ballots", [*((name, int | None, None) for name in COUNTS), ("grades", dict[str, int | None] | None, None)]
)


class _Stated(msgspec.Struct):
    case_id: str
    subject: _Subject
    statements: dict[str, str | None] | None = None
    ballots: _Ballots | None = None
    documents: list[_Filed] | None = None


def _read(document: Document | Unread) -> tuple[str, Particulars] | None:
    """The id of a case and what it says of the person; None for a text that is no case, which will be rejected."""
    try:
        if isinstance(document, Unread):
            stated: Any = msgspec.json.decode(document.text.removeprefix("\ufeff"), type=_Stated)
        else:
            stated = msgspec.convert(document.data, _Stated)
        return stated.case_id, _particulars(stated)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _particulars(stated: _Stated) -> Particulars:
    subject = stated.subject
    words = [(name, text.strip()) for name, text in (stated.statements or {}).items() if text and text.strip()]
    return Particulars(
        name=cleaned(subject.name or ""),
        position=cleaned(subject.position or ""),
        born=cleaned(subject.born or ""),
        party_cell=cleaned(subject.party_cell or ""),
        statements=tuple(words),
        ballots=ballots_of(msgspec.to_builtins(stated.ballots)),
        documents=tuple(map(_filed, stated.documents or ())),
    )


def _filed(read: _Filed) -> Filed:
    """Raises ValueError if the day is none, as a text that will be rejected may hold it."""
    day = date.fromisoformat(read.date) if read.date else None
    return Filed(read.kind, cleaned(read.number or ""), day, cleaned(read.file or ""))
