"""The plainest pages: what a browser shows before anybody is signed in, or if a request is refused."""

from html import escape

from fastapi.responses import HTMLResponse

from engine.base.words import wording

TITLE = wording("serve", "title")
PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""


def page(text: str, language: str, status: int = 200) -> HTMLResponse:
    """A page of one sentence."""
    return HTMLResponse(PAGE.format(language=language, title=escape(TITLE[language]), text=escape(text)), status)
