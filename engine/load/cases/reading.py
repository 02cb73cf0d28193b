"""Case texts -> cases that a library can judge, or why not. The fast reader takes what is plainly right; everything
else goes to the careful one, which alone says what is wrong."""

from dataclasses import dataclass, replace
from functools import cached_property

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.base.likeness import alike, differing
from engine.core.judge.case import Case, Rejected
from engine.core.policy.regulation import Library
from engine.load.cases.careful import parse_case
from engine.load.cases.fast import Decoder

Seen = tuple[str, Location]
"""A case id as it was written, and where."""


@dataclass(eq=False, repr=False)
class CaseReader:
    """Reads the cases of one library."""

    library: Library

    def read(
        self, document: Document | Unread | Rejected, regulation: str | None, seen: dict[str, Seen]
    ) -> Case | Rejected:
        """One case, or why it cannot be judged; what is rejected already is passed on.

        `regulation` judges the case instead of the one in force. `seen` keeps every case id read so far, by the
        form in which ids are compared: a second case of the same id is rejected.
        """
        if isinstance(document, Rejected):
            return document
        if isinstance(document, Unread):
            name, fast = document.name, self._decoder.case(document.file, document.text, regulation, document.location)
            if fast is not None and (form := alike(fast.case_id)) not in seen:
                seen[form] = fast.case_id, fast.place
                return fast
            try:
                document = document.read()
            except Problems as unfit:
                return Rejected(name, None, unfit.diagnostics)
        case, problems = parse_case(document, self.library, regulation)
        data = document.data
        case_id = data.get("case_id") if isinstance(data, dict) and isinstance(data.get("case_id"), str) else None
        place = document.location(("case_id",))
        if case_id is not None and alike(case_id) in seen:
            problems = (*problems, duplicate(case_id, place, *seen[alike(case_id)]))
        elif case_id is not None:
            seen[alike(case_id)] = case_id, place
        if case is None or problems:
            return Rejected(document.file, case_id, problems)
        return replace(case, place=place)

    @cached_property
    def _decoder(self) -> Decoder:
        return Decoder(self.library)


def duplicate(case_id: str, place: Location, earlier: str, first: Location) -> Diagnostic:
    """A case id that stands in an earlier case; an id that only looks like it is told with the letters that differ."""
    return diagnostic("case/duplicate-id", place, case_id=differing(case_id, earlier)[0], first=str(first))
