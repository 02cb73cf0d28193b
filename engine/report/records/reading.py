"""Files of records -> the records in their full form, and what is wrong with those that cannot be taken.

A file is one run, as lines or as one JSON document, in version 1 or 2 of the format. What is wrong with one record is
told, and the others are read all the same.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import FILE_LIMIT
from engine.base.files import name_of, opened, read_lines, read_text
from engine.base.json_text import parse_json
from engine.base.paths import LINES
from engine.base.version import FORMAT
from engine.core.judge.record import Decision, LinkResult, QuotaResult
from engine.core.policy.terms import Text
from engine.report.json import as_plain
from engine.report.records import form
from engine.report.records.joining import Joiner
from engine.report.records.writing import PLURALS

Tell = Callable[[Diagnostic], None]
FIRST_KIND = "decision"
"""What a record of a case is called in version 1, and in the full form."""
NEEDED = ("case_id", "regulation", "policy_hash", "input_hash")
"""What every full record of a case says as text; `chosen_because` is a label."""
_HEAD = re.compile(rb'\s*\{\s*"(record|check|format|engine_version|catalogues|cases|decisions)"')
_PLACE = re.compile(r"at `\$\.?(.*)`$")


@dataclass(frozen=True)
class Record:
    """One record. `kind` is decision, rejected, quota, link, ungrouped or warning; `content` is whole, or plain if it
    was plain already: all of version 1, and what holds diagnostics."""

    kind: str
    content: Decision | QuotaResult | LinkResult | Mapping[str, Any]
    documents: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """The labels of the documents that a decision cites."""

    @property
    def plain(self) -> dict[str, Any]:
        """The record in its full form: what each id means stands in the record."""
        content: dict[str, Any] = as_plain(self.content) if not isinstance(self.content, dict) else self.content
        return content


def read_records(path: Path | str, on_problem: Tell | None = None) -> Iterator[dict[str, Any]]:
    """Records of a run, written by `evaluate --format json` or `ndjson` -> each in its full form, as plain data.

    `record` says what it is: decision, rejected, quota, link, ungrouped or warning. The full form repeats in each
    record what its ids mean: docs/records.md lists its members. A record that cannot be taken is left out and its
    problem given to `on_problem`; if that is None, Problems is raised with all of them once the others were read.
    """
    problems: list[Diagnostic] = []
    for record in records_in(Path(path), on_problem or problems.append):
        yield {"record": record.kind, **record.plain}
    if problems:
        raise Problems(problems)


def holds_records(path: Path) -> bool:
    """Does a file look like records of a run, of whatever version? False if it cannot be opened."""
    try:
        with opened(path) as stream:
            return _HEAD.match(stream.read(200)) is not None
    except Problems:
        return False


def records_in(path: Path, tell: Tell) -> Iterator[Record]:
    """The records in a file. Raises Problems if it holds none, or cannot be read as a whole."""
    name = name_of(path)
    if path.suffix.lower() in LINES or _first_is_record(path):
        yield from _Lines(name, tell).read(path)
        return
    text = read_text(path)
    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        data = parse_json(name, text, most=FILE_LIMIT).data
    if not isinstance(data, dict):
        raise Problems([diagnostic("records/none", Location(name))])
    if "format" in data:
        yield from _document(data, name, tell)
    else:
        yield from _first_version(data.get("decisions"), name)


def _first_is_record(path: Path) -> bool:
    with opened(path) as stream:
        return re.match(rb'\s*\{\s*"record"', stream.read(200)) is not None


def _first_version(decisions: object, name: str) -> Iterator[Record]:
    for decision in decisions if isinstance(decisions, list) else [None]:
        yield _first(decision, name)


def _first(data: object, name: str, line: int = 0) -> Record:
    """A record of version 1."""
    if (
        not isinstance(data, dict)
        or not all(isinstance(data.get(key), str) for key in NEEDED)
        or not (isinstance(data.get("chosen_because"), dict) and isinstance(data.get("switches", []), list))
    ):
        raise Problems([diagnostic("records/none", Location(name, line))])
    return Record(FIRST_KIND, data)


def _document(data: dict[str, Any], name: str, tell: Tell) -> Iterator[Record]:
    """The records of a whole run in one JSON document."""
    reader = _Reader(name, tell)
    place = Location(name)
    reader.open(data, place)
    catalogues = data.get("catalogues")
    for key, content in catalogues.items() if isinstance(catalogues, dict) else ():
        reader.add(key, content, place)
    for kind, plural in PLURALS.items():
        records = data.get(plural)
        for record in records if isinstance(records, list) else [None]:
            yield from reader.record(kind, record, place)


@dataclass(eq=False)
class _Reader:
    """What is known of a run while its records are read."""

    name: str
    tell: Tell
    run: form.Run | None = None
    joiners: dict[str, Joiner] = field(default_factory=dict)
    unusable: set[object] = field(default_factory=set)
    """The hashes of catalogues of which it was told that they are not there, or are not as they were written."""

    def open(self, data: Mapping[str, Any], place: Location) -> form.Run:
        """By what the run was made. Raises Problems if a later program wrote it."""
        written = data.get("format")
        if not isinstance(written, int) or written > FORMAT:
            raise Problems([diagnostic("records/later-version", place, format=str(written), known=str(FORMAT))])
        try:
            self.run = msgspec.convert(dict(data), form.Run)
        except msgspec.ValidationError:
            raise Problems([diagnostic("records/none", place)]) from None
        return self.run

    def add(self, key: object, content: object, place: Location) -> None:
        """Take in a catalogue, unless it is another than its hash says."""
        assert self.run is not None
        if not isinstance(key, str) or sha256(form.encode(content)).hexdigest() != key:
            self._refuse(key, diagnostic("records/catalogue-changed", place))
            return
        try:
            self.joiners[key] = Joiner(msgspec.convert(content, form.Catalogue), self.run)
        except msgspec.ValidationError:
            self._refuse(key, diagnostic("records/catalogue-changed", place))

    def _refuse(self, key: object, problem: Diagnostic) -> None:
        """Tell once what is wrong with a catalogue; the records that name it are left out."""
        if key not in self.unusable:
            self.unusable.add(key)
            self.tell(problem)

    def record(self, kind: str, data: object, place: Location) -> Iterator[Record]:
        """A record in its full form; nothing, and a problem told, if it is not as it was written."""
        content = dict(data) if isinstance(data, dict) else {}
        name = content.get("case_id") or content.get("quota") or content.get("code") or kind
        shown = {"name": name if isinstance(name, str) else kind}
        check = content.pop("check", None)
        if check != f"{crc32(form.encode(content)):08x}":
            self.tell(diagnostic("records/changed", place, **shown))
            return
        try:
            record = msgspec.convert(content, form.RECORDS[kind])
            if kind in ("rejected", "ungrouped", "warning"):
                yield Record(kind, content)
                return
            joiner = self.joiners.get(record.catalogue)
            if joiner is None:
                self._refuse(record.catalogue, diagnostic("records/no-catalogue", place, **shown))
                return
            yield self._whole(kind, record, joiner)
        except (msgspec.ValidationError, KeyError, ValueError, StopIteration):
            self.tell(diagnostic("records/changed", place, **shown))

    def _whole(self, kind: str, record: Any, joiner: Joiner) -> Record:
        match kind:
            case "case":
                return Record(FIRST_KIND, joiner.decision(record), joiner.documents)
            case "quota":
                return Record(kind, joiner.quota(record))
            case _:
                return Record(kind, joiner.link(record))


@dataclass(eq=False)
class _Lines(_Reader):
    """A run whose records are lines."""

    counts: Counter[str] = field(default_factory=Counter)
    ended: bool = False

    def read(self, path: Path) -> Iterator[Record]:
        """The records of a file, in order."""
        number = 0
        torn: tuple[int, str] | None = None
        for number, line in read_lines(path, self.name):
            if torn is not None:
                self._tell_syntax(*torn)
                torn = None
            if isinstance(line, Diagnostic):
                self.tell(line)
                continue
            try:
                data = msgspec.json.decode(line)
            except (msgspec.DecodeError, RecursionError):
                torn = number, line
                continue
            yield from self._line(data, Location(self.name, number))
        if torn is not None and self.run is None:
            self._tell_syntax(*torn)
        elif self.run is not None and not self.ended:
            self.tell(diagnostic("records/cut-off", Location(self.name, number)))

    def _tell_syntax(self, number: int, line: str) -> None:
        """Report the place at which a line is no JSON."""
        try:
            parse_json(self.name, line, line_offset=number - 1)
        except Problems as problems:
            for problem in problems.diagnostics:
                self.tell(problem)
        else:
            self.tell(diagnostic("records/changed", Location(self.name, number), name=self.name))

    def _line(self, data: object, place: Location) -> Iterator[Record]:
        kind = str(data.pop("record", None)) if isinstance(data, dict) else ""
        if self.run is None and isinstance(data, dict) and "check" in data and kind in form.RECORDS:
            # The first line of the run, which says by what it was made, is gone.
            self.run = form.Run(engine_version="")
        if kind == "catalogue" and isinstance(data, dict):
            self._header(data, place)
        elif kind == FIRST_KIND:
            yield _first(data, self.name, place.line)
        elif self.run is None:
            # Version 1 says no more than this of what is not a decision.
            if kind not in form.RECORDS:
                raise Problems([diagnostic("records/none", place)])
            if isinstance(data, dict):
                yield Record(kind, data)
        elif kind == "end":
            self._end(data, place)
        elif kind in form.RECORDS:
            self.counts[kind] += 1
            yield from self.record(kind, data, place)
        elif kind in ("", "None"):
            self.tell(diagnostic("records/changed", place, name=self.name))

    def _header(self, data: dict[str, Any], place: Location) -> None:
        """A catalogue; one that comes after the end, or again, begins another run."""
        key, content = data.pop("hash", None), data.pop("catalogue", None)
        before = self.run
        after = self.open(data, place)
        if before is not None and (self.ended or before != after or key in self.joiners):
            if not self.ended:
                self.tell(diagnostic("records/cut-off", place))
            self.tell(diagnostic("records/several-runs", place))
            self.joiners, self.unusable, self.counts, self.ended = {}, set(), Counter(), False
        if key is not None or content is not None:
            self.add(key, content, place)

    def _end(self, data: object, place: Location) -> None:
        self.ended = True
        content = dict(data) if isinstance(data, dict) else {}
        if content.pop("check", None) != f"{crc32(form.encode(content)):08x}":
            self.tell(diagnostic("records/changed", place, name="end"))
            return
        for kind, wanted in content.items():
            if self.counts[kind] != wanted:
                there = self.counts[kind]
                self.tell(diagnostic("records/lost", place, kind=kind, wanted=str(wanted), there=str(there)))
