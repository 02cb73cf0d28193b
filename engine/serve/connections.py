"""A connection that nobody can hold open for nothing: to say nothing, to say a request letter by letter, or to take no
answer. uvicorn itself waits for all of these without an end."""

import asyncio
import socket
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """One connection with two clocks: until the head of a request is whole, and until an answer is taken."""

    silence = 20.0
    """Seconds in which the client must go on."""
    most = 1_000
    """So many are connected at once. For the next the one goes that has been without a whole request for longest."""
    unfinished: ClassVar[dict["Connection", None]] = {}
    """Those without a whole request, its body included, the longest first. Each server has its own."""
    _until_head: asyncio.TimerHandle | None = None
    _until_taken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Ends an unfinished connection if there are too many, or this one if all others are being answered."""
        super().connection_made(transport)
        # asyncio does this only for sockets that it made itself; without it an answer may wait 40 ms in the system.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) <= self.most:
            self._watch()
        elif self.unfinished:
            longest = next(iter(self.unfinished))
            del self.unfinished[longest]
            longest.transport.abort()
            self._watch()
        else:
            transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Stops the clocks."""
        super().connection_lost(error)
        self.unfinished.pop(self, None)
        for clock in (self._until_head, self._until_taken):
            if clock is not None:
                clock.cancel()

    def data_received(self, data: bytes) -> None:
        """Stops the first clock when a request has begun."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Starts the first clock for the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """The client takes nothing more for the moment."""
        self.flow.pause_writing()
        self._until_taken = self.loop.call_later(self.silence, self.transport.abort)

    def resume_writing(self) -> None:
        """The client goes on."""
        self.flow.resume_writing()
        if self._until_taken is not None:
            self._until_taken.cancel()
            self._until_taken = None

    def _watch(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering and not self.cycle.more_body:
            self.unfinished.pop(self, None)
        elif not self.transport.is_closing():
            self.unfinished.setdefault(self)
        if answering and self._until_head is not None:
            self._until_head.cancel()
            self._until_head = None
        elif not answering and self._until_head is None and not self.transport.is_closing():
            self._until_head = self.loop.call_later(self.silence, self.transport.abort)


def protocol(silence: float, most: int) -> type[Connection]:
    """The protocol of a server with these limits."""
    return type("Connection", (Connection,), {"silence": silence, "most": most, "unfinished": {}})
