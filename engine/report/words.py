"""The words of reports: phrases, values, comparisons and citations in Vietnamese and English."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from engine.base.words import words
from engine.core.judge.record import ComparisonResult, RuleResult
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Fact, Source, Text, Value
from engine.load.cases.particulars import NOBODY, Particulars

DECIMALS = 2

PHRASES = words("results")


def document_labels(library: Library) -> Mapping[str, Text]:
    """The labels of all documents that the regulations cite, by their ids."""
    return {
        document.id: document.label for regulation in library.regulations.values() for document in regulation.documents
    }


def label_of(value: Value | None, fact: Fact) -> Text | None:
    """The label of a chosen option; of a set, those of its members together. None if the fact has no options."""
    labels = dict(fact.options)
    if isinstance(value, frozenset) and value:
        members = [labels[name] for name in labels if name in value]
        return Text(", ".join(label.vi for label in members), ", ".join(label.en for label in members))
    return labels.get(value) if isinstance(value, str) else None


@dataclass(frozen=True, eq=False, repr=False)
class Words:
    """The language of a report, and the labels of the documents that it cites."""

    language: str
    documents: Mapping[str, Text]
    layered: bool = False
    """Whether each line names the layer that it comes from: the regulation, or a local layer over it."""
    names: Mapping[str, Particulars] = field(default_factory=dict)
    """Who the subjects are, by the ids of their cases, if the report names people."""
    plain: bool = False
    """Whether facts and readings go without the names that the policies have for them."""

    def person(self, case_id: str) -> Particulars:
        """Who the subject of a case is; nobody, unless the report names people."""
        return self.names.get(case_id, NOBODY)

    def say(self, phrase: str, **arguments: object) -> str:
        """A phrase of `words/results.yaml`, with its places filled."""
        return PHRASES[phrase][self.language].format(**arguments)

    def text(self, text: Text) -> str:
        """A text of a policy."""
        return text[self.language]

    def day(self, day: date) -> str:
        """A day as it is written in the language: 31/12/2024, 2024-12-31."""
        return day.strftime("%d/%m/%Y") if self.language == "vi" else day.isoformat()

    def value(self, value: Value | None, unit: str | None = None, label: Text | None = None) -> str:
        """A value for a person. A fraction without end is cut, never rounded, so that it does not seem to reach a
        threshold that it misses."""
        match value:
            case None:
                return self.say("unknown")
            case _ if label is not None:
                return self.text(label)
            case bool():
                return self.say("yes" if value else "no")
            case int() | Fraction():
                return self._number(Fraction(value)) + ("%" if unit == "percent" else "")
            case date():
                return self.day(value)
            case frozenset():
                return ", ".join(sorted(value)) or self.say("nothing")
            case _:
                return str(value)

    def _number(self, number: Fraction) -> str:
        sign, number = ("-", -number) if number < 0 else ("", number)
        whole, rest = divmod(number, 1)
        digits = int(rest * 10**DECIMALS)
        exact = digits == rest * 10**DECIMALS
        decimals = f"{digits:0{DECIMALS}d}"
        if exact:
            decimals = decimals.rstrip("0")
        mark = "," if self.language == "vi" else "."
        return f"{sign}{whole}{mark + decimals if decimals else ''}{'' if exact else '…'}"

    def comparison(
        self, comparison: ComparisonResult, purpose: str, with_label: bool = True, layer: str | None = None
    ) -> str:
        """`fact: actual (required: threshold)`; `purpose` is `required` or `limit`. A threshold that another layer than
        the rule's has set is cited."""
        fact, label = comparison.fact, self.text(comparison.fact.label)
        if comparison.operator is None:
            named = self.say("unknown" if comparison.result is None else "none_named")
            if comparison.evidence:
                named = self.say("named", items="; ".join(comparison.evidence))
            return f"{label}: {named} ({self.say('asked_evidence')})"
        threshold, dated = comparison.operand.values, comparison.dated
        flipped = comparison.negated and all(isinstance(value, bool) for value in threshold)
        wanted = [not value for value in threshold] if flipped else threshold
        shown = [self.value(value, fact.unit, label_of(value, fact)) for value in wanted]
        what = self.say(comparison.operator, what=", ".join(shown))
        if comparison.negated and not flipped:
            what = self.say("not", what=what)
        if layer and dated is not None and dated.layer != layer:
            what = f"{what} {self.citation(dated.source, dated.layer)}"
        actual = self.value(comparison.actual, fact.unit, label_of(comparison.actual, fact))
        if purpose != "limit" or not isinstance(comparison.actual, bool):
            actual = f"{actual} ({self.say(purpose, what=what)})"
        return f"{label}: {actual}" if with_label else actual

    def citation(self, source: Source, layer: str = "") -> str:
        """The document, the place in it and how certain it is, in square brackets."""
        document = self.documents.get(source.document)
        parts = [f"{self.text(document) if document else source.document}, {source.locator}", self.say(source.status)]
        if layer and self.layered:
            parts.append(self.say("layer", layer=layer))
        return f"[{'; '.join(part for part in parts if part)}]"

    def from_layer(self, text: str, layer: str) -> str:
        """A text without a citation, with the layer that it comes from if lines name their layers."""
        return f"{text} [{self.say('layer', layer=layer)}]" if layer and self.layered else text

    def rule(self, result: RuleResult, purpose: str | None) -> str:
        """`label – comparisons [citation]`; without a purpose the comparisons are left out."""
        return f"{self.rule_alone(result, purpose)} {self.citation(result.rule.source, result.rule.layer)}"

    def rule_alone(self, result: RuleResult, purpose: str | None) -> str:
        """The same without the citation."""
        label, comparisons, layer = self.text(result.rule.label), result.comparisons, result.rule.layer
        if result.exception:
            return f"{label} – {self._because(result)}" if purpose else f"{label} ({self.say('exception')})"
        if not purpose or not comparisons:
            return label
        # The rule's own words ask the yes or no: only an answer that is not as it should be needs a word more. Of a bar
        # that fails they do not say what makes it fail.
        alone = len(comparisons) == 1 and isinstance(comparisons[0].actual, bool)
        alone = alone and not (purpose == "limit" and result.holds is False)
        if alone and result.holds:
            return label
        shown = [self.comparison(comparison, purpose, with_label=not alone, layer=layer) for comparison in comparisons]
        return f"{label}{': ' if alone else ' – '}{'; '.join(shown)}"

    def _because(self, result: RuleResult) -> str:
        """That the exception of a rule decided, and what makes it hold."""
        reasons = [
            self.text(comparison.fact.label)
            if comparison.actual is True
            else self.comparison(replace(comparison, negated=False), "asked", layer=result.rule.layer)
            for comparison in result.comparisons
        ]
        return self.say("excepted" if result.holds is False else "counted_as_met", reasons="; ".join(reasons))
