"""What several tests of pages share."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from support import ROOT

TEMPLATES = ROOT / "engine" / "report" / "templates"


HOSTILE = "<script>document.title='taken'</script>"


VOID = {"meta", "link", "br", "hr", "img", "input", "path"}


def run_after(code: str, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call the command in a process that first runs this code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; from engine.cli import main; main()", *map(str, arguments)],
        capture_output=True, cwd=ROOT, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        return flat("".join(one if isinstance(one, str) else one.text for one in self.children))

    def every(self, tag: str = "", **attributes: str) -> Iterator["Element"]:
        """Elements inside, by tag and attributes (a class among several counts)."""
        for one in self.children:
            if isinstance(one, Element):
                fits = all(
                    value in one.attributes.get(name.strip("_"), "").split() for name, value in attributes.items()
                )
                if fits and tag in ("", one.tag):
                    yield one
                yield from one.every(tag, **attributes)

    def only(self, tag: str = "", **attributes: str) -> "Element":
        (found,) = self.every(tag, **attributes)
        return found


class Tree(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.open = [Element("", {})]
        self.feed(text)
        assert len(self.open) == 1, f"left open: {[one.tag for one in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID or (tag == "path" and self.get_starttag_text()[-2:] != "/>"):
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def flat(text: str) -> str:
    return " ".join(text.split())
