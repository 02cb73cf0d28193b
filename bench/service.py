"""The service under load, beside zen-engine behind the same FastAPI: requests a second, p50 and p99 of one case.

    make bench ARGS="--modes service"                          # the table of bench/README.md
    build/bench/venv/bin/python -m bench.service --killing 600 # kills a worker every 20 s, and compares every answer

The load is made by `wrk` (Debian: wrk) on 127.0.0.1, with cases of `bench.generate` in turn. This project answers with
whole records (reasons by their ids), zen with masks of rules and the grades that are possible.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from bench import encode, generate
from bench.measure import Failed
from bench.wrk import figures_of

ROOT = Path(__file__).resolve().parents[1]
POLICIES = ROOT / "policies"
CASES = 500
NO_TOKEN = "none"
KILL_EVERY = 20
ADDRESS = re.compile(r"(http://[^/\s]+)/enter\?token=(\S+)")
SECONDS = 8
SCRIPT = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local at = 0
request = function()
  at = at %% #bodies + 1
  return wrk.format("POST", "/api/v1/evaluate?catalogues=false", {["Authorization"] = "Bearer %s",
    ["Content-Type"] = "application/json"}, bodies[at])
end
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the service.")
    parser.add_argument("--killing", type=int, required=True, metavar="SECONDS")
    with TemporaryDirectory() as made:
        folder = Path(made)
        generate.write(POLICIES, CASES, folder / "cases.ndjson", jobs=1)
        kill_workers(folder, os.cpu_count() or 1, parser.parse_args().killing)


def measured(peer: str, clients: int) -> dict[str, float]:
    """One run of a server that is started for it: what `figures_of` gives, and `processor`: the seconds of all
    processors that one request took in the server. Raises Failed if not every request was answered."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        generate.write(POLICIES, CASES, folder / "cases.ndjson", jobs=1)
        with SERVERS[peer](folder, os.cpu_count() or 1) as (base, token, server):
            before = processor(server)
            told = load(folder, base, token, clients, SECONDS)
            used = processor(server) - before
    figures = figures_of(told)
    if figures is None:
        raise Failed(f"{peer}, {clients} clients: {told}")
    return {**figures, "processor": used / (figures["requests"] * SECONDS)}


def processor(server: int) -> float:
    """The seconds that a server and its processes have used of all processors."""
    process = psutil.Process(server)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def load(folder: Path, base: str, token: str, clients: int, seconds: int) -> str:
    """What wrk says of so many clients."""
    script = folder / "load.lua"
    script.write_text(SCRIPT % (folder / "cases.ndjson", token), "utf-8")
    return subprocess.run(
        ["wrk", f"-t{min(2, clients)}", f"-c{clients}", f"-d{seconds}s", "--latency", "-s", script, base],
        capture_output=True, text=True, check=True, timeout=seconds + 60,
    ).stdout  # fmt: skip


@contextmanager
def xeploai(folder: Path, workers: int) -> Iterator[tuple[str, str, int]]:
    """This project's server: its address, token and process."""
    with started("engine", "serve", "--policies", POLICIES, "--port", "0", "--workers", workers) as process:
        assert process.stdout is not None
        address = ADDRESS.search(process.stdout.readline())
        assert address is not None
        warm(address[1], address[2], folder)
        yield address[1], address[2], process.pid


@contextmanager
def zen(folder: Path, workers: int) -> Iterator[tuple[str, str, int]]:
    """zen-engine behind FastAPI, in as many processes."""
    encode.kept(POLICIES, generate.REGULATION, folder / "workload.pickle")
    os.environ["BENCH_WORKLOAD"] = str(folder / "workload.pickle")
    with started("bench.service_zen", workers) as process:
        base = "http://127.0.0.1:8799"
        for _ in range(300):
            try:
                httpx.get(f"{base}/")
                break
            except httpx.TransportError:
                time.sleep(0.2)
        warm(base, NO_TOKEN, folder)
        yield base, NO_TOKEN, process.pid


SERVERS = {"xeploai": xeploai, "zen": zen}


@contextmanager
def started(*words: object) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen([sys.executable, "-m", *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def warm(base: str, token: str, folder: Path) -> None:
    """Every case once, so that all rules are compiled."""
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=120) as client:
        for line in (folder / "cases.ndjson").read_bytes().splitlines():
            client.post("/api/v1/evaluate?catalogues=false", content=line).raise_for_status()


# --- killing ------------------------------------------------------------------------------------------------------


def kill_workers(folder: Path, workers: int, seconds: int) -> None:
    """64 clients compare every answer with the first, while a worker dies every so often."""
    lines = (folder / "cases.ndjson").read_bytes().splitlines()
    with xeploai(folder, workers) as (base, token, server):
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=base, headers=headers, timeout=120) as client:
            told = [ask(client, line) for line in lines]
        counts = {"right": 0, "wrong": 0, "refused": 0}
        end = time.monotonic() + seconds

        def client_of(number: int) -> None:
            with httpx.Client(base_url=base, headers=headers, timeout=120) as client:
                at = number
                while time.monotonic() < end:
                    at = (at + 1) % len(lines)
                    answer = ask(client, lines[at])
                    outcome = "refused" if answer is None else "right" if answer == told[at] else "wrong"
                    counts[outcome] += 1

        clients = [threading.Thread(target=client_of, args=(number,)) for number in range(64)]
        for thread in clients:
            thread.start()
        while time.monotonic() < end:
            print(f"{counts} memory {memory(server)} MB", flush=True)
            time.sleep(min(KILL_EVERY, max(0.1, end - time.monotonic())))
            for worker in children(server)[:1]:
                os.kill(worker, signal.SIGKILL)
        for thread in clients:
            thread.join()
        print(f"{counts} memory {memory(server)} MB")


def ask(client: httpx.Client, line: bytes) -> bytes | None:
    """The answer; None if the server refused because its queue was full."""
    answer = client.post("/api/v1/evaluate?catalogues=false", content=line)
    return None if answer.status_code == 503 else answer.content


def children(server: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(server), "-f", "spawn_main"], capture_output=True, text=True).stdout
    return [int(number) for number in listed.split()]


def memory(server: int) -> int:
    """What the server and its workers hold, in MB; shared pages count for each."""
    pids = ",".join(map(str, (server, *children(server))))
    listed = subprocess.run(["ps", "-o", "rss=", "-p", pids], capture_output=True, text=True).stdout
    return sum(map(int, listed.split())) // 1024


if __name__ == "__main__":
    main()
