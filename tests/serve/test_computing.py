"""The answers that pages keep: each is computed once, whoever asks at the same time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.serve.studio.computing import MOST_KEPT, Kept


def test_what_several_ask_at_once_is_made_once_and_others_do_not_wait() -> None:
    kept, made, go_on = Kept(), list[int](), threading.Event()

    def make() -> str:
        made.append(1)
        assert go_on.wait(60)
        return "slow"

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(kept.answer, ("slow",), make) for _ in range(6)]
        while not made:
            time.sleep(0.001)
        assert kept.answer(("quick",), lambda: "quick") == "quick"
        go_on.set()
        assert [answer.result() for answer in asked] == ["slow"] * 6
    assert made == [1]
    assert kept._making == {}


def test_what_failed_is_made_again() -> None:
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.answer(("x",), lambda: 1 // 0)
    assert kept.answer(("x",), lambda: 2) == 2
    assert kept._making == {}


def test_the_last_answers_are_kept() -> None:
    kept = Kept()
    for number in range(MOST_KEPT + 1):
        kept.answer((number,), lambda number=number: number)  # type: ignore[misc]
    assert kept.answer((1,), lambda: -1) == 1
    assert kept.answer((0,), lambda: -1) == -1
