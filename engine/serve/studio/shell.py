"""What every page of the studio has: who reads it, by which policies, its words, and its frame.

A page is a template over `base.html.jinja`. Pages carry no script and no style of their own, and no identifier of the
policies unless somebody asks for it: what they say of a case or a rule comes from `report`, with plain words.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.staticfiles import StaticFiles

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.words import Wording, words
from engine.base.writing import Unwritable
from engine.core.policy.regulation import Library
from engine.report.html.page import Say, captions
from engine.report.words import Words, document_labels
from engine.serve.access import require, signed_in
from engine.serve.person import Person, Role
from engine.serve.policies import Served, current
from engine.serve.problems import Refusal, text
from engine.serve.settings import Settings
from engine.serve.studio.case_store import CaseStore, NameRefused, NoSuchCase, etag_of
from engine.serve.studio.remarks import SHELL, remarks

HERE = Path(__file__).parent
NAVIGATION = (
    ("home", "/"), ("cases", "/cases"), ("groups", "/groups"), ("regulations", "/regulations"), ("rules", "/rules"),
)  # fmt: skip
NAVIGATED = {"start": "cases", "interview": "cases", "upload": "cases", "papers": "cases"}
"""Pages that stand below another one of the navigation."""
NOT_FOUND, CONFLICT, UNFIT, FULL = 404, 409, 422, 507

static_files = StaticFiles(directory=HERE / "static")
_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
_VERSIONS = {path.name: f"{path.stat().st_mtime_ns:x}" for path in (HERE / "static").iterdir()}
"""What changes in the address of a file when the file changes, so that browsers do not show an old one."""


class NoFolder(Exception):
    """The server keeps no cases: it was started without a folder for them."""


@dataclass(frozen=True)
class Visit:
    """One request for a page: by whom, and by which version of the policies it is answered."""

    request: Request
    person: Person
    served: Served

    @property
    def settings(self) -> Settings:
        """What the server was told."""
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def library(self) -> Library:
        """The policies."""
        return self.served.library

    @property
    def language(self) -> str:
        """`vi` or `en`."""
        return self.settings.language

    @cached_property
    def words(self) -> Words:
        """The words of reports, without identifiers."""
        return Words(self.language, document_labels(self.library), plain=True)

    @property
    def signature(self) -> str:
        """Who is named as having saved something; "" on a server without accounts, which one person uses."""
        return self.person.name if self.settings.users is not None else ""

    def log(self, event: str, **about: object) -> None:
        """Adds to the log of who did what: hashes and counts, never a name or a fact. Raises Refusal."""
        self.request.app.state.audit.write(event, self.person.name, policies=self.served.hash, **about)

    def save_case(self, name: str, text: str, expected: str | None) -> None:
        """Save a case as this person. Raises what `CaseStore.save` raises."""
        self.log("save_case", inputs=etag_of(text))
        self.store.save(name, text, expected, self.signature)

    def moment(self, when: datetime) -> str:
        """A point in time as the clock of the server shows it."""
        local = when.astimezone()
        return f"{local:%H:%M}, {self.words.day(local.date())}"

    @property
    def store(self) -> CaseStore:
        """The folder of cases. Raises NoFolder if there is none."""
        if self.settings.cases is None:
            raise NoFolder
        return CaseStore(self.settings.cases)


def visit(role: Role) -> Callable[..., Visit]:
    """The dependency of a page for which one needs a role."""

    def visiting(
        request: Request,
        person: Annotated[Person, Depends(require(role))],
        served: Annotated[Served, Depends(current)],
    ) -> Visit:
        return Visit(request, person, served)

    return visiting


async def _form(request: Request) -> FormData:
    try:
        return await request.form()
    except OSError:
        # What is larger than a megabyte is kept in a temporary file meanwhile.
        raise Refusal("unwritable") from None


Reading = Annotated[Visit, Depends(visit("reader"))]
Recording = Annotated[Visit, Depends(visit("recorder"))]
Editing = Annotated[Visit, Depends(visit("editor"))]
Form = Annotated[FormData, Depends(_form)]


def field(form: FormData, name: str) -> str:
    """A field of a form as text; empty if it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def say_of(page: str, language: str, texts: Mapping[str, Wording] | None = None) -> Say:
    """The texts of a page, and those of the frame. `texts` are those of a page that keeps them in a file of its own."""
    return captions(language, texts if texts is not None else words("studio", page), SHELL)


def render(
    here: Visit,
    template: str,
    page: str,
    *,
    status: int = 200,
    texts: Mapping[str, Wording] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page. `page` is its section of `words/studio.yaml` and its place in the navigation; `values` go to the
    template, beside `visit`, `words`, `say`, `person`."""
    html = _TEMPLATES.get_template(template).render(
        here=NAVIGATED.get(page, page), visit=here, lang=here.language, words=here.words,
        person=here.signature, navigation=NAVIGATION,
        say=say_of(page, here.language, texts), static=_static, moment=here.moment,
        can_sign_out=here.settings.users is not None, **values,
    )  # fmt: skip
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})


def attachment(content: bytes, media: str, name: str, **headers: str) -> Response:
    """A file of this name, which a browser keeps instead of showing it."""
    headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media, headers=headers)


def _static(name: str) -> str:
    return f"/static/{name}?{_VERSIONS[name]}"


class PageRoute(APIRoute):
    """A route whose refusals are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the pages for what it may raise."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except (NoSuchCase, NameRefused):
                return await refusal(request, "not_found", NOT_FOUND)
            except NoFolder:
                return await refusal(request, "no_folder", NOT_FOUND)
            except Refusal as refused:
                if signed_in(request) is None:
                    raise
                return await _refused(request, refused)
            except Unwritable as problems:
                return await refusal(request, "not_saved", FULL, problems.diagnostics)
            except Problems as problems:
                return await refusal(request, "unfit", UNFIT, problems.diagnostics)

        return handler


async def _refused(request: Request, refused: Refusal) -> HTMLResponse:
    here = Visit(request, await require("reader")(request), await current(request))
    page = render(
        here, "refusal.html.jinja", "shell", status=refused.status, reason=text(refused, here.language), more="",
        problems=remarks(refused.diagnostics, here.language),
    )  # fmt: skip
    page.headers.update(refused.headers)
    return page


async def refusal(
    request: Request, reason: str, status: int, diagnostics: tuple[Diagnostic, ...] = ()
) -> HTMLResponse:
    """A page that says why there is no other. Only for somebody who is signed in."""
    here = Visit(request, await require("reader")(request), await current(request))
    problems = remarks(diagnostics, here.language)
    return render(
        here, "refusal.html.jinja", "shell", status=status, reason=SHELL[reason][here.language],
        more=SHELL[f"{reason}_more"][here.language],
        problems=problems,
    )  # fmt: skip
