"""`xeploai explain`: why a case comes out as it does, and what would change it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli import completion
from engine.cli.common import (
    DONE,
    PROBLEMS,
    check_outputs,
    language_option,
    loaded,
    need_extra,
    output_to,
    policies_option,
    print_diagnostics,
    problems_end_it,
    read_cases,
    switch_option,
    switches_of,
)  # fmt: skip
from engine.cli.usage import misuse, wrong_usage
from engine.terminal import takes_colours

if TYPE_CHECKING:
    from engine.diagnostics import Diagnostic
    from engine.explanation import Explanation

SHOWN_IDS = 10


@click.command()
@click.argument("paths", nargs=-1, required=True, shell_complete=completion.files)
@policies_option
@language_option
@switch_option
@click.option(
    "--case",
    "case_id",
    default=None,
    metavar="ID",
    help="Chỉ hồ sơ này / this case alone.",
)
@click.option(
    "--regulation",
    default=None,
    metavar="ID",
    shell_complete=completion.regulations,
    help="Áp dụng quy định này / judge by this regulation.",
)
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None)
def explain(
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    case_id: str | None,
    regulation: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Vì sao có kết quả ấy, và điều gì sẽ thay đổi nó / why a case comes out as it does, and what would change it.

    Với mức đạt được và từng mức cao hơn: mọi điều kiện kèm giá trị, mốc, căn cứ; thay đổi ít nhất để lên mức; dữ kiện
    còn thiếu nào quyết định / for the grade and each better one every condition with value, threshold and source; the
    least changes that reach the next one; which missing facts decide.
    """
    from engine.evaluation import Engine, UnknownChoice, check_choices
    from engine.explanation import explain as explained
    from engine.nearness import closest
    from engine.reading import CaseReader, Seen
    from engine.records import Rejected
    from engine.reporter.explain import write_explanations, write_explanations_html
    from engine.reporter.plain import as_plain

    if form == "html":
        need_extra("html", "jinja2")
    check_outputs(language, [output], paths, folder)
    library = loaded(folder, language)
    switches = switches_of(interpretations)
    try:
        check_choices(library, regulation, switches)
    except UnknownChoice as choice:
        wrong_usage(choice.diagnostic.message(language), choice.diagnostic.help(language))
    found: list[Explanation] = []
    problems: list[Diagnostic] = []
    seen: dict[str, Seen] = {}
    ids: list[str] = []
    reader = CaseReader(library)
    with problems_end_it(language), Engine(library, switches) as engine:
        for document in read_cases(paths, library, language):
            if isinstance(document, Rejected):
                problems += document.diagnostics
                continue
            if case_id is not None:
                here = document.data.get("case_id") if isinstance(document.data, dict) else None
                ids += [here] if isinstance(here, str) else []
                if here != case_id:
                    continue
            case = reader.read(document, regulation, seen)
            if isinstance(case, Rejected):
                problems += case.diagnostics
            else:
                found.append(explained(engine.judge(case), case, engine.decide(case).decision))
    if case_id is not None and not found and not problems:
        misuse("no_case", name=case_id, near=closest(case_id, ids), known=", ".join(ids[:SHOWN_IDS]) or "–")
    documents = {one.id: one.label for each in library.regulations.values() for one in each.documents}
    with output_to(output, private=True) as stream:
        if form == "json":
            json.dump([as_plain(one) for one in found], stream, ensure_ascii=False, indent=2)
            stream.write("\n")
        elif form == "html":
            write_explanations_html(found, language, stream, documents=documents)
        else:
            color = output is None and takes_colours(sys.stdout)
            write_explanations(found, language, stream, documents=documents, color=color)
    if problems:
        print_diagnostics(problems, language)
    sys.exit(PROBLEMS if problems else DONE)
