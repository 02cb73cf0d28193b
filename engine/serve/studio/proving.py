"""What must hold for every case, as pages show it: proved in a worker, which the pool ends if it takes too long."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

from engine.base.words import words
from engine.core.policy.regulation import Library
from engine.proof.properties import Property
from engine.proof.prove import Proved, prove
from engine.proof.reader import read_properties
from engine.report.document import Document
from engine.report.prove import Teller
from engine.serve.desk import Desk

SECONDS_EACH = 10.0
WORDS = words("rules_page", "preview")


def proof(desk: Desk, folder: Path, regulation: str, language: str) -> Document:
    """What becomes of each property of a regulation."""
    library = desk.library
    items = read_properties(library, folder).by_regulation.get(regulation, ())
    return _document(library, regulation, items, language, None)


def proofs_of_draft(
    library: Library, folder: Path, names: Sequence[str], language: str, seconds: float
) -> Iterator[Document]:
    """What becomes of the properties of some regulations, as far as it can be proved in so many seconds; only those
    that do not come out as their files say are listed."""
    until = monotonic() + seconds
    properties = read_properties(library, folder).by_regulation
    for name in names:
        if items := properties.get(name, ()):
            yield _document(library, name, items, language, until)


def _document(
    library: Library, regulation: str, items: Sequence[Property], language: str, until: float | None
) -> Document:
    if items and find_spec("z3") is None:
        return Document("", WORDS["no_solver"][language])
    proved: list[Proved] = []
    for answer in prove(library, library.regulations[regulation], items, SECONDS_EACH, apart=False):
        proved.append(answer)
        if until is not None and monotonic() > until:
            break
    teller = Teller(library, library.regulations[regulation], language)
    document = teller.document([answer for answer in proved if until is None or not answer.as_expected])
    summary = document.summary
    if until is not None:
        broken = sum(not answer.as_expected for answer in proved)
        key = "properties" if len(proved) == len(items) else "properties_so_far"
        summary = WORDS[key][language].format(tried=len(proved), count=len(items), broken=broken)
    return Document(document.title, summary, None, document.chapters)
