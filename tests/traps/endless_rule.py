"""A rule that asks only for an absence, run by the library's host: one fact, and it never stops."""

import os
from typing import Any

from durable.engine import Host
from naive import say

times = 0


class WithoutThreads(Host):  # type: ignore[misc]
    def _run(self) -> None:
        pass


def act(_: Any) -> None:
    global times
    times += 1
    if times == 5_000:
        say(times)
        os._exit(0)


rules = {"naive": {"absent": {"all": [{"m": {"$nex": {"x": 1}}}], "run": act}}}
WithoutThreads(rules).assert_fact("naive", {"id": 1, "y": 1})
say(times)
