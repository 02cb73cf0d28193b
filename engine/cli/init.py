"""`xeploai init`: a policies folder of one's own to start from."""

import json
from importlib.resources import as_file, files
from pathlib import Path

import click

from engine.base.data import data_folder
from engine.base.words import wording
from engine.base.writing import make_folder, whole
from engine.cli.help import Verb
from engine.cli.options import language_option
from engine.cli.outputs import output_to
from engine.cli.usage import misuse
from engine.load.cases.schema import policy_names
from engine.load.policies.schema import names_schema
from engine.versions.opening import load_library

STARTER = "starter"
DOT = "dot-"
"""Stands for a leading dot in the names of the starter, so that tools do not take its files for their own."""
SAYS = wording("cli", "init", "says")


@click.command(cls=Verb)
@click.argument("target", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@language_option
def init(target: Path, language: str) -> None:
    """Make a policies folder to start from."""
    if target.exists() and any(path.name != ".git" for path in target.iterdir()):
        misuse("not_empty", folder=target)
    with as_file(files("engine") / STARTER) as starter:
        for origin in sorted(path for path in starter.rglob("*") if path.is_file()):
            place = target / Path(*(part.replace(DOT, ".", 1) for part in origin.relative_to(starter).parts))
            _copy(origin, place, executable=place.parent.name == "hooks")
    for origin in sorted(data_folder("schemas").glob("*.json")):
        _copy(origin, target / "schemas" / origin.name)
    names = names_schema(policy_names(load_library(target)))
    text = json.dumps(names, ensure_ascii=False, indent=2) + "\n"
    with output_to(target / "schemas" / "names.schema.json") as stream:
        stream.write(text)
    click.echo(SAYS[language].format(folder=target))


def _copy(origin: Path, place: Path, executable: bool = False) -> None:
    make_folder(place.parent)
    with whole(place) as stream:
        stream.write(origin.read_bytes())
    if executable:
        place.chmod(0o755)
