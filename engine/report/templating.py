"""The templates of the engine: one environment for HTML, one for Markdown, and the styles that pages carry."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from engine.report.html.policy import content_policy
from engine.report.markdown import Raw, code, escaped

TEMPLATES = Path(__file__).with_name("templates")
_HTML = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_MARKDOWN = _HTML.overlay(
    autoescape=False, finalize=lambda value: value if isinstance(value, Raw) else escaped(str(value)),
    keep_trailing_newline=True,
)  # fmt: skip
_MARKDOWN.filters = {**_HTML.filters, "code": code}


def html_page(template: str, styles: tuple[str, ...], script: str | None = None, **values: Any) -> str:
    """A page that needs nothing else: its styles and its script are in it, and its policy allows nothing but these."""
    style = "".join(_text(name) for name in styles)
    code = None if script is None else _text(script)
    return _HTML.get_template(template).render(
        style=Markup(style), script=Markup(code or ""), policy=content_policy(style, code), **values
    ) + "\n"  # fmt: skip


def markdown_template(name: str) -> Template:
    """A template for Markdown: what it is given is escaped, unless it is Markdown already."""
    return _MARKDOWN.get_template(name)


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
