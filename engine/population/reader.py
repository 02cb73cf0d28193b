"""The text of a case -> what it says, decoded by msgspec's strict types. What is not to be taken as it stands raises
Unusual.

What `load/cases/fast.py` takes is taken here: its types read the text, and it reads the header of the first case of
each kind itself. Of keys written twice msgspec keeps the last, so colons are counted: a text has one a key, and those
within its strings.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from engine.base.documents import TEXT_LIMIT
from engine.core.judge.case import GIVERS, Case
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Value
from engine.core.rules.domains import NO, YES
from engine.load.cases.fast import Decoder
from engine.load.cases.fast_values import Group, Unusual, collect_values, fields_of, parsed_day
from engine.population.plain_text import strict_decoder

MOST_HEADERS = 10_000
Header = tuple[str, str, Any, str, int]
"""The period, the day of review, the regulation that is named, the kind of subject, and how facts are written."""


class Read(NamedTuple):
    """A case as it is written. What is not stated is None in `attributes` and `given`, which are in the order of
    `SUBJECT_KEYS` with the relations after them, and of `GIVERS`."""

    line: bytes
    header: Header
    case_id: str
    attributes: Sequence[Any]
    facts: Any
    evidence: dict[str, int]
    covered: tuple[str, ...] | None
    given: tuple[str | None, ...]
    decided_on: str | None
    texts: list[str]
    """All texts in the case's own words, but for those among its facts."""
    keys: int
    """All keys, but for those of its facts."""


@dataclass
class Reader:
    """Reads the cases of one library. `regulation` judges all cases if it is named."""

    library: Library
    regulation: str | None
    headers: dict[Header, Case | None] = field(default_factory=dict)
    """By each header met: a case that has it and says nothing else; None if no case has it that is in order."""
    givens: dict[tuple[object, ...], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Makes the types that texts are decoded by."""
        self.decoder = Decoder(self.library)
        outlines = [self.decoder.outline(dotted) for dotted in (False, True)]
        self.shapes = tuple(raw for _, raw, _ in outlines)
        self._groups = tuple(group for group, _, _ in outlines)
        self._decode = [(shape, strict_decoder(whole)) for shape, (_, _, whole) in enumerate(outlines)]
        self._inside = tuple(
            tuple(strict_decoder(part.type | None) if isinstance(part, Group) else None for part in group.parts)
            for group in self._groups
        )

    def read(self, line: bytes) -> Read:
        """One case. Its header and its facts are still to be looked at."""
        if len(line) > TEXT_LIMIT:
            raise Unusual
        shape, whole = self._decoded(line)
        case_id, period, day, subject, facts, named, evidence, review, given, *papers, schema = whole
        # Few cases state the count of a vote or the papers of a dossier: they are read case by case.
        if not case_id or case_id.isspace() or papers.count(UNSET) < len(papers):
            raise Unusual
        read = fields_of(subject)
        attributes = [None if value is UNSET else value for value in read]
        keys = len(whole) - whole.count(UNSET) + len(read) - read.count(UNSET)
        texts = [case_id, period]
        for text in attributes[1:]:
            if text.__class__ is str:
                texts.append(text)
            elif text is not None:
                texts += text
        if schema is not UNSET:
            texts.append(schema)
        if evidence:
            keys += len(evidence)
        covered = decided_on = None
        if review:
            (listed,) = fields_of(review)
            keys += listed is not UNSET
            if listed.__class__ is list:
                covered = tuple(listed)
        grades: tuple[str | None, ...] = (None, None, None)
        if given:
            read = fields_of(given)
            keys += len(read) - read.count(UNSET)
            *grades_given, decided_on = [None if value is UNSET else value for value in read]
            grades = tuple(grades_given)
        return Read(
            line, (period, day, named, str(attributes[0]), shape), case_id, attributes, facts,
            _named(evidence, texts) if evidence else {}, covered, grades, decided_on, texts, keys,
        )  # fmt: skip

    def _decoded(self, line: bytes) -> tuple[int, tuple[Any, ...]]:
        # Most cases write their facts as the one before them does.
        (shape, decode), (other, decode_other) = self._decode
        try:
            return shape, fields_of(decode(line))
        except Unusual:
            whole = fields_of(decode_other(line))
        self._decode.reverse()
        return other, whole

    def stated(self, read: Read) -> dict[str, Value]:
        """The facts that a case states."""
        stated: dict[str, Value] = {}
        shape = read.header[-1]
        parts = [
            part if decode is None or part is UNSET else decode(bytes(part))
            for part, decode in zip(fields_of(read.facts), self._inside[shape], strict=True)
        ]
        collect_values(self._groups[shape].type(*parts), self._groups[shape], stated)
        return stated

    def of_header(self, header: Header) -> Case:
        """A case with this header that says nothing else. Raises Unusual if it cannot be judged."""
        if header not in self.headers:
            if len(self.headers) >= MOST_HEADERS:
                self.headers.clear()
            self.headers[header] = self._bare(header)
        case = self.headers[header]
        if case is None:
            raise Unusual
        return case

    def _bare(self, header: Header, given: Sequence[str | None] = ()) -> Case | None:
        period, day, named, kind, _ = header
        data: dict[str, Any] = {
            "case_id": "0", "period": period, "as_of": day, "subject": {"kind": kind}, "facts": {},
            "grades": dict(zip(GIVERS, given, strict=False)),
        }  # fmt: skip
        if not isinstance(named, UnsetType):
            data["regulation"] = named
        return self.decoder.case("", json.dumps(data, ensure_ascii=False), self.regulation)

    def check_given(self, read: Read, regulation: str) -> date | None:
        """The day on which a grade was decided. Raises Unusual if a grade is none of the regulation."""
        if any(read.given):
            key = (regulation, read.given)
            if key not in self.givens:
                self.givens[key] = self._bare(read.header, read.given) is not None
            if not self.givens[key]:
                raise Unusual
        return None if read.decided_on is None else _day(read.decided_on)


def _named(evidence: Mapping[str, Sequence[str] | None], texts: list[str]) -> dict[str, int]:
    """For each fact whether evidence is named for it, as a code. The evidence is added to `texts`."""
    named = {}
    for fact, items in evidence.items():
        if items is not None:
            texts += items
            named[fact] = YES if any(map(str.strip, items)) else NO
    return named


@lru_cache(maxsize=MOST_HEADERS)
def _day(text: str) -> date:
    return parsed_day(text)
