"""Of two live states the older is deleted; the library's host does nothing else."""

import time
from typing import Any

from durable.engine import Host
from naive import say


def act(_: Any) -> None:
    pass


host = Host({"naive": {"one": {"all": [{"m": {"x": 1}}], "run": act}}})
for state in ("older", "newer"):
    host.assert_fact("naive", {"id": 1, "sid": state, "x": 1})
host.delete_state("naive", "older")
say("deleted")
time.sleep(2)
say("survived")
