"""`xeploai compile`, `schema`, `trace` and `explain-code`: looking inside a regulation, and at messages."""

import json
import sys
from datetime import date
from pathlib import Path

import click

from engine.base.nearness import closest
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, check_named, loaded, print_diagnostics, regulation_named
from engine.cli.options import language_option, policies_option, switch_option, switches_of
from engine.cli.outputs import check_outputs, output_to
from engine.cli.usage import misuse
from engine.core.policy.live import regime
from engine.core.rules.compiler import beyond_bounds, compile_rules, with_rulesets
from engine.core.rules.domains import TooWide
from engine.core.rules.rulesets import BoundError
from engine.load.cases.schema import case_schema, policy_names
from engine.load.policies.schema import names_schema
from engine.report.diagnostics import as_text, codes, page
from engine.report.rulesets import as_data
from engine.report.trace import write_strict_json, write_strict_trace, write_trace, write_trace_json
from engine.study.trace import strict_trace
from engine.study.trace import trace as trace_passages


@click.command("compile", cls=Verb)
@click.argument("regulation", shell_complete=completion.regulations)
@policies_option
@language_option
@switch_option
@click.option(
    "--subject",
    "kind",
    required=True,
    metavar="KIND",
    shell_complete=completion.kinds,
    help="subject",
)
@click.option("--as-of", "day", default=None, metavar="YYYY-MM-DD", help="day")
def compile_policies(
    regulation: str,
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    kind: str,
    day: str | None,
) -> None:
    """Print the compiled rules, readable and encoded side by side."""
    library = loaded(folder, language)
    switches = switches_of(interpretations)
    check_named(library, regulation, switches, language)
    chosen = library.regulations[regulation]
    if kind not in chosen.kinds:
        misuse("no_kind", name=kind, near=closest(kind, chosen.kinds), known=", ".join(chosen.kinds))
    try:
        on = date.fromisoformat(day) if day else chosen.in_force_from
    except ValueError:
        misuse("day", value=day)
    try:
        compiled = with_rulesets(compile_rules(chosen, library.vocabulary, kind, regime(chosen, on), switches))
    except (TooWide, BoundError) as error:
        print_diagnostics([beyond_bounds(chosen, error)], language)
        sys.exit(PROBLEMS)
    click.echo(json.dumps(as_data(compiled), ensure_ascii=False, indent=2))


@click.command(cls=Verb)
@click.argument("regulation", required=False, shell_complete=completion.regulations)
@policies_option
@language_option
@click.option("--names", is_flag=True, help="names")
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None)
def schema(regulation: str | None, folder: Path | None, language: str, names: bool, output: Path | None) -> None:
    """Write the JSON Schema of a regulation's case files."""
    if (regulation is None) is not names:
        misuse("schema")
    check_outputs(language, [output], (), folder)
    library = loaded(folder, language)
    written = (
        names_schema(policy_names(library))
        if regulation is None
        else case_schema(regulation_named(library, regulation, language), library.vocabulary)
    )
    with output_to(output) as stream:
        json.dump(written, stream, ensure_ascii=False, indent=2)
        stream.write("\n")


@click.command(cls=Verb)
@click.argument("regulation", shell_complete=completion.regulations)
@policies_option
@language_option
@click.option("--strict", is_flag=True, help="strict_trace")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def trace(regulation: str, folder: Path | None, language: str, strict: bool, form: str) -> None:
    """List each passage of the source text with its rules."""
    library = loaded(folder, language)
    traced = regulation_named(library, regulation, language)
    if not strict:
        (write_trace_json if form == "json" else write_trace)(trace_passages(traced), language, sys.stdout)
        return
    found = strict_trace(library, traced)
    (write_strict_json if form == "json" else write_strict_trace)(found, language, sys.stdout)
    sys.exit(PROBLEMS if found.untraced else DONE)


@click.command("explain-code", cls=Verb)
@click.argument("code", required=False, shell_complete=completion.diagnostic_codes)
@language_option
def explain_code(code: str | None, language: str) -> None:
    """Explain a code, with a wrong and a right example."""
    if code is None:
        width = max(map(len, codes()))
        for name in codes():
            click.echo(f"{name:{width}}  {page(name, language).message}")
    elif code in codes():
        click.echo("\n".join(as_text(page(code, language), language)))
    else:
        misuse("no_code", name=code, near=closest(code, codes()))
