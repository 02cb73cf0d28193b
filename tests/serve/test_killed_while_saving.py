"""A server killed with -9 in the middle of saving: what it said was saved is there, and nothing is half."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from support import ROOT

from engine.serve.studio.case_store import CaseStore, etag_of

TOKEN, TIMES = "a-token-of-a-test", 30


@dataclass
class Forks:
    process: "subprocess.Popen[str]"
    child: int = 0

    def begin(self) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.child, port = map(int, self.process.stdout.readline().split())
        return f"http://127.0.0.1:{port}"


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    command = [sys.executable, "-m", "support.forked_server", str(ROOT / "policies"), str(tmp_path / "cases"), TOKEN]
    with subprocess.Popen(
        command, cwd=ROOT / "tests", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
    ) as process:  # fmt: skip
        yield Forks(process)
        process.kill()


@dataclass
class Saver:
    """Saves one state after another, and remembers which the server said were saved."""

    base: str
    current: str
    number: int
    confirmed: list[str] = field(default_factory=list)
    attempted: list[str] = field(default_factory=list)

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=self.base, headers=headers, timeout=20) as client:
            while True:
                text = f'{{"state": {self.number}, "filling": "{"ệ" * 3000}"}}\n'
                self.attempted.append(text)
                seen = etag_of(self.current) if self.current else ""
                try:
                    answer = client.post("/cases/HS-1/save", data={"text": text, "etag": seen})
                except httpx.HTTPError:
                    return
                assert answer.status_code == 303, answer.text[:300]
                self.confirmed.append(text)
                self.current = text
                self.number += 1


def test_nothing_is_lost_that_was_said_to_be_saved(forks: Forks, tmp_path: Path) -> None:
    store, chance = CaseStore(tmp_path / "cases"), random.Random(13)
    confirmed: list[str] = []
    current, number = "", 0
    for _ in range(TIMES):
        saver = Saver(forks.begin(), current, number)
        saving = threading.Thread(target=saver.run)
        saving.start()
        while not saver.confirmed and saving.is_alive():
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.06))
        os.kill(forks.child, signal.SIGKILL)
        saving.join()
        confirmed += saver.confirmed
        current = store.read("HS-1").text
        # The save in the middle of which the server was killed is there whole, or not at all.
        assert current in (saver.confirmed[-1], saver.attempted[-1])
        number = saver.number + 1
    kept = {state.text for state in store.states("HS-1")}
    assert set(confirmed) <= kept
    assert len(confirmed) >= TIMES
    assert [name for name in os.listdir(store.folder) if name.endswith(".json")] == ["HS-1.json"]
