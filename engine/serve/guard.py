"""What every request must pass, and what every answer carries, whatever its route.

Host: a page of another name that was made to point here (DNS rebinding) gets nothing. Origin: a page of another site
cannot send anything. Sizes and silence: a body is refused as soon as it is too large or stops coming.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.serve.pages import page, wants_page
from engine.serve.problems import MEDIA_TYPE, Refusal, places_of, problem, text
from engine.serve.settings import Limits, Settings

LOG = logging.getLogger("xeploai.serve")
SAFE = ("GET", "HEAD", "OPTIONS")
POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
UPLOADS = (
    "/api/v1/evaluate/list", "/api/v1/evaluate/lines", "/api/v1/evaluate/table", "/api/v1/impact", "/upload",
)  # fmt: skip
"""Under these paths a body may be as large as an upload."""


@dataclass(frozen=True, eq=False)
class Guard:
    """The outermost layer of the application."""

    app: ASGIApp
    settings: Settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(send, self.settings.scheme == "https", wants_page(Headers(scope=scope), scope["path"]))
        most = self._most(scope["path"])
        body = _Body(receive, most, self.settings.limits)
        try:
            self._check(scope["method"], Headers(scope=scope), most)
            await self.app(scope, body.receive, answer.send)
        except Refusal as refusal:
            # Raised here, or by a body that was being read below the handlers of the application.
            if not answer.begun:
                await answer.refuse(refusal, self.settings.language)
        except ClientDisconnect:
            # Nobody is there to be answered.
            return
        except Exception as error:  # the last resort: no answer and no log shows what a request held
            LOG.error("%s", places_of(error))
            if not answer.begun:
                await answer.refuse(Refusal("defect"), self.settings.language)

    def _most(self, path: str) -> int:
        limits = self.settings.limits
        return limits.upload if path.startswith(UPLOADS) else limits.body

    def _check(self, method: str, headers: Headers, most: int) -> None:
        """Raises Refusal."""
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > most:
            raise Refusal("too_large", headers={"Connection": "close"}, most=most)
        if headers.get("host", "").lower() not in self.settings.hosts:
            raise Refusal("bad_host")
        if method not in SAFE:
            origin, site = headers.get("origin"), headers.get("sec-fetch-site")
            if origin is not None and not self._is_own(origin):
                raise Refusal("foreign_origin")
            if site not in (None, "same-origin", "none"):
                raise Refusal("foreign_origin")

    def _is_own(self, origin: str) -> bool:
        scheme, _, host = origin.partition("://")
        return scheme == self.settings.scheme and host.lower() in self.settings.hosts


class _Body:
    """The body of a request, as far as it may go."""

    def __init__(self, receive: Receive, most: int, limits: Limits) -> None:
        self._receive, self._most, self._silence = receive, most, limits.silence
        self._end = time.monotonic() + limits.body_seconds
        self._got = 0
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            seconds = min(self._silence, self._end - time.monotonic())
            async with asyncio.timeout(max(seconds, 0.001)):
                message = await self._receive()
        except TimeoutError:
            raise Refusal("too_slow", headers={"Connection": "close"}, seconds=int(self._silence)) from None
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        self._got += len(message.get("body", b""))
        if self._got > self._most:
            raise Refusal("too_large", headers={"Connection": "close"}, most=self._most)
        return message


class _Answer:
    """Sends an answer with the headers that every answer has."""

    def __init__(self, send: Send, secure: bool, as_page: bool) -> None:
        self._send = send
        self._secure = secure
        self._as_page = as_page
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
            if self._secure:
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        await self._send(message)

    async def refuse(self, refusal: Refusal, language: str) -> None:
        media, body = MEDIA_TYPE, problem(refusal, language)
        if self._as_page:
            media, body = "text/html; charset=utf-8", bytes(page(text(refusal, language), language).body)
        headers: list[Any] = [(b"content-type", media.encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
