"""YAML text -> document, or all that is wrong with it, also what YAML readers understand in different ways."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.documents import Document, location_at, refuse, refuse_conflicts, too_large, unfit_text
from engine.base.files import name_of, read_policy
from engine.base.findings import Findings
from engine.base.json_places import DEPTH_LIMIT, Path_, Place
from engine.base.letters import strange
from engine.base.yaml_breaks import plain_text_trap, yaml_break

YAML_VALUES_LIMIT, MOST_DIGITS = 200_000, 100


_DIGITS = re.compile(r"[-+]?[0-9._]++")


_BEGINS_A_NUMBER = "+-.0123456789"
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")


_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")


# Texts that some YAML readers take for a number: other bases, base 60, separators, exponents, infinity, NaN.
_AMBIGUOUS_NUMBER = re.compile(
    r"[-+]?(0[0-7_]+|0[0-9]+(\.[0-9]*)?|0o[0-7]+|0x[0-9a-fA-F_]+|0b[01_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|[0-9]+(_[0-9]+)+(\.[0-9_]*)?|[0-9]+\.|\.[0-9]+|[0-9]*\.?[0-9]+\.?[eE][-+]?[0-9]+|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)


# Numbers as they are written on paper in Vietnam: 12,5 for 12.5, and 1.000 or 1.000.000 for 1000 and a million.
_ON_PAPER = re.compile(r"[0-9]+,[0-9]+|[1-9][0-9]{0,2}((\.[0-9]{3}){2,}|\.[0-9]{2}0)")


_AMBIGUOUS_BOOLEAN = {"yes": "true", "on": "true", "no": "false", "off": "false"}


_PLAIN = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True,
          "false": False, "False": False, "FALSE": False}  # fmt: skip


def read_yaml(path: Path) -> Document:
    """A policy file -> document. Raises Problems."""
    return parse_yaml(name_of(path), read_policy(path))


def parse_yaml(file: str, text: str) -> Document:
    """YAML text -> document. Raises Problems with everything that is wrong; a break of syntax hides what follows it."""
    text = text.removeprefix("\ufeff")
    refuse_conflicts(file, text, 0)
    builder = _YamlBuilder(file)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: Any = None
    try:
        builder.next = loader(text).get_event
        data = builder.stream()
    except yaml.MarkedYAMLError as error:
        broken = yaml_break(file, text, error, builder.quoted)
        builder.problems.add(*[broken] if broken not in builder.problems.first else [])
    except yaml.YAMLError as error:
        # A character that YAML does not allow comes with an index instead of a mark.
        position = getattr(error, "position", 0)
        builder.problems.add(diagnostic("yaml/syntax", location_at(file, text, position, 0)))
    if not builder.problems and not isinstance(data, dict):
        builder.problems.add(diagnostic("yaml/not-a-mapping", Location(file, 1, 1)))
    if builder.problems:
        raise Problems(builder.problems.all(Location(file)))
    return Document(file, text, data, 0, builder.places)


class _YamlBuilder:
    """Events of a YAML parser -> plain data with the places of its values, and problems with what is refused."""

    next: Callable[[], Any]

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems, self.values = Findings(), 0
        self.places: dict[Path_, tuple[Place, Place]] = {}
        self.quoted: Any = None
        self.sound: set[str] = set()
        """Keys that were looked at: most come again and again."""

    def report(self, code: str, event: Any, **arguments: object) -> None:
        if self.problems.full:
            return self.problems.count()
        self.problems.add(diagnostic(code, Location(self.file, *_place(event)), **arguments))

    def stream(self) -> Any:
        self.next()
        event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            refuse("yaml/empty", Location(self.file, 1, 1))
        data = self.value(self.next(), (), None)
        self.next()
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            self.report("yaml/several-documents", event)
        return data

    def value(self, event: Any, path: Path_, key: Place | None) -> Any:
        block = isinstance(event, yaml.CollectionStartEvent)
        # For a collection the place of its key is kept, because that is what a person looks for.
        self.places[path] = (key or _place(event), key if key and block else _place(event))
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            self.report("yaml/alias", event)
        if getattr(event, "tag", None) is not None:
            self.report("yaml/tag", event, tag=event.tag)
        if len(path) > DEPTH_LIMIT:
            self.report("yaml/too-deep", event, limit=DEPTH_LIMIT)
            raise Problems(self.problems.all(Location(self.file)))
        self.values += 1
        if self.values > YAML_VALUES_LIMIT:
            beyond = diagnostic("yaml/too-many-values", Location(self.file, *_place(event)), limit=YAML_VALUES_LIMIT)
            raise Problems([*self.problems.all(Location(self.file)), beyond])
        match event:
            case yaml.MappingStartEvent():
                return self.mapping(path)
            case yaml.SequenceStartEvent():
                items: list[Any] = []
                while not isinstance(event := self.next(), yaml.SequenceEndEvent):
                    items.append(self.value(event, (*path, len(items)), None))
                return items
            case yaml.ScalarEvent():
                return self.scalar(event, path)
            case _:
                return None

    def mapping(self, path: Path_) -> dict[str, Any]:
        made: dict[str, Any] = {}
        repeating = False
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            repeated, repeating = repeating, False
            is_text = isinstance(event, yaml.ScalarEvent)
            key = self.scalar(event, None) if is_text else None
            if not isinstance(key, str):
                shown = event.value if is_text else "[…]"
                self.report("yaml/key-not-text", event, key=shown)
                key = f"\0{len(made)}"
                if not is_text:
                    self.value(event, (*path, key), None)
            elif key in made:
                # An item without its dash repeats every key of the item before; the first repeated key is reported.
                repeating = True
                if not repeated:
                    self.report("yaml/duplicate-key", event, key=key, first=self.places[(*path, key)][0][0])
                key = f"\0{len(made)}"
            made[key] = self.value(self.next(), (*path, key), _place(event))
        return made

    def scalar(self, event: Any, path: Path_ | None) -> Any:
        """`path`: where the value stands; None for a key."""
        if path is None and event.value in self.sound and event.style in ("", None):
            return event.value
        text = unicodedata.normalize("NFC", event.value)
        unfit = unfit_text(text, "yaml")
        if unfit:
            self.report(unfit[0], event, **unfit[1])
            return text
        if odd := strange(text):
            line, column = _place(event)
            is_plain = event.style in ("", None) and event.start_mark.line == event.end_mark.line
            place = Location(self.file, line, column + (odd.index if is_plain else 0))
            self.problems.add(diagnostic(odd.code, place, **odd.arguments))
            return text
        if event.style not in ("", None):
            self.quoted = event if event.style in "\"'" else self.quoted
            return text
        if trap := plain_text_trap(text, path):
            line, column = _place(event)
            self.problems.add(diagnostic(trap.code, Location(self.file, line, column + trap.index), **trap.arguments))
            return text
        value = _PLAIN[text] if text in _PLAIN else self.word_or_number(text, event)
        if path is None and value is text and text.isidentifier() and text.lower() not in _AMBIGUOUS_BOOLEAN:
            self.sound.add(text)
        return value

    def word_or_number(self, text: str, event: Any) -> str | int | Decimal:
        """A text without quotation marks -> the number that it states, or itself; a problem if readers may differ."""
        if text.lower() in _AMBIGUOUS_BOOLEAN:
            self.report("yaml/ambiguous-boolean", event, value=text, boolean=_AMBIGUOUS_BOOLEAN[text.lower()])
        return self.number(event, text) if text[0] in _BEGINS_A_NUMBER else text

    def number(self, event: Any, text: str) -> Any:
        """A plain text as a number if it is one; reports what looks like a number and is none that all readers know."""
        if len(text) > MOST_DIGITS:
            if _DIGITS.fullmatch(text):
                self.report("yaml/number-too-large", event, value=text[:40])
        elif _AMBIGUOUS_NUMBER.fullmatch(text) or _ON_PAPER.fullmatch(text):
            self.report("yaml/ambiguous-number", event, value=text)
        elif _WHOLE.fullmatch(text) or _DECIMAL.fullmatch(text):
            number = Decimal(text)
            if not too_large(number):
                return int(text) if _WHOLE.fullmatch(text) else number
            self.report("yaml/number-too-large", event, value=text[:40])
        return text


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
