"""The plainest pages: what a browser shows before anybody is signed in, or if a request is refused."""

from collections.abc import Mapping
from html import escape

from fastapi.responses import HTMLResponse

from engine.base.words import wording, words

TITLE = wording("serve", "title")
SIGN_IN: Mapping[str, Mapping[str, str]] = words("serve", "sign_in")
PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<link rel="stylesheet" href="/static/studio.css"></head>
<body><main id="content"><h1>{title}</h1>{content}</main></body>
</html>
"""
FORM = """{remark}<form method="post" action="/sign-in">
<input type="hidden" name="next" value="{next}">
<p><label for="name">{name}</label><br><input id="name" name="name" autocomplete="username" required autofocus></p>
<p><label for="password">{password}</label><br>
<input id="password" name="password" type="password" autocomplete="current-password" required></p>
<p><button type="submit">{button}</button></p>
</form>"""


def wants_page(headers: Mapping[str, str], path: str) -> bool:
    """Does a browser open a page? A program asks for something else, or below `/api/`."""
    return "text/html" in headers.get("accept", "") and not path.startswith("/api/")


def page(text: str, language: str, status: int = 200) -> HTMLResponse:
    """A page of one sentence."""
    return framed(f"<p>{escape(text)}</p>", language, status)


def sign_in_page(language: str, next_page: str, remark: str = "", status: int = 200) -> HTMLResponse:
    """The form in which a person signs in; `remark` says why they have to do so again."""
    texts = {key: escape(SIGN_IN[key][language]) for key in ("name", "password", "button")}
    shown = f'<p role="alert">{escape(remark)}</p>' if remark else ""
    return framed(FORM.format(**texts, next=escape(next_page), remark=shown), language, status)


def framed(content: str, language: str, status: int = 200) -> HTMLResponse:
    """A page with this content, which is HTML already."""
    return HTMLResponse(PAGE.format(language=language, title=escape(TITLE[language]), content=content), status)
