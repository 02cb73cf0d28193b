"""What a request is answered that cannot be answered: `application/problem+json` as RFC 9457 has it.

The texts are in `words/serve.yaml`, one entry a code; the status of each code is here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from engine.base.diagnostics import Diagnostic
from engine.base.words import words
from engine.report.diagnostics import to_json

MEDIA_TYPE = "application/problem+json"
TEXTS = words("serve", "problems")
STATUS = {
    "bad_request": 400,
    "bad_host": 421,
    "defect": 500,
    "foreign_origin": 403,
    "method": 405,
    "no_account": 401,
    "not_found": 404,
    "role": 403,
    "sign_in": 401,
    "too_large": 413,
    "too_slow": 408,
}
"""The HTTP status of each code."""


class Refusal(Exception):
    """A request is refused: a code of `STATUS`, what fills its text, and the diagnostics if a file is the reason."""

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
    return template.format(**refusal.arguments)


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
