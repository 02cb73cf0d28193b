"""Hypothesis profiles: the same examples every run; `HYPOTHESIS_PROFILE=explore` looks for new ones. And a browser."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from support.browsers import CHROMIUM, QUIET

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    driver = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install 'xeploai[test]'")
    with driver.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()
