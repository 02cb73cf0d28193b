"""`xeploai init`: a policies folder of one's own to start from, or a local layer over a regulation of the program."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import click

from engine.base.data import data_folder
from engine.base.words import wording
from engine.base.writing import make_folder, whole
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import loaded, problems_end_it, regulation_named
from engine.cli.options import language_option
from engine.cli.outputs import output_to
from engine.cli.usage import misuse
from engine.core.policy.regulation import Regulation
from engine.load.cases.schema import policy_names
from engine.load.policies.folders import POLICIES_FOLDER
from engine.load.policies.schema import names_schema
from engine.versions.opening import load_library
from engine.versions.written_for import renew as written_for_now

STARTER, LAYER = "starter", "starter_layer"
DOT = "dot-"
"""Stands for a leading dot in the names of the starter, so that tools do not take its files for their own."""
SAYS = wording("cli", "init", "says")
RENEWED = wording("cli", "init", "renewed")
ID = re.compile(r"[a-z][a-z0-9_-]*")
SAMPLE_LAYER, SAMPLE_BELOW, SAMPLE_DAY, SAMPLE_KIND, SAMPLE_ROOT = (
    "dia-phuong", "qd-366-2025", "2025-08-30", "leader", "[individual]",
)  # fmt: skip
"""What the starter of a layer says, in the place of which stands what was asked for."""


@click.command(cls=Verb)
@click.argument("target", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--extends", default=None, metavar="ID", shell_complete=completion.regulations, help="extends")
@click.option("--renew", is_flag=True, help="renew")
@language_option
def init(target: Path, extends: str | None, renew: bool, language: str) -> None:
    """Make a policies folder to start from."""
    if renew:
        if extends is not None:
            misuse("two_ways")
        _renew(target, language)
        return
    if target.exists() and any(path.name != ".git" for path in target.iterdir()):
        misuse("not_empty", folder=target)
    words = {} if extends is None else _words(target, _carried(extends, language))
    with as_file(files("engine") / (STARTER if extends is None else LAYER)) as starter:
        for origin in sorted(path for path in starter.rglob("*") if path.is_file()):
            parts = origin.relative_to(starter).parts
            place = target / Path(*(words.get(part, part).replace(DOT, ".", 1) for part in parts))
            _write(place, _put(origin.read_bytes(), words), executable=place.parent.name == "hooks")
    for origin in sorted(data_folder("schemas").glob("*.json")):
        _write(target / "schemas" / origin.name, origin.read_bytes())
    library = load_library(target)
    written_for_now(target, library)
    names = names_schema(policy_names(library))
    text = json.dumps(names, ensure_ascii=False, indent=2) + "\n"
    with output_to(target / "schemas" / "names.schema.json") as stream:
        stream.write(text)
    click.echo(SAYS[language].format(folder=target))


def _carried(name: str, language: str) -> Regulation:
    """The regulation of the program with this id; not one of its layers. Ends the command if there is none."""
    library = loaded(data_folder(POLICIES_FOLDER), language)
    carried = {key: regulation for key, regulation in library.regulations.items() if regulation.extends is None}
    return regulation_named(replace(library, regulations=carried), name, language)


def _words(target: Path, below: Regulation) -> Mapping[str, str]:
    """What stands in a new layer in the place of what its starter says."""
    name = target.resolve().name
    kinds = below.kinds.values()
    person = next(kind for kind in kinds if kind.is_leaf and len(kind.ancestors) > 1)
    roots = dict.fromkeys(kind.ancestors[-1] for kind in kinds)
    until = f", until: {below.in_force_until.isoformat()}" if below.in_force_until else ""
    first = below.in_force_from.isoformat()
    return {
        f"from: {SAMPLE_DAY}": f"from: {first}{until}",
        SAMPLE_DAY: first,
        SAMPLE_LAYER: name if ID.fullmatch(name) and name != below.id else SAMPLE_LAYER,
        SAMPLE_BELOW: below.id,
        f"subject: {SAMPLE_KIND}": f"subject: {person.id}",
        SAMPLE_ROOT: f"[{', '.join(roots)}]",
    }


def _put(content: bytes, words: Mapping[str, str]) -> bytes:
    text = content.decode()
    for sample, wanted in words.items():
        text = text.replace(sample, wanted)
    return text.encode()


def _renew(target: Path, language: str) -> None:
    with problems_end_it(language):
        renewed = written_for_now(target, load_library(target))
    if not renewed:
        misuse("no_layer", folder=target)
    names = ", ".join(regulation.id for regulation in renewed)
    click.echo(RENEWED[language].format(folder=target, names=names))


def _write(place: Path, content: bytes, executable: bool = False) -> None:
    make_folder(place.parent)
    with whole(place) as stream:
        stream.write(content)
    if executable:
        place.chmod(0o755)
