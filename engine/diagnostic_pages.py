"""The page of a diagnostic's code: what it says, what it means, what to do, and a wrong and a right example.

The words are in `diagnostics.yaml` and `diagnostic_pages.yaml`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.diagnostics import catalogue

WORDS = {
    "message": {"vi": "Báo", "en": "Says"},
    "meaning": {"vi": "Nghĩa là", "en": "Means"},
    "help": {"vi": "Cách sửa", "en": "Remedy"},
    "wrong": {"vi": "Sai", "en": "Wrong"},
    "right": {"vi": "Đúng", "en": "Right"},
    "nothing": {"vi": "(bỏ những dòng ấy)", "en": "(leave those lines out)"},
}


@dataclass(frozen=True)
class Page:
    """One code in one language; `wrong` and `right` are lines of a file, where lines can show it."""

    code: str
    message: str
    meaning: str
    help: str | None
    wrong: str | None
    right: str | None


def codes() -> tuple[str, ...]:
    """Every code, by area and name."""
    return tuple(sorted(catalogue("diagnostics.yaml")))


def page(code: str, language: str) -> Page:
    """The page of a known code (`KeyError` otherwise); what depends on the place reads `…`."""
    entry, more = catalogue("diagnostics.yaml")[code], catalogue("diagnostic_pages.yaml")[code]
    remedy = entry.get("help")
    return Page(
        code,
        _filled(entry[language]),
        more[language],
        _filled(remedy[language]) if remedy else None,
        *(more[key].rstrip() if key in more else None for key in ("wrong", "right")),
    )


def as_text(one: Page, language: str) -> Iterator[str]:
    """The lines of a page for a terminal."""
    yield one.code
    for key in ("message", "meaning", "help"):
        if getattr(one, key):
            yield f"  {WORDS[key][language]}: {getattr(one, key)}"
    for key in ("wrong", "right"):
        example = getattr(one, key)
        if example is not None:
            yield f"  {WORDS[key][language]}:"
            yield from (f"    {line}" for line in (example or WORDS["nothing"][language]).splitlines())


def _filled(template: str) -> str:
    """A text of the catalogue without its arguments: `{name}` reads `…`, doubled braces are braces."""
    return re.sub(r"(?<!\{)\{\w+\}(?!\})", "…", template).replace("{{", "{").replace("}}", "}")
