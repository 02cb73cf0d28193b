"""A stream of cases, batch by batch. What a later batch must know of the earlier ones goes back with each answer, so
that any worker can do the next one."""

import io
import pickle
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from engine.base.json_text import Unread
from engine.core.judge.case import Case, Rejected
from engine.core.judge.decision import Decided
from engine.core.judge.record import Results
from engine.load.cases.reading import Seen
from engine.load.cases.remarks import Remarks
from engine.report.records import form
from engine.report.records.writing import LinesWriter, checked
from engine.serve.desk import Desk
from engine.serve.jobs.evaluation import RequestOptions
from engine.study.memory import Memory
from engine.study.quota_readings import across_with_readings

CATALOGUE, END = '{"record":"catalogue"', '{"record":"end"'
NO_CATALOGUE = '{"record":"catalogue","catalogue":null'
FILE = "lines"
"""The name under which problems speak of what was sent."""


@dataclass(frozen=True)
class Batch:
    """The records of some cases, as lines."""

    lines: str
    announced: frozenset[str]
    """The hashes of the lines of catalogues that the stream holds by now."""
    counts: Mapping[str, int]
    """How many records of each kind these lines are."""
    seen: Mapping[str, Seen]
    """The ids of the cases, by the form in which they are compared."""
    inputs: tuple[str, ...]
    kept: bytes = field(repr=False)
    """The cases as the last batch needs them."""


def batch(
    desk: Desk,
    texts: tuple[tuple[int, str], ...],
    seen: Mapping[str, Seen],
    announced: frozenset[str],
    options: RequestOptions,
) -> Batch:
    """Judge some lines, each with its number. `seen`: the ids in them that an earlier batch had."""
    desk.check(options.regulation, options.switches)
    stream = io.StringIO()
    bench, memory = desk.bench(options.switches), Memory(desk.library)
    writer = LinesWriter(bench.writer, stream)
    ids, kept, inputs = dict(seen), list[tuple[Case, Unread, Decided]](), list[str]()
    for number, text in texts:
        given = Unread(FILE, text, number - 1, f"{FILE}:{number}")
        case = desk.reader.read(given, options.regulation, ids)
        if isinstance(case, Rejected):
            writer.rejected(case)
            continue
        matched = bench.engine.match(case)
        content, decision = bench.records.case(matched)
        writer.case(case.regulation, content)
        kept.append((case, given, memory.of(matched, decision)))
        inputs.append(case.input_hash)
    lines, known = _new(stream.getvalue().splitlines(keepends=True), announced)
    return Batch("".join(lines), known, _counted(lines), ids, tuple(inputs), pickle.dumps(kept, protocol=5))


def rest(
    desk: Desk, kept: tuple[bytes, ...], counts: Mapping[str, int], announced: frozenset[str], options: RequestOptions
) -> str:
    """What lies between the cases of all batches, and how many records of each kind there are."""
    remarks, members = Remarks(desk.library, options.switches), list[Decided]()
    for part in kept:
        for case, given, decided in pickle.loads(part):
            remarks.add(case, given)
            members.append(decided)
    between = across_with_readings(desk.library, members, (), options.switches)
    stream = io.StringIO()
    results = Results((), (), between.quotas, between.links, between.ungrouped, remarks.all())
    LinesWriter(desk.bench(options.switches).writer, stream).end(results)
    written = [line for line in stream.getvalue().splitlines(keepends=True) if not line.startswith(END)]
    lines, _ = _new(written, announced)
    total = Counter(counts) + Counter(_counted(lines))
    return "".join(lines) + checked("end", form.encode(form.End(**total))).decode() + "\n"


def _new(lines: Iterable[str], announced: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """The lines without catalogues that the stream holds already, and what it holds then."""
    kept = []
    for line in lines:
        if line.startswith(CATALOGUE):
            key = sha256(line.encode()).hexdigest()
            if key in announced or (announced and line.startswith(NO_CATALOGUE)):
                continue
            announced |= {key}
        kept.append(line)
    return kept, announced


def _counted(lines: Iterable[str]) -> Counter[str]:
    kinds = (line.split('"', 4)[3] for line in lines)
    return Counter(kind for kind in kinds if kind != "catalogue")
