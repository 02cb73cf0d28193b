"""What several tests of three regulations share."""

from typing import Any

from engine.api import evaluate
from engine.base.documents import Document
from engine.base.json_text import parse_json
from engine.core.judge.record import Decision
from engine.load.cases.blank import as_json
from support.policies import all_policies


def document(facts: dict[str, Any], kind: str, as_of: str, case_id: str = "A", **about: Any) -> Document:
    data: dict[str, Any] = {
        "case_id": case_id,
        "period": about.pop("period", as_of[:4]),
        "as_of": as_of,
        "subject": {"kind": kind},
        "facts": {},
        **about,
    }
    for name, value in facts.items():
        *path, last = name.split(".")
        here = data["facts"]
        for step in path:
            here = here.setdefault(step, {})
        here[last] = value
    return parse_json(f"{case_id}.json", as_json(data))


def judged(documents: list[Document], regulation: str | None = None) -> list[Decision]:
    results = evaluate(all_policies(), documents, regulation=regulation, verify=True)
    assert [one.diagnostics for one in results.rejected] == []
    return list(results.decisions)
