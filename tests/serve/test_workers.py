"""The pool: workers that die, wait too long or want too much cost nobody else an answer."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, jobs

from engine.serve.policies import Policies, Served
from engine.serve.problems import Refusal
from engine.serve.settings import Limits, Settings
from engine.serve.workers import MOST_SLOW, Pool


@cache
def served() -> Served:
    return Policies(ROOT / "policies").served


def with_pool(use: Callable[[Pool], Awaitable[Any]], workers: int = 1, **limits: Any) -> Any:
    async def run() -> Any:
        pool = Pool(Settings(ROOT / "policies", workers=workers, limits=Limits(**limits)))
        pool.start()
        try:
            return await asyncio.wait_for(use(pool), 120)
        finally:
            await pool.stop()

    return asyncio.run(run())


async def refusal_of(asked: Awaitable[Any]) -> str:
    try:
        await asked
    except Refusal as refusal:
        return refusal.code
    return "answered"


def test_a_worker_that_dies_costs_no_answer(tmp_path: Path) -> None:
    async def use(pool: Pool) -> None:
        assert await pool.ask(served(), jobs.die_once, tmp_path / "died") == "lived"
        assert pool.counts.died == 1
        # What kills every worker is given up, and the next is answered all the same.
        assert await refusal_of(pool.ask(served(), jobs.die)) == "crashed"
        assert pool.counts.died == 4
        assert await pool.ask(served(), jobs.number_of_rules) > 10

    with_pool(use)


def test_what_takes_too_long_is_ended_and_the_next_is_answered() -> None:
    async def use(pool: Pool) -> None:
        assert await pool.ask(served(), jobs.wait, 0) == "waited"
        slow, next_one = pool.ask(served(), jobs.wait, 60, seconds=0.5), pool.ask(served(), jobs.wait, 0)
        assert await asyncio.gather(refusal_of(slow), next_one) == ["overtime", "waited"]
        assert pool.counts.overtime == 1

    with_pool(use)


def test_a_worker_that_was_stopped_holds_up_nobody_else() -> None:
    """Neither by not reading what is larger than the system keeps for it, nor by half an answer."""

    async def use(pool: Pool) -> None:
        processes = set[int]()
        while len(processes) < 2:
            processes |= set(await asyncio.gather(*(pool.ask(served(), jobs.own_process) for _ in range(2))))
        stopped = min(processes)
        os.kill(stopped, signal.SIGSTOP)
        large = b"x" * 20_000_000
        first, second = (
            asyncio.ensure_future(refusal_of(pool.ask(served(), jobs.length, large, seconds=3))) for _ in range(2)
        )
        assert sorted(await asyncio.gather(first, second)) == ["answered", "overtime"]
        half = asyncio.ensure_future(refusal_of(pool.ask(served(), jobs.stop_in_the_middle_of_an_answer, seconds=3)))
        began, longest = time.monotonic(), 0.0
        while not half.done():
            assert await pool.ask(served(), jobs.own_process) != stopped
            longest, began = max(longest, time.monotonic() - began), time.monotonic()
        assert half.result() == "overtime"
        assert longest < 2
        assert pool.counts.overtime == 2

    with_pool(use, workers=2)


def test_what_is_short_does_not_wait_for_what_is_long() -> None:
    async def use(pool: Pool) -> None:
        assert await pool.ask(served(), jobs.wait, 0) == "waited"
        long = asyncio.ensure_future(pool.ask(served(), jobs.wait, 20))
        await asyncio.sleep(0)
        assert await pool.ask(served(), jobs.wait, 0) == "waited"
        assert not long.done()
        assert pool.ready == 2
        assert await long == "waited"
        while pool.ready > 1:
            await asyncio.sleep(0.1)
        assert await pool.ask(served(), jobs.wait, 0) == "waited"

    with_pool(use)


def test_what_is_slow_waits_for_its_kind_and_leaves_a_worker() -> None:
    async def use(pool: Pool) -> None:
        while pool.ready < 2:
            await asyncio.sleep(0.01)
        slow = [asyncio.ensure_future(pool.ask(served(), jobs.wait, 0.8, slow=True)) for _ in range(2)]
        await asyncio.sleep(0)
        assert await pool.ask(served(), jobs.wait, 0) == "waited"
        assert not slow[0].done()
        await slow[0]
        assert not slow[1].done()
        assert await slow[1] == "waited"

    with_pool(use, workers=2)


def test_only_so_much_that_is_slow_waits() -> None:
    async def use(pool: Pool) -> None:
        asked = [
            asyncio.ensure_future(refusal_of(pool.ask(served(), jobs.wait, 0.01, slow=True)))
            for _ in range(MOST_SLOW + 2)
        ]
        assert await refusal_of(pool.ask(served(), jobs.wait, 0)) == "answered"
        outcomes = await asyncio.gather(*asked)
        assert (outcomes.count("answered"), outcomes.count("full")) == (MOST_SLOW, 2)

    with_pool(use)


def test_a_full_queue_refuses_at_once_and_says_when_to_come_again() -> None:
    async def use(pool: Pool) -> None:
        asked = [asyncio.ensure_future(refusal_of(pool.ask(served(), jobs.wait, 0.3))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Refusal) as refused:
            await pool.ask(served(), jobs.wait, 0)
        assert (refused.value.code, refused.value.headers) == ("full", {"Retry-After": "2"})
        assert await asyncio.gather(*asked) == ["answered", "answered"]

    with_pool(use, waiting=2)


def test_what_wants_too_much_memory_is_told() -> None:
    async def use(pool: Pool) -> None:
        assert await refusal_of(pool.ask(served(), jobs.fill_memory)) == "too_much_memory"
        assert await pool.ask(served(), jobs.wait, 0) == "waited"
        assert pool.counts.died == 0

    with_pool(use)


def test_a_defect_is_told_by_its_place_and_not_by_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    async def use(pool: Pool) -> None:
        assert await refusal_of(pool.ask(served(), jobs.fail)) == "defect"

    with_pool(use)
    assert "jobs.py" in caplog.text
    assert "Nguy" not in caplog.text


def test_each_job_is_answered_by_the_version_that_it_came_with() -> None:
    versions = [replace(served(), hash=str(number)) for number in range(5)]

    async def use(pool: Pool) -> None:
        # In turns, so that a worker gets an old version again after newer ones.
        order = [0, 1, 2, 0, 3, 1, 4, 4, 0, 2]
        answers = await asyncio.gather(*(pool.ask(versions[number], jobs.policies_hash) for number in order))
        assert answers == [str(number) for number in order]
        assert pool.counts.died == 0

    with_pool(use)


def test_whoever_went_away_while_waiting_is_passed_over() -> None:
    async def use(pool: Pool) -> None:
        first = asyncio.ensure_future(pool.ask(served(), jobs.wait, 0.3))
        gone = asyncio.ensure_future(pool.ask(served(), jobs.wait, 60))
        last = asyncio.ensure_future(pool.ask(served(), jobs.wait, 0))
        await asyncio.sleep(0)
        gone.cancel()
        assert await asyncio.gather(first, last) == ["waited", "waited"]

    with_pool(use)
