"""What of a case is worth a look, as `load/cases/remarks.py` lists it, for cases that are decided many at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from engine.base.letters import strange
from engine.core.judge.case import SUBJECT_KEYS
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Value
from engine.load.cases.remarks import Noted, odd_items
from engine.population.answers import Answered
from engine.population.memos import Values
from engine.population.reader import Reader
from engine.population.rows import joined

MOST_KEPT = 100_000


@dataclass
class Told:
    """The items of `Noted` and `odd_items` about cases, as the text that a row holds. Most cases repeat what they
    depend on, for which they are kept."""

    library: Library
    reader: Reader
    kept: dict[tuple[Any, ...], str] = field(default_factory=dict)

    @cached_property
    def _noted(self) -> Noted:
        return Noted(self.library)

    @cached_property
    def _values(self) -> Values:
        return Values(self.library.vocabulary)

    def of(self, answer: Answered) -> str:
        """The items about a case, joined."""
        told = self._of_all_but_texts(answer)
        # Only if a text has an odd letter it matters where in the case it stands.
        if any(map(strange, answer.read.texts)):
            return joined([*filter(None, [told]), *odd_items(json.loads(answer.read.line))])
        return told

    def _of_all_but_texts(self, answer: Answered) -> str:
        read = answer.read
        ids = read.attributes[len(SUBJECT_KEYS) :]
        relations = self.reader.decoder.relations
        named = tuple([name for name, named in zip(relations, ids, strict=True) if named]) if any(ids) else ()
        if answer.noted:
            return self._items(answer, named, self._values.with_derived(self.reader.stated(read)))
        key = read.header, named, read.covered
        told = self.kept.get(key)
        if told is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            told = self.kept[key] = self._items(answer, named, {})
        return told

    def _items(self, answer: Answered, named: tuple[str, ...], values: Mapping[str, Value]) -> str:
        covered = answer.read.covered
        about = replace(
            answer.case,
            subject=replace(answer.case.subject, relations=dict.fromkeys(named, ("",))),
            covered=None if covered is None else frozenset(covered),
            values=values,
        )
        return joined(list(self._noted.items(about)))
