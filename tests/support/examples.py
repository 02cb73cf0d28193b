"""How many examples a test draws: enough to find a fault in a usual run, far more if somebody looks for new ones."""

import os

EXPLORING = os.environ.get("HYPOTHESIS_PROFILE") == "explore"


def examples(usual: int, exploring: int) -> int:
    """So many in a usual run, or with `HYPOTHESIS_PROFILE=explore`."""
    return exploring if EXPLORING else usual
