"""Case texts -> cases that a library can judge, or why not. The fast reader takes what is plainly right; everything
else goes to the careful one, which alone says what is wrong."""

from dataclasses import dataclass
from functools import cached_property

from engine.cases import Case, parse_case
from engine.decoding import Decoder
from engine.diagnostics import Problems, diagnostic
from engine.model import Library
from engine.records import Rejected
from engine.sources import Document, Unread


@dataclass(eq=False, repr=False)
class CaseReader:
    """Reads the cases of one library."""

    library: Library

    def read(
        self, document: Document | Unread | Rejected, regulation: str | None, seen: dict[str, str]
    ) -> Case | Rejected:
        """One case, or why it cannot be judged; what is rejected already is passed on.

        `regulation` judges the case instead of the one in force. `seen` keeps the place of every case id read so far:
        a second case of the same id is rejected.
        """
        if isinstance(document, Rejected):
            return document
        if isinstance(document, Unread):
            name, fast = document.name, self._decoder.case(document.file, document.text, regulation)
            if fast is not None and fast.case_id not in seen:
                seen[fast.case_id] = str(document.location("case_id"))
                return fast
            try:
                document = document.read()
            except Problems as unfit:
                return Rejected(name, None, unfit.diagnostics)
        case, problems = parse_case(document, self.library, regulation)
        data = document.data
        case_id = data.get("case_id") if isinstance(data, dict) and isinstance(data.get("case_id"), str) else None
        if case_id is not None and case_id in seen:
            place = document.location(("case_id",))
            problems = (
                *problems,
                diagnostic("case/duplicate-id", place, case_id=case_id, first=seen[case_id]),
            )
        elif case_id is not None:
            seen[case_id] = str(document.location(("case_id",)))
        if case is None or problems:
            return Rejected(document.file, case_id, problems)
        return case

    @cached_property
    def _decoder(self) -> Decoder:
        return Decoder(self.library)
