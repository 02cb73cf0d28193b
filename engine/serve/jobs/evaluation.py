"""Cases -> records: one case, a list, the lines of a stream batch by batch, and the rows of a table."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import msgspec

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.documents import Document
from engine.base.files import read_lines
from engine.base.json_text import Unread
from engine.base.paths import WORKBOOKS
from engine.base.version import FORMAT
from engine.core.judge.case import Rejected
from engine.core.judge.decision import Decided
from engine.core.judge.record import Results
from engine.load.cases.delimited import csv_rows
from engine.load.cases.headings import Headings
from engine.load.cases.reading import Seen
from engine.load.cases.remarks import Remarks
from engine.load.cases.tables import cases_in
from engine.load.cases.workbooks import cases_in_workbook
from engine.report.records import form
from engine.report.records.writing import PLURALS, checked, rejected
from engine.serve.desk import Desk
from engine.serve.problems import Refusal
from engine.study.memory import Memory
from engine.study.quota_readings import across_with_readings


@dataclass(frozen=True)
class RequestOptions:
    """How cases are to be judged, and what the answer holds."""

    regulation: str | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    catalogues: bool = True
    """Whether the answer says what the ids in its records mean."""
    language: str = "vi"
    most: int = 10_000
    """So many cases may be sent at once."""


@dataclass(frozen=True)
class Evaluated:
    """An answer as JSON, and what the log of who did what says of it."""

    body: bytes
    cases: int
    rejected: int
    inputs: str
    """The SHA-256 of what the cases say: of one its own, of several that of their hashes, one a line."""


def evaluate_case(desk: Desk, text: str, options: RequestOptions) -> Evaluated:
    """One case, without what lies between cases. Raises Problems if it cannot be judged."""
    desk.check(options.regulation, options.switches)
    bench, remarks = desk.bench(options.switches), Remarks(desk.library, options.switches, desk.noted)
    given = Unread("case", text)
    case = desk.reader.read(given, options.regulation, {})
    if isinstance(case, Rejected):
        raise Problems(case.diagnostics)
    content, _ = bench.records.case(bench.engine.match(case))
    remarks.add(case, given)
    results = Results((), (), (), (), warnings=remarks.all())
    body = _document(desk, [(case.regulation, checked("", content))], results, options)
    return Evaluated(body, 1, 0, case.input_hash)


def evaluate_cases(desk: Desk, body: bytes, options: RequestOptions) -> Evaluated:
    """A JSON list of cases, with their quotas and links."""
    return _evaluated(desk, _items(body, options.most), options)


def evaluate_table(desk: Desk, body: bytes, name: str, options: RequestOptions) -> Evaluated:
    """A workbook, or a text with delimiters: a case a row. `name` says by its ending which it is. Raises Problems."""
    headings, stream = Headings(desk.library), io.BytesIO(body)
    warnings: list[Diagnostic] = []

    def rows() -> Iterator[Document | Rejected]:
        if Path(name).suffix in WORKBOOKS:
            cases = cases_in_workbook(stream, name, headings, options.language)
        else:
            lines = csv_rows(read_lines(stream, name, table=True), name, headings)
            cases = cases_in(lines, headings, name, options.language)
        for row in cases:
            if isinstance(row, Diagnostic):
                warnings.append(row)
            else:
                yield row

    return _evaluated(desk, _few(rows(), options.most), options, warnings)


def _items(body: bytes, most: int) -> Iterator[Unread]:
    """The cases of a list, each as its own text. Raises Refusal."""
    try:
        items = msgspec.json.decode(body, type=list[msgspec.Raw])
    except msgspec.DecodeError:
        raise Refusal("not_a_list") from None
    if len(items) > most:
        raise Refusal("too_many_cases", most=most)
    for number, item in enumerate(items, 1):
        name = f"case {number}"
        yield Unread(name, bytes(item).decode(errors="replace"), name=name)


def _few(cases: Iterator[Document | Rejected], most: int) -> Iterator[Document | Rejected]:
    for number, case in enumerate(cases):
        if number == most:
            raise Refusal("too_many_cases", most=most)
        yield case


def _evaluated(
    desk: Desk,
    documents: Iterable[Document | Unread | Rejected],
    options: RequestOptions,
    warnings: Iterable[Diagnostic] = (),
) -> Evaluated:
    """All cases with what lies between them, as one document."""
    desk.check(options.regulation, options.switches)
    bench, remarks, memory = desk.bench(options.switches), Remarks(desk.library, options.switches), Memory(desk.library)
    records, members, unfit = list[tuple[str, bytes]](), list[Decided](), list[Rejected]()
    seen: dict[str, Seen] = {}
    inputs: list[str] = []
    for document in documents:
        if isinstance(document, Rejected):
            unfit.append(document)
            continue
        case = desk.reader.read(document, options.regulation, seen)
        if isinstance(case, Rejected):
            unfit.append(case)
            continue
        matched = bench.engine.match(case)
        content, decision = bench.records.case(matched)
        records.append((case.regulation, checked("", content)))
        members.append(memory.of(matched, decision))
        remarks.add(case, document)
        inputs.append(case.input_hash)
    between = across_with_readings(desk.library, members, unfit, options.switches)
    results = replace(between, decisions=(), warnings=(*warnings, *remarks.all()))
    return Evaluated(_document(desk, records, results, options), len(records), len(unfit), together(inputs))


def together(hashes: Iterable[str]) -> str:
    """One hash for several inputs."""
    return sha256("\n".join(hashes).encode()).hexdigest()


def _document(desk: Desk, records: Sequence[tuple[str, bytes]], results: Results, options: RequestOptions) -> bytes:
    """The records of cases, each with its regulation, and all else as `evaluate --format json` writes it, in one line,
    with the hash of the policies."""
    writer = desk.bench(options.switches).writer
    lists: dict[str, list[bytes]] = {name: [] for name in PLURALS}
    lists["case"] = [record for _, record in records]
    lists["rejected"] = [checked("", form.encode(rejected(case))) for case in results.rejected]
    for kind, record in writer.between(results):
        lists[kind].append(checked("", form.encode(record)))
    head = {"format": FORMAT, **msgspec.structs.asdict(writer.run), "policies": desk.version.hash}
    members = [msgspec.json.encode(head)[1:-1]]
    members += [b'"%b":[%b]' % (PLURALS[kind].encode(), b",".join(items)) for kind, items in lists.items()]
    if options.catalogues:
        made = [writer.catalogue(regulation) for regulation in dict.fromkeys(name for name, _ in records)]
        catalogues = b",".join(b'"%b":%b' % (item.hash.encode(), item.content) for item in made)
        members.append(b'"catalogues":{%b}' % catalogues)
    return b"{%b}" % b",".join(members)
