"""`xeploai test`: the policies' own tests."""

import sys
from pathlib import Path

import click

from engine.cli.common import DONE, PROBLEMS, language_option, loaded, policies_folder, policies_option


@click.command("test")
@click.argument("paths", nargs=-1)
@policies_option
@language_option
def run_tests(paths: tuple[str, ...], folder: Path | None, language: str) -> None:
    """Chạy kiểm thử của quy tắc (*.test.yaml) / run the policies' own tests."""
    from engine.policy_tests import run, write_report

    library = loaded(folder, language)
    report = run(library, policies_folder(folder), [Path(path) for path in paths])
    write_report(report, language, sys.stdout)
    sys.exit(DONE if report.passed else PROBLEMS)
