"""What a request is answered that cannot be answered: `application/problem+json` as RFC 9457 has it.

The texts are in `words/serve.yaml`, one entry a code; the status of each code is here.
"""

import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from engine.base.diagnostics import Diagnostic
from engine.base.words import words
from engine.report.diagnostics import to_json

MEDIA_TYPE = "application/problem+json"
TEXTS = words("serve", "problems")
STATUS = {
    "audit": 503,
    "bad_body": 400,
    "bad_file_name": 400,
    "bad_host": 421,
    "bad_interpretation": 400,
    "bad_request": 400,
    "both_sides": 400,
    "crashed": 500,
    "defect": 500,
    "engine": 500,
    "foreign_origin": 403,
    "full": 503,
    "line_too_long": 413,
    "method": 405,
    "no_account": 401,
    "no_regulation": 404,
    "not_a_list": 400,
    "not_found": 404,
    "not_utf8": 400,
    "overtime": 504,
    "problems": 422,
    "role": 403,
    "sign_in": 401,
    "too_large": 413,
    "too_many_cases": 413,
    "too_many_files": 413,
    "too_much_memory": 413,
    "too_many_attempts": 429,
    "too_slow": 408,
    "unwritable": 507,
    "wrong_password": 403,
    "wrong_type": 415,
}
"""The HTTP status of each code."""


class Refusal(Exception):
    """A request is refused: a code of `STATUS`, what fills its text, and the diagnostics if a file is the reason.

    What fills the text may be a wording of its own, which has both languages."""

    def __init__(
        self,
        code: str,
        *,
        diagnostics: Iterable[Diagnostic] = (),
        headers: Mapping[str, str] | None = None,
        **arguments: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS[code]
        self.diagnostics = tuple(diagnostics)
        self.headers = dict(headers or {})
        self.arguments = arguments


def text(refusal: Refusal, language: str) -> str:
    """Why a request is refused, as one sentence."""
    template: str = TEXTS[refusal.code][language]
    named = {
        name: value[language] if isinstance(value, Mapping) else value for name, value in refusal.arguments.items()
    }
    return template.format(**named)


def problem(refusal: Refusal, language: str) -> bytes:
    """The body of the answer, in one language."""
    about: dict[str, Any] = {
        "type": f"urn:xeploai:problem:{refusal.code}",
        "title": text(refusal, language),
        "status": refusal.status,
    }
    if refusal.diagnostics:
        about["diagnostics"] = to_json(refusal.diagnostics, language)
    return msgspec.json.encode(about)


def places_of(error: BaseException) -> str:
    """The kind of an error and where it arose, without what it says: that may be data of a case."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return f"{type(error).__name__}: " + " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
