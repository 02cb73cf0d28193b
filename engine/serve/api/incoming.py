"""The body of a request that is answered while more of it comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Self

from fastapi import Request

QUIET = 0.1
"""Seconds: a client that twice sends nothing for so long waits for answers. Once may be because this process was held
up, and could not look."""


class Incoming:
    """A body that is read as fast as it comes while the context lasts, whatever becomes of the answer: many programs,
    and nginx, send a whole body before they take any of the answer. No more is kept than the limit of uploads."""

    def __init__(self, request: Request) -> None:
        self.awaited = False
        """The client waits for answers: everything has come, or nothing more for a moment."""
        self._request = request
        self._got = bytearray()
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._reading = asyncio.get_running_loop().create_task(self._read())
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._reading is not None
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body in pieces, and an empty one as soon as the client is seen to wait. Raises Refusal and
        ClientDisconnect."""
        assert self._reading is not None
        while self._got or not self._reading.done():
            if not self._got:
                await self._wait()
            if self._reading.done():
                self._reading.result()
            piece = bytes(self._got)
            self._got.clear()
            self._news.clear()
            yield piece
        self._reading.result()

    async def _read(self) -> None:
        try:
            async for piece in self._request.stream():
                self._got += piece
                self._news.set()
        finally:
            self.awaited = True
            self._news.set()

    async def _wait(self) -> None:
        """Until something has come, or the client is seen to wait."""
        if self.awaited:
            await self._news.wait()
            return
        for _ in range(2):
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET):
                    await self._news.wait()
                    return
        self.awaited = True
