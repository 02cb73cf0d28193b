"""`xeploai verify`: can the records of an earlier run be reproduced?"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import FILE_LIMIT, Document
from engine.base.files import read_lines, read_text
from engine.base.json_text import parse_json
from engine.base.paths import LINES
from engine.base.words import wording, words
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, loaded, policies_folder, print_diagnostics, problems_end_it, teller
from engine.cli.options import language_option, policies_option
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Engine
from engine.core.policy.regulation import Library
from engine.load.cases.chosen import reason
from engine.load.cases.paths import read_cases
from engine.load.cases.reading import CaseReader
from engine.report.json import as_plain
from engine.study.alternatives import OtherReadings
from engine.versions.revisions import policies_at
from engine.versions.verify import commit_to_use, switches_in
from engine.versions.verify import verify as verified

SAYS = words("cli", "verify_says")
NEEDED = ("case_id", "regulation", "policy_hash", "input_hash")
"""What every record of a decision says as text; `chosen_because` is a label."""
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
    with problems_end_it(language):
        kept = list(decisions_in(records))
    found: list[Diagnostic] = []
    inputs: set[str] = set()
    decided: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack:
        if revision is not None:
            with problems_end_it(language):
                folder = stack.enter_context(policies_at(policies_folder(folder, own=True), revision))
        library = loaded(folder, language)
        if revision is None and folder is None:
            hashes = {name: one.content_hash for name, one in library.regulations.items()}
            commit = commit_to_use(kept, hashes)
            if commit is not None:
                here = policies_folder(None, own=True)
                with problems_end_it(language):
                    library = loaded(stack.enter_context(policies_at(here, commit)), language)
                click.echo(AT_COMMIT[language].format(commit=commit[:12]), err=True)
        documents = _documents(paths, library, language, found)
        by_switches: dict[tuple[tuple[str, str], ...], list[dict[str, Any]]] = {}
        for record in kept:
            by_switches.setdefault(tuple(sorted(switches_in(record).items())), []).append(record)
        for switches, some in by_switches.items():
            _judge(library, dict(switches), some, documents, inputs, decided, found, language)
    results = list(verified(kept, inputs, decided))
    counts: Counter[str] = Counter(one.verdict for one in results)
    if form == "json":
        click.echo(json.dumps([asdict(one) for one in results], ensure_ascii=False, indent=2))
    else:
        for one in results:
            if one.verdict != "reproduced":
                click.echo(f"{one.case_id}: {SAYS[one.verdict][language]}")
            for place, old, new in one.places[:SHOWN_PLACES]:
                shown = SAYS["was"][language].format(old=_short(old), new=_short(new))
                click.echo(f"    {place}: {shown}")
        click.echo("; ".join(f"{SAYS[name][language]}: {counts[name]}" for name in SAYS if counts[name]) + ".")
    if found:
        print_diagnostics(found, language)
    sys.exit(DONE if results and set(counts) == {"reproduced"} else PROBLEMS)


def decisions_in(path: Path) -> Iterator[dict[str, Any]]:
    """The decisions in a file of records; raises Problems where it is none."""

    def record(data: object) -> dict[str, Any]:
        if (
            not isinstance(data, dict)
            or not all(isinstance(data.get(name), str) for name in NEEDED)
            or not (isinstance(data.get("chosen_because"), dict) and isinstance(data.get("switches", []), list))
        ):
            raise Problems([diagnostic("records/none", Location(str(path)))])
        return data

    if path.suffix.lower() in LINES:
        for number, line in read_lines(path, str(path)):
            if isinstance(line, Diagnostic):
                raise Problems([line])
            data = parse_json(str(path), line, line_offset=number - 1).data
            if not isinstance(data, dict) or data.get("record") == "decision":
                yield record(json.loads(line) if isinstance(data, dict) else data)
        return
    text = read_text(path)
    parsed = parse_json(str(path), text, most=FILE_LIMIT).data
    kept = json.loads(text).get("decisions") if isinstance(parsed, dict) else None
    for one in kept if isinstance(kept, list) else [None]:
        yield record(one)


def _documents(
    paths: tuple[str, ...], library: "Library", language: str, found: "list[Diagnostic]"
) -> "dict[str, Document]":
    """The case documents by their id; what cannot be read is added to `found`."""
    documents: dict[str, Document] = {}
    for one in read_cases(paths, library, language, teller(language)):
        if isinstance(one, Rejected):
            found += one.diagnostics
        elif isinstance(one.data, dict) and isinstance(one.data.get("case_id"), str):
            documents.setdefault(one.data["case_id"], one)
    return documents


def _judge(
    library: "Library",
    switches: dict[str, str],
    records: list[dict[str, Any]],
    documents: "dict[str, Document]",
    inputs: set[str],
    decided: dict[str, dict[str, Any]],
    found: "list[Diagnostic]",
    language: str,
) -> None:
    """Judge the cases of some records again, by the regulation and readings of the record."""
    named = as_plain(reason("named"))
    reader = CaseReader(library)
    with problems_end_it(language), Engine(library, switches, dependences=OtherReadings.of) as engine:
        for record in records:
            document = documents.get(record["case_id"])
            if document is None:
                continue
            asked_for = record["chosen_because"] == named and "regulation" not in document.data
            regulation = record["regulation"] if asked_for and record["regulation"] in library.regulations else None
            case = reader.read(document, regulation, {})
            inputs.add(record["case_id"])
            if isinstance(case, Rejected):
                found += case.diagnostics
            else:
                decided[record["case_id"]] = as_plain(engine.decide(case).decision)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
