"""`xeploai check`: the mistakes in a policies folder."""

from pathlib import Path

import click

from engine.cli.common import language_option, loaded, policies_option


@click.command()
@policies_option
@language_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check(folder: Path | None, language: str, form: str) -> None:
    """Soát lỗi trong thư mục quy tắc / find the mistakes in a policies folder."""
    library = loaded(folder, language, form, compile_all=True)
    if form == "json":
        click.echo("[]")
    else:
        rules = sum(len(one.citations) for one in library.regulations.values())
        names = ", ".join(library.regulations)
        click.echo(
            f"Không có lỗi: {names}, {len(library.vocabulary.facts)} dữ kiện, {rules} mục có căn cứ."
            if language == "vi"
            else f"No problems: {names}, {len(library.vocabulary.facts)} facts, {rules} items with a source."
        )
