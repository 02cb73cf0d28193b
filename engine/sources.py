"""YAML and JSON text -> plain data that knows its line and column. The only module that reads files.

Plain data is dict, list, str (in Unicode's composed form, NFC), bool, int, Decimal and None. The traps of both
formats are closed: what one reader would take for another thing than the next is a diagnostic.
"""

import errno
import json
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, NoReturn

from engine.diagnostics import HIDDEN, PERSONAL, Diagnostic, Location, Problems, diagnostic
from engine.file_kinds import HEAD, ends_lines_by_return, other_kind
from engine.findings import Findings
from engine.json_breaks import json_break
from engine.json_places import DEPTH_LIMIT, VALUES_LIMIT, Path_, Place, beyond_limits, json_places, json_text
from engine.letters import strange
from engine.yaml_breaks import plain_text_trap, yaml_break

MEGABYTE = 1_000_000
FILE_LIMIT = 20 * MEGABYTE
LINE_LIMIT = 5 * MEGABYTE
TEXT_LIMIT = 10_000
STANDARD_INPUT = "-"
LARGEST = Decimal("1e30")
DIGIT_LIMIT = 1_000


YAML_VALUES_LIMIT, MOST_DIGITS = 200_000, 100
_DIGITS = re.compile(r"[-+]?[0-9._]++")
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
# What some YAML reader takes for a number: other bases, base 60, separators, exponents, the IEEE specials.
_AMBIGUOUS_NUMBER = re.compile(
    r"[-+]?(0[0-7_]+|0[0-9]+(\.[0-9]*)?|0o[0-7]+|0x[0-9a-fA-F_]+|0b[01_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|[0-9]+(_[0-9]+)+(\.[0-9_]*)?|[0-9]+\.|\.[0-9]+|[0-9]*\.?[0-9]+\.?[eE][-+]?[0-9]+|\.(inf|Inf|INF))|\.(nan|NaN|NAN)"
)
# What is written so on paper in Vietnam: 12,5 for 12.5, and 1.000 or 1.000.000 for 1000 and a million.
_ON_PAPER = re.compile(r"[0-9]+,[0-9]+|[1-9][0-9]{0,2}((\.[0-9]{3}){2,}|\.[0-9]{2}0)")
_AMBIGUOUS_BOOLEAN = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_PLAIN = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True,
          "false": False, "False": False, "FALSE": False}  # fmt: skip
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060\ud800-\udfff\ufeff\ufffe\uffff]")
_CONFLICT = re.compile(r"([<>|=])\1{6}(?=\s|$)")


@dataclass(frozen=True)
class Document:
    """One file, or one line of one, as plain data. Two documents are equal where their data are."""

    file: str
    text: str = field(compare=False, repr=False)
    data: Any
    line_offset: int = field(default=0, compare=False)
    places: Mapping[Path_, tuple[Place, Place]] | None = field(default=None, compare=False, repr=False)
    problems: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)
    """What its reader could not take and left in `data` as it was written."""
    percentages: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """The facts that stand there with a percent sign, so that nobody can mean a share of one."""

    def location(self, path: Path_ = (), *, key: bool = False) -> Location:
        """Where the value at a path stands (its key, with `key`), or the nearest thing above it that is there."""
        known = self._places
        while path and path not in known:
            path, key = path[:-1], False
        line, column = known.get(path, ((1, 1), (1, 1)))[0 if key else 1]
        return Location(self.file, line + self.line_offset, column)

    def said(self, problem: Diagnostic) -> Diagnostic:
        """A problem in the words of the file: a table speaks of its headings."""
        return problem

    @cached_property
    def _places(self) -> Mapping[Path_, tuple[Place, Place]]:
        # A JSON case is only looked through again when something is wrong with it.
        return self.places if self.places is not None else {path: places for path, places, _ in json_places(self.text)}


@dataclass(frozen=True)
class Unread:
    """The text of one JSON file, or of one line of one (`name` says which), that nobody has looked at yet."""

    file: str
    text: str = field(repr=False)
    line_offset: int = 0
    name: str = ""

    def read(self) -> Document:
        """Raises Problems."""
        return parse_json(self.file, self.text, self.line_offset)

    def location(self, key: str) -> Location:
        """Where the value of a top-level key stands in a text that is known to be right."""
        line, column = next(place for path, (_, place), _ in json_places(self.text) if path == (key,))
        return Location(self.file, line + self.line_offset, column)


# --- files --------------------------------------------------------------------------------------------------------


def read_yaml(path: Path) -> Document:
    """Raises Problems."""
    return parse_yaml(name_of(path), read_policy(path))


def read_policy(path: Path) -> str:
    """The text of a file that can be a policy, as `read_text` gives it. Raises Problems."""
    return _decoded(read_content(path), name_of(path), 1)


def read_json(path: Path | str) -> Document:
    """Raises Problems."""
    return parse_json(name_of(path), read_text(Path(path)))


def read_text(path: Path, limit: int = FILE_LIMIT) -> str:
    """A UTF-8 file of at most `limit` bytes, without its byte order mark. Raises Problems."""
    with opened(path) as stream:
        return _decoded(_content(stream, path, limit), name_of(path), 1)


def read_content(path: Path) -> bytes:
    """The bytes of a regular file: never of a pipe or a device, which may have no end. Raises Problems."""
    with opened(path, opener=_regular) as stream:
        return _content(stream, path, FILE_LIMIT)


def _regular(name: str, flags: int) -> int:
    """Opens without waiting for somebody to write."""
    number = os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise _NoFile
    return number


class _NoFile(OSError):
    """Raised for a path that leads to something other than a regular file."""


def system_reason(error: OSError) -> dict[str, str]:
    """Why the system does not let a file be read; it says so in English alone."""
    known = {
        errno.EACCES: "không có quyền đọc",
        errno.EPERM: "không có quyền đọc",
        errno.EISDIR: "đây là thư mục, không phải tệp",
        errno.ENOTDIR: "một phần của đường dẫn là tệp, không phải thư mục",
        errno.ENAMETOOLONG: "tên quá dài",
        errno.ELOOP: "các liên kết dẫn vòng quanh",
        errno.EMFILE: "mở quá nhiều tệp",
        errno.EIO: "ổ đĩa báo lỗi",
    }
    reason_vi = known.get(error.errno or 0, f"hệ điều hành báo lỗi số {error.errno}")
    return {"reason_vi": reason_vi, "reason": error.strerror or type(error).__name__}


def _content(stream: IO[bytes], path: Path, limit: int) -> bytes:
    try:
        content = stream.read(limit + 1)
    except OSError as error:
        _refuse("file/unreadable", Location(name_of(path)), **system_reason(error))
    if len(content) > limit:
        _refuse("file/too-large", Location(name_of(path)), limit=limit // MEGABYTE)
    _refuse_other_kinds(content, name_of(path))
    return content


def _refuse_other_kinds(head: bytes, name: str) -> None:
    """Raises Problems where a file is no text, by its first bytes."""
    if other := other_kind(head):
        _refuse(other[0], Location(name), **other[1])


def _refuse_by_start(head: bytes, line: bytes, name: str) -> None:
    """The same of a file of lines, by its first bytes and its first line."""
    _refuse_other_kinds(head, name)
    if ends_lines_by_return(line):
        _refuse("file/cr-only", Location(name, 1, 1))


def is_stream(path: Path) -> bool:
    """May it be read once only, from its start on? Standard input, a pipe, a terminal."""
    return str(path) == STANDARD_INPUT or (os.path.exists(path) and (path.is_fifo() or path.is_char_device()))


def name_of(path: Path | str) -> str:
    """As it is told to people and kept in records: what of a file's name is not UTF-8 cannot be shown."""
    return os.fsencode(path).decode("utf-8", "replace")


def read_start(path: Path, size: int) -> bytes:
    """The first bytes of a file; none where it cannot be read, which is told when it is read whole."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError:
        return b""


@contextmanager
def opened(path: Path, opener: Callable[[str, int], int] | None = None) -> Iterator[IO[bytes]]:
    """A file to read bytes from. Raises Problems where it cannot be opened."""
    try:
        stream = open(path, "rb", opener=opener)  # noqa: SIM115 - only what goes wrong with opening is told here
    except FileNotFoundError:
        _refuse("file/link-to-nothing" if path.is_symlink() else "file/missing", Location(name_of(path)))
    except _NoFile:
        _refuse("file/not-regular", Location(name_of(path)))
    except OSError as error:
        _refuse("file/unreadable", Location(name_of(path)), **system_reason(error))
    with stream:
        yield stream


def read_lines(source: Path | IO[bytes], name: str, table: bool = False) -> Iterator[tuple[int, str | Diagnostic]]:
    """The lines of a file or stream that hold something, with their numbers, never more than one in memory.

    A line that cannot be read comes as a diagnostic. A stream that starts with the first line of one case written
    over several lines comes whole, as line 1. `table`: the lines are rows. Raises Problems where the file cannot
    be opened.
    """
    if isinstance(source, Path):
        try:
            with source.open("rb") as stream:
                yield from _lines(stream, name, table)
        except FileNotFoundError:
            _refuse("file/missing", Location(name))
        except OSError as error:
            _refuse("file/unreadable", Location(name), **system_reason(error))
    else:
        yield from _lines(source, name, table, may_be_one=True)


def _lines(
    stream: IO[bytes], name: str, table: bool, may_be_one: bool = False
) -> Iterator[tuple[int, str | Diagnostic]]:
    number = held = 0
    head = stream.peek(HEAD) if isinstance(stream, BufferedReader) else b""
    too_long = "table/line-too-long" if table else "json/line-too-long"
    while content := stream.readline(LINE_LIMIT + 1):
        number += 1
        if number == 1:
            _refuse_by_start(max(head, content, key=len), content, name)
        if len(content) > LINE_LIMIT:
            while content and not content.endswith(b"\n"):
                content = stream.readline(LINE_LIMIT)
            yield number, diagnostic(too_long, Location(name, number, 1), limit=LINE_LIMIT // MEGABYTE)
            held += 1
            continue
        if may_be_one and not held and goes_on(content):
            content = b"\n" * (number - 1) + content + stream.read(FILE_LIMIT + 1 - len(content))
            if len(content) > FILE_LIMIT:
                yield 1, diagnostic("file/too-large", Location(name), limit=FILE_LIMIT // MEGABYTE)
                return
            number = 1
        try:
            text = _decoded(content, name, number)
        except Problems as problems:
            held += 1
            yield number, problems.diagnostics[0]
            continue
        if text.strip():
            held += 1
            yield number, text
    if not held:
        _refuse("table/empty" if table else "json/empty", Location(name))


def read_blocks(path: Path, size: int, end: int) -> Iterator[bytes]:
    """The first `end` bytes of a file, which may be growing, in blocks of whole lines, each of about `size` bytes. Of a
    line too long to be read, only the start comes.

    Raises Problems where the file cannot be opened or read."""
    try:
        with path.open("rb") as stream:
            start, head = 0, stream.peek(HEAD)
            _refuse_by_start(head, stream.readline(LINE_LIMIT + 1), name_of(path))
            while start < end:
                # Where the block ends is looked for first: it is then read in one piece, and never copied.
                stop = min(start + size, end)
                stream.seek(stop)
                rest = stream.readline(LINE_LIMIT + 1)[: end - stop]
                stop = following = stop + len(rest)
                while rest and not rest.endswith(b"\n"):
                    rest = stream.readline(LINE_LIMIT)[: end - following]
                    following += len(rest)
                stream.seek(start)
                block = [stream.read(stop - start)]
                if following > stop:
                    block = [block[0] + b"\n"]
                start = following
                # Nothing is held here of what the caller is done with.
                yield block.pop()
    except FileNotFoundError:
        _refuse("file/missing", Location(name_of(path)))
    except OSError as error:
        _refuse("file/unreadable", Location(name_of(path)), **system_reason(error))


def read_stream(stream: IO[bytes], name: str, size: int) -> Iterator[bytes]:
    """As `read_blocks`, of what can be read once only, to its end."""
    started = False
    while block := stream.read(size):
        if not started:
            _refuse_by_start(block[:HEAD], block.partition(b"\n")[0] + b"\n", name)
            started = True
        if not block.endswith(b"\n"):
            rest = stream.readline(LINE_LIMIT + 1)
            block += rest
            while len(rest) > LINE_LIMIT and not rest.endswith(b"\n"):
                rest = stream.readline(LINE_LIMIT + 1)
            block += b"" if block.endswith(b"\n") else b"\n"
        yield block


def goes_on(first: bytes) -> bool:
    """Is the first line that holds something only the start of one case?"""
    return first.strip()[-1:] in (b",", b"{", b"[")


def first_line(content: bytes) -> bytes:
    """The first that holds something."""
    return content.lstrip().partition(b"\n")[0]


def line_text(content: bytes, name: str, number: int, limit: int = LINE_LIMIT) -> str:
    """One line of a file as text. Raises Problems where it cannot be read."""
    if len(content) > limit:
        _refuse("json/line-too-long", Location(name, number, 1), limit=limit // MEGABYTE)
    return _decoded(content, name, number)


def texts_of(files: Iterable[str]) -> dict[str, str]:
    """The texts of those files that can be read, to show the lines that diagnostics speak of."""
    texts = {}
    for file in dict.fromkeys(files):
        if is_stream(Path(file)):
            # What it held is gone, and to wait for more may take for ever.
            continue
        try:
            texts[file] = read_policy(Path(file))
        except Problems:
            continue
    return texts


def _decoded(content: bytes, name: str, line: int) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Location(name, line + before.count(b"\n"), error.start - before.rfind(b"\n"))
        _refuse("file/encoding", place, position=error.start)


def _refuse(code: str, place: Location, **arguments: object) -> NoReturn:
    raise Problems([diagnostic(code, place, **arguments)])


def conflicts(text: str) -> list[tuple[int, int]]:
    """The first and last line of every conflict that a merge of git left in a text."""
    if not any(mark in text for mark in ("<<<<<<<", ">>>>>>>", "|||||||")):
        return []
    found: list[tuple[int, int]] = []
    is_open = False
    for number, line in enumerate(text.split("\n"), 1):
        if not (mark := _CONFLICT.match(line)):
            continue
        begins = not is_open or mark[1] == "<"
        if begins and mark[1] == "=":
            continue
        found = [*found, (number, number)] if begins else [*found[:-1], (found[-1][0], number)]
        is_open = mark[1] != ">"
    return found


def _refuse_conflicts(file: str, text: str, line_offset: int) -> None:
    """Raises Problems where git left a merge for a person to settle: nothing else of such a file means anything."""
    found = [
        diagnostic("file/merge-conflict", Location(file, first + line_offset, 1), last=last + line_offset)
        for first, last in conflicts(text)
    ]
    if found:
        raise Problems(found)


def _unfit_text(text: str, area: str) -> tuple[str, dict[str, object]] | None:
    """Why a text is not taken, as a code and its arguments."""
    if len(text) > TEXT_LIMIT:
        return f"{area}/text-too-long", {"length": len(text), "limit": TEXT_LIMIT}
    unprintable = _UNPRINTABLE.search(text)
    return (f"{area}/unprintable", {"character": f"U+{ord(unprintable[0]):04X}"}) if unprintable else None


# --- JSON ---------------------------------------------------------------------------------------------------------


class _Unfit(Exception):
    """Raised inside the JSON library's hooks: the text has to be looked through for the place."""


def parse_json(file: str, text: str, line_offset: int = 0, most: int = VALUES_LIMIT) -> Document:
    """JSON text -> document; the text starts after `line_offset` lines of the file, and holds at most so many values.
    Raises Problems with everything."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        _refuse("json/empty", Location(file, line_offset + 1))
    _refuse_conflicts(file, text, line_offset)
    if beyond := beyond_limits(text, most):
        _refuse(beyond[0], _at(file, text, beyond[1], line_offset), limit=beyond[2])
    try:
        data = json.loads(
            text, object_pairs_hook=_json_object, parse_float=_json_decimal, parse_int=_json_integer,
            parse_constant=_unfit,
        )  # fmt: skip
        data, wrong = _checked(data)
    except json.JSONDecodeError as error:
        _refuse_break(file, text, error, line_offset)
    except _Unfit:
        data, wrong = None, True
        try:
            # What is unfit may stand before a break of syntax, which hides all else.
            json.loads(text, parse_float=str, parse_int=str)
        except json.JSONDecodeError as error:
            _refuse_break(file, text, error, line_offset)
    found = _json_problems(file, text, line_offset) if wrong else ()
    if found:
        raise Problems(found)
    document = Document(file, text, data, line_offset)
    if not isinstance(data, dict):
        _refuse("json/not-an-object", document.location())
    return document


def _refuse_break(file: str, text: str, error: json.JSONDecodeError, line_offset: int) -> NoReturn:
    broken = json_break(text)
    if broken is None:
        raise error
    _refuse(broken.code, _at(file, text, broken.index, line_offset), **broken.arguments)


def _at(file: str, text: str, index: int, line_offset: int) -> Location:
    before = text[:index]
    return Location(file, line_offset + before.count("\n") + 1, index - before.rfind("\n"))


def _unfit(_: str) -> NoReturn:
    raise _Unfit


def _json_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Unfit
    return made


def _json_integer(digits: str) -> int:
    if len(digits) > 32:
        raise _Unfit
    return int(digits)


def _json_decimal(digits: str) -> Decimal:
    number = _fit_number(digits)
    if number is None:
        raise _Unfit
    return number


def _fit_number(digits: str) -> Decimal | None:
    """The number that a text states; None if it is too large or too fine to compute with."""
    if len(digits) > DIGIT_LIMIT:
        return None
    try:
        number = Decimal(digits)
    except InvalidOperation:
        # An exponent that no number of this kind has.
        return None
    return None if _too_large(number) else number


def _checked(data: Any) -> tuple[Any, bool]:
    """Data in NFC, and whether something in it is unfit."""
    match data:
        case str():
            data = unicodedata.normalize("NFC", data)
            return data, _unfit_text(data, "json") is not None
        case dict():
            pairs = [(unicodedata.normalize("NFC", key), _checked(value)) for key, value in data.items()]
            made = {key: value for key, (value, _) in pairs}
            unfit = any(unfit or _unfit_text(key, "json") for key, (_, unfit) in pairs)
            return made, unfit or len(made) < len(data)
        case list():
            items = [_checked(item) for item in data]
            return [item for item, _ in items], any(unfit for _, unfit in items)
        case bool() | None:
            return data, False
        case _:
            return data, _too_large(data)


def _too_large(number: int | Decimal) -> bool:
    # Without rounding: `abs` fails for an exponent beyond those of the context.
    size = Decimal(number).copy_abs()
    return size > LARGEST or 0 < size < 1 / LARGEST


def _json_problems(file: str, text: str, line_offset: int) -> tuple[Diagnostic, ...]:
    """Everything in a JSON text that JSON allows, or its library, and this program does not."""
    found = Findings()
    first: dict[Path_, int] = {}

    def report(code: str, place: Place, **arguments: object) -> None:
        found.add(diagnostic(code, Location(file, place[0] + line_offset, place[1]), **arguments))

    for path, (key_place, place), token in json_places(text):
        if path and isinstance(path[-1], str):
            unfit = _unfit_text(path[-1], "json")
            if unfit:
                report(unfit[0], key_place, **unfit[1])
            elif path in first:
                report("json/duplicate-key", key_place, key=path[-1], first=first[path] + line_offset)
            first.setdefault(path, key_place[0])
        if token[:1] == '"':
            unfit = _unfit_text(json_text(token), "json")
            if unfit:
                report(unfit[0], place, **unfit[1])
        elif token in ("NaN", "Infinity", "-Infinity"):
            report("json/not-a-number", place, value=token)
        elif token[:1] in "-0123456789" and token and _fit_number(token) is None:
            shown = HIDDEN if path[:1] == (PERSONAL,) else token if len(token) <= 40 else f"{token[:40]}…"
            report("json/number-too-large", place, value=shown)
    return found.all(Location(file, line_offset + 1, 1))


# --- YAML ---------------------------------------------------------------------------------------------------------


def parse_yaml(file: str, text: str) -> Document:
    """YAML text -> document. Raises Problems with everything found; a break of syntax hides what follows it."""
    # Imported where it is used: a run that finds its library in the cache reads no YAML.
    import yaml

    text = text.removeprefix("\ufeff")
    _refuse_conflicts(file, text, 0)
    builder = _YamlBuilder(file)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data: Any = None
    try:
        builder.next = loader(text).get_event
        data = builder.stream()
    except yaml.MarkedYAMLError as error:
        broken = yaml_break(file, text, error, builder.quoted)
        builder.found.add(*[broken] if broken not in builder.found.first else [])
    except yaml.YAMLError as error:
        # Characters that YAML does not allow come with an index instead of a mark.
        position = getattr(error, "position", 0)
        builder.found.add(diagnostic("yaml/syntax", _at(file, text, position, 0)))
    if not builder.found and not isinstance(data, dict):
        builder.found.add(diagnostic("yaml/not-a-mapping", Location(file, 1, 1)))
    if builder.found:
        raise Problems(builder.found.all(Location(file)))
    return Document(file, text, data, 0, builder.places)


class _YamlBuilder:
    """Plain data from the events of a YAML parser, with places, noting everything that is not taken."""

    next: Callable[[], Any]

    def __init__(self, file: str) -> None:
        self.file = file
        self.found, self.values = Findings(), 0
        self.places: dict[Path_, tuple[Place, Place]] = {}
        self.quoted: Any = None

    def report(self, code: str, event: Any, **arguments: object) -> None:
        if self.found.full:
            return self.found.count()
        self.found.add(diagnostic(code, Location(self.file, *_place(event)), **arguments))

    def stream(self) -> Any:
        import yaml

        self.next()
        event = self.next()
        if isinstance(event, yaml.StreamEndEvent):
            _refuse("yaml/empty", Location(self.file, 1, 1))
        data = self.value(self.next(), (), None)
        self.next()
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            self.report("yaml/several-documents", event)
        return data

    def value(self, event: Any, path: Path_, key: Place | None) -> Any:
        import yaml

        block = isinstance(event, yaml.CollectionStartEvent)
        # A collection is pointed at by its key, which is what a person looks for.
        self.places[path] = (key or _place(event), key if key and block else _place(event))
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            self.report("yaml/alias", event)
        if getattr(event, "tag", None) is not None:
            self.report("yaml/tag", event, tag=event.tag)
        if len(path) > DEPTH_LIMIT:
            self.report("yaml/too-deep", event, limit=DEPTH_LIMIT)
            raise Problems(self.found.all(Location(self.file)))
        self.values += 1
        if self.values > YAML_VALUES_LIMIT:
            beyond = diagnostic("yaml/too-many-values", Location(self.file, *_place(event)), limit=YAML_VALUES_LIMIT)
            raise Problems([*self.found.all(Location(self.file)), beyond])
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
        import yaml

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
                # An item that lacks its dash repeats every key of the one before; the first is enough.
                repeating = True
                if not repeated:
                    self.report("yaml/duplicate-key", event, key=key, first=self.places[(*path, key)][0][0])
                key = f"\0{len(made)}"
            made[key] = self.value(self.next(), (*path, key), _place(event))
        return made

    def scalar(self, event: Any, path: Path_ | None) -> Any:
        """`path`: where the value stands; None for a key."""
        text = unicodedata.normalize("NFC", event.value)
        unfit = _unfit_text(text, "yaml")
        if unfit:
            self.report(unfit[0], event, **unfit[1])
            return text
        if odd := strange(text):
            line, column = _place(event)
            is_plain = event.style in ("", None) and event.start_mark.line == event.end_mark.line
            place = Location(self.file, line, column + (odd.index if is_plain else 0))
            self.found.add(diagnostic(odd.code, place, **odd.arguments))
            return text
        if event.style not in ("", None):
            self.quoted = event if event.style in "\"'" else self.quoted
            return text
        if not unfit and (trap := plain_text_trap(text, path)):
            line, column = _place(event)
            self.found.add(diagnostic(trap.code, Location(self.file, line, column + trap.index), **trap.arguments))
            return text
        if text in _PLAIN:
            return _PLAIN[text]
        if text.lower() in _AMBIGUOUS_BOOLEAN:
            self.report("yaml/ambiguous-boolean", event, value=text, boolean=_AMBIGUOUS_BOOLEAN[text.lower()])
        elif len(text) > MOST_DIGITS:
            if _DIGITS.fullmatch(text):
                self.report("yaml/number-too-large", event, value=text[:40])
        elif _AMBIGUOUS_NUMBER.fullmatch(text) or _ON_PAPER.fullmatch(text):
            self.report("yaml/ambiguous-number", event, value=text)
        elif _WHOLE.fullmatch(text) or _DECIMAL.fullmatch(text):
            number = Decimal(text)
            if _too_large(number):
                self.report("yaml/number-too-large", event, value=text[:40])
            else:
                return int(text) if _WHOLE.fullmatch(text) else number
        return text


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
