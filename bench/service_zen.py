"""zen-engine's compiled expressions behind FastAPI, for `bench.service`."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from bench.peers.zen import start_expressions
from bench.workload import read

PORT = 8799
app = FastAPI()
session = start_expressions(read(Path(os.environ["BENCH_WORKLOAD"])))


@app.post("/api/v1/evaluate")
async def evaluate(request: Request) -> Response:
    """One case -> its id, the rules that hold and those that fail as masks, and the grades that are possible."""
    [(case_id, holds, fails, possible)] = session.answer(session.load([await request.body()]))
    body = f'{{"case_id":"{case_id}","holds":{holds},"fails":{fails},"possible":{possible}}}'
    return Response(body, media_type="application/json")


class Connection(H11Protocol):
    """Several processes share a socket that asyncio did not make, so that it must be told not to wait."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


if __name__ == "__main__":
    uvicorn.run(
        "bench.service_zen:app", port=PORT, workers=int(sys.argv[1]), http=Connection, log_level="error",
        access_log=False,
    )  # fmt: skip
