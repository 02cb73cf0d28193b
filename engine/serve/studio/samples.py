"""The sample cases that come with the policies: read as they are, never written to."""

from engine.base.data import data_folder
from engine.core.policy.regulation import Regulation
from engine.serve.studio.case_store import CaseStore, StoredCase
from engine.serve.studio.shell import Visit


def sampled(here: Visit) -> Regulation | None:
    """The newest regulation with sample cases; None if no regulation has any."""
    newest = sorted(here.library.regulations.values(), key=lambda regulation: regulation.in_force_from, reverse=True)
    return next((regulation for regulation in newest if samples(here, regulation.id)), None)


def samples(here: Visit, regulation: str) -> list[StoredCase]:
    """The sample cases of a regulation, in order."""
    if regulation not in here.library.regulations:
        return []
    for policies in (here.settings.policies, data_folder("policies")):
        store = CaseStore(policies / regulation / "cases")
        if names := store.names():
            return [store.read(name) for name in names]
    return []
