"""A regulation of two thousand rules, generated, in a process of its own: it compiles, and answers as it reads."""

import json
import os
import subprocess
import sys

from support import TESTS

LIMIT = 300


def test_two_thousand_rules_compile_and_answer_as_an_independent_reading_does() -> None:
    paths = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    done = subprocess.run(
        [sys.executable, str(TESTS / "support" / "large_regulation.py"), "2000", "50"],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["rules"] == 2_000
    assert said["rulesets"] > 2, "more than one ruleset of the engine can hold, both as they are and negated"
    assert said["right"] == said["answers"] == 100_000
    assert min(said["True"], said["False"], said["None"]) > 10_000
