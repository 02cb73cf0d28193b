"""A real browser for the tests of pages: Chromium, Debian's or the one that XEPLOAI_CHROMIUM names."""

import os
import shutil

import pytest

CHROMIUM = os.environ.get("XEPLOAI_CHROMIUM") or next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CONTRAST = {"runOnly": ["color-contrast"]}
"""For axe: what may be another in the dark than in the light."""
in_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: install Debian's, or name one in XEPLOAI_CHROMIUM"
)
