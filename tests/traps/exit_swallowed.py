"""An action that ends the program, and a fact that it states and no rule asks about, in the library's host."""

from typing import Any

from durable.engine import Host
from naive import say


class WithoutThreads(Host):  # type: ignore[misc]
    def _run(self) -> None:
        pass


def leave(_: Any) -> None:
    raise SystemExit("stop here")


def derive(context: Any) -> None:
    context.assert_fact({"id": 2, "derived": 1})
    say("after the derived fact")


for act in (leave, derive):
    host = WithoutThreads({"naive": {"one": {"all": [{"m": {"x": 1}}], "run": act}}})
    host.assert_fact("naive", {"id": 1, "x": 1})
    say("went on")
