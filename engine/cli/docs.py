"""`xeploai docs`: the regulations as documents for reading."""

from pathlib import Path

import click

from engine.base.extras import need_extra
from engine.base.writing import make_folder
from engine.cli.help import Verb
from engine.cli.opening import loaded
from engine.cli.options import policies_option
from engine.cli.outputs import name_left_over, output_to

LANGUAGES = ("vi", "en")
FORMATS = {"html": ".html", "markdown": ".md"}


@click.command(cls=Verb)
@policies_option
@click.option(
    "--lang", "language", type=click.Choice(LANGUAGES), default=None,
    help="one_language",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default=None,
    help="one_format",
)  # fmt: skip
@click.option(
    "--output", "-o", "target", type=click.Path(file_okay=False, path_type=Path), required=True,
    help="output_folder",
)  # fmt: skip
def docs(folder: Path | None, language: str | None, form: str | None, target: Path) -> None:
    """Render the regulations as documents to read and comment on."""
    need_extra("html", "jinja2", "markdown_it")
    from engine.report.html.document import as_html
    from engine.report.regulation.documents import codes_markdown, contents_markdown, regulation_markdown

    library = loaded(folder, language or LANGUAGES[0])
    for tongue in [language] if language else LANGUAGES:
        inside = target / tongue
        make_folder(inside)
        written = []
        regulations = library.regulations.items()
        pages = {name: regulation_markdown(library, regulation, tongue) for name, regulation in regulations}
        pages["codes"] = codes_markdown(tongue)
        for kind in [form] if form else FORMATS:
            suffix = FORMATS[kind]
            for name, text in {**pages, "index": contents_markdown(library, tongue, suffix)}.items():
                written.append(inside / f"{name}{suffix}")
                with output_to(written[-1]) as stream:
                    stream.write(as_html(text, tongue) if kind == "html" else text)
                click.echo(written[-1])
        name_left_over(language or LANGUAGES[0], inside, written, (f"*{suffix}" for suffix in FORMATS.values()))
