"""Files that were sent -> the cases in them, each as the text of a file of its own. Runs in a worker, like judging."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.base.writing import scratch, whole
from engine.core.judge.case import Rejected
from engine.core.policy.regulation import Library
from engine.load.cases.blank import as_json
from engine.load.cases.paths import unread_cases
from engine.load.cases.reading import Seen
from engine.serve.desk import Desk
from engine.serve.problems import Refusal
from engine.serve.studio.remarks import Remark, remarks

LONGEST_NAME = 80


@dataclass(frozen=True)
class Sent:
    """A file that was sent: its name as the browser gave it, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class CaseSent:
    """A case that can be judged: its id, and the text to keep."""

    case_id: str
    text: str


@dataclass(frozen=True)
class Refused:
    """What cannot be kept: the file that was sent, the id of the case if it has one, and why."""

    file: str
    case_id: str
    problems: Sequence[Remark]


@dataclass(frozen=True)
class Read:
    """What a number of files came to. `warnings` were taken as they stand and are worth a look."""

    cases: tuple[CaseSent, ...]
    refused: tuple[Refused, ...]
    warnings: tuple[Remark, ...]


def read_sent(desk: Desk, files: Sequence[Sent], language: str, most: int) -> Read:
    """The cases of files that were sent: workbooks, tables, JSON, a case a line. Raises Refusal if there are more than
    `most`, whether they can be kept or not."""
    cases: list[CaseSent] = []
    refused: list[Refused] = []
    warnings: list[Diagnostic] = []
    seen: dict[str, Seen] = {}
    with scratch() as folder:
        for number, file in enumerate(files):
            place = folder / str(number)
            place.mkdir()
            path = place / _plain_name(file.name)
            with whole(path, private=True, lasting=False) as stream:
                stream.write(file.content)
            for document in _documents(path, desk.library, language, warnings):
                if len(cases) + len(refused) == most:
                    raise Refusal("too_many_cases", most=most)
                read = desk.reader.read(document, None, seen)
                if isinstance(read, Rejected):
                    problems = remarks(read.diagnostics, language, hidden=f"{place}/")
                    refused.append(Refused(path.name, read.case_id or "", problems))
                else:
                    cases.append(CaseSent(read.case_id, _text(document)))
        remarked = remarks(warnings, language, hidden=f"{folder}/")
    return Read(tuple(cases), tuple(refused), tuple(remarked))


def _documents(
    path: Path, library: Library, language: str, warnings: list[Diagnostic]
) -> Iterator[Document | Unread | Rejected]:
    try:
        yield from unread_cases((str(path),), library, language, warnings.append)
    except Problems as problems:
        yield Rejected(str(path), None, problems.diagnostics)


def _text(document: Document | Unread | Rejected) -> str:
    """The text to keep of a case that was read."""
    if isinstance(document, Unread):
        document = document.read()
    assert isinstance(document, Document)
    return as_json(document.data) + "\n"


def _plain_name(name: str) -> str:
    """A name for a file of our own, with the ending by which its form is told. What was sent is not trusted: only
    letters, digits and a few signs of it are kept."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(letter if letter.isalnum() or letter in "-_. ()" else "_" for letter in last).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[-LONGEST_NAME:]}{dot}{ending[:8]}".lstrip("~") or "_"
