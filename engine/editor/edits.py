"""Changes of policy files as a form makes them: text in, text out, with every comment and every other line kept.

A change is a small record. It touches only the lines that it is about, and the new text is read again: it must say what
the old one said, with the change and nothing else.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.json_places import Path_
from engine.base.yaml_text import parse_yaml

WIDEST = 118
"""A mapping that fits into a line of so many characters is written on one line."""


@dataclass(frozen=True)
class DatedValueAdded:
    """A parameter has another value from a day on; what it was before stays."""

    parameter: str
    since: date
    value: object
    source: Mapping[str, object]


@dataclass(frozen=True)
class LabelChanged:
    """The label of an item is another in one language ("vi" or "en"). `at`: the path of the item, see `path_of`."""

    at: Path_
    language: str
    label: str


@dataclass(frozen=True)
class ReadingChosen:
    """An interpretation is read by another of its options: in a regulation, or by a local layer."""

    interpretation: str
    option: str


@dataclass(frozen=True)
class ItemAdded:
    """A list gets a further item at its end. `into`: the path of the list, as ("triggers",)."""

    into: Path_
    item: Mapping[str, object]


Edit = DatedValueAdded | LabelChanged | ReadingChosen | ItemAdded


@dataclass(frozen=True)
class _File:
    """A policy file: its name for messages, its text, its data, and the nodes that know where each value stands."""

    name: str
    text: str
    data: Any
    root: Any

    def refused(self) -> Problems:
        return Problems([diagnostic("edit/not-possible", Location(self.name))])


def edited(name: str, text: str, edit: Edit) -> str:
    """The text of a policy file after an edit. `name` is that of the file, for messages.

    Raises Problems if the file cannot be read, if it holds nothing that the edit is about, or if the edit cannot be
    written without a change of something else."""
    file = _File(name, text, parse_yaml(name, text).data, yaml.compose(text, Loader=yaml.SafeLoader))
    match edit:
        case DatedValueAdded(parameter, since, value, source):
            at = _item(file, parameter, "parameters")
            item = {"from": since, "value": value, "source": dict(source)}
            return _with_item(file, (*at, "values"), item, since)
        case LabelChanged(at, language, label):
            return _with_value(file, (*at, "label", language), label)
        case ReadingChosen(interpretation, option):
            if file.data.get("kind") == "overlay":
                return _with_value(file, ("choose", interpretation), option)
            at = _item(file, interpretation, "interpretations")
            return _with_value(file, (*at, "chosen"), option)
        case ItemAdded(into, new_item):
            return _with_item(file, into, dict(new_item))


def path_of(name: str, text: str, item: str, place: Location) -> Path_:
    """The path of the item with this id that stands at a place of the file: several rules of a file may have one id.

    Raises Problems if the file cannot be read, or if there is no such item there."""
    document = parse_yaml(name, text)
    for path, mapping in _mappings(document.data, ()):
        here = document.location(path)
        if mapping.get("id") == item and (here.line, here.column) == (place.line, place.column):
            return path
    raise Problems([diagnostic("edit/no-item", Location(name), name=item)])


def _item(file: _File, name: str, key: str | None = None) -> Path_:
    """The path of the mapping with this id; `key`: in a list with this name. Raises Problems if there is none."""
    for path, mapping in _mappings(file.data, ()):
        if mapping.get("id") == name and path and (key is None or path[-2:-1] == (key,)):
            return path
    raise Problems([diagnostic("edit/no-item", Location(file.name), name=name)])


def _mappings(data: object, path: Path_) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Every mapping in some data with its path, the outer ones first."""
    match data:
        case dict():
            yield path, data
            for key, value in data.items():
                yield from _mappings(value, (*path, key))
        case list():
            for index, value in enumerate(data):
                yield from _mappings(value, (*path, index))


def _with_value(file: _File, path: Path_, value: str) -> str:
    """The text with another value at a path; a key that is not there yet is added at the end of its mapping."""

    def change(wanted: Any) -> None:
        _at(wanted, path[:-1])[path[-1]] = value

    nodes = _nodes(file.root, path[:-1])
    if not isinstance(nodes[-1], yaml.MappingNode):
        raise file.refused()
    in_flow = any(node.flow_style for node in nodes)
    node = _nodes(file.root, path)[-1]
    if node is not None:
        start, end, written = node.start_mark.index, _end(node), _flow(value, inside_flow=in_flow)
    else:
        start, end, written = _new_key(file.text, nodes[-1], f"{path[-1]}: {_flow(value, inside_flow=in_flow)}")
    return _checked(file, file.text[:start] + written + file.text[end:], change)


def _new_key(text: str, mapping: Any, entry: str) -> tuple[int, int, str]:
    """What a further key of a mapping replaces: from, to, and by which text."""
    end = _end(mapping)
    if mapping.flow_style:
        return end - 1, end - 1, f", {entry}" if mapping.value else entry
    end = _line_end(text, end)
    return end, end, f"\n{' ' * mapping.start_mark.column}{entry}"


def _with_item(file: _File, path: Path_, item: dict[str, Any], since: date | None = None) -> str:
    """The text with a further item in a list: at its end, or in the order of days if the item holds `since` one."""
    node, text = _nodes(file.root, path)[-1], file.text
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise file.refused()
    items = _at(file.data, path)
    index = len(items) if since is None else sum(str(other["from"]) < since.isoformat() for other in items)

    def change(wanted: Any) -> None:
        _at(wanted, path).insert(index, item)

    if node.flow_style:
        place = _end(node.value[index - 1]) if index else node.start_mark.index + 1
        written = f", {_flow(item)}" if index else f"{_flow(item)}, "
    else:
        dash = text.rindex("-", 0, node.value[0].start_mark.index)
        indent = dash - (text.rfind("\n", 0, dash) + 1)
        place = _line_end(text, _end(node.value[index - 1])) if index else text.rfind("\n", 0, dash)
        written = "\n" + "\n".join(_block(item, indent))
    return _checked(file, text[:place] + written + text[place:], change)


def _checked(file: _File, text: str, change: Callable[[Any], None]) -> str:
    """The new text, if it says what the old one said with this change and nothing else. Raises Problems."""
    wanted = deepcopy(file.data)
    change(wanted)
    if parse_yaml(file.name, text).data != _plain(wanted):
        raise file.refused()
    return text


def _at(data: Any, path: Path_) -> Any:
    for step in path:
        data = data[step]
    return data


def _plain(data: Any) -> Any:
    """Data as the reader of YAML gives them: its days are texts."""
    match data:
        case dict():
            return {key: _plain(value) for key, value in data.items()}
        case list() | tuple():
            return [_plain(value) for value in data]
        case date():
            return data.isoformat()
        case _:
            return data


# --- nodes: where things stand in a text --------------------------------------------------------------------------


def _nodes(node: Any, path: Path_) -> list[Any]:
    """The nodes from the top to a path; None for what is not there."""
    nodes = [node]
    for step in path:
        match node:
            case yaml.MappingNode():
                node = next((value for key, value in node.value if key.value == step), None)
            case yaml.SequenceNode() if isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            case _:
                node = None
        nodes.append(node)
    return nodes


def _end(node: Any) -> int:
    """Where a node's own text ends: what YAML counts to a block includes the comments behind it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _line_end(text: str, index: int) -> int:
    if index and text[index - 1] == "\n":
        return index - 1
    end = text.find("\n", index)
    return len(text) if end < 0 else end


# --- how new lines look -------------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Writes exact decimal numbers as they are."""


_Dumper.add_representer(
    Decimal, lambda dumper, number: dumper.represent_scalar("tag:yaml.org,2002:float", str(number))
)  # fmt: skip


def _flow(value: object, *, inside_flow: bool = True) -> str:
    """A value on one line."""
    line = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=1_000_000
    ).removesuffix("\n").removesuffix("\n...")  # fmt: skip
    if inside_flow and isinstance(value, str) and any(sign in line for sign in ",[]{}") and line[0] not in "\"'":
        return "'" + value.replace("'", "''") + "'"
    return line


def _block(item: Mapping[str, object], indent: int) -> list[str]:
    """An item of a list in lines: on one if it fits, else a key a line."""
    line = f"{' ' * indent}- {_flow(dict(item))}"
    if len(line) <= WIDEST:
        return [line]
    lines: list[str] = []
    for key, value in item.items():
        start = f"{' ' * indent}{'  ' if lines else '- '}{key}:"
        lines += _entry(start, value, indent + 4)
    return lines


def _entry(start: str, value: object, indent: int) -> list[str]:
    line = f"{start} {_flow(value, inside_flow=False)}"
    match value:
        case dict() if len(line) > WIDEST:
            return [start, *(part for key, part_value in value.items()
                             for part in _entry(f"{' ' * indent}{key}:", part_value, indent + 2))]  # fmt: skip
        case list() if len(line) > WIDEST:
            return [start, *(f"{' ' * indent}- {_flow(part)}" for part in value)]
        case _:
            return [line]
