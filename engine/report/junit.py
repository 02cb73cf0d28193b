"""The XML that CI servers read: suites of what was checked, in the format of JUnit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO
from xml.etree import ElementTree

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Checked:
    """A thing that was checked: its name, its place in a file, and a text for each way in which it failed."""

    name: str
    place: str
    failures: Sequence[str]


def write_suites(suites: Mapping[str, Sequence[Checked]], stream: TextIO) -> None:
    """Writes the suites, by name, as XML."""
    root = ElementTree.Element("testsuites")
    for name, every in suites.items():
        failed = sum(bool(checked.failures) for checked in every)
        suite = ElementTree.SubElement(root, "testsuite", name=name, tests=str(len(every)), failures=str(failed))
        for checked in every:
            case = ElementTree.SubElement(suite, "testcase", name=checked.name, classname=name, file=checked.place)
            for text in checked.failures:
                ElementTree.SubElement(case, "failure", message=text).text = f"{checked.place}: {text}"
    for element in root.iter():
        element.text = _for_xml(element.text) if element.text else None
        element.attrib |= {name: _for_xml(value) for name, value in element.attrib.items()}
    ElementTree.indent(root)
    stream.write(ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n")


def _for_xml(text: str) -> str:
    """XML has no way to write most control characters, nor names of files that are not UTF-8."""
    return _NO_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
