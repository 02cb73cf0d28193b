"""What of a regulation can be changed by forms: numbers, readings, labels, and lists that take a further rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from engine.base.diagnostics import Location
from engine.base.json_places import Path_
from engine.base.words import words
from engine.core.policy.regulation import Interpretation, Library, Parameter, Regulation, all_rules
from engine.core.policy.rules import LIST_OPERATORS, ORDERED_OPERATORS, SET_OPERATORS, Operator, Role, Rule
from engine.core.policy.terms import Fact
from engine.load.cases.answers import folded
from engine.load.policies.folders import OVERLAY_FILE, REGULATION_FILE, yaml_files
from engine.report.words import Words

ROLES = words("rules_page", "roles")
LISTS = {"trigger": ("triggers",), "review_content": ("review_contents",), "exemption": ("exemptions",)}
"""Where in its file a rule of a role stands, if the file is one list of such rules."""

@dataclass(frozen=True)
class Number:
    """A parameter as the page shows it: its values by the day from which each holds."""

    id: str
    label: str
    file: str
    values: Sequence[tuple[str, str, str]]
    """Day, value, source."""


@dataclass(frozen=True)
class ReadingPoint:
    """An unclear point of the text, its options and the one that is chosen."""

    id: str
    question: str
    options: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True)
class Labelled:
    """A rule with its label, its source, and the file and line at which it stands."""

    name: str
    label: str
    source: str
    file: str
    line: int


@dataclass(frozen=True)
class Place:
    """A list that a further rule can be added to."""

    key: str
    label: str
    role: Role
    file: str
    path: Path_


def file_of(folder: Path, location: Location) -> str:
    """The file of a place, by its path from the policies folder."""
    path = Path(location.file)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else location.file


def own_regulations(library: Library, folder: Path) -> dict[str, Regulation]:
    """The regulations and layers that lie in a policies folder; what the folder builds on is not changed there."""
    return {name: regulation for name, regulation in library.regulations.items() if (folder / name).is_dir()}


def files_of(folder: Path, regulation: str) -> list[str]:
    """The YAML files of a regulation, by their paths from the policies folder."""
    return [path.relative_to(folder).as_posix() for path in yaml_files(folder / regulation)]


def numbers(regulation: Regulation, words: Words, folder: Path) -> list[Number]:
    """The parameters that stand in the regulation's own folder, in the order of their files."""
    return [
        Number(
            parameter.id, words.text(parameter.label), file_of(folder, parameter.location),
            [(words.day(value.since), number_text(value.value, parameter, words), words.citation(value.source))
             for value in parameter.values],
        )
        for parameter in regulation.parameters.values()
        if file_of(folder, parameter.location).startswith(f"{regulation.id}/")
    ]  # fmt: skip


def number_text(value: object, parameter: Parameter, words: Words) -> str:
    """A value of a parameter as a person reads it."""
    from_policies: object = value
    return words.value(from_policies, parameter.unit)  # type: ignore[arg-type]


def reading_points(regulation: Regulation, words: Words) -> list[ReadingPoint]:
    """The interpretations, with which option is chosen."""
    return [
        ReadingPoint(
            point.id, words.text(point.question),
            [(option, words.text(label), option == point.chosen) for option, label in point.options],
        )
        for point in regulation.interpretations
    ]  # fmt: skip


def reading_file(regulation: Regulation, point: Interpretation, folder: Path) -> str:
    """The file in which a reading is chosen: the head of the regulation, or of the layer."""
    if regulation.extends is not None:
        return f"{regulation.id}/{OVERLAY_FILE}"
    file = file_of(folder, point.location)
    return file or f"{regulation.id}/{REGULATION_FILE}"


def rules_by_role(regulation: Regulation, words: Words, folder: Path) -> list[tuple[str, list[Labelled]]]:
    """The rules of the regulation's own folder under the names of their roles."""
    groups: dict[str, list[Labelled]] = {}
    for rule in own_rules(regulation, folder):
        file, line = file_of(folder, rule.location), rule.location.line
        shown = Labelled(rule.name, words.text(rule.label), words.citation(rule.source), file, line)
        groups.setdefault(rule.role, []).append(shown)
    return [(ROLES[role][words.language], rules) for role, rules in groups.items()]


def own_rules(regulation: Regulation, folder: Path) -> Iterator[Rule]:
    """The rules that stand in the regulation's own folder; a layer shows what it adds, not what it extends."""
    for rule in all_rules(regulation):
        if file_of(folder, rule.location).startswith(f"{regulation.id}/"):
            yield rule


def places(regulation: Regulation, words: Words, folder: Path) -> list[Place]:
    """The lists that take a further rule: those of triggers, review contents, exemptions, and rungs of ladders."""
    by_file: dict[str, Place] = {}
    for rule in own_rules(regulation, folder):
        file = file_of(folder, rule.location)
        if rule.role in LISTS and file not in by_file:
            label = f"{ROLES[rule.role][words.language]} – {file}"
            by_file[file] = Place(file, label, rule.role, file, LISTS[rule.role])
    return list(by_file.values()) + list(_rungs(regulation, words, folder))


def _rungs(regulation: Regulation, words: Words, folder: Path) -> Iterator[Place]:
    grades = {grade.id: words.text(grade.label) for grade in regulation.grades}
    criterion = ROLES["criterion"][words.language]
    for ladder in regulation.ladders:
        for index, rung in enumerate(ladder.rungs):
            file = file_of(folder, rung.location)
            if rung.criteria and file.startswith(f"{regulation.id}/") and regulation.extends is None:
                label = f"{criterion} – {words.text(ladder.label)} – {grades[rung.grade]}"
                yield Place(f"{file}#{index}", label, "criterion", file, ("rungs", index, "criteria"))


def operators(fact: Fact) -> list[Operator]:
    """The operators that a condition on a fact may have."""
    ordered = fact.is_number or fact.form == "date" or fact.ordered
    fitting: dict[str, bool] = {
        **dict.fromkeys(ORDERED_OPERATORS, ordered),
        "is": fact.form != "set",
        "is_not": fact.form not in ("set", "boolean"),
        **dict.fromkeys(("one_of", "none_of"), bool(fact.options) and fact.form != "set"),
        **dict.fromkeys(SET_OPERATORS, fact.form == "set"),
    }
    return [operator for operator in get_args(Operator) if fitting[operator]]


def takes_several(operator: Operator) -> bool:
    """Is an operator compared with a list?"""
    return operator in LIST_OPERATORS


def id_from(label: str, used_ids: Sequence[str]) -> str:
    """An id made of the letters of a label that no other rule has."""
    plain = "_".join("".join(letter if letter.isalnum() else " " for letter in folded(label)).split()) or "rule"
    base = plain if plain[0].isalpha() else f"rule_{plain}"
    base, number = base[:48].rstrip("_"), 2
    name = base
    while name in used_ids:
        name, number = f"{base}_{number}", number + 1
    return name
