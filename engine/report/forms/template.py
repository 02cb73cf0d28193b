"""Word templates: what is wrong with one, and how it is filled in. The only module that knows docxtpl."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2 import Template as JinjaTemplate
from jinja2.sandbox import SandboxedEnvironment

from engine.base.diagnostics import Diagnostic, Location, diagnostic, warning
from engine.base.nearness import closest
from engine.report.forms.tags import Tree

MOST_BYTES = 50 * 1024 * 1024
"""No template unpacks to more."""
DOCUMENT, MACROS = "word/document.xml", "vbaProject.bin"
_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*)\.xml")
_FIELD = re.compile(r"<w:instrText[^>]*>[^<]*\{[{%]")
_PARAGRAPH = re.compile(r"<w:p[ >]")
_LOOP: Tree = dict.fromkeys(("index", "first", "last", "length"))
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.For, nodes.If,
    nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand,
)  # fmt: skip
"""All that a template may be made of."""


class _Environment(SandboxedEnvironment):
    """A part of a tag is a key, even if Python's mappings have a method of that name. What was compiled is kept."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._compiled: dict[str, JinjaTemplate] = {}

    def from_string(self, source: Any, *more: Any, **named: Any) -> JinjaTemplate:
        if source not in self._compiled:
            self._compiled[source] = super().from_string(source, *more, **named)
        return self._compiled[source]

    def getattr(self, obj: Any, attribute: str) -> Any:
        return obj[attribute] if isinstance(obj, Mapping) and attribute in obj else super().getattr(obj, attribute)


def environment() -> SandboxedEnvironment:
    """What reads and fills templates: it escapes what it puts in, and refuses a tag that stands for nothing."""
    return _Environment(autoescape=True, undefined=StrictUndefined)


class _Document(DocxTemplate):  # type: ignore[misc]
    """A template whose tags are put in order once, which takes a quarter of the time of filling it in."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._patched: dict[str, str] = {}

    def patch_xml(self, src_xml: str) -> str:
        if src_xml not in self._patched:
            self._patched[src_xml] = super().patch_xml(src_xml)
        return self._patched[src_xml]


@dataclass(frozen=True)
class Template:
    """A template that was checked, ready to be filled in again and again."""

    path: Path

    @cached_property
    def _document(self) -> "_Document":
        return _Document(self.path)

    @cached_property
    def _environment(self) -> SandboxedEnvironment:
        return environment()

    def fill(self, tags: Tree, stream: IO[bytes]) -> None:
        """Write the document with `tags` in the place of its tags."""
        self._document.render(tags, self._environment, autoescape=True)
        # An archive that cannot be finished, as on a full disk, would complain once more when it is thrown away.
        document = BytesIO()
        self._document.save(document)
        stream.write(document.getbuffer())


def problems_of(path: Path, known: Tree) -> Iterator[Diagnostic]:
    """Everything that is wrong with a template, whose tags are among `known`. Lines are paragraphs."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
            if DOCUMENT not in names or sum(item.file_size for item in archive.infolist()) > MOST_BYTES:
                yield diagnostic("form/not-word", Location(str(path)))
                return
            if any(name.endswith(MACROS) for name in names):
                yield diagnostic("form/macros", Location(str(path)))
            texts = [archive.read(name).decode("utf-8") for name in names if _PARTS.fullmatch(name)]
    except (BadZipFile, OSError, UnicodeDecodeError):
        yield diagnostic("form/not-word", Location(str(path)))
        return
    tagged = False
    for text in texts:
        for match in _FIELD.finditer(text):
            yield diagnostic("form/in-field", _place(path, text, match.start()))
        used, problems = _tags(path, text, known)
        tagged |= used
        yield from problems
    if not tagged:
        yield warning("form/no-tags", Location(str(path)))


def _place(path: Path, text: str, index: int) -> Location:
    return Location(str(path), len(_PARAGRAPH.findall(text, 0, index)))


def _tags(path: Path, text: str, known: Tree) -> tuple[bool, list[Diagnostic]]:
    """Whether a part of a document has tags, and what is wrong with them."""
    if "{" not in text:
        return False, []
    # One line a paragraph, so that the parser of tags counts paragraphs.
    lined = _PARAGRAPH.sub(lambda tag: f"\n{tag[0]}", text.replace("\n", " "))
    source = DocxTemplate(path).patch_xml(lined)
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        place = Location(str(path), error.lineno - 1)
        return True, [diagnostic("form/syntax", place, name=_around(source, error.lineno), reason=str(error.message))]
    except TemplateError as error:
        return True, [diagnostic("form/syntax", Location(str(path)), name="", reason=str(error))]
    problems = [
        diagnostic(code, Location(str(path), line - 1), name=name, suggestion=near)
        for code, line, name, near in _unknown(tree, known)
    ]
    return next(tree.find_all(nodes.Name), None) is not None, problems


def _around(source: str, line: int) -> str:
    """The words of the paragraph in which a tag is broken."""
    lines = source.splitlines()
    text = re.sub(r"<[^>]+>", "", lines[line - 1]) if 0 < line <= len(lines) else ""
    return text.strip()[:80]


def _unknown(node: nodes.Node, known: Tree) -> Iterator[tuple[str, int, str, str | None]]:
    """For each tag that stands for nothing: the code, the line, the tag and the one that was probably meant."""
    if not isinstance(node, _PLAIN):
        yield "form/not-a-tag", node.lineno, type(node).__name__.lower(), None
        return
    match node:
        case nodes.For(target=nodes.Name(name=item), iter=nodes.Name() | nodes.Getattr() as listed):
            yield from _unknown(listed, known)
            tree = _resolved(listed, known)
            inside = known | {"loop": _LOOP, item: tree[0] if isinstance(tree, list) else {}}
            for part in (*node.body, *node.else_):
                yield from _unknown(part, inside)
        case nodes.Name() | nodes.Getattr():
            if _resolved(node, known) is _NOTHING:
                name = _dotted(node)
                yield "form/unknown-tag", node.lineno, name, closest(name, _every(known))
        case _:
            for part in node.iter_child_nodes():
                yield from _unknown(part, known)


_NOTHING = object()


def _resolved(node: nodes.Node, known: Tree) -> Any:
    """What a tag stands for in the tree of tags; `_NOTHING` if it stands for nothing."""
    match node:
        case nodes.Name(name=name):
            return known.get(name, _NOTHING)
        case nodes.Getattr(node=inner, attr=attribute):
            tree = _resolved(inner, known)
            return tree.get(attribute, _NOTHING) if isinstance(tree, dict) else _NOTHING
    return _NOTHING


def _dotted(node: nodes.Node) -> str:
    match node:
        case nodes.Name(name=name):
            return str(name)
        case nodes.Getattr(node=inner, attr=attribute):
            return f"{_dotted(inner)}.{attribute}"
    return "…"


def _every(known: Any, above: str = "") -> Iterator[str]:
    """Every tag by its whole name."""
    for name, tree in known.items() if isinstance(known, dict) else ():
        whole = f"{above}{name}"
        yield whole
        yield from _every(tree[0] if isinstance(tree, list) else tree, f"{whole}.")
