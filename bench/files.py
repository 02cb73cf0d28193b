"""File to file for peers that take cases one by one: each process has its own stretch of lines, in chunks."""

import shutil
from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from bench.answers import lines, words
from bench.peers import Session, start
from bench.workload import Workload


def answer_file(name: str, work: Workload, source: Path, target: Path, jobs: int = 2) -> None:
    """Answers every case of a file by one peer. A file of few cases is not worth a second process."""
    size = source.stat().st_size
    jobs = jobs if size > 1_000_000 else 1
    cuts = [size * job // jobs for job in range(jobs + 1)]
    stretches = [(name, work, source, target.with_suffix(f".{job}"), cuts[job], cuts[job + 1]) for job in range(jobs)]
    if jobs == 1:
        _stretch(*stretches[0])
    else:
        # Nothing is loaded yet that a fork could break; each peer is imported and started in its own process.
        context = get_context("fork")
        workers = [context.Process(target=_stretch, args=one) for one in stretches]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if any(worker.exitcode for worker in workers):
            raise SystemExit(f"{name}: a process failed")
    with target.open("wb") as whole:
        for one in stretches:
            with one[3].open("rb") as part:
                shutil.copyfileobj(part, whole, 1 << 20)
            one[3].unlink()


def _stretch(name: str, work: Workload, source: Path, target: Path, first: int, last: int) -> None:
    session = start(name, work)
    assert isinstance(session, Session)
    count = words(len(work.rules))
    try:
        with target.open("w", encoding="utf-8", newline="") as out:
            for chunk in chunks(source, session.chunk, first, last):
                found = session.answer(session.load(chunk))
                out.write(session.lines(found) if session.lines else lines(session.rows(found), count))
    finally:
        session.close()


def chunks(source: Path, count: int, first: int = 0, last: int | None = None) -> Iterator[list[bytes]]:
    """The lines that begin in [first, last), `count` at a time."""
    with source.open("rb") as file:
        if first:
            file.seek(first - 1)
            file.readline()
        place = file.tell()
        while chunk := list(islice(file, count)):
            if last is not None:
                kept = []
                for line in chunk:
                    if place >= last:
                        break
                    kept.append(line)
                    place += len(line)
                if kept:
                    yield kept
                if len(kept) < len(chunk):
                    return
            else:
                yield chunk
