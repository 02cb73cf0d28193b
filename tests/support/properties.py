"""Properties written in a test, read as those of policy files are."""

from textwrap import indent

from engine.base.diagnostics import Diagnostic
from engine.base.yaml_text import parse_yaml
from engine.core.policy.regulation import Library
from engine.proof.properties import Property
from engine.proof.reader import properties_of

STATUS = "locator: Điều 1, status: assumed, note: {vi: Để thử., en: For a test.}"


def read(library: Library, regulation: str, must: str, more: str = "") -> list[Property | Diagnostic]:
    """One property, given what it `must` and `more` keys as YAML; or what is wrong with it."""
    document = library.regulations[regulation].documents[0].id
    text = (
        "kind: properties\nid: one.properties\nlabel: {vi: Một, en: One}\nproperties:\n"
        "  - id: one\n    label: {vi: Một, en: One}\n"
        f"{indent(more, '    ')}\n    must: {must}\n    source: {{document: {document}, {STATUS}}}\n"
    )
    problems: list[Diagnostic] = []
    read_text = parse_yaml("one.properties.yaml", text)
    return [*properties_of(read_text, library, library.regulations[regulation], problems), *problems]


def written(library: Library, regulation: str, must: str, more: str = "") -> Property:
    """One property in which nothing is wrong."""
    (item,) = read(library, regulation, must, more)
    assert isinstance(item, Property), item
    return item
