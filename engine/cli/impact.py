"""`xeploai impact`: whom a change of policies moves."""

import json
import sys
from pathlib import Path

import click

from engine.cli import completion
from engine.cli.common import (
    DONE,
    FAILURE,
    PROBLEMS,
    Opened,
    language_option,
    need_extra,
    policies_option,
    problems_end_it,
    unread_cases,
)  # fmt: skip
from engine.cli.sides import compared, two_sides


@click.command()
@click.argument("sides", nargs=-1, shell_complete=completion.regulations)
@click.option("--staged", is_flag=True, help="Phía mới là những gì đã `git add` / the new side is what is staged.")
@click.option("--cases", "paths", multiple=True, required=True, metavar="PATH", help="Các hồ sơ / the cases.")
@policies_option
@click.option(
    "--regulation", default=None, metavar="ID", shell_complete=completion.regulations,
    help="Chỉ xét quy định này / this regulation alone.",
)  # fmt: skip
@language_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "html"]), default="text", show_default=True
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="Ghi ra tệp / write to a file.")  # fmt: skip
@click.option("--brief", is_flag=True, help="Chỉ in số hồ sơ đổi kết quả / the headline only.")
@click.option(
    "--fail-on", "failing", multiple=True,
    type=click.Choice(["moved", "lower", "higher", "undetermined", "other", "findings", "quotas", "unjudged"]),
    help="Mã thoát 1 khi có / exit code 1 where there is.",
)  # fmt: skip
def impact(
    sides: tuple[str, ...],
    staged: bool,
    paths: tuple[str, ...],
    folder: Path | None,
    regulation: str | None,
    language: str,
    form: str,
    output: Path | None,
    brief: bool,
    failing: tuple[str, ...],
) -> None:
    """Thay đổi này làm những hồ sơ nào đổi kết quả / whom a change of policies moves.

    OLD và NEW như ở `diff`. Hai mã quy định thì mọi hồ sơ được xét theo từng quy định; còn lại thì mỗi hồ sơ theo quy
    định có hiệu lực vào ngày xét của nó.

    OLD and NEW as in `diff`. Two regulation ids judge every case by each; otherwise a case is judged by the regulation
    in force on its day.
    """
    if form == "html":
        need_extra("html", "jinja2", "markdown_it", "pygal")
    from engine.directions import Version
    from engine.impact import impact as impact_of
    from engine.impact import impacts, population
    from engine.matcher import EngineFailure
    from engine.reporter.differences import telling
    from engine.reporter.impact import ImpactTelling, as_data, as_markdown, as_text

    old, new = two_sides(sides, staged)
    tellings: list[ImpactTelling] = []
    with compared(old, new, folder, regulation, language) as both, problems_end_it(language):
        documents = list(unread_cases(paths, both.after, language))
        names = [tuple(one.regulation.id if one is not None else None for one in pair) for pair in both.pairs]
        known = {name for pair in names for name in pair}
        try:
            if both.named:
                before, after = (
                    population(one, documents, name)
                    for one, name in zip((both.before, both.after), names[0], strict=True)
                )
            else:
                before = population(both.before, documents)
                after = population(both.after, documents, known=before)
        except EngineFailure as failure:
            click.echo(f"xeploai: {failure}", err=True)
            sys.exit(FAILURE)
        found = impacts(before, after, known)
        if not found:
            pairs = [(one, other) for one, other in names if one is not None and other is not None]
            found = {pair: (before.of((), before.rejected), after.of((), after.rejected)) for pair in pairs[:1]}
        for (old_id, new_id), sides_judged in found.items():
            versions = (
                Version(both.old, both.before, both.before.regulations[old_id]),
                Version(both.new, both.after, both.after.regulations[new_id]),
            )
            told = impact_of(*versions, *sides_judged)
            tellings.append(ImpactTelling(telling(*versions, language), told))
    with Opened(output) as stream:
        match form:
            case "json":
                stream.write(json.dumps([as_data(one) for one in tellings], ensure_ascii=False, indent=2) + "\n")
            case "text" if brief:
                several = len(tellings) > 1
                stream.write(
                    "".join(f"{one.regulations + ': ' if several else ''}{one.headline()}\n" for one in tellings)
                )
            case "text":
                stream.write("\n\n".join("\n".join(as_text(one)) for one in tellings) + "\n")
            case "markdown":
                stream.write("\n".join(as_markdown(one) for one in tellings))
            case _:
                from engine.reporter.regulation import as_html

                stream.write(as_html("\n".join(as_markdown(one, chart=True) for one in tellings), language))
    happened = {
        "moved": any(one.move is not None for by in tellings for one in by.found.moved),
        **{
            move: any(one.move == move for by in tellings for one in by.found.moved)
            for move in ("lower", "higher", "undetermined", "other")
        },
        "findings": any(one.new_findings or one.gone_findings for by in tellings for one in by.found.moved),
        "quotas": any(by.found.quotas for by in tellings),
        "unjudged": any(by.found.unjudged for by in tellings),
    }
    fails = any(happened[name] for name in failing) or happened["unjudged"] or both.left_out
    sys.exit(PROBLEMS if fails else DONE)
