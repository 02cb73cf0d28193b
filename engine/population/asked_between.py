"""What quotas and links ask of a case, and what is to be told of it, as SQL over a table `typed`."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.judge.judge import Judge
from engine.core.policy.conditions import looked_at
from engine.core.policy.rules import Rule
from engine.load.cases.remarks import ABOVE, DAY, NOT_USED, SHARE, unused_relations
from engine.population.conditions import Columns, evidence_name, text
from engine.population.contradictions import exceeding
from engine.population.periods import outside_sql
from engine.population.reader import relation_name
from engine.population.row_query import names_if
from engine.population.rows import Between


@dataclass(frozen=True)
class AskedBetween:
    """The columns of `between`, for the cases of one judge. `relations` are those that there are columns for."""

    judge: Judge
    columns: Columns
    between: Between
    relations: tuple[str, ...]

    def sql(self) -> dict[str, str]:
        """What quotas and links ask of the case, as `rows.Between.of` gives it, but for what rule results tell."""
        columns = {"period_kind": text(self.judge.compiled.period)}
        for relation in self.between.relations:
            ids = relation_name(relation)
            columns[f"to {relation}"] = (
                f"CASE WHEN {ids}[1] = '[' THEN {ids} ELSE '[' || {ids} || ']' END"
                if relation in self.relations
                else "NULL::VARCHAR"
            )
        columns |= {f"fact {fact}": self.columns.written(fact) for fact in self.between.facts}
        for name, rule in self.between.reliefs.items():
            if name in self.judge.compiled.index:
                columns[f"missing {name}"] = self._waiting_for(rule)
        return columns | {"told": names_if("TRUE", [(text(item), test) for item, test in self._told()])}

    def _waiting_for(self, rule: Rule) -> str:
        """The facts that are not stated of those that a rule asks about, and `evidence` for some."""
        facts, evidence = looked_at(rule.condition)
        tests: dict[str, list[str]] = {}
        for fact in facts:
            for part, test in self.columns.unstated(fact).items():
                tests.setdefault(part, []).append(test)
        for fact in evidence:
            there = fact in self.columns.evidence
            tests[f"evidence.{fact}"] = [f"({evidence_name(fact)} IS NULL)" if there else "TRUE"]
        return names_if("TRUE", [(text(part), " OR ".join(tests[part])) for part in sorted(tests)])

    def _told(self) -> Iterator[tuple[str, str]]:
        """`remarks.items` of a case, but for the contents of its review, each with the SQL that is true for it."""
        vocabulary = self.columns.vocabulary
        if vocabulary.as_of is not None and vocabulary.as_of.warned:
            yield DAY, outside_sql(vocabulary.as_of.months_after)
        for name, fact in vocabulary.facts.items():
            tests = [exceeding(fact, whole.fact, self.columns) for whole in fact.not_more_than if whole.warned]
            if known := [test for test in tests if test is not None]:
                yield f"{ABOVE} {name}", " OR ".join(known)
        for name, fact in vocabulary.facts.items():
            if fact.unit == "percent" and name in self.columns.stated:
                yield f"{SHARE} {name}", self.columns.stated_share(fact)
        for name in unused_relations(self.between.library, self.judge.regulation):
            if name in self.relations:
                yield f"{NOT_USED} subject.{name}", f"{relation_name(name)} <> '[]'"
