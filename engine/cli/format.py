"""`xeploai format`: the YAML of policies in house style."""

import sys
from pathlib import Path

import click

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.extras import need_extra
from engine.base.files import read_policy
from engine.base.paths import find_files
from engine.base.words import words
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, policies_folder, print_diagnostics
from engine.cli.options import language_option, policies_option
from engine.cli.outputs import output_to
from engine.load.policies.format import in_house_style

SAYS = words("cli", "format")


@click.command("format", cls=Verb)
@click.argument("paths", nargs=-1, shell_complete=completion.files)
@policies_option
@language_option
@click.option("--check", is_flag=True, help="look_only")
def format_policies(paths: tuple[str, ...], folder: Path | None, language: str, check: bool) -> None:
    """Lay policy YAML out in house style."""
    need_extra("format", "ruamel")

    try:
        files = find_files(paths or [str(policies_folder(folder, own=True))], (".yaml", ".yml"))
    except Problems as missing:
        print_diagnostics(missing.diagnostics, language)
        sys.exit(PROBLEMS)
    problems: list[Diagnostic] = []
    changed = 0
    for file in files:
        try:
            text = read_policy(file)
            laid_out = in_house_style(str(file), text)
        except Problems as unreadable:
            problems += unreadable.diagnostics
            continue
        if laid_out == text:
            continue
        changed += 1
        click.echo(SAYS["would" if check else "changed"][language].format(file=file))
        if not check:
            with output_to(file) as stream:
                stream.write(laid_out)
    click.echo(SAYS["done"][language].format(changed=changed, same=len(files) - changed - len(problems)))
    if problems:
        print_diagnostics(problems, language)
    sys.exit(PROBLEMS if problems or (check and changed) else DONE)
