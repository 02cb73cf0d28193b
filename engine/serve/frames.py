"""Messages between the server and a worker: a length of eight bytes and so many bytes after it.

The server's end never blocks: a worker that was stopped in the middle of a message, or that does not read, holds up
nobody but whoever waits for it. The worker's end blocks, since a worker has nothing else to do.
"""

import asyncio
import struct
from collections.abc import Callable
from io import BufferedIOBase
from socket import socket

LENGTH = struct.Struct("!Q")


def write_message(stream: BufferedIOBase, message: bytes) -> None:
    """Writes a message to the worker's end. Raises OSError if the server is gone."""
    stream.write(LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def read_message(stream: BufferedIOBase) -> bytes:
    """The next message at the worker's end. Raises EOFError if the server is gone."""
    (length,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: BufferedIOBase, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


class ServerEnd(asyncio.Protocol):
    """The server's end: calls `received` with each message that is whole, and `lost` once, when the worker is gone."""

    def __init__(self, connection: socket, received: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._connection = connection
        self._received = received
        self._lost = lost
        self._content = bytearray()
        self._transport: asyncio.Transport | None = None

    async def open(self) -> None:
        """Begins to receive. Before that nothing can be sent."""
        await asyncio.get_running_loop().create_connection(lambda: self, sock=self._connection)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport, which sends without blocking."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        """Tells that the worker is gone."""
        self._lost()

    def data_received(self, data: bytes) -> None:
        """Hands on the messages that are whole now."""
        self._content += data
        while len(self._content) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._content)
            end = LENGTH.size + length
            if len(self._content) < end:
                return
            message = bytes(self._content[LENGTH.size : end])
            del self._content[:end]
            self._received(message)

    def send(self, message: bytes) -> None:
        """Sends a message, now or as soon as the worker reads."""
        assert self._transport is not None
        self._transport.writelines((LENGTH.pack(len(message)), message))

    def close(self) -> None:
        """Gives up what is not sent yet."""
        if self._transport is not None:
            self._transport.abort()
        else:
            self._connection.close()
