"""`xeploai verify`: can the records of an earlier run be reproduced?"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import Document
from engine.base.version import FORMAT
from engine.base.words import wording, words
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, loaded, policies_folder, print_diagnostics, problems_end_it, teller
from engine.cli.options import language_option, policies_option
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Engine
from engine.core.judge.record import Decision
from engine.core.policy.regulation import Library
from engine.load.cases.chosen import reason
from engine.load.cases.paths import read_cases
from engine.load.cases.reading import CaseReader
from engine.report.json import as_plain
from engine.report.records.reading import Record, Tell, records_in
from engine.study.alternatives import OtherReadings
from engine.versions.revisions import policies_at
from engine.versions.verify import Verified, commit_to_use, switches_in
from engine.versions.verify import verify as verify_record

SAYS = words("cli", "verify_says")
HEADER = ("regulation", "policy_hash", "policy_commit", "policy_clean", "switches")
NAMED = as_plain(reason("named"))
SHOWN_PLACES = 5
AT_COMMIT = wording("cli", "verify", "at_commit")


@click.command(cls=Verb)
@click.argument("records", type=click.Path(dir_okay=False, path_type=Path), shell_complete=completion.files)
@click.option("--cases", "paths", multiple=True, required=True, metavar="PATH", help="cases")
@click.option("--revision", default=None, metavar="REV", help="revision")
@policies_option
@language_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(
    records: Path, paths: tuple[str, ...], revision: str | None, folder: Path | None, language: str, form: str
) -> None:
    """Judge again and compare with records kept from an earlier run."""
    problems: list[Diagnostic] = []
    with problems_end_it(language):
        headers = [_header(record) for record in decisions_in(records, problems.append)]
    with ExitStack() as stack:
        if revision is not None:
            with problems_end_it(language):
                folder = stack.enter_context(policies_at(policies_folder(folder, own=True), revision))
        library = loaded(folder, language)
        if revision is None and folder is None:
            hashes = {name: regulation.content_hash for name, regulation in library.regulations.items()}
            commit = commit_to_use(headers, hashes)
            if commit is not None:
                here = policies_folder(None, own=True)
                with problems_end_it(language):
                    library = loaded(stack.enter_context(policies_at(here, commit)), language)
                click.echo(AT_COMMIT[language].format(commit=commit[:12]), err=True)
        documents = _documents(paths, library, language, problems)
        judging = _Judging(library, documents, problems, language)
        results = list(judging.verified(records, headers))
    counts: Counter[str] = Counter(result.verdict for result in results)
    if form == "json":
        data = {"format": FORMAT, "records": [asdict(result) for result in results]}
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for result in results:
            if result.verdict != "reproduced":
                click.echo(f"{result.case_id}: {SAYS[result.verdict][language]}")
            for place, old, new in result.places[:SHOWN_PLACES]:
                shown = SAYS["was"][language].format(old=_short(old), new=_short(new))
                click.echo(f"    {place}: {shown}")
        click.echo("; ".join(f"{SAYS[name][language]}: {counts[name]}" for name in SAYS if counts[name]) + ".")
    if problems:
        print_diagnostics(problems, language)
    reproduced = not problems and results and set(counts) == {"reproduced"}
    sys.exit(DONE if reproduced else PROBLEMS)


def decisions_in(path: Path, tell: Tell) -> Iterator[Record]:
    """The decisions in a file of records. Raises Problems if it holds none."""
    problems: list[Diagnostic] = []
    empty = True
    for record in records_in(path, problems.append):
        if record.kind == "decision":
            empty = False
            yield record
    for problem in problems:
        tell(problem)
    if empty and not problems:
        raise Problems([diagnostic("records/none", Location(str(path)))])


def _header(record: Record) -> dict[str, Any]:
    """What tells by which policies and readings a record was made."""
    decision = record.content
    if isinstance(decision, Decision):
        return {name: as_plain(getattr(decision, name)) for name in HEADER}
    assert isinstance(decision, Mapping)
    return {name: decision[name] for name in HEADER if name in decision}


def _documents(
    paths: tuple[str, ...], library: Library, language: str, problems: list[Diagnostic]
) -> dict[str, Document]:
    """The case documents by their id; what cannot be read is added to `problems`."""
    documents: dict[str, Document] = {}
    for document in read_cases(paths, library, language, teller(language)):
        if isinstance(document, Rejected):
            problems += document.diagnostics
        elif isinstance(document.data, dict) and isinstance(document.data.get("case_id"), str):
            documents.setdefault(document.data["case_id"], document)
    return documents


@dataclass(frozen=True)
class _Judging:
    """The library and cases of today. What is wrong with a case is added to `problems`."""

    library: Library
    documents: Mapping[str, Document]
    problems: list[Diagnostic]
    language: str

    def verified(self, path: Path, headers: Sequence[Mapping[str, Any]]) -> list[Verified]:
        """Judge the cases of all records again. The file is read once for each way in which runs read the policies,
        so that never more than one record is in memory."""
        results: dict[int, Verified] = {}
        readings = [tuple(sorted(switches_in(header).items())) for header in headers]
        for switches in dict.fromkeys(readings):
            reader = CaseReader(self.library)
            with (
                problems_end_it(self.language),
                Engine(self.library, dict(switches), dependences=OtherReadings.of) as engine,
            ):
                for number, record in enumerate(decisions_in(path, lambda problem: None)):
                    if readings[number] == switches:
                        results[number] = self._verified(record, reader, engine)
        return [results[number] for number in sorted(results)]

    def _verified(self, record: Record, reader: CaseReader, engine: Engine) -> Verified:
        """Judge one case by the regulation and readings of its record."""
        plain = record.plain
        document = self.documents.get(plain["case_id"])
        if document is None:
            return verify_record(plain, None, there=False)
        named = plain["chosen_because"] == NAMED and "regulation" not in document.data
        regulation = plain["regulation"] if named and plain["regulation"] in self.library.regulations else None
        case = reader.read(document, regulation, {})
        if isinstance(case, Rejected):
            self.problems.extend(case.diagnostics)
            return verify_record(plain, None, there=True)
        return verify_record(plain, as_plain(engine.decide(case).decision), there=True)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
