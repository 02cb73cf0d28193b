"""A decision as one row of a population: ids and plain values, several ids joined as text. The fast target yields the
same rows, and whatever compares the two targets compares these."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.core.judge.case import GIVERS, separator
from engine.core.judge.cohorts import perhaps_ungraded, waiting_for
from engine.core.judge.decision import Decided
from engine.core.judge.ladder import LiveLadder
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED
from engine.core.policy.regulation import Library
from engine.core.policy.rules import Rule
from engine.core.policy.values import written

SEPARATOR = "; "
OUTCOME = f"CASE WHEN graded THEN possible WHEN subject_to_review = FALSE THEN '{NOT_REVIEWED}' ELSE '{NOT_GRADED}' END"
"""The SQL of what a row leaves possible: grades, or if no grade is due, that and why."""
Kind = Literal["text", "boolean", "day", "list"]

COLUMNS: dict[str, Kind] = {
    "case_id": "text",
    "regulation": "text",
    "period": "text",
    "as_of": "day",
    "kind": "text",
    "subject": "text",
    "unit": "text",
    "cohort": "text",
    "subject_to_review": "boolean",
    "graded": "boolean",
    "settled": "boolean",
    "exact": "boolean",
    "grade": "text",
    "lowest": "text",
    "highest": "text",
    "possible": "list",
    "exemptions": "list",
    "ungraded": "list",
    "bars": "list",
    "open_bars": "list",
    "next": "text",
    "unmet": "list",
    "missing": "list",
    "findings": "list",
    "open_findings": "list",
    "required": "list",
    "maybe_required": "list",
    "left_out": "list",
    "self": "text",
    "self_agrees": "boolean",
    "self_higher": "boolean",
    "proposed": "text",
    "proposed_agrees": "boolean",
    "proposed_higher": "boolean",
    "decided": "text",
    "decided_agrees": "boolean",
    "decided_higher": "boolean",
    "decided_on": "day",
    "assumed": "list",
}
"""What a row says, and how. `next` is the grade to reach next, None at the top; `unmet` are the criteria it lacks."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Between:
    """What quotas and links of a library ask of a case besides its row: relations, facts that separate cohorts, whether
    it may not be graded at all, and the rules of reliefs with the facts that these wait for."""

    relations: tuple[str, ...]
    facts: tuple[str, ...]
    reliefs: Mapping[str, Rule]
    library: Library

    @property
    def columns(self) -> dict[str, Kind]:
        """The names of the columns that hold these answers, and what kind of value each has."""
        return {
            "period_kind": "text",
            **{f"to {name}": "text" for name in self.relations},
            **{f"fact {name}": "text" for name in self.facts},
            "told": "list",
            "perhaps_ungraded": "boolean",
            **{f"relief {name}": "boolean" for name in self.reliefs},
            **{f"missing {name}": "text" for name in self.reliefs},
        }

    def of(self, decided: Decided, told: Sequence[str]) -> Row:
        """The part of a row that is for this: ids as a JSON list, facts as written; and what is told of the case."""
        relations, values = decided.case.subject.relations, decided.case.values
        facts = {name: values.get(name) for name in self.facts}
        return {
            "period_kind": decided.case.period_kind,
            **{
                f"to {name}": json.dumps(relations[name], ensure_ascii=False, separators=(",", ":"))
                if name in relations
                else None
                for name in self.relations
            },
            **{
                f"fact {name}": value if value is None or isinstance(value, str) else written(value)
                for name, value in facts.items()
            },
            "told": joined(told),
            "perhaps_ungraded": perhaps_ungraded(decided),
            **{f"relief {name}": decided.results.get(name) for name in self.reliefs},
            **{
                f"missing {name}": joined(waiting_for(rule, decided, self.library.vocabulary))
                for name, rule in self.reliefs.items()
            },
        }


def between(library: Library) -> Between:
    """What the quotas and links of all regulations of a library ask."""
    relations: dict[str, None] = {}
    facts: dict[str, None] = {}
    reliefs: dict[str, Rule] = {}
    for regulation in library.regulations.values():
        relations |= dict.fromkeys(link.to for link in regulation.links)
        for quota in regulation.quotas:
            for wanted in quota.within:
                match separator(wanted):
                    case "relation", relation:
                        relations[relation] = None
                    case "fact", fact:
                        facts[fact] = None
            reliefs |= {relief.rule.name: relief.rule for relief in quota.relief if relief.rule.condition is not None}
    return Between(tuple(relations), tuple(facts), reliefs, library)


def row_of(decided: Decided, live: LiveLadder) -> Row:
    """Text is None if there is none; lists are texts, empty if nothing is listed."""
    decision = decided.decision
    grading = decision.grading
    graded: Row = {
        "settled": None, "exact": None, "grade": None, "lowest": None, "highest": None,
        "possible": "", "bars": "", "open_bars": "", "next": None, "unmet": "", "missing": "",
    }  # fmt: skip
    if grading is not None:
        rung = next((rung for rung in grading.rungs if rung.grade == grading.next), None)
        graded = {
            "settled": grading.settled,
            "exact": grading.exact,
            "grade": grading.grade,
            "lowest": grading.lowest,
            "highest": grading.highest,
            "possible": joined(grading.possible),
            "bars": joined([bar.result.rule.name for bar in grading.bars if bar.result.holds]),
            "open_bars": joined([bar.result.rule.name for bar in grading.bars if bar.result.holds is None]),
            "next": grading.next,
            "unmet": joined([criterion.rule.name for criterion in rung.unmet] if rung else ()),
            "missing": joined(sorted(missing_name(fact.fact.name, fact.evidence) for fact in grading.missing)),
        }
    review, assumed = decision.review, [result.rule for result in decision.assumptions]
    row: Row = {
        "case_id": decision.case_id,
        "regulation": decision.regulation,
        "period": decision.period,
        "as_of": decision.as_of.isoformat(),
        "kind": decision.subject.kind,
        "subject": decision.subject.id,
        "unit": decision.subject.unit,
        "cohort": decision.subject.cohort,
        "subject_to_review": decision.subject_to_review,
        "graded": grading is not None,
        **graded,
        "exemptions": joined([result.rule.name for result in decision.exemptions if result.holds]),
        "ungraded": joined([result.rule.name for result in decision.ungraded if result.holds]),
        "findings": joined([finding.rule.name for finding in decision.findings]),
        "open_findings": joined([finding.rule.name for finding in decision.open_findings]),
        "required": joined([content.rule.id for content in review if content.required]),
        "maybe_required": joined([content.rule.id for content in review if content.required is None]),
        "left_out": joined([content.rule.id for content in review if content.required and content.covered is False]),
        "decided_on": decision.decided_on.isoformat() if decision.decided_on else None,
        "assumed": joined(sorted({rule.name for rule in assumed if rule.source.status == "assumed"})),
    }
    given = {grade.given_by: grade for grade in decision.grades}
    for giver in GIVERS:
        compared = given.get(giver)
        row |= {
            giver: compared.grade if compared else None,
            f"{giver}_agrees": compared.agrees if compared else None,
            f"{giver}_higher": compared.higher if compared else None,
        }
    return {name: row[name] for name in COLUMNS}


def joined(names: Sequence[str]) -> str:
    """Names as the one text that a cell holds."""
    return SEPARATOR.join(names)


def missing_name(fact: str, evidence: bool) -> str:
    """What a row calls a missing fact, or missing evidence for it."""
    return f"evidence.{fact}" if evidence else fact
