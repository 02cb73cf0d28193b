"""One measurement in a process of its own, started by `bench.run`:

    python -m bench.one file|alone PEER WORKLOAD SOURCE TARGET

`file` answers SOURCE into TARGET; whoever started it takes the time. `alone` measures evaluation apart from reading
and writing, writes the answers afterwards, and says the seconds as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.answers import lines, words
from bench.files import answer_file, chunks
from bench.peers import PEERS, Session, Table, start
from bench.workload import Workload, read

LEAST = 0.3
"""Seconds that a measurement lasts at least."""


Times = tuple[float, float]
"""Seconds by the clock, and of all processors."""


def alone(name: str, work: Workload, source: Path, target: Path) -> Times:
    """How long evaluation takes for all cases of a file."""
    peer = start(name, work)
    if isinstance(peer, Table):
        assert peer.load is not None and peer.answer is not None and peer.write is not None
        loaded = peer.load(source)
        peer.write(peer.answer(loaded), target)
        return _timed(peer.answer, loaded, LEAST)[1]
    return _chunks(peer, words(len(work.rules)), source, target)


def _chunks(session: Session, count: int, source: Path, target: Path) -> Times:
    clock = processor = 0.0
    with target.open("w", encoding="utf-8", newline="") as out:
        for place, chunk in enumerate(chunks(source, session.chunk)):
            loaded = session.load(chunk)
            if place == 0:  # the first time is not like the others: what is made once is made now
                session.answer(loaded[:200] if isinstance(loaded, list) else loaded)
            # Few cases are answered again and again.
            answers, taken = _timed(session.answer, loaded, LEAST if len(chunk) < session.chunk and not place else 0)
            clock, processor = clock + taken[0], processor + taken[1]
            out.write(lines(session.rows(answers), count))
    session.close()
    return clock, processor


def _timed(answer: Callable[[Any], Any], loaded: Any, least: float) -> tuple[Any, Times]:
    """The answers, and the seconds of one call as the mean over `least` seconds."""
    times, taken, answers = 0, 0.0, None
    before, processor = time.perf_counter(), time.process_time()
    while not times or taken < least:
        answers = answer(loaded)
        times += 1
        taken = time.perf_counter() - before
    return answers, (taken / times, (time.process_time() - processor) / times)


def main() -> None:
    mode, name, *paths = sys.argv[1:]
    work_path, source, target = map(Path, paths)
    work = read(work_path)
    if mode == "alone":
        seconds, processor = alone(name, work, source, target)
        print(json.dumps({"seconds": seconds, "processor": processor}))
        return
    if not PEERS[name].table:
        answer_file(name, work, source, target)
        return
    peer = start(name, work)
    assert isinstance(peer, Table)
    peer.whole(source, target)


if __name__ == "__main__":
    main()
